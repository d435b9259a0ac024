#include "services/approval/domain/requirement.h"

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/utf8.h"

namespace daicho::approval::domain {
namespace {

constexpr Need kR = Need::kRequired;
constexpr Need kIf = Need::kIf;
constexpr Need kO = Need::kOptional;
constexpr Need kNo = Need::kAbsent;
constexpr Need kDer = Need::kDerived;

bool Has(const Fields& fields, absl::string_view path, absl::string_view value) {
  const auto found = fields.find(std::string(path));
  return found != fields.end() && found->second == value;
}

bool IsAtOrBelow(absl::string_view path, absl::string_view above) {
  if (!absl::StartsWith(path, above)) return false;
  return path.size() == above.size() || path[above.size()] == '.' || path[above.size()] == '[';
}

bool IsCommissioned(const Fields& content, const Fields&) {
  return Has(content, "fields.operator_type", "OPERATOR_TYPE_COMMISSIONED");
}
bool IsPersonal(const Fields& content, const Fields&) {
  return Has(content, "fields.kind", "KIND_PERSONAL_EXCEPTION");
}
bool IsMerged(const Fields& content, const Fields&) {
  return Has(content, "closing.reason", "REASON_MERGED");
}
bool IsForAnotherReason(const Fields& content, const Fields&) {
  return Has(content, "closing.reason", "REASON_OTHER");
}
// A change does not drop what the ledger has.
bool HadOverlap(const Fields&, const Fields& ledger) {
  return IsFilledIn(ledger, "fields.overlap_statement");
}
bool HadGoals(const Fields&, const Fields& ledger) { return IsFilledIn(ledger, "fields.goals"); }
bool HadVerificationPlan(const Fields&, const Fields& ledger) {
  return IsFilledIn(ledger, "fields.verification_plan");
}
bool HasPosted(const Fields&, const Fields& ledger) {
  return IsFilledIn(ledger, "activity.last_post_time");
}
// What 利用方針 and 利用規約 say in words: a change of it needs a new draft of them.
bool RewritesPolicy(const Fields& content, const Fields& ledger) {
  static constexpr absl::string_view kWorded[] = {"fields.purpose",          "fields.audience",
                                                  "fields.topics",           "fields.reply_policy",
                                                  "fields.emergency_clause", "fields.terms_of_use",
                                                  "fields.personal_data"};
  return absl::c_any_of(Diff(ledger, content), [](const FieldChange& change) {
    return absl::c_any_of(kWorded,
                          [&](absl::string_view path) { return IsAtOrBelow(change.path, path); });
  });
}

// Columns: OPEN, CHANGE, CLOSE, GRANT. Of a CLOSE and a GRANT the account itself says what it is
// (8, 9, 10).
// clang-format off
constexpr Requirement kRequirements[] = {
    {1, "action", {kR, kR, kR, kR}},
    {2, "submitted_on", {kR, kR, kR, kR}},
    {3, "addressee", {kR, kR, kR, kR}},
    {4, "department_head", {kR, kR, kR, kR}},
    {5, "", {kDer, kDer, kDer, kDer}},
    {6, "contact.display_name", {kR, kR, kR, kR}},
    {6, "contact.extension", {kR, kR, kR, kR}},
    {6, "contact.email", {kR, kR, kR, kR}},
    {7, "fields.operator_type", {kR, kR, kNo, kNo}},
    {7, "fields.contractor.display_name", {kIf, kIf, kNo, kNo}, IsCommissioned},
    {7, "fields.contractor.start_date", {kIf, kIf, kNo, kNo}, IsCommissioned},
    {7, "fields.contractor.end_date", {kIf, kIf, kNo, kNo}, IsCommissioned},
    {8, "account", {kNo, kR, kR, kR}},
    {8, "account_etag", {kNo, kR, kR, kO}},
    {8, "fields.platform", {kR, kR, kNo, kNo}},
    {8, "fields.kind", {kO, kO, kNo, kNo}},
    {8, "fields.personal_exception.reason", {kIf, kIf, kNo, kNo}, IsPersonal},
    {8, "fields.personal_exception.approver", {kIf, kIf, kNo, kNo}, IsPersonal},
    {8, "fields.personal_exception.end_date", {kIf, kIf, kNo, kNo}, IsPersonal},
    {9, "fields.display_name", {kR, kR, kNo, kNo}},
    {9, "fields.handle", {kO, kO, kNo, kNo}},
    {9, "fields.platform_account_id", {kO, kO, kNo, kNo}},
    {10, "fields.url", {kR, kR, kNo, kNo}},
    {11, "effective_on", {kR, kR, kR, kR}},
    {12, "fields.term", {kR, kR, kNo, kNo}},
    {13, "fields.purpose", {kR, kR, kNo, kNo}},
    {14, "fields.audience", {kR, kR, kNo, kNo}},
    {15, "fields.topics", {kR, kR, kNo, kNo}},
    {16, "fields.publishing_method.publishing_department", {kR, kR, kNo, kNo}},
    {16, "fields.publishing_method.account_manager", {kR, kR, kNo, kNo}},
    {16, "fields.publishing_method.operators", {kR, kR, kNo, kNo}},
    {16, "fields.publishing_method.frequency", {kR, kR, kNo, kNo}},
    {16, "fields.publishing_method.timing", {kR, kR, kNo, kNo}},
    {16, "fields.publishing_method.operating_hours", {kR, kR, kNo, kNo}},
    {16, "use.users", {kNo, kNo, kNo, kR}},
    {16, "use.purpose", {kNo, kNo, kNo, kR}},
    {16, "use.safekeeping", {kNo, kNo, kNo, kR}},
    {16, "use.last_day", {kNo, kNo, kNo, kO}},
    {17, "fields.decision_makers", {kR, kR, kNo, kNo}},
    {18, "fields.reply_policy", {kR, kR, kNo, kNo}},
    {19, "fields.personal_data.handling", {kR, kR, kNo, kNo}},
    {19, "fields.personal_data.collected", {kO, kO, kNo, kNo}},
    {20, "fields.overlap_statement", {kR, kIf, kNo, kNo}, HadOverlap},
    {21, "fields.goals", {kR, kIf, kNo, kNo}, HadGoals},
    {22, "fields.verification_plan", {kR, kIf, kNo, kNo}, HadVerificationPlan},
    {23, "fields.listing_urls", {kR, kR, kNo, kNo}},
    {23, "fields.policy_url", {kR, kR, kNo, kNo}},
    {23, "fields.policy_published_on", {kO, kO, kNo, kNo}},
    {23, "fields.terms_of_use", {kO, kO, kNo, kNo}},
    {23, "closing_plan.unlist_on", {kNo, kNo, kR, kNo}},
    {24, "fields.emergency_clause", {kO, kO, kNo, kNo}},
    {24, "fields.notes", {kO, kO, kNo, kNo}},
    {25, "change_reason", {kNo, kR, kNo, kNo}},
    {25, "absorbed_accounts", {kNo, kO, kNo, kNo}},
    {26, "closing.reason", {kNo, kNo, kR, kNo}},
    {26, "closing.reason_detail", {kNo, kNo, kIf, kNo}, IsForAnotherReason},
    {26, "closing.successor", {kNo, kNo, kIf, kNo}, IsMerged},
    {26, "urgent", {kNo, kNo, kO, kNo}},
    {27, "closing_plan.last_post_on", {kNo, kNo, kIf, kNo}, HasPosted},
    {27, "closing_plan.notice", {kNo, kNo, kR, kNo}},
    {27, "closing_plan.notice_until", {kNo, kNo, kR, kNo}},
    {27, "closing_plan.removal", {kNo, kNo, kR, kNo}},
    {27, "closing_plan.handle_protection", {kNo, kNo, kR, kNo}},
    {27, "closing_plan.data_retention", {kNo, kNo, kR, kNo}},
    {28, "attachments", {kR, kIf, kNo, kO}, RewritesPolicy},
    {29, "", {kDer, kDer, kDer, kDer}},
};
// clang-format on

bool IsMissing(const Requirement& requirement, const Draft& draft, const Fields& ledger) {
  const Need need = requirement.needs_of(draft.action);
  const bool wanted =
      need == Need::kRequired || (need == Need::kIf && requirement.applies(draft.content, ledger));
  return wanted && !IsFilledIn(draft.content, requirement.path);
}

}  // namespace

absl::Span<const Requirement> Requirements() { return kRequirements; }

bool IsFilledIn(const Fields& content, absl::string_view path) {
  const auto first = content.lower_bound(std::string(path));
  for (auto at = first; at != content.end() && absl::StartsWith(at->first, path); ++at) {
    if (IsAtOrBelow(at->first, path) && !IsBlank(at->second)) return true;
  }
  return false;
}

std::vector<std::string> FilledInVain(const Draft& draft) {
  std::vector<std::string> paths;
  for (const Requirement& requirement : kRequirements) {
    const bool absent = requirement.needs_of(draft.action) == Need::kAbsent;
    if (absent && IsFilledIn(draft.content, requirement.path)) {
      paths.emplace_back(requirement.path);
    }
  }
  return paths;
}

absl::Status RefuseIncomplete(const Draft& draft, const Fields& ledger) {
  std::vector<Violation> missing;
  for (const Requirement& requirement : kRequirements) {
    if (!IsMissing(requirement, draft, ledger)) continue;
    missing.push_back({std::string(requirement.path), "REQUIRED",
                       absl::StrCat("Fill it in (item ", requirement.number, " of the form)."),
                       absl::StrCat("記入してください(様式第1号の", requirement.number, ")。")});
  }
  if (missing.empty()) return absl::OkStatus();
  return RefusePreconditions("FORM_INCOMPLETE",
                             {"The form is not complete; fill in each of the fields.",
                              "協議書に記入されていない項目があります。各項目を記入してください。"},
                             missing);
}

}  // namespace daicho::approval::domain
