// Turns lookups between protos and values.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daicho/registry/v1/lookup_service.pb.h"
#include "services/registry/domain/canonical_url.h"
#include "services/registry/domain/directory_snapshot.h"
#include "services/registry/domain/lookup.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::wire {

// INVALID_ARGUMENT: LOOKUP_KEY_MISSING when there is neither a URL nor a platform with a handle,
// INVALID_FIELD when there are both.
absl::Status CheckLookup(const v1::LookupAccountRequest& request);

// What the names in an answer are taken from.
struct LookupNames {
  const domain::PlatformTable& platforms;
  const domain::DirectorySnapshot& snapshot;
};

// The answer about `asked`. `successor` may be null.
v1::LookupAccountResponse ToProto(const domain::CanonicalUrl& asked, const domain::Finding& finding,
                                  const domain::LookupEntry* successor, const LookupNames& names);

// The answer about what cannot be an account: unknown, with the reason.
v1::LookupAccountResponse ToProto(domain::UrlProblem problem);

}  // namespace daicho::registry::wire
