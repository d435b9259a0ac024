// C2SP tlog-checkpoint v1: what a log signs, and what may be signed after it. C2SP tlog-witness:
// how a witness is asked. C2SP tlog-proof v1: the receipt of one entry.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/audit/domain/merkle.h"
#include "services/audit/domain/note.h"

namespace daicho::audit::domain {

struct Checkpoint {
  std::string origin;  // Name of the log.
  TreeHead tree;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The text that is signed, and back. INVALID_ARGUMENT says why it is none. Lines after the third
// are taken and ignored.
std::string ToText(const Checkpoint& checkpoint);
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text);

// A signed note that is a checkpoint.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  SignedNote note;

  friend bool operator==(const SignedCheckpoint&, const SignedCheckpoint&) = default;
};

// INVALID_ARGUMENT unless `bytes` is a checkpoint whose origin is the name of one of `keys`, signed
// by one of that name.
absl::StatusOr<SignedCheckpoint> OpenCheckpoint(absl::string_view bytes,
                                                const std::vector<VerifierKey>& keys);

// How many of `witnesses` have cosigned it.
int CountCosigners(const SignedNote& note, const std::vector<VerifierKey>& witnesses);

// What a witness is asked to cosign.
struct CosignRequest {
  std::int64_t old_size = 0;  // Of the checkpoint it is thought to have cosigned last.
  std::vector<Hash> proof;    // That the log of that size is the beginning.
  std::string note;           // The checkpoint.

  friend bool operator==(const CosignRequest&, const CosignRequest&) = default;
};

// INVALID_ARGUMENT says why it is no request.
std::string ToText(const CosignRequest& request);
absl::StatusOr<CosignRequest> ParseCosignRequest(absl::string_view bytes);

// That one entry is in a log, for whoever trusts the log's key and its witnesses'.
struct Receipt {
  std::string extra;  // The leaf. Not trusted: its hash has to be in the log.
  std::int64_t index = 0;
  std::vector<Hash> proof;
  std::string note;  // The checkpoint.

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

std::string ToText(const Receipt& receipt);
absl::StatusOr<Receipt> ParseReceipt(absl::string_view bytes);

}  // namespace daicho::audit::domain
