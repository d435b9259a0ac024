#include "services/registry/domain/incident.h"

#include <gmock/gmock.h>
#include <re2/re2.h>

#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"

namespace daicho::registry::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kId[] = "0197b1f0-0000-7000-8000-000000000001";
constexpr char kAccount[] = "0197b1f0-0000-7000-8000-000000000002";
constexpr char kWarning[] = "0197b1f0-0000-7000-8000-000000000003";

// 08:08 in Tokyo.
const absl::Time kDetected =
    absl::FromCivil(absl::CivilMinute(2024, 2, 12, 8, 8), absl::FixedTimeZone(9 * 60 * 60));
const absl::Time kLater = kDetected + absl::Hours(10);
const IncidentActor kActor = {"users/sasaki", "佐々木"};

IncidentReport Reported(IncidentKind kind) {
  return {.kind = kind,
          .department = "0101",
          .accounts = {{kAccount, "市公式"}},
          .url = "https://www.facebook.com/fake",
          .detect_time = kDetected,
          .seen_at = "市民からの電話",
          .summary = "偽のページから友達申請が届いた。"};
}

Incident Opened(IncidentKind kind) {
  return OpenIncident(Reported(kind), kId, kActor, kDetected)->after;
}

DutyReport Done(absl::string_view duty, absl::Time when = kDetected + absl::Minutes(20)) {
  return {.duty = std::string(duty), .done_time = when, .evidence = "電話で連絡した。"};
}

Incident After(const Incident& incident, const DutyReport& report) {
  const auto change = RecordDuty(incident, report, kActor, kLater);
  EXPECT_TRUE(change.ok()) << change.status();
  return change->after;
}

// With every mandatory duty done but those of `left`.
Incident AllDoneBut(IncidentKind kind, const std::set<absl::string_view>& left) {
  Incident incident = Opened(kind);
  for (const Duty& duty : DutiesOf(kind)) {
    if (duty.mandatory && left.count(duty.id) == 0) incident = After(incident, Done(duty.id));
  }
  return incident;
}

const IncidentConclusion kConclusion = {.cause = "公式の写真が転載された。",
                                        .lesson = "友達申請をしないと常に知らせる。",
                                        .clauses = {"T 6-1-9"}};

absl::StatusOr<IncidentChange> Close(const Incident& incident) {
  return CloseIncident(incident, kConclusion, kActor, kLater);
}

