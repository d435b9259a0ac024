#include "services/policy/wire.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"

namespace daicho::policy::wire {

v1::Severity ToProto(domain::Severity severity) {
  switch (severity) {
    case domain::Severity::kBlock:
      return v1::SEVERITY_BLOCK;
    case domain::Severity::kWarn:
      return v1::SEVERITY_WARN;
    case domain::Severity::kInfo:
      return v1::SEVERITY_INFO;
  }
  return v1::SEVERITY_UNSPECIFIED;
}

v1::Finding ToProto(const domain::Finding& finding, const std::string& guideline_version) {
  v1::Finding out;
  out.set_rule_id(finding.rule_id);
  out.set_clause(finding.clause);
  out.set_severity(ToProto(finding.severity));
  out.set_field(finding.field);
  out.mutable_facts()->insert(finding.facts.begin(), finding.facts.end());
  out.set_message(finding.message.en);
  out.set_message_ja(finding.message.ja);
  out.set_remedy(finding.remedy.en);
  out.set_remedy_ja(finding.remedy.ja);
  out.set_guideline_version(guideline_version);
  out.mutable_concurrence()->Add(finding.concurrence.begin(), finding.concurrence.end());
  return out;
}

absl::StatusOr<ToCheck> Parse(const v1::CheckFormRequest& request) {
  ToCheck out{.fields = daicho::wire::Flatten(request.content()),
              .department_kind = registry::v1::Department::Kind_Name(request.department_kind()),
              .others = {}};
  if (request.has_ledger_fields()) {
    out.ledger = daicho::wire::Flatten(request.ledger_fields(), "fields");
  }
  std::vector<Violation> violations;
  for (int i = 0; i < request.existing_accounts_size(); ++i) {
    const v1::ExistingAccount& account = request.existing_accounts(i);
    for (Violation& violation : daicho::wire::CheckRequest(account)) {
      violation.field = absl::StrCat("existing_accounts[", i, "].", violation.field);
      violations.push_back(std::move(violation));
    }
    out.others.push_back(
        {account.name(),
         account.display_name(),
         {{"fields.purpose", account.purpose()}, {"fields.topics", account.topics()}}});
  }
  if (!violations.empty()) return RefuseFields(violations);
  return out;
}

ToCheck Parse(const v1::CheckAccountRequest& request) {
  return {.fields = daicho::wire::Flatten(request.account()),
          .department_kind = registry::v1::Department::Kind_Name(request.department_kind()),
          .others = {}};
}

namespace {

template <typename Response>
Response ToResponse(const domain::Findings& found, const std::string& guideline_version) {
  Response response;
  response.set_guideline_version(guideline_version);
  response.set_rule_count(found.rule_count);
  for (const domain::Finding& finding : found.findings) {
    *response.add_findings() = wire::ToProto(finding, guideline_version);
  }
  return response;
}

}  // namespace

v1::CheckFormResponse ToProto(const domain::Findings& found, const std::string& guideline_version) {
  return ToResponse<v1::CheckFormResponse>(found, guideline_version);
}

v1::CheckAccountResponse ToAccountProto(const domain::Findings& found,
                                        const std::string& guideline_version) {
  return ToResponse<v1::CheckAccountResponse>(found, guideline_version);
}

}  // namespace daicho::policy::wire
