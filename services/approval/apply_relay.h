// Agreed forms on their way to the ledger.
//
// Exactly once, whatever crashes: the request commits with the agreement, under the id of its
// outbox row; the registry keeps its first answer to that id; the answer is recorded here in the
// transaction that removes the row. A crash before the record means the same request again, and
// the same answer.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/event.h"
#include "common/rpc/handle.h"
#include "common/work/relay.h"
#include "services/approval/domain/form.h"
#include "services/approval/peers.h"

namespace daicho::approval {

inline constexpr char kRegistryDestination[] = "registry";

// What to send for a form that was just agreed. Forms about one account keep their order.
absl::StatusOr<work::Outgoing> ToOutgoing(const domain::Form& agreed, absl::Time now);

// What to send for an urgent closing that was just submitted: the account is suspended at once,
// before anything is decided. T 5-9-4.
work::Outgoing ToSuspension(const domain::Form& submitted, absl::Time now);

// Delivers what these made and records what the ledger says. `clock` outlives it.
work::DeliverOne ApplyTo(std::shared_ptr<const Peers> peers, const Clock* clock);

// Who acts when nobody calls: approval, in its own name.
domain::Actor OwnActor();

// Events of what it does then, by the relay unless `rpc` says otherwise.
work::Encoder RelayEncoder(const rpc::Env& env,
                           const std::string& rpc = "daicho.registry.v1.AccountService/ApplyForm");

}  // namespace daicho::approval
