// Random acts of several people at a time through the handlers, while connections to PostgreSQL are
// cut in mid transaction. Then every answer is held against a plain reading of domain.md §4.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "services/approval/testing/clerk.h"
#include "services/approval/testing/fixture.h"

namespace daicho::approval {
namespace {

using FormStub = v1::FormService::Stub;

constexpr int kActors = 4;
constexpr int kFormsAtATime = 8;
constexpr int kMostRevisions = 60;  // Then somebody drafts another form.
constexpr int kActsToACut = 12;

const Somebody kChief = {"chief", {"DEPARTMENT_STAFF", "DEPARTMENT_HEAD"}, "0802"};
const Somebody kViaDeputy = {"via-deputy", {"DEPARTMENT_HEAD"}, "0801"};
const Somebody kPrOther = {"pr-other", {"PR_OFFICE"}, "0101"};
const std::vector<Somebody> kWriters = {kStaff, kStaff,    kStaff,   kChief,
                                        kHead,  kSecurity, kPrOffice};
const std::vector<Somebody> kDeciders = {kHead,      kDeputy,   kChief,      kViaHead,
                                         kViaDeputy, kDeskHead, kSafetyHead, kPrOffice,
                                         kPrOther,   kPrOther,  kForeignHead};

// How many acts are tried; `make fault` tries more.
int ActCount() {
  const char* count = std::getenv("DAICHO_RACE_ACTS");
  return count == nullptr ? 2'000 : std::atoi(count);
}

domain::Actor AsActor(const Somebody& who) {
  domain::Actor actor = {.person = {"users/" + who.subject, ""},
                         .department = "departments/" + who.department};
  for (const std::string& role : who.roles) actor.roles.insert(domain::RoleNamed(role).value());
  return actor;
}

std::int64_t RevisionOf(const v1::Form& form) {
  return daicho::wire::ParseEtag(form.etag()).value();
}

enum class Doing {
  kUpdate,
  kSubmit,
  kAgree,
  kAgreeAsDeputy,
  kReview,
  kReturn,
  kReject,
  kReturnToStep,
  kAdvise,
  kAnswer,
  kPullBack,
  kWithdraw,
};

// What somebody tried on a form they knew, and what they were told.
struct Attempt {
  Doing doing = Doing::kUpdate;
  Somebody who;
  int to_step = 0;
  std::string comment;
  std::int64_t revision = 0;  // Of the form as they knew it.
  std::string refused;        // Why; "" when it was done.
  // Of the form after it was done.
  std::string state;
  std::vector<int> turn;
  std::vector<std::string> deciders;
  std::vector<domain::Step> route;
  int reception = 0;
};

// A form's whole life, in the order in which people were told of it.
struct Life {
  bool urgent = false;
  std::vector<Attempt> attempts;
};

// What the clerk says of it; "" and done, or why not.
std::string Ask(Clerk& clerk, const Attempt& attempt) {
  const domain::Actor who = AsActor(attempt.who);
  switch (attempt.doing) {
    case Doing::kUpdate:
      return clerk.Update(who);
    case Doing::kSubmit:
      return clerk.Submit(who, attempt.route, attempt.comment);
    case Doing::kAgree:
      return clerk.Agree(who);
    case Doing::kAgreeAsDeputy:
      return clerk.AgreeAsDeputy(who, "departments/0802", "users/head");
    case Doing::kReview:
      return clerk.Review(who);
    case Doing::kReturn:
      return clerk.Return(who, attempt.comment);
    case Doing::kReject:
      return clerk.Reject(who, attempt.comment);
    case Doing::kReturnToStep:
      return clerk.ReturnToStep(who, attempt.to_step, attempt.comment);
    case Doing::kAdvise:
      return clerk.Advise(who);
    case Doing::kAnswer:
      return clerk.Answer();
    case Doing::kPullBack:
      return clerk.PullBack();
    case Doing::kWithdraw:
      return clerk.Withdraw();
  }
  return "?";
}

// Whether nobody knows what came of a request, so that it is sent again as it was.
bool NobodyKnows(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status) || absl::IsResourceExhausted(status) ||
         (absl::IsAborted(status) && ReasonOf(status) != "ETAG_MISMATCH");
}

class RaceTest : public ApprovalTest {
 protected:
  RaceTest() {
    guideline_.Ask("T-7-4", "T 7-4", "personal-data");
    guideline_.Ask("T-7-3", "T 7-3", "it-security");
    v1::RecordAbsenceRequest away;
    away.set_department("departments/0802");
    away.set_person("users/head");
    away.set_reason("出張");
    *away.mutable_from_on() = *away.mutable_until_on() =
        daicho::wire::ToDate(TokyoDay(clock_.Now()));
    away.set_request_id(NewId());
    EXPECT_TRUE(Send(&FormStub::RecordAbsence, kStaff, away).ok());
  }

