// Advice between what is on the wire and what the domain speaks of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "daicho/approval/v1/advice_service.pb.h"
#include "daicho/registry/v1/account.pb.h"
#include "daicho/registry/v1/open_advice_service.pb.h"
#include "services/approval/domain/advice.h"

namespace daicho::approval::wire {

struct AnswerCommand {
  std::string id;  // UUID.
  std::int64_t revision = 0;
  std::string text;
  std::string form;  // UUID; empty when none follows.
};

struct CloseCommand {
  std::string id;  // UUID.
  std::int64_t revision = 0;
  domain::AdviceActKind act = domain::AdviceActKind::kAccepted;
  std::string reason;
};

struct AdviceFilter {
  std::optional<std::string> account;     // "accounts/…"
  std::optional<std::string> department;  // "departments/…"
  bool open = false;
  bool overdue = false;
};

// Refuse with INVALID_ARGUMENT (INVALID_FIELD), the first two also with ABORTED (ETAG_MISMATCH).
absl::StatusOr<AnswerCommand> Parse(const v1::AnswerAdviceRequest& request);
absl::StatusOr<CloseCommand> Parse(const v1::CloseAdviceRequest& request);
absl::StatusOr<domain::AdviceDraft> Parse(const v1::CreateAdviceRequest& request);
absl::StatusOr<AdviceFilter> Parse(const v1::ListAdvicesRequest& request);
absl::StatusOr<std::string> ParseAdviceName(const std::string& name);
// Days from today, 0 to 366.
absl::StatusOr<int> DaysOf(const v1::ListAdviceRemindersRequest& request);

v1::Advice ToProto(const domain::Advice& advice, absl::Time now);

domain::AdvisedAccount ToAdvised(const registry::v1::Account& account);
registry::v1::ReportOpenAdviceRequest ToReport(const std::string& account, std::int64_t number,
                                               const domain::OpenAdvice& open,
                                               const std::string& request_id);

}  // namespace daicho::approval::wire
