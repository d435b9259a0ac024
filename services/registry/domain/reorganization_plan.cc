#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/civil.h"
#include "services/registry/domain/reorganization.h"

namespace daicho::registry::domain {
namespace {

constexpr int kMostNamed = 5;  // Accounts and departments named in one sentence.

std::string Listed(std::vector<std::string> names) {
  const std::size_t count = names.size();
  if (count > kMostNamed) names.resize(kMostNamed);
  return absl::StrCat(absl::StrJoin(names, ", "), count > kMostNamed ? ", …" : "");
}

// The first day and the last on which a reorganisation entered on `today` may take effect.
bool InRange(absl::CivilDay effective_on, absl::CivilDay today) {
  const absl::CivilDay earliest(today.year() - 1, today.month(), today.day());
  const absl::CivilDay latest(today.year() + 3, today.month(), today.day());
  return earliest <= effective_on && effective_on <= latest;
}

class ReorganizationPlanner {
 public:
  ReorganizationPlanner(absl::CivilDay effective_on, const DepartmentsByCode& known,
                        const std::vector<Account>& accounts, absl::Time now)
      : effective_on_(effective_on), known_(known), accounts_(accounts), now_(now) {
    for (const Account& account : accounts) held_by_[account.id] = account.department;
  }

  ReorganizationPlan Plan(const std::vector<ReorganizationStep>& steps) {
    CheckWhole();
    for (const ReorganizationStep& step : steps) {
      ++step_;
      std::visit([this](const auto& one) { Take(one); }, step);
    }
    FollowSuccessors();
    for (const auto& [code, step] : ended_) CheckEnded(code, step);
    for (const auto& [code, department] : all_) gone_via_.insert(department.via);
    for (const auto& [code, step] : touched_) CheckPlace(code, step);
    return Finish();
  }

 private:
  void CheckWhole() {
    if (!InRange(effective_on_, TokyoDay(now_))) {
      problems_.push_back({.field = "effective_on",
                           .reason = "EFFECTIVE_ON_OUT_OF_RANGE",
                           .en = "The day is more than a year back or three years ahead; mend it.",
                           .ja = "施行日は1年前から3年後までの日を指定してください。"});
    }
    if (static_cast<int>(accounts_.size()) > kMostMovedAccounts) {
      problems_.push_back({.field = "steps",
                           .reason = "TOO_MANY_ACCOUNTS",
                           .en = absl::StrCat("More than ", kMostMovedAccounts,
                                              " accounts would change hands; do it in parts."),
                           .ja = absl::StrCat("所属が変わるアカウントが", kMostMovedAccounts,
                                              "件を超えます。分けて実施してください。")});
    }
  }

  void Add(int step, const std::string& field, std::string reason, std::string en, std::string ja) {
    problems_.push_back(
        {.step = step,
         .field = absl::StrCat("steps[", step, "]", field.empty() ? "" : ".", field),
         .reason = std::move(reason),
         .en = std::move(en),
         .ja = std::move(ja)});
  }
  void Add(const std::string& field, std::string reason, std::string en, std::string ja) {
    Add(step_, field, std::move(reason), std::move(en), std::move(ja));
  }

  // The department `code` as it is on the day, as far as the steps before have come; null, and
  // noted, when there is none.
  Department* Living(const std::string& code, const std::string& field) {
    const auto found = all_.find(code);
    if (found == all_.end()) {
      Add(field, "DEPARTMENT_NOT_FOUND",
          absl::StrCat("The directory has no department \"", code,
                       "\"; look the code up, or create it in a step before."),
          absl::StrCat("所属「", code,
                       "」は登録されていません。コードを確認するか、先の手順で新設してください。"));
      return nullptr;
    }
    if (ExistsOn(found->second, effective_on_)) return &found->second;
    Add(field, "DEPARTMENT_ENDED",
        absl::StrCat(found->second.display_name,
                     " does not exist on that day; name one that does."),
        absl::StrCat("「", found->second.display_name,
                     "」は施行日に存在しません。存在する所属を指定してください。"));
    return nullptr;
  }

  // Like Living(), of a department that is to end the day before.
  Department* Ending(const std::string& code, const std::string& field) {
    Department* department = Living(code, field);
    if (department == nullptr) return nullptr;
    if (!department->valid_from || *department->valid_from < effective_on_) return department;
    Add(field, "DEPARTMENT_IS_NEW",
        absl::StrCat(department->display_name,
                     " only begins on that day; leave it out of the reorganisation instead."),
        absl::StrCat("「", department->display_name,
                     "」は施行日に始まる所属です。その日に終わらせることはできません。"));
    return nullptr;
  }

