// Advice to close or merge silent accounts, on its way to approval (T 5-9-3).
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/handle.h"
#include "common/work/relay.h"
#include "services/policy/domain/inactivity_report.h"

namespace daicho::policy {

inline constexpr char kApprovalDestination[] = "approval";

// Sends `advice` about the account (UUID) if, and only if, `unit` commits.
absl::Status SendAdvice(work::UnitOfWork& unit, const std::string& account,
                        const domain::ClosingAdvice& advice, absl::Time now);

// Gives advice through approval. What approval refuses, of an account that was closed meanwhile, is
// announced as "inactivity.advice_refused" and not tried again.
work::DeliverOne AdviseOver(const std::shared_ptr<grpc::Channel>& channel);

// Events of the relay are of the service itself.
work::Encoder OwnEncoder(const rpc::Env& env);

}  // namespace daicho::policy
