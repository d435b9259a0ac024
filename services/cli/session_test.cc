#include "services/cli/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "daicho/approval/v1/form.pb.h"

namespace daicho::cli {
namespace {

using ::testing::ElementsAre;

constexpr Retry kAtOnce{4, absl::ZeroDuration()};

TEST(SendUntilKnownTest, RepeatsWhileTheOutcomeIsUnknown) {
  std::vector<absl::Status> answers = {absl::UnavailableError(""), absl::DeadlineExceededError(""),
                                       absl::OkStatus()};
  std::size_t sent = 0;
  std::vector<int> notices;
  const absl::Status status = SendUntilKnown(
      kAtOnce, [&] { return answers[sent++]; }, [&](int attempt) { notices.push_back(attempt); });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(sent, 3U);
  EXPECT_THAT(notices, ElementsAre(2, 3));
}

TEST(SendUntilKnownTest, StopsAtARefusal) {
  int sent = 0;
  const absl::Status status = SendUntilKnown(
      kAtOnce,
      [&] {
        ++sent;
        return EtagMismatch();
      },
      [](int) {});
  EXPECT_EQ(ReasonOf(status), "ETAG_MISMATCH");
  EXPECT_EQ(sent, 1);
}

TEST(SendUntilKnownTest, GivesUpInTheEnd) {
  int sent = 0;
  const absl::Status status = SendUntilKnown(
      kAtOnce,
      [&] {
        ++sent;
        return absl::UnavailableError("down");
      },
      [](int) {});
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(sent, 4);
}

TEST(FullNameTest, TakesBothForms) {
  EXPECT_EQ(*FullName("departments", "0101"), "departments/0101");
  EXPECT_EQ(*FullName("departments", "departments/0101"), "departments/0101");
}

TEST(FullNameTest, RefusesTheNameOfSomethingElse) {
  EXPECT_EQ(ReasonOf(FullName("accounts", "forms/1").status()), "WRONG_COMMAND_LINE");
  EXPECT_EQ(ReasonOf(FullName("accounts", "").status()), "WRONG_COMMAND_LINE");
}

TEST(FieldTextTest, FindsOneField) {
  approval::v1::Form form;
  form.mutable_content()->mutable_fields()->add_listing_urls("https://a.example/");
  form.set_state(approval::v1::Form::STATE_DRAFT);
  EXPECT_EQ(*FieldText(form, "content.fields.listing_urls[0]"), "https://a.example/");
  EXPECT_EQ(*FieldText(form, "state"), "STATE_DRAFT");
}

TEST(FieldTextTest, TellsAnUnsetFieldFromNone) {
  const approval::v1::Form form;
  EXPECT_EQ(*FieldText(form, "content.fields.purpose"), "");
  EXPECT_EQ(*FieldText(form, "current_step"), "0");
  EXPECT_EQ(*FieldText(form, "content.fields.term.permanent"), "false");
  EXPECT_EQ(ReasonOf(FieldText(form, "content.fields.purpos").status()), "WRONG_COMMAND_LINE");
  EXPECT_EQ(ReasonOf(FieldText(form, "name[0]").status()), "WRONG_COMMAND_LINE");
}

TEST(DayFlagTest, RefusesADayThatDoesNotExist) {
  const absl::CivilDay today(2026, 11, 22);
  Arguments arguments;
  EXPECT_EQ(*DayFlag(arguments, "on", today), today);
  arguments.flags["on"] = {"2026-12-01"};
  EXPECT_EQ(*DayFlag(arguments, "on", today), absl::CivilDay(2026, 12, 1));
  arguments.flags["on"] = {"2026-02-29"};
  EXPECT_EQ(ReasonOf(DayFlag(arguments, "on", today).status()), "WRONG_COMMAND_LINE");
}

}  // namespace
}  // namespace daicho::cli