  void Touch(const std::string& code) { touched_[code] = step_; }

  // Ends `department`, for `successors` to take over, the main one first.
  void End(Department& department, std::vector<std::string> successors) {
    department.valid_until = effective_on_ - 1;
    department.successors = std::move(successors);
    ended_[department.code] = step_;
  }

  void MoveAccounts(const std::string& from, const std::string& to) {
    for (auto& [account, department] : held_by_) {
      if (department == from) department = to;
    }
  }

  std::vector<const Account*> AccountsOf(const std::string& code) const {
    std::vector<const Account*> found;
    for (const Account& account : accounts_) {
      if (held_by_.at(account.id) == code) found.push_back(&account);
    }
    return found;
  }

  static std::string NameOf(const Account& account) {
    const auto name = account.fields.find("display_name");
    return absl::StrCat("accounts/", account.id,
                        name == account.fields.end() ? "" : " " + name->second);
  }

  static std::vector<std::string> NamesOf(const std::vector<const Account*>& accounts) {
    std::vector<std::string> names;
    for (const Account* account : accounts) names.push_back(NameOf(*account));
    return names;
  }

  void Take(const std::monostate&) {
    Add("", "REQUIRED", "Say what is to be done: create, rename, merge, split, abolish or move.",
        "新設・名称変更・統合・分割・廃止・移管のいずれかを指定してください。");
  }

  // Notes what is wrong with the code of a department that is to begin.
  bool CheckNewCode(const std::string& code, const std::string& field) {
    if (!IsDepartmentCode(code)) {
      Add(field, "INVALID_CODE", "A code has letters, digits and \"-\", at most 32.",
          "コードは英数字と「-」で32文字以内です。");
      return false;
    }
    if (all_.count(code) == 0) return true;
    Add(field, "CODE_IN_USE",
        absl::StrCat("The code is that of ", all_[code].display_name,
                     ", and history keeps it; take a new one."),
        absl::StrCat("コードは「", all_[code].display_name,
                     "」のもので、履歴に残ります。新しいコードを指定してください。"));
    return false;
  }

  void Take(const CreateStep& step) {
    Department department = step.department;
    if (!CheckNewCode(department.code, "create.department")) return;
    if (const std::string& url = department.page_url;
        !url.empty() && !absl::StartsWith(url, "https://") && !absl::StartsWith(url, "http://")) {
      Add("create.page_url", "INVALID_URL",
          "The address of a page begins with https:// or http://.",
          "ページのURLは https:// か http:// で始めてください。");
    }
    if (const std::string& code = department.local_government_code;
        !code.empty() && !IsLocalGovernmentCode(code)) {
      Add("create.local_government_code", "INVALID_LOCAL_GOVERNMENT_CODE",
          "Six digits, the last of which checks the others; it does not here.",
          "全国地方公共団体コードは検査数字を含む6桁です。桁数または検査数字が合いません。");
    }
    if (!department.parent.empty()) Living(department.parent, "create.parent");
    if (!department.via.empty()) Living(department.via, "create.via_department");
    department.valid_from = effective_on_;
    Touch(department.code);
    all_[department.code] = std::move(department);
  }

  void Take(const RenameStep& step) {
    if (step.new_code.empty()) return RenameInPlace(step);
    Department* department = Ending(step.department, "rename.department");
    const bool code_is_good = CheckNewCode(step.new_code, "rename.new_department");
    if (department == nullptr || !code_is_good) return;
    Department next = *department;
    next.code = step.new_code;
    next.revision = 0;
    next.valid_from = effective_on_;
    next.valid_until = std::nullopt;
    SetName(step, next);
    End(*department, {next.code});
    MoveAccounts(department->code, next.code);
    Touch(next.code);
    all_[next.code] = std::move(next);
  }

  static void SetName(const RenameStep& step, Department& department) {
    if (!step.display_name.empty() && step.display_name != department.display_name) {
      department.display_name = step.display_name;
      department.kana = step.kana;
    } else if (!step.kana.empty()) {
      department.kana = step.kana;
    }
  }

