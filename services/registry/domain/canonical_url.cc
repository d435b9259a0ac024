#include "services/registry/domain/canonical_url.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/text.h"
#include "services/registry/domain/url_parts.h"

namespace daicho::registry::domain {
namespace {

absl::Status RefuseUrl(UrlProblem problem) {
  return Refuse(absl::StatusCode::kInvalidArgument, ToText(problem), MessageOf(problem));
}

absl::string_view WithoutTrailingSlashes(absl::string_view path) {
  while (path.size() > 1 && absl::EndsWith(path, "/")) path.remove_suffix(1);
  return path;
}

// "/hashtag/x" → "hashtag", lower case.
std::string FirstSegment(absl::string_view path) {
  path.remove_prefix(1);
  return FoldAscii(path.substr(0, path.find('/')));
}

bool IsSubdomain(absl::string_view host, absl::string_view of) {
  return host.size() > of.size() + 1 && absl::EndsWith(host, of) &&
         host[host.size() - of.size() - 1] == '.';
}

bool Matches(const Regex& regex, absl::string_view text) {
  return regex != nullptr && RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex);
}

// T 6-1: people must see where a link leads.
bool IsShortener(const LinkRules& rules, absl::string_view host) {
  return rules.shortener_hosts.contains(host) ||
         (absl::ConsumePrefix(&host, "www.") && rules.shortener_hosts.contains(host));
}

// "m.x.com" → "x.com" → "com" → "".
absl::string_view DomainAbove(absl::string_view domain) {
  const std::size_t dot = domain.find('.');
  return dot == absl::string_view::npos ? "" : domain.substr(dot + 1);
}

bool IsRedirector(const LinkRules& rules, absl::string_view host, absl::string_view path) {
  const auto redirects = [&](absl::string_view domain) {
    const auto found = rules.redirectors.find(domain);
    return found != rules.redirectors.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const Redirector& one) {
             return (one.with_subdomains || domain.size() == host.size()) &&
                    (one.segment.empty() || one.segment == FirstSegment(path));
           });
  };
  for (absl::string_view domain = host; !domain.empty(); domain = DomainAbove(domain)) {
    if (redirects(domain)) return true;
  }
  return false;
}

// Parameters that track readers and change nothing of the page.
bool IsTracking(const LinkRules& rules, absl::string_view name) {
  const std::string folded = FoldAscii(name);
  return std::any_of(rules.tracking_parameters.begin(), rules.tracking_parameters.end(),
                     [&](absl::string_view tracking) {
                       return absl::ConsumeSuffix(&tracking, "*")
                                  ? absl::StartsWith(folded, tracking)
                                  : folded == tracking;
                     });
}

// Own blogs, CMS: the whole URL identifies. A fragment that routes within the page is part of it.
absl::StatusOr<CanonicalUrl> OtherUrl(const LinkRules& rules, const UrlParts& parts) {
  std::string url = absl::StrCat("https://", parts.host, WithoutTrailingSlashes(parts.path));
  char separator = '?';
  for (const auto& [name, value] : parts.query) {
    if (IsTracking(rules, name)) continue;
    absl::StrAppend(&url, absl::string_view(&separator, 1), name, value.empty() ? "" : "=", value);
    separator = '&';
  }
  if (absl::StartsWith(parts.fragment, "!") || absl::StrContains(parts.fragment, '/')) {
    absl::StrAppend(&url, "#", parts.fragment);
  }
  if (url.size() > kMaxUrlBytes) return RefuseUrl(UrlProblem::kTooLong);
  return CanonicalUrl{.platform = kOtherPlatform,
                      .identity = url,
                      .url = url,
                      .key = absl::StrCat(kOtherPlatform, "::", url)};
}

// `url` with its one "{id}" filled in.
std::string WithId(absl::string_view url, absl::string_view id) {
  const std::size_t at = url.find("{id}");
  if (at == absl::string_view::npos) return std::string(url);
  return absl::StrCat(url.substr(0, at), Escape(id), url.substr(at + 4));
}

// The account that `captured` identifies, or nullopt when it is not what a handle looks like.
std::optional<CanonicalUrl> Identified(const Platform& platform, IdentityKind kind,
                                       const std::string& name_space, const std::string& url,
                                       const std::string& captured) {
  const bool is_handle = kind == IdentityKind::kHandle;
  if (is_handle && !Matches(platform.handle_pattern, captured)) return std::nullopt;
  const bool folds = kind == IdentityKind::kId || (is_handle && platform.handle_ignores_case);
  CanonicalUrl account{.platform = platform.id,
                       .name_space = name_space,
                       .identity = folds ? FoldAscii(captured) : captured};
  account.url = WithId(is_handle ? platform.handle_url : url, account.identity);
  std::string compared = account.identity;
  if (is_handle && !platform.handle_ignored_characters.empty()) {
    compared.erase(std::remove_if(compared.begin(), compared.end(),
                                  [&](char c) {
                                    return absl::StrContains(platform.handle_ignored_characters, c);
                                  }),
                   compared.end());
  }
  account.key = absl::StrCat(platform.id, ":", name_space, ":", compared);
  return account;
}

// What `pattern` captures of a URL, or nullopt when the URL has another shape. A parameter that is
// there twice is read differently by different programs and identifies nothing.
std::optional<std::string> Captured(const PathPattern& pattern, const UrlParts& parts,
                                    const std::string& path) {
  if (!pattern.hosts.empty() && pattern.hosts.count(parts.host) == 0) return std::nullopt;
  if (pattern.query_parameter.empty()) {
    std::string group;
    if (!RE2::FullMatch(path, *pattern.path, &group)) return std::nullopt;
    return group;
  }
  if (!Matches(pattern.path, path)) return std::nullopt;
  std::optional<std::string> found;
  for (const auto& [name, value] : parts.query) {
    if (name != pattern.query_parameter) continue;
    if (found) return std::nullopt;
    found = Unescape(value);
    if (!found || !Matches(pattern.query_value, *found)) return std::nullopt;
  }
  return found;
}

