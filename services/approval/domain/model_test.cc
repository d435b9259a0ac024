// Random acts of random people on random forms, against a plain model of domain.md §4.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "services/approval/domain/form.h"
#include "services/approval/domain/transfer.h"
#include "services/approval/testing/clerk.h"

namespace daicho::approval::domain {
namespace {

constexpr int kSteps = 120'000;

class ModelTest : public ::testing::Test {
 protected:
  int Pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  std::string Department(int i) { return absl::StrCat("departments/", i); }

  // Somebody: few enough that they meet again, in a department that is not always the same.
  Actor Somebody() {
    const int number = Pick(14);
    Actor actor = {{absl::StrCat("users/", number), ""}, {}, Department(number % 6)};
    if (Pick(12) == 0) actor.department = Department(Pick(6));
    actor.roles.insert(number % 6 == 5 ? Role::kPrOffice : Role::kDepartmentHead);
    if (number >= 10) actor.roles.insert(Role::kDepartmentStaff);
    return actor;
  }

  std::vector<Step> SomeRoute() {
    std::vector<Step> route = {{.kind = StepKind::kHead, .department = Department(0)}};
    if (Pick(2) == 0) route.push_back({.kind = StepKind::kVia, .department = Department(1)});
    for (int desk = 2; desk < 2 + Pick(4); ++desk) {
      route.push_back({.kind = StepKind::kConcurrence, .department = Department(desk)});
    }
    route.push_back({.kind = StepKind::kPrOffice, .department = Department(5)});
    if (Pick(2) == 0) {
      route.push_back({.kind = StepKind::kCirculation, .department = Department(Pick(5))});
    }
    return route;
  }

  void Begin() {
    const Actor author = Pick(3) == 0 ? Somebody() : Clerical();
    const bool urgent = Pick(4) == 0;
    Draft draft;
    if (urgent) draft = {.action = Action::kClose, .content = {{"urgent", "true"}}};
    form_ = Create(absl::StrCat(++forms_), Department(0), draft, author, now_).after;
    clerk_ = Clerk(author, Department(0), urgent);
    urgent_ = urgent;
  }

  // Staff of the form's department, who may be its heads too.
  Actor Clerical() {
    Actor actor = {
        {absl::StrCat("users/", 10 + Pick(4)), ""}, {Role::kDepartmentStaff}, Department(0)};
    if (Pick(3) == 0) actor.roles.insert(Role::kDepartmentHead);
    return actor;
  }

  // Checks what came of an act: what the clerk said, "" or a reason. Takes the form over.
  bool Check(const absl::StatusOr<Change>& change, const std::string& expected) {
    EXPECT_EQ(ReasonOf(change.status()), expected)
        << change.status() << " in " << NameOf(form_.state);
    if (!change.ok()) return false;
    const Form& after = change->after;
    EXPECT_EQ(after.acts.size(), form_.acts.size() + 1) << "no act and no comment is lost";
    EXPECT_TRUE(std::equal(form_.acts.begin(), form_.acts.end(), after.acts.begin()));
    EXPECT_EQ(after.revision, form_.revision + 1);
    form_ = after;
    return true;
  }

  void Compare() {
    EXPECT_EQ(NameOf(form_.state), clerk_.state());
    EXPECT_EQ(CurrentSteps(form_), clerk_.Turn());
    EXPECT_EQ(form_.keeper.subject, clerk_.keeper());
    EXPECT_EQ(DueOn(form_).has_value() && form_.state == State::kConflict, clerk_.IsOpenConflict());
    std::set<std::string> deciders;
    for (int i = 0; i < clerk_.step_count(); ++i) {
      const Step& step = form_.steps[static_cast<std::size_t>(i)];
      EXPECT_EQ(step.decider ? step.decider->subject : "", clerk_.AgreedBy(i));
      if (!step.decider) continue;
      EXPECT_TRUE(deciders.insert(step.decider->subject).second) << "twice in one route";
      // What is back with its department may be written on by whoever agreed to it before.
      if (IsWithDepartment(form_.state) || IsFinalWithoutAgreement()) continue;
      EXPECT_FALSE(clerk_.Wrote(step.decider->subject)) << "the drafter decided";
    }
  }

  bool IsFinalWithoutAgreement() const {
    return form_.state == State::kWithdrawn || form_.state == State::kExpired;
  }

  void Write() {
    Actor who = Pick(6) == 0 ? Somebody() : Clerical();
    if (Pick(10) == 0) who.roles = {Role::kItSecurity};
    if (Pick(3) == 0) {
      Check(Update(form_, form_.draft, who, now_), clerk_.Update(who));
      return;
    }
    const std::string comment = Pick(4) == 0 ? "" : "回答";
    const std::vector<Step> route = SomeRoute();
    if (!Check(Submit(form_, {.steps = route}, who, comment, now_),
               clerk_.Submit(who, route, comment))) {
      return;
    }
    EXPECT_EQ(form_.acts.back().kind, urgent_ ? ActKind::kSubmittedUrgently : ActKind::kSubmitted);
  }