  void RenameInPlace(const RenameStep& step) {
    Department* department = Living(step.department, "rename.department");
    if (department == nullptr) return;
    const Department before = *department;
    SetName(step, *department);
    Touch(department->code);
    if (*department == before) {
      Add("rename.display_name", "NOTHING_CHANGES", "The department has this name already.",
          "すでにこの名称です。新しい名称か新しいコードを指定してください。");
    }
  }

  void Take(const MergeStep& step) {
    const Department* into = Living(step.into, "merge.into");
    std::set<std::string> seen;
    int ending = 0;
    for (std::size_t i = 0; i < step.departments.size(); ++i) {
      const std::string& code = step.departments[i];
      const std::string field = absl::StrCat("merge.departments[", i, "]");
      if (!seen.insert(code).second) {
        Add(field, "REPEATED", "This department is named twice.", "同じ所属が重複しています。");
        continue;
      }
      if (code == step.into) continue;
      ++ending;
      Department* department = Ending(code, field);
      if (department == nullptr || into == nullptr) continue;
      End(*department, {step.into});
      MoveAccounts(code, step.into);
    }
    if (ending == 0) {
      Add("merge.departments", "NOTHING_CHANGES", "Name a department besides the one that stays.",
          "統合先以外の所属を指定してください。");
    }
  }

  void Take(const SplitStep& step) {
    const std::set<std::string> into(step.into.begin(), step.into.end());
    for (std::size_t i = 0; i < step.into.size(); ++i) {
      Living(step.into[i], absl::StrCat("split.into[", i, "]"));
    }
    const bool goes_on = into.count(step.department) > 0;
    Department* department = goes_on ? Living(step.department, "split.department")
                                     : Ending(step.department, "split.department");
    if (into.size() < 2) {
      Add("split.into", "NOTHING_CHANGES", "A split names at least two departments.",
          "分割先は二つ以上指定してください。");
    }
    if (!goes_on && into.count(step.main_successor) == 0) {
      Add("split.main_successor", "MAIN_SUCCESSOR_MISSING",
          "Name the one of `into` that takes over what is about no account.",
          "アカウントによらない協議書等を引き継ぐ所属を、分割先の中から指定してください。");
    }
    if (department == nullptr) return;
    Assign(step, into);
    if (goes_on) return;
    std::vector<std::string> successors = {step.main_successor};
    std::copy_if(into.begin(), into.end(), std::back_inserter(successors),
                 [&](const std::string& code) { return code != step.main_successor; });
    End(*department, std::move(successors));
  }

  void Assign(const SplitStep& step, const std::set<std::string>& into) {
    std::set<std::string> assigned;
    for (std::size_t i = 0; i < step.assignments.size(); ++i) {
      const auto& [account, department] = step.assignments[i];
      const std::string field = absl::StrCat("split.assignments[", i, "]");
      const auto held = held_by_.find(account);
      if (assigned.count(account) > 0) {
        Add(field + ".account", "REPEATED", "This account is assigned twice.",
            "同じアカウントが重複しています。");
      } else if (held == held_by_.end() || held->second != step.department) {
        Add(field + ".account", "FOREIGN_ACCOUNT",
            "The department has no such live account; leave it out.",
            "この所属の運用中のアカウントではありません。除いてください。");
      } else if (into.count(department) == 0) {
        Add(field + ".department", "NOT_A_SUCCESSOR", "Assign the account to one of `into`.",
            "分割先のいずれかを指定してください。");
        assigned.insert(account);
      } else {
        moves_.emplace_back(account, department);
        assigned.insert(account);
      }
    }
    std::vector<const Account*> left = AccountsOf(step.department);
    left.erase(std::remove_if(left.begin(), left.end(),
                              [&](const Account* one) { return assigned.count(one->id) > 0; }),
               left.end());
    for (const auto& [account, department] : moves_) held_by_[account] = department;
    moves_.clear();
    if (left.empty()) return;
    Add("split.assignments", "ACCOUNT_NOT_ASSIGNED",
        absl::StrCat(left.size(),
                     " accounts are assigned to no successor: ", Listed(NamesOf(left))),
        absl::StrCat("引継ぎ先の指定がないアカウントが", left.size(),
                     "件あります: ", Listed(NamesOf(left))));
  }