  // With one request_id until it is answered.
  template <typename Request>
  absl::StatusOr<v1::Form> Insist(grpc::Status (FormStub::*method)(grpc::ClientContext*,
                                                                   const Request&, v1::Form*),
                                  const Somebody& who, Request request) {
    request.set_request_id(NewId());
    for (;;) {
      auto form = Send(method, who, request);
      if (form.ok() || !NobodyKnows(form.status())) return form;
      ++repeats_;
    }
  }

  template <typename Request>
  absl::StatusOr<v1::Form> On(grpc::Status (FormStub::*method)(grpc::ClientContext*, const Request&,
                                                               v1::Form*),
                              const v1::Form& form, const Attempt& attempt, Request request = {}) {
    request.set_name(form.name());
    request.set_etag(form.etag());
    if constexpr (!std::is_same_v<Request, v1::UpdateFormRequest>) {
      request.set_comment(attempt.comment);
    }
    return Insist(method, attempt.who, request);
  }

  absl::StatusOr<v1::Form> Decide(v1::DecideFormRequest::Decision decision, const v1::Form& form,
                                  const Attempt& attempt) {
    v1::DecideFormRequest request;
    request.set_decision(decision);
    if (decision == v1::DecideFormRequest::DECISION_RETURN_TO_STEP) {
      request.set_to_step(attempt.to_step);
    }
    if (decision == v1::DecideFormRequest::DECISION_AGREE_AS_DEPUTY) {
      request.set_deputy_reason("出張のため");
    }
    return On(&FormStub::DecideForm, form, attempt, request);
  }

  absl::StatusOr<v1::Form> Do(const Attempt& attempt, const v1::Form& form) {
    switch (attempt.doing) {
      case Doing::kUpdate: {
        v1::UpdateFormRequest request;
        *request.mutable_content() = form.content();
        return On(&FormStub::UpdateForm, form, attempt, request);
      }
      case Doing::kSubmit:
        return On(&FormStub::SubmitForm, form, attempt);
      case Doing::kAgree:
        return Decide(v1::DecideFormRequest::DECISION_AGREE, form, attempt);
      case Doing::kAgreeAsDeputy:
        return Decide(v1::DecideFormRequest::DECISION_AGREE_AS_DEPUTY, form, attempt);
      case Doing::kReview:
        return On(&FormStub::ReviewFormAfterwards, form, attempt);
      case Doing::kReturn:
        return Decide(v1::DecideFormRequest::DECISION_RETURN, form, attempt);
      case Doing::kReject:
        return Decide(v1::DecideFormRequest::DECISION_REJECT, form, attempt);
      case Doing::kReturnToStep:
        return Decide(v1::DecideFormRequest::DECISION_RETURN_TO_STEP, form, attempt);
      case Doing::kAdvise: {
        v1::AdviseFormRequest request;
        request.set_kind(v1::FormAdvice::KIND_RECONSIDER);
        *request.mutable_due_on() = daicho::wire::ToDate(TokyoDay(clock_.Now()) + 5);
        return On(&FormStub::AdviseForm, form, attempt, request);
      }
      case Doing::kAnswer:
        return On(&FormStub::AnswerForm, form, attempt);
      case Doing::kPullBack:
        return On(&FormStub::PullBackForm, form, attempt);
      case Doing::kWithdraw:
        return On(&FormStub::WithdrawForm, form, attempt);
    }
    return absl::InternalError("unknown");
  }

