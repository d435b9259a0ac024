#include "services/audit/domain/tile.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace daicho::audit::domain {
namespace {

constexpr int kMaxLevel = 7;  // 256^8 entries are more than can be counted.
constexpr std::size_t kHashBytes = sizeof(Hash);

// 1234067 as "x001/x234/067".
std::string IndexToPath(std::int64_t index) {
  std::string path = absl::StrCat(absl::Dec(index % 1000, absl::kZeroPad3));
  while (index >= 1000) {
    index /= 1000;
    path = absl::StrCat("x", absl::Dec(index % 1000, absl::kZeroPad3), "/", path);
  }
  return path;
}

std::optional<std::int64_t> ParseSegment(absl::string_view text) {
  std::int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 0) return std::nullopt;
  return number;
}

// How many hashes a log of `size` has at `level`.
std::int64_t HashesAt(std::int64_t size, int level) {
  return level > kMaxLevel ? 0 : size >> (kTileHeight * level);
}

}  // namespace

std::string PathOf(const TileId& tile) {
  return absl::StrCat("tile/", tile.is_bundle ? "entries" : absl::StrCat(tile.level), "/",
                      IndexToPath(tile.index),
                      tile.width == kTileWidth ? "" : absl::StrCat(".p/", tile.width));
}

std::optional<TileId> ParseTilePath(absl::string_view path) {
  TileId tile;
  absl::string_view rest = path;
  if (!absl::ConsumePrefix(&rest, "tile/")) return std::nullopt;
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(rest, absl::MaxSplits('/', 1));
  tile.is_bundle = halves.first == "entries";
  if (!tile.is_bundle) {
    const auto level = ParseSegment(halves.first);
    if (!level || *level > kMaxLevel) return std::nullopt;
    tile.level = static_cast<int>(*level);
  }
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(halves.second, absl::MaxSplits(".p/", 1));
  if (!parts.second.empty()) {
    const auto width = ParseSegment(parts.second);
    if (!width || *width < 1 || *width >= kTileWidth) return std::nullopt;
    tile.width = *width;
  }
  if (parts.first.size() > 24) return std::nullopt;
  for (absl::string_view segment : absl::StrSplit(parts.first, '/')) {
    absl::ConsumePrefix(&segment, "x");
    const auto number = ParseSegment(segment);
    if (!number || segment.size() != 3) return std::nullopt;
    tile.index = tile.index * 1000 + *number;
  }
  // One tile has one name.
  if (PathOf(tile) != path) return std::nullopt;
  return tile;
}

TileId TileAt(std::int64_t size, int level, std::int64_t index) {
  const std::int64_t hashes = HashesAt(size, level) - index * kTileWidth;
  return {.level = level, .index = index, .width = std::clamp<std::int64_t>(hashes, 0, kTileWidth)};
}

std::vector<TileId> TilesOf(std::int64_t size) {
  std::vector<TileId> tiles;
  for (std::int64_t index = 0; index * kTileWidth < size; ++index) {
    TileId bundle = TileAt(size, 0, index);
    bundle.is_bundle = true;
    tiles.push_back(bundle);
  }
  for (int level = 0; HashesAt(size, level) > 0; ++level) {
    for (std::int64_t index = 0; index * kTileWidth < HashesAt(size, level); ++index) {
      tiles.push_back(TileAt(size, level, index));
    }
  }
  return tiles;
}

std::string BundleOf(const std::vector<std::string>& entries) {
  std::string bytes;
  for (const std::string& entry : entries) {
    bytes.push_back(static_cast<char>(entry.size() >> 8));
    bytes.push_back(static_cast<char>(entry.size()));
    bytes.append(entry);
  }
  return bytes;
}

Bundle ParseBundle(absl::string_view bytes) {
  Bundle bundle;
  while (!bytes.empty()) {
    if (bytes.size() < 2) break;
    const std::size_t size = std::size_t{static_cast<unsigned char>(bytes[0])} << 8 |
                             static_cast<unsigned char>(bytes[1]);
    if (bytes.size() < 2 + size) break;
    bundle.entries.push_back(bytes.substr(2, size));
    bytes.remove_prefix(2 + size);
  }
  bundle.whole = bytes.empty();
  return bundle;
}

std::string TileOf(const std::vector<Hash>& hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * kHashBytes);
  for (const Hash& hash : hashes) absl::StrAppend(&bytes, BytesOf(hash));
  return bytes;
}

std::optional<std::vector<Hash>> ParseTile(absl::string_view bytes, std::int64_t width) {
  if (bytes.size() != static_cast<std::size_t>(width) * kHashBytes) return std::nullopt;
  std::vector<Hash> hashes(static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * kHashBytes), kHashBytes,
                hashes[i].begin());
  }
  return hashes;
}

Hash SubtreeOf(const std::vector<Hash>& hashes, std::int64_t begin, std::int64_t count) {
  std::vector<Hash> row(hashes.begin() + begin, hashes.begin() + begin + count);
  for (std::size_t size = row.size(); size > 1; size /= 2) {
    for (std::size_t i = 0; i < size / 2; ++i) row[i] = NodeHash(row[2 * i], row[2 * i + 1]);
  }
  return row.front();
}

}  // namespace daicho::audit::domain