std::string ReasonOfDuty(const Incident& incident, const DutyReport& report) {
  return ReasonOf(RecordDuty(incident, report, kActor, kLater).status());
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr const char* kGuidelines[] = {"tokushima", "aomori", "yatsushiro", "mine", "union"};

std::string GuidelinePath(const std::string& name, const std::string& end) {
  return absl::StrCat("services/policy/guidelines/", name, end);
}

// Every clause that the five guidelines have.
std::set<std::string> KnownClauses() {
  std::set<std::string> clauses;
  for (const char* name : kGuidelines) {
    const std::string text = ReadFile(GuidelinePath(name, ".textproto"));
    re2::StringPiece rest(text);
    std::string clause;
    while (RE2::FindAndConsume(&rest, R"re(\nclauses \{ id: "([^"]+)")re", &clause)) {
      clauses.insert(clause);
    }
  }
  return clauses;
}

// Every clause whose coverage says that duties of incidents carry it.
std::set<std::string> ClausesLeftToIncidents() {
  std::set<std::string> clauses;
  for (const char* name : kGuidelines) {
    const std::string text = ReadFile(GuidelinePath(name, ".coverage.textproto"));
    re2::StringPiece rest(text);
    std::string clause;
    while (RE2::FindAndConsume(
        &rest, R"re(clause: "([^"]+)"\n  carrier: CARRIER_SUITE\n  note: "registry: incident)re",
        &clause)) {
      clauses.insert(clause);
    }
  }
  return clauses;
}

TEST(DutiesTest, EveryKindHasDutiesThatCiteClausesOfTheGuidelines) {
  const std::set<std::string> known = KnownClauses();
  ASSERT_THAT(known, Contains("T 6-2-2-3"));
  for (const IncidentKind kind : kAllIncidentKinds) {
    std::set<absl::string_view> ids;
    for (const Duty& duty : DutiesOf(kind)) {
      EXPECT_EQ(duty.kind, kind);
      EXPECT_TRUE(ids.insert(duty.id).second) << duty.id;
      EXPECT_THAT(std::string(duty.title), Not(IsEmpty())) << duty.id;
      EXPECT_THAT(std::string(duty.title_ja), Not(IsEmpty())) << duty.id;
      EXPECT_TRUE(duty.mandatory || duty.hours == 0) << duty.id;
      for (const std::string& clause : ClausesOf(duty)) {
        EXPECT_THAT(known, Contains(clause)) << duty.id;
        EXPECT_TRUE(IsClause(clause)) << clause;
      }
    }
    EXPECT_EQ(DutiesOf(kind).front().id, "superior_report") << ToText(kind);
    EXPECT_EQ(DutiesOf(kind).back().id, "review") << ToText(kind);
    EXPECT_EQ(ParseIncidentKind(ToText(kind)), kind);
  }
}

TEST(DutiesTest, EveryClauseThatTheCoverageLeavesToIncidentsIsCited) {
  std::set<std::string> cited;
  for (const IncidentKind kind : kAllIncidentKinds) {
    for (const Duty& duty : DutiesOf(kind)) {
      for (const std::string& clause : ClausesOf(duty)) cited.insert(clause);
    }
  }
  const std::set<std::string> left = ClausesLeftToIncidents();
  EXPECT_THAT(left, SizeIs(24));
  for (const std::string& clause : left) EXPECT_THAT(cited, Contains(clause));
}

TEST(DutiesTest, AnImpersonationGoesFromTheSuperiorToThePress) {
  std::vector<std::string> duties;
  for (const Duty& duty : DutiesOf(IncidentKind::kImpersonation)) {
    duties.push_back(absl::StrCat(duty.id, duty.mandatory ? "" : "?"));
  }
  EXPECT_THAT(duties, ElementsAre("superior_report", "offices_contact", "removal_request",
                                  "site_notice", "press?", "review"));
}

TEST(DutiesTest, AClauseIsALetterAndWhatTheTextCountsBy) {
  for (const char* clause : {"T 6-2-2-3", "U 6", "T N", "A N-1"}) EXPECT_TRUE(IsClause(clause));
  for (const char* text : {"", "T", "6-2", "t 6", "T 6-", "T  6", "T 6 2", "TT 6", "T 6-2a"}) {
    EXPECT_FALSE(IsClause(text)) << text;
  }
}

TEST(OpenIncidentTest, KeepsWhatWasReportedAndAnnouncesIt) {
  IncidentReport report = Reported(IncidentKind::kImpersonation);
  report.warning = {kWarning, "https://www.facebook.com/fake"};
  const auto change = OpenIncident(report, kId, kActor, kLater);

  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.revision, 1);
  EXPECT_EQ(change->after.state, IncidentState::kOpen);
  ASSERT_THAT(change->after.acts, SizeIs(1));
  EXPECT_EQ(change->after.acts[0].act_time, kDetected);
  EXPECT_EQ(change->after.acts[0].record_time, kLater);
  EXPECT_EQ(change->event.type, "incident.opened");
  EXPECT_EQ(change->event.department, "departments/0101");
  EXPECT_THAT(change->event.related, ElementsAre(absl::StrCat("accounts/", kAccount),
                                                 absl::StrCat("warnings/", kWarning)));
  EXPECT_THAT(change->event.changes,
              Contains(FieldChange{"detect_time", "", "2024-02-12T08:08:00+09:00"}));
  EXPECT_THAT(change->event.changes, Contains(FieldChange{"warnings[0].warning", "",
                                                          absl::StrCat("warnings/", kWarning)}));
}

TEST(OpenIncidentTest, IsAboutAccountsOrAFakeOfABodyWithoutOne) {
  IncidentReport report = Reported(IncidentKind::kImpersonation);
  report.accounts.clear();
  EXPECT_TRUE(OpenIncident(report, kId, kActor, kLater).ok());
  report.kind = IncidentKind::kFlaming;
  EXPECT_EQ(ReasonOf(OpenIncident(report, kId, kActor, kLater).status()), "INVALID_FIELD");
  report.kind = IncidentKind::kImpersonation;
  report.url.clear();
  EXPECT_EQ(ReasonOf(OpenIncident(report, kId, kActor, kLater).status()), "INVALID_FIELD");
}

TEST(OpenIncidentTest, IsDetectedNowOrBefore) {
  const IncidentReport report = Reported(IncidentKind::kLeak);
  EXPECT_TRUE(OpenIncident(report, kId, kActor, kDetected).ok());
  EXPECT_EQ(ReasonOf(OpenIncident(report, kId, kActor, kDetected - absl::Seconds(1)).status()),
            "TIME_IN_FUTURE");
}

TEST(RecordDutyTest, KeepsWhoDidWhatWhenAndWhatShowsIt) {
  const Incident incident = Opened(IncidentKind::kImpersonation);
  DutyReport report = Done("site_notice");
  report.url = "https://www.city.example/notice";
  report.warning = {kWarning, "https://www.facebook.com/fake"};
  const auto change = RecordDuty(incident, report, kActor, kLater);

  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.revision, 2);
  EXPECT_EQ(change->event.type, "incident.duty_recorded");
  EXPECT_THAT(change->event.changes, Contains(FieldChange{"duties[3].outcome", "", "DONE"}));
  EXPECT_THAT(change->event.changes,
              Contains(FieldChange{"duties[3].done_time", "", "2024-02-12T08:28:00+09:00"}));
  EXPECT_THAT(change->event.related, Contains(absl::StrCat("warnings/", kWarning)));
  const DutyStanding standing = StandingsOf(change->after)[3];
  ASSERT_NE(standing.record, nullptr);
  EXPECT_EQ(standing.record->actor, kActor);
}

TEST(RecordDutyTest, TheNewestRecordCountsAndTheOldOneStays) {
  const Incident first = After(Opened(IncidentKind::kImpersonation), Done("superior_report"));
  const Incident second = After(first, Done("superior_report", kDetected + absl::Minutes(5)));
  EXPECT_THAT(second.acts, SizeIs(3));
  EXPECT_EQ(StandingsOf(second)[0].record->act_time, kDetected + absl::Minutes(5));
}

TEST(RecordDutyTest, IsDoneBetweenDetectionAndNow) {
  const Incident incident = Opened(IncidentKind::kImpersonation);
  const auto reason_at = [&](absl::Time time) {
    return ReasonOfDuty(incident, Done("superior_report", time));
  };
  EXPECT_EQ(reason_at(kDetected - absl::Seconds(1)), "TIME_BEFORE_DETECTION");
  EXPECT_EQ(reason_at(kDetected), "");
  EXPECT_EQ(reason_at(kLater), "");
  EXPECT_EQ(reason_at(kLater + absl::Seconds(1)), "TIME_IN_FUTURE");
}

TEST(RecordDutyTest, OnlyWhatIsNotMandatoryCanBeLeftOut) {
  const Incident incident = Opened(IncidentKind::kImpersonation);
  const DutyReport press = {.duty = "press", .not_needed_reason = "被害の報告がないため"};
  const auto change = RecordDuty(incident, press, kActor, kLater);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->event.reason, "被害の報告がないため");
  EXPECT_THAT(change->event.changes, Contains(FieldChange{"duties[4].outcome", "", "NOT_NEEDED"}));

  const auto refused = RecordDuty(
      incident, {.duty = "removal_request", .not_needed_reason = "削除済みのため"}, kActor, kLater);
  EXPECT_EQ(ReasonOf(refused.status()), "INCIDENT_DUTY_MANDATORY");
  EXPECT_THAT(JapaneseOf(refused.status()), HasSubstr("運営者への削除依頼"));
}

TEST(RecordDutyTest, NamesWhatIsMissingOrTooMuch) {
  const Incident incident = Opened(IncidentKind::kImpersonation);
  DutyReport unknown = Done("appeal");
  EXPECT_EQ(ReasonOfDuty(incident, unknown), "INVALID_FIELD");
  DutyReport bare = Done("press");
  bare.evidence.clear();
  EXPECT_EQ(ReasonOfDuty(incident, bare), "INVALID_FIELD");
  bare.url = "https://www.city.example/press";
  EXPECT_EQ(ReasonOfDuty(incident, bare), "");
  EXPECT_EQ(ReasonOfDuty(incident, {.duty = "press"}), "INVALID_FIELD");
  DutyReport both = Done("press");
  both.not_needed_reason = "不要";
  EXPECT_EQ(ReasonOfDuty(incident, both), "INVALID_FIELD");
  EXPECT_EQ(
      ReasonOfDuty(incident,
                   {.duty = "press", .url = "https://x.example", .not_needed_reason = "不要"}),
      "INVALID_FIELD");
}

TEST(DueTimeTest, IsThatOfTheEarliestOpenMandatoryDuty) {
  Incident incident = Opened(IncidentKind::kImpersonation);
  EXPECT_EQ(DueTime(incident), kDetected + absl::Hours(3));
  incident = After(incident, Done("superior_report"));
  EXPECT_EQ(DueTime(incident), kDetected + absl::Hours(3));
  incident = After(incident, Done("offices_contact"));
  EXPECT_EQ(DueTime(incident), kDetected + absl::Hours(24));
  // A review has no limit.
  EXPECT_EQ(DueTime(AllDoneBut(IncidentKind::kImpersonation, {"review"})), std::nullopt);
}

TEST(AddNoteTest, TellsWhatHappenedBeforeDetectionToo) {
  const Incident incident = Opened(IncidentKind::kImpersonation);
  const auto change =
      AddNote(incident, "偽のページが作られた。", kDetected - absl::Hours(48), kActor, kLater);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->event.type, "incident.noted");
  EXPECT_THAT(change->event.changes, SizeIs(2));
  EXPECT_EQ(ReasonOf(AddNote(incident, "x", kLater + absl::Seconds(1), kActor, kLater).status()),
            "TIME_IN_FUTURE");
}

TEST(CloseIncidentTest, IsRefusedWithEveryMandatoryDutyThatIsOpen) {
  for (const IncidentKind kind : kAllIncidentKinds) {
    const auto refused = Close(Opened(kind));
    EXPECT_EQ(ReasonOf(refused.status()), "INCIDENT_DUTY_OPEN");
    for (const Duty& duty : DutiesOf(kind)) {
      const bool named = absl::StrContains(refused.status().message(), duty.title);
      EXPECT_EQ(named, duty.mandatory) << ToText(kind) << " " << duty.id;
    }
  }
}

TEST(CloseIncidentTest, IsRefusedForTheLastMandatoryDutyAndAllowedWithoutIt) {
  for (const IncidentKind kind : kAllIncidentKinds) {
    const Incident one_left = AllDoneBut(kind, {"review"});
    const auto refused = Close(one_left);
    EXPECT_EQ(ReasonOf(refused.status()), "INCIDENT_DUTY_OPEN") << ToText(kind);
    EXPECT_THAT(JapaneseOf(refused.status()), HasSubstr("原因の分析と再発防止策の検討"));
    EXPECT_THAT(JapaneseOf(refused.status()), Not(HasSubstr("上司への報告")));
    EXPECT_TRUE(Close(After(one_left, Done("review"))).ok()) << ToText(kind);
  }
}

TEST(CloseIncidentTest, KeepsCauseLessonAndTheClausesToRevise) {
  const auto change = Close(AllDoneBut(IncidentKind::kImpersonation, {}));
  ASSERT_TRUE(change.ok()) << change.status();
  const IncidentAct* closing = ClosingOf(change->after);
  ASSERT_NE(closing, nullptr);
  EXPECT_EQ(closing->cause, "公式の写真が転載された。");
  EXPECT_EQ(change->event.type, "incident.closed");
  EXPECT_THAT(change->event.changes, Contains(FieldChange{"state", "OPEN", "CLOSED"}));
  EXPECT_THAT(change->event.changes, Contains(FieldChange{"lesson_clauses", "", "T 6-1-9"}));
  EXPECT_EQ(DueTime(change->after), std::nullopt);
}

TEST(CloseIncidentTest, LeavesNothingToAddUntilItIsOpenedAgain) {
  const Incident closed = Close(AllDoneBut(IncidentKind::kImpersonation, {}))->after;
  EXPECT_EQ(ReasonOfDuty(closed, Done("press")), "INCIDENT_CLOSED");
  EXPECT_EQ(ReasonOf(AddNote(closed, "x", kLater, kActor, kLater).status()), "INCIDENT_CLOSED");
  EXPECT_EQ(ReasonOf(Close(closed).status()), "INCIDENT_CLOSED");

  const auto reopened = ReopenIncident(closed, "別の偽のページが見つかったため", kActor, kLater);
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ(ClosingOf(reopened->after), nullptr);
  EXPECT_EQ(reopened->event.reason, "別の偽のページが見つかったため");
  EXPECT_THAT(reopened->event.changes,
              Contains(FieldChange{"lesson", "友達申請をしないと常に知らせる。", ""}));
  EXPECT_TRUE(Close(reopened->after).ok());
  EXPECT_EQ(ReasonOf(ReopenIncident(reopened->after, "x", kActor, kLater).status()),
            "INCIDENT_NOT_CLOSED");
}

absl::StatusOr<IncidentChange> Withdraw(const Incident& incident, const IncidentUse& use = {}) {
  return WithdrawIncident(incident, {.reason = "同じ事案を二重に登録したため"}, use, kActor,
                          kLater);
}

TEST(WithdrawIncidentTest, KeepsWhatWasDoneAndLeavesNothingDue) {
  const Incident incident = After(Opened(IncidentKind::kImpersonation), Done("superior_report"));
  ASSERT_NE(DueTime(incident), std::nullopt);
  const auto change = Withdraw(incident);

  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->after.state, IncidentState::kWithdrawn);
  EXPECT_THAT(change->after.acts, SizeIs(3));
  EXPECT_EQ(WithdrawalOf(change->after)->text, "同じ事案を二重に登録したため");
  EXPECT_EQ(ClosingOf(change->after), nullptr);
  EXPECT_EQ(DueTime(change->after), std::nullopt);
  EXPECT_EQ(change->event.type, "incident.withdrawn");
  EXPECT_EQ(change->event.reason, "同じ事案を二重に登録したため");
  EXPECT_THAT(change->event.changes, Contains(FieldChange{"state", "OPEN", "WITHDRAWN"}));
}

