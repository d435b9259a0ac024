// Characters: what can be seen, what is the same when normalised.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace daicho::registry::domain {

bool IsAscii(absl::string_view text);

// The code points of UTF-8 `text`; nullopt when it is not UTF-8.
std::optional<std::vector<char32_t>> CodePoints(absl::string_view text);

// Normalisation form KC of UTF-8 `text`: full-width letters become plain ones.
std::string Nfkc(absl::string_view text);

// `text` without white space and invisible characters at its ends, as copying from a page or a
// message leaves them.
absl::string_view TrimCopied(absl::string_view text);

bool IsSpaceOrControl(char32_t character);
// Formats, fillers, private and unassigned characters: nobody sees them, so nobody can compare
// what they read with what a program reads.
bool IsInvisible(char32_t character);

// Lower case for ASCII letters alone. Unicode folding would take handles for equal that platforms
// keep apart ("ß" and "ss").
std::string FoldAscii(absl::string_view text);

}  // namespace daicho::registry::domain
