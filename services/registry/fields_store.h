// Fields as columns of JSON keep them: an object of texts.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/base/event.h"

namespace daicho::registry::store {

std::string ToJson(const Fields& fields);

// A fault for anything but an object of texts.
absl::StatusOr<Fields> FieldsFromJson(const std::string& text);

}  // namespace daicho::registry::store
