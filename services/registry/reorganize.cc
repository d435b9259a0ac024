#include "services/registry/reorganize.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "services/registry/account_store.h"
#include "services/registry/department_store.h"
#include "services/registry/reorganization_store.h"
#include "services/registry/reorganization_wire.h"
#include "services/registry/reroute_relay.h"

namespace daicho::registry {

absl::StatusOr<domain::ReorganizationPlan> PlanOnLedger(
    pg::Transaction& tx, const domain::Reorganization& reorganization, absl::Time now) {
  store::LockLedger(tx);
  ASSIGN_OR_RETURN(const std::vector<domain::ReorganizationStep> steps,
                   wire::StepsOf(reorganization));
  ASSIGN_OR_RETURN(const domain::DepartmentsByCode departments, store::AllDepartments(tx));
  const std::set<std::string> losing = domain::LosingDepartments(steps);
  // One more than may move, so that the plan sees that there are too many.
  ASSIGN_OR_RETURN(
      const std::vector<domain::Account> accounts,
      store::LiveAccountsOf(tx, {losing.begin(), losing.end()}, domain::kMostMovedAccounts + 1));
  return domain::PlanReorganization(steps, reorganization.effective_on, departments, accounts, now);
}

absl::Status CarryOut(work::UnitOfWork& unit, const domain::Reorganization& reorganization,
                      const domain::ReorganizationPlan& plan, const std::string& actor,
                      absl::Time now) {
  std::vector<domain::Department> departments;
  for (const domain::DepartmentChange& change : plan.departments) {
    departments.push_back(change.after);
    RETURN_IF_ERROR(unit.Announce(domain::EventOf(change, reorganization)));
  }
  RETURN_IF_ERROR(store::SaveDepartments(unit.tx(), departments,
                                         {.actor = actor,
                                          .act = "department.reorganized",
                                          .reason = reorganization.reason,
                                          .effective_on = reorganization.effective_on}));
  for (const domain::AccountMove& move : plan.accounts) {
    const domain::Change change = domain::MoveAccount(move, reorganization, now);
    store::SaveAccount(unit.tx(), change, {.actor = actor, .reason = reorganization.reason});
    RETURN_IF_ERROR(unit.Announce(change.event));
  }
  for (auto& reroute : wire::ToReroutes(reorganization, plan.successions)) {
    RETURN_IF_ERROR(unit.Send(ToOutgoing(std::move(reroute), now)));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> SettleOneDue(work::UnitOfWork& unit, absl::Time now) {
  const absl::CivilDay today = TokyoDay(now);
  // Looked for without a lock first: mostly none is due.
  ASSIGN_OR_RETURN(std::optional<domain::Reorganization> due, store::FindDue(unit.tx(), today));
  if (!due) return false;
  store::LockLedger(unit.tx());
  ASSIGN_OR_RETURN(due, store::FindDue(unit.tx(), today));
  if (!due) return false;
  ASSIGN_OR_RETURN(const domain::ReorganizationPlan plan, PlanOnLedger(unit.tx(), *due, now));
  domain::Reorganization settled = *due;
  const bool fits = plan.problems.empty();
  settled.state =
      fits ? domain::ReorganizationState::kInEffect : domain::ReorganizationState::kFailed;
  settled.outcome = wire::OutcomeOf(plan);
  settled.settle_time = now;
  ++settled.revision;
  if (fits) RETURN_IF_ERROR(CarryOut(unit, settled, plan, settled.actor, now));
  store::SaveReorganization(unit.tx(), settled);
  RETURN_IF_ERROR(unit.Announce(
      domain::EventOf(fits ? "reorganization.effected" : "reorganization.failed", due, settled)));
  return true;
}

}  // namespace daicho::registry
