// Checks a whole log, entry by entry, against the size and root somebody vouches for.
//
// Whoever holds an export can do so without the service; nothing is taken on trust but the head.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/audit/domain/merkle.h"

namespace daicho::audit::domain {

// What can be wrong with a log.
enum class Flaw {
  kAltered,       // The entry's bytes do not have the hash the log gave them.
  kMissing,       // No entry came for these positions.
  kDuplicated,    // The position came before.
  kOutOfOrder,    // The position came after a later one.
  kBeyondEnd,     // The position is not in a log of this size.
  kInserted,      // An entry that the log does not have.
  kUnreadable,    // The file that holds these positions does not consist of entries.
  kHashesDiffer,  // The file that holds hashes of these positions is missing, or contradicts
                  // others.
  kRootDiffers    // Every entry is there and fits its hash, but the hashes do not make this root.
};

// "altered", "missing", …
absl::string_view NameOf(Flaw flaw);

// One flaw at the positions `first` to `last`. The root's are those of the whole log.
struct Finding {
  Flaw flaw = Flaw::kAltered;
  std::int64_t first = 0;
  std::int64_t last = 0;

  friend bool operator==(const Finding&, const Finding&) = default;
};

struct Report {
  std::vector<Finding> findings;  // By position; at most kMaxFindings.
  std::int64_t flaw_count = 0;    // All of them.
  std::int64_t entry_count = 0;   // How many came.
  // Whether the hashes the log gave its entries make the root. False too when they could not be
  // put together, because one is missing or out of place.
  bool root_holds = false;

  bool holds() const { return flaw_count == 0 && root_holds; }
};

// Flaws kept one by one; more are only counted.
inline constexpr int kMaxFindings = 1000;

// Takes entries in the order of the log, holding none of them. An altered entry does not hide the
// rest: the root is made of the hashes the log gave, and each entry is compared with its own.
class Verifier {
 public:
  explicit Verifier(const TreeHead& head) : head_(head) {}

  // The next entry: its position, its bytes, and the hash the log gave it.
  void Add(std::int64_t index, absl::string_view leaf, const Hash& leaf_hash);

  // The judgement, once there are no more entries.
  Report Finish();

 private:
  void Note(Flaw flaw, std::int64_t first, std::int64_t last);
  // Takes `index` out of the gaps it may be in; false when it is in none.
  bool FillGap(std::int64_t index);

  TreeHead head_;
  Frontier frontier_;
  std::int64_t next_ = 0;                      // One past the highest position so far.
  std::map<std::int64_t, std::int64_t> gaps_;  // Positions skipped so far: begin to end.
  Report report_;
};

}  // namespace daicho::audit::domain
