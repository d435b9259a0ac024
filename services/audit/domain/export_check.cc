#include "services/audit/domain/export_check.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace daicho::audit::domain {
namespace {

// The fewest of `order` without which it ascends: all but a longest ascending part of it.
std::vector<std::size_t> OutOfOrder(const std::vector<std::size_t>& order) {
  std::vector<std::size_t> ends;  // Index of the smallest value that ends a part of each length.
  std::vector<std::size_t> before(order.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto end =
        std::lower_bound(ends.begin(), ends.end(), i,
                         [&](std::size_t a, std::size_t b) { return order[a] < order[b]; });
    if (end != ends.begin()) before[i] = *(end - 1);
    if (end == ends.end()) {
      ends.push_back(i);
    } else {
      *end = i;
    }
  }
  std::set<std::size_t> others(order.begin(), order.end());
  for (std::size_t i = ends.empty() ? order.size() : ends.back(); i < order.size(); i = before[i]) {
    others.erase(order[i]);
  }
  return {others.begin(), others.end()};
}

std::int64_t LeavesBelow(int level) { return std::int64_t{1} << (kTileHeight * level); }

}  // namespace

void ExportCheck::CheckAll(const VisitEntry& visit) {
  // What is ruined is not read to its end: it says nothing more, and its size may be made up.
  const auto is_ruined = [this] { return report_.flaw_count > kMaxFindings; };
  for (std::int64_t index = 0; index * kTileWidth < head_.size && !is_ruined(); ++index) {
    CheckBundle(index, visit);
  }
  for (int level = 0; TileAt(head_.size, level, 0).width == kTileWidth; ++level) {
    for (std::int64_t index = 0; TileAt(head_.size, level, index).width == kTileWidth; ++index) {
      if (is_ruined()) break;
      CheckTile(level, index);
    }
  }
  CheckRoot();
}

void ExportCheck::CheckBundle(std::int64_t index, const VisitEntry& visit) {
  TileId id = TileAt(head_.size, 0, index);
  id.is_bundle = true;
  const std::int64_t first = index * kTileWidth;
  const std::vector<Hash>* expected = Tile(0, index);
  if (expected == nullptr) Note(Flaw::kHashesDiffer, first, first + id.width - 1);
  const absl::StatusOr<std::string> bytes = read_(id);
  if (!bytes.ok()) return Note(Flaw::kMissing, first, first + id.width - 1);
  const Bundle bundle = ParseBundle(*bytes);
  if (!bundle.whole) Note(Flaw::kUnreadable, first, first + id.width - 1);
  std::vector<Hash> found;
  for (const absl::string_view leaf : bundle.entries) {
    visit(first + static_cast<std::int64_t>(found.size()), leaf);
    found.push_back(LeafHash(leaf));
  }
  report_.entry_count += static_cast<std::int64_t>(found.size());
  if (expected == nullptr) return;
  // What agrees in front and behind is left out: mostly all but a little.
  std::size_t same = 0, tail = 0;
  const std::size_t shorter = std::min(found.size(), expected->size());
  while (same < shorter && found[same] == (*expected)[same]) ++same;
  while (tail < shorter - same &&
         found[found.size() - 1 - tail] == (*expected)[expected->size() - 1 - tail])
    ++tail;
  Compare(first + static_cast<std::int64_t>(same),
          absl::MakeConstSpan(*expected).subspan(same, expected->size() - same - tail),
          absl::MakeConstSpan(found).subspan(same, found.size() - same - tail));
}

// Within a bundle, an entry that is gone or inserted moves those behind it without their order
// being touched: out of order are the fewest without which the others are in order.
void ExportCheck::Compare(std::int64_t first, absl::Span<const Hash> expected,
                          absl::Span<const Hash> found) {
  std::map<Hash, std::size_t> places;
  for (std::size_t i = 0; i < expected.size(); ++i) places.emplace(expected[i], i);
  std::set<std::size_t> seen;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto at = first + static_cast<std::int64_t>(i);
    const auto place = places.find(found[i]);
    if (place == places.end()) {
      if (strays_.size() < kMaxFindings) strays_.emplace(found[i], at);
    } else if (seen.insert(place->second).second) {
      order.push_back(place->second);
    } else {
      Note(Flaw::kDuplicated, at, at);
    }
  }
  for (const std::size_t place : OutOfOrder(order)) {
    const auto position = first + static_cast<std::int64_t>(place);
    Note(Flaw::kOutOfOrder, position, position);
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (seen.count(i) == 0 && wanted_.size() < kMaxFindings) {
      wanted_.emplace(expected[i], first + static_cast<std::int64_t>(i));
    }
  }
}

