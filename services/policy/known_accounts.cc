#include "services/policy/known_accounts.h"

#include <set>
#include <string>

#include "absl/time/clock.h"
#include "common/base/status_macros.h"

namespace daicho::policy {
namespace {

// What is not read to its end begins anew, and a ledger may be great and the machine busy.
constexpr absl::Duration kTimeToLearn = absl::Hours(1);

bool CanOverlap(registry::v1::Account::State state) {
  return state == registry::v1::Account::STATE_PREPARING ||
         state == registry::v1::Account::STATE_ACTIVE;
}

std::set<std::string> PathsCompared(const domain::Guideline& guideline) {
  std::set<std::string> paths;
  for (const auto& compared : ComparedFields(guideline)) {
    paths.insert(compared.begin(), compared.end());
  }
  return paths;
}

}  // namespace

KnownAccounts::KnownAccounts(const domain::Guideline& guideline, const Ledger& ledger)
    : ledger_(ledger),
      compares_(!ComparedFields(guideline).empty()),
      compared_(*registry::v1::GovernedFields::descriptor(), "fields", PathsCompared(guideline)),
      neighbours_(ComparedFields(guideline)) {}

absl::Status KnownAccounts::Follow(absl::Time now) {
  if (!compares_) return absl::OkStatus();
  registry::v1::StreamSnapshotRequest request;
  request.set_whole_accounts(true);
  request.set_changed_after(change_);
  std::int64_t change = change_;
  const rpc::Call call({}, access::v1::SCOPE_ANY, now, absl::Now() + kTimeToLearn);
  RETURN_IF_ERROR(
      ledger_.ReadSnapshot(call, request, [&](const registry::v1::StreamSnapshotResponse& part) {
        if (part.has_header()) change = part.header().change_number();
        Take(part);
        return absl::OkStatus();
      }));
  change_ = change;
  return absl::OkStatus();
}

void KnownAccounts::Take(const registry::v1::StreamSnapshotResponse& part) {
  const absl::MutexLock lock(&mutex_);
  for (const auto& account : part.accounts()) {
    if (CanOverlap(account.state())) {
      neighbours_.Put(
          {account.name(), account.display_name(), compared_.Read(account.account().fields())});
    } else {
      neighbours_.Remove(account.name());
    }
  }
}

void KnownAccounts::With(const std::function<void(const domain::Neighbours&)>& body) const {
  const absl::ReaderMutexLock lock(&mutex_);
  body(neighbours_);
}

}  // namespace daicho::policy
