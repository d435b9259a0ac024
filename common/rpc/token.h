// Signed tokens of people and department systems: JWT with ES256 (RFC 7519, RFC 7518), keys as
// JWKS (RFC 7517).
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/call.h"

namespace daicho::rpc {

// An issuer whose tokens are accepted.
struct Issuer {
  std::string issuer;
  std::string audience;
  std::string jwks_file;  // Read anew when it changes.
};

// Thread-safe. Keeps a small table of tokens already verified, until they expire.
class TokenVerifier {
 public:
  explicit TokenVerifier(std::vector<Issuer> issuers);
  ~TokenVerifier();

  // Reads the keys; fails when a file is missing or holds no usable key.
  absl::Status Load();

  // Who the token stands for. Refuses with UNAUTHENTICATED: TOKEN_INVALID (not a JWT, an algorithm
  // other than ES256, an unknown key, a bad signature, another issuer or audience, a missing
  // claim, an unknown role, longer than 8 KB), TOKEN_EXPIRED (exp, nbf or iat off by more than 30
  // seconds, or a lifetime over 12 hours).
  absl::StatusOr<Caller> Verify(absl::string_view token, absl::Time now) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What a local issuer puts into a token.
struct TokenClaims {
  std::string issuer;
  std::string audience;
  std::string subject;  // "hirose"; becomes "users/hirose".
  std::string display_name;
  std::vector<std::string> roles;  // "DEPARTMENT_STAFF", without the prefix.
  std::string department;          // Code, without "departments/". May be empty.
  absl::Time issued;
  absl::Duration lifetime = absl::Hours(1);
};

// Makes a P-256 key pair: `jwk` is the private key, `jwks` the public set.
struct SigningKey {
  std::string jwk;
  std::string jwks;
};
absl::StatusOr<SigningKey> MakeSigningKey();

// Signs `claims` with the private key `jwk`.
absl::StatusOr<std::string> SignToken(absl::string_view jwk, const TokenClaims& claims);

}  // namespace daicho::rpc
