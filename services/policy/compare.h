// What another guideline would change.
#pragma once

#include <string>

#include "absl/time/civil_time.h"
#include "daicho/approval/v1/form.pb.h"
#include "daicho/policy/v1/comparison.pb.h"
#include "daicho/policy/v1/subject.pb.h"
#include "services/policy/guideline.h"

namespace daicho::policy {

class Comparer {
 public:
  // Both outlive the comparer. `today` is in Asia/Tokyo.
  Comparer(const LoadedGuideline& before, const LoadedGuideline& after, absl::CivilDay today);

  // Checks under both and notes what differs. `department_kind` by name: "KIND_EDUCATION_BOARD".
  void AddForm(const approval::v1::Form& form, const std::string& department_kind);
  // The same for an account. One that is not STATE_ACTIVE is passed over.
  void AddAccount(const v1::AccountToCheck& account, const std::string& department_kind);

  v1::Comparison Take() { return std::move(comparison_); }

 private:
  void Add(const std::string& resource, const std::string& display_name,
           const domain::Subject& subject);

  const LoadedGuideline& before_;
  const LoadedGuideline& after_;
  const absl::CivilDay today_;
  v1::Comparison comparison_;
};

}  // namespace daicho::policy
