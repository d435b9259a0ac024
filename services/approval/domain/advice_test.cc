#include "services/approval/domain/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "services/approval/domain/testing/samples.h"

namespace daicho::approval::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

const Person kPrOffice = {"users/pr", "秘書課"};
const Person kStaff = {"users/staff", "広瀬"};

// What each act does in each state: the state after it, or the reason why it is refused.
TEST(NextAdviceStateTest, SaysOfEveryPairOfStateAndActWhatComesOfIt) {
  const std::map<std::string, std::vector<std::string>> table = {
      //             created, answered, accepted, withdrawn, rerouted
      {"NONE",
       {"OPEN", "ADVICE_NOT_FOUND", "ADVICE_NOT_FOUND", "ADVICE_NOT_FOUND", "ADVICE_NOT_FOUND"}},
      {"OPEN", {"ADVICE_ALREADY_EXISTS", "ANSWERED", "ADVICE_NOT_ANSWERED", "WITHDRAWN", "OPEN"}},
      {"ANSWERED", {"ADVICE_ALREADY_EXISTS", "ANSWERED", "ACCEPTED", "WITHDRAWN", "ANSWERED"}},
      {"ACCEPTED",
       {"ADVICE_ALREADY_EXISTS", "ADVICE_CLOSED", "ADVICE_CLOSED", "ADVICE_CLOSED", "ACCEPTED"}},
      {"WITHDRAWN",
       {"ADVICE_ALREADY_EXISTS", "ADVICE_CLOSED", "ADVICE_CLOSED", "ADVICE_CLOSED", "WITHDRAWN"}},
  };
  ASSERT_EQ(table.size(), static_cast<std::size_t>(kAdviceStateCount));
  for (int from = 0; from < kAdviceStateCount; ++from) {
    const auto state = static_cast<AdviceState>(from);
    for (int act = 0; act < kAdviceActKindCount; ++act) {
      const auto next = NextAdviceState(state, static_cast<AdviceActKind>(act));
      EXPECT_EQ(next.ok() ? std::string(NameOf(*next)) : ReasonOf(next.status()),
                table.at(std::string(NameOf(state)))[static_cast<std::size_t>(act)])
          << NameOf(state) << " " << NameOf(static_cast<AdviceActKind>(act));
    }
  }
}

TEST(AdviceNamesTest, EveryNameLeadsBack) {
  for (int i = 0; i < kAdviceStateCount; ++i) {
    const auto state = static_cast<AdviceState>(i);
    EXPECT_EQ(AdviceStateNamed(NameOf(state)), state);
  }
  for (int i = 0; i < kAdviceActKindCount; ++i) {
    const auto act = static_cast<AdviceActKind>(i);
    EXPECT_EQ(AdviceActKindNamed(NameOf(act)), act);
  }
  EXPECT_EQ(AdviceKindNamed("CLOSE_OR_MERGE"), AdviceKind::kCloseOrMerge);
  EXPECT_EQ(AdviceKindNamed("OTHER"), std::nullopt);
}

AdvisedAccount Account(bool alive = true) {
  return {.name = "accounts/0197b1f0-0000-7000-8000-000000000001",
          .display_name = "とくしま",
          .department = "departments/0802",
          .alive = alive};
}

AdviceDraft DraftDue(absl::CivilDay due_on) {
  return {.kind = AdviceKind::kCloseOrMerge,
          .text = "一年以上投稿がありません。",
          .due_on = due_on,
          .findings = {"T-5-9-3"}};
}

Advice Given(absl::CivilDay due_on = kToday + 14) {
  return Advise("0197b1f0-0000-7000-8000-000000000009", Account(), DraftDue(due_on), kPrOffice,
                kNow)
      ->after;
}

TEST(AdviseTest, IsToTheDepartmentThatHasTheAccount) {
  const auto change = Advise("id", Account(), DraftDue(kToday), kPrOffice, kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, AdviceState::kOpen);
  EXPECT_EQ(change->after.department, "departments/0802");
  EXPECT_EQ(change->after.account_display_name, "とくしま");
  EXPECT_EQ(change->after.revision, 1);
  EXPECT_EQ(change->event.type, "advice.created");
  EXPECT_THAT(change->event.related, ElementsAre(Account().name));
}

