#include "services/approval/domain/finding.h"

#include <gtest/gtest.h>

#include "absl/strings/cord.h"
#include "common/base/refusal.h"
#include "google/rpc/error_details.pb.h"

namespace daicho::approval::domain {
namespace {

Finding FindingOf(Severity severity, const std::string& rule) {
  return {.rule_id = rule,
          .clause = "T 5-2",
          .severity = severity,
          .field = "fields.purpose",
          .message = "The purpose is missing.",
          .message_ja = "目的がありません。",
          .remedy = "Write it.",
          .remedy_ja = "書いてください。"};
}

google::rpc::PreconditionFailure Failure(const absl::Status& status) {
  google::rpc::PreconditionFailure failure;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.PreconditionFailure");
  if (payload) failure.ParseFromString(std::string(*payload));
  return failure;
}

TEST(RefuseBlocksTest, NamesEveryBlockWithRuleFieldClauseAndRemedyInBothLanguages) {
  const absl::Status status =
      RefuseBlocks({FindingOf(Severity::kBlock, "T-5-2-1"), FindingOf(Severity::kWarn, "T-6-1"),
                    FindingOf(Severity::kBlock, "T-5-2-2")});
  EXPECT_EQ(ReasonOf(status), "POLICY_BLOCKS");
  const auto failure = Failure(status);
  ASSERT_EQ(failure.violations_size(), 2);
  EXPECT_EQ(failure.violations(0).type(), "T-5-2-1");
  EXPECT_EQ(failure.violations(0).subject(), "fields.purpose");
  EXPECT_EQ(failure.violations(0).description(),
            "[T 5-2] 目的がありません。書いてください。 / "
            "[T 5-2] The purpose is missing. Write it.");
  EXPECT_EQ(failure.violations(1).type(), "T-5-2-2");
}

TEST(RefuseBlocksTest, LetsWarningsPass) {
  EXPECT_TRUE(RefuseBlocks({FindingOf(Severity::kWarn, "T-6-1")}).ok());
  EXPECT_TRUE(RefuseBlocks({}).ok());
}

TEST(RefuseUnexplainedWarningsTest, AsksForAReasonWhenTheCommentIsBlank) {
  const absl::Status status =
      RefuseUnexplainedWarnings({FindingOf(Severity::kWarn, "T-6-1")}, " \n\u3000");
  EXPECT_EQ(ReasonOf(status), "WARNINGS_NEED_REASON");
  ASSERT_EQ(Failure(status).violations_size(), 1);
  EXPECT_EQ(Failure(status).violations(0).type(), "T-6-1");
}

TEST(RefuseUnexplainedWarningsTest, TakesAnyReasonAndNeedsNoneWithoutAWarning) {
  EXPECT_TRUE(RefuseUnexplainedWarnings({FindingOf(Severity::kWarn, "T-6-1")}, "県民向け").ok());
  EXPECT_TRUE(RefuseUnexplainedWarnings({FindingOf(Severity::kInfo, "T-6-1")}, "").ok());
}

}  // namespace
}  // namespace daicho::approval::domain
