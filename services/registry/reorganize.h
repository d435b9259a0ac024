// Plans reorganisations on the ledger as it is, and puts them into effect.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"
#include "common/work/unit_of_work.h"
#include "services/registry/domain/reorganization.h"

namespace daicho::registry {

// What `reorganization` would do to the ledger, which is locked until the end of `tx`, so that the
// plan still holds when it is carried out.
absl::StatusOr<domain::ReorganizationPlan> PlanOnLedger(
    pg::Transaction& tx, const domain::Reorganization& reorganization, absl::Time now);

// Stores what `plan`, which has no problems, makes of departments and accounts, announces each, and
// sends off what open forms have to follow. `actor` answers for it.
absl::Status CarryOut(work::UnitOfWork& unit, const domain::Reorganization& reorganization,
                      const domain::ReorganizationPlan& plan, const std::string& actor,
                      absl::Time now);

// Settles one scheduled reorganisation whose day has come in Tokyo: it is in effect, or it has
// failed and says why, and changed nothing. False when none is due. Exactly once, however many
// processes try: who comes later waits for the ledger, and then finds it settled.
absl::StatusOr<bool> SettleOneDue(work::UnitOfWork& unit, absl::Time now);

}  // namespace daicho::registry
