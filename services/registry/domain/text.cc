#include "services/registry/domain/text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/ascii.h"

namespace daicho::registry::domain {
namespace {

bool IsTrimmed(UChar32 character) {
  return character >= 0 && (IsSpaceOrControl(character) || IsInvisible(character));
}

}  // namespace

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isascii(static_cast<unsigned char>(c)); });
}

std::optional<std::vector<char32_t>> CodePoints(absl::string_view text) {
  std::vector<char32_t> points;
  points.reserve(text.size());
  const auto length = static_cast<int32_t>(text.size());
  for (int32_t at = 0; at < length;) {
    UChar32 point;
    U8_NEXT(text.data(), at, length, point);
    if (point < 0) return std::nullopt;
    points.push_back(static_cast<char32_t>(point));
  }
  return points;
}

std::string Nfkc(absl::string_view text) {
  if (IsAscii(text)) return std::string(text);
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(error);
  if (U_FAILURE(error)) return std::string(text);
  const icu::UnicodeString source =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
  std::string result;
  nfkc->normalize(source, error).toUTF8String(result);
  return result;
}

absl::string_view TrimCopied(absl::string_view text) {
  auto end = static_cast<int32_t>(text.size());
  int32_t begin = 0;
  while (begin < end) {
    int32_t next = begin;
    UChar32 point;
    U8_NEXT(text.data(), next, end, point);
    if (!IsTrimmed(point)) break;
    begin = next;
  }
  while (end > begin) {
    int32_t previous = end;
    UChar32 point;
    U8_PREV(text.data(), begin, previous, point);
    if (!IsTrimmed(point)) break;
    end = previous;
  }
  return text.substr(begin, end - begin);
}

bool IsSpaceOrControl(char32_t character) {
  if (character < 0x80) return character <= ' ' || character == 0x7F;
  const auto point = static_cast<UChar32>(character);
  return u_isUWhiteSpace(point) || u_charType(point) == U_CONTROL_CHAR;
}

bool IsInvisible(char32_t character) {
  if (character < 0x80) return false;
  const auto point = static_cast<UChar32>(character);
  if (u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return true;
  const uint32_t category = U_MASK(u_charType(point));
  return (category & (U_GC_CF_MASK | U_GC_CO_MASK | U_GC_CN_MASK | U_GC_CS_MASK)) != 0;
}

std::string FoldAscii(absl::string_view text) { return absl::AsciiStrToLower(text); }

}  // namespace daicho::registry::domain