  v1::Form Begin(std::mt19937& random) {
    const bool urgent = random() % 4 == 0;
    v1::CreateFormRequest request;
    request.set_department("departments/0802");
    *request.mutable_content() = urgent ? UrgentContent(PutAccount()) : CloseContent(PutAccount());
    const auto form = Insist(&FormStub::CreateForm, kStaff, request);
    EXPECT_TRUE(form.ok()) << form.status();
    const std::lock_guard<std::mutex> lock(mutex_);
    lives_[form->name()].urgent = urgent;
    return form.value();
  }

  // Somebody who decides; mostly where the form is.
  static Somebody Decider(std::mt19937& random, const v1::Form& form) {
    const auto anybody = [&] { return kDeciders[random() % kDeciders.size()]; };
    Somebody who = anybody();
    if (form.current_steps().empty() || random() % 5 == 0) return who;
    const int step = form.current_steps(
        static_cast<int>(random() % static_cast<unsigned>(form.current_steps_size())));
    while ("departments/" + who.department != form.steps(step).department()) who = anybody();
    return who;
  }

  // Something for the form where it is.
  static Attempt Something(std::mt19937& random, const v1::Form& form) {
    Attempt attempt = {.doing = Doing::kAgree,
                       .who = Decider(random, form),
                       .to_step = static_cast<int>(random() % 5),
                       .revision = RevisionOf(form)};
    const bool written = form.current_steps().empty() ? random() % 8 != 0 : random() % 12 == 0;
    if (written) {
      static const std::vector<Doing> acts = {Doing::kUpdate, Doing::kSubmit,   Doing::kSubmit,
                                              Doing::kSubmit, Doing::kPullBack, Doing::kAnswer};
      attempt.doing = random() % 60 == 0 ? Doing::kWithdraw : acts[random() % acts.size()];
      const bool by_staff = attempt.doing != Doing::kSubmit && attempt.doing != Doing::kUpdate;
      attempt.who = by_staff ? kStaff : kWriters[random() % kWriters.size()];
      if (attempt.doing == Doing::kUpdate && attempt.who.subject == kHead.subject) {
        attempt.who = kChief;
      }
      return attempt;
    }
    const int act = static_cast<int>(random() % 20);
    if (act < 4) attempt.doing = Doing::kAgreeAsDeputy;
    if (act == 4) attempt.doing = Doing::kReturn;
    if (act == 5) attempt.doing = Doing::kReturnToStep;
    if (act == 6) attempt.doing = random() % 6 == 0 ? Doing::kReject : Doing::kReview;
    if (act == 7) attempt.doing = Doing::kReview;
    if (attempt.doing == Doing::kReview) attempt.who = random() % 3 == 0 ? attempt.who : kHead;
    if (act == 8) attempt.doing = Doing::kAdvise;
    if (act == 8) attempt.who = random() % 2 == 0 ? kPrOffice : kPrOther;
    return attempt;
  }

  static bool IsOver(const v1::Form& form) {
    return form.state() == v1::Form::STATE_WITHDRAWN || form.state() == v1::Form::STATE_REJECTED ||
           form.state() == v1::Form::STATE_AGREED || RevisionOf(form) > kMostRevisions;
  }

