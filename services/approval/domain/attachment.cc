#include "services/approval/domain/attachment.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"

namespace daicho::approval::domain {
namespace {

struct Ending {
  absl::string_view media_type;
  absl::string_view ending;
};
constexpr Ending kEndings[] = {
    {"application/pdf", ".pdf"},
    {"image/png", ".png"},
    {"image/jpeg", ".jpg"},
    {"image/jpeg", ".jpeg"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"},
};

absl::Status RefuseName(absl::string_view reason, absl::string_view en, absl::string_view ja) {
  return RefuseFields({{"file_name", std::string(reason), std::string(en), std::string(ja)}});
}

// Controls, and marks that hide or turn around what a name seems to say; line breaks too.
bool Steers(UChar32 character) {
  switch (u_charType(character)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SURROGATE:
    case U_UNASSIGNED:
    case U_PRIVATE_USE_CHAR:
      return true;
    default:
      return false;
  }
}

std::string Utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

std::string Normalized(const icu::Normalizer2* form, const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::UnicodeString normal = form->normalize(icu::UnicodeString::fromUTF8(text), error);
  return U_SUCCESS(error) ? Utf8(normal) : "";
}

std::string Nfc(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  return Normalized(icu::Normalizer2::getNFCInstance(error), std::string(text));
}

std::string Folded(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  return Normalized(icu::Normalizer2::getNFKCCasefoldInstance(error), text);
}

absl::string_view WithoutFolders(absl::string_view name) {
  const std::size_t slash = name.find_last_of("/\\");
  return slash == absl::string_view::npos ? name : name.substr(slash + 1);
}

std::string Megabytes(std::int64_t bytes) { return absl::StrCat(bytes >> 20); }

// One entry of `content.attachments`.
struct Listed {
  std::string file_name;
  std::string media_type;
  std::string size_bytes;
  std::string sha256;  // Hex.
};

// By their index.
std::map<int, Listed> NamedIn(const Fields& content) {
  constexpr absl::string_view kPrefix = "attachments[";
  std::map<int, Listed> named;
  for (const auto& [path, value] : content) {
    if (!absl::StartsWith(path, kPrefix)) continue;
    const std::size_t close = path.find(']');
    int index = 0;
    if (close == std::string::npos ||
        !absl::SimpleAtoi(path.substr(kPrefix.size(), close - kPrefix.size()), &index)) {
      continue;
    }
    Listed& entry = named[index];
    const absl::string_view field = absl::string_view(path).substr(close + 1);
    if (field == ".file_name") entry.file_name = value;
    if (field == ".media_type") entry.media_type = value;
    if (field == ".size_bytes") entry.size_bytes = value;
    if (field == ".sha256") entry.sha256 = value;
  }
  return named;
}

bool Matches(const Listed& named, const Attachment& attachment) {
  return named.sha256 == absl::BytesToHexString(attachment.sha256) &&
         (named.media_type.empty() || named.media_type == attachment.media_type) &&
         (named.size_bytes.empty() || named.size_bytes == absl::StrCat(attachment.size_bytes));
}

Violation ProblemOf(absl::string_view field, absl::string_view reason) {
  if (reason == "NOT_UPLOADED") {
    return {std::string(field), std::string(reason),
            "The form names this file, but it was not added; add it, or take it out of the form.",
            "協議書に記載された添付ファイルがありません。ファイルを添付するか、記載を削除して"
            "ください。"};
  }
  if (reason == "NAMED_TWICE") {
    return {std::string(field), std::string(reason),
            "The form names this file twice; leave one entry out.",
            "同じ添付ファイルが重複して記載されています。一つにしてください。"};
  }
  return {std::string(field), std::string(reason),
          "The file that was added is another one than the form says (hash, type or size); name "
          "what was added.",
          "添付されたファイルが協議書の記載(ハッシュ・形式・サイズ)と異なります。"
          "添付したファイルのとおりに記載してください。"};
}

Violation NotNamed(const Attachment& attachment) {
  return {attachment.file_name, "NOT_NAMED",
          absl::StrCat("\"", attachment.file_name,
                       "\" was added, but the form does not name it; name it, or remove it."),
          absl::StrCat("「", attachment.file_name,
                       "」は添付されていますが、協議書に記載がありません。記載するか、添付を"
                       "外してください。")};
}

Event EventOf(const char* type, const Form& form, const Attachment& attachment, bool added) {
  const auto change = [&](const char* field, std::string value) {
    FieldChange out{.path = absl::StrCat("attachments.", field)};
    (added ? out.after : out.before) = std::move(value);
    return out;
  };
  return {.type = type,
          .resource = NameOf(form),
          .related = {NameOf(attachment)},
          .department = form.department,
          .changes = {change("file_name", attachment.file_name),
                      change("media_type", attachment.media_type),
                      change("sha256", absl::BytesToHexString(attachment.sha256)),
                      change("size_bytes", absl::StrCat(attachment.size_bytes))}};
}

}  // namespace

std::string NameOf(const Attachment& attachment) {
  return absl::StrCat("forms/", attachment.form, "/attachments/", attachment.id);
}

absl::StatusOr<FileName> NormalizeFileName(absl::string_view name) {
  std::string shown = Nfc(WithoutFolders(name));
  const icu::UnicodeString characters = icu::UnicodeString::fromUTF8(shown);
  for (int i = 0; i < characters.length(); i = characters.moveIndex32(i, 1)) {
    if (!Steers(characters.char32At(i))) continue;
    return RefuseName("CONTROL_CHARACTER",
                      "The name holds a character that cannot be seen; rename the file.",
                      "ファイル名に表示できない文字が含まれています。名前を変えてください。");
  }
  while (!shown.empty() && (shown.back() == '.' || shown.back() == ' ')) shown.pop_back();
  shown = std::string(absl::StripAsciiWhitespace(shown));
  FileName out{.shown = shown, .key = Folded(shown)};
  if (out.shown.empty() || out.key.empty()) {
    return RefuseName("REQUIRED", "Nothing is left of the name; rename the file.",
                      "ファイル名が空です。名前を付けてください。");
  }
  if (out.shown.size() > kMostNameBytes) {
    return RefuseName("TOO_LONG",
                      "The name is longer than 200 bytes (about 66 Japanese characters); shorten "
                      "it.",
                      "ファイル名が200バイト(全角で約66文字)を超えています。短くしてください。");
  }
  return out;
}

absl::Status CheckSize(std::int64_t size_bytes) {
  if (size_bytes <= 0) {
    return Refuse(absl::StatusCode::kInvalidArgument, "ATTACHMENT_EMPTY",
                  {"The file is empty; choose another one.",
                   "ファイルが空です。内容のあるファイルを選んでください。"});
  }
  if (size_bytes <= kMostFileBytes) return absl::OkStatus();
  return Refuse(absl::StatusCode::kInvalidArgument, "ATTACHMENT_TOO_LARGE",
                {"A file may have at most 20 MB; make it smaller, or split it.",
                 "添付ファイルは1件20MBまでです。小さくするか、分割してください。"});
}

absl::Status CheckExtension(absl::string_view file_name, absl::string_view media_type) {
  const std::string lower = absl::AsciiStrToLower(file_name);
  std::string wanted;
  for (const Ending& one : kEndings) {
    if (one.media_type != media_type) continue;
    if (absl::EndsWith(lower, one.ending) && lower.size() > one.ending.size()) {
      return absl::OkStatus();
    }
    if (wanted.empty()) wanted = std::string(one.ending);
  }
  return Refuse(absl::StatusCode::kInvalidArgument, "EXTENSION_MISMATCH",
                {absl::StrCat("By its content this file is ", media_type,
                              "; its name has to end in ", wanted, "."),
                 absl::StrCat("内容は ", media_type, " です。ファイル名の末尾を ", wanted,
                              " にしてください。")},
                {{"media_type", media_type}});
}

absl::Status CheckRoom(const std::vector<Attachment>& existing, const FileName& name,
                       std::int64_t size_bytes) {
  int count = 1, ever_count = 1;
  std::int64_t bytes = size_bytes, ever_bytes = size_bytes;
  for (const Attachment& one : existing) {
    ++ever_count;
    ever_bytes += one.size_bytes;
    if (one.remove_time) continue;
    ++count;
    bytes += one.size_bytes;
    if (one.name_key != name.key) continue;
    return Refuse(absl::StatusCode::kAlreadyExists, "ATTACHMENT_EXISTS",
                  {"The form has a file of this name already; rename the new one, or remove the "
                   "other first.",
                   "同じ名前のファイルがすでに添付されています。名前を変えるか、先に添付済みの"
                   "ファイルを外してください。"},
                  {{"attachment", NameOf(one)}});
  }
  if (count > kMostFiles || ever_count > kEverFactor * kMostFiles) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "TOO_MANY_ATTACHMENTS",
                  {"A form takes at most 20 files, and 60 with those that were removed; put some "
                   "into one, or draft a new form.",
                   "添付できるのは20件(外したものを含めて60件)までです。まとめるか、新しい協議書を"
                   "起案してください。"});
  }
  if (bytes <= kMostFormBytes && ever_bytes <= kEverFactor * kMostFormBytes) {
    return absl::OkStatus();
  }
  return Refuse(
      absl::StatusCode::kFailedPrecondition, "ATTACHMENTS_TOO_LARGE",
      {absl::StrCat("The files of a form may have ", Megabytes(kMostFormBytes),
                    " MB together, and three times that with those that were removed; make them "
                    "smaller, or draft a new form."),
       absl::StrCat("添付ファイルは合計", Megabytes(kMostFormBytes),
                    "MB(外したものを含めてその3倍)までです。小さくするか、新しい協議書を起案して"
                    "ください。")});
}

