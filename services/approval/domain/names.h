// Texts of an enum's values, in the order of their numbers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

namespace daicho::approval::domain {

template <std::size_t n>
using Names = std::array<absl::string_view, n>;

// The value that is called `name`. nullopt: none is.
template <typename Enum, std::size_t n>
std::optional<Enum> Named(const Names<n>& names, absl::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace daicho::approval::domain
