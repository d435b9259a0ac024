// Inactivity reports and exemptions on the wire.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "daicho/approval/v1/advice_service.pb.h"
#include "daicho/policy/v1/inactivity_service.pb.h"
#include "daicho/registry/v1/snapshot_service.pb.h"
#include "services/policy/domain/exemption.h"
#include "services/policy/domain/inactivity_report.h"

namespace daicho::policy::wire {

// "inactivityReports/2026-11-21" → the day, and back. Refuses with INVALID_ARGUMENT (INVALID_FIELD)
// naming `field`.
absl::StatusOr<absl::CivilDay> ParseReportName(absl::string_view name, absl::string_view field);
std::string ReportName(absl::CivilDay as_of);

// Refuses with INVALID_ARGUMENT (INVALID_FIELD). `after` and `limit` are not set.
absl::StatusOr<domain::RowQuery> Parse(const v1::ListInactivityReportRowsRequest& request);

absl::StatusOr<absl::CivilDay> ParseEndDate(const v1::GrantExemptionRequest& request);

domain::LedgerAccount ToDomain(const registry::v1::SnapshotAccount& account);
// The same of a whole account, but for what says how often it posts and who looks after it.
domain::LedgerAccount ToDomain(const registry::v1::Account& account);
domain::ExemptedAccount ToExempted(const registry::v1::Account& account);

void Fill(const domain::ReportRow& row, v1::InactivityRow* out);
v1::InactivityReport ToProto(const domain::Report& report,
                             const std::vector<domain::DepartmentCounts>& departments);
v1::InactivityMove ToProto(const domain::Move& move);
v1::PostingTable ToProto(absl::CivilDay as_of, const std::vector<domain::PostingCounts>& platforms);
v1::Exemption ToProto(const domain::Exemption& exemption);

// `request_id` makes it the same advice however often it is sent.
approval::v1::CreateAdviceRequest ToRequest(const std::string& account,
                                            const domain::ClosingAdvice& advice,
                                            const std::string& request_id);

}  // namespace daicho::policy::wire
