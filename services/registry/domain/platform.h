// Platforms as values: which URLs are accounts, and what identifies an account (domain.md §3.1).
#pragma once

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace daicho::registry::domain {

// Id of the platform that stands for every host no platform lists: own blogs, CMS.
inline constexpr char kOtherPlatform[] = "other";

// A compiled expression, shared by copies of what holds it. Null: none.
using Regex = std::shared_ptr<const RE2>;

enum class IdentityKind { kHandle, kCaseSensitiveId, kId };

// One shape an account's URL can have.
struct PathPattern {
  std::set<std::string> hosts;  // Empty: every host of the platform.
  Regex path;                   // One group, unless `query_parameter` identifies.
  std::string query_parameter;
  Regex query_value;
  IdentityKind identity = IdentityKind::kHandle;
  std::string name_space;
  std::string url;  // With "{id}".
};

// Subdomains that stand for accounts.
struct Subdomains {
  std::string of;
  IdentityKind identity = IdentityKind::kHandle;
  std::string name_space;
  std::string url;  // With "{id}".
  Regex label;
  std::set<std::string> reserved_labels;
};

// What in the ledger shows whether a programme's condition is met.
enum class ProgrammeCheck { kByPeople, kPostedWithinDays, kOpenForDays, kMfaEnabled };

// One thing a programme for verified accounts asks for.
struct ProgrammeCondition {
  std::string id;
  std::string title;  // In English.
  std::string title_ja;
  std::string remedy;  // What to do where it is not met, in English.
  std::string remedy_ja;
  ProgrammeCheck check = ProgrammeCheck::kByPeople;
  int days = 0;  // With the checks that count them.
};

// A platform's programme for verified accounts (認証アカウント). T 6-1.
struct VerificationProgramme {
  std::string display_name;
  std::string terms_url;
  std::vector<ProgrammeCondition> conditions;  // Besides those of every platform.
};

struct Platform {
  std::string id;
  std::string display_name;
  std::vector<std::string> aliases;
  std::vector<std::string> hosts;  // Lower case, A-labels.
  std::vector<PathPattern> paths;  // First match wins.
  absl::flat_hash_set<std::string> reserved_segments;
  std::vector<Regex> reserved_paths;
  std::vector<Subdomains> subdomains;
  Regex handle_pattern;  // Null: accounts are known by URL alone.
  bool handle_ignores_case = false;
  std::string handle_ignored_characters;
  std::string handle_url;                             // With "{id}".
  std::optional<VerificationProgramme> verification;  // nullopt: none is offered.
};

// A page that sends readers elsewhere.
struct Redirector {
  bool with_subdomains = false;
  std::string segment;  // First path segment, lower case. Empty: every path.
};

struct LinkRules {
  absl::flat_hash_set<std::string> shortener_hosts;  // Those of one service alone included.
  absl::flat_hash_map<std::string, std::vector<Redirector>> redirectors;  // By host.
  std::vector<std::string> tracking_parameters;  // "utm_*" stands for every "utm_…".
};

// All platforms, found by host and by name. Immutable, so that threads may share it.
class PlatformTable {
 public:
  // No two platforms share an id, a name or a host; the loader sees to it.
  PlatformTable(std::vector<Platform> platforms, LinkRules rules);
  PlatformTable(PlatformTable&&) = default;

  const std::vector<Platform>& platforms() const { return platforms_; }
  const LinkRules& rules() const { return rules_; }

  // The platform that lists exactly this host, or null.
  const Platform* ByHost(absl::string_view host) const;
  const Platform* ById(absl::string_view id) const;
  // By id, display name or alias, whatever the case and width of its letters. Null when none is.
  const Platform* ByName(absl::string_view name) const;

 private:
  std::vector<Platform> platforms_;
  LinkRules rules_;
  absl::flat_hash_map<std::string, const Platform*> by_host_;
  absl::flat_hash_map<std::string, const Platform*> by_name_;
};

// How names of platforms are compared: NFKC, case folded, spaces at the ends dropped.
std::string FoldName(absl::string_view name);

}  // namespace daicho::registry::domain
