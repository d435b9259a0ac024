// Checks an exported log, which is plain files, against a checkpoint: nothing else is taken on
// trust.
//
// An export holds every entry, every hash, and the hashes of hashes. Whatever is changed
// contradicts what is beside it, and that tells where: an entry its hash, a tile the hash of it one
// level up, and what stands at the top the root that was signed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/audit/domain/merkle.h"
#include "services/audit/domain/tile.h"
#include "services/audit/domain/verify.h"

namespace daicho::audit::domain {

// The bytes of the file of a tile; an error when there is none.
using ReadTile = std::function<absl::StatusOr<std::string>(const TileId& tile)>;
// Is shown every entry in order, also one that was tampered with.
using VisitEntry = std::function<void(std::int64_t index, absl::string_view leaf)>;

class ExportCheck {
 public:
  // `head` is what a checkpoint says.
  ExportCheck(TreeHead head, ReadTile read) : head_(std::move(head)), read_(std::move(read)) {}

  // All of it, holding one bundle at a time.
  void CheckAll(const VisitEntry& visit);

  // The parts of it. Bundle `index` against the hashes of its entries.
  void CheckBundle(std::int64_t index, const VisitEntry& visit);
  // A full tile against its hash one level up. Others are part of the root.
  void CheckTile(int level, std::int64_t index);
  // The hashes at the right edge against the root.
  void CheckRoot();

  // Root of the first `size` entries, by the tiles. DATA_LOSS when one is missing.
  absl::StatusOr<Hash> RootAt(std::int64_t size);

  // The judgement, once everything was checked.
  Report Finish();

 private:
  // Hashes of a tile; the last one read of each level is kept. Null when there is none like that.
  const std::vector<Hash>* Tile(int level, std::int64_t index);
  absl::StatusOr<Hash> HashAt(const NodeId& node);
  // What is at the positions from `first` on, by its hashes, and what should be there.
  void Compare(std::int64_t first, absl::Span<const Hash> expected, absl::Span<const Hash> found);
  // Says of what is odd what became of it, once all of it is known.
  void NoteMoved();
  void NoteRepeated();
  void Note(Flaw flaw, std::int64_t first, std::int64_t last);

  struct KeptTile {
    std::int64_t index = -1;
    std::vector<Hash> hashes;
  };

  TreeHead head_;
  ReadTile read_;
  std::map<int, KeptTile> kept_;
  // By hash: positions that lack their entry, and positions of entries that belong elsewhere or
  // nowhere. At most kMaxFindings of each: with more, it no longer matters where they belong.
  std::map<Hash, std::int64_t> wanted_;
  std::map<Hash, std::int64_t> strays_;
  Report report_;
};

}  // namespace daicho::audit::domain
