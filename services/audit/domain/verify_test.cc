#include "services/audit/domain/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/str_cat.h"

namespace daicho::audit::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Entry {
  std::int64_t index = 0;
  std::string leaf;
  Hash leaf_hash = {};
};

// The first `size` entries of a log, and its head.
std::vector<Entry> Log(std::int64_t size) {
  std::vector<Entry> log;
  for (std::int64_t index = 0; index < size; ++index) {
    const std::string leaf = absl::StrCat("event ", index);
    log.push_back({index, leaf, LeafHash(leaf)});
  }
  return log;
}

TreeHead HeadOf(const std::vector<Entry>& log) {
  Frontier frontier;
  for (const Entry& entry : log) Append(frontier, entry.leaf_hash);
  return {.size = frontier.size, .root = RootOf(frontier)};
}

Report Verify(const TreeHead& head, const std::vector<Entry>& log) {
  Verifier verifier(head);
  for (const Entry& entry : log) verifier.Add(entry.index, entry.leaf, entry.leaf_hash);
  return verifier.Finish();
}

TEST(VerifierTest, HoldsForAnUntouchedLog) {
  for (const std::int64_t size : {0, 1, 2, 3, 8, 13}) {
    const Report report = Verify(HeadOf(Log(size)), Log(size));
    EXPECT_TRUE(report.holds()) << size;
    EXPECT_THAT(report.findings, IsEmpty());
    EXPECT_EQ(report.entry_count, size);
  }
}

TEST(VerifierTest, PointsAtTheEntryWhoseBytesWereAltered) {
  std::vector<Entry> log = Log(13);
  log[7].leaf[0] ^= 1;
  const Report report = Verify(HeadOf(Log(13)), log);
  EXPECT_FALSE(report.holds());
  EXPECT_THAT(report.findings, ElementsAre(Finding{Flaw::kAltered, 7, 7}));
  EXPECT_TRUE(report.root_holds);
}

TEST(VerifierTest, FindsThatTheRootDiffersWhenTheHashWasAlteredWithTheEntry) {
  std::vector<Entry> log = Log(13);
  log[7] = {7, "forged", LeafHash("forged")};
  const Report report = Verify(HeadOf(Log(13)), log);
  EXPECT_FALSE(report.holds());
  EXPECT_THAT(report.findings, ElementsAre(Finding{Flaw::kRootDiffers, 0, 12}));
}

TEST(VerifierTest, NamesTheEntriesThatAreMissing) {
  std::vector<Entry> log = Log(13);
  log.erase(log.begin() + 10, log.end());
  log.erase(log.begin() + 4, log.begin() + 6);
  log.erase(log.begin());
  const Report report = Verify(HeadOf(Log(13)), log);
  EXPECT_THAT(report.findings,
              ElementsAre(Finding{Flaw::kMissing, 0, 0}, Finding{Flaw::kMissing, 4, 5},
                          Finding{Flaw::kMissing, 10, 12}));
  EXPECT_FALSE(report.root_holds);
}

TEST(VerifierTest, NamesAnEntryThatComesTwice) {
  std::vector<Entry> log = Log(5);
  log.insert(log.begin() + 3, log[1]);
  const Report report = Verify(HeadOf(Log(5)), log);
  EXPECT_FALSE(report.holds());
  EXPECT_THAT(report.findings, ElementsAre(Finding{Flaw::kDuplicated, 1, 1}));
}

TEST(VerifierTest, NamesEntriesThatComeAfterLaterOnes) {
  std::vector<Entry> log = Log(8);
  std::swap(log[2], log[5]);
  const Report report = Verify(HeadOf(Log(8)), log);
  EXPECT_FALSE(report.holds());
  EXPECT_THAT(report.findings,
              ElementsAre(Finding{Flaw::kOutOfOrder, 2, 2}, Finding{Flaw::kOutOfOrder, 3, 3},
                          Finding{Flaw::kOutOfOrder, 4, 4}));
}

TEST(VerifierTest, FindsThatTheRootDiffersWhenEntriesChangedPlacesAndNumbers) {
  std::vector<Entry> log = Log(8);
  std::swap(log[2], log[5]);
  std::swap(log[2].index, log[5].index);
  EXPECT_THAT(Verify(HeadOf(Log(8)), log).findings, ElementsAre(Finding{Flaw::kRootDiffers, 0, 7}));
}

TEST(VerifierTest, NamesEntriesBeyondTheEnd) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  std::vector<Entry> log = Log(4);
  const TreeHead head = HeadOf(Log(3));
  log.push_back({kLargest, "a", LeafHash("a")});
  log.push_back({-1, "a", LeafHash("a")});
  const Report report = Verify(head, log);
  EXPECT_FALSE(report.holds());
  EXPECT_THAT(report.findings,
              ElementsAre(Finding{Flaw::kBeyondEnd, -1, -1}, Finding{Flaw::kBeyondEnd, 3, 3},
                          Finding{Flaw::kBeyondEnd, kLargest, kLargest}));
}

TEST(VerifierTest, FindsThatAnEmptyLogDoesNotHaveAnotherRoot) {
  EXPECT_FALSE(Verify({.size = 0, .root = LeafHash("a")}, {}).holds());
}

TEST(VerifierTest, CountsMoreFlawsThanItKeeps) {
  std::vector<Entry> log = Log(kMaxFindings + 5);
  const TreeHead head = HeadOf(log);
  for (Entry& entry : log) entry.leaf += "?";
  const Report report = Verify(head, log);
  EXPECT_EQ(report.flaw_count, kMaxFindings + 5);
  EXPECT_EQ(report.findings.size(), static_cast<std::size_t>(kMaxFindings));
}

}  // namespace
}  // namespace daicho::audit::domain