void ExportCheck::CheckTile(int level, std::int64_t index) {
  const std::int64_t leaves = LeavesBelow(level + 1);
  const std::int64_t first = index * leaves;
  const std::vector<Hash>* above = Tile(level + 1, index / kTileWidth);
  const std::vector<Hash>* tile = Tile(level, index);
  const auto place = static_cast<std::size_t>(index % kTileWidth);
  if (above == nullptr || tile == nullptr || SubtreeOf(*tile, 0, kTileWidth) != (*above)[place]) {
    Note(Flaw::kHashesDiffer, first, first + leaves - 1);
  }
}

void ExportCheck::CheckRoot() {
  const absl::StatusOr<Hash> root = RootAt(head_.size);
  report_.root_holds = root.ok() && *root == head_.root;
  if (!report_.root_holds) Note(Flaw::kRootDiffers, 0, std::max<std::int64_t>(head_.size - 1, 0));
}

absl::StatusOr<Hash> ExportCheck::RootAt(std::int64_t size) {
  if (size == 0) return EmptyRoot();
  const Range all{.begin = 0, .end = size};
  Nodes nodes;
  for (const NodeId& node : NodesOf(all)) {
    const absl::StatusOr<Hash> hash = HashAt(node);
    if (!hash.ok()) return hash.status();
    nodes[node] = *hash;
  }
  return HashOf(all, nodes);
}

absl::StatusOr<Hash> ExportCheck::HashAt(const NodeId& node) {
  const int level = node.level / kTileHeight;
  const std::int64_t count = std::int64_t{1} << (node.level % kTileHeight);
  const std::int64_t begin = node.index * count;
  const std::vector<Hash>* tile = Tile(level, begin / kTileWidth);
  const std::int64_t offset = begin % kTileWidth;
  if (tile == nullptr || offset + count > static_cast<std::int64_t>(tile->size())) {
    return absl::DataLossError(absl::StrCat("a tile of level ", level, " is missing"));
  }
  return SubtreeOf(*tile, offset, count);
}

const std::vector<Hash>* ExportCheck::Tile(int level, std::int64_t index) {
  KeptTile& kept = kept_[level];
  if (kept.index != index) {
    const TileId id = TileAt(head_.size, level, index);
    const absl::StatusOr<std::string> bytes =
        id.width == 0 ? absl::NotFoundError("no such tile") : read_(id);
    auto hashes = bytes.ok() ? ParseTile(*bytes, id.width) : std::nullopt;
    kept = {.index = index, .hashes = hashes ? *std::move(hashes) : std::vector<Hash>()};
  }
  return kept.hashes.empty() ? nullptr : &kept.hashes;
}

Report ExportCheck::Finish() {
  NoteMoved();
  NoteRepeated();
  for (const auto& [hash, position] : wanted_) Note(Flaw::kMissing, position, position);
  for (const auto& [hash, position] : strays_) Note(Flaw::kInserted, position, position);
  std::stable_sort(report_.findings.begin(), report_.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return std::pair(a.first, a.flaw) < std::pair(b.first, b.flaw);
                   });
  return report_;
}

// What one bundle lacks and another has is out of order; what is in the very place of what is
// lacking was altered.
void ExportCheck::NoteMoved() {
  std::map<std::int64_t, Hash> stray_at;
  for (const auto& [hash, position] : strays_) stray_at[position] = hash;
  for (auto wanted = wanted_.begin(); wanted != wanted_.end();) {
    const auto stray = strays_.find(wanted->first);
    const auto in_place = stray_at.find(wanted->second);
    if (stray != strays_.end()) {
      Note(Flaw::kOutOfOrder, wanted->second, wanted->second);
      strays_.erase(stray);
    } else if (in_place != stray_at.end() && strays_.erase(in_place->second) > 0) {
      Note(Flaw::kAltered, wanted->second, wanted->second);
    } else {
      ++wanted;
      continue;
    }
    wanted = wanted_.erase(wanted);
  }
}

// A stray whose hash the log has somewhere else is there twice.
void ExportCheck::NoteRepeated() {
  for (std::int64_t index = 0; !strays_.empty() && index * kTileWidth < head_.size; ++index) {
    const std::vector<Hash>* tile = Tile(0, index);
    if (tile == nullptr) continue;
    for (const Hash& hash : *tile) {
      const auto stray = strays_.find(hash);
      if (stray == strays_.end()) continue;
      Note(Flaw::kDuplicated, stray->second, stray->second);
      strays_.erase(stray);
    }
  }
}

void ExportCheck::Note(Flaw flaw, std::int64_t first, std::int64_t last) {
  ++report_.flaw_count;
  if (report_.findings.size() < kMaxFindings) report_.findings.push_back({flaw, first, last});
}

}  // namespace daicho::audit::domain
