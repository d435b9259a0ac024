// One question to the ledger, and all there is to say (domain.md §3.2). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "services/registry/domain/canonical_url.h"
#include "services/registry/domain/directory_snapshot.h"
#include "services/registry/domain/lookup.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::domain {

// Whether one account is theirs: `url`, or `platform` and `handle`. Or whether a department has
// one: `department` (code or exact name) and `platform`.
struct Inquiry {
  absl::string_view url;
  absl::string_view platform;
  absl::string_view handle;
  absl::string_view department;
  absl::string_view platform_account_id;  // As it was seen there. May be empty.
};

// What is pointed to belongs to the snapshot that was asked.
struct Answer {
  Finding finding;
  std::optional<CanonicalUrl> asked;  // Unset when it cannot be an account.
  std::optional<UrlProblem> problem;  // Why it cannot.
  bool department_unknown = false;
  const PublicDepartment* department = nullptr;  // That was asked about.
  const LookupEntry* successor = nullptr;        // The official account to turn to instead.
  std::vector<const LookupEntry*> alternatives;  // Official ones besides.
  const LookupEntry* look_alike = nullptr;       // With kUnknown.
  const PublicWarning* warning = nullptr;        // With kKnownImpersonation.
};

// At most so many Answer::alternatives about a department.
inline constexpr std::size_t kMostAlternatives = 20;

// The key of the account that is asked about; empty when it cannot be an account.
std::string KeyOf(const Inquiry& inquiry, const PlatformTable& platforms);

Answer AnswerTo(const Inquiry& inquiry, const PlatformTable& platforms,
                const DirectorySnapshot& snapshot, absl::CivilDay today);

}  // namespace daicho::registry::domain
