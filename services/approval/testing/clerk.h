// A plain reading of domain.md §4: a form as somebody would keep it on paper, for tests to compare
// the real thing with.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/approval/domain/form.h"

namespace daicho::approval {

// Each act says why it is not possible, "NOT_YOUR_STEP", or "" and is done.
class Clerk {
 public:
  // A draft of `department`. `urgent`: a closing that suspends the account at once.
  Clerk(const domain::Actor& author, std::string department, bool urgent)
      : department_(std::move(department)), keeper_(author.person.subject), urgent_(urgent) {
    authors_.insert(author.person.subject);
  }

  const std::string& state() const { return state_; }  // "IN_ROUTE"
  // Steps whose turn it is.
  std::vector<int> Turn() const;
  int step_count() const { return static_cast<int>(route_.size()); }
  // Who agreed at a step; "" when nobody has.
  std::string AgreedBy(int step) const;
  bool Wrote(const std::string& subject) const { return authors_.count(subject) > 0; }
  // Who minds the form at its department.
  const std::string& keeper() const { return keeper_; }
  // A conflict that the PR office has to look into.
  bool IsOpenConflict() const { return state_ == "CONFLICT" && !settled_; }

  std::string Update(const domain::Actor& who);
  // `route` gives kinds and departments alone.
  std::string Submit(const domain::Actor& who, const std::vector<domain::Step>& route,
                     const std::string& comment);
  std::string Agree(const domain::Actor& who);
  // In place of `absent`, whose absence is recorded for `department`.
  std::string AgreeAsDeputy(const domain::Actor& who, const std::string& department,
                            const std::string& absent);
  std::string Review(const domain::Actor& who);
  std::string Return(const domain::Actor& who, const std::string& comment);
  std::string Reject(const domain::Actor& who, const std::string& comment);
  std::string ReturnToStep(const domain::Actor& who, int to, const std::string& comment);
  std::string Advise(const domain::Actor& who);
  std::string Answer();
  std::string PullBack();
  std::string Withdraw();
  // `person` left `department`, where `successor` took over. Why the form is as it was:
  // "NOTHING_WAITS", "FOUR_EYES" when the successor may not read what waits.
  std::string Transfer(const std::string& person, const std::string& department,
                       const std::string& successor);
  // The ledger answered.
  std::string Apply(bool conflict);
  std::string SettleConflict();
  // `lapsed`: the days of grace are over.
  std::string Expire(bool lapsed);

 private:
  domain::StepKind Kind(int step) const { return route_[static_cast<std::size_t>(step)].kind; }
  const std::string& Department(int step) const {
    return route_[static_cast<std::size_t>(step)].department;
  }
  bool IsWritable() const;
  // Why `who` may not write the form or, when they `submit` it, do that.
  std::string Writes(const domain::Actor& who, bool submit) const;
  // Why `who` may not decide; else the step in `step`.
  std::string Decides(const domain::Actor& who, int* step) const;
  std::string SendsBack(const domain::Actor& who, const std::string& comment, int* step) const;
  // Whether `name` wrote the form, decided the step or acted at another of this round.
  bool Took(const std::string& name, int step) const;
  void Note(int step, const domain::Actor& who);
  void TakeBack(int step);
  void NewRound();
  // After a step was agreed to or taken back.
  void Proceed();

  std::string department_;
  std::string keeper_;
  std::string state_ = "DRAFT";
  std::vector<domain::Step> route_;
  std::map<int, std::string> agreed_;           // Step to who.
  std::map<int, std::string> to_review_;        // Step to who has not read it yet.
  std::set<std::pair<std::string, int>> took_;  // Who acted at which step in this round.
  std::set<std::string> authors_;
  bool acted_ = false;    // By anybody since the submission.
  bool changed_ = false;  // Since the advice.
  bool urgent_ = false;
  bool settled_ = false;
};

}  // namespace daicho::approval
