#include "services/registry/fields_store.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace daicho::registry::store {
namespace {

// Takes an object of texts, and nothing else, without building a tree first: a ledger is read a
// million objects at a time.
class ReadTexts : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit ReadTexts(Fields* fields) : fields_(*fields) {}

  // False ends the reading.
  bool start_object(std::size_t) override { return !std::exchange(begun_, true); }
  bool end_object() override { return true; }
  bool key(std::string& path) override {
    path_ = std::move(path);
    return true;
  }
  bool string(std::string& text) override {
    if (begun_) fields_.emplace(std::move(path_), std::move(text));
    return begun_;
  }
  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_integer(std::int64_t) override { return false; }
  bool number_unsigned(std::uint64_t) override { return false; }
  bool number_float(double, const std::string&) override { return false; }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_array(std::size_t) override { return false; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  Fields& fields_;
  std::string path_;
  bool begun_ = false;  // The one object there may be.
};

}  // namespace

std::string ToJson(const Fields& fields) { return nlohmann::json(fields).dump(); }

absl::StatusOr<Fields> FieldsFromJson(const std::string& text) {
  Fields fields;
  ReadTexts reader(&fields);
  if (nlohmann::json::sax_parse(text, &reader)) return fields;
  return absl::InternalError("a column of fields holds no JSON object of texts");
}

}  // namespace daicho::registry::store
