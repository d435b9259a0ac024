// What somebody may have meant by a word that is not known.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace daicho {

// The candidate with the fewest edits from `word`, if it is close enough to be meant; else "".
std::string Nearest(absl::string_view word, const std::vector<std::string>& candidates);

}  // namespace daicho
