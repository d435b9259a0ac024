#include "services/policy/text_format.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace daicho::policy {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Deeper than any guideline: rules, check, topics, value.
constexpr int kMaxDepth = 8;

// More messages than any guideline and its cases have. An empty one takes three bytes to write and
// some hundred in memory, so that they are counted before they are made; one in a text counts too.
constexpr int kMaxMessages = 20000;

// The line on which `text` begins one message too many.
std::optional<int> LineOfTooMany(absl::string_view text) {
  int messages = 0, line = 1;
  for (const char c : text) {
    if (c == '\n') ++line;
    if ((c == '{' || c == '<') && ++messages > kMaxMessages) return line;
  }
  return std::nullopt;
}

// Where `text` stops being UTF-8 or has a control character that no file needs.
std::optional<std::size_t> FirstBadByte(absl::string_view text) {
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t i = 0; i < size;) {
    const std::int32_t begin = i;
    UChar32 c;
    U8_NEXT(text.data(), i, size, c);
    if (c < 0 || (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f) {
      return static_cast<std::size_t>(begin);
    }
  }
  return std::nullopt;
}

// Finds what escapes put into texts, and numbers that stand for no enum value.
void CheckValues(const Message& message, const Place& place, Problems* problems) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      const int index = field->is_repeated() ? i : -1;
      const int line = place.LineOf(field->name(), index);
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CheckValues(index < 0 ? reflection.GetMessage(message, field)
                              : reflection.GetRepeatedMessage(message, field, i),
                    place.In(field->name(), index), problems);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        const std::string text = index < 0 ? reflection.GetString(message, field)
                                           : reflection.GetRepeatedString(message, field, i);
        if (FirstBadByte(text)) {
          problems->Add(line, absl::StrCat(field->name(), " is not plain UTF-8 text"));
        }
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        const int value = index < 0 ? reflection.GetEnumValue(message, field)
                                    : reflection.GetRepeatedEnumValue(message, field, i);
        if (field->enum_type()->FindValueByNumber(value) == nullptr) {
          problems->Add(line, absl::StrCat(field->name(), " has no value ", value));
        }
      }
    }
  }
}

}  // namespace

absl::Status ReadTextFormat(const std::string& text, Message* message,
                            google::protobuf::TextFormat::ParseInfoTree* tree, Problems* problems) {
  if (text.size() > kMaxGuidelineBytes) {
    problems->Add(1, absl::StrCat("is longer than ", kMaxGuidelineBytes, " bytes"));
    return problems->ToStatus();
  }
  if (const std::optional<std::size_t> bad = FirstBadByte(text)) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(*bad);
    problems->Add(static_cast<int>(std::count(text.begin(), end, '\n')) + 1,
                  "is not UTF-8, or has a control character");
    return problems->ToStatus();
  }
  if (const std::optional<int> line = LineOfTooMany(text)) {
    problems->Add(*line, absl::StrCat("has more than ", kMaxMessages, " messages"));
    return problems->ToStatus();
  }
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(problems);
  parser.WriteLocationsTo(tree);
  parser.SetRecursionLimit(kMaxDepth);
  if (!parser.ParseFromString(text, message) && problems->ToStatus().ok()) {
    problems->Add(1, "cannot be parsed");
  }
  RETURN_IF_ERROR(problems->ToStatus());
  CheckValues(*message, Place(tree, message->GetDescriptor(), 1), problems);
  return problems->ToStatus();
}

}  // namespace daicho::policy
