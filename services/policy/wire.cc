#include "services/policy/wire.h"

#include "common/wire/fields.h"

namespace daicho::policy::wire {
namespace {

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
  return out;
}

}  // namespace

FormToCheck Parse(const v1::CheckFormRequest& request) {
  return {.fields = daicho::wire::Flatten(request.content()),
          .department_kind = registry::v1::Department::Kind_Name(request.department_kind())};
}

v1::CheckFormResponse ToProto(const domain::Findings& found, const std::string& guideline_version) {
  v1::CheckFormResponse response;
  response.set_guideline_version(guideline_version);
  response.set_rule_count(found.rule_count);
  for (const domain::Finding& finding : found.findings) {
    *response.add_findings() = ToProto(finding, guideline_version);
  }
  return response;
}

}  // namespace daicho::policy::wire
