// Checks one account after another by a guideline.
#pragma once

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/account.pb.h"
#include "services/policy/domain/guideline.h"
#include "services/policy/domain/inactivity_report.h"
#include "services/policy/domain/trouble.h"

namespace daicho::policy {

// For one thread at a time. Reads of an account what rules read, and nothing else.
class AccountChecker {
 public:
  // `guideline` outlives it.
  explicit AccountChecker(const domain::Guideline& guideline);

  // Everything the guideline has on `today` against an account of a department of that kind
  // ("KIND_EDUCATION_BOARD"). `exemption` is null where it has none.
  std::vector<domain::Trouble> Check(const registry::v1::Account& account,
                                     const std::string& department_kind,
                                     const domain::ExemptionInForce* exemption,
                                     absl::CivilDay today);

 private:
  const domain::Guideline& guideline_;
  daicho::wire::FieldReader reader_;
  // Of what the reader keeps, which stays where it is.
  std::string* exemption_reason_;
  std::string* exemption_end_;
  domain::Places places_;
};

}  // namespace daicho::policy
