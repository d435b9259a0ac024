#include "common/base/uuid.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"

namespace daicho {
namespace {

// Milliseconds and a 12-bit counter beside them, never going back: RFC 9562 §6.2, method 1.
std::uint64_t NextTick(absl::Time now) {
  static std::mutex mutex;
  static std::uint64_t last = 0;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto tick = static_cast<std::uint64_t>(absl::ToUnixMillis(now)) << 12;
  last = std::max(last + 1, tick);
  return last;
}

// The 16 bytes as text, with version and variant put in.
std::string Format(unsigned char* bytes, int version) {
  bytes[6] = static_cast<unsigned char>((version << 4) | (bytes[6] & 0x0f));
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3f));
  const std::string hex =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(bytes), 16));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

}  // namespace

std::string NewUuid(absl::Time now) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) std::abort();  // No randomness: nothing is safe.
  const std::uint64_t tick = NextTick(now);
  const std::uint64_t millis = tick >> 12;
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(millis >> (8 * (5 - i)));
  bytes[6] = static_cast<unsigned char>(tick >> 8);
  bytes[7] = static_cast<unsigned char>(tick & 0xff);
  return Format(bytes, 7);
}

std::string NamedUuid(absl::string_view name) {
  const std::string hash = Sha256(name);
  unsigned char bytes[16];
  std::copy_n(hash.begin(), sizeof bytes, bytes);
  return Format(bytes, 8);
}

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  bool nil = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return false;
    if (!dash && !(absl::ascii_isdigit(text[i]) || (text[i] >= 'a' && text[i] <= 'f'))) {
      return false;
    }
    if (!dash && text[i] != '0') nil = false;
  }
  return !nil;
}

}  // namespace daicho
