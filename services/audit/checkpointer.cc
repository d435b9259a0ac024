#include "services/audit/checkpointer.h"

#include <prometheus/gauge.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/http/http.h"
#include "common/work/unit_of_work.h"
#include "services/audit/checkpoint_store.h"
#include "services/audit/key_file.h"
#include "services/audit/store.h"

namespace daicho::audit {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);
constexpr absl::Duration kDatabasePatience = absl::Seconds(10);
constexpr absl::Duration kWitnessPatience = absl::Seconds(5);

prometheus::Gauge& GaugeOf(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

absl::Status NotContinued(const std::string& what) {
  return absl::DataLossError(absl::StrCat(
      what,
      "; nothing is signed. Restore the newest backup, or tell the auditors and go on with a "
      "new log name (services/audit/README.md)."));
}

absl::StatusOr<std::vector<Witness>> WitnessesOf(const config::v1::ServerConfig& config) {
  std::vector<Witness> witnesses;
  for (const auto& witness : config.witnesses()) {
    const auto key = domain::ParseVerifierKey(witness.verifier_key());
    if (!key.ok() || key->kind != domain::KeyKind::kWitness) {
      return absl::InvalidArgumentError(absl::StrCat("witnesses: the verifier_key of \"",
                                                     witness.address(), "\" is no witness's key"));
    }
    witnesses.push_back({witness.address(), *key});
  }
  return witnesses;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CheckpointPolicy>> PolicyOf(
    const config::v1::ServerConfig& config) {
  ASSIGN_OR_RETURN(std::vector<Witness> witnesses, WitnessesOf(config));
  const int required = config.required_cosignatures();
  if (required < 0 || required > static_cast<int>(witnesses.size())) {
    return absl::InvalidArgumentError("required_cosignatures: there are fewer witnesses");
  }
  if (config.checkpoint_key_file().empty()) {
    if (witnesses.empty()) return nullptr;
    return absl::InvalidArgumentError("witnesses: they cosign nothing without checkpoint_key_file");
  }
  ASSIGN_OR_RETURN(domain::KeyRing keys,
                   LoadKeys(config.checkpoint_key_file(), domain::KeyKind::kLog));
  return std::make_shared<const CheckpointPolicy>(
      CheckpointPolicy{.keys = std::move(keys),
                       .last_file = absl::StrCat(config.checkpoint_key_file(), ".last"),
                       .witnesses = std::move(witnesses),
                       .required_cosignatures = required});
}

Checkpointer::Checkpointer(pg::Pool* pool, const Clock* clock,
                           std::shared_ptr<const CheckpointPolicy> policy,
                           prometheus::Registry& registry)
    : pool_(pool),
      clock_(clock),
      policy_(std::move(policy)),
      signed_size_(GaugeOf(registry, "daicho_audit_checkpoint_signed_size",
                           "Entries in the checkpoint signed last")),
      served_size_(GaugeOf(registry, "daicho_audit_checkpoint_served_size",
                           "Entries in the checkpoint that is served")),
      refused_(GaugeOf(registry, "daicho_audit_checkpoint_refused",
                       "1 while the log does not continue what was signed last")) {}

Checkpointer::~Checkpointer() {
  stop_.Notify();
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::Start() {
  thread_ = std::thread([this] {
    std::string last_error;
    do {
      const absl::Status status = Turn();
      const std::string error(status.message());
      if (!error.empty() && error != last_error) {
        Log(absl::IsDataLoss(status) ? LogLevel::kError : LogLevel::kWarning, "no new checkpoint",
            {{"error", error}});
      }
      last_error = error;
    } while (!stop_.WaitForNotificationWithTimeout(kInterval));
  });
}

absl::Status Checkpointer::Turn() {
  const absl::StatusOr<bool> up_to_date = IsUpToDate();
  absl::Status status = up_to_date.status();
  if (up_to_date.ok() && !*up_to_date) status = Sign();
  refused_.Set(absl::IsDataLoss(status) ? 1 : 0);
  RETURN_IF_ERROR(status);
  return policy_->witnesses.empty() ? absl::OkStatus() : Cosign();
}

// Most seconds nothing has happened, and nothing is locked then.
absl::StatusOr<bool> Checkpointer::IsUpToDate() {
  const absl::Time deadline = absl::Now() + kDatabasePatience;
  // Before the head: another process may sign what the log grows to in between.
  ASSIGN_OR_RETURN(const std::string kept, LoadKept());
  ASSIGN_OR_RETURN(auto connection, pool_->Acquire(deadline));
  pg::Transaction tx = connection->Begin(deadline);
  ASSIGN_OR_RETURN(const store::Checkpoints last, store::GetCheckpoints(tx));
  ASSIGN_OR_RETURN(const domain::Head head, store::GetHead(tx));
  RETURN_IF_ERROR(CheckContinues(tx, head.tree, kept));
  served_size_.Set(static_cast<double>(WorthOf(last.served_note).first));
  const auto opened = domain::OpenCheckpoint(last.signed_note, policy_->keys.verifiers);
  if (!opened.ok() || opened->checkpoint.tree != head.tree) return false;
  signed_size_.Set(static_cast<double>(head.tree.size));
  // A key that is new signs at once, not only when something happens.
  return std::all_of(
      policy_->keys.signers.begin(), policy_->keys.signers.end(),
      [&](const domain::SignerKey& key) { return domain::IsSignedBy(opened->note, key.verifier); });
}

absl::Status Checkpointer::Sign() {
  const absl::Time deadline = absl::Now() + kDatabasePatience;
  return work::Run(*pool_, deadline, nullptr, [&](work::UnitOfWork& unit) -> absl::Status {
    ASSIGN_OR_RETURN(store::Checkpoints last, store::LockCheckpoints(unit.tx()));
    ASSIGN_OR_RETURN(const std::string kept, LoadKept());
    ASSIGN_OR_RETURN(const domain::Head head, store::GetHead(unit.tx()));
    RETURN_IF_ERROR(CheckContinues(unit.tx(), head.tree, kept));
    RETURN_IF_ERROR(CheckContinues(unit.tx(), head.tree, last.signed_note));
    domain::SignedNote note{.text =
                                domain::ToText(domain::Checkpoint{policy_->origin(), head.tree})};
    for (const domain::SignerKey& key : policy_->keys.signers) {
      note.signatures.push_back(domain::Sign(key, note.text, clock_->Now()));
    }
    last.signed_note = domain::ToText(note);
    RETURN_IF_ERROR(KeepNote(policy_->last_file, last.signed_note));
    if (policy_->required_cosignatures == 0) last.served_note = last.signed_note;
    store::SaveCheckpoints(unit.tx(), last);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::string> Checkpointer::LoadKept() {
  ASSIGN_OR_RETURN(const std::optional<std::string> kept, LoadNote(policy_->last_file));
  if (!kept) return "";
  const auto opened = domain::OpenCheckpoint(*kept, policy_->keys.verifiers);
  if (opened.ok()) return *kept;
  return NotContinued(absl::StrCat(policy_->last_file, " is no checkpoint of these keys: ",
                                   std::string(opened.status().message())));
}

absl::Status Checkpointer::CheckContinues(pg::Transaction& tx, const domain::TreeHead& head,
                                          const std::string& note) {
  const auto last = domain::OpenCheckpoint(note, policy_->keys.verifiers);
  // The database may hold one of a log of another name, which this one does not continue.
  if (!last.ok()) return absl::OkStatus();
  const domain::TreeHead& tree = last->checkpoint.tree;
  if (tree.size > head.size) {
    return NotContinued(absl::StrCat("the log has ", head.size, " entries, but ", tree.size,
                                     " were signed already"));
  }
  domain::Hash root = domain::EmptyRoot();
  if (tree.size > 0) {
    ASSIGN_OR_RETURN(const auto hashes,
                     store::GetRangeHashes(tx, {{.begin = 0, .end = tree.size}}));
    root = hashes.front();
  }
  if (root == tree.root) return absl::OkStatus();
  return NotContinued(
      absl::StrCat("the first ", tree.size, " entries are not those that were signed"));
}

absl::Status Checkpointer::Cosign() {
  const absl::Time deadline = absl::Now() + kDatabasePatience;
  store::Checkpoints last;
  {
    ASSIGN_OR_RETURN(auto connection, pool_->Acquire(deadline));
    pg::Transaction tx = connection->Begin(deadline);
    ASSIGN_OR_RETURN(last, store::GetCheckpoints(tx));
  }
  ASSIGN_OR_RETURN(domain::SignedCheckpoint checkpoint,
                   domain::OpenCheckpoint(last.signed_note, policy_->keys.verifiers));
  const auto served = domain::ParseNote(last.served_note);
  if (served.ok() && served->text == checkpoint.note.text) checkpoint.note = *served;
  absl::Status failed;
  bool grown = false;
  for (const Witness& witness : policy_->witnesses) {
    if (domain::IsSignedBy(checkpoint.note, witness.key)) continue;
    const auto signatures = Ask(witness, checkpoint);
    failed.Update(signatures.status());
    if (!signatures.ok()) continue;
    checkpoint.note.signatures.insert(checkpoint.note.signatures.end(), signatures->begin(),
                                      signatures->end());
    grown = true;
  }
  if (grown) RETURN_IF_ERROR(Serve(checkpoint.note));
  return failed;
}

absl::Status Checkpointer::Serve(const domain::SignedNote& note) {
  const absl::Time deadline = absl::Now() + kDatabasePatience;
  const std::string text = domain::ToText(note);
  return work::Run(*pool_, deadline, nullptr, [&](work::UnitOfWork& unit) -> absl::Status {
    ASSIGN_OR_RETURN(store::Checkpoints last, store::LockCheckpoints(unit.tx()));
    const bool enough = WorthOf(text).second >= policy_->required_cosignatures;
    // Another process may have been faster.
    if (!enough || WorthOf(text) <= WorthOf(last.served_note)) return absl::OkStatus();
    last.served_note = text;
    store::SaveCheckpoints(unit.tx(), last);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<domain::Signature>> Checkpointer::Ask(
    const Witness& witness, const domain::SignedCheckpoint& checkpoint) {
  const std::int64_t size = checkpoint.checkpoint.tree.size;
  std::int64_t& old_size = cosigned_sizes_[witness.address];
  const auto refused = [&](const std::string& why) {
    return absl::UnavailableError(
        absl::StrCat("witness ", witness.key.name, " does not cosign: ", why));
  };
  // The first answer may be what it cosigned last.
  for (int attempt = 0; attempt < 2; ++attempt) {
    domain::CosignRequest request{.old_size = old_size, .note = domain::ToText(checkpoint.note)};
    if (old_size > 0 && old_size < size) {
      const absl::Time deadline = absl::Now() + kDatabasePatience;
      ASSIGN_OR_RETURN(auto connection, pool_->Acquire(deadline));
      pg::Transaction tx = connection->Begin(deadline);
      ASSIGN_OR_RETURN(request.proof,
                       store::GetRangeHashes(tx, domain::ConsistencyPath(old_size, size)));
    }
    const auto answer =
        http::Send(witness.address,
                   {.method = "POST", .target = "/add-checkpoint", .body = domain::ToText(request)},
                   kWitnessPatience);
    if (!answer.ok()) return refused(std::string(answer.status().message()));
    if (answer->status == 200) {
      domain::SignedNote cosigned{.text = checkpoint.note.text};
      ASSIGN_OR_RETURN(cosigned.signatures, domain::ParseSignatures(answer->body));
      if (!domain::IsSignedBy(cosigned, witness.key)) return refused("its signature is wrong");
      old_size = size;
      return cosigned.signatures;
    }
    absl::string_view body = answer->body;
    absl::ConsumeSuffix(&body, "\n");
    if (answer->status != 409 || !absl::SimpleAtoi(body, &old_size) || old_size < 0 ||
        old_size > size) {
      old_size = 0;
      return refused(absl::StrCat(answer->status, " ", body.substr(0, 200)));
    }
  }
  return refused("it cosigned something else meanwhile");
}

std::pair<std::int64_t, int> Checkpointer::WorthOf(const std::string& note) const {
  const auto opened = domain::OpenCheckpoint(note, policy_->keys.verifiers);
  if (!opened.ok()) return {-1, 0};
  std::vector<domain::VerifierKey> keys;
  for (const Witness& witness : policy_->witnesses) keys.push_back(witness.key);
  return {opened->checkpoint.tree.size, domain::CountCosigners(opened->note, keys)};
}

}  // namespace daicho::audit
