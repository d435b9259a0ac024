// Forms whose department was waited for in vain.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/handle.h"
#include "common/work/unit_of_work.h"
#include "services/approval/domain/form.h"

namespace daicho::approval {

// One call lapses at most so many, so that it ends in time.
inline constexpr int kMostLapsing = 500;

// Lets the oldest forms lapse that nobody answered until `days_of_grace` after their last day, and
// says which: "forms/…". Each lapses once, however many processes try: what another one has at hand
// is left to it.
absl::StatusOr<std::vector<std::string>> LapseSome(work::UnitOfWork& unit,
                                                   const domain::Actor& actor, int days_of_grace,
                                                   absl::Time now);

// The same of all, by `env.clock`, in approval's own name; kMostLapsing to a transaction.
absl::Status LapseAll(const rpc::Env& env, int days_of_grace);

}  // namespace daicho::approval
