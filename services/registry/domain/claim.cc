#include "services/registry/domain/claim.h"

#include <string>

#include "absl/strings/string_view.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/canonical_url.h"

namespace daicho::registry::domain {
namespace {

absl::string_view Field(const Fields& fields, const std::string& path) {
  const auto field = fields.find(path);
  return field == fields.end() ? absl::string_view() : absl::string_view(field->second);
}

Identity ToIdentity(const CanonicalUrl& url) { return {.key = url.key, .canonical_url = url.url}; }

absl::StatusOr<std::optional<Identity>> ClaimByHandle(const PlatformTable& platforms,
                                                      const Platform& platform,
                                                      absl::string_view handle) {
  if (handle.empty() || !platform.handle_pattern) return std::nullopt;
  ASSIGN_OR_RETURN(const CanonicalUrl url, CanonicalizeHandle(platforms, platform.id, handle));
  return ToIdentity(url);
}

}  // namespace

absl::StatusOr<std::optional<Identity>> ClaimIdentity(const PlatformTable& platforms,
                                                      const Fields& fields) {
  const Platform* platform = platforms.ById(Field(fields, "platform"));
  if (platform == nullptr) {
    return Refuse(
        absl::StatusCode::kInvalidArgument, "PLATFORM_UNKNOWN",
        {"The platform table has no such platform; for the organisation's own sites write "
         "\"other\".",
         "このサービスは登録されていません。独自のサイト等は「other」と記入してください。"});
  }
  ASSIGN_OR_RETURN(const std::optional<Identity> by_handle,
                   ClaimByHandle(platforms, *platform, Field(fields, "handle")));
  if (Field(fields, "url").empty()) return by_handle;
  ASSIGN_OR_RETURN(const CanonicalUrl url, Canonicalize(platforms, Field(fields, "url")));
  if (url.platform != platform->id) {
    return Refuse(absl::StatusCode::kInvalidArgument, "SERVICE_DIFFERS",
                  {"The URL is of another platform than the form says; mend the one that is wrong.",
                   "URLとソーシャルメディアの種類が食い違っています。誤っている方を直して"
                   "ください。"});
  }
  // Accounts known by an id (YouTube's "channel/UC…") have a handle besides.
  if (by_handle && url.name_space.empty() && by_handle->key != url.key) {
    return Refuse(absl::StatusCode::kInvalidArgument, "HANDLE_DIFFERS",
                  {"The URL is of another handle than the form says; mend the one that is wrong.",
                   "URLとユーザー名が食い違っています。誤っている方を直してください。"});
  }
  return ToIdentity(url);
}

}  // namespace daicho::registry::domain
