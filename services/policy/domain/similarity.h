// How like two texts are, character by character: Japanese has no spaces to find words by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace daicho::policy::domain {

// The pairs of neighbouring characters of a text, sorted, each as often as it occurs.
using CharacterPairs = std::vector<std::uint64_t>;

// Pairs of the folded text without white space, punctuation and symbols. Empty for texts with fewer
// than 10 such characters, which say too little to compare. The first 4,000 characters count.
CharacterPairs PairsOf(absl::string_view text);

// Dice's coefficient in per cent, rounded down: 100 for equal texts, 0 where either is empty.
int PercentAlike(const CharacterPairs& a, const CharacterPairs& b);
// The same of texts of `a` and `b` pairs that share so many.
int PercentAlike(std::size_t shared, std::size_t a, std::size_t b);

}  // namespace daicho::policy::domain
