#include "services/approval/lapse.h"

#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "services/approval/apply_relay.h"
#include "services/approval/handling.h"
#include "services/approval/inbox_store.h"
#include "services/approval/store.h"

namespace daicho::approval {
namespace {

constexpr absl::Duration kTimeForSome = absl::Minutes(1);
constexpr char kExpireForms[] = "daicho.approval.v1.FormService/ExpireForms";

}  // namespace

absl::StatusOr<std::vector<std::string>> LapseSome(work::UnitOfWork& unit,
                                                   const domain::Actor& actor, int days_of_grace,
                                                   absl::Time now) {
  ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                   store::FindLapsing(unit.tx(), TokyoDay(now) - days_of_grace, kMostLapsing));
  ASSIGN_OR_RETURN(const std::vector<domain::Form> forms, store::Load(unit.tx(), ids));
  std::vector<std::string> lapsed;
  for (const domain::Form& form : forms) {
    ASSIGN_OR_RETURN(domain::Change change, domain::Expire(form, actor, days_of_grace, now));
    RETURN_IF_ERROR(SaveAndAnnounce(unit, change, now));
    lapsed.push_back(NameOf(form));
  }
  return lapsed;
}

absl::Status LapseAll(const rpc::Env& env, int days_of_grace) {
  std::vector<std::string> lapsed;
  do {
    RETURN_IF_ERROR(work::Run(
        *env.pool, absl::Now() + kTimeForSome, RelayEncoder(env, kExpireForms),
        [&](work::UnitOfWork& unit) -> absl::Status {
          ASSIGN_OR_RETURN(lapsed, LapseSome(unit, OwnActor(), days_of_grace, env.clock->Now()));
          return absl::OkStatus();
        }));
  } while (lapsed.size() == kMostLapsing);
  return absl::OkStatus();
}

}  // namespace daicho::approval
