// Japanese names of fields and enum values, for people.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/cli/table.h"

namespace daicho::cli {

// "目的" for "fields.purpose" or "content.fields.purpose"; "" for a path without a name.
std::string FieldLabel(absl::string_view path);

// "起案中 DRAFT" for Form.STATE_DRAFT: the Japanese name, when there is one, and the value's own
// name without its enum's prefix.
std::string EnumLabel(const google::protobuf::EnumValueDescriptor& value);

template <typename Enum>
std::string EnumLabel(Enum value) {
  const auto* descriptor =
      google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(static_cast<int>(value));
  return descriptor == nullptr ? std::to_string(static_cast<int>(value)) : EnumLabel(*descriptor);
}

// The number of the value people call `text`: "draft", "DRAFT" or "STATE_DRAFT". Refuses with
// INVALID_ARGUMENT (WRONG_COMMAND_LINE), names `flag` and the values there are.
absl::StatusOr<int> ParseEnum(const google::protobuf::EnumDescriptor& type, absl::string_view text,
                              absl::string_view flag);

// The field at `path` of a message of this type ("content.fields.goals[0].metric"); null when there
// is none.
const google::protobuf::FieldDescriptor* FieldAt(const google::protobuf::Descriptor& type,
                                                 absl::string_view path);

// Every set field below `message`, in the order of forms.md, each with its name and path; enum
// values with their names.
Details LabelledFields(const google::protobuf::Message& message);

}  // namespace daicho::cli
