// Agreed forms on their way to the ledger.
//
// Exactly once, whatever crashes: the request commits with the agreement, under the id of its
// outbox row; the registry keeps its first answer to that id; the answer is recorded here in the
// transaction that removes the row. A crash before the record means the same request again, and
// the same answer.
#pragma once

#include <memory>

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

// Delivers what ToOutgoing() made and records what the ledger says. `clock` outlives it.
work::DeliverOne ApplyTo(std::shared_ptr<const Peers> peers, const Clock* clock);

// Events of the relay: nobody calls, approval acts in its own name.
work::Encoder RelayEncoder(const rpc::Env& env);

}  // namespace daicho::approval
