#include "services/policy/domain/similarity.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "services/policy/domain/text.h"

namespace daicho::policy::domain {
namespace {

constexpr std::size_t kFewestCharacters = 10;
constexpr std::size_t kMostCharacters = 4000;

}  // namespace

CharacterPairs PairsOf(absl::string_view text) {
  const std::string folded = Fold(text);
  std::vector<std::uint32_t> characters;
  const auto size = static_cast<std::int32_t>(folded.size());
  for (std::int32_t i = 0; i < size && characters.size() < kMostCharacters;) {
    UChar32 c;
    U8_NEXT(folded.data(), i, size, c);
    // A long vowel mark is a letter (Lm) and stays.
    if (c >= 0 && u_isalnum(c)) characters.push_back(static_cast<std::uint32_t>(c));
  }
  CharacterPairs pairs;
  if (characters.size() < kFewestCharacters) return pairs;
  for (std::size_t i = 0; i + 1 < characters.size(); ++i) {
    pairs.push_back(std::uint64_t{characters[i]} << 32 | characters[i + 1]);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

int PercentAlike(const CharacterPairs& a, const CharacterPairs& b) {
  if (a.empty() || b.empty()) return 0;
  std::size_t shared = 0;
  for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
    if (*left < *right) {
      ++left;
    } else if (*right < *left) {
      ++right;
    } else {
      ++shared, ++left, ++right;
    }
  }
  return PercentAlike(shared, a.size(), b.size());
}

int PercentAlike(std::size_t shared, std::size_t a, std::size_t b) {
  return a + b == 0 ? 0 : static_cast<int>(200 * shared / (a + b));
}

}  // namespace daicho::policy::domain
