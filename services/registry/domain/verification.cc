#include "services/registry/domain/verification.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/fact.h"

namespace daicho::registry::domain {
namespace {

using State = VerificationState;

// What may follow what: a row for each state that is known, a column for each that is reported. A
// first report may say anything; only what was applied for is refused; only a badge lapses, is
// renewed, and does nothing else. The programme may begin, end, and grant unasked.
// clang-format off
constexpr bool kMayFollow[std::size(kAllVerificationStates)][std::size(kAllVerificationStates)] = {
  //                unreported not offered not applied applied verified refused lapsed
  /* unreported  */ {false,     true,       true,       true,   true,    true,   true},
  /* not offered */ {false,     false,      true,       true,   true,    false,  false},
  /* not applied */ {false,     true,       true,       true,   true,    false,  false},
  /* applied     */ {false,     true,       true,       false,  true,    true,   false},
  /* verified    */ {false,     false,      false,      false,  true,    false,  true},
  /* refused     */ {false,     true,       true,       true,   false,   false,  false},
  /* lapsed      */ {false,     true,       true,       true,   true,    false,  false},
};
// clang-format on

struct Detail {
  const char* field;
  bool given;
  bool needed;
  bool allowed;
};

std::vector<Violation> ProblemsOf(const Verification& reported) {
  if (reported.state == State::kUnreported) return {Missing("verification.state")};
  const bool verified = reported.state == State::kVerified;
  const bool with_reason =
      reported.state == State::kNotApplied || reported.state == State::kRefused;
  const Detail details[] = {
      {"verification.reason", !reported.reason.empty(), with_reason, !verified},
      {"verification.badge", !reported.badge.empty(), verified, verified},
      {"verification.since", reported.since.has_value(), verified, verified},
      {"verification.expires_on", reported.expires_on.has_value(), false, verified},
      {"verification.evidence", !reported.evidence.empty(), verified,
       reported.state != State::kNotOffered && reported.state != State::kNotApplied}};
  std::vector<Violation> problems;
  for (const Detail& detail : details) {
    if (detail.needed && !detail.given) problems.push_back(Missing(detail.field));
    if (detail.given && !detail.allowed) problems.push_back(NotWanted(detail.field));
  }
  if (problems.empty() && reported.expires_on && *reported.expires_on < *reported.since) {
    problems.push_back(DaysOutOfOrder("verification.since", "verification.expires_on"));
  }
  return problems;
}

// A programme that has ended may still be said to have taken its badges with it.
absl::Status CheckOffered(State next, bool offered) {
  if (offered && next == State::kNotOffered) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "PROGRAMME_EXISTS",
                  {"The platform has a programme; say NOT_APPLIED and why.",
                   "このサービスには認証制度があります。申請しない理由を添えて NOT_APPLIED と"
                   "報告してください。"});
  }
  if (!offered && next != State::kNotOffered && next != State::kLapsed) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "NO_PROGRAMME",
                  {"The platform has no programme; say NOT_OFFERED, or have the platform file "
                   "mended.",
                   "このサービスには認証制度がありません。NOT_OFFERED と報告するか、サービスの"
                   "定義を直すよう管理者に依頼してください。"});
  }
  return absl::OkStatus();
}

std::string TextAt(const Fields& facts, const char* path) {
  const auto found = facts.find(path);
  return found == facts.end() ? "" : found->second;
}

}  // namespace

absl::string_view ToText(VerificationState state) {
  switch (state) {
    case State::kUnreported:
      return "";
    case State::kNotOffered:
      return "STATE_NOT_OFFERED";
    case State::kNotApplied:
      return "STATE_NOT_APPLIED";
    case State::kApplied:
      return "STATE_APPLIED";
    case State::kVerified:
      return "STATE_VERIFIED";
    case State::kRefused:
      return "STATE_REFUSED";
    case State::kLapsed:
      return "STATE_LAPSED";
  }
  return "";
}

VerificationState ParseVerificationState(absl::string_view text) {
  for (const State state : kAllVerificationStates) {
    if (ToText(state) == text) return state;
  }
  return State::kUnreported;
}

Verification VerificationOf(const Fields& facts) {
  return {.state = ParseVerificationState(TextAt(facts, "verification.state")),
          .reason = TextAt(facts, "verification.reason"),
          .badge = TextAt(facts, "verification.badge"),
          .since = DayAt(facts, "verification.since"),
          .expires_on = DayAt(facts, "verification.expires_on"),
          .evidence = TextAt(facts, "verification.evidence")};
}

Fields ToFacts(const Verification& verification) {
  Fields facts;
  const auto set = [&](const char* path, absl::string_view value) {
    if (!value.empty()) facts[path] = std::string(value);
  };
  const auto set_day = [&](const char* path, std::optional<absl::CivilDay> day) {
    if (day) facts[path] = FormatDay(*day);
  };
  set("verification.state", ToText(verification.state));
  set("verification.reason", verification.reason);
  set("verification.badge", verification.badge);
  set_day("verification.since", verification.since);
  set_day("verification.expires_on", verification.expires_on);
  set("verification.evidence", verification.evidence);
  return facts;
}

bool MayFollow(VerificationState state, VerificationState next) {
  return kMayFollow[static_cast<int>(state)][static_cast<int>(next)];
}

absl::StatusOr<Change> RecordVerification(const Account& account, const Verification& reported,
                                          bool offered, absl::Time now) {
  const std::vector<Violation> problems = ProblemsOf(reported);
  if (!problems.empty()) return RefuseFields(problems);
  RETURN_IF_ERROR(CheckAlive(account));
  RETURN_IF_ERROR(CheckOffered(reported.state, offered));
  const State known = VerificationOf(account.facts).state;
  if (!MayFollow(known, reported.state)) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "VERIFICATION_CANNOT_FOLLOW",
                  {"This cannot follow what the ledger says of the verification; report what came "
                   "between first.",
                   "台帳にある認証の状態の次にはなりえません。間にあった経過を先に報告して"
                   "ください。"},
                  {{"known", ToText(known)}, {"reported", ToText(reported.state)}});
  }
  if (reported.since) RETURN_IF_ERROR(CheckNotInFuture(*reported.since, "verification.since", now));
  return WithFacts(account, "verification", ToFacts(reported), "account.verification_recorded",
                   now);
}

VerificationState StateOn(const Verification& verification, absl::CivilDay day) {
  const bool past = verification.expires_on && *verification.expires_on < day;
  return verification.state == State::kVerified && past ? State::kLapsed : verification.state;
}

void Coverage::Add(CoveredAccount account, bool offered) {
  const State state = StateOn(account.verification, day_);
  ++counts_[{account.department, account.platform}][state];
  if (!offered || state == State::kVerified) return;
  ++missing_count_;
  if (static_cast<int>(missing_.size()) == most_missing_) return;
  missing_.push_back({std::move(account), state});
}

}  // namespace daicho::registry::domain
