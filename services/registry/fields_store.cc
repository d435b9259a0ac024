#include "services/registry/fields_store.h"

#include <simdjson.h>

#include <nlohmann/json.hpp>
#include <string_view>

namespace daicho::registry::store {

std::string ToJson(const Fields& fields) { return nlohmann::json(fields).dump(); }

// A ledger is read a million objects at a time: hence another library than what writes them.
absl::StatusOr<Fields> FieldsFromJson(const std::string& text) {
  static thread_local simdjson::dom::parser parser;
  const auto fault = [] {
    return absl::InternalError("a column of fields holds no JSON object of texts");
  };
  simdjson::dom::object object;
  if (parser.parse(text).get(object) != simdjson::SUCCESS) return fault();
  Fields fields;
  for (const simdjson::dom::key_value_pair field : object) {
    std::string_view value;
    if (field.value.get(value) != simdjson::SUCCESS) return fault();
    fields.emplace(field.key, value);
  }
  return fields;
}

}  // namespace daicho::registry::store