bool IsReservedPath(const Platform& platform, const std::string& path) {
  return std::any_of(platform.reserved_paths.begin(), platform.reserved_paths.end(),
                     [&](const Regex& reserved) { return Matches(reserved, path); });
}

// Whether a handle's canonical URL is a page of the platform: x.com/home.
bool IsReservedUrl(const Platform& platform, absl::string_view url) {
  absl::ConsumePrefix(&url, "https://");
  return platform.reserved_segments.count(FirstSegment(url.substr(url.find('/')))) > 0;
}

// The path as an account's, unescaped. "https://twitter.com/#!/name" keeps it in the fragment; a
// fragment of that kind behind another path once led readers elsewhere and is refused.
std::optional<std::string> AccountPath(const UrlParts& parts) {
  absl::string_view escaped = parts.path;
  absl::string_view fragment = parts.fragment;
  if (absl::ConsumePrefix(&fragment, "!")) {
    if (escaped != "/" || !absl::StartsWith(fragment, "/")) return std::nullopt;
    escaped = fragment.substr(0, fragment.find('?'));
  }
  return Unescape(WithoutTrailingSlashes(escaped));
}

absl::StatusOr<CanonicalUrl> OnPlatform(const Platform& platform, const UrlParts& parts) {
  const std::optional<std::string> path = AccountPath(parts);
  if (!path) return RefuseUrl(UrlProblem::kNotAnAccount);
  if (IsReservedPath(platform, *path)) return RefuseUrl(UrlProblem::kReservedPath);
  for (const PathPattern& pattern : platform.paths) {
    const std::optional<std::string> captured = Captured(pattern, parts, *path);
    if (!captured) continue;
    std::optional<CanonicalUrl> account =
        Identified(platform, pattern.identity, pattern.name_space, pattern.url, *captured);
    if (!account) continue;
    if (pattern.identity == IdentityKind::kHandle && IsReservedUrl(platform, account->url)) break;
    return *std::move(account);
  }
  return RefuseUrl(platform.reserved_segments.count(FirstSegment(*path)) > 0
                       ? UrlProblem::kReservedPath
                       : UrlProblem::kNotAnAccount);
}

absl::StatusOr<CanonicalUrl> OnSubdomain(const Platform& platform, const Subdomains& subdomains,
                                         const UrlParts& parts) {
  const std::string label = parts.host.substr(0, parts.host.size() - subdomains.of.size() - 1);
  if (subdomains.reserved_labels.count(label) > 0) return RefuseUrl(UrlProblem::kReservedPath);
  if (!Matches(subdomains.label, label)) return RefuseUrl(UrlProblem::kHostNotAllowed);
  if (WithoutTrailingSlashes(parts.path) != "/" || absl::StartsWith(parts.fragment, "!")) {
    return RefuseUrl(UrlProblem::kNotAnAccount);
  }
  std::optional<CanonicalUrl> account =
      Identified(platform, subdomains.identity, subdomains.name_space, subdomains.url, label);
  if (!account) return RefuseUrl(UrlProblem::kNotAnAccount);
  return *std::move(account);
}

// Whether the host lies beneath one of a platform's: business.facebook.com. Whatever it is, it is
// nobody's own site, and no account.
bool IsBeneathPlatform(const PlatformTable& table, absl::string_view host) {
  while (!(host = DomainAbove(host)).empty()) {
    if (table.ByHost(host) != nullptr) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<CanonicalUrl> Canonicalize(const PlatformTable& table, absl::string_view input) {
  ASSIGN_OR_RETURN(const UrlParts parts, ParseUrl(input));
  if (IsShortener(table.rules(), parts.host)) return RefuseUrl(UrlProblem::kShortener);
  if (IsRedirector(table.rules(), parts.host, parts.path)) {
    return RefuseUrl(UrlProblem::kRedirector);
  }
  const Platform* platform = table.ByHost(parts.host);
  if (platform != nullptr) return OnPlatform(*platform, parts);
  for (const Platform& candidate : table.platforms()) {
    for (const Subdomains& subdomains : candidate.subdomains) {
      if (IsSubdomain(parts.host, subdomains.of)) return OnSubdomain(candidate, subdomains, parts);
    }
  }
  if (IsBeneathPlatform(table, parts.host)) return RefuseUrl(UrlProblem::kHostNotAllowed);
  return OtherUrl(table.rules(), parts);
}

absl::StatusOr<CanonicalUrl> CanonicalizeHandle(const PlatformTable& table,
                                                absl::string_view platform_name,
                                                absl::string_view handle) {
  const Platform* platform = table.ByName(platform_name);
  if (platform == nullptr) return RefuseUrl(UrlProblem::kPlatformUnknown);
  if (platform->handle_pattern == nullptr) return RefuseUrl(UrlProblem::kHandleNotSupported);
  if (handle.size() > kMaxUrlBytes) return RefuseUrl(UrlProblem::kTooLong);
  const std::string normal = Nfkc(TrimCopied(handle));
  const absl::string_view name = absl::StripPrefix(normal, "@");
  if (!Matches(platform->handle_pattern, name)) return RefuseUrl(UrlProblem::kHandleInvalid);
  // By way of its URL, so that a handle and a URL never name two accounts.
  ASSIGN_OR_RETURN(CanonicalUrl account, Canonicalize(table, WithId(platform->handle_url, name)));
  if (account.platform != platform->id) return RefuseUrl(UrlProblem::kHandleInvalid);
  return account;
}

}  // namespace daicho::registry::domain