  void Take(const AbolishStep& step) {
    Department* department = Ending(step.department, "abolish.department");
    const bool has_successor = !step.successor.empty();
    if (step.successor == step.department && has_successor) {
      Add("abolish.successor", "NOT_A_SUCCESSOR", "A department does not take over from itself.",
          "廃止する所属とは別の所属を指定してください。");
      return;
    }
    if (has_successor && Living(step.successor, "abolish.successor") == nullptr) return;
    if (department == nullptr) return;
    const std::vector<const Account*> accounts = AccountsOf(step.department);
    if (!has_successor && !accounts.empty()) {
      Add("abolish.successor", "ACCOUNTS_WITHOUT_SUCCESSOR",
          absl::StrCat("The department has ", accounts.size(),
                       " live accounts; name who takes over: ", Listed(NamesOf(accounts))),
          absl::StrCat("運用中のアカウントが", accounts.size(),
                       "件あります。引継ぎ先を指定してください: ", Listed(NamesOf(accounts))));
    }
    End(*department,
        has_successor ? std::vector<std::string>{step.successor} : std::vector<std::string>());
    if (has_successor) MoveAccounts(step.department, step.successor);
  }

  void Take(const MoveStep& step) {
    Department* department = Living(step.department, "move.department");
    if (step.parent && !step.parent->empty()) Living(*step.parent, "move.parent");
    if (step.via && !step.via->empty()) Living(*step.via, "move.via_department");
    if (department == nullptr) return;
    const Department before = *department;
    department->parent = step.parent.value_or(department->parent);
    department->via = step.via.value_or(department->via);
    Touch(department->code);
    if (*department == before) {
      Add("move", "NOTHING_CHANGES", "The department is there already.",
          "上位・経由ともに変わりません。変更するものを指定してください。");
    }
  }

  // Departments below one that ends, or that go via it, come to its main successor.
  void FollowSuccessors() {
    for (auto& [code, department] : all_) {
      if (!ExistsOn(department, effective_on_)) continue;
      for (const auto link : {&Department::parent, &Department::via}) {
        const std::string led = Followed(department.*link, code, link);
        if (led == department.*link) continue;
        touched_.emplace(code, ended_.at(department.*link));
        department.*link = led;
      }
    }
  }

  // Where a `link` of `self` that names `code` leads once departments have ended. One that takes
  // over from the department it was below is then where that was.
  std::string Followed(std::string code, const std::string& self,
                       std::string Department::*link) const {
    for (std::size_t i = 0; i <= ended_.size() && ended_.count(code) > 0; ++i) {
      const Department& ended = all_.at(code);
      if (ended.successors.empty()) return code;
      code = ended.successors.front() == self ? ended.*link : ended.successors.front();
    }
    return code;
  }

  void CheckEnded(const std::string& code, int step) {
    const Department& department = all_.at(code);
    for (const std::string& successor : department.successors) {
      if (ended_.count(successor) == 0) continue;
      Add(step, "", "SUCCESSOR_ENDS",
          absl::StrCat(all_.at(successor).display_name,
                       " ends as well; name the one that takes over in the end."),
          absl::StrCat("引継ぎ先の「", all_.at(successor).display_name,
                       "」も終わります。最終的な引継ぎ先を指定してください。"));
    }
    CheckDependents(code, step, &Department::parent, "PARENT_ENDS");
    CheckDependents(code, step, &Department::via, "VIA_ENDS");
  }

  // Notes living departments whose `link` still names `code`, which ends without successor.
  void CheckDependents(const std::string& code, int step, std::string Department::*link,
                       const std::string& reason) {
    std::vector<std::string> left;
    for (const auto& [other, department] : all_) {
      if (department.*link == code && ExistsOn(department, effective_on_)) {
        left.push_back(department.display_name);
      }
    }
    if (left.empty()) return;
    Add(step, "", reason,
        absl::StrCat("Departments depend on it; name a successor, or move them first: ",
                     Listed(left)),
        absl::StrCat(reason == "VIA_ENDS" ? "この所属を経由する所属があります。"
                                          : "この所属の下に所属があります。",
                     "引継ぎ先を指定するか、先に移管してください: ", Listed(left)));
  }

  // Whether following `link` from `code` comes back to it.
  bool Loops(const std::string& code, std::string Department::*link) const {
    std::string at = code;
    for (std::size_t i = 0; i <= all_.size(); ++i) {
      const auto department = all_.find(at);
      if (department == all_.end() || (department->second.*link).empty()) return false;
      at = department->second.*link;
      if (at == code) return true;
    }
    return false;
  }

