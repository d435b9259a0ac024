// The public list on the wire.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daicho/registry/v1/public_list_service.pb.h"
#include "services/registry/domain/department.h"
#include "services/registry/domain/platform.h"
#include "services/registry/domain/public_list.h"
#include "services/registry/domain/warning.h"

namespace daicho::registry::wire {

// Refuses with INVALID_ARGUMENT (INVALID_FIELD) windows that are negative or too long.
absl::StatusOr<domain::PublicListQuery> Parse(const v1::StreamPublicListRequest& request,
                                              absl::Time as_of);

// One part of the stream each.
v1::StreamPublicListResponse ToPart(const domain::PublicListQuery& query,
                                    const domain::Organization& organization);
v1::StreamPublicListResponse ToPart(const domain::Department& department);
v1::StreamPublicListResponse ToPart(const domain::ListedAccount& account,
                                    const domain::PlatformTable& platforms);
v1::StreamPublicListResponse ToPart(const domain::Warning& warning,
                                    const domain::PlatformTable& platforms);
v1::StreamPublicListResponse ToPart(const domain::PublicChange& change,
                                    const domain::PlatformTable& platforms);

}  // namespace daicho::registry::wire
