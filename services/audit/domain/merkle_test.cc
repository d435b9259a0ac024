#include "services/audit/domain/merkle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace daicho::audit::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Larger than two powers of two, so that every shape of tree occurs.
constexpr int kSizes = 130;

std::string Hex(const Hash& hash) { return absl::BytesToHexString(BytesOf(hash)); }

// The tree that implementations of certificate transparency test against.
std::vector<std::string> KnownLeaves() {
  std::vector<std::string> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(absl::HexStringToBytes(hex));
  }
  return leaves;
}

Hash LeafOf(std::int64_t index) { return LeafHash(absl::StrCat("leaf ", index)); }

// MTH as RFC 6962 §2.1 defines it, word by word.
Hash NaiveRoot(std::int64_t begin, std::int64_t end) {
  if (begin == end) return EmptyRoot();
  if (end - begin == 1) return LeafOf(begin);
  std::int64_t k = 1;
  while (2 * k < end - begin) k *= 2;
  return NodeHash(NaiveRoot(begin, begin + k), NaiveRoot(begin + k, end));
}

// PATH as RFC 6962 §2.1.1 defines it.
std::vector<Hash> NaivePath(std::int64_t index, std::int64_t begin, std::int64_t end) {
  if (end - begin == 1) return {};
  std::int64_t k = 1;
  while (2 * k < end - begin) k *= 2;
  const bool is_left = index < begin + k;
  std::vector<Hash> path =
      is_left ? NaivePath(index, begin, begin + k) : NaivePath(index, begin + k, end);
  path.push_back(is_left ? NaiveRoot(begin + k, end) : NaiveRoot(begin, begin + k));
  return path;
}

// SUBPROOF as RFC 6962 §2.1.2 defines it; `first` counts from the beginning of the log.
std::vector<Hash> NaiveSubproof(std::int64_t first, std::int64_t begin, std::int64_t end,
                                bool is_known) {
  if (first == end) return is_known ? std::vector<Hash>{} : std::vector{NaiveRoot(begin, end)};
  std::int64_t k = 1;
  while (2 * k < end - begin) k *= 2;
  const bool is_left = first <= begin + k;
  std::vector<Hash> path = is_left ? NaiveSubproof(first, begin, begin + k, is_known)
                                   : NaiveSubproof(first, begin + k, end, false);
  path.push_back(is_left ? NaiveRoot(begin + k, end) : NaiveRoot(begin, begin + k));
  return path;
}

// A log of kSizes leaves: its roots at every size and all its nodes.
struct Log {
  std::vector<Hash> roots = {EmptyRoot()};
  Nodes nodes;

  Log() {
    Frontier frontier;
    for (std::int64_t index = 0; index < kSizes; ++index) {
      nodes[{.level = 0, .index = index}] = LeafOf(index);
      for (const Node& node : Append(frontier, LeafOf(index))) nodes[node.id] = node.hash;
      roots.push_back(RootOf(frontier));
    }
  }

  TreeHead HeadAt(std::int64_t size) const { return {.size = size, .root = roots[size]}; }
};

const Log& TestLog() {
  static const Log* const log = new Log;
  return *log;
}

std::vector<Hash> ProofOf(const std::vector<Range>& path) {
  return HashesOf(path, TestLog().nodes).value();
}

