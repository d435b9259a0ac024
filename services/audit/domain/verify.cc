#include "services/audit/domain/verify.h"

#include <algorithm>
#include <tuple>

namespace daicho::audit::domain {

absl::string_view NameOf(Flaw flaw) {
  switch (flaw) {
    case Flaw::kAltered:
      return "altered";
    case Flaw::kMissing:
      return "missing";
    case Flaw::kDuplicated:
      return "duplicated";
    case Flaw::kOutOfOrder:
      return "out of order";
    case Flaw::kBeyondEnd:
      return "beyond the end";
    case Flaw::kInserted:
      return "inserted";
    case Flaw::kUnreadable:
      return "unreadable";
    case Flaw::kHashesDiffer:
      return "hashes differ";
    case Flaw::kRootDiffers:
      return "root differs";
  }
  return "";
}

void Verifier::Add(std::int64_t index, absl::string_view leaf, const Hash& leaf_hash) {
  ++report_.entry_count;
  if (index < 0 || index >= head_.size) {
    Note(Flaw::kBeyondEnd, index, index);
    return;
  }
  if (LeafHash(leaf) != leaf_hash) Note(Flaw::kAltered, index, index);
  if (index < next_) {
    Note(FillGap(index) ? Flaw::kOutOfOrder : Flaw::kDuplicated, index, index);
    return;
  }
  if (index > next_) gaps_[next_] = index;
  next_ = index + 1;
  Append(frontier_, leaf_hash);
}

Report Verifier::Finish() {
  if (next_ < head_.size) gaps_[next_] = head_.size;
  for (const auto& [begin, end] : gaps_) Note(Flaw::kMissing, begin, end - 1);
  report_.root_holds = frontier_.size == head_.size && RootOf(frontier_) == head_.root;
  if (frontier_.size == head_.size && !report_.root_holds) {
    Note(Flaw::kRootDiffers, 0, head_.size - 1);
  }
  std::stable_sort(report_.findings.begin(), report_.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return std::tie(a.first, a.flaw) < std::tie(b.first, b.flaw);
                   });
  return report_;
}

void Verifier::Note(Flaw flaw, std::int64_t first, std::int64_t last) {
  ++report_.flaw_count;
  if (report_.findings.size() < kMaxFindings) report_.findings.push_back({flaw, first, last});
}

bool Verifier::FillGap(std::int64_t index) {
  auto gap = gaps_.upper_bound(index);
  if (gap == gaps_.begin()) return false;
  --gap;
  const auto [begin, end] = *gap;
  if (index >= end) return false;
  gaps_.erase(gap);
  if (begin < index) gaps_[begin] = index;
  if (index + 1 < end) gaps_[index + 1] = end;
  return true;
}

}  // namespace daicho::audit::domain
