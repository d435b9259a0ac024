// What the handlers of forms have in common: who acts, which form, and what follows a change.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"
#include "common/rpc/call.h"
#include "common/work/unit_of_work.h"
#include "services/approval/domain/form.h"
#include "services/approval/wire.h"

namespace daicho::approval {

domain::Actor ActorOf(const rpc::Caller& caller);

// Loads a form for a change by its own department.
absl::StatusOr<domain::Form> LoadOwn(pg::Transaction& tx, const rpc::Call& call,
                                     const wire::Target& target);

// Loads a form for somebody its route may name, or whose department took over from one that it
// names: what such a department may do besides reading, the domain says by its steps.
absl::StatusOr<domain::Form> LoadReadable(pg::Transaction& tx, const rpc::Call& call,
                                          const std::string& id);
absl::StatusOr<domain::Form> LoadToDecide(pg::Transaction& tx, const rpc::Call& call,
                                          const wire::Target& target);

// Numbers the form if it is new to the PR office, saves it, sends it off if it was just agreed or
// takes effect before it is, and announces it.
absl::Status SaveAndAnnounce(work::UnitOfWork& unit, domain::Change& change, absl::Time now);

}  // namespace daicho::approval
