// Open forms on their way to the departments that took over.
//
// Exactly once, whatever crashes: the request commits with the reorganisation, under the id of its
// outbox row; approval keeps its first answer to that id.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "absl/time/time.h"
#include "common/rpc/handle.h"
#include "common/work/relay.h"
#include "daicho/approval/v1/form_service.pb.h"

namespace daicho::registry {

inline constexpr char kApprovalDestination[] = "approval";

// `request` without its request_id. Reorganisations keep their order.
work::Outgoing ToOutgoing(approval::v1::RerouteFormsRequest request, absl::Time now);

// Delivers what ToOutgoing() made to the approval service behind `channel`.
work::DeliverOne RerouteOver(const std::shared_ptr<grpc::Channel>& channel);

// Events of what the registry does by itself, in its own name, under the RPC that asked for it.
work::Encoder OwnEncoder(const rpc::Env& env);

}  // namespace daicho::registry
