// 異動: people who left a department and the roles they still hold (domain.md §2). Pure.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "absl/strings/string_view.h"

namespace daicho::registry::domain {

// Somebody who was transferred. Known by `subject`, or by name within `departments_left`.
struct Transfer {
  std::string subject;                     // "users/…". May be empty.
  std::string display_name;                // May be empty unless `subject` is.
  std::set<std::string> departments_left;  // Codes: the one left and those that took over from it.
  std::string department_joined;           // Code; its accounts are not looked at. May be empty.
};

// What a person is to an account.
enum class HolderRole { kAccountManager, kOperator, kHead, kDeputy, kTeamLeader, kGrantHolder };

// A role somebody still holds.
struct HeldRole {
  int person = 0;       // Index into the transfers.
  std::string account;  // UUID.
  std::string account_display_name;
  std::string platform;
  std::string department;  // Code.
  HolderRole role = HolderRole::kAccountManager;
  std::string field;  // "fields.publishing_method.operators[0]".
  std::string subject;
  std::string display_name;
  bool by_name_only = false;
};

// The role that stands at `holder` in GovernedFields: "publishing_method.operators[0]",
// "decision_makers.head". nullopt when none does.
std::optional<HolderRole> RoleAt(absl::string_view holder);

}  // namespace daicho::registry::domain
