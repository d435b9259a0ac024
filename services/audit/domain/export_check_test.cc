#include "services/audit/domain/export_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace daicho::audit::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

using Files = std::map<std::string, std::string>;

// An exported log of `size` entries of different lengths, and what a checkpoint says of it.
struct Export {
  explicit Export(std::int64_t size) : head{.size = size} {
    Frontier frontier;
    std::map<std::pair<int, std::int64_t>, std::vector<Hash>> tiles;
    for (std::int64_t i = 0; i < size; ++i) {
      leaves.push_back(
          absl::StrCat("entry ", i, std::string(static_cast<std::size_t>(i % 40), '.')));
      const Hash hash = LeafHash(leaves.back());
      tiles[{0, i / kTileWidth}].push_back(hash);
      for (const Node& node : Append(frontier, hash)) {
        if (node.id.level % kTileHeight != 0) continue;
        tiles[{node.id.level / kTileHeight, node.id.index / kTileWidth}].push_back(node.hash);
      }
    }
    for (const TileId& tile : TilesOf(size)) {
      const auto first = leaves.begin() + tile.index * kTileWidth;
      files[PathOf(tile)] = tile.is_bundle ? BundleOf({first, first + tile.width})
                                           : TileOf(tiles[{tile.level, tile.index}]);
    }
    head.root = RootOf(frontier);
  }

  std::vector<std::string> leaves;
  Files files;
  TreeHead head;
};

ReadTile ReadFrom(const Files& files) {
  return [&files](const TileId& tile) -> absl::StatusOr<std::string> {
    const auto file = files.find(PathOf(tile));
    if (file == files.end()) return absl::NotFoundError(PathOf(tile));
    return file->second;
  };
}

void Ignore(std::int64_t, absl::string_view) {}

Report CheckAll(const TreeHead& head, const Files& files) {
  ExportCheck check(head, ReadFrom(files));
  check.CheckAll(Ignore);
  return check.Finish();
}

// Checks what the files at `paths` are part of, and nothing else.
Report CheckAround(const TreeHead& head, const Files& files,
                   const std::vector<std::string>& paths) {
  ExportCheck check(head, ReadFrom(files));
  for (const std::string& path : paths) {
    const TileId tile = *ParseTilePath(path);
    if (tile.is_bundle) {
      check.CheckBundle(tile.index, Ignore);
      continue;
    }
    if (tile.width == kTileWidth) check.CheckTile(tile.level, tile.index);
    if (tile.width != kTileWidth) check.CheckRoot();
  }
  return check.Finish();
}

std::vector<std::string> Texts(const Report& report) {
  std::vector<std::string> texts;
  for (const Finding& finding : report.findings) {
    texts.push_back(
        absl::StrCat(NameOf(finding.flaw), " ", finding.first,
                     finding.last == finding.first ? "" : absl::StrCat("-", finding.last)));
  }
  return texts;
}

// `log` with its entries, and nothing else, in another order or number.
Report CheckEntries(const Export& log, const std::vector<std::string>& leaves) {
  Files files = log.files;
  const auto size = static_cast<std::int64_t>(leaves.size());
  for (const TileId& tile : TilesOf(log.head.size)) {
    if (!tile.is_bundle) continue;
    const std::int64_t begin = std::min(tile.index * kTileWidth, size);
    const std::int64_t end = tile.width < kTileWidth ? size : std::min(begin + kTileWidth, size);
    files[PathOf(tile)] = BundleOf({leaves.begin() + begin, leaves.begin() + end});
  }
  return CheckAll(log.head, files);
}

TEST(TileTest, PathsAreThoseOfTlogTiles) {
  EXPECT_EQ(PathOf({.level = 0, .index = 1234067}), "tile/0/x001/x234/067");
  EXPECT_EQ(PathOf({.level = 1, .index = 0, .width = 17}), "tile/1/000.p/17");
  EXPECT_EQ(PathOf({.is_bundle = true, .index = 5}), "tile/entries/005");
  for (const TileId& tile : TilesOf(70'000)) EXPECT_EQ(ParseTilePath(PathOf(tile)), tile);
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/5",
                           "tile/0/0005",
                           "tile/0/x000/005",
                           "tile/0/005/",
                           "tile/0/005.p/",
                           "tile/0/005.p/0",
                           "tile/0/005.p/256",
                           "tile/0/005.p/01",
                           "tile/00/005",
                           "tile/8/005",
                           "tile/-1/005",
                           "tile/0/-05",
                           "tile/0/+05",
                           "tile/0/001/005",
                           "tile/0/x001/x005",
                           "tile/entry/005",
                           "/tile/0/005",
                           "tile/0/x999/x999/x999/x999/x999/x999/999",
                           "tile/0/../005",
                           "tile/0/ 05"}) {
    EXPECT_EQ(ParseTilePath(path), std::nullopt) << path;
  }
}

