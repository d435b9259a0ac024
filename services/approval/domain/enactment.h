// 改正履歴 of an account's usage policy and terms of use.
#pragma once

#include <optional>

#include "absl/time/civil_time.h"
#include "services/approval/domain/reception.h"
#include "services/approval/domain/state.h"

namespace daicho::approval::domain {

// A form about an account that took effect in the ledger.
struct Enactment {
  Action action = Action::kOpen;
  Reception reception;
  std::optional<absl::CivilDay> effective_on;

  friend bool operator==(const Enactment&, const Enactment&) = default;
};

}  // namespace daicho::approval::domain
