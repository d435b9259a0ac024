#include "services/policy/finding_evaluator.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "services/policy/exemption_store.h"

namespace daicho::policy {
namespace {

constexpr absl::Duration kTimeToStore = absl::Seconds(30);
constexpr absl::Duration kTimeToFollow = absl::Minutes(2);
constexpr absl::Duration kTimeForAll = absl::Hours(1);

std::string CodeOf(const std::string& department) {
  return std::string(absl::StripPrefix(department, "departments/"));
}

std::string UuidOf(const std::string& account) {
  return std::string(absl::StripPrefix(account, "accounts/"));
}

}  // namespace

FindingEvaluator::FindingEvaluator(const rpc::Env& env, const LoadedGuideline& guideline,
                                   const Ledger& ledger, absl::Duration turn)
    : env_(env),
      guideline_(guideline),
      ledger_(ledger),
      turn_(turn),
      holder_(NewUuid(absl::Now())),
      digest_(absl::BytesToHexString(Sha256(guideline.proto.SerializeAsString()))) {}

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
  registry::v1::StreamSnapshotRequest request;
  request.set_whole_accounts(true);
  request.set_changed_after(change);
  Reading reading;
  RETURN_IF_ERROR(Read(request, kTimeToFollow, &reading));
  if (reading.change == change) return absl::OkStatus();
  return InTurn([&](pg::Transaction& tx) {
    store::SetFollowed(tx, reading.change);
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
  RETURN_IF_ERROR(Read(request, kTimeForAll, &reading));
  return InTurn([&](pg::Transaction& tx) {
    store::FinishRun(tx, run, today, reading.change, reading.accounts, env_.clock->Now());
    return absl::OkStatus();
  });
}

absl::Status FindingEvaluator::Read(const registry::v1::StreamSnapshotRequest& request,
                                    absl::Duration patience, Reading* reading) {
  reading->today = TokyoDay(env_.clock->Now());
  RETURN_IF_ERROR(InTransaction([&](pg::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(reading->exemptions, store::LoadExemptions(tx, reading->today));
    return absl::OkStatus();
  }));
  const rpc::Call call({}, access::v1::SCOPE_ANY, env_.clock->Now(), absl::Now() + patience);
  return ledger_.ReadSnapshot(call, request, [&](const registry::v1::StreamSnapshotResponse& part) {
    return Take(part, reading);
  });
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
  return part.accounts().empty() ? absl::OkStatus() : StoreAccounts(part, *reading);
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

absl::Status FindingEvaluator::StoreAccounts(const registry::v1::StreamSnapshotResponse& part,
                                             const Reading& reading) {
  std::vector<store::CheckedAccount> accounts;
  std::vector<std::string> ids;
  std::vector<std::vector<domain::Trouble>> troubles;
  for (const auto& account : part.accounts()) {
    ids.push_back(UuidOf(account.name()));
    accounts.push_back(
        {ids.back(), CodeOf(account.department()), account.platform(), account.display_name()});
    troubles.push_back(Check(account, reading));
  }
  return InTurn([&](pg::Transaction& tx) -> absl::Status {
    const absl::Time now = env_.clock->Now();
    store::PutAccounts(tx, accounts);
    ASSIGN_OR_RETURN(const auto standing, store::LoadStanding(tx, ids));
    std::vector<store::NewFinding> appeared;
    domain::TroubleChange all;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto known = standing.find(ids[i]);
      domain::TroubleChange change = domain::Compare(
          known == standing.end() ? std::vector<domain::KnownTrouble>() : known->second,
          troubles[i]);
      for (domain::Trouble& trouble : change.appeared) {
        appeared.push_back({NewUuid(now), ids[i], accounts[i].department, std::move(trouble)});
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
                                                     const Reading& reading) const {
  const auto kind = reading.kinds.find(account.department());
  const bool active = account.state() == registry::v1::Account::STATE_ACTIVE;
  Fields fields = daicho::wire::Flatten(account.account(), "account");
  if (const auto exempt = reading.exemptions.find(UuidOf(account.name()));
      exempt != reading.exemptions.end()) {
    fields["exemption.reason"] = exempt->second.reason;
    fields["exemption.end_date"] = FormatDay(exempt->second.until);
  }
  return domain::TroublesOf(guideline_.domain,
                            {fields, kind == reading.kinds.end() ? "" : kind->second, reading.today,
                             domain::SubjectKind::kAccount},
                            active);
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