TEST(AdviseTest, IsDueFromTodayToAYearAhead) {
  const auto reason = [](absl::CivilDay due_on) {
    return ReasonOf(Advise("id", Account(), DraftDue(due_on), kPrOffice, kNow).status());
  };
  EXPECT_EQ(reason(kToday - 1), "INVALID_FIELD");
  EXPECT_EQ(reason(kToday), "");
  EXPECT_EQ(reason(kToday + kMostDaysToAnswer), "");
  EXPECT_EQ(reason(kToday + kMostDaysToAnswer + 1), "INVALID_FIELD");
}

TEST(AdviseTest, IsNotAboutAnAccountThatIsGone) {
  EXPECT_EQ(ReasonOf(Advise("id", Account(false), DraftDue(kToday), kPrOffice, kNow).status()),
            "ACCOUNT_NOT_ALIVE");
}

TEST(IsOverdueTest, BeginsOnTheDayAfterTheLast) {
  const Advice advice = Given(kToday);
  EXPECT_FALSE(IsOverdue(advice, kNow));
  EXPECT_TRUE(IsOverdue(advice, kNow + absl::Hours(24)));
  EXPECT_FALSE(
      IsOverdue(Answer(advice, "対応済み", nullptr, kStaff, kNow)->after, kNow + absl::Hours(24)));
}

Form FormAbout(const std::string& account, const Fields& content = {}) {
  Form form;
  form.id = "0197b1f0-0000-7000-8000-000000000003";
  form.draft = {.action = Action::kClose, .account = account, .content = content};
  return form;
}

TEST(AnswerTest, MayNameAFormThatIsAboutTheAccount) {
  const Advice advice = Given();
  const Form closing = FormAbout(advice.account);
  const auto change = Answer(advice, "廃止します。", &closing, kStaff, kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.form, NameOf(closing));
  EXPECT_THAT(change->event.related, Contains(NameOf(closing)));
  const Form merging =
      FormAbout("accounts/other", {{"absorbed_accounts[0].account", advice.account}});
  EXPECT_TRUE(Answer(advice, "統合します。", &merging, kStaff, kNow).ok());
  const Form foreign = FormAbout("accounts/other", {{"closing.successor", advice.account}});
  EXPECT_EQ(ReasonOf(Answer(advice, "廃止します。", &foreign, kStaff, kNow).status()),
            "FORM_NOT_ABOUT_ACCOUNT");
}

TEST(AnswerTest, EveryAnswerIsKept) {
  const Advice once = Answer(Given(), "検討します。", nullptr, kStaff, kNow)->after;
  const Advice twice = Answer(once, "廃止します。", nullptr, kStaff, kNow)->after;
  ASSERT_EQ(twice.acts.size(), 3u);
  EXPECT_EQ(twice.acts[1].text, "検討します。");
  EXPECT_EQ(twice.acts[2].text, "廃止します。");
  EXPECT_EQ(twice.revision, 3);
}

TEST(CloseTest, KeepsTheReason) {
  const Advice answered = Answer(Given(), "廃止します。", nullptr, kStaff, kNow)->after;
  const auto change = Close(answered, AdviceActKind::kAccepted, "確認した。", kPrOffice, kNow);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, AdviceState::kAccepted);
  EXPECT_EQ(change->event.reason, "確認した。");
}

TEST(RerouteAdviceTest, GivesAdviceToTheSuccessorAloneClosedAdviceToReadIt) {
  const Advice advice = Given();
  const Succession all = {"departments/0802", "departments/0301", "観光課", ""};
  const Succession one = {"departments/0802", "departments/0101", "秘書課", advice.account};
  const auto reroute = [&](const Advice& given, const std::vector<Succession>& successions) {
    return RerouteAdvice(given, successions, "reorganizations/1", {"services/registry", ""}, kNow);
  };
  EXPECT_EQ(reroute(advice, {all})->after.department, "departments/0301");
  EXPECT_EQ(reroute(advice, {all, one})->after.department, "departments/0101");
  EXPECT_FALSE(reroute(advice, {{"departments/0999", "departments/0301", "", ""}}));
  EXPECT_FALSE(reroute(advice, {{"departments/0802", "departments/0802", "新名称", ""}}));
  const Advice closed = Close(advice, AdviceActKind::kWithdrawn, "誤り", kPrOffice, kNow)->after;
  EXPECT_EQ(reroute(closed, {all})->after.department, "departments/0301");
  EXPECT_EQ(reroute(closed, {all})->after.state, AdviceState::kWithdrawn);
}

}  // namespace
}  // namespace daicho::approval::domain
