#include "services/approval/advice_wire.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"

namespace daicho::approval::wire {
namespace {

using daicho::wire::ToTimestamp;

constexpr std::size_t kMostFindingBytes = 200;

// Proto and domain share the names of their values behind the prefix.
std::optional<domain::AdviceKind> KindOf(v1::Advice::Kind kind) {
  const std::string name = v1::Advice::Kind_Name(kind);
  return domain::AdviceKindNamed(absl::StripPrefix(name, "KIND_"));
}

v1::Advice::Kind ToProto(domain::AdviceKind kind) {
  v1::Advice::Kind out = v1::Advice::KIND_UNSPECIFIED;
  v1::Advice::Kind_Parse(absl::StrCat("KIND_", NameOf(kind)), &out);
  return out;
}

v1::Advice::State ToProto(domain::AdviceState state) {
  v1::Advice::State out = v1::Advice::STATE_UNSPECIFIED;
  v1::Advice::State_Parse(absl::StrCat("STATE_", NameOf(state)), &out);
  return out;
}

v1::AdviceAct ToProto(const domain::AdviceAct& act) {
  v1::AdviceAct out;
  v1::AdviceAct::Kind kind = v1::AdviceAct::KIND_UNSPECIFIED;
  v1::AdviceAct::Kind_Parse(absl::StrCat("KIND_", NameOf(act.kind)), &kind);
  out.set_kind(kind);
  out.mutable_actor()->set_subject(act.actor.subject);
  out.mutable_actor()->set_display_name(act.actor.display_name);
  *out.mutable_act_time() = ToTimestamp(act.time);
  out.set_text(act.text);
  out.set_form(act.form);
  return out;
}

void CheckFindings(const v1::CreateAdviceRequest& request, std::vector<Violation>& violations) {
  if (request.findings_size() > domain::kMostFindings) {
    violations.push_back({"findings", "TOO_MANY", "Name at most 20 rules or findings.",
                          "規則や指摘は20件以内で指定してください。"});
    return;
  }
  for (int i = 0; i < request.findings_size(); ++i) {
    const std::string& finding = request.findings(i);
    if (!finding.empty() && finding.size() <= kMostFindingBytes) continue;
    violations.push_back({absl::StrCat("findings[", i, "]"), "INVALID_NAME",
                          "Name a rule or a finding in at most 200 bytes.",
                          "規則または指摘を200バイト以内で指定してください。"});
  }
}

}  // namespace

absl::StatusOr<std::string> ParseAdviceName(const std::string& name) {
  return daicho::wire::ParseUuidName("advices", name, "name");
}

absl::StatusOr<domain::AdviceDraft> Parse(const v1::CreateAdviceRequest& request) {
  RETURN_IF_ERROR(daicho::wire::ParseUuidName("accounts", request.account(), "account").status());
  const auto kind = KindOf(request.kind());
  const auto due_on = daicho::wire::FromDate(request.due_on());
  std::vector<Violation> violations;
  if (!kind) {
    violations.push_back(
        {"kind", "REQUIRED", "Say what is advised.", "助言の種類を指定してください。"});
  }
  if (!due_on) {
    violations.push_back(
        {"due_on", "REQUIRED", "Name the last day to answer.", "回答期限を指定してください。"});
  }
  CheckFindings(request, violations);
  if (!violations.empty()) return RefuseFields(violations);
  return domain::AdviceDraft{.kind = *kind,
                             .text = request.text(),
                             .due_on = *due_on,
                             .findings = {request.findings().begin(), request.findings().end()}};
}

absl::StatusOr<AnswerCommand> Parse(const v1::AnswerAdviceRequest& request) {
  AnswerCommand command{.text = request.text()};
  ASSIGN_OR_RETURN(command.id, ParseAdviceName(request.name()));
  ASSIGN_OR_RETURN(command.revision, daicho::wire::ParseEtag(request.etag()));
  if (request.form().empty()) return command;
  ASSIGN_OR_RETURN(command.form, daicho::wire::ParseUuidName("forms", request.form(), "form"));
  return command;
}

absl::StatusOr<CloseCommand> Parse(const v1::CloseAdviceRequest& request) {
  CloseCommand command{.reason = request.reason()};
  ASSIGN_OR_RETURN(command.id, ParseAdviceName(request.name()));
  ASSIGN_OR_RETURN(command.revision, daicho::wire::ParseEtag(request.etag()));
  if (request.outcome() == v1::CloseAdviceRequest::OUTCOME_WITHDRAWN) {
    command.act = domain::AdviceActKind::kWithdrawn;
  }
  return command;
}

absl::StatusOr<AdviceFilter> Parse(const v1::ListAdvicesRequest& request) {
  AdviceFilter filter{.open = request.open(), .overdue = request.overdue()};
  if (!request.account().empty()) {
    RETURN_IF_ERROR(daicho::wire::ParseUuidName("accounts", request.account(), "account").status());
    filter.account = request.account();
  }
  if (!request.department().empty()) {
    RETURN_IF_ERROR(daicho::wire::ParseDepartmentName(request.department(), "department").status());
    filter.department = request.department();
  }
  return filter;
}

absl::StatusOr<int> DaysOf(const v1::ListAdviceRemindersRequest& request) {
  if (request.within_days() >= 0 && request.within_days() <= domain::kMostDaysToAnswer) {
    return request.within_days();
  }
  return RefuseFields({{"within_days", "OUT_OF_RANGE", "Ask for 0 to 366 days.",
                        "0から366までの日数を指定してください。"}});
}

v1::Advice ToProto(const domain::Advice& advice, absl::Time now) {
  v1::Advice out;
  out.set_name(NameOf(advice));
  out.set_etag(daicho::wire::EtagOf(advice.revision));
  out.set_account(advice.account);
  out.set_account_display_name(advice.account_display_name);
  out.set_department(advice.department);
  out.set_kind(ToProto(advice.kind));
  out.set_text(advice.text);
  *out.mutable_due_on() = daicho::wire::ToDate(advice.due_on);
  for (const std::string& finding : advice.findings) out.add_findings(finding);
  out.set_state(ToProto(advice.state));
  out.set_overdue(IsOverdue(advice, now));
  out.set_form(advice.form);
  for (const domain::AdviceAct& act : advice.acts) *out.add_acts() = ToProto(act);
  *out.mutable_create_time() = ToTimestamp(advice.create_time);
  *out.mutable_update_time() = ToTimestamp(advice.update_time);
  return out;
}

domain::AdvisedAccount ToAdvised(const registry::v1::Account& account) {
  return {.name = account.name(),
          .display_name = account.fields().display_name(),
          .department = account.department(),
          .alive = account.state() == registry::v1::Account::STATE_PREPARING ||
                   account.state() == registry::v1::Account::STATE_ACTIVE ||
                   account.state() == registry::v1::Account::STATE_CLOSING};
}

registry::v1::ReportOpenAdviceRequest ToReport(const std::string& account, std::int64_t number,
                                               const domain::OpenAdvice& open,
                                               const std::string& request_id) {
  registry::v1::ReportOpenAdviceRequest request;
  request.set_account(account);
  request.set_report_number(number);
  request.set_request_id(request_id);
  if (open.count == 0) return request;
  request.mutable_open_advice()->set_count(open.count);
  if (open.earliest_due_on) {
    *request.mutable_open_advice()->mutable_earliest_due_on() =
        daicho::wire::ToDate(*open.earliest_due_on);
  }
  for (const std::string& name : open.advices) request.mutable_open_advice()->add_advices(name);
  return request;
}

}  // namespace daicho::approval::wire