  void Keep(Attempt attempt, const v1::Form& form, const absl::StatusOr<v1::Form>& after) {
    if (after.ok()) {
      attempt.state = v1::Form::State_Name(after->state()).substr(sizeof("STATE_") - 1);
      attempt.turn = {after->current_steps().begin(), after->current_steps().end()};
      for (const v1::RouteStep& step : after->steps()) {
        attempt.deciders.push_back(step.decider().subject());
        const std::string kind = v1::RouteStep::Kind_Name(step.kind()).substr(sizeof("KIND_") - 1);
        attempt.route.push_back(
            {.kind = domain::StepKindNamed(kind).value(), .department = step.department()});
      }
      attempt.reception = after->reception().number();
    } else {
      attempt.refused = ReasonOf(after.status());
      EXPECT_FALSE(attempt.refused.empty()) << after.status();
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    lives_[form.name()].attempts.push_back(std::move(attempt));
    if (!after.ok()) return;
    for (v1::Form& known : known_) {
      if (known.name() == after->name() && RevisionOf(known) < RevisionOf(*after)) known = *after;
    }
  }

  // Acts on any form as it was last seen by anybody, who may have acted since.
  void Act(int seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    for (int i = 0; left_.fetch_sub(1) > 0; ++i) {
      v1::Form form;
      const std::size_t slot = random() % kFormsAtATime;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        form = known_[slot];
      }
      if (IsOver(form)) {
        const v1::Form next = Begin(random);
        const std::lock_guard<std::mutex> lock(mutex_);
        if (known_[slot].name() == form.name()) known_[slot] = next;
        continue;
      }
      Attempt attempt = Something(random, form);
      attempt.comment = absl::StrCat("その", seed, "-", i);
      Keep(attempt, form, Do(attempt, form));
    }
  }

  v1::Form Now(const std::string& name) {
    v1::Form form;
    form.set_name(name);
    absl::StatusOr<v1::Form> now = Get(kAuditor, form);
    while (NobodyKnows(now.status())) now = Get(kAuditor, form);
    return now.value();
  }

  // As the end of a session, or of all at once, would: what they had not committed is gone.
  void CutConnections(const absl::Notification& over) {
    pg::Connection own = database_.Connect();
    std::mt19937 random(3);
    for (int next = left_; !over.WaitForNotificationWithTimeout(absl::Milliseconds(5));) {
      if (left_ > next) continue;
      const std::string cut = absl::StrCat(
          "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
          " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
          " ORDER BY random() LIMIT ",
          random() % 10 == 0 ? 100 : 1, ") AS busy");
      const auto rows = own.QueryOnce(cut.c_str(), daicho::testing::Soon());
      ASSERT_TRUE(rows.ok()) << rows.status();
      cuts_ += static_cast<int>((*rows)[0].Int64(0));
      next = left_ - kActsToACut;
    }
  }

  // Every answer is what the clerk would have said of the revision it was about, and every revision
  // is the answer to one act.
  static void Compare(const std::string& name, const Life& life,
                      std::vector<std::string>& comments) {
    std::vector<const Attempt*> done;
    for (const Attempt& attempt : life.attempts) {
      if (attempt.refused.empty()) done.push_back(&attempt);
    }
    std::sort(done.begin(), done.end(),
              [](const Attempt* a, const Attempt* b) { return a->revision < b->revision; });
    // By revision, which counts from 1: the form as it was drafted.
    std::vector<Clerk> clerks = {Clerk({}, "", false),
                                 Clerk(AsActor(kStaff), "departments/0802", life.urgent)};
    int reception = 0;
    comments.emplace_back();
    for (const Attempt* one : done) {
      ASSERT_EQ(one->revision, static_cast<std::int64_t>(clerks.size()) - 1) << name;
      Clerk clerk = clerks.back();
      ASSERT_EQ(Ask(clerk, *one), "") << name << " by " << one->who.subject;
      ASSERT_EQ(clerk.state(), one->state) << name;
      ASSERT_EQ(clerk.Turn(), one->turn) << name;
      for (int step = 0; step < clerk.step_count(); ++step) {
        ASSERT_EQ(clerk.AgreedBy(step), one->deciders.at(static_cast<std::size_t>(step))) << name;
      }
      ASSERT_TRUE(reception == 0 || reception == one->reception) << name << ": another number";
      reception = one->reception;
      comments.push_back(one->doing == Doing::kUpdate ? "" : one->comment);
      clerks.push_back(std::move(clerk));
    }
    for (const Attempt& attempt : life.attempts) {
      if (attempt.refused.empty() || attempt.refused == "ETAG_MISMATCH" ||
          attempt.refused == "FOREIGN_DEPARTMENT") {
        continue;
      }
      Clerk clerk = clerks.at(static_cast<std::size_t>(attempt.revision));
      ASSERT_EQ(Ask(clerk, attempt), attempt.refused) << name << " by " << attempt.who.subject;
    }
  }

