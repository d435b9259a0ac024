#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/uuid.h"
#include "common/rpc/token.h"
#include "common/rpc/token_key.h"

namespace daicho::rpc {
namespace {

using nlohmann::json;

absl::Status Failed(absl::string_view what, const cjose_err& error) {
  return absl::InternalError(
      absl::StrCat(what, ": ", error.message != nullptr ? error.message : "unknown"));
}

json ClaimsJson(const TokenClaims& claims) {
  json out = {{"iss", claims.issuer},
              {"aud", claims.audience},
              {"sub", claims.subject},
              {"name", claims.display_name},
              {"roles", claims.roles},
              {"iat", absl::ToUnixSeconds(claims.issued)},
              {"exp", absl::ToUnixSeconds(claims.issued + claims.lifetime)}};
  if (!claims.department.empty()) out["department"] = claims.department;
  return out;
}

// The JSON of `key` as cjose writes it, without or with its private part.
json JwkJson(const Jwk& key, bool with_private) {
  cjose_err error{};
  const std::unique_ptr<char, decltype(&free)> text(
      cjose_jwk_to_json(key.get(), with_private, &error), &free);
  return text == nullptr ? json() : json::parse(text.get(), nullptr, false);
}

}  // namespace

absl::StatusOr<SigningKey> MakeSigningKey() {
  cjose_err error{};
  const Jwk key(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error), JwkDeleter());
  if (key == nullptr) return Failed("cannot make a key", error);
  json secret = JwkJson(key, true);
  json open = JwkJson(key, false);
  if (!secret.is_object() || !open.is_object()) return absl::InternalError("cannot write the key");
  const std::string kid = NewUuid(absl::Now());
  for (json* part : {&secret, &open}) {
    (*part)["kid"] = kid;
    (*part)["alg"] = "ES256";
    (*part)["use"] = "sig";
  }
  return SigningKey{secret.dump(), json{{"keys", json::array({open})}}.dump()};
}

absl::StatusOr<std::string> SignToken(absl::string_view jwk, const TokenClaims& claims) {
  cjose_err error{};
  const Jwk key(cjose_jwk_import(jwk.data(), jwk.size(), &error), JwkDeleter());
  if (key == nullptr) return Failed("cannot read the signing key", error);
  const std::unique_ptr<cjose_header_t, decltype(&cjose_header_release)> header(
      cjose_header_new(&error), &cjose_header_release);
  const char* const kid = cjose_jwk_get_kid(key.get(), &error);
  if (header == nullptr ||
      !cjose_header_set(header.get(), CJOSE_HDR_ALG, CJOSE_HDR_ALG_ES256, &error) ||
      !cjose_header_set(header.get(), "typ", "JWT", &error) ||
      (kid != nullptr && !cjose_header_set(header.get(), CJOSE_HDR_KID, kid, &error))) {
    return Failed("cannot write the header", error);
  }
  // Text that is no UTF-8 is mended, as dump() would throw.
  const std::string text = ClaimsJson(claims).dump(-1, ' ', false, json::error_handler_t::replace);
  const std::unique_ptr<cjose_jws_t, decltype(&cjose_jws_release)> jws(
      cjose_jws_sign(key.get(), header.get(), reinterpret_cast<const std::uint8_t*>(text.data()),
                     text.size(), &error),
      &cjose_jws_release);
  const char* compact = nullptr;
  if (jws == nullptr || !cjose_jws_export(jws.get(), &compact, &error)) {
    return Failed("cannot sign", error);
  }
  return std::string(compact);
}

}  // namespace daicho::rpc
