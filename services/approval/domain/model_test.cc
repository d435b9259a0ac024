// Random acts of random people on random forms, against a plain model of domain.md §4.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::domain {
namespace {

constexpr int kSteps = 120'000;

// A form as somebody would keep it on paper: where it is, and slips with names.
struct Paper {
  std::string state = "DRAFT";
  std::vector<Step> route;               // Kinds and departments alone.
  std::map<int, std::string> agreed;     // Step to who.
  std::map<int, std::string> to_review;  // Step to the absent head who has not read it.
  std::set<std::string> readers;         // Absent heads who have.
  std::set<std::string> authors;
  bool acted = false;    // By anybody since the submission.
  bool changed = false;  // Since the advice.
  bool urgent = false;   // A closing that suspends the account at once.
  bool settled = false;  // A conflict the PR office has looked into.
  int acts = 1;
};

// The specification read as a clerk would.
class Clerk {
 public:
  explicit Clerk(Paper paper) : paper_(std::move(paper)) {}
  Paper& paper() { return paper_; }

  // Steps whose turn it is.
  std::vector<int> Turn() const {
    std::vector<int> turn;
    if (paper_.state != "IN_ROUTE" && paper_.state != "UNDER_REVIEW") return turn;
    for (int i = 0; i < Size(); ++i) {
      if (Kind(i) == StepKind::kCirculation || paper_.agreed.count(i) > 0) continue;
      if (!turn.empty() &&
          (Kind(i) != StepKind::kConcurrence || Kind(turn[0]) != StepKind::kConcurrence)) {
        break;
      }
      turn.push_back(i);
    }
    return turn;
  }

  // Why `who` may not decide, or "" with the step in `step`.
  std::string Decides(const Actor& who, int* step) const {
    if (Turn().empty()) return "FORM_NOT_IN_ROUTE";
    *step = -1;
    for (const int i : Turn()) {
      const Role role = Kind(i) == StepKind::kPrOffice ? Role::kPrOffice : Role::kDepartmentHead;
      if (*step < 0 && paper_.route[static_cast<std::size_t>(i)].department == who.department &&
          who.roles.count(role) > 0) {
        *step = i;
      }
    }
    if (*step < 0) return "NOT_YOUR_STEP";
    return Took(who) ? "FOUR_EYES" : "";
  }

  // Whether `who` wrote the form or acted in its route.
  bool Took(const Actor& who) const {
    const std::string& name = who.person.subject;
    bool took = paper_.authors.count(name) > 0 || paper_.readers.count(name) > 0;
    for (const auto& [step, agreed] : paper_.agreed) took = took || agreed == name;
    return took;
  }

  // After a step was agreed to or taken back.
  void Settle() {
    paper_.state = "IN_ROUTE";
    const std::vector<int> turn = Turn();
    if (turn.empty()) {
      paper_.state = "AGREED";
    } else if (Kind(turn[0]) == StepKind::kPrOffice) {
      paper_.state = "UNDER_REVIEW";
    }
  }

  void TakeBack(int step) {
    for (int i = 0; i < Size(); ++i) {
      const bool beside = Kind(i) == StepKind::kConcurrence && Kind(step) == StepKind::kConcurrence;
      if (i != step && (i < step || beside)) continue;
      if (const auto slip = paper_.agreed.find(i); slip != paper_.agreed.end()) {
        paper_.agreed.erase(slip);
      }
      paper_.to_review.erase(i);
      if (const auto read = read_.find(i); read != read_.end()) {
        paper_.readers.erase(read->second);
        read_.erase(read);
      }
    }
  }

  void Read(int step) {
    read_[step] = paper_.to_review[step];
    paper_.readers.insert(paper_.to_review[step]);
    paper_.to_review.erase(step);
  }

  void NewRound() {
    paper_.agreed.clear();
    paper_.to_review.clear();
    paper_.readers.clear();
    read_.clear();
    paper_.acted = paper_.changed = false;
  }

  StepKind Kind(int i) const { return paper_.route[static_cast<std::size_t>(i)].kind; }
  int Size() const { return static_cast<int>(paper_.route.size()); }

