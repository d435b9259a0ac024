// What has to be done about each kind of incident (domain.md §7). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace daicho::registry::domain {

enum class IncidentKind {
  kFlaming,             // 炎上
  kImpersonation,       // なりすまし
  kTampering,           // 改ざん
  kTakeover,            // 乗っ取り
  kPlatformSuspension,  // 凍結
  kMistakenPost,        // 誤投稿
  kLeak,                // 情報の漏えい
};
inline constexpr IncidentKind kAllIncidentKinds[] = {
    IncidentKind::kFlaming,  IncidentKind::kImpersonation,      IncidentKind::kTampering,
    IncidentKind::kTakeover, IncidentKind::kPlatformSuspension, IncidentKind::kMistakenPost,
    IncidentKind::kLeak};

// "PLATFORM_SUSPENSION"; nullopt for any other text.
absl::string_view ToText(IncidentKind kind);
std::optional<IncidentKind> ParseIncidentKind(absl::string_view text);

// One thing that has to be done about an incident of `kind`. T 6-2, M 6, Y 3, U 4, A 3-3.
struct Duty {
  IncidentKind kind;
  absl::string_view id;  // Never changes its meaning: it is stored.
  absl::string_view title_ja;
  absl::string_view title;
  absl::string_view clauses;  // "T 6-2-2-3, M 6-3-1"
  bool mandatory;             // Otherwise when it applies.
  int hours;                  // To be done within, from detection. 0: no limit.
};

// The duties of `kind`, in order.
absl::Span<const Duty> DutiesOf(IncidentKind kind);
// Null when `kind` has no such duty.
const Duty* FindDuty(IncidentKind kind, absl::string_view id);

// "T 6-2-2-3" and so on, one by one.
std::vector<std::string> ClausesOf(const Duty& duty);
// Whether `text` has the form of a clause: the guideline's letter, then what the text counts by.
bool IsClause(absl::string_view text);

}  // namespace daicho::registry::domain
