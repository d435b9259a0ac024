// People for tests: tokens of an issuer of their own.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/rpc/testing/pki.h"
#include "common/rpc/token.h"

namespace daicho::testing {

// A clock that stands still until it is told otherwise. Thread-safe once set.
class FixedClock : public Clock {
 public:
  explicit FixedClock(absl::Time now) : now_(now) {}
  absl::Time Now() const override { return now_; }
  void Set(absl::Time now) { now_ = now; }
  void Advance(absl::Duration duration) { now_ += duration; }

 private:
  absl::Time now_;
};

class TokenIssuer {
 public:
  TokenIssuer();

  rpc::Issuer issuer() const { return {"https://issuer.example", "daicho", jwks_file_}; }
  // Claims of a person that are accepted for an hour from `now` on. `department` is a code.
  rpc::TokenClaims Claims(const std::string& subject, const std::vector<std::string>& roles,
                          const std::string& department, absl::Time now) const;
  std::string Sign(const rpc::TokenClaims& claims) const;
  const rpc::SigningKey& key() const { return key_; }
  const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
  rpc::SigningKey key_;
  std::string jwks_file_;
};

}  // namespace daicho::testing
