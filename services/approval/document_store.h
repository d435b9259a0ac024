// What documents need besides the form.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/pg/pg.h"
#include "services/approval/domain/enactment.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::store {

// Forms that opened or changed the account of `form` in the ledger and were received before it, or
// up to now when it has not been received; oldest first, the last hundred.
absl::StatusOr<std::vector<domain::Enactment>> ListEnactments(pg::Transaction& tx,
                                                              const domain::Form& form);

}  // namespace daicho::approval::store
