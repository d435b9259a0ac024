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

  bool only_texts() const { return only_texts_; }

  bool start_object(std::size_t) override { return only_texts_ = ++depth_ == 1; }
  bool end_object() override { return true; }
  bool key(std::string& path) override {
    path_ = std::move(path);
    return true;
  }
  bool string(std::string& text) override {
    if (depth_ == 0) return Refuse();
    // Paths come in no order that std::map knows.
    fields_.emplace(std::move(path_), std::move(text));
    return true;
  }
  bool null() override { return Refuse(); }
  bool boolean(bool) override { return Refuse(); }
  bool number_integer(std::int64_t) override { return Refuse(); }
  bool number_unsigned(std::uint64_t) override { return Refuse(); }
  bool number_float(double, const std::string&) override { return Refuse(); }
  bool binary(nlohmann::json::binary_t&) override { return Refuse(); }
  bool start_array(std::size_t) override { return Refuse(); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return Refuse();
  }

 private:
  bool Refuse() { return only_texts_ = false; }

  Fields& fields_;
  std::string path_;
  int depth_ = 0;
  bool only_texts_ = true;
};

}  // namespace

std::string ToJson(const Fields& fields) { return nlohmann::json(fields).dump(); }

absl::StatusOr<Fields> FieldsFromJson(const std::string& text) {
  Fields fields;
  ReadTexts reader(&fields);
  if (nlohmann::json::sax_parse(text, &reader) && reader.only_texts()) return fields;
  return absl::InternalError("a column of fields holds no JSON object of texts");
}

}  // namespace daicho::registry::store
