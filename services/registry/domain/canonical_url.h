// One place turns what people paste into an account's identity (domain.md §3.1).
//
// A URL counts as a platform's only when its host, as a browser would read it, is one the platform
// lists. Whatever might be read in two ways is refused rather than guessed.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/refusal.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::domain {

// Longest URL taken and given, in bytes.
inline constexpr std::size_t kMaxUrlBytes = 2000;

// Why something cannot be an account.
enum class UrlProblem {
  kTooLong,             // More than kMaxUrlBytes.
  kMalformedUrl,        // Cannot be read as a web address.
  kDeceptiveUrl,        // Hides where it leads: user-info, backslash, "%" in the host, characters
                        // nobody sees or that turn into "/", "?", "@".
  kHostNotAllowed,      // An IP address, a port, a name without a dot, or a host beside those a
                        // platform uses for accounts.
  kShortener,           // A short URL. T 6-1.
  kRedirector,          // A page that sends readers elsewhere.
  kReservedPath,        // A page of the platform itself.
  kNotAnAccount,        // On a platform, but no account: a post, a group, the front page.
  kPlatformUnknown,     // No platform of that name.
  kHandleNotSupported,  // Accounts of the platform are known by URL alone.
  kHandleInvalid,       // Not what handles of the platform look like.
};

inline constexpr UrlProblem kAllUrlProblems[] = {
    UrlProblem::kTooLong,         UrlProblem::kMalformedUrl,
    UrlProblem::kDeceptiveUrl,    UrlProblem::kHostNotAllowed,
    UrlProblem::kShortener,       UrlProblem::kRedirector,
    UrlProblem::kReservedPath,    UrlProblem::kNotAnAccount,
    UrlProblem::kPlatformUnknown, UrlProblem::kHandleNotSupported,
    UrlProblem::kHandleInvalid};

// The reason of the refusal: "TOO_LONG", "MALFORMED_URL", …
absl::string_view ToText(UrlProblem problem);
// What is wrong and how to mend it.
Message MessageOf(UrlProblem problem);
// The problem a refusal of this header tells of; nullopt for any other status.
std::optional<UrlProblem> UrlProblemOf(const absl::Status& status);

struct CanonicalUrl {
  std::string platform;    // "x"
  std::string name_space;  // Kind of identity: "channel". Empty for the plain handle.
  std::string identity;    // "pref_akita"; the whole URL on `other`.
  std::string url;         // "https://x.com/pref_akita", ASCII. Keeps what the platform ignores.
  // Equal for two URLs if, and only if, they name the same account: "x::pref_akita".
  std::string key;

  friend bool operator==(const CanonicalUrl&, const CanonicalUrl&) = default;
};

// The account at `input`, as people paste it: with or without a scheme, with tracking parameters,
// in full-width letters. Refuses with INVALID_ARGUMENT and a UrlProblem as its reason.
// Canonicalize(Canonicalize(x).url) gives the same again.
absl::StatusOr<CanonicalUrl> Canonicalize(const PlatformTable& table, absl::string_view input);

// The account that `handle` ("@" at its front or not) names on `platform` (id, name or alias).
// Refuses like Canonicalize.
absl::StatusOr<CanonicalUrl> CanonicalizeHandle(const PlatformTable& table,
                                                absl::string_view platform,
                                                absl::string_view handle);

}  // namespace daicho::registry::domain
