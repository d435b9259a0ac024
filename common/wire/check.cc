#include <google/protobuf/descriptor.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/utf8.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "daicho/check/v1/check.pb.h"
#include "google/api/field_behavior.pb.h"

namespace daicho::wire {
namespace {

using google::protobuf::FieldDescriptor;

constexpr int kMaxCharacters = 4000;
constexpr int kMaxEntries = 200;
constexpr absl::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

bool Is(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

// Of broken UTF-8, which is refused anyhow, some number.
int CountCharacters(absl::string_view text) {
  int count = 0;
  for (const unsigned char byte : text) count += (byte & 0xC0) != 0x80;
  return count;
}

bool HasControlCharacter(absl::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7F) return true;
    // U+0080 to U+009F.
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

bool IsZero(const google::type::Date& date) {
  return date.year() == 0 && date.month() == 0 && date.day() == 0;
}

bool Exists(const google::type::Date& date) {
  if (date.year() < 1 || date.year() > 9999) return false;
  const absl::CivilDay day(date.year(), date.month(), date.day());
  return day.month() == date.month() && day.day() == date.day();
}

// From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
bool Exists(const google::protobuf::Timestamp& time) {
  return time.seconds() >= -62135596800 && time.seconds() <= 253402300799 && time.nanos() >= 0 &&
         time.nanos() < 1000000000;
}

class Checker {
 public:
  void CheckMessage(const google::protobuf::Message& message, const std::string& path) {
    const auto* descriptor = message.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor& field = *descriptor->field(i);
      const bool unset = IsUnset(message, field);
      // Most fields of most requests are unset and free: these cost no more than a look.
      if (unset && !Is(field, google::api::REQUIRED)) continue;
      if (Is(field, google::api::OUTPUT_ONLY)) continue;
      const std::string name = path.empty() ? field.name() : absl::StrCat(path, ".", field.name());
      if (unset) {
        AddRequired(name);
      } else if (field.is_repeated()) {
        CheckList(message, field, name);
      } else {
        CheckValue(message, field, -1, name);
      }
    }
  }

  std::vector<Violation> Take() { return std::move(violations_); }

 private:
  void Add(const std::string& field, const char* reason, std::string en, std::string ja) {
    violations_.push_back({field, reason, std::move(en), std::move(ja)});
  }

  void AddRequired(const std::string& field) {
    Add(field, "REQUIRED", "This is required; fill it in.", "必須です。入力してください。");
  }

  static bool IsUnset(const google::protobuf::Message& message, const FieldDescriptor& field) {
    const auto* reflection = message.GetReflection();
    if (field.is_repeated()) return reflection->FieldSize(message, &field) == 0;
    if (!reflection->HasField(message, &field)) return true;
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return false;
    const auto* date = google::protobuf::DynamicCastToGenerated<google::type::Date>(
        &reflection->GetMessage(message, &field));
    return date != nullptr && IsZero(*date);
  }

  void CheckList(const google::protobuf::Message& message, const FieldDescriptor& field,
                 const std::string& path) {
    const int size = message.GetReflection()->FieldSize(message, &field);
    const int bulk = field.options().GetExtension(check::v1::bulk_entries);
    const int most = bulk > 0 ? bulk : kMaxEntries;
    if (size > most && field.type() != FieldDescriptor::TYPE_BYTES) {
      Add(path, "TOO_MANY",
          absl::StrCat("This has ", size, " entries; at most ", most, " are allowed."),
          absl::StrCat("件数が", size, "件あります。", most, "件以内にしてください。"));
      return;
    }
    if (bulk > 0) return;
    for (int i = 0; i < size; ++i) {
      CheckValue(message, field, i, absl::StrCat(path, "[", i, "]"));
    }
  }

  // `index` is -1 for a field that is no list.
  void CheckValue(const google::protobuf::Message& message, const FieldDescriptor& field, int index,
                  const std::string& path) {
    const auto* reflection = message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        CheckSubMessage(index < 0 ? reflection->GetMessage(message, &field)
                                  : reflection->GetRepeatedMessage(message, &field, index),
                        path);
        break;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = index < 0 ? reflection->GetEnumValue(message, &field)
                                    : reflection->GetRepeatedEnumValue(message, &field, index);
        CheckEnum(field, value, path);
        break;
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        if (field.type() == FieldDescriptor::TYPE_BYTES) break;
        std::string scratch;
        CheckText(field,
                  index < 0
                      ? reflection->GetStringReference(message, &field, &scratch)
                      : reflection->GetRepeatedStringReference(message, &field, index, &scratch),
                  path);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_BOOL:
        break;
    }
  }

  void CheckSubMessage(const google::protobuf::Message& message, const std::string& path) {
    using google::protobuf::DynamicCastToGenerated;
    if (const auto* date = DynamicCastToGenerated<google::type::Date>(&message)) {
      if (!IsZero(*date) && !Exists(*date)) {
        Add(path, "INVALID_DATE", "There is no such day; give year, month and day.",
            "存在しない日付です。年月日を正しく入力してください。");
      }
    } else if (const auto* time = DynamicCastToGenerated<google::protobuf::Timestamp>(&message)) {
      if (!Exists(*time)) {
        Add(path, "INVALID_TIME", "This is no moment between the years 1 and 9999; mend it.",
            "日時が範囲外です。1年から9999年までの日時を指定してください。");
      }
    } else {
      CheckMessage(message, path);
    }
  }

  void CheckEnum(const FieldDescriptor& field, int value, const std::string& path) {
    if (field.enum_type()->FindValueByNumber(value) != nullptr) return;
    Add(path, "UNKNOWN_VALUE",
        absl::StrCat("This server does not know the value ", value, "; choose a listed one."),
        absl::StrCat("値", value, "は使えません。一覧にある値を選んでください。"));
  }

  void CheckText(const FieldDescriptor& field, absl::string_view text, const std::string& path) {
    if (Is(field, google::api::REQUIRED) && IsBlank(text)) {
      AddRequired(path);
      return;
    }
    if (const int count = CountCharacters(text); count > kMaxCharacters) {
      Add(path, "TOO_LONG",
          absl::StrCat("This has ", count, " characters; shorten it to ", kMaxCharacters,
                       " at most."),
          absl::StrCat("文字数が", count, "文字です。", kMaxCharacters,
                       "文字以内に短くしてください。"));
    }
    if (HasControlCharacter(text)) {
      Add(path, "CONTROL_CHARACTER",
          "This holds a control character; remove all but tabs and line feeds.",
          "制御文字が含まれています。タブと改行(LF)以外の制御文字を削除してください。");
    }
    if (!IsUtf8(text) || absl::StrContains(text, kReplacementCharacter)) {
      Add(path, "INVALID_UTF8", "This holds broken characters; send the text as UTF-8.",
          "文字化けした文字が含まれています。UTF-8で送り直してください。");
    }
    if (field.name() == "request_id" && !text.empty() && !IsUuid(text)) {
      Add(path, "INVALID_REQUEST_ID",
          "This is no UUID; send one made for this request, in lower case with dashes.",
          "UUIDではありません。この要求のために作ったUUID(小文字・ハイフン区切り)"
          "を送ってください。");
    }
  }

  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> CheckRequest(const google::protobuf::Message& request) {
  Checker checker;
  checker.CheckMessage(request, "");
  return checker.Take();
}

}  // namespace daicho::wire
