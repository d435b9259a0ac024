#include "services/registry/domain/transfer.h"

#include "absl/strings/match.h"

namespace daicho::registry::domain {

std::optional<HolderRole> RoleAt(absl::string_view holder) {
  if (holder == "publishing_method.account_manager") return HolderRole::kAccountManager;
  if (absl::StartsWith(holder, "publishing_method.operators[")) return HolderRole::kOperator;
  if (holder == "decision_makers.head") return HolderRole::kHead;
  if (holder == "decision_makers.deputy") return HolderRole::kDeputy;
  if (holder == "decision_makers.team_leader") return HolderRole::kTeamLeader;
  if (absl::StartsWith(holder, "grants/")) return HolderRole::kGrantHolder;
  return std::nullopt;
}

}  // namespace daicho::registry::domain
