#include "services/approval/testing/clerk.h"

#include <algorithm>

namespace daicho::approval {

using domain::Actor;
using domain::Role;
using domain::StepKind;

namespace {

bool IsBlank(const std::string& comment) {
  return comment.find_first_not_of(' ') == std::string::npos;
}

Role RoleAt(StepKind kind) {
  return kind == StepKind::kPrOffice ? Role::kPrOffice : Role::kDepartmentHead;
}

}  // namespace

std::vector<int> Clerk::Turn() const {
  std::vector<int> turn;
  if (state_ != "IN_ROUTE" && state_ != "UNDER_REVIEW") return turn;
  for (int i = 0; i < step_count(); ++i) {
    if (Kind(i) == StepKind::kCirculation || agreed_.count(i) > 0) continue;
    if (!turn.empty() &&
        (Kind(i) != StepKind::kConcurrence || Kind(turn[0]) != StepKind::kConcurrence)) {
      break;
    }
    turn.push_back(i);
  }
  return turn;
}

std::string Clerk::AgreedBy(int step) const {
  const auto slip = agreed_.find(step);
  return slip == agreed_.end() ? "" : slip->second;
}

bool Clerk::IsWritable() const {
  return state_ == "DRAFT" || state_ == "ADVISED" || state_ == "RETURNED" ||
         state_ == "PULLED_BACK";
}

std::string Clerk::Writes(const Actor& who, bool submit) const {
  const auto has = [&](Role role) { return who.roles.count(role) > 0; };
  if (!IsWritable()) return "FORM_NOT_WRITABLE";
  const bool own = who.department == department_;
  if (!urgent_) return own && has(Role::kDepartmentStaff) ? "" : "NOT_YOUR_FORM";
  const bool may_suspend =
      (own && has(Role::kDepartmentHead)) || has(Role::kPrOffice) || has(Role::kItSecurity);
  return submit && !may_suspend ? "URGENT_NOT_YOURS" : "";
}

bool Clerk::Took(const std::string& name, int step) const {
  const auto elsewhere = [&](const auto& took) {
    return took.first == name && took.second != step;
  };
  return authors_.count(name) > 0 || AgreedBy(step) == name ||
         std::any_of(took_.begin(), took_.end(), elsewhere);
}

std::string Clerk::Decides(const Actor& who, int* step) const {
  const std::vector<int> turn = Turn();
  if (turn.empty()) return "FORM_NOT_IN_ROUTE";
  const auto found = std::find_if(turn.begin(), turn.end(), [&](int i) {
    return Department(i) == who.department && who.roles.count(RoleAt(Kind(i))) > 0;
  });
  if (found == turn.end()) return "NOT_YOUR_STEP";
  *step = *found;
  return Took(who.person.subject, *step) ? "FOUR_EYES" : "";
}

std::string Clerk::SendsBack(const Actor& who, const std::string& comment, int* step) const {
  std::string why = Decides(who, step);
  return why.empty() && IsBlank(comment) ? "COMMENT_REQUIRED" : why;
}

void Clerk::Note(int step, const Actor& who) {
  agreed_[step] = who.person.subject;
  took_.insert({who.person.subject, step});
  acted_ = true;
  Proceed();
}

void Clerk::TakeBack(int step) {
  for (int i = 0; i < step_count(); ++i) {
    const bool beside = Kind(i) == StepKind::kConcurrence && Kind(step) == StepKind::kConcurrence;
    if (i != step && (i < step || beside)) continue;
    agreed_.erase(i);
    to_review_.erase(i);
  }
}

void Clerk::NewRound() {
  agreed_.clear();
  to_review_.clear();
  took_.clear();
  acted_ = changed_ = false;
}

void Clerk::Proceed() {
  state_ = "IN_ROUTE";
  const std::vector<int> turn = Turn();
  if (turn.empty()) {
    state_ = "AGREED";
  } else if (Kind(turn[0]) == StepKind::kPrOffice) {
    state_ = "UNDER_REVIEW";
  }
}

std::string Clerk::Update(const Actor& who) {
  std::string why = Writes(who, false);
  if (!why.empty()) return why;
  authors_.insert(who.person.subject);
  changed_ = true;
  return "";
}

std::string Clerk::Submit(const Actor& who, const std::vector<domain::Step>& route,
                          const std::string& comment) {
  std::string why = Writes(who, true);
  if (!why.empty()) return why;
  if (state_ == "ADVISED" && IsBlank(comment)) return "COMMENT_REQUIRED";
  authors_.insert(who.person.subject);
  route_ = route;
  NewRound();
  Proceed();
  return "";
}

std::string Clerk::Agree(const Actor& who) {
  int step = -1;
  std::string why = Decides(who, &step);
  if (why.empty()) Note(step, who);
  return why;
}

std::string Clerk::AgreeAsDeputy(const Actor& who, const std::string& department,
                                 const std::string& absent) {
  int step = -1;
  std::string why = Decides(who, &step);
  if (!why.empty()) return why;
  if (department != who.department) return "NO_ABSENCE_RECORDED";
  if (absent == who.person.subject) return "ABSENT_YOURSELF";
  to_review_[step] = absent;
  Note(step, who);
  return "";
}

std::string Clerk::Review(const Actor& who) {
  if (state_ == "DRAFT") return "FORM_NOT_SUBMITTED";
  if (to_review_.empty()) return "NOTHING_TO_REVIEW";
  const auto mine = std::find_if(to_review_.rbegin(), to_review_.rend(), [&](const auto& slip) {
    return slip.second == who.person.subject && who.roles.count(RoleAt(Kind(slip.first))) > 0 &&
           who.department == Department(slip.first);
  });
  if (mine == to_review_.rend()) return "NOT_YOUR_REVIEW";
  const int step = mine->first;
  if (Took(who.person.subject, step)) return "FOUR_EYES";
  took_.insert({who.person.subject, step});
  to_review_.erase(step);
  return "";
}

std::string Clerk::Return(const Actor& who, const std::string& comment) {
  int step = -1;
  std::string why = SendsBack(who, comment, &step);
  if (!why.empty()) return why;
  took_.insert({who.person.subject, step});
  state_ = "RETURNED";
  return "";
}

std::string Clerk::Reject(const Actor& who, const std::string& comment) {
  int step = -1;
  std::string why = SendsBack(who, comment, &step);
  if (!why.empty()) return why;
  took_.insert({who.person.subject, step});
  state_ = "REJECTED";
  return "";
}

std::string Clerk::ReturnToStep(const Actor& who, int to, const std::string& comment) {
  int step = -1;
  std::string why = SendsBack(who, comment, &step);
  if (!why.empty()) return why;
  const bool earlier = to >= 0 && to < step && agreed_.count(to) > 0;
  if (!earlier || (Kind(to) == StepKind::kConcurrence && Kind(step) == StepKind::kConcurrence)) {
    return "STEP_NOT_EARLIER";
  }
  TakeBack(to);
  took_.insert({who.person.subject, step});
  acted_ = true;
  Proceed();
  return "";
}

std::string Clerk::Advise(const Actor& who) {
  int step = -1;
  std::string why = state_ == "UNDER_REVIEW" ? Decides(who, &step) : "FORM_NOT_UNDER_REVIEW";
  if (!why.empty()) return why;
  state_ = "ADVISED";
  took_.insert({who.person.subject, step});
  acted_ = true;
  changed_ = false;
  return "";
}

std::string Clerk::Answer() {
  if (state_ != "ADVISED") return "FORM_NOT_ADVISED";
  if (changed_) return "FORM_CHANGED";
  state_ = "UNDER_REVIEW";
  return "";
}

std::string Clerk::PullBack() {
  static const std::set<std::string> late = {"UNDER_REVIEW", "ADVISED", "RETURNED", "AGREED"};
  if (late.count(state_) > 0 || (state_ == "IN_ROUTE" && acted_)) return "NEXT_HAS_ACTED";
  if (state_ != "IN_ROUTE") return "FORM_NOT_IN_ROUTE";
  state_ = "PULLED_BACK";
  return "";
}

std::string Clerk::Withdraw() {
  static const std::set<std::string> final = {"WITHDRAWN", "REJECTED", "AGREED",
                                              "APPLIED",   "CONFLICT", "EXPIRED"};
  if (final.count(state_) > 0) return "FORM_NOT_WITHDRAWABLE";
  state_ = "WITHDRAWN";
  return "";
}

std::string Clerk::Transfer(const std::string& person, const std::string& department,
                            const std::string& successor) {
  static const std::set<std::string> open = {"DRAFT",   "IN_ROUTE", "UNDER_REVIEW",
                                             "ADVISED", "RETURNED", "PULLED_BACK"};
  std::string why = "NOTHING_WAITS";
  for (auto& [step, reader] : to_review_) {
    if (reader != person || Department(step) != department) continue;
    why = Took(successor, step) ? "FOUR_EYES" : "";
    if (why.empty()) reader = successor;
  }
  const bool minded = open.count(state_) > 0 || state_ == "AGREED" || state_ == "CONFLICT";
  if (minded && keeper_ == person && department_ == department) {
    keeper_ = successor;
    why = "";
  }
  return why;
}

std::string Clerk::Apply(bool conflict) {
  if (state_ != "AGREED") return "FORM_NOT_AGREED";
  state_ = conflict ? "CONFLICT" : "APPLIED";
  return "";
}

std::string Clerk::SettleConflict() {
  if (!IsOpenConflict()) return "NO_CONFLICT_TO_SETTLE";
  settled_ = true;
  return "";
}

std::string Clerk::Expire(bool lapsed) {
  if (state_ != "ADVISED" && state_ != "RETURNED") return "FORM_NOT_WAITED_FOR";
  if (!lapsed) return "NOT_LAPSED_YET";
  state_ = "EXPIRED";
  return "";
}

}  // namespace daicho::approval
