#include "services/policy/account_checker.h"

#include "common/base/civil.h"

namespace daicho::policy {

AccountChecker::AccountChecker(const domain::Guideline& guideline)
    : guideline_(guideline),
      reader_(*registry::v1::Account::descriptor(), "account",
              PathsReadBy(guideline, domain::SubjectKind::kAccount)) {
  Fields& fields = reader_.Read(registry::v1::Account::default_instance());
  exemption_reason_ = &fields["exemption.reason"];
  exemption_end_ = &fields["exemption.end_date"];
  places_ = PlacesIn(fields, guideline, domain::SubjectKind::kAccount);
}

std::vector<domain::Trouble> AccountChecker::Check(const registry::v1::Account& account,
                                                   const std::string& department_kind,
                                                   const domain::ExemptionInForce* exemption,
                                                   absl::CivilDay today) {
  const Fields& fields = reader_.Read(account);
  *exemption_reason_ = exemption == nullptr ? "" : exemption->reason;
  *exemption_end_ = exemption == nullptr ? "" : FormatDay(exemption->until);
  const bool active = account.state() == registry::v1::Account::STATE_ACTIVE;
  return TroublesOf(guideline_,
                    {{fields, &places_}, department_kind, today, domain::SubjectKind::kAccount},
                    active);
}

}  // namespace daicho::policy
