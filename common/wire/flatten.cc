#include <google/protobuf/descriptor.h>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"

namespace daicho::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DynamicCastToGenerated;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using google::type::Date;

// Guards memory against a path like "operators[999999999]".
constexpr int kMaxIndex = 100000;

std::string TextOf(const Date& date) {
  if (!FromDate(date)) return "";
  return absl::StrCat(absl::Dec(date.year(), absl::kZeroPad4), "-",
                      absl::Dec(date.month(), absl::kZeroPad2), "-",
                      absl::Dec(date.day(), absl::kZeroPad2));
}

// RFC 3339. Whole seconds are most times there are, and FormatTime() is slow.
std::string TextOf(const Timestamp& timestamp) {
  const absl::Time time = FromTimestamp(timestamp);
  const absl::CivilSecond civil = absl::ToCivilSecond(time, absl::UTCTimeZone());
  if (timestamp.nanos() != 0 || civil.year() < 1000 || civil.year() > 9999) {
    return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
  }
  return absl::StrCat(absl::FormatCivilTime(civil), "+00:00");
}

// A value of a message that has a text of its own, as dates have.
std::optional<std::string> TextOf(const Message& message) {
  if (const auto* date = DynamicCastToGenerated<Date>(&message)) return TextOf(*date);
  if (const auto* timestamp = DynamicCastToGenerated<Timestamp>(&message)) {
    return TextOf(*timestamp);
  }
  return std::nullopt;
}

bool HasText(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
         field.message_type() == Date::descriptor() ||
         field.message_type() == Timestamp::descriptor();
}

std::string EnumText(const FieldDescriptor& field, int number) {
  const auto* value = field.enum_type()->FindValueByNumber(number);
  return value != nullptr ? value->name() : absl::StrCat(number);
}

