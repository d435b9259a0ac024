#include "services/policy/finding_evaluator.h"

#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "services/policy/exemption_store.h"
#include "services/policy/inactivity_wire.h"

namespace daicho::policy {
namespace {

constexpr absl::Duration kTimeToStore = absl::Seconds(30);
// An import may have changed as many accounts as there are.
constexpr absl::Duration kTimeToRead = absl::Hours(1);
constexpr absl::Duration kTimeToLook = absl::Minutes(2);
// How many accounts that no change names are looked at together, and how often silent ones are.
constexpr int kUnnamedAtOnce = 200;
constexpr absl::Duration kSilentInterval = absl::Minutes(1);
constexpr char kBeforeAll[] = "00000000-0000-0000-0000-000000000000";

std::string CodeOf(const std::string& department) {
  return std::string(absl::StripPrefix(department, "departments/"));
}

std::string UuidOf(const std::string& account) {
  return std::string(absl::StripPrefix(account, "accounts/"));
}

registry::v1::SnapshotAccount AsInSnapshot(registry::v1::Account account) {
  registry::v1::SnapshotAccount out;
  out.set_name(account.name());
  out.set_department(account.department());
  out.set_platform(account.fields().platform());
  out.set_display_name(wire::ToExempted(account).display_name);
  *out.mutable_account() = std::move(account);
  return out;
}

}  // namespace

FindingEvaluator::FindingEvaluator(const rpc::Env& env, const LoadedGuideline& guideline,
                                   const Ledger& ledger, absl::Duration turn)
    : env_(env),
      guideline_(guideline),
      checker_(guideline.domain),
      ledger_(ledger),
      turn_(turn),
      holder_(NewUuid(absl::Now())),
      digest_(absl::BytesToHexString(Sha256(guideline.proto.SerializeAsString()))),
      silent_after_(kBeforeAll) {
  for (const domain::Rule& rule : guideline.domain.rules) {
    if (std::holds_alternative<domain::Inactivity>(rule.check)) silence_rules_.push_back(rule.id);
  }
}

FindingEvaluator::~FindingEvaluator() {
  (void)InTransaction([&](pg::Transaction& tx) { return store::GiveTurnBack(tx, holder_); });
}

absl::Status FindingEvaluator::Step() {
  std::optional<store::Turn> turn;
  bool adopted = false;
  RETURN_IF_ERROR(InTransaction([&](pg::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(turn, store::TakeTurn(tx, holder_, turn_));
    if (!turn) return absl::OkStatus();
    ASSIGN_OR_RETURN(adopted, store::AdoptGuideline(tx, *turn, digest_, guideline_.domain.version,
                                                    env_.clock->Now()));
    return adopted ? absl::OkStatus() : store::GiveTurnBack(tx, holder_);
  }));
  if (!turn || !adopted) return absl::OkStatus();
  if (turn->followed_change) RETURN_IF_ERROR(Follow(*turn->followed_change));
  const bool checked = turn->digest == digest_ && turn->checked_on &&
                       *turn->checked_on >= TokyoDay(env_.clock->Now());
  return checked ? absl::OkStatus() : CheckAll();
}

absl::Status FindingEvaluator::Follow(std::int64_t change) {
  // Found before exemptions are read: what comes in between is found again.
  ASSIGN_OR_RETURN(const Unnamed unnamed, FindUnnamed());
  registry::v1::StreamSnapshotRequest request;
  request.set_whole_accounts(true);
  request.set_changed_after(change);
  Reading reading;
  RETURN_IF_ERROR(Read(request, &reading));
  RETURN_IF_ERROR(CheckUnnamed(unnamed, reading));
  if (reading.change == change) return absl::OkStatus();
  return InTurn([&](pg::Transaction& tx) {
    store::SetFollowed(tx, reading.change);
    return absl::OkStatus();
  });
}

absl::StatusOr<FindingEvaluator::Unnamed> FindingEvaluator::FindUnnamed() {
  Unnamed unnamed;
  const absl::Time now = env_.clock->Now();
  RETURN_IF_ERROR(InTransaction([&](pg::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(unnamed.exempted, store::ListUncheckedExemptions(tx, kUnnamedAtOnce));
    if (now < next_silent_) return absl::OkStatus();
    ASSIGN_OR_RETURN(unnamed.silent,
                     store::ListAccountsWith(tx, silence_rules_, silent_after_, kUnnamedAtOnce));
    return absl::OkStatus();
  }));
  if (now < next_silent_) return unnamed;
  next_silent_ = now + kSilentInterval;
  const bool more = unnamed.silent.size() == kUnnamedAtOnce;
  silent_after_ = more ? unnamed.silent.back() : kBeforeAll;
  return unnamed;
}

absl::Status FindingEvaluator::CheckUnnamed(const Unnamed& unnamed, const Reading& reading) {
  std::set<std::string> ids(unnamed.silent.begin(), unnamed.silent.end());
  for (const store::UncheckedExemption& exempted : unnamed.exempted) ids.insert(exempted.account);
  if (ids.empty()) return absl::OkStatus();
  const rpc::Call call({}, access::v1::SCOPE_ANY, env_.clock->Now(), absl::Now() + kTimeToLook);
  registry::v1::StreamSnapshotResponse part;
  for (const std::string& id : ids) {
    if (stopped_) return absl::CancelledError("the process stops");
    absl::StatusOr<registry::v1::Account> account =
        ledger_.GetAccount(call, absl::StrCat("accounts/", id));
    if (absl::IsNotFound(account.status())) continue;
    RETURN_IF_ERROR(account.status());
    *part.add_accounts() = AsInSnapshot(*std::move(account));
  }
  RETURN_IF_ERROR(Store(CheckAccounts(part, reading)));
  return InTurn([&](pg::Transaction& tx) {
    store::SetChecked(tx, unnamed.exempted);
    return absl::OkStatus();
  });
}

absl::Status FindingEvaluator::CheckAll() {
  const absl::CivilDay today = TokyoDay(env_.clock->Now());
  std::string run;
  RETURN_IF_ERROR(InTurn([&](pg::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(run, store::BeginRun(tx, guideline_.domain.version, today, env_.clock->Now()));
    return absl::OkStatus();
  }));
  registry::v1::StreamSnapshotRequest request;
  request.set_whole_accounts(true);
  Reading reading;
  RETURN_IF_ERROR(Read(request, &reading));
  return InTurn([&](pg::Transaction& tx) {
    store::FinishRun(tx, run, today, reading.change, reading.accounts, env_.clock->Now());
    return absl::OkStatus();
  });
}

absl::Status FindingEvaluator::Read(const registry::v1::StreamSnapshotRequest& request,
                                    Reading* reading) {
  reading->today = TokyoDay(env_.clock->Now());
  RETURN_IF_ERROR(InTransaction([&](pg::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(reading->exemptions, store::LoadExemptions(tx, reading->today));
    return absl::OkStatus();
  }));
  const rpc::Call call({}, access::v1::SCOPE_ANY, env_.clock->Now(), absl::Now() + kTimeToRead);
  const absl::Status read = ledger_.ReadSnapshot(
      call, request,
      [&](const registry::v1::StreamSnapshotResponse& part) { return Take(part, reading); });
  const absl::Status stored = AwaitStored();
  RETURN_IF_ERROR(read);
  return stored;
}

absl::Status FindingEvaluator::Take(const registry::v1::StreamSnapshotResponse& part,
                                    Reading* reading) {
  if (stopped_) return absl::CancelledError("the process stops");
  if (part.has_header()) reading->change = part.header().change_number();
  for (const auto& department : part.departments()) {
    reading->kinds[department.name()] = registry::v1::Department::Kind_Name(department.kind());
  }
  reading->accounts += part.accounts_size();
  if (!part.departments().empty()) RETURN_IF_ERROR(StoreDepartments(part));
  return part.accounts().empty() ? absl::OkStatus() : StoreAside(CheckAccounts(part, *reading));
}

absl::Status FindingEvaluator::StoreDepartments(const registry::v1::StreamSnapshotResponse& part) {
  std::vector<store::LedgerDepartment> departments;
  for (const auto& department : part.departments()) {
    departments.push_back({CodeOf(department.name()), CodeOf(department.parent()),
                           department.display_name(),
                           registry::v1::Department::Kind_Name(department.kind())});
  }
  return InTurn([&](pg::Transaction& tx) {
    store::PutDepartments(tx, departments);
    return absl::OkStatus();
  });
}

FindingEvaluator::Checked FindingEvaluator::CheckAccounts(
    const registry::v1::StreamSnapshotResponse& part, const Reading& reading) {
  Checked checked;
  for (const auto& account : part.accounts()) {
    checked.ids.push_back(UuidOf(account.name()));
    checked.accounts.push_back({checked.ids.back(), CodeOf(account.department()),
                                account.platform(), account.display_name()});
    checked.troubles.push_back(Check(account, reading));
  }
  return checked;
}

absl::Status FindingEvaluator::StoreAside(Checked checked) {
  RETURN_IF_ERROR(AwaitStored());
  storing_ = std::async(std::launch::async,
                        [this, checked = std::move(checked)] { return Store(checked); });
  return absl::OkStatus();
}

absl::Status FindingEvaluator::AwaitStored() {
  return storing_.valid() ? storing_.get() : absl::OkStatus();
}

absl::Status FindingEvaluator::Store(const Checked& checked) {
  const std::vector<std::string>& ids = checked.ids;
  return InTurn([&](pg::Transaction& tx) -> absl::Status {
    const absl::Time now = env_.clock->Now();
    store::PutAccounts(tx, checked.accounts);
    ASSIGN_OR_RETURN(const auto standing, store::LoadStanding(tx, ids));
    std::vector<store::NewFinding> appeared;
    domain::TroubleChange all;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto known = standing.find(ids[i]);
      domain::TroubleChange change = domain::Compare(
          known == standing.end() ? std::vector<domain::KnownTrouble>() : known->second,
          checked.troubles[i]);
      for (domain::Trouble& trouble : change.appeared) {
        appeared.push_back(
            {NewUuid(now), ids[i], checked.accounts[i].department, std::move(trouble)});
      }
      all.altered.insert(all.altered.end(), change.altered.begin(), change.altered.end());
      all.mended.insert(all.mended.end(), change.mended.begin(), change.mended.end());
    }
    store::InsertFindings(tx, appeared, now);
    store::AlterFindings(tx, all.altered, now);
    store::MendFindings(tx, all.mended, now);
    return absl::OkStatus();
  });
}

std::vector<domain::Trouble> FindingEvaluator::Check(const registry::v1::SnapshotAccount& account,
                                                     const Reading& reading) {
  const auto kind = reading.kinds.find(account.department());
  const auto exemption = reading.exemptions.find(UuidOf(account.name()));
  return checker_.Check(account.account(), kind == reading.kinds.end() ? "" : kind->second,
                        exemption == reading.exemptions.end() ? nullptr : &exemption->second,
                        reading.today);
}

absl::Status FindingEvaluator::InTurn(const std::function<absl::Status(pg::Transaction&)>& body) {
  return InTransaction([&](pg::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(store::KeepTurn(tx, holder_, turn_));
    return body(tx);
  });
}

absl::Status FindingEvaluator::InTransaction(
    const std::function<absl::Status(pg::Transaction&)>& body) {
  const absl::Time deadline = absl::Now() + kTimeToStore;
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, env_.pool->Acquire(deadline));
  pg::Transaction tx = lease->Begin(deadline);
  RETURN_IF_ERROR(body(tx));
  return tx.Commit();
}

}  // namespace daicho::policy
