// A pasted address taken apart as a browser would, or refused where readings could differ.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daicho::registry::domain {

// What follows the host is still escaped: "%XX" in upper case, escapes of unreserved characters
// undone, everything that is not ASCII escaped.
struct UrlParts {
  std::string host;                                        // Lower case, A-labels, no dot last.
  std::string path;                                        // From "/"; no "." or ".." segments.
  std::vector<std::pair<std::string, std::string>> query;  // In order; names may repeat.
  std::string fragment;                                    // Without "#".
};

// Refuses with the UrlProblems of canonical_url.h up to kHostNotAllowed.
absl::StatusOr<UrlParts> ParseUrl(absl::string_view input);

// Escapes undone, normalised to NFKC. nullopt when that is not UTF-8 or holds what a reader cannot
// see or what means something else in a URL: spaces, controls, "/" that was escaped, "%", "#", "\".
std::optional<std::string> Unescape(absl::string_view escaped);

// Escapes what must not stand as it is in a path or in the value of a query.
std::string Escape(absl::string_view text);

}  // namespace daicho::registry::domain
