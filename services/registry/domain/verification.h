// Verified accounts (認証アカウント), domain.md §8, T 6-1. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/registry/domain/account.h"

namespace daicho::registry::domain {

enum class VerificationState {
  kUnreported,  // Nothing was said yet.
  kNotOffered,  // The platform has no programme.
  kNotApplied,
  kApplied,
  kVerified,
  kRefused,
  kLapsed,  // Granted once, gone now.
};

inline constexpr VerificationState kAllVerificationStates[] = {
    VerificationState::kUnreported, VerificationState::kNotOffered, VerificationState::kNotApplied,
    VerificationState::kApplied,    VerificationState::kVerified,   VerificationState::kRefused,
    VerificationState::kLapsed};

// "STATE_VERIFIED", as AccountFacts has it; "" for kUnreported.
absl::string_view ToText(VerificationState state);
// kUnreported for any other text.
VerificationState ParseVerificationState(absl::string_view text);

struct Verification {
  VerificationState state = VerificationState::kUnreported;
  std::string reason;                        // Why not, where there is a why.
  std::string badge;                         // Kind of badge.
  std::optional<absl::CivilDay> since;       // First day of the badge.
  std::optional<absl::CivilDay> expires_on;  // Last day of the badge, where it ends.
  std::string evidence;

  friend bool operator==(const Verification&, const Verification&) = default;
};

// What an account's facts say, and back.
Verification VerificationOf(const Fields& facts);
Fields ToFacts(const Verification& verification);

// Whether `next` may be reported after `state`.
bool MayFollow(VerificationState state, VerificationState next);

// Takes up how far the verification of `account` got; `offered` says whether its platform has a
// programme. INVALID_ARGUMENT (INVALID_FIELD) for what the state needs or cannot have;
// FAILED_PRECONDITION (ACCOUNT_NOT_ALIVE, NO_PROGRAMME, PROGRAMME_EXISTS,
// VERIFICATION_CANNOT_FOLLOW, DATE_IN_FUTURE).
absl::StatusOr<Change> RecordVerification(const Account& account, const Verification& reported,
                                          bool offered, absl::Time now);

// How it stands on `day`: a badge is lapsed from the day after its last.
VerificationState StateOn(const Verification& verification, absl::CivilDay day);

// An open account, as far as coverage looks at it.
struct CoveredAccount {
  std::string id;
  std::string department;  // Code.
  std::string platform;
  std::string display_name;
  Verification verification;
};

// Counts open accounts by department and platform, and remembers those that could be verified and
// are not.
class Coverage {
 public:
  struct Missing {
    CoveredAccount account;
    VerificationState state = VerificationState::kUnreported;
  };
  using Counts = std::map<VerificationState, int>;

  // Looks at badges as of `day`, and remembers at most `most_missing`.
  Coverage(absl::CivilDay day, int most_missing) : day_(day), most_missing_(most_missing) {}

  // `offered`: whether its platform has a programme.
  void Add(CoveredAccount account, bool offered);

  // By department code and platform id.
  const std::map<std::pair<std::string, std::string>, Counts>& counts() const { return counts_; }
  const std::vector<Missing>& missing() const { return missing_; }
  int missing_count() const { return missing_count_; }

 private:
  const absl::CivilDay day_;
  const int most_missing_;
  std::map<std::pair<std::string, std::string>, Counts> counts_;
  std::vector<Missing> missing_;
  int missing_count_ = 0;
};

}  // namespace daicho::registry::domain
