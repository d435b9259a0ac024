// Checks the accounts of the ledger by the guideline and keeps what stands against them
// (domain.md §6).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/handle.h"
#include "services/policy/account_checker.h"
#include "services/policy/domain/inactivity_report.h"
#include "services/policy/exemption_store.h"
#include "services/policy/finding_store.h"
#include "services/policy/guideline.h"
#include "services/policy/ledger.h"

namespace daicho::policy {

// Every process of the service may have one. One of them has the turn; it keeps the turn with every
// page it stores, in the same transaction, so that whoever lost it stores nothing more. What is cut
// off is done again from where it was last known to be whole, and comes to the same.
class FindingEvaluator {
 public:
  // How long the turn is kept without a sign of life.
  static constexpr absl::Duration kTurn = absl::Seconds(10);

  // `env`, of which pool and clock are used, `guideline` and `ledger` outlive it.
  FindingEvaluator(const rpc::Env& env, const LoadedGuideline& guideline, const Ledger& ledger,
                   absl::Duration turn = kTurn);
  ~FindingEvaluator();  // Gives the turn back.

  // If it has the turn: checks the accounts that changed since the last time, those of which an
  // exemption was granted or revoked, once a minute some that are found silent, in turn, in case
  // they posted, and all of them on a new day, by Asia/Tokyo, and under a new guideline.
  // UNAVAILABLE (REGISTRY_UNAVAILABLE) when the
  // ledger cannot be read, ABORTED when the turn was lost; what was stored until then is good.
  absl::Status Step();

  // Makes Step() end soon, with CANCELLED. From any thread.
  void Stop() { stopped_ = true; }

 private:
  // What is read of the ledger before its accounts.
  struct Reading {
    absl::CivilDay today;
    std::int64_t change = 0;
    std::int64_t accounts = 0;
    std::map<std::string, std::string> kinds;  // Of departments, by name.
    domain::ExemptionsByAccount exemptions;
  };

  // Accounts to look at though no change of the ledger names them.
  struct Unnamed {
    std::vector<store::UncheckedExemption> exempted;
    std::vector<std::string> silent;  // UUIDs.
  };

  // What was found of some accounts.
  struct Checked {
    std::vector<std::string> ids;
    std::vector<store::CheckedAccount> accounts;
    std::vector<std::vector<domain::Trouble>> troubles;
  };

  absl::Status Follow(std::int64_t change);
  absl::StatusOr<Unnamed> FindUnnamed();
  absl::Status CheckUnnamed(const Unnamed& unnamed, const Reading& reading);
  absl::Status CheckAll();
  absl::Status Read(const registry::v1::StreamSnapshotRequest& request, Reading* reading);
  absl::Status Take(const registry::v1::StreamSnapshotResponse& part, Reading* reading);
  absl::Status StoreDepartments(const registry::v1::StreamSnapshotResponse& part);
  Checked CheckAccounts(const registry::v1::StreamSnapshotResponse& part, const Reading& reading);
  absl::Status Store(const Checked& checked);
  // Stores while the next are read and checked; first awaits what is being stored.
  absl::Status StoreAside(Checked checked);
  absl::Status AwaitStored();
  std::vector<domain::Trouble> Check(const registry::v1::SnapshotAccount& account,
                                     const Reading& reading);
  // Runs `body` in a transaction that keeps the turn.
  absl::Status InTurn(const std::function<absl::Status(pg::Transaction&)>& body);
  absl::Status InTransaction(const std::function<absl::Status(pg::Transaction&)>& body);

  const rpc::Env& env_;
  const LoadedGuideline& guideline_;
  AccountChecker checker_;
  const Ledger& ledger_;
  const absl::Duration turn_;
  const std::string holder_;
  const std::string digest_;
  std::vector<std::string> silence_rules_;
  std::string silent_after_;  // The account last looked at in turn.
  absl::Time next_silent_ = absl::InfinitePast();
  std::future<absl::Status> storing_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace daicho::policy
