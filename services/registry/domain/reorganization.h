// 組織改編: what becomes of departments and their accounts from one day on (domain.md §2). Pure: no
// clock, no I/O, no protobuf.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/registry/domain/account.h"
#include "services/registry/domain/department.h"

namespace daicho::registry::domain {

// 新設.
struct CreateStep {
  Department department;  // As it is to be, without days.
};

// 名称変更. Without a new code the department goes on; with one it ends and is taken over.
struct RenameStep {
  std::string department;
  std::string new_code;      // May be empty, as every text below.
  std::string display_name;  // Empty: stays.
  std::string kana;          // Empty: stays if the name does.
};

// 統合. `into` may be among `departments`.
struct MergeStep {
  std::vector<std::string> departments;
  std::string into;
};

struct AccountAssignment {
  std::string account;  // UUID.
  std::string department;
};

// 分割. The department goes on if it is one of `into`.
struct SplitStep {
  std::string department;
  std::vector<std::string> into;
  std::string main_successor;  // Takes over what is about no account.
  std::vector<AccountAssignment> assignments;
};

// 廃止.
struct AbolishStep {
  std::string department;
  std::string successor;  // May be empty.
};

// 移管. nullopt: stays. Empty: none.
struct MoveStep {
  std::string department;
  std::optional<std::string> parent;
  std::optional<std::string> via;
};

// Departments are given by code. monostate: nothing was given.
using ReorganizationStep = std::variant<std::monostate, CreateStep, RenameStep, MergeStep,
                                        SplitStep, AbolishStep, MoveStep>;

// Codes of the departments that may lose accounts: whose live accounts a plan has to know.
std::set<std::string> LosingDepartments(const std::vector<ReorganizationStep>& steps);

// Something wrong with a reorganisation.
struct ReorganizationProblem {
  int step = -1;       // From 0; -1: the whole.
  std::string field;   // "steps[0].merge.into".
  std::string reason;  // UPPER_SNAKE_CASE.
  std::string en;      // What is wrong and how to mend it.
  std::string ja;

  friend bool operator==(const ReorganizationProblem&, const ReorganizationProblem&) = default;
};

struct DepartmentChange {
  std::optional<Department> before;  // nullopt: created.
  Department after;
};

struct AccountMove {
  Account before;
  std::string to;  // Code.
};

// A department whose open forms go to another one, or are shown under another name.
struct Succession {
  std::string department;  // Code.
  std::string successor;   // Code; the same when only the name changed.
  std::string successor_display_name;
  std::string account;  // UUID: only forms about it. Empty: all that no other succession is about.

  friend bool operator==(const Succession&, const Succession&) = default;
};

// What a reorganisation would do. With any problem, nothing may be stored.
struct ReorganizationPlan {
  std::vector<DepartmentChange> departments;  // By code.
  std::vector<AccountMove> accounts;          // In the order given.
  std::vector<Succession> successions;        // What open forms follow; those by account first.
  std::vector<ReorganizationProblem> problems;
};

// More accounts than this do not change hands at once.
inline constexpr int kMostMovedAccounts = 5000;

// Takes the steps in their order. Departments that end do so the day before `effective_on`.
// `accounts` are the live ones of LosingDepartments(). What is in the hands of a department that
// ends follows its main successor: the departments below it and those that go via it.
// The reasons of problems are those of DepartmentService.ReorganizeDepartments.
ReorganizationPlan PlanReorganization(const std::vector<ReorganizationStep>& steps,
                                      absl::CivilDay effective_on, const DepartmentsByCode& known,
                                      const std::vector<Account>& accounts, absl::Time now);

// The departments that exist on `day` in place of `code`: itself, or who took over.
std::set<std::string> HeirsOf(const DepartmentsByCode& departments, const std::string& code,
                              absl::CivilDay day);

enum class ReorganizationState { kScheduled, kInEffect, kCancelled, kFailed };

inline constexpr ReorganizationState kAllReorganizationStates[] = {
    ReorganizationState::kScheduled, ReorganizationState::kInEffect,
    ReorganizationState::kCancelled, ReorganizationState::kFailed};

// "IN_EFFECT"; nullopt for any other text.
absl::string_view ToText(ReorganizationState state);
std::optional<ReorganizationState> ParseReorganizationState(absl::string_view text);

// A reorganisation as it is kept.
struct Reorganization {
  std::string id;             // UUID.
  std::int64_t revision = 0;  // From 1; each stored change adds one.
  ReorganizationState state = ReorganizationState::kScheduled;
  absl::CivilDay effective_on;
  std::string reason;  // May be empty.
  Fields steps;        // registry.v1.Reorganization with its steps alone, flat.
  Fields outcome;      // The same with its effects and problems alone.
  std::string actor;   // Who entered it.
  absl::Time create_time;
  std::optional<absl::Time> settle_time;  // Unset while kScheduled.

  friend bool operator==(const Reorganization&, const Reorganization&) = default;
};

// "reorganizations/…"
std::string NameOf(const Reorganization& reorganization);

// What `change` announces: "department.reorganized".
Event EventOf(const DepartmentChange& change, const Reorganization& reorganization);

// The account in other hands: its next version, governed fields untouched, and
// "account.reorganized".
Change MoveAccount(const AccountMove& move, const Reorganization& reorganization, absl::Time now);

// `before` (nullopt: new) has come to be `after`; announces `type`.
Event EventOf(absl::string_view type, const std::optional<Reorganization>& before,
              const Reorganization& after);

}  // namespace daicho::registry::domain
