#include "services/policy/account_checker.h"

#include "common/base/civil.h"

namespace daicho::policy {

AccountChecker::AccountChecker(const domain::Guideline& guideline)
    : guideline_(guideline),
      reader_(*registry::v1::Account::descriptor(), "account",
              PathsReadBy(guideline, domain::SubjectKind::kAccount)) {}

std::vector<domain::Trouble> AccountChecker::Check(const registry::v1::Account& account,
                                                   const std::string& department_kind,
                                                   const domain::ExemptionInForce* exemption,
                                                   absl::CivilDay today) {
  Fields& fields = reader_.Read(account);
  fields["exemption.reason"] = exemption == nullptr ? "" : exemption->reason;
  fields["exemption.end_date"] = exemption == nullptr ? "" : FormatDay(exemption->until);
  const bool active = account.state() == registry::v1::Account::STATE_ACTIVE;
  return TroublesOf(guideline_, {fields, department_kind, today, domain::SubjectKind::kAccount},
                    active);
}

}  // namespace daicho::policy
