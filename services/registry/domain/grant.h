// The use of accounts, granted to named staff for a fiscal year (M 4-(4), Y). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/registry/domain/account.h"

namespace daicho::registry::domain {

// A member of staff.
struct GrantHolder {
  std::string subject;  // "users/…"; empty for people without one.
  std::string display_name;
  std::string title;  // May be empty.

  friend bool operator==(const GrantHolder&, const GrantHolder&) = default;
};

// What tells people apart: the subject, else the name.
const std::string& KeyOf(const GrantHolder& holder);

struct Grant {
  std::string id;  // UUID.
  std::int64_t revision = 1;
  std::string account;  // UUID.
  GrantHolder holder;
  int fiscal_year = 0;  // 年度.
  absl::CivilDay valid_from;
  absl::CivilDay valid_until;  // Last day; 31 March of the fiscal year at the latest.
  std::string granted_by;
  absl::Time grant_time;
  std::string revoked_by;  // Empty while in force, as the two below are unset.
  std::optional<absl::Time> revoke_time;
  std::string revoke_reason;
  std::string form;  // UUID of the GRANT form that asked for it. May be empty.

  friend bool operator==(const Grant&, const Grant&) = default;
};

// A grant as it is to be stored, and what is announced.
struct GrantChange {
  Grant after;
  Event event;
};

// 31 March with which the fiscal year of `day` ends.
absl::CivilDay LastDayOfFiscalYear(absl::CivilDay day);

// What is asked for.
struct GrantCommand {
  GrantHolder holder;
  std::optional<absl::CivilDay> valid_from;   // nullopt: today.
  std::optional<absl::CivilDay> valid_until;  // nullopt: the end of the fiscal year.
  std::string form = {};                      // UUID of the form that asks for it. May be empty.
};

// Grants the use of `account`. INVALID_ARGUMENT (INVALID_FIELD); FAILED_PRECONDITION
// (ACCOUNT_NOT_ALIVE, GRANT_YEAR_NOT_OPEN, GRANT_BEYOND_FISCAL_YEAR).
absl::StatusOr<GrantChange> GrantAccess(const Account& account, const GrantCommand& command,
                                        std::string id, absl::string_view actor, absl::Time now);

// Ends `grant` for an account of `department`. FAILED_PRECONDITION (GRANT_ALREADY_REVOKED).
absl::StatusOr<GrantChange> Revoke(const Grant& grant, absl::string_view department,
                                   absl::string_view reason, absl::string_view actor,
                                   absl::Time now);

// Which grants to list; empty means all.
struct GrantFilter {
  std::string account;     // UUID.
  std::string person;      // Subject or name.
  std::string department;  // Code.
  int fiscal_year = 0;
  std::optional<absl::CivilDay> due_by;
  bool include_revoked = false;
};

}  // namespace daicho::registry::domain
