#include "services/audit/witness/witness.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "services/audit/key_file.h"

namespace daicho::audit {
namespace {

http::Response Answer(int status, const std::string& body) {
  return {.status = status, .body = absl::StrCat(body, "\n")};
}

// 409: the log is to try again from what was cosigned last.
http::Response Conflict(std::int64_t cosigned_size) {
  http::Response response = Answer(409, absl::StrCat(cosigned_size));
  response.content_type = "text/x.tlog.size";
  return response;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CosigningWitness>> CosigningWitness::Make(
    const config::v1::WitnessConfig& config, const Clock* clock) {
  std::unique_ptr<CosigningWitness> witness(new CosigningWitness(clock));
  ASSIGN_OR_RETURN(witness->keys_, LoadKeys(config.key_file(), domain::KeyKind::kWitness));
  for (const std::string& text : config.log_verifier_keys()) {
    const auto key = domain::ParseVerifierKey(text);
    if (!key.ok() || key->kind != domain::KeyKind::kLog) {
      return absl::InvalidArgumentError(
          absl::StrCat("log_verifier_keys: \"", text, "\" is no log's key"));
    }
    const absl::MutexLock lock(&witness->mutex_);
    witness->logs_[key->name].keys.push_back(*key);
  }
  if (config.log_verifier_keys().empty()) {
    return absl::InvalidArgumentError("log_verifier_keys is empty: there is nothing to watch");
  }
  witness->state_dir_ = config.state_dir();
  witness->lock_ =
      open(absl::StrCat(config.state_dir(), "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (witness->lock_ < 0 || flock(witness->lock_, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        config.state_dir(), ": cannot be written, or another witness works with it already"));
  }
  RETURN_IF_ERROR(witness->LoadState());
  return witness;
}

CosigningWitness::~CosigningWitness() {
  if (lock_ >= 0) close(lock_);
}

std::string CosigningWitness::StateFile(const std::string& origin) const {
  return absl::StrCat(state_dir_, "/", absl::BytesToHexString(Sha256(origin).substr(0, 16)),
                      ".checkpoint");
}

// What cannot be read is no reason to begin anew: the witness would forget what it has promised.
absl::Status CosigningWitness::LoadState() {
  const absl::MutexLock lock(&mutex_);
  for (auto& [origin, log] : logs_) {
    ASSIGN_OR_RETURN(const std::optional<std::string> note, LoadNote(StateFile(origin)));
    if (!note) continue;
    const auto parsed = domain::ParseNote(*note);
    if (!parsed.ok() || domain::CountCosigners(*parsed, keys_.verifiers) == 0) {
      return absl::FailedPreconditionError(
          absl::StrCat(StateFile(origin), " is not what this witness kept; restore it"));
    }
    ASSIGN_OR_RETURN(const domain::Checkpoint checkpoint, domain::ParseCheckpoint(parsed->text));
    log.cosigned = checkpoint.tree;
  }
  return absl::OkStatus();
}

http::Response CosigningWitness::Handle(const http::Request& request) {
  if (request.target != "/add-checkpoint") return Answer(404, "not found");
  if (request.method != "POST") return Answer(405, "POST alone");
  const auto parsed = domain::ParseCosignRequest(request.body);
  if (!parsed.ok()) return Answer(400, std::string(parsed.status().message()));
  const auto note = domain::ParseNote(parsed->note);
  if (!note.ok()) return Answer(400, std::string(note.status().message()));
  const auto checkpoint = domain::ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return Answer(400, std::string(checkpoint.status().message()));
  const absl::MutexLock lock(&mutex_);
  const auto log = logs_.find(checkpoint->origin);
  if (log == logs_.end()) return Answer(404, "a log that is not known here");
  const auto opened = domain::OpenCheckpoint(parsed->note, log->second.keys);
  if (!opened.ok()) return Answer(403, "not signed by the log");
  return Cosign(*parsed, *opened, log->second);
}

http::Response CosigningWitness::Cosign(const domain::CosignRequest& request,
                                        const domain::SignedCheckpoint& checkpoint,
                                        WatchedLog& log) {
  const domain::TreeHead& tree = checkpoint.checkpoint.tree;
  if (request.old_size > tree.size) return Answer(400, "the log cannot have shrunk");
  if (request.old_size != log.cosigned.size) return Conflict(log.cosigned.size);
  const bool is_first = request.old_size == 0;
  if (!is_first && request.old_size == tree.size && tree.root != log.cosigned.root) {
    Log(LogLevel::kError, "a log shows two pasts",
        {{"origin", checkpoint.checkpoint.origin}, {"note", request.note}});
    return Conflict(log.cosigned.size);
  }
  const bool continues = is_first ? request.proof.empty()
                                  : domain::VerifyConsistency(log.cosigned, tree, request.proof);
  if (!continues) {
    Log(LogLevel::kError, "a checkpoint does not continue the one before",
        {{"origin", checkpoint.checkpoint.origin}, {"note", request.note}});
    return Answer(422, "the proof does not hold");
  }
  domain::SignedNote cosigned = checkpoint.note;
  const domain::Signature signature =
      domain::Sign(keys_.signers.front(), cosigned.text, clock_->Now());
  cosigned.signatures = {signature};
  const absl::Status kept =
      KeepNote(StateFile(checkpoint.checkpoint.origin), domain::ToText(cosigned));
  if (!kept.ok()) {
    Log(LogLevel::kError, "cannot keep what is cosigned", {{"error", std::string(kept.message())}});
    return Answer(503, "try again later");
  }
  log.cosigned = tree;
  return {.body = domain::ToText(signature)};
}

}  // namespace daicho::audit
