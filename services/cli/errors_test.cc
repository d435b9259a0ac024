#include "services/cli/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/base/refusal.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace daicho::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ExitOfTest, TellsRefusalsApart) {
  const auto exit = [](absl::StatusCode code) { return ExitOf(absl::Status(code, "")); };
  EXPECT_EQ(ExitOf(absl::OkStatus()), Exit::kOk);
  EXPECT_EQ(exit(absl::StatusCode::kUnavailable), Exit::kFault);
  EXPECT_EQ(exit(absl::StatusCode::kInternal), Exit::kFault);
  EXPECT_EQ(exit(absl::StatusCode::kInvalidArgument), Exit::kUsage);
  EXPECT_EQ(exit(absl::StatusCode::kFailedPrecondition), Exit::kRefused);
  EXPECT_EQ(exit(absl::StatusCode::kNotFound), Exit::kNotFound);
  EXPECT_EQ(exit(absl::StatusCode::kPermissionDenied), Exit::kNotPermitted);
  EXPECT_EQ(exit(absl::StatusCode::kUnauthenticated), Exit::kNotPermitted);
  EXPECT_EQ(exit(absl::StatusCode::kAborted), Exit::kChanged);
  EXPECT_EQ(exit(absl::StatusCode::kDataLoss), Exit::kNotVerified);
}

TEST(OutcomeTest, IsUnknownOnlyWhenTheServiceMayHaveDoneIt) {
  const auto fault = [](absl::StatusCode code, absl::string_view reason) {
    return Refuse(code, reason, {"", ""});
  };
  EXPECT_TRUE(OutcomeIsUnknown(absl::UnavailableError("")));
  EXPECT_TRUE(OutcomeIsUnknown(fault(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED")));
  EXPECT_FALSE(OutcomeIsUnknown(fault(absl::StatusCode::kUnavailable, "POLICY_UNAVAILABLE")));
  EXPECT_FALSE(OutcomeIsUnknown(absl::OkStatus()));
}

TEST(OutcomeTest, IsWorthRepeatingAfterACollisionButNotAfterARefusal) {
  EXPECT_TRUE(IsWorthRepeating(Refuse(absl::StatusCode::kAborted, "TRY_AGAIN", {"again", "再度"})));
  EXPECT_FALSE(IsWorthRepeating(EtagMismatch()));
}

TEST(StatusOfTest, KeepsTheDetailsOfAnAnswer) {
  google::rpc::ErrorInfo info;
  info.set_reason("FORM_NOT_FOUND");
  google::rpc::Status wire;
  wire.add_details()->PackFrom(info);
  const absl::Status status =
      StatusOf({grpc::StatusCode::NOT_FOUND, "no form", wire.SerializeAsString()});
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(ReasonOf(status), "FORM_NOT_FOUND");
  EXPECT_TRUE(StatusOf(grpc::Status::OK).ok());
}

TEST(ErrorTextTest, SaysItInJapaneseFirst) {
  const std::string text =
      ErrorText(Refuse(absl::StatusCode::kNotFound, "FORM_NOT_FOUND",
                       {"There is no such form.", "協議書がありません。"}, {{"form", "forms/1"}}));
  EXPECT_THAT(text, HasSubstr("協議書がありません。"));
  EXPECT_LT(text.find("協議書がありません。"), text.find("There is no such form."));
  EXPECT_THAT(text, HasSubstr("FORM_NOT_FOUND (NOT_FOUND)"));
  EXPECT_THAT(text, HasSubstr("form: forms/1"));
}

TEST(ErrorTextTest, NamesEveryBadField) {
  const std::string text =
      ErrorText(RefuseFields({{"content.fields.purpose", "REQUIRED", "Fill it in.", "必須です。"},
                              {"department", "INVALID_NAME", "Write it so.", "形式が違います。"}}));
  EXPECT_THAT(text, HasSubstr("content.fields.purpose 目的"));
  EXPECT_THAT(text, HasSubstr("必須です。 / Fill it in."));
  EXPECT_THAT(text, HasSubstr("department 所属"));
  EXPECT_THAT(text, HasSubstr("INVALID_NAME"));
}

TEST(ErrorTextTest, NamesEveryFinding) {
  const std::string text = ErrorText(
      RefusePreconditions("POLICY_BLOCKS", {"The guideline says no.", "規程に合いません。"},
                          {{"fields.purpose", "T-5-2", "No purpose.", "目的がありません。"}}));
  EXPECT_THAT(text, HasSubstr("fields.purpose 目的 T-5-2"));
  EXPECT_THAT(text, HasSubstr("目的がありません。"));
  EXPECT_THAT(text, HasSubstr("daicho form check"));
}

TEST(ErrorTextTest, NamesTheCommandThatMendsIt) {
  const auto text = [](absl::string_view reason) {
    return ErrorText(Refuse(absl::StatusCode::kFailedPrecondition, reason, {"No.", "不可。"}));
  };
  EXPECT_THAT(text("ATTACHMENTS_DIFFER"), HasSubstr("daicho form attach"));
  EXPECT_THAT(text("DEPUTY_IN_OWN_NAME"), HasSubstr("--deputy"));
}

TEST(ErrorTextTest, ExplainsAFaultThatHasNoReason) {
  const std::string text = ErrorText(absl::UnavailableError("connection refused"));
  EXPECT_THAT(text, HasSubstr("サービスにつながりません。"));
  EXPECT_THAT(text, HasSubstr("connection refused"));
  EXPECT_THAT(text, HasSubstr("UNAVAILABLE"));
}

TEST(ErrorTextTest, NeverLetsDataReachTheTerminal) {
  const std::string text = ErrorText(Refuse(absl::StatusCode::kNotFound, "X",
                                            {"a\x1b[2J", "b\x1b[2J"}, {{"key", "\x1b]0;t\x07"}}));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\x07")));
  EXPECT_THAT(text, HasSubstr("\\x1B[2J"));
}

TEST(ErrorTextTest, TellsHowToRepeatAChange) {
  const std::string text = ErrorText(
      absl::DeadlineExceededError("late"),
      {"0197b1f0-0000-7000-8000-000000000001", "daicho form submit 1 --request-id=0197b1f0"});
  EXPECT_THAT(text, HasSubstr("0197b1f0-0000-7000-8000-000000000001"));
  EXPECT_THAT(text, HasSubstr("daicho form submit 1 --request-id=0197b1f0"));
}

TEST(ErrorJsonTest, HoldsTheSameAsFields) {
  const auto json = nlohmann::json::parse(
      ErrorJson(RefuseFields({{"content.fields.url", "TOO_LONG", "Shorten it.", "長すぎます。"}}),
                {"id-1", "daicho …"}));
  const auto& error = json["error"];
  EXPECT_EQ(error["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(error["exit_code"], 2);
  EXPECT_EQ(error["reason"], "INVALID_FIELD");
  EXPECT_EQ(error["violations"][0]["field"], "content.fields.url");
  EXPECT_EQ(error["message_ja"], "content.fields.url: 長すぎます。");
  EXPECT_EQ(error["request_id"], "id-1");
}

TEST(ErrorJsonTest, SurvivesTextThatIsNone) {
  const auto json = nlohmann::json::parse(ErrorJson(absl::InternalError("broken \xff byte \u202E")),
                                          nullptr, false);
  EXPECT_FALSE(json.is_discarded());
}

}  // namespace
}  // namespace daicho::cli
