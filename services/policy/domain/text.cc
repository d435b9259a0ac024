#include "services/policy/domain/text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"

namespace daicho::policy::domain {
namespace {

bool Shows(UChar32 c) {
  return !u_isUWhiteSpace(c) && !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

bool IsAscii(absl::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

const icu::Normalizer2& NfkcCasefold() {
  UErrorCode error = U_ZERO_ERROR;
  // Compiled into the library's data; a process without it cannot run at all.
  return *icu::Normalizer2::getNFKCCasefoldInstance(error);
}

}  // namespace

std::string Fold(absl::string_view text) {
  if (IsAscii(text)) return absl::AsciiStrToLower(text);
  static const icu::Normalizer2& fold = NfkcCasefold();
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<std::int32_t>(text.size()));
  UErrorCode error = U_ZERO_ERROR;
  fold.normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink,
                     nullptr, error);
  return out;
}

bool IsBlank(absl::string_view text) {
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(text.data(), i, size, c);
    if (c < 0 || Shows(c)) return false;
  }
  return true;
}

std::size_t CharacterCount(absl::string_view text) {
  const auto size = static_cast<std::int32_t>(text.size());
  std::size_t seen = 0, up_to_last = 0;
  for (std::int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(text.data(), i, size, c);
    const bool space = c >= 0 && u_isUWhiteSpace(c);
    if (space && seen == 0) continue;
    ++seen;
    if (!space) up_to_last = seen;
  }
  return up_to_last;
}

}  // namespace daicho::policy::domain
