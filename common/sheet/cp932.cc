#include "common/sheet/cp932.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"

namespace daicho::sheet {
namespace {

constexpr absl::string_view kGeta = "〓";
constexpr absl::string_view kGetaBytes = "\x81\xAC";

absl::StatusOr<void*> Open(const char* to, const char* from) {
  iconv_t converter = iconv_open(to, from);
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    return absl::InternalError("iconv has no CP932: glibc's gconv modules are missing");
  }
  return converter;
}

// As much of `text` as the converter takes, in `out`; the rest stays in `text`.
bool Convert(void* converter, absl::string_view& text, std::string& out) {
  iconv(converter, nullptr, nullptr, nullptr, nullptr);
  while (!text.empty()) {
    char* from = const_cast<char*>(text.data());
    std::size_t left = text.size();
    const std::size_t before = out.size();
    const std::size_t room = text.size() * 2 + 16;
    out.resize(before + room);
    char* to = out.data() + before;
    std::size_t free = room;
    const std::size_t result = iconv(converter, &from, &left, &to, &free);
    const int error = errno;
    out.resize(before + room - free);
    text.remove_prefix(text.size() - left);
    if (result == static_cast<std::size_t>(-1) && error != E2BIG) return false;
  }
  return true;
}

std::optional<std::string> Converted(void* converter, absl::string_view text) {
  std::string out;
  if (!Convert(converter, text, out)) return std::nullopt;
  return out;
}

absl::Status RefuseAt(absl::string_view bytes, std::size_t at, absl::string_view problem,
                      Message message) {
  const absl::string_view before = bytes.substr(0, at);
  const std::string line = absl::StrCat(1 + std::count(before.begin(), before.end(), '\n'));
  const std::size_t start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  const std::string byte = absl::StrCat(at - start + 1);
  return Refuse(absl::StatusCode::kInvalidArgument, "UNREADABLE_FILE",
                {absl::StrCat("Line ", line, ", byte ", byte, ": ", message.en),
                 absl::StrCat(line, "行目", byte, "バイト目: ", message.ja)},
                {{"problem", problem}, {"line", line}, {"byte", byte}});
}

// How many bytes of CP932 the character at the front of `bytes` has.
std::size_t LengthOf(absl::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  const bool two = (lead >= 0x81 && lead <= 0x9F) || (lead >= 0xE0 && lead <= 0xFC);
  return two && bytes.size() > 1 ? 2 : 1;
}

// U+E000 to U+E757: lead bytes F0 to F9.
bool IsUserDefined(absl::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  return LengthOf(bytes) == 2 && lead >= 0xF0 && lead <= 0xF9;
}

char32_t CodePointOf(absl::string_view character) {
  const auto lead = static_cast<unsigned char>(character.front());
  char32_t code_point = character.size() == 1   ? lead
                        : character.size() == 2 ? lead & 0x1FU
                        : character.size() == 3 ? lead & 0x0FU
                                                : lead & 0x07U;
  for (const char next : character.substr(1)) code_point = code_point << 6 | (next & 0x3FU);
  return code_point;
}

}  // namespace

absl::StatusOr<std::string> DecodeCp932(absl::string_view bytes) {
  ASSIGN_OR_RETURN(void* converter, Open("UTF-8", "CP932"));
  std::string text;
  absl::string_view rest = bytes;
  const bool whole = Convert(converter, rest, text);
  iconv_close(converter);
  if (!whole) {
    return RefuseAt(bytes, bytes.size() - rest.size(), "NOT_DECODABLE",
                    {"neither UTF-8 nor CP932 (Shift_JIS) has such a character; save the file as "
                     "\"CSV UTF-8\", or as .xlsx.",
                     "UTF-8でもCP932(シフトJIS)でもない文字です。「CSV UTF-8」または.xlsx形式で"
                     "保存し直してください。"});
  }
  for (std::size_t at = 0; at < bytes.size(); at += LengthOf(bytes.substr(at))) {
    if (!IsUserDefined(bytes.substr(at))) continue;
    return RefuseAt(
        bytes, at, "USER_DEFINED_CHARACTER",
        {"a user-defined character, which only the machine it was made on can show; "
         "write it with a standard one.",
         "外字です。作成した端末以外では表示できません。標準の文字に置き換えてください。"});
  }
  return text;
}

void Cp932Encoder::Close::operator()(void* converter) const { iconv_close(converter); }

absl::StatusOr<Cp932Encoder> Cp932Encoder::Make() {
  Cp932Encoder encoder;
  ASSIGN_OR_RETURN(void* encode, Open("CP932", "UTF-8"));
  encoder.encode_.reset(encode);
  ASSIGN_OR_RETURN(void* decode, Open("UTF-8", "CP932"));
  encoder.decode_.reset(decode);
  return encoder;
}

const Cp932Encoder::Character& Cp932Encoder::Find(absl::string_view character) {
  const auto [place, fresh] = known_.try_emplace(std::string(character));
  Character& found = place->second;
  if (!fresh) return found;
  const auto bytes = Converted(encode_.get(), character);
  const auto again = bytes ? Converted(decode_.get(), *bytes) : std::nullopt;
  // ¥ and ‾ would become \ and ~, which mean something else.
  const bool usable = again && (*again == character || again->size() > 1) && !IsUserDefined(*bytes);
  found = usable ? Character{*bytes, *again, *again != character}
                 : Character{std::string(kGetaBytes), std::string(kGeta)};
  return found;
}

std::string Cp932Encoder::Fit(absl::string_view text, std::vector<Loss>& losses) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(CharacterLength(text), 1);
    const absl::string_view character = text.substr(0, length);
    const Character& found = Find(character);
    if (found.written != character) {
      losses.push_back(
          {std::string(character), CodePointOf(character), found.written, found.is_twin});
    }
    out += found.written;
    text.remove_prefix(length);
  }
  return out;
}

std::string Cp932Encoder::Encode(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(CharacterLength(text), 1);
    out += Find(text.substr(0, length)).bytes;
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace daicho::sheet
