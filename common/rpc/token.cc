#include "common/rpc/token.h"

#include <cmath>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/rpc/strict_json.h"
#include "common/rpc/token_key.h"

namespace daicho::rpc {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxTokenBytes = 8 << 10;
constexpr std::size_t kMaxRemembered = 4096;
constexpr std::size_t kMaxNameBytes = 200;
constexpr absl::Duration kLeeway = absl::Seconds(30);
constexpr absl::Duration kMaxLifetime = absl::Hours(12);

absl::Status Invalid() {
  // One sentence for all: what exactly was wrong would help a forger only.
  return Refuse(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
                {"This token is not accepted; sign in again.",
                 "このトークンは受け付けられません。サインインし直してください。"});
}

absl::Status Expired() {
  return Refuse(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED",
                {"This token is no longer, or not yet, valid; sign in again.",
                 "トークンの有効期間外です。サインインし直してください。"});
}

// What a token says, as far as time matters.
struct Validity {
  absl::Time expires;
  absl::Time not_before;
  absl::Time issued;
};

absl::Status CheckTime(const Validity& validity, absl::Time now) {
  if (now >= validity.expires + kLeeway || now < validity.not_before - kLeeway ||
      now < validity.issued - kLeeway || validity.expires - validity.issued > kMaxLifetime) {
    return Expired();
  }
  return absl::OkStatus();
}

// A token taken apart, nothing of it believed yet.
struct Parts {
  json header;
  json claims;
};

// One part of the compact form. The one way to write it alone: no padding, no spaces, no stray
// bits, so that no token has a twin.
std::optional<std::string> Decode(absl::string_view part) {
  std::string bytes;
  if (part.empty() || !absl::WebSafeBase64Unescape(part, &bytes) ||
      absl::WebSafeBase64Escape(bytes) != part) {
    return std::nullopt;
  }
  return bytes;
}

std::optional<json> DecodeObject(absl::string_view part) {
  const std::optional<std::string> text = Decode(part);
  std::optional<json> value = text ? ParseStrictJson(*text) : std::nullopt;
  return value && value->is_object() ? value : std::nullopt;
}

std::optional<Parts> TakeApart(absl::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3 || !Decode(parts[2])) return std::nullopt;
  const std::optional<json> header = DecodeObject(parts[0]);
  const std::optional<json> claims = DecodeObject(parts[1]);
  if (!header || !claims) return std::nullopt;
  return Parts{*header, *claims};
}