  // What a department that changed must meet where it is now. T 5-3, T 5-7.
  void CheckPlace(const std::string& code, int step) {
    const Department& department = all_.at(code);
    if (!ExistsOn(department, effective_on_)) return;
    if (Loops(code, &Department::parent)) {
      Add(step, "", "PARENT_LOOP",
          absl::StrCat("Going up from ", department.display_name, " leads back to it."),
          absl::StrCat("「", department.display_name,
                       "」から上位の所属をたどると、元に戻ってしまいます。"));
    }
    if (Loops(code, &Department::via)) {
      Add(step, "", "VIA_LOOP",
          absl::StrCat("Forms of ", department.display_name, " would come back to it."),
          absl::StrCat("「", department.display_name,
                       "」から経由をたどると、元に戻ってしまいます。"));
    }
    const bool commissioned = department.kind == DepartmentKind::kCommissionedBody;
    const bool section =
        department.kind == DepartmentKind::kEducationBoard && gone_via_.count(code) == 0;
    if (!department.via.empty() || !(commissioned || section)) return;
    Add(step, "", "VIA_MISSING",
        absl::StrCat("Forms of ", department.display_name,
                     commissioned ? " go via the department that commissions it; name it."
                                  : " go via a section of the education board; name it."),
        absl::StrCat("「", department.display_name,
                     commissioned ? "」の協議は担当課を経由します。経由する所属を指定してください。"
                                  : "」の協議は教育政策課等を経由します。経由する所属を指定して"
                                    "ください。"));
  }

  // What open forms of a department that ended, or of accounts in other hands, have to follow.
  std::vector<Succession> Successions(const ReorganizationPlan& plan) const {
    std::vector<Succession> all;
    for (const AccountMove& move : plan.accounts) {
      const std::string& from = move.before.department;
      const std::vector<std::string>& successors = all_.at(from).successors;
      if (!successors.empty() && successors.front() == move.to) continue;
      all.push_back({from, move.to, all_.at(move.to).display_name, move.before.id});
    }
    for (const auto& [before, after] : plan.departments) {
      if (!before) continue;
      const std::string& to = after.successors.empty() ? after.code : after.successors.front();
      const std::string& name = all_.at(to).display_name;
      if (to == after.code && name == before->display_name) continue;
      all.push_back({after.code, to, name, ""});
    }
    return all;
  }

  ReorganizationPlan Finish() {
    ReorganizationPlan plan{.problems = std::move(problems_)};
    for (auto& [code, department] : all_) {
      const auto before = known_.find(code);
      if (before != known_.end() && department == before->second) continue;
      ++department.revision;
      department.update_time = now_;
      plan.departments.push_back(
          {.before = before == known_.end() ? std::nullopt : std::optional(before->second),
           .after = department});
    }
    for (const Account& account : accounts_) {
      const std::string& to = held_by_.at(account.id);
      if (to != account.department) plan.accounts.push_back({.before = account, .to = to});
    }
    std::stable_sort(plan.problems.begin(), plan.problems.end(),
                     [](const auto& a, const auto& b) { return a.step < b.step; });
    if (plan.problems.empty()) plan.successions = Successions(plan);
    return plan;
  }

  const absl::CivilDay effective_on_;
  const DepartmentsByCode& known_;
  const std::vector<Account>& accounts_;
  const absl::Time now_;
  int step_ = -1;
  DepartmentsByCode all_ = known_;                          // As they would be.
  std::map<std::string, std::string> held_by_;              // Account to department.
  std::vector<std::pair<std::string, std::string>> moves_;  // Of the split under way.
  std::map<std::string, int> touched_;                      // Code to the step that changed it.
  std::map<std::string, int> ended_;                        // Code to the step that ended it.
  std::set<std::string> gone_via_;                          // Codes that forms of others go via.
  std::vector<ReorganizationProblem> problems_;
};

}  // namespace

ReorganizationPlan PlanReorganization(const std::vector<ReorganizationStep>& steps,
                                      absl::CivilDay effective_on, const DepartmentsByCode& known,
                                      const std::vector<Account>& accounts, absl::Time now) {
  return ReorganizationPlanner(effective_on, known, accounts, now).Plan(steps);
}

}  // namespace daicho::registry::domain
