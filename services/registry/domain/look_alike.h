// Handles that look alike: what a reader takes for another (UTS 39). Only ever a hint to the
// account somebody may have meant, never an accusation (domain.md §3.2).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/registry/domain/canonical_url.h"
#include "services/registry/domain/lookup.h"

namespace daicho::registry::domain {

inline constexpr int kMostCharactersApart = 2;

// What `handle` looks like: case, separators, widths, look-alike letters (UTS 39 confusables) and
// old forms of characters folded. Code points. Empty for a handle of separators alone.
std::u32string SkeletonOf(absl::string_view handle);

// Edits (insert, remove, replace a character) that turn one into the other: 0, 1, or 2 for more.
int EditsBetween(const std::u32string& a, const std::u32string& b);

// Finds skeletons at most one edit apart: one half of either is then as it was, at its end.
class Likeness {
 public:
  explicit Likeness(absl::string_view handle) : skeleton_(SkeletonOf(handle)) {}

  const std::u32string& skeleton() const { return skeleton_; }
  // Which characters it has, a bit for each, several sharing one. One edit changes two at most.
  std::uint64_t Characters() const;
  // Hashes to find a kept handle by; none for an empty one.
  std::vector<std::uint64_t> HalvesToKeep() const;
  // Hashes of which a handle at most one edit away keeps one.
  std::vector<std::uint64_t> HalvesToAsk() const;

 private:
  std::u32string skeleton_;
};

// The part of an account's identity that readers compare: its handle, or the id in its URL.
absl::string_view HandleOf(const LookupEntry& entry);
// The same of what was asked; the last part of the path for a host that no platform lists.
absl::string_view HandleOf(const CanonicalUrl& asked);

// The one of `candidates` that is official on `today` and looks most like what was `asked`: the
// same to the eye, or one edit away where there are at least kLeastCharacters; on the same platform
// first. Null when none does.
inline constexpr std::size_t kLeastCharacters = 5;
const LookupEntry* NearestOfficial(const CanonicalUrl& asked, const Likeness& likeness,
                                   const std::vector<const LookupEntry*>& candidates,
                                   absl::CivilDay today);

}  // namespace daicho::registry::domain
