#include "services/registry/domain/use.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "services/registry/domain/condition.h"

namespace daicho::registry::domain {
namespace {

Conflict ConflictFrom(const absl::Status& refusal, std::string field, const Account& account) {
  return {.reason = ReasonOf(refusal),
          .en = std::string(refusal.message()),
          .ja = JapaneseOf(refusal),
          .field = std::move(field),
          .account = account.id};
}

Conflict ExistsAlready(const GrantHolder& holder, std::string field, const Account& account) {
  return {.reason = "GRANT_EXISTS",
          .en = absl::StrCat(holder.display_name,
                             " may use this account already in that fiscal year; leave them out."),
          .ja = absl::StrCat("「", holder.display_name,
                             "」には同じ年度の許可がすでにあります。申請から外してください。"),
          .field = std::move(field),
          .account = account.id};
}

}  // namespace

Ruling GrantUse(const Account& account, const AgreedForm& form, const UseOfAccount& use,
                const std::vector<std::string>& ids, const std::set<std::string>& holders,
                absl::string_view actor, absl::Time now) {
  Ruling ruling = {.account = account.id};
  std::set<std::string> taken = holders;
  for (std::size_t i = 0; i < use.users.size(); ++i) {
    const std::string field = absl::StrCat("use.users[", i, "]");
    absl::StatusOr<GrantChange> granted = GrantAccess(account,
                                                      {.holder = use.users[i],
                                                       .valid_from = use.valid_from,
                                                       .valid_until = use.valid_until,
                                                       .form = form.form},
                                                      ids[i], actor, now);
    if (!granted.ok()) {
      ruling.conflicts.push_back(ConflictFrom(granted.status(), field, account));
    } else if (!taken.insert(KeyOf(use.users[i])).second) {
      ruling.conflicts.push_back(ExistsAlready(use.users[i], field, account));
    } else {
      ruling.grants.push_back(*std::move(granted));
    }
  }
  if (!ruling.conflicts.empty()) ruling.grants.clear();
  return ruling;
}

Ruling SuspendAtOnce(const Account& account, const AgreedForm& form, absl::Time now) {
  Ruling ruling = {.account = account.id};
  const bool stands = account.condition == Condition::kSuspendedInternally ||
                      account.condition == Condition::kCompromised;
  if (IsAlive(account) && stands) return ruling;
  absl::StatusOr<std::optional<Change>> reported = ReportCondition(
      account,
      {.condition = Condition::kSuspendedInternally, .since = TokyoDay(now), .reason = form.reason},
      Reporter::kPrOffice, /*successor_exists=*/false, now);
  if (!reported.ok()) {
    ruling.conflicts.push_back(ConflictFrom(reported.status(), "account", account));
  } else if (*reported) {
    (*reported)->event.related.push_back(absl::StrCat("forms/", form.form));
    ruling.changes.push_back(**std::move(reported));
  }
  return ruling;
}

}  // namespace daicho::registry::domain
