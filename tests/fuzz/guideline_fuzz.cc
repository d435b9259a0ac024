// A guideline file is refused or can be run on any form.
#include "services/policy/guideline.h"
#include "tests/fuzz/check.h"

namespace {

using daicho::Fields;
namespace domain = daicho::policy::domain;

const Fields& Form() {
  static const Fields& form =
      *new Fields{{"action", "ACTION_OPEN"},
                  {"submitted_on", "2026-08-03"},
                  {"effective_on", "2026-09-01"},
                  {"fields.platform", "x"},
                  {"fields.purpose", "県政を知らせる https://bit.ly/a"},
                  {"fields.policy_url", "https://www.pref.example/"},
                  {"fields.goals[0].metric", "リーチ数"},
                  {"fields.goals[1]", ""},
                  {"fields.publishing_method.operators[0].display_name", "板東"},
                  {"fields.publishing_method.operators[1].subject", "users/b"}};
  return form;
}

void Run(const domain::Guideline& guideline, const Fields& fields) {
  const domain::Findings found =
      Evaluate(guideline, {fields, "KIND_EDUCATION_BOARD", absl::CivilDay(2026, 8, 31)});
  DAICHO_FUZZ_CHECK(found.rule_count <= static_cast<int>(guideline.rules.size()));
  for (const domain::Finding& finding : found.findings) {
    DAICHO_FUZZ_CHECK(!finding.clause.empty() && !finding.message.ja.empty());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto loaded =
      daicho::policy::ParseGuideline("f", std::string(daicho::fuzz::Text(data, size)));
  if (!loaded.ok()) {
    DAICHO_FUZZ_CHECK(loaded.status().message().find("f:") == 0);
    return 0;
  }
  Run(loaded->domain, Form());
  Run(loaded->domain, {});
  return 0;
}