// Text of a value that is no message. `index` is -1 for a field that is no list.
std::string ScalarText(const Message& message, const FieldDescriptor& field, int index) {
  const auto& r = *message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(one ? r.GetInt32(message, &field)
                              : r.GetRepeatedInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(one ? r.GetInt64(message, &field)
                              : r.GetRepeatedInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(one ? r.GetUInt32(message, &field)
                              : r.GetRepeatedUInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(one ? r.GetUInt64(message, &field)
                              : r.GetRepeatedUInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrFormat("%.17g", one ? r.GetDouble(message, &field)
                                          : r.GetRepeatedDouble(message, &field, index));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return absl::StrFormat(
          "%.9g", one ? r.GetFloat(message, &field) : r.GetRepeatedFloat(message, &field, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(field, one ? r.GetEnumValue(message, &field)
                                 : r.GetRepeatedEnumValue(message, &field, index));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text =
          one ? r.GetString(message, &field) : r.GetRepeatedString(message, &field, index);
      return field.type() == FieldDescriptor::TYPE_BYTES ? absl::BytesToHexString(text) : text;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "";
}

void FlattenInto(const Message& message, const std::string& prefix, Fields& out);

void FlattenMessage(const Message& message, const std::string& path, bool in_list, Fields& out) {
  const std::size_t before = out.size();
  if (const std::optional<std::string> text = TextOf(message)) {
    if (!text->empty()) out[path] = *text;
  } else {
    FlattenInto(message, path, out);
  }
  // An entry of a list counts even when it is empty.
  if (in_list && out.size() == before) out[path] = "";
}

// Every entry of a list.
void FlattenList(const Message& message, const FieldDescriptor& field, const std::string& path,
                 Fields& out) {
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const std::string entry = absl::StrCat(path, "[", i, "]");
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      FlattenMessage(reflection.GetRepeatedMessage(message, &field, i), entry, true, out);
    } else {
      out[entry] = ScalarText(message, field, i);
    }
  }
}

std::string PathOf(const std::string& prefix, const FieldDescriptor& field) {
  return prefix.empty() ? field.name() : absl::StrCat(prefix, ".", field.name());
}

void FlattenInto(const Message& message, const std::string& prefix, Fields& out) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    const std::string path = PathOf(prefix, *field);
    if (field->is_repeated()) {
      FlattenList(message, *field, path, out);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      FlattenMessage(reflection.GetMessage(message, field), path, false, out);
    } else {
      out[path] = ScalarText(message, *field, -1);
    }
  }
}

// One step of a path: a field, and which entry of it (-1 for a field that is no list).
struct Step {
  const FieldDescriptor* field;
  int index;
};

std::optional<Step> ParseStep(const Descriptor& message, absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('[', 1));
  Step step{message.FindFieldByName(std::string(parts.first)), -1};
  if (step.field == nullptr) return std::nullopt;
  const bool has_index = parts.first.size() != text.size();
  if (has_index != step.field->is_repeated()) return std::nullopt;
  if (!has_index) return step;
  absl::string_view number = parts.second;
  if (!absl::ConsumeSuffix(&number, "]") || number.empty() ||
      !absl::c_all_of(number, absl::ascii_isdigit) || !absl::SimpleAtoi(number, &step.index) ||
      step.index > kMaxIndex) {
    return std::nullopt;
  }
  return step;
}

Message* MutableMessage(Message& message, const Step& step) {
  const auto& reflection = *message.GetReflection();
  if (step.index < 0) return reflection.MutableMessage(&message, step.field);
  while (reflection.FieldSize(message, step.field) <= step.index) {
    reflection.AddMessage(&message, step.field);
  }
  return reflection.MutableRepeatedMessage(&message, step.field, step.index);
}

bool SetMessage(const std::string& text, Message* message) {
  if (auto* date = DynamicCastToGenerated<Date>(message)) {
    const std::optional<absl::CivilDay> day = ParseDay(text);
    if (day) *date = ToDate(*day);
    return day || text.empty();
  }
  if (auto* timestamp = DynamicCastToGenerated<Timestamp>(message)) {
    absl::Time time;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return false;
    *timestamp = ToTimestamp(time);
    return true;
  }
  // Only an empty entry of a list has a text in its own name.
  return text.empty();
}

std::optional<int> EnumNumber(const FieldDescriptor& field, const std::string& text) {
  if (const auto* value = field.enum_type()->FindValueByName(text)) return value->number();
  int number = 0;
  if (absl::SimpleAtoi(text, &number)) return number;
  return std::nullopt;
}

// Sets or, at the right place of a list, adds a value that is no message.
template <typename Value, typename Set, typename SetEntry, typename Add>
void Put(Message& message, const Step& step, const Value& value, Set set, SetEntry set_entry,
         Add add) {
  const auto& reflection = *message.GetReflection();
  if (step.index < 0) {
    (reflection.*set)(&message, step.field, value);
    return;
  }
  while (reflection.FieldSize(message, step.field) <= step.index) {
    (reflection.*add)(&message, step.field, Value());
  }
  (reflection.*set_entry)(&message, step.field, step.index, value);
}

template <typename Number, typename... Setters>
bool PutNumber(Message& message, const Step& step, const std::string& text, Setters... setters) {
  Number number = 0;
  if (!absl::SimpleAtoi(text, &number)) return false;
  Put(message, step, number, setters...);
  return true;
}

bool PutText(Message& message, const Step& step, const std::string& text) {
  using R = google::protobuf::Reflection;
  std::string value = text;
  if (step.field->type() == FieldDescriptor::TYPE_BYTES) {
    if (text.size() % 2 != 0 || !absl::c_all_of(text, absl::ascii_isxdigit)) return false;
    value = absl::HexStringToBytes(text);
  }
  Put(message, step, value, &R::SetString, &R::SetRepeatedString, &R::AddString);
  return true;
}

bool PutScalar(Message& message, const Step& step, const std::string& text) {
  using R = google::protobuf::Reflection;
  switch (step.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return PutNumber<std::int32_t>(message, step, text, &R::SetInt32, &R::SetRepeatedInt32,
                                     &R::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return PutNumber<std::int64_t>(message, step, text, &R::SetInt64, &R::SetRepeatedInt64,
                                     &R::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return PutNumber<std::uint32_t>(message, step, text, &R::SetUInt32, &R::SetRepeatedUInt32,
                                      &R::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return PutNumber<std::uint64_t>(message, step, text, &R::SetUInt64, &R::SetRepeatedUInt64,
                                      &R::AddUInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double number = 0;
      if (!absl::SimpleAtod(text, &number)) return false;
      Put(message, step, number, &R::SetDouble, &R::SetRepeatedDouble, &R::AddDouble);
      return true;
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      float number = 0;
      if (!absl::SimpleAtof(text, &number)) return false;
      Put(message, step, number, &R::SetFloat, &R::SetRepeatedFloat, &R::AddFloat);
      return true;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false") return false;
      Put(message, step, text == "true", &R::SetBool, &R::SetRepeatedBool, &R::AddBool);
      return true;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const std::optional<int> number = EnumNumber(*step.field, text);
      if (!number) return false;
      Put(message, step, *number, &R::SetEnumValue, &R::SetRepeatedEnumValue, &R::AddEnumValue);
      return true;
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return PutText(message, step, text);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return false;
}

// From `message` to a value, which is the last. Empty when there is no such path.
std::vector<Step> ParsePath(const Descriptor& message, const std::string& path) {
  std::vector<Step> steps;
  const Descriptor* at = &message;
  for (const absl::string_view part : absl::StrSplit(path, '.')) {
    const std::optional<Step> step = at == nullptr ? std::nullopt : ParseStep(*at, part);
    if (!step) return {};
    steps.push_back(*step);
    at = step->field->message_type();  // Null for a field that is no message.
  }
  return steps;
}

// The same; what was asked for once is known, as a ledger has a million accounts and few paths.
const std::vector<Step>& StepsOf(const Descriptor& message, const std::string& path) {
  constexpr std::size_t kMostKnown = 2000;
  static thread_local absl::flat_hash_map<const Descriptor*,
                                          absl::flat_hash_map<std::string, std::vector<Step>>>
      all;
  auto& known = all[&message];
  if (const auto found = known.find(path); found != known.end()) return found->second;
  if (known.size() >= kMostKnown) known.clear();
  return known[path] = ParsePath(message, path);
}

bool PutPath(const std::string& path, const std::string& text, Message* message) {
  const std::vector<Step>& steps = StepsOf(*message->GetDescriptor(), path);
  if (steps.empty()) return false;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) message = MutableMessage(*message, steps[i]);
  const Step& last = steps.back();
  return last.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE
             ? SetMessage(text, MutableMessage(*message, last))
             : PutScalar(*message, last, text);
}

}  // namespace

Fields Flatten(const Message& message, const std::string& prefix) {
  Fields out;
  FlattenInto(message, prefix, out);
  return out;
}

FieldReader::FieldReader(const Descriptor& message, const std::string& prefix,
                         const std::set<std::string>& paths)
    : nodes_(NodesOf(message, prefix, paths, paths.count(prefix) > 0)) {}

std::vector<FieldReader::Node> FieldReader::NodesOf(const Descriptor& message,
                                                    const std::string& prefix,
                                                    const std::set<std::string>& paths, bool all) {
  std::vector<Node> nodes;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    Node node{&field, PathOf(prefix, field), nullptr, {}};
    const bool whole = all || paths.count(node.path) > 0;
    const auto below = paths.lower_bound(absl::StrCat(node.path, "."));
    const bool part = below != paths.end() && absl::StartsWith(*below, node.path + ".");
    if (!whole && !part) continue;
    if (!field.is_repeated() && HasText(field)) {
      node.value = &fields_[node.path];
    } else if (!field.is_repeated()) {
      node.fields = NodesOf(*field.message_type(), node.path, paths, whole);
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

Fields& FieldReader::Read(const Message& message) {
  ReadNodes(nodes_, &message);
  return fields_;
}

void FieldReader::ReadNodes(const std::vector<Node>& nodes, const Message* message) {
  const Reflection* const reflection = message == nullptr ? nullptr : message->GetReflection();
  for (const Node& node : nodes) {
    const bool is_message = node.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (node.field->is_repeated()) {
      const std::string entries = absl::StrCat(node.path, "[");
      auto entry = fields_.lower_bound(entries);
      while (entry != fields_.end() && absl::StartsWith(entry->first, entries)) {
        entry = fields_.erase(entry);
      }
      if (message != nullptr) FlattenList(*message, *node.field, node.path, fields_);
      continue;
    }
    const bool set = message != nullptr && reflection->HasField(*message, node.field);
    const Message* const value =
        set && is_message ? &reflection->GetMessage(*message, node.field) : nullptr;
    if (node.value == nullptr) {
      ReadNodes(node.fields, value);
    } else if (!set) {
      node.value->clear();
    } else {
      *node.value = is_message ? *TextOf(*value) : ScalarText(*message, *node.field, -1);
    }
  }
}

absl::Status Unflatten(const Fields& fields, Message* message) {
  for (const auto& [path, text] : fields) {
    if (!PutPath(path, text, message)) {
      return absl::InvalidArgumentError(
          absl::StrCat(message->GetTypeName(), " cannot take \"", path, "\""));
    }
  }
  return absl::OkStatus();
}

}  // namespace daicho::wire
