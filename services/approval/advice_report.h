// Open advice shows on accounts: what the ledger is told about it, and how it gets there.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/work/relay.h"
#include "common/work/unit_of_work.h"
#include "services/approval/domain/advice.h"

namespace daicho::approval {

// Destination of outbox rows that carry ReportOpenAdviceRequest: the registry, by a queue of their
// own, so that a form that cannot be delivered does not hold them up.
inline constexpr char kAdviceDestination[] = "registry/open-advice";

// Sends what is open about `account` ("accounts/…") once `unit` commits, after everything that was
// sent about it before. To be called after what `unit` changes.
absl::Status ReportOpenAdvice(work::UnitOfWork& unit, const std::string& account, absl::Time now);

// Delivers over a channel to the registry. The row's id is the request_id, so that the registry
// takes a repeat for what it is.
work::DeliverOne ReportOver(const std::shared_ptr<grpc::Channel>& channel);

// Open advice follows departments that were reorganised, in the transaction of the forms.
absl::Status RerouteOpenAdvice(work::UnitOfWork& unit,
                               const std::vector<domain::Succession>& successions,
                               const std::string& reorganization, const domain::Person& actor,
                               absl::Time now);

}  // namespace daicho::approval
