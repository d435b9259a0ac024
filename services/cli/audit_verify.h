// Verifying the audit log from outside: nothing the service says is taken on trust but its head,
// and that must extend the head verified last.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daicho/audit/v1/audit_service.pb.h"
#include "services/audit/domain/merkle.h"
#include "services/audit/domain/verify.h"

namespace daicho::cli {

// DATA_LOSS (AUDIT_NOT_VERIFIED): the log does not hold what it should.
absl::Status NotVerified(absl::string_view en, absl::string_view ja);

// The head in terms of the tree. DATA_LOSS when its hash is none.
absl::StatusOr<audit::domain::TreeHead> ToDomain(const audit::v1::TreeHead& head);

// DATA_LOSS, naming the position, unless the entry's hash is that of its leaf, its bodies are those
// that the leaf seals, and the event shown is the one in the leaf.
absl::Status CheckEntry(const audit::v1::Entry& entry);

// DATA_LOSS unless `proof` shows that `entry` is in the log at `head`.
absl::Status CheckInclusion(const audit::v1::Entry& entry, const audit::v1::InclusionProof& proof,
                            const audit::domain::TreeHead& head);

// DATA_LOSS unless `proof` shows that the log at `first` is the beginning of the one at `second`.
absl::Status CheckConsistency(const audit::domain::TreeHead& first,
                              const audit::domain::TreeHead& second,
                              const audit::v1::ConsistencyProof& proof);

// DATA_LOSS, naming every flaw, unless the report holds.
absl::Status CheckReport(const audit::domain::Report& report);

}  // namespace daicho::cli