std::optional<std::string> Text(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// The key id of a header we can honour; "" when it names none.
std::optional<std::string> KeyId(const json& header) {
  // ES256 alone: "none", and HS256 keyed with our public key, are the oldest forgeries there are.
  if (Text(header, "alg") != "ES256" || header.contains("crit")) return std::nullopt;
  if (!header.contains("kid")) return "";
  const std::optional<std::string> kid = Text(header, "kid");
  return kid && !kid->empty() ? kid : std::nullopt;
}

bool HasSignatureOf(absl::string_view token, const Jwk& key) {
  cjose_err error{};
  const std::unique_ptr<cjose_jws_t, decltype(&cjose_jws_release)> jws(
      cjose_jws_import(token.data(), token.size(), &error), &cjose_jws_release);
  return jws != nullptr && cjose_jws_verify(jws.get(), key.get(), &error);
}

bool IsFor(const json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (found->is_array()) return absl::c_linear_search(*found, json(audience));
  return *found == audience;
}

std::optional<absl::Time> TimeAt(const json& claims, const char* key) {
  const auto found = claims.find(key);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  const double seconds = found->get<double>();
  // Up to the year 9999.
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 253402300799.0) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

std::optional<Validity> ReadValidity(const json& claims) {
  const auto expires = TimeAt(claims, "exp");
  const auto issued = TimeAt(claims, "iat");
  const auto not_before = claims.contains("nbf") ? TimeAt(claims, "nbf") : issued;
  if (!expires || !issued || !not_before) return std::nullopt;
  return Validity{*expires, *not_before, *issued};
}

bool IsWord(absl::string_view text, std::size_t max, absl::string_view punctuation) {
  return !text.empty() && text.size() <= max && absl::c_all_of(text, [&](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains(punctuation, absl::string_view(&c, 1));
  });
}

bool IsDisplayName(absl::string_view text) {
  return text.size() <= kMaxNameBytes &&
         absl::c_none_of(text, [](char c) { return absl::ascii_iscntrl(c); });
}

std::optional<std::set<access::v1::Role>> ReadRoles(const json& claims) {
  const auto found = claims.find("roles");
  if (found == claims.end() || !found->is_array() || found->empty()) return std::nullopt;
  std::set<access::v1::Role> roles;
  for (const json& entry : *found) {
    access::v1::Role role = access::v1::ROLE_UNSPECIFIED;
    if (!entry.is_string() ||
        !access::v1::Role_Parse(absl::StrCat("ROLE_", entry.get<std::string>()), &role)) {
      return std::nullopt;
    }
    // These come from certificates alone.
    if (role == access::v1::ROLE_UNSPECIFIED || role == access::v1::ROLE_PUBLIC ||
        role == access::v1::ROLE_SYSTEM) {
      return std::nullopt;
    }
    roles.insert(role);
  }
  return roles;
}

std::optional<Caller> ReadCaller(const json& claims) {
  const auto subject = Text(claims, "sub");
  const auto roles = ReadRoles(claims);
  if (!subject || !IsWord(*subject, 128, "._@-") || !roles) return std::nullopt;
  Caller caller;
  caller.subject = absl::StrCat("users/", *subject);
  caller.roles = *roles;
  if (claims.contains("name")) {
    const auto name = Text(claims, "name");
    if (!name || !IsDisplayName(*name)) return std::nullopt;
    caller.display_name = *name;
  }
  if (claims.contains("department")) {
    const auto code = Text(claims, "department");
    if (!code || (!code->empty() && !IsWord(*code, 32, "-"))) return std::nullopt;
    if (!code->empty()) caller.department = absl::StrCat("departments/", *code);
  }
  return caller;
}

// Tokens whose signature and claims were good once. Verifying ES256 anew for each call of a busy
// client would cost more than the call. Thread-safe.
class Remembered {
 public:
  struct Entry {
    Caller caller;
    Validity validity;
    std::size_t issuer = 0;
    int generation = 0;  // Of the issuer's keys.
  };

  std::optional<Entry> Find(const std::string& fingerprint) const {
    const absl::MutexLock lock(&mutex_);
    const auto found = entries_.find(fingerprint);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
  }

  void Add(const std::string& fingerprint, Entry entry, absl::Time now) {
    const absl::MutexLock lock(&mutex_);
    if (entries_.size() >= kMaxRemembered) {
      absl::erase_if(entries_, [now](const auto& known) {
        return !CheckTime(known.second.validity, now).ok();
      });
    }
    // Thousands of people at once: forget them all, rather than keep a list of who came when.
    if (entries_.size() >= kMaxRemembered) entries_.clear();
    entries_.insert_or_assign(fingerprint, std::move(entry));
  }

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

struct TokenVerifier::Impl {
  struct Known {
    explicit Known(Issuer given) : issuer(std::move(given)), keys(issuer.jwks_file) {}
    const Issuer issuer;
    KeyFile keys;
  };

  // Index of the issuer that `claims` name; nullopt when we know no such issuer.
  std::optional<std::size_t> IssuerOf(const json& claims) const {
    const auto name = Text(claims, "iss");
    for (std::size_t i = 0; name && i < issuers.size(); ++i) {
      if (issuers[i]->issuer.issuer == *name) return i;
    }
    return std::nullopt;
  }

  // Everything but time.
  absl::StatusOr<Remembered::Entry> VerifyAnew(absl::string_view token) const {
    if (token.size() > kMaxTokenBytes) return Invalid();
    const std::optional<Parts> parts = TakeApart(token);
    if (!parts) return Invalid();
    const std::optional<std::string> kid = KeyId(parts->header);
    const std::optional<std::size_t> index = IssuerOf(parts->claims);
    if (!kid || !index) return Invalid();
    Known& known = *issuers[*index];
    known.keys.Follow();
    const int generation = known.keys.generation();
    const Jwk key = known.keys.Find(*kid);
    if (key == nullptr || !HasSignatureOf(token, key)) return Invalid();
    const std::optional<Validity> validity = ReadValidity(parts->claims);
    const std::optional<Caller> caller = ReadCaller(parts->claims);
    if (!validity || !caller || !IsFor(parts->claims, known.issuer.audience)) return Invalid();
    return Remembered::Entry{*caller, *validity, *index, generation};
  }

  std::vector<std::unique_ptr<Known>> issuers;
  Remembered remembered;
};

TokenVerifier::TokenVerifier(std::vector<Issuer> issuers) : impl_(std::make_unique<Impl>()) {
  for (Issuer& issuer : issuers) {
    impl_->issuers.push_back(std::make_unique<Impl::Known>(std::move(issuer)));
  }
}

TokenVerifier::~TokenVerifier() = default;

absl::Status TokenVerifier::Load() {
  for (const auto& known : impl_->issuers) RETURN_IF_ERROR(known->keys.Load());
  return absl::OkStatus();
}

absl::StatusOr<Caller> TokenVerifier::Verify(absl::string_view token, absl::Time now) const {
  // A hash, so that the table of known tokens holds no token.
  const std::string fingerprint = Sha256(token);
  if (const auto entry = impl_->remembered.Find(fingerprint)) {
    KeyFile& keys = impl_->issuers[entry->issuer]->keys;
    keys.Follow();
    if (entry->generation == keys.generation()) {
      RETURN_IF_ERROR(CheckTime(entry->validity, now));
      return entry->caller;
    }
  }
  ASSIGN_OR_RETURN(Remembered::Entry entry, impl_->VerifyAnew(token));
  RETURN_IF_ERROR(CheckTime(entry.validity, now));
  Caller caller = entry.caller;
  impl_->remembered.Add(fingerprint, std::move(entry), now);
  return caller;
}

}  // namespace daicho::rpc
