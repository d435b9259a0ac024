// Text as rules compare it.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace daicho::policy::domain {

// `text` after NFKC and case folding, without characters that do not show (zero-width spaces and
// the like): "ＢＩＴ．ＬＹ" → "bit.ly". Two texts are equal to a rule when their folds are.
std::string Fold(absl::string_view text);

// Whether nothing in `text` shows: empty, or white space (U+3000 too) and zero-width characters
// alone.
bool IsBlank(absl::string_view text);

// Characters (code points) of `text` without white space at either end.
std::size_t CharacterCount(absl::string_view text);

}  // namespace daicho::policy::domain
