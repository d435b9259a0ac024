#include "services/cli/activity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/wire/fields.h"

namespace daicho::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kHeader[] = "アカウント,最終投稿日時,確認日時,確認方法\n";

std::string ComplaintOf(const std::string& csv) {
  const auto batches = ReadActivityFile(csv);
  return batches.ok() ? "" : std::string(batches.status().message());
}

TEST(ActivityFileTest, TakesTimesOfTokyoAndLeavesOutPostsThatNeverWere) {
  const auto batches =
      ReadActivityFile(absl::StrCat(kHeader, "accounts/a,2026-11-21 08:30,2026-11-22 08:30,目視\n",
                                    "b,,2026-11-21T23:30:00Z,feed\n"));
  ASSERT_TRUE(batches.ok()) << batches.status();
  ASSERT_EQ(batches->size(), 1u);
  const auto& rows = batches->front().observations();
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[1].account(), "accounts/b");
  EXPECT_TRUE(rows[0].has_last_post_time());
  EXPECT_FALSE(rows[1].has_last_post_time());
  EXPECT_EQ(wire::FromTimestamp(rows[0].observe_time()), absl::FromUnixSeconds(1'795'303'800));
  EXPECT_EQ(rows[0].observe_time().seconds(), rows[1].observe_time().seconds());
}

TEST(ActivityFileTest, ColumnsMayStandInAnyOrderAndInEnglish) {
  const auto batches = ReadActivityFile(
      "source,observe_time,note,last_post_time,account\nfeed,2026-11-22 08:30,x,,a\n");
  ASSERT_TRUE(batches.ok()) << batches.status();
  EXPECT_EQ(batches->front().observations(0).source(), "feed");
}

TEST(ActivityFileTest, TakesTheNumberOfPostsWhereItWasCounted) {
  const auto batches = ReadActivityFile(
      "account,last_post_time,observe_time,source,90日間の投稿数\n"
      "a,,2026-11-22 08:30,feed,12\nb,,2026-11-22 08:30,feed,\n");
  ASSERT_TRUE(batches.ok()) << batches.status();
  EXPECT_EQ(batches->front().observations(0).posts_in_90_days(), 12);
  EXPECT_FALSE(batches->front().observations(1).has_posts_in_90_days());
  EXPECT_THAT(ComplaintOf("account,last_post_time,observe_time,source,posts_in_90_days\n"
                          "a,,2026-11-22 08:30,feed,many\n"),
              HasSubstr("Line 2"));
}

TEST(ActivityFileTest, TenThousandRowsAreABatch) {
  std::string csv = kHeader;
  for (int i = 0; i < 10'001; ++i) absl::StrAppend(&csv, "a,,2026-11-22 08:30,feed\n");
  const auto batches = ReadActivityFile(csv);
  ASSERT_TRUE(batches.ok()) << batches.status();
  ASSERT_EQ(batches->size(), 2u);
  EXPECT_EQ((*batches)[0].observations_size(), 10'000);
  EXPECT_EQ((*batches)[1].observations_size(), 1);
}

TEST(ActivityFileTest, SaysWhichLineIsWrong) {
  EXPECT_THAT(ComplaintOf(absl::StrCat(kHeader, "a,,2026-11-22 08:30,feed\na,きのう,x,feed\n")),
              HasSubstr("Line 3"));
  EXPECT_THAT(ComplaintOf(absl::StrCat(kHeader, "a,,,feed\n")), HasSubstr("Line 2"));
  EXPECT_THAT(ComplaintOf(absl::StrCat(kHeader, "a,feed\n")), HasSubstr("Line 2"));
  EXPECT_THAT(ComplaintOf("account,source\na,feed\n"), HasSubstr("last_post_time"));
  EXPECT_THAT(ComplaintOf(kHeader), HasSubstr("no rows"));
}

}  // namespace
}  // namespace daicho::cli
