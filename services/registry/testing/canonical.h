// The shipped platform table, and what it makes of an address, in one word.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "common/base/refusal.h"
#include "services/registry/domain/canonical_url.h"
#include "services/registry/platforms.h"

namespace daicho::registry::domain {

inline const PlatformTable& Table() {
  static const auto& table =
      *new PlatformTable(*wire::LoadPlatforms("services/registry/platforms"));
  return table;
}

// "x::pref_akita", or the reason it was refused with.
inline std::string KeyOf(absl::string_view input) {
  const auto account = Canonicalize(Table(), input);
  return account.ok() ? account->key : ReasonOf(account.status());
}

inline std::string HandleKeyOf(absl::string_view platform, absl::string_view handle) {
  const auto account = CanonicalizeHandle(Table(), platform, handle);
  return account.ok() ? account->key : ReasonOf(account.status());
}

}  // namespace daicho::registry::domain