absl::Status CheckNamed(const Form& form, const std::vector<Attachment>& existing) {
  std::map<std::string, const Attachment*> left;
  for (const Attachment& one : existing) {
    if (!one.remove_time) left.emplace(one.name_key, &one);
  }
  std::vector<Violation> violations;
  std::set<std::string> seen;
  for (const auto& [index, named] : NamedIn(form.draft.content)) {
    const std::string field = absl::StrCat("content.attachments[", index, "]");
    const std::string key = Folded(Nfc(named.file_name));
    if (!seen.insert(key).second) {
      violations.push_back(ProblemOf(field, "NAMED_TWICE"));
      continue;
    }
    const auto found = left.find(key);
    if (found == left.end()) {
      violations.push_back(ProblemOf(field, "NOT_UPLOADED"));
      continue;
    }
    if (!Matches(named, *found->second)) violations.push_back(ProblemOf(field, "CONTENT_DIFFERS"));
    left.erase(found);
  }
  for (const auto& [key, attachment] : left) violations.push_back(NotNamed(*attachment));
  if (violations.empty()) return absl::OkStatus();
  return RefusePreconditions(
      "ATTACHMENTS_DIFFER",
      {"The files that were added are not those the form names; mend each point.",
       "添付されたファイルが協議書の記載と一致しません。各点を直してください。"},
      violations);
}

Event UploadedEvent(const Form& form, const Attachment& attachment) {
  return EventOf("attachment.uploaded", form, attachment, /*added=*/true);
}

Event RemovedEvent(const Form& form, const Attachment& attachment) {
  return EventOf("attachment.removed", form, attachment, /*added=*/false);
}

}  // namespace daicho::approval::domain