  std::mutex mutex_;
  std::vector<v1::Form> known_;
  std::map<std::string, Life> lives_;
  std::atomic<int> left_{0};
  std::atomic<int> repeats_{0};
  std::atomic<int> cuts_{0};
};

TEST_F(RaceTest, AgreesWithAClerkWhateverIsCutAndLosesNoCommentAndGivesNoNumberTwice) {
  std::mt19937 random(1);
  for (int i = 0; i < kFormsAtATime; ++i) known_.push_back(Begin(random));
  left_ = ActCount();
  absl::Notification over;
  std::thread cutter([&] { CutConnections(over); });
  std::vector<std::thread> actors;
  for (int i = 0; i < kActors; ++i) actors.emplace_back([this, i] { Act(i); });
  for (std::thread& actor : actors) actor.join();
  over.Notify();
  cutter.join();

  std::set<int> numbers;
  std::map<std::string, int> ends;
  int acts = 0, refused = 0, to_registry = 0;
  for (const auto& [name, life] : lives_) {
    std::vector<std::string> comments;
    Compare(name, life, comments);
    if (HasFatalFailure()) return;
    const v1::Form form = Now(name);
    std::vector<std::string> kept;
    for (const auto& act : form.acts()) kept.push_back(act.comment());
    EXPECT_EQ(kept, comments) << name << ": a comment is lost, or another is there";
    if (form.has_reception()) {
      EXPECT_TRUE(numbers.insert(form.reception().number()).second) << "a double number";
    }
    ends[v1::Form::State_Name(form.state())]++;
    acts += form.acts_size();
    for (const Attempt& attempt : life.attempts) refused += !attempt.refused.empty();
    to_registry += form.state() == v1::Form::STATE_AGREED;
    for (const auto& act : form.acts()) {
      to_registry += act.kind() == v1::FormAct::KIND_SUBMITTED_URGENTLY;
    }
  }
  ASSERT_FALSE(numbers.empty());
  EXPECT_EQ(*numbers.rbegin(), static_cast<int>(numbers.size())) << "a gap in the numbers";
  const std::string what = absl::StrCat(acts, " acts done, ", refused, " refused, ", cuts_.load(),
                                        " connections cut, ", repeats_.load(), " repeats");
  EXPECT_GT(cuts_, 0) << what;
  for (const char* state : {"STATE_AGREED", "STATE_REJECTED", "STATE_WITHDRAWN"}) {
    EXPECT_GT(ends[state], 0) << state << " was never reached: " << what;
  }
  // Each act is announced once, and what is for the ledger goes there once.
  std::map<std::string, int> announced;
  for (const std::string& type : EventTypes()) announced[type]++;
  EXPECT_EQ(announced["form.received"], static_cast<int>(numbers.size()));
  int all = -announced["form.received"];
  for (const auto& [type, count] : announced) all += count;
  EXPECT_EQ(all, acts);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM outbox WHERE destination = 'registry'"),
            absl::StrCat(to_registry));
  std::cout << what << "\n";
}

}  // namespace
}  // namespace daicho::approval
