#include "common/rpc/testing/people.h"

namespace daicho::testing {

TokenIssuer::TokenIssuer()
    : key_(rpc::MakeSigningKey().value()), jwks_file_(folder_.Write("jwks.json", key_.jwks)) {}

rpc::TokenClaims TokenIssuer::Claims(const std::string& subject,
                                     const std::vector<std::string>& roles,
                                     const std::string& department, absl::Time now) const {
  return {.issuer = issuer().issuer,
          .audience = issuer().audience,
          .subject = subject,
          .display_name = subject + "さん",
          .roles = roles,
          .department = department,
          .issued = now};
}

std::string TokenIssuer::Sign(const rpc::TokenClaims& claims) const {
  return rpc::SignToken(key_.jwk, claims).value();
}

}  // namespace daicho::testing