  void AgreeSomehow() {
    const Actor who = Somebody();
    if (Pick(3) != 0) {
      Check(Agree(form_, who, "可", now_), clerk_.Agree(who));
      return;
    }
    Absence absence = {.department = who.department,
                       .person = {absl::StrCat("users/", Pick(14)), ""},
                       .from_on = TokyoDay(now_),
                       .until_on = TokyoDay(now_)};
    if (Pick(4) == 0) absence.department = Department(Pick(6));
    Check(AgreeAsDeputy(form_, who, {absence}, "出張", "", now_),
          clerk_.AgreeAsDeputy(who, absence.department, absence.person.subject));
  }

  void Review() {
    const Actor who = Somebody();
    Check(ReviewAfterwards(form_, who, "", now_), clerk_.Review(who));
  }

  void SendBack() {
    const Actor who = Somebody();
    const std::string comment = Pick(5) == 0 ? " " : "直して";
    switch (Pick(6)) {
      case 0:
        Check(Return(form_, who, comment, now_), clerk_.Return(who, comment));
        return;
      case 1:
        Check(Reject(form_, who, comment, now_), clerk_.Reject(who, comment));
        return;
      default:
        break;
    }
    const int to = Pick(6) - 1;
    Check(ReturnToStep(form_, who, to, comment, now_), clerk_.ReturnToStep(who, to, comment));
  }

  void AdviseOrAnswer() {
    const Actor who = Somebody();
    if (Pick(2) == 0) {
      const FormAdvice advice = {static_cast<AdviceKind>(Pick(3)), TokyoDay(now_) + 7};
      Check(Advise(form_, who, advice, "再検討を", now_), clerk_.Advise(who));
      return;
    }
    Check(Answer(form_, who, "回答", now_), clerk_.Answer());
  }

  void TakeAway() {
    const Actor who = Somebody();
    if (Pick(2) == 0) {
      Check(PullBack(form_, who, "", now_), clerk_.PullBack());
    } else if (Pick(8) == 0) {
      Check(Withdraw(form_, who, "", now_), clerk_.Withdraw());
    }
  }

  // Somebody leaves their department, or that of the form.
  void Move() {
    const int number = Pick(14);
    const int successor = (number + 1 + Pick(13)) % 14;
    const Transferred one = {.person = absl::StrCat("users/", number),
                             .department_left = Department(Pick(2) == 0 ? 0 : number % 6),
                             .successor = {absl::StrCat("users/", successor), ""}};
    const Actor office = {{"users/office", ""}, {Role::kPrOffice}, Department(5)};
    const TransferOutcome outcome = Transfer(form_, {one}, office, now_);
    const std::string why = clerk_.Transfer(one.person, one.department_left, one.successor.subject);
    EXPECT_EQ(outcome.change.has_value(), why.empty()) << why;
    EXPECT_EQ(outcome.notes.empty(), why == "NOTHING_WAITS");
    transfers_ += why.empty();
    if (!outcome.change) return;
    EXPECT_FALSE(Transfer(outcome.change->after, {one}, office, now_).change) << "again";
    Check(*outcome.change, "");
  }

  void LetTimePass() {
    const Actor system = {{"services/approval", ""}, {Role::kSystem}, ""};
    if (Pick(4) != 0) {
      const bool conflict = Pick(2) == 0;
      const Application answer = {.account = "accounts/1", .conflict_reason = conflict ? "X" : ""};
      Check(RecordApplication(form_, answer, system), clerk_.Apply(conflict));
    } else if (Pick(2) == 0) {
      Check(Settle(form_, Somebody(), "新しく起案", now_), clerk_.SettleConflict());
    } else {
      const bool lapsed = Pick(2) == 0;
      const absl::Time then = now_ + (lapsed ? 400 : 1) * absl::Hours(24);
      Check(Expire(form_, system, kDaysOfGrace, then), clerk_.Expire(lapsed));
    }
  }

  std::mt19937 random_{20261126};
  const absl::Time now_ = StartOfTokyoDay(absl::CivilDay(2026, 11, 26)) + absl::Hours(10);
  int forms_ = 0;
  int transfers_ = 0;
  Form form_;
  bool urgent_ = false;
  Clerk clerk_{{}, "", false};
};

TEST_F(ModelTest, AgreesWithAClerkWhoReadTheSpecification) {
  std::map<std::string, int> ends;
  Begin();
  for (int i = 0; i < kSteps && !HasFailure(); ++i) {
    const int what = Pick(21);
    if (what < 4) {
      Write();
    } else if (what < 12) {
      AgreeSomehow();
    } else if (what < 14) {
      SendBack();
    } else if (what < 16) {
      AdviseOrAnswer();
    } else if (what < 17) {
      TakeAway();
    } else if (what < 19) {
      Review();
    } else if (what < 20) {
      Move();
    } else {
      LetTimePass();
    }
    Compare();
    if (form_.acts.size() > 60 || Pick(150) == 0) {
      ends[clerk_.state()]++;
      Begin();
    }
  }
  for (const char* state : {"IN_ROUTE", "UNDER_REVIEW", "ADVISED", "RETURNED", "PULLED_BACK",
                            "AGREED", "APPLIED", "CONFLICT", "REJECTED", "WITHDRAWN", "EXPIRED"}) {
    EXPECT_GT(ends[state], 0) << state << " was never reached";
  }
  EXPECT_GT(transfers_, 50);
}

}  // namespace
}  // namespace daicho::approval::domain
