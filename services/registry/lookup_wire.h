// Turns lookups between protos and values.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "daicho/registry/v1/lookup_service.pb.h"
#include "services/registry/domain/directory_snapshot.h"
#include "services/registry/domain/inquiry.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::wire {

// Most requests of one BatchLookupAccounts.
inline constexpr int kMostLookups = 100;

// INVALID_ARGUMENT: LOOKUP_KEY_MISSING when it asks for nothing, INVALID_FIELD when for two things
// at once. `prefix` is put before the fields that are named: "requests[3].".
absl::Status CheckLookup(const v1::LookupAccountRequest& request, const std::string& prefix = "");

// Whether every text is short printable ASCII, of which CheckRequest() complains of nothing.
bool IsPlain(const v1::LookupAccountRequest& request);

// Views into `request`.
domain::Inquiry Parse(const v1::LookupAccountRequest& request);

// What the names in an answer are taken from.
struct LookupNames {
  const domain::PlatformTable& platforms;
  const domain::DirectorySnapshot& snapshot;
};

// Fills an empty response.
void Fill(const domain::Answer& answer, const LookupNames& names,
          v1::LookupAccountResponse* response);

}  // namespace daicho::registry::wire