Hash Flipped(Hash hash, int bit) {
  hash[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  return hash;
}

TEST(MerkleTest, HashesTheEmptyLogAsTheEmptyString) {
  EXPECT_EQ(Hex(EmptyRoot()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(MerkleTest, HashesAnEmptyLeafWithItsPrefix) {
  EXPECT_EQ(Hex(LeafHash("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(MerkleTest, ComputesTheKnownRootsOfCertificateTransparency) {
  Frontier frontier;
  std::vector<std::string> roots;
  for (const std::string& leaf : KnownLeaves()) {
    Append(frontier, LeafHash(leaf));
    roots.push_back(Hex(RootOf(frontier)));
  }
  EXPECT_THAT(roots,
              ElementsAre("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"));
}

TEST(MerkleTest, ReadsAHashOnlyFromThirtyTwoBytes) {
  const Hash hash = LeafHash("a");
  EXPECT_EQ(HashFromBytes(BytesOf(hash)), hash);
  EXPECT_EQ(HashFromBytes(std::string(31, 'a')), std::nullopt);
  EXPECT_EQ(HashFromBytes(std::string(33, 'a')), std::nullopt);
  EXPECT_EQ(HashFromBytes(""), std::nullopt);
}

TEST(FrontierTest, MakesTheRootOfEverySizeAsDefined) {
  for (int size = 0; size <= kSizes; ++size) {
    EXPECT_EQ(TestLog().roots[size], NaiveRoot(0, size)) << size;
  }
}

TEST(FrontierTest, CompletesEachSubtreeOnceAndWithItsHash) {
  std::size_t expected = 0;
  for (int level = 0; kSizes >> level > 0; ++level) {
    for (std::int64_t index = 0; index < kSizes >> level; ++index, ++expected) {
      const auto node = TestLog().nodes.find({.level = level, .index = index});
      ASSERT_NE(node, TestLog().nodes.end()) << level << "/" << index;
      EXPECT_EQ(node->second, NaiveRoot(index << level, (index + 1) << level));
    }
  }
  EXPECT_EQ(TestLog().nodes.size(), expected);
}

TEST(FrontierTest, IsWellFormedWithOneHashForEachBitOfItsSize) {
  EXPECT_TRUE(IsWellFormed({}));
  EXPECT_TRUE(IsWellFormed({.size = 5, .hashes = {LeafOf(0), LeafOf(1)}}));
  EXPECT_FALSE(IsWellFormed({.size = 5, .hashes = {LeafOf(0)}}));
  EXPECT_FALSE(IsWellFormed({.size = -1, .hashes = {}}));
}

TEST(InclusionTest, ProvesEveryLeafInEverySizeAsDefined) {
  for (std::int64_t size = 1; size <= kSizes; ++size) {
    for (std::int64_t index = 0; index < size; ++index) {
      const std::vector<Hash> proof = ProofOf(InclusionPath(index, size));
      EXPECT_EQ(proof, NaivePath(index, 0, size)) << index << " in " << size;
      EXPECT_TRUE(VerifyInclusion(LeafOf(index), index, size, proof, TestLog().roots[size]))
          << index << " in " << size;
    }
  }
}

TEST(InclusionTest, HoldsForItsOwnPositionAndSizeAlone) {
  for (std::int64_t size = 1; size <= 20; ++size) {
    for (std::int64_t index = 0; index < size; ++index) {
      const std::vector<Hash> proof = ProofOf(InclusionPath(index, size));
      for (std::int64_t other = -1; other <= 21; ++other) {
        EXPECT_EQ(VerifyInclusion(LeafOf(index), other, size, proof, TestLog().roots[size]),
                  other == index);
        if (other < 0) continue;
        EXPECT_EQ(VerifyInclusion(LeafOf(index), index, size, proof, TestLog().roots[other]),
                  other == size);
      }
    }
  }
}

TEST(InclusionTest, FailsWhenAnyBitIsFlipped) {
  constexpr std::int64_t kIndex = 70;
  constexpr std::int64_t kSize = 101;
  const std::vector<Hash> proof = ProofOf(InclusionPath(kIndex, kSize));
  const Hash& root = TestLog().roots[kSize];
  ASSERT_TRUE(VerifyInclusion(LeafOf(kIndex), kIndex, kSize, proof, root));
  for (int bit = 0; bit < 256; ++bit) {
    EXPECT_FALSE(VerifyInclusion(Flipped(LeafOf(kIndex), bit), kIndex, kSize, proof, root));
    EXPECT_FALSE(VerifyInclusion(LeafOf(kIndex), kIndex, kSize, proof, Flipped(root, bit)));
    for (std::size_t step = 0; step < proof.size(); ++step) {
      std::vector<Hash> forged = proof;
      forged[step] = Flipped(forged[step], bit);
      EXPECT_FALSE(VerifyInclusion(LeafOf(kIndex), kIndex, kSize, forged, root));
    }
  }
}

TEST(InclusionTest, FailsWhenTheProofIsShorterOrLonger) {
  std::vector<Hash> proof = ProofOf(InclusionPath(6, 7));
  const Hash root = TestLog().roots[7];
  proof.push_back(LeafOf(0));
  EXPECT_FALSE(VerifyInclusion(LeafOf(6), 6, 7, proof, root));
  proof.resize(proof.size() - 2);
  EXPECT_FALSE(VerifyInclusion(LeafOf(6), 6, 7, proof, root));
  EXPECT_FALSE(VerifyInclusion(LeafOf(6), 6, 7, {}, root));
}

TEST(ConsistencyTest, ProvesEveryPairOfSizesAsDefined) {
  for (std::int64_t second = 1; second <= kSizes; ++second) {
    for (std::int64_t first = 1; first <= second; ++first) {
      const std::vector<Hash> proof = ProofOf(ConsistencyPath(first, second));
      EXPECT_EQ(proof, NaiveSubproof(first, 0, second, true)) << first << " to " << second;
      EXPECT_TRUE(VerifyConsistency(TestLog().HeadAt(first), TestLog().HeadAt(second), proof))
          << first << " to " << second;
    }
  }
}

TEST(ConsistencyTest, HoldsForItsOwnSizesAlone) {
  for (std::int64_t second = 2; second <= 20; ++second) {
    for (std::int64_t first = 1; first < second; ++first) {
      const std::vector<Hash> proof = ProofOf(ConsistencyPath(first, second));
      for (std::int64_t other = 1; other <= 20; ++other) {
        EXPECT_EQ(VerifyConsistency(TestLog().HeadAt(other), TestLog().HeadAt(second), proof),
                  other == first)
            << first << " to " << second << ", as if from " << other;
        EXPECT_EQ(VerifyConsistency(TestLog().HeadAt(first), TestLog().HeadAt(other), proof),
                  other == second)
            << first << " to " << second << ", as if to " << other;
      }
    }
  }
}

TEST(ConsistencyTest, FailsWhenAnyBitIsFlipped) {
  for (const std::int64_t first : {64, 70}) {
    const TreeHead before = TestLog().HeadAt(first);
    const TreeHead after = TestLog().HeadAt(101);
    const std::vector<Hash> proof = ProofOf(ConsistencyPath(first, 101));
    ASSERT_TRUE(VerifyConsistency(before, after, proof));
    for (int bit = 0; bit < 256; ++bit) {
      EXPECT_FALSE(VerifyConsistency({first, Flipped(before.root, bit)}, after, proof));
      EXPECT_FALSE(VerifyConsistency(before, {101, Flipped(after.root, bit)}, proof));
      for (std::size_t step = 0; step < proof.size(); ++step) {
        std::vector<Hash> forged = proof;
        forged[step] = Flipped(forged[step], bit);
        EXPECT_FALSE(VerifyConsistency(before, after, forged));
      }
    }
  }
}

TEST(ConsistencyTest, FailsWithoutAProofOrFromAnEmptyLog) {
  EXPECT_FALSE(VerifyConsistency(TestLog().HeadAt(4), TestLog().HeadAt(7), {}));
  EXPECT_FALSE(VerifyConsistency(TestLog().HeadAt(0), TestLog().HeadAt(7), {}));
  EXPECT_FALSE(VerifyConsistency(TestLog().HeadAt(7), TestLog().HeadAt(4), {}));
}

TEST(NodesOfTest, NamesEachNodeOfAllRangesOnce) {
  EXPECT_THAT(NodesOf(std::vector<Range>{{4, 7}, {4, 6}}), ElementsAre(NodeId{0, 6}, NodeId{1, 2}));
  EXPECT_THAT(NodesOf(Range{3, 3}), IsEmpty());
}

TEST(HashOfTest, FailsWhenANodeIsNotThere) {
  EXPECT_EQ(HashOf({0, 2}, {}).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(HashOf({2, 2}, TestLog().nodes).status().code(), absl::StatusCode::kInternal);
}

// The largest sizes the API can name must not overflow.
TEST(PathTest, CoversTheLargestLog) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(InclusionPath(kLargest - 1, kLargest).front(), (Range{kLargest - 3, kLargest - 1}));
  EXPECT_EQ(ConsistencyPath(1, kLargest).front(), (Range{1, 2}));
}

}  // namespace
}  // namespace daicho::audit::domain
