#include "services/registry/fields_store.h"

#include <nlohmann/json.hpp>

namespace daicho::registry::store {

std::string ToJson(const Fields& fields) { return nlohmann::json(fields).dump(); }

absl::StatusOr<Fields> FieldsFromJson(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  Fields fields;
  if (!json.is_object()) return absl::InternalError("a column of fields holds no JSON object");
  for (const auto& [path, value] : json.items()) {
    if (!value.is_string()) return absl::InternalError("a column of fields holds more than text");
    fields.emplace(path, value.get<std::string>());
  }
  return fields;
}

}  // namespace daicho::registry::store
