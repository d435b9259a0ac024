#include "services/policy/finding_wire.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/policy/wire.h"

namespace daicho::policy::wire {
namespace {

store::FindingView ToDomain(v1::ListFindingsRequest::View view) {
  switch (view) {
    case v1::ListFindingsRequest::VIEW_STANDING:
      return store::FindingView::kStanding;
    case v1::ListFindingsRequest::VIEW_ACKNOWLEDGED:
      return store::FindingView::kAcknowledged;
    case v1::ListFindingsRequest::VIEW_MENDED:
      return store::FindingView::kMended;
    case v1::ListFindingsRequest::VIEW_UNSPECIFIED:
    case v1::ListFindingsRequest_View_ListFindingsRequest_View_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::ListFindingsRequest_View_ListFindingsRequest_View_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return store::FindingView::kOpen;
}

v1::FindingAcknowledgement ToProto(const domain::Acknowledgement& acknowledgement) {
  v1::FindingAcknowledgement out;
  out.set_reason(acknowledgement.reason);
  *out.mutable_end_date() = daicho::wire::ToDate(acknowledgement.end_date);
  out.set_actor(acknowledgement.actor);
  *out.mutable_time() = daicho::wire::ToTimestamp(acknowledgement.time);
  return out;
}

}  // namespace

absl::StatusOr<std::string> ParseDepartment(const std::string& name) {
  if (name.empty()) return name;
  return daicho::wire::ParseDepartmentName(name, "department");
}

absl::StatusOr<FindingList> Parse(const v1::ListFindingsRequest& request, absl::CivilDay today) {
  FindingList list;
  list.query.today = today;
  list.query.view = ToDomain(request.view());
  list.query.rule_id = request.rule_id();
  if (request.severity() != v1::SEVERITY_UNSPECIFIED) {
    list.query.severity =
        std::string(absl::StripPrefix(v1::Severity_Name(request.severity()), "SEVERITY_"));
  }
  if (!request.account().empty()) {
    ASSIGN_OR_RETURN(list.query.account,
                     daicho::wire::ParseUuidName("accounts", request.account(), "account"));
  }
  if (request.has_since_time()) {
    list.query.since = daicho::wire::FromTimestamp(request.since_time());
  }
  ASSIGN_OR_RETURN(list.department, ParseDepartment(request.department()));
  return list;
}

absl::StatusOr<AcknowledgeCommand> Parse(const v1::AcknowledgeFindingRequest& request) {
  ASSIGN_OR_RETURN(const daicho::wire::Target target,
                   daicho::wire::ParseTarget("findings", request.name(), request.etag()));
  return AcknowledgeCommand{target.id, target.revision, request.reason(),
                            daicho::wire::FromDate(request.end_date()).value_or(absl::CivilDay())};
}

v1::StandingFinding ToProto(const store::Finding& finding, const domain::Guideline& guideline,
                            absl::CivilDay today) {
  v1::StandingFinding out;
  out.set_name(absl::StrCat("findings/", finding.id));
  out.set_etag(daicho::wire::EtagOf(finding.revision));
  out.set_account(absl::StrCat("accounts/", finding.account));
  out.set_account_display_name(finding.account_display_name);
  out.set_department(absl::StrCat("departments/", finding.department));
  out.set_platform(finding.platform);
  out.set_rule_id(finding.trouble.rule_id);
  out.set_clause(finding.trouble.clause);
  out.set_severity(ToProto(finding.trouble.severity));
  for (const domain::Finding& words : InWords(guideline, finding.trouble, today)) {
    *out.add_findings() = ToProto(words, guideline.version);
  }
  *out.mutable_first_seen_time() = daicho::wire::ToTimestamp(finding.first_seen);
  *out.mutable_last_seen_time() = daicho::wire::ToTimestamp(finding.last_seen);
  if (finding.mended) *out.mutable_mended_time() = daicho::wire::ToTimestamp(*finding.mended);
  if (finding.acknowledgement) *out.mutable_acknowledgement() = ToProto(*finding.acknowledgement);
  return out;
}

v1::FindingCount ToProto(const store::FindingCount& count) {
  v1::FindingCount out;
  out.set_rule_id(count.rule_id);
  out.set_severity(ToProto(count.severity));
  out.set_department(absl::StrCat("departments/", count.department));
  out.set_department_display_name(count.department_display_name);
  out.set_standing_count(count.standing);
  out.set_acknowledged_count(count.acknowledged);
  out.set_new_count(count.appeared);
  out.set_mended_count(count.mended);
  return out;
}

}  // namespace daicho::policy::wire
