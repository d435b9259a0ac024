// Who the fields of a form say an account is.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "common/base/event.h"
#include "services/registry/domain/account.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::domain {

// The identity that `fields` (platform, url, handle of GovernedFields) claim; nullopt while neither
// URL nor a handle that the platform knows accounts by is given, that is, only planned. Refuses
// with INVALID_ARGUMENT: PLATFORM_UNKNOWN, SERVICE_DIFFERS (the URL is of another platform),
// HANDLE_DIFFERS (from the URL's), and as Canonicalize and CanonicalizeHandle do.
absl::StatusOr<std::optional<Identity>> ClaimIdentity(const PlatformTable& platforms,
                                                      const Fields& fields);

}  // namespace daicho::registry::domain
