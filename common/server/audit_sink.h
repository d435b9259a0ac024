// Where every service's events go.
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "common/work/relay.h"

namespace daicho::server {

// Appends batches to the audit log behind `channel`.
work::DeliverBatch AuditOver(const std::shared_ptr<grpc::Channel>& channel);

}  // namespace daicho::server