TEST(WithdrawIncidentTest, LeavesNothingToAddUntilItIsOpenedAgain) {
  const Incident withdrawn = Withdraw(Opened(IncidentKind::kLeak))->after;
  EXPECT_EQ(ReasonOfDuty(withdrawn, Done("press")), "INCIDENT_WITHDRAWN");
  EXPECT_EQ(ReasonOf(AddNote(withdrawn, "x", kLater, kActor, kLater).status()),
            "INCIDENT_WITHDRAWN");
  EXPECT_EQ(ReasonOf(Close(withdrawn).status()), "INCIDENT_WITHDRAWN");
  EXPECT_EQ(ReasonOf(Withdraw(withdrawn).status()), "INCIDENT_WITHDRAWN");

  const auto reopened = ReopenIncident(withdrawn, "誤りではなかったため", kActor, kLater);
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ(WithdrawalOf(reopened->after), nullptr);
  EXPECT_EQ(DueTime(reopened->after), kDetected + absl::Hours(3));
}

TEST(WithdrawIncidentTest, WhatIsClosedIsOpenedAgainFirst) {
  const Incident closed = Close(AllDoneBut(IncidentKind::kImpersonation, {}))->after;
  EXPECT_EQ(ReasonOf(Withdraw(closed).status()), "INCIDENT_CLOSED");
}

TEST(WithdrawIncidentTest, IsRefusedWhileThePublicIsToldOfItNamingEverything) {
  const Incident incident = Opened(IncidentKind::kTakeover);
  const auto refused = Withdraw(incident, {.warnings = {{kWarning, "https://x.com/fake"}},
                                           .accounts = {{kAccount, "市公式"}}});
  EXPECT_EQ(ReasonOf(refused.status()), "INCIDENT_IN_USE");
  for (const char* named : {"https://x.com/fake", "市公式"}) {
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(named));
    EXPECT_THAT(JapaneseOf(refused.status()), HasSubstr(named));
  }
}

TEST(WithdrawIncidentTest, WhoMayOnlyTheirOwnMayNotThatOfAnother) {
  const Incident incident = Opened(IncidentKind::kFlaming);
  const auto reason_for = [&](const std::string& subject) {
    return ReasonOf(
        WithdrawIncident(incident, {"誤り", /*own_alone=*/true}, {}, {subject, ""}, kLater)
            .status());
  };
  EXPECT_EQ(reason_for(kActor.subject), "");
  EXPECT_EQ(reason_for("users/other"), "INCIDENT_OPENED_BY_ANOTHER");
}

}  // namespace
}  // namespace daicho::registry::domain
