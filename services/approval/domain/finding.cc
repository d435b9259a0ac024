#include "services/approval/domain/finding.h"

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/utf8.h"
#include "services/approval/domain/names.h"

namespace daicho::approval::domain {
namespace {

constexpr Names<3> kSeverityNames = {"BLOCK", "WARN", "INFO"};

std::vector<Violation> ViolationsOf(const std::vector<Finding>& findings, Severity severity) {
  std::vector<Violation> violations;
  for (const Finding& finding : findings) {
    if (finding.severity != severity) continue;
    violations.push_back(
        {.field = finding.field,
         .reason = finding.rule_id,
         .en = absl::StrCat("[", finding.clause, "] ", finding.message, " ", finding.remedy),
         .ja = absl::StrCat("[", finding.clause, "] ", finding.message_ja, finding.remedy_ja)});
  }
  return violations;
}

}  // namespace

absl::string_view NameOf(Severity severity) {
  return kSeverityNames[static_cast<std::size_t>(severity)];
}

std::optional<Severity> SeverityNamed(absl::string_view name) {
  return Named<Severity>(kSeverityNames, name);
}

absl::Status RefuseBlocks(const std::vector<Finding>& findings) {
  const std::vector<Violation> blocks = ViolationsOf(findings, Severity::kBlock);
  if (blocks.empty()) return absl::OkStatus();
  return RefusePreconditions("POLICY_BLOCKS",
                             {"The guideline does not allow this form as it is; mend each finding.",
                              "このままではガイドラインに適合しません。各指摘を直してください。"},
                             blocks);
}

absl::Status RefuseUnexplainedWarnings(const std::vector<Finding>& findings,
                                       absl::string_view comment) {
  const std::vector<Violation> warnings = ViolationsOf(findings, Severity::kWarn);
  if (warnings.empty() || !IsBlank(comment)) return absl::OkStatus();
  return RefusePreconditions(
      "WARNINGS_NEED_REASON",
      {"The guideline warns about this form; write in the comment why you agree all the same.",
       "ガイドライン上の注意事項があります。それでも同意する理由をコメントに書いてください。"},
      warnings);
}

}  // namespace daicho::approval::domain
