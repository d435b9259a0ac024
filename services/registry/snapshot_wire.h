// The snapshot on the wire.
#pragma once

#include "daicho/registry/v1/snapshot_service.pb.h"
#include "services/registry/domain/department.h"
#include "services/registry/domain/snapshot.h"

namespace daicho::registry::wire {

void Fill(const domain::SnapshotAccount& account, v1::SnapshotAccount* out);
void Fill(const domain::Department& department, v1::SnapshotDepartment* out);

}  // namespace daicho::registry::wire
