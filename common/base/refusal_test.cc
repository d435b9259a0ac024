#include "common/base/refusal.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"

namespace daicho {
namespace {

template <typename Detail>
Detail Get(const absl::Status& status) {
  Detail detail;
  const auto payload =
      status.GetPayload("type.googleapis.com/" + Detail::descriptor()->full_name());
  if (payload) {
    EXPECT_TRUE(detail.ParseFromString(std::string(*payload)));
  }
  return detail;
}

TEST(RefuseTest, CarriesReasonFactsAndBothLanguages) {
  const absl::Status status = Refuse(absl::StatusCode::kNotFound, "ACCOUNT_NOT_FOUND",
                                     {"There is no such account.", "アカウントがありません。"},
                                     {{"account", "accounts/1"}});
  EXPECT_EQ(ReasonOf(status), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(Get<google::rpc::ErrorInfo>(status).metadata().at("account"), "accounts/1");
  EXPECT_EQ(Get<google::rpc::LocalizedMessage>(status).message(), "アカウントがありません。");
  EXPECT_EQ(JapaneseOf(status), "アカウントがありません。");
  EXPECT_EQ(JapaneseOf(absl::InternalError("lost connection")), "");
}

TEST(RefuseFieldsTest, NamesEveryBadField) {
  const absl::Status status = RefuseFields(
      {{"name", "REQUIRED", "is missing", "必須です"}, {"etag", "TOO_LONG", "x", "y"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  const auto bad = Get<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(1).field(), "etag");
}

TEST(RefusePreconditionsTest, CarriesOneEntryPerFinding) {
  const absl::Status status =
      RefusePreconditions("POLICY_BLOCKS", {"no", "不可"}, {{"fields.purpose", "T-5-2", "e", "j"}});
  EXPECT_EQ(Get<google::rpc::PreconditionFailure>(status).violations(0).type(), "T-5-2");
}

TEST(ReasonOfTest, IsEmptyForFaults) { EXPECT_EQ(ReasonOf(absl::InternalError("x")), ""); }

}  // namespace
}  // namespace daicho
