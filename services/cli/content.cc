#include "services/cli/content.h"

#include <re2/re2.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/cli/command.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"

namespace daicho::cli {
namespace {

using approval::v1::Form;
using approval::v1::FormContent;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status CannotTake(const std::string& path) {
  return WrongCommandLine(absl::StrCat("A form has no field \"", path,
                                       "\", or it cannot take that value. See: daicho "
                                       "help set"),
                          absl::StrCat("協議書に項目「", path,
                                       "」がないか、その値は入れられません。daicho help set "
                                       "をご覧ください。"));
}

// Takes out entry `index` of a list.
void RemoveEntry(Message* message, const FieldDescriptor* field, int index) {
  const auto& reflection = *message->GetReflection();
  for (int i = index; i + 1 < reflection.FieldSize(*message, field); ++i) {
    reflection.SwapElements(message, field, i, i + 1);
  }
  if (index < reflection.FieldSize(*message, field)) reflection.RemoveLast(message, field);
}

// One step of a path: a field, and which entry of it.
struct Step {
  const FieldDescriptor* field = nullptr;
  std::optional<int> index;
};

std::optional<Step> ParseStep(const Message& message, absl::string_view text) {
  static const auto* const pattern = new re2::RE2(R"((\w+)(?:\[(\d{1,4})\])?)");
  std::string name, index;
  if (!re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *pattern, &name, &index)) {
    return std::nullopt;
  }
  Step step{message.GetDescriptor()->FindFieldByName(name), std::nullopt};
  if (step.field == nullptr || (!index.empty() && !step.field->is_repeated())) return std::nullopt;
  if (!index.empty()) step.index = std::stoi(index);
  return step;
}

// Clears what `path` names; false when there is no such field.
bool Clear(absl::string_view path, Message* message) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(path, absl::MaxSplits('.', 1));
  const std::optional<Step> step = ParseStep(*message, parts.first);
  if (!step.has_value()) return false;
  const auto& reflection = *message->GetReflection();
  if (parts.second.empty()) {
    if (step->index.has_value()) {
      RemoveEntry(message, step->field, *step->index);
    } else {
      reflection.ClearField(message, step->field);
    }
    return true;
  }
  if (step->field->message_type() == nullptr) return false;
  if (!step->field->is_repeated()) {
    return Clear(parts.second, reflection.MutableMessage(message, step->field));
  }
  if (!step->index.has_value() || *step->index >= reflection.FieldSize(*message, step->field)) {
    return false;
  }
  return Clear(parts.second, reflection.MutableRepeatedMessage(message, step->field, *step->index));
}

absl::StatusOr<std::string> ValueOf(const std::string& text) {
  if (!absl::StartsWith(text, "@")) return text;
  ASSIGN_OR_RETURN(const std::string content, ReadWholeFile(text.substr(1)));
  return std::string(absl::StripTrailingAsciiWhitespace(content));
}

absl::Status SetOne(const std::string& assignment, FormContent* content) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(assignment, absl::MaxSplits('=', 1));
  if (!absl::StrContains(assignment, '=')) {
    return WrongCommandLine(
        absl::StrCat("--set ", assignment, " lacks \"=\": PATH=VALUE."),
        absl::StrCat("--set ", assignment, " に「=」がありません。PATH=VALUE と書いてください。"));
  }
  const std::string path(absl::StripPrefix(parts.first, "content."));
  ASSIGN_OR_RETURN(std::string value, ValueOf(parts.second));
  const FieldDescriptor* field = FieldAt(*FormContent::descriptor(), path);
  if (field == nullptr) return CannotTake(path);
  if (field->enum_type() != nullptr) {
    ASSIGN_OR_RETURN(const int number,
                     ParseEnum(*field->enum_type(), value, absl::StrCat("set ", path)));
    value = field->enum_type()->FindValueByNumber(number)->name();
  }
  return wire::Unflatten({{path, value}}, content).ok() ? absl::OkStatus() : CannotTake(path);
}

struct Signature {
  absl::string_view first_bytes;
  const char* media_type;
};

constexpr Signature kSignatures[] = {{"%PDF-", "application/pdf"},
                                     {"\x89PNG\r\n\x1a\n", "image/png"},
                                     {"\xff\xd8\xff", "image/jpeg"},
                                     {"GIF8", "image/gif"},
                                     {"PK\x03\x04", "application/zip"}};

bool IsText(const std::string& content) {
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(content.size());) {
    UChar32 c = 0;
    U8_NEXT(content.data(), at, static_cast<std::int32_t>(content.size()), c);
    if (c <= 0) return false;
  }
  return true;
}

std::string Sniff(const std::string& content) {
  for (const Signature& signature : kSignatures) {
    if (absl::StartsWith(content, signature.first_bytes)) return signature.media_type;
  }
  return IsText(content) ? "text/plain" : "application/octet-stream";
}

}  // namespace

absl::StatusOr<FormContent> Edit(FormContent content, const std::vector<std::string>& unset,
                                 const std::vector<std::string>& set) {
  for (const std::string& path : unset) {
    if (!Clear(absl::StripPrefix(path, "content."), &content)) return CannotTake(path);
  }
  for (const std::string& assignment : set) RETURN_IF_ERROR(SetOne(assignment, &content));
  return content;
}

absl::StatusOr<approval::v1::Attachment> Describe(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content, ReadWholeFile(path));
  approval::v1::Attachment attachment;
  attachment.set_file_name(std::filesystem::path(path).filename());
  attachment.set_media_type(Sniff(content));
  attachment.set_sha256(Sha256(content));
  attachment.set_size_bytes(static_cast<std::int64_t>(content.size()));
  return attachment;
}

}  // namespace daicho::cli