// The example of C2SP tlog-tiles.
TEST(TileTest, ALogOf70000EntriesHasTheTilesOfTheSpecification) {
  std::map<std::string, int> count;
  for (const TileId& tile : TilesOf(70'000)) {
    if (!tile.is_bundle) ++count[absl::StrCat(tile.level, " ", tile.width)];
  }
  EXPECT_THAT(count, ElementsAre(std::pair("0 112", 1), std::pair("0 256", 273),
                                 std::pair("1 17", 1), std::pair("1 256", 1), std::pair("2 1", 1)));
}

TEST(ExportCheckTest, AnExportOfAnySizeHolds) {
  for (const std::int64_t size : {0, 1, 2, 255, 256, 257, 511, 512, 1000, 65'535, 65'536, 66'000}) {
    const Export log(size);
    const Report report = CheckAll(log.head, log.files);
    EXPECT_TRUE(report.holds()) << size;
    EXPECT_EQ(report.entry_count, size);
  }
}

TEST(ExportCheckTest, KnowsTheRootOfEveryEarlierSize) {
  const Export log(1000);
  ExportCheck check(log.head, ReadFrom(log.files));
  Frontier frontier;
  for (std::int64_t size = 0; size <= 1000; ++size) {
    const auto root = check.RootAt(size);
    ASSERT_TRUE(root.ok()) << size << root.status();
    ASSERT_EQ(*root, RootOf(frontier)) << size;
    if (size < 1000) Append(frontier, LeafHash(log.leaves[static_cast<std::size_t>(size)]));
  }
}

TEST(ExportCheckTest, SaysWhichEntryWasAltered) {
  const Export log(600);
  auto leaves = log.leaves;
  leaves[300] += "!";
  EXPECT_THAT(Texts(CheckEntries(log, leaves)), ElementsAre("altered 300"));
}

TEST(ExportCheckTest, SaysWhichEntryWasRemoved) {
  const Export log(600);
  auto leaves = log.leaves;
  leaves.erase(leaves.begin() + 590);
  EXPECT_THAT(Texts(CheckEntries(log, leaves)), ElementsAre("missing 590"));
  leaves = log.leaves;
  leaves.pop_back();
  EXPECT_THAT(Texts(CheckEntries(log, leaves)), ElementsAre("missing 599"));
}

TEST(ExportCheckTest, SaysWhereAnEntryWasInsertedOrRepeated) {
  const Export log(600);
  auto leaves = log.leaves;
  leaves.insert(leaves.begin() + 590, "not of this log");
  EXPECT_THAT(Texts(CheckEntries(log, leaves)), ElementsAre("inserted 590"));
  leaves = log.leaves;
  leaves.insert(leaves.begin() + 590, leaves[580]);
  EXPECT_THAT(Texts(CheckEntries(log, leaves)), ElementsAre("duplicated 590"));
  leaves = log.leaves;
  leaves.insert(leaves.begin() + 590, leaves[7]);
  EXPECT_THAT(Texts(CheckEntries(log, leaves)), ElementsAre("duplicated 590"));
}

TEST(ExportCheckTest, SaysWhichEntriesChangedPlaces) {
  const Export log(600);
  auto leaves = log.leaves;
  std::swap(leaves[20], leaves[30]);
  EXPECT_THAT(Texts(CheckEntries(log, leaves)), ElementsAre("out of order 20", "out of order 30"));
  leaves = log.leaves;
  std::swap(leaves[20], leaves[530]);
  EXPECT_THAT(Texts(CheckEntries(log, leaves)), ElementsAre("out of order 20", "out of order 530"));
}

TEST(ExportCheckTest, SaysWhichHashesDoNotFit) {
  const Export log(70'000);
  Files files = log.files;
  files["tile/1/000"][40 * 32] ^= 1;
  EXPECT_THAT(Texts(CheckAll(log.head, files)),
              IsSupersetOf({"hashes differ 0-65535", "hashes differ 10240-10495"}));
  files = log.files;
  files.erase("tile/0/007");
  EXPECT_THAT(Texts(CheckAll(log.head, files)), Contains("hashes differ 1792-2047"));
  files = log.files;
  files.erase("tile/entries/007");
  EXPECT_THAT(Texts(CheckAll(log.head, files)), ElementsAre("missing 1792-2047"));
}

// Whoever alters an entry and every hash above it cannot alter the root that was signed.
TEST(ExportCheckTest, AWhollyRewrittenLogHasAnotherRoot) {
  const Export log(600);
  Export other(601);
  const Report report = CheckAll({.size = 601, .root = log.head.root}, other.files);
  EXPECT_THAT(Texts(report), ElementsAre("root differs 0-600"));
}

TEST(ExportCheckTest, ASizeThatIsMadeUpEnds) {
  const Export log(600);
  const Report report = CheckAll({.size = std::int64_t{1} << 62, .root = log.head.root}, log.files);
  EXPECT_FALSE(report.holds());
}

// --- Anything that happens to a log of 10,000 entries
// -----------------------------------------------

class Tampering {
 public:
  explicit Tampering(const Export& log) : log_(log), files_(log.files) {
    for (const auto& [path, bytes] : log.files) paths_.push_back(path);
  }

  // Does something to one file, or two, and says what and to which.
  std::string Tamper(std::vector<std::string>* touched) {
    const std::string& path = paths_[Below(paths_.size())];
    std::string& bytes = files_[path];
    touched->push_back(path);
    switch (Below(5)) {
      case 0: {
        const std::size_t bit = Below(8 * bytes.size());
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        return absl::StrCat("bit ", bit, " of ", path);
      }
      case 1: {
        const std::size_t at = Below(bytes.size());
        bytes.erase(at, 1 + Below(bytes.size() - at));
        return absl::StrCat("bytes from ", at, " of ", path);
      }
      case 2:
        bytes.resize(Below(bytes.size()));
        return absl::StrCat("cut ", path);
      case 3:
        return SwapEntries(path, bytes);
      default: {
        const std::string& other = paths_[Below(paths_.size())];
        if (log_.files.at(other) == bytes) {
          files_.erase(path);
          return absl::StrCat("without ", path);
        }
        std::swap(bytes, files_[other]);
        touched->push_back(other);
        return absl::StrCat("swapped ", path, " and ", other);
      }
    }
  }

  void Restore(const std::vector<std::string>& touched) {
    for (const std::string& path : touched) files_[path] = log_.files.at(path);
  }

  const Files& files() const { return files_; }

 private:
  std::size_t Below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  // Two entries of a bundle, or two hashes of a tile, change places.
  std::string SwapEntries(const std::string& path, std::string& bytes) {
    std::vector<std::string> parts;
    const bool is_bundle = absl::StrContains(path, "entries");
    if (is_bundle) {
      for (const auto entry : ParseBundle(bytes).entries) parts.emplace_back(entry);
    } else {
      for (std::size_t i = 0; i < bytes.size(); i += 32) parts.push_back(bytes.substr(i, 32));
    }
    const std::size_t a = Below(parts.size()), b = Below(parts.size());
    if (a == b) parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(a));
    if (a != b) std::swap(parts[a], parts[b]);
    bytes.clear();
    if (is_bundle) bytes = BundleOf(parts);
    if (!is_bundle) {
      for (const std::string& part : parts) bytes += part;
    }
    return absl::StrCat(a, " and ", b, " of ", path);
  }

  const Export& log_;
  Files files_;
  std::vector<std::string> paths_;
  std::mt19937_64 random_{20261126};
};

TEST(ExportCheckTest, EveryFlipDeletionSwapAndTruncationIsFound) {
  constexpr int kCases = 100'000;
  constexpr int kWholeEvery = 1000;
  const Export log(10'000);
  Tampering tampering(log);
  for (int i = 0; i < kCases; ++i) {
    std::vector<std::string> touched;
    const std::string what = tampering.Tamper(&touched);
    ASSERT_FALSE(CheckAround(log.head, tampering.files(), touched).findings.empty()) << what;
    if (i % kWholeEvery == 0) {
      ASSERT_FALSE(CheckAll(log.head, tampering.files()).holds()) << what;
    }
    tampering.Restore(touched);
  }
  EXPECT_TRUE(CheckAll(log.head, tampering.files()).holds()) << "all was put back";
}

}  // namespace
}  // namespace daicho::audit::domain
