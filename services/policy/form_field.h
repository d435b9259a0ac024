// Fields of a form or of an account, as guidelines name them.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/status/statusor.h"
#include "services/policy/domain/guideline.h"

namespace daicho::policy {

struct FormField {
  enum class Type { kText, kEnum, kBool, kNumber, kBytes, kDate, kTime, kPerson, kMessage };

  domain::Path path;
  Type type = Type::kText;  // Of the field, or of the list's entries.
  const google::protobuf::FieldDescriptor* descriptor = nullptr;

  // The path names a list, not a field within its entries.
  bool IsList() const { return path.in_list && path.rest.empty(); }
  // One value: neither a list nor in one, and no message but a date or time.
  bool IsSingleValue() const;
  // Has a value in the flat fields: no message but a date or time.
  bool IsValue() const;
};

// The field of daicho.approval.v1.FormContent, or of daicho.policy.v1.AccountToCheck, that `path`
// names. INVALID_ARGUMENT says what is wrong with the path.
absl::StatusOr<FormField> FindField(domain::SubjectKind subject, const std::string& path);

}  // namespace daicho::policy
