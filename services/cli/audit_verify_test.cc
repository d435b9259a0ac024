#include "services/cli/audit_verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"

namespace daicho::cli {
namespace {

namespace domain = audit::domain;
using ::testing::HasSubstr;

audit::v1::Entry MakeEntry(std::int64_t index) {
  audit::v1::Entry entry;
  entry.set_index(index);
  entry.mutable_event()->set_event_id(absl::StrCat("event-", index));
  entry.mutable_event()->set_type("form.submitted");
  entry.set_leaf(entry.event().SerializeAsString());
  entry.set_leaf_hash(std::string(domain::BytesOf(domain::LeafHash(entry.leaf()))));
  return entry;
}

// A log of two entries, its head, and the proof of the first.
struct TwoEntries {
  audit::v1::Entry first = MakeEntry(0);
  audit::v1::Entry second = MakeEntry(1);
  domain::TreeHead one{1, domain::LeafHash(first.leaf())};
  domain::TreeHead two{
      2, domain::NodeHash(domain::LeafHash(first.leaf()), domain::LeafHash(second.leaf()))};
  audit::v1::InclusionProof proof;
  audit::v1::ConsistencyProof consistency;

  TwoEntries() {
    proof.add_hashes(second.leaf_hash());
    consistency.add_hashes(second.leaf_hash());
  }
};

TEST(CheckEntryTest, AcceptsWhatTheLeafSays) { EXPECT_TRUE(CheckEntry(MakeEntry(3)).ok()); }

TEST(CheckEntryTest, NamesTheEntryWhoseLeafWasAltered) {
  audit::v1::Entry entry = MakeEntry(3);
  entry.mutable_leaf()->back() ^= 1;
  const absl::Status status = CheckEntry(entry);
  EXPECT_EQ(ReasonOf(status), "AUDIT_NOT_VERIFIED");
  EXPECT_THAT(status.message(), HasSubstr("Entry 3"));
}

TEST(CheckEntryTest, RefusesAnEventShownDifferentlyFromTheLeaf) {
  audit::v1::Entry entry = MakeEntry(3);
  entry.mutable_event()->set_type("form.withdrawn");
  EXPECT_EQ(ReasonOf(CheckEntry(entry)), "AUDIT_NOT_VERIFIED");
}

TEST(CheckInclusionTest, HoldsForTheEntryAndItsPlaceAlone) {
  const TwoEntries log;
  EXPECT_TRUE(CheckInclusion(log.first, log.proof, log.two).ok());
  EXPECT_FALSE(CheckInclusion(log.second, log.proof, log.two).ok());
  audit::v1::Entry moved = log.first;
  moved.set_index(1);
  EXPECT_FALSE(CheckInclusion(moved, log.proof, log.two).ok());
}

TEST(CheckInclusionTest, RefusesAProofThatIsNone) {
  TwoEntries log;
  log.proof.set_hashes(0, "short");
  EXPECT_EQ(ReasonOf(CheckInclusion(log.first, log.proof, log.two)), "AUDIT_NOT_VERIFIED");
}

TEST(CheckConsistencyTest, HoldsForABeginningAlone) {
  const TwoEntries log;
  EXPECT_TRUE(CheckConsistency(log.one, log.two, log.consistency).ok());
  const domain::TreeHead other{1, domain::LeafHash("something else")};
  EXPECT_EQ(ReasonOf(CheckConsistency(other, log.two, log.consistency)), "AUDIT_NOT_VERIFIED");
}

TEST(CheckReportTest, NamesWhereTheLogIsWrong) {
  const TwoEntries log;
  domain::Verifier verifier(log.two);
  verifier.Add(0, "altered", domain::LeafHash(log.first.leaf()));
  verifier.Add(1, log.second.leaf(), domain::LeafHash(log.second.leaf()));
  const absl::Status status = CheckReport(verifier.Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(), "The log was tampered with: entry 0 altered.");
}

TEST(CheckReportTest, AcceptsALogThatHolds) {
  const TwoEntries log;
  domain::Verifier verifier(log.two);
  verifier.Add(0, log.first.leaf(), domain::LeafHash(log.first.leaf()));
  verifier.Add(1, log.second.leaf(), domain::LeafHash(log.second.leaf()));
  EXPECT_TRUE(CheckReport(verifier.Finish()).ok());
}

}  // namespace
}  // namespace daicho::cli
