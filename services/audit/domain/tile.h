// C2SP tlog-tiles v0.1: the log as plain files. A tile holds up to 256 hashes of one level of the
// tree; its hashes at level l are those of 256^l entries each. A bundle holds the same entries
// themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/audit/domain/merkle.h"

namespace daicho::audit::domain {

inline constexpr std::int64_t kTileWidth = 256;
inline constexpr int kTileHeight = 8;
// An entry is written behind its length in two bytes.
inline constexpr std::size_t kMaxEntryBytes = 65'535;

struct TileId {
  bool is_bundle = false;  // Entries; `level` is 0 then.
  int level = 0;
  std::int64_t index = 0;
  std::int64_t width = kTileWidth;  // 1 to 256.

  friend bool operator==(const TileId&, const TileId&) = default;
};

// "tile/0/x001/234", "tile/1/000.p/17", "tile/entries/000", and back. nullopt for any other text.
std::string PathOf(const TileId& tile);
std::optional<TileId> ParseTilePath(absl::string_view path);

// Every tile and bundle that a log of `size` consists of: bundles first, then level by level.
std::vector<TileId> TilesOf(std::int64_t size);

// The tile of a log of `size` at that level and index; its width is 0 when the log has none there.
TileId TileAt(std::int64_t size, int level, std::int64_t index);

// Entries in the form of a bundle. Needs each to be at most kMaxEntryBytes.
std::string BundleOf(const std::vector<std::string>& entries);
// Takes a bundle apart. `whole` is false when its bytes do not end with an entry; what came before
// is there all the same.
struct Bundle {
  std::vector<absl::string_view> entries;
  bool whole = true;
};
Bundle ParseBundle(absl::string_view bytes);

// Hashes one after the other, and back. nullopt when `bytes` are not that many hashes.
std::string TileOf(const std::vector<Hash>& hashes);
std::optional<std::vector<Hash>> ParseTile(absl::string_view bytes, std::int64_t width);

// Hash of the complete subtree over `count` hashes from `begin` on; `count` is a power of two.
Hash SubtreeOf(const std::vector<Hash>& hashes, std::int64_t begin, std::int64_t count);

}  // namespace daicho::audit::domain
