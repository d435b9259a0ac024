// What a form about an account starts from.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "daicho/approval/v1/form.pb.h"
#include "daicho/policy/v1/inactivity_service.pb.h"
#include "daicho/registry/v1/account.pb.h"

namespace daicho::approval::wire {

// A CHANGE of `account` starts from all its governed fields. A CLOSE takes effect today, has the
// day of the last post, and states the reason where `silence`, the account's row in a report of
// today, has it as a candidate. T 5-9-3.
//
// INVALID_ARGUMENT (INVALID_FIELD) of any other action, FAILED_PRECONDITION (ACCOUNT_NOT_ALIVE)
// when the account is closed or merged.
absl::StatusOr<v1::FormContent> DraftOf(
    const registry::v1::Account& account, v1::Form::Action action, absl::CivilDay today,
    const std::optional<policy::v1::InactivityRow>& silence = std::nullopt);

// 利用申請: what a GRANT form about `account` ("accounts/…") starts from: today to the end of the
// fiscal year. Y 2-2.
v1::FormContent ApplicationFor(const std::string& account, absl::CivilDay today);

}  // namespace daicho::approval::wire