 private:
  Paper paper_;
  std::map<int, std::string> read_;  // Step to the head who read it afterwards.
};

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
    clerk_ = Clerk({.authors = {author.person.subject}, .urgent = urgent});
  }

  // Staff of the form's department, who may be its heads too.
  Actor Clerical() {
    Actor actor = {
        {absl::StrCat("users/", 10 + Pick(4)), ""}, {Role::kDepartmentStaff}, Department(0)};
    if (Pick(3) == 0) actor.roles.insert(Role::kDepartmentHead);
    return actor;
  }

  // Checks what came of an act: what the clerk says, "" or a reason. Takes the form over.
  bool Check(const absl::StatusOr<Change>& change, const std::string& expected) {
    EXPECT_EQ(ReasonOf(change.status()), expected)
        << change.status() << " in " << NameOf(form_.state);
    if (!change.ok()) return false;
    const Form& after = change->after;
    EXPECT_EQ(after.acts.size(), form_.acts.size() + 1) << "no act and no comment is lost";
    EXPECT_TRUE(std::equal(form_.acts.begin(), form_.acts.end(), after.acts.begin()));
    EXPECT_EQ(after.revision, form_.revision + 1);
    form_ = after;
    clerk_.paper().acts++;
    return true;
  }

  void Compare() {
    const Paper& paper = clerk_.paper();
    EXPECT_EQ(NameOf(form_.state), paper.state);
    EXPECT_EQ(CurrentSteps(form_), clerk_.Turn());
    std::set<std::string> deciders;
    for (int i = 0; i < clerk_.Size(); ++i) {
      const Step& step = form_.steps[static_cast<std::size_t>(i)];
      const auto slip = paper.agreed.find(i);
      EXPECT_EQ(step.decider ? step.decider->subject : "",
                slip == paper.agreed.end() ? "" : slip->second);
      if (!step.decider) continue;
      EXPECT_TRUE(deciders.insert(step.decider->subject).second) << "twice in one route";
      // What is back with its department may be written on by whoever agreed to it before.
      if (IsWithDepartment(form_.state) || IsFinalWithoutAgreement()) continue;
      EXPECT_EQ(paper.authors.count(step.decider->subject), 0u) << "the drafter decided";
    }
  }

  bool IsFinalWithoutAgreement() const {
    return form_.state == State::kWithdrawn || form_.state == State::kExpired;
  }

  // Why `who` may not write the form or, when they `submit` it, do that; "" when they may.
  std::string Writes(const Actor& who, bool submit) {
    const bool own = who.department == Department(0);
    const bool staff = own && who.roles.count(Role::kDepartmentStaff) > 0;
    if (!clerk_.paper().urgent) return staff ? "" : "NOT_YOUR_FORM";
    const bool head = own && who.roles.count(Role::kDepartmentHead) > 0;
    const bool may_suspend =
        head || who.roles.count(Role::kPrOffice) > 0 || who.roles.count(Role::kItSecurity) > 0;
    return submit && !may_suspend ? "URGENT_NOT_YOURS" : "";
  }

  void Write() {
    Actor who = Pick(6) == 0 ? Somebody() : Clerical();
    if (Pick(10) == 0) who.roles = {Role::kItSecurity};
    Paper& paper = clerk_.paper();
    const bool writable = paper.state == "DRAFT" || paper.state == "ADVISED" ||
                          paper.state == "RETURNED" || paper.state == "PULLED_BACK";
    if (Pick(3) == 0) {
      const auto change = Update(form_, form_.draft, who, now_);
      if (!Check(change, writable ? Writes(who, false) : "FORM_NOT_WRITABLE")) return;
      paper.authors.insert(who.person.subject);
      paper.changed = true;
      return;
    }
    const std::string comment = Pick(4) == 0 ? "" : "回答";
    const std::vector<Step> route = SomeRoute();
    const bool silent = paper.state == "ADVISED" && comment.empty();
    const auto change = Submit(form_, {.steps = route}, who, comment, now_);
    std::string expected = writable ? Writes(who, true) : "FORM_NOT_WRITABLE";
    if (expected.empty() && silent) expected = "COMMENT_REQUIRED";
    if (!Check(change, expected)) return;
    EXPECT_EQ(form_.acts.back().kind,
              paper.urgent ? ActKind::kSubmittedUrgently : ActKind::kSubmitted);
    paper.authors.insert(who.person.subject);
    paper.route = route;
    clerk_.NewRound();
    clerk_.Settle();
  }

  void AgreeSomehow() {
    const Actor who = Somebody();
    int step = -1;
    std::string expected = clerk_.Decides(who, &step);
    Paper& paper = clerk_.paper();
    if (Pick(3) != 0) {
      if (!Check(Agree(form_, who, "可", now_), expected)) return;
    } else {
      Absence absence = {.department = who.department,
                         .person = {absl::StrCat("users/", Pick(14)), ""},
                         .from_on = TokyoDay(now_),
                         .until_on = TokyoDay(now_)};
      if (Pick(4) == 0) absence.department = Department(Pick(6));
      if (expected.empty() && absence.department != who.department) {
        expected = "NO_ABSENCE_RECORDED";
      } else if (expected.empty() && absence.person.subject == who.person.subject) {
        expected = "ABSENT_YOURSELF";
      }
      if (!Check(AgreeAsDeputy(form_, who, {absence}, "出張", "", now_), expected)) return;
      paper.to_review[step] = absence.person.subject;
    }
    paper.agreed[step] = who.person.subject;
    paper.acted = true;
    clerk_.Settle();
  }

  void Review() {
    const Actor who = Somebody();
    Paper& paper = clerk_.paper();
    int mine = -1;
    for (const auto& [step, absent] : paper.to_review) {
      const Role role =
          clerk_.Kind(step) == StepKind::kPrOffice ? Role::kPrOffice : Role::kDepartmentHead;
      if (absent == who.person.subject && who.roles.count(role) > 0 &&
          who.department == paper.route[static_cast<std::size_t>(step)].department) {
        mine = step;
      }
    }
    std::string expected;
    if (paper.state == "DRAFT") {
      expected = "FORM_NOT_SUBMITTED";
    } else if (paper.to_review.empty()) {
      expected = "NOTHING_TO_REVIEW";
    } else if (mine < 0) {
      expected = "NOT_YOUR_REVIEW";
    } else if (clerk_.Took(who)) {
      expected = "FOUR_EYES";
    }
    if (Check(ReviewAfterwards(form_, who, "", now_), expected)) clerk_.Read(mine);
  }

  void SendBack() {
    const Actor who = Somebody();
    const std::string comment = Pick(5) == 0 ? " " : "直して";
    int step = -1;
    std::string expected = clerk_.Decides(who, &step);
    if (expected.empty() && comment == " ") expected = "COMMENT_REQUIRED";
    Paper& paper = clerk_.paper();
    switch (Pick(6)) {
      case 0:
        if (Check(Return(form_, who, comment, now_), expected)) paper.state = "RETURNED";
        return;
      case 1:
        if (Check(Reject(form_, who, comment, now_), expected)) paper.state = "REJECTED";
        return;
      default:
        break;
    }
    const int to = Pick(6) - 1;
    const bool fits =
        to >= 0 && to < step && paper.agreed.count(to) > 0 &&
        !(clerk_.Kind(to) == StepKind::kConcurrence && clerk_.Kind(step) == StepKind::kConcurrence);
    if (expected.empty() && !fits) expected = "STEP_NOT_EARLIER";
    if (!Check(ReturnToStep(form_, who, to, comment, now_), expected)) return;
    clerk_.TakeBack(to);
    paper.acted = true;
    clerk_.Settle();
  }

  void AdviseOrAnswer() {
    const Actor who = Somebody();
    Paper& paper = clerk_.paper();
    if (Pick(2) == 0) {
      int step = -1;
      const std::string expected =
          paper.state == "UNDER_REVIEW" ? clerk_.Decides(who, &step) : "FORM_NOT_UNDER_REVIEW";
      const FormAdvice advice = {static_cast<AdviceKind>(Pick(3)), TokyoDay(now_) + 7};
      if (!Check(Advise(form_, who, advice, "再検討を", now_), expected)) return;
      paper.state = "ADVISED";
      paper.acted = true;
      paper.changed = false;
      return;
    }
    const std::string expected = paper.state != "ADVISED" ? "FORM_NOT_ADVISED"
                                 : paper.changed          ? "FORM_CHANGED"
                                                          : "";
    if (Check(Answer(form_, who, "回答", now_), expected)) paper.state = "UNDER_REVIEW";
  }

  void TakeAway() {
    const Actor who = Somebody();
    Paper& paper = clerk_.paper();
    if (Pick(2) == 0) {
      std::string expected;
      const std::set<std::string> late = {"UNDER_REVIEW", "ADVISED", "RETURNED", "AGREED"};
      if (late.count(paper.state) > 0 || (paper.state == "IN_ROUTE" && paper.acted)) {
        expected = "NEXT_HAS_ACTED";
      } else if (paper.state != "IN_ROUTE") {
        expected = "FORM_NOT_IN_ROUTE";
      }
      if (Check(PullBack(form_, who, "", now_), expected)) paper.state = "PULLED_BACK";
      return;
    }
    if (Pick(8) != 0) return;
    const std::set<std::string> final = {"WITHDRAWN", "REJECTED", "AGREED",
                                         "APPLIED",   "CONFLICT", "EXPIRED"};
    const auto change = Withdraw(form_, who, "", now_);
    if (Check(change, final.count(paper.state) > 0 ? "FORM_NOT_WITHDRAWABLE" : "")) {
      paper.state = "WITHDRAWN";
    }
  }

  void LetTimePass() {
    const Actor system = {{"services/approval", ""}, {Role::kSystem}, ""};
    Paper& paper = clerk_.paper();
    if (Pick(4) != 0) {
      const bool conflict = Pick(2) == 0;
      const auto change = RecordApplication(
          form_, {.account = "accounts/1", .conflict_reason = conflict ? "X" : ""}, system);
      if (Check(change, paper.state == "AGREED" ? "" : "FORM_NOT_AGREED")) {
        paper.state = conflict ? "CONFLICT" : "APPLIED";
      }
      return;
    }
    if (Pick(2) == 0) {
      const bool open = paper.state == "CONFLICT" && !paper.settled;
      const auto change = domain::Settle(form_, Somebody(), "新しく起案", now_);
      if (Check(change, open ? "" : "NO_CONFLICT_TO_SETTLE")) paper.settled = true;
      EXPECT_EQ(DueOn(form_).has_value() && paper.state == "CONFLICT",
                paper.state == "CONFLICT" && !paper.settled);
      return;
    }
    const bool waits = paper.state == "ADVISED" || paper.state == "RETURNED";
    const bool long_after = Pick(2) == 0;
    const auto change =
        Expire(form_, system, kDaysOfGrace, now_ + (long_after ? 400 : 1) * absl::Hours(24));
    const std::string expected = !waits       ? "FORM_NOT_WAITED_FOR"
                                 : long_after ? ""
                                              : "NOT_LAPSED_YET";
    if (Check(change, expected)) paper.state = "EXPIRED";
  }

  std::mt19937 random_{20261126};
  const absl::Time now_ = StartOfTokyoDay(absl::CivilDay(2026, 11, 26)) + absl::Hours(10);
  int forms_ = 0;
  Form form_;
  Clerk clerk_{{}};
};

TEST_F(ModelTest, AgreesWithAClerkWhoReadTheSpecification) {
  std::map<std::string, int> ends;
  Begin();
  for (int i = 0; i < kSteps && !HasFailure(); ++i) {
    const int what = Pick(20);
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
    } else {
      LetTimePass();
    }
    Compare();
    if (clerk_.paper().acts > 60 || Pick(150) == 0) {
      ends[clerk_.paper().state]++;
      Begin();
    }
  }
  for (const char* state : {"IN_ROUTE", "UNDER_REVIEW", "ADVISED", "RETURNED", "PULLED_BACK",
                            "AGREED", "APPLIED", "CONFLICT", "REJECTED", "WITHDRAWN", "EXPIRED"}) {
    EXPECT_GT(ends[state], 0) << state << " was never reached";
  }
}

}  // namespace
}  // namespace daicho::approval::domain
