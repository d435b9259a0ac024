// Where a form is, and what may be done to it there.
#pragma once

#include <array>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daicho::approval::domain {

enum class State {
  kNone,  // Not created yet; never stored.
  kDraft,
  kInRoute,      // With a step before the PR office.
  kUnderReview,  // With the PR office.
  kAdvised,
  kReturned,
  kPulledBack,
  kWithdrawn,
  kRejected,
  kAgreed,    // On its way to the ledger.
  kApplied,   // In the ledger.
  kConflict,  // Agreed, but the ledger says something else since.
  kExpired,
};
inline constexpr int kStateCount = 13;

enum class ActKind {
  kCreated,
  kUpdated,
  kSubmitted,
  kAgreed,
  kReturned,  // To the drafter.
  kWithdrawn,
  kApplied,
  kConflicted,
  kRerouted,            // A reorganisation gave it to another department.
  kAgreedAsDeputy,      // 代決, for a head whose absence is recorded.
  kReviewedAfterwards,  // 後閲, by the head who was absent.
  kReturnedToStep,      // To an earlier step of the route.
  kPulledBack,
  kAdvised,
  kAnswered,
  kRejected,
  kExpired,
  kSubmittedUrgently,  // 即時停止: the account is suspended at once, and decided on afterwards. T
                       // 5-9-4.
  kSettled,      // The PR office has settled a conflict with the ledger.
  kTransferred,  // 異動: somebody for whom it waited, or whom it names, was transferred.
};
inline constexpr int kActKindCount = 20;

// 協議区分. T 5-3; Y 2-2.
enum class Action { kOpen, kChange, kClose, kGrant };
inline constexpr int kActionCount = 4;

// 助言, on a form or about an account: 再検討, 改善, 廃止・統合. T 5-3.
enum class AdviceKind { kReconsider, kImprove, kCloseOrMerge };

// Why a step is in a route. T 5-3, T 5-7.
enum class StepKind { kHead, kVia, kConcurrence, kPrOffice, kCirculation };

// In which role something was done.
enum class Role { kDepartmentStaff, kDepartmentHead, kPrOffice, kSystem, kItSecurity, kAdmin };

// Names in storage and, behind the enum's prefix, on the wire: "IN_ROUTE".
absl::string_view NameOf(State state);
absl::string_view NameOf(ActKind kind);
absl::string_view NameOf(Action action);
absl::string_view NameOf(StepKind kind);
absl::string_view NameOf(Role role);
absl::string_view NameOf(AdviceKind kind);

// The reverse; nullopt for a name that is none of them.
std::optional<State> StateNamed(absl::string_view name);
std::optional<ActKind> ActKindNamed(absl::string_view name);
std::optional<Action> ActionNamed(absl::string_view name);
std::optional<StepKind> StepKindNamed(absl::string_view name);
std::optional<Role> RoleNamed(absl::string_view name);
std::optional<AdviceKind> AdviceKindNamed(absl::string_view name);

// State after `act` is done to a form in `from`, by the one table of what is possible.
// `route_state` is where its route would then have it: kInRoute, kUnderReview, or kAgreed when
// every step has agreed. T 5-3.
//
// Refuses what the state does not allow: FORM_NOT_WRITABLE (update, submit), FORM_NOT_IN_ROUTE
// (agree, return, reject, pull back), NEXT_HAS_ACTED (pull back), FORM_NOT_UNDER_REVIEW (advise),
// FORM_NOT_ADVISED (answer), FORM_NOT_SUBMITTED (review afterwards), FORM_NOT_WAITED_FOR (expire),
// FORM_NOT_WITHDRAWABLE, FORM_NOT_AGREED (applied, conflicted), FORM_NOT_OPEN (reroute, transfer),
// NO_CONFLICT_TO_SETTLE (settle), FORM_ALREADY_EXISTS (create).
absl::StatusOr<State> NextState(State from, ActKind act, State route_state);

// Whether something can still be done to a form in `state` by people.
bool IsOpen(State state);

// Whether `act` happens beside the route: it leaves the form with whom it is, nobody has acted on
// it by that, and nobody gets more time.
bool IsBesideTheRoute(ActKind act);

// Refuses `act` on a form in `state` as the table does in `like`, which does not allow it: what the
// acts of a form say against one that its state alone would allow.
absl::Status RefuseLike(State like, ActKind act, State state);

}  // namespace daicho::approval::domain
