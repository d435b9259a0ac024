#include "services/policy/form_field.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "daicho/approval/v1/form.pb.h"
#include "daicho/policy/v1/subject.pb.h"
#include "daicho/registry/v1/account.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace daicho::policy {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Type = FormField::Type;

Type TypeOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? Type::kBytes : Type::kText;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Type::kEnum;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Type::kBool;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type() == google::type::Date::descriptor()) return Type::kDate;
      if (field.message_type() == google::protobuf::Timestamp::descriptor()) return Type::kTime;
      if (field.message_type() == registry::v1::Person::descriptor()) return Type::kPerson;
      return Type::kMessage;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Type::kNumber;
  }
  return Type::kMessage;
}

}  // namespace

bool FormField::IsValue() const { return type != Type::kMessage && type != Type::kPerson; }

bool FormField::IsSingleValue() const { return IsValue() && !path.in_list; }

absl::StatusOr<FormField> FindField(domain::SubjectKind subject, const std::string& path) {
  const bool form = subject == domain::SubjectKind::kForm;
  const Descriptor* message =
      form ? approval::v1::FormContent::descriptor() : v1::AccountToCheck::descriptor();
  FormField found;
  std::vector<std::string> names = absl::StrSplit(path, '.');
  std::string list, rest;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const FieldDescriptor* field =
        message == nullptr ? nullptr : message->FindFieldByName(names[i]);
    if (field == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(form ? "forms" : "accounts", " have no field \"", path, "\""));
    }
    if (field->is_repeated() && !list.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("\"", path, "\" goes through two lists"));
    }
    if (field->is_repeated()) {
      list = absl::StrJoin(names.begin(), names.begin() + static_cast<long>(i) + 1, ".");
    } else if (!list.empty()) {
      absl::StrAppend(&rest, ".", names[i]);
    }
    found.descriptor = field;
    found.type = TypeOf(*field);
    message = found.IsValue() ? nullptr : field->message_type();
  }
  found.path = list.empty() ? domain::FieldPath(path) : domain::ListPath(list, rest);
  return found;
}

}  // namespace daicho::policy
