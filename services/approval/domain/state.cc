#include "services/approval/domain/state.h"

#include <cstddef>

#include "common/base/refusal.h"
#include "services/approval/domain/names.h"

namespace daicho::approval::domain {
namespace {

constexpr Names<kStateCount> kStateNames = {
    "NONE",      "DRAFT",    "IN_ROUTE", "UNDER_REVIEW", "ADVISED",  "RETURNED", "PULLED_BACK",
    "WITHDRAWN", "REJECTED", "AGREED",   "APPLIED",      "CONFLICT", "EXPIRED"};
constexpr Names<kActKindCount> kActKindNames = {"CREATED",
                                                "UPDATED",
                                                "SUBMITTED",
                                                "AGREED",
                                                "RETURNED",
                                                "WITHDRAWN",
                                                "APPLIED",
                                                "CONFLICTED",
                                                "REROUTED",
                                                "AGREED_AS_DEPUTY",
                                                "REVIEWED_AFTERWARDS",
                                                "RETURNED_TO_STEP",
                                                "PULLED_BACK",
                                                "ADVISED",
                                                "ANSWERED",
                                                "REJECTED",
                                                "EXPIRED",
                                                "SUBMITTED_URGENTLY",
                                                "SETTLED",
                                                "TRANSFERRED"};
constexpr Names<kActionCount> kActionNames = {"OPEN", "CHANGE", "CLOSE", "GRANT"};
constexpr Names<5> kStepKindNames = {"HEAD", "VIA", "CONCURRENCE", "PR_OFFICE", "CIRCULATION"};
constexpr Names<6> kRoleNames = {"DEPARTMENT_STAFF", "DEPARTMENT_HEAD", "PR_OFFICE",
                                 "SYSTEM",           "IT_SECURITY",     "ADMIN"};
constexpr Names<3> kAdviceKindNames = {"RECONSIDER", "IMPROVE", "CLOSE_OR_MERGE"};

// What an act leads to: refused, to one state, or to where the route has the form then.
struct Next {
  const char* refusal = nullptr;
  std::optional<State> to = std::nullopt;
};
constexpr Next To(State state) { return {nullptr, state}; }
constexpr Next No(const char* reason) { return {reason}; }

constexpr char kFormAlreadyExists[] = "FORM_ALREADY_EXISTS";
constexpr char kFormNotWritable[] = "FORM_NOT_WRITABLE";
constexpr char kFormNotInRoute[] = "FORM_NOT_IN_ROUTE";
constexpr char kFormNotWithdrawable[] = "FORM_NOT_WITHDRAWABLE";
constexpr char kFormNotAgreed[] = "FORM_NOT_AGREED";
constexpr char kFormNotOpen[] = "FORM_NOT_OPEN";
constexpr char kFormNotSubmitted[] = "FORM_NOT_SUBMITTED";
constexpr char kNextHasActed[] = "NEXT_HAS_ACTED";
constexpr char kFormNotUnderReview[] = "FORM_NOT_UNDER_REVIEW";
constexpr char kFormNotAdvised[] = "FORM_NOT_ADVISED";
constexpr char kFormNotWaitedFor[] = "FORM_NOT_WAITED_FOR";
constexpr char kNoConflict[] = "NO_CONFLICT_TO_SETTLE";

constexpr Next kRoute;
constexpr Next kDraft = To(State::kDraft);
constexpr Next kInRt = To(State::kInRoute);
constexpr Next kRevw = To(State::kUnderReview);
constexpr Next kAdvd = To(State::kAdvised);
constexpr Next kBack = To(State::kReturned);
constexpr Next kPuld = To(State::kPulledBack);
constexpr Next kGone = To(State::kWithdrawn);
constexpr Next kRejd = To(State::kRejected);
constexpr Next kAgrd = To(State::kAgreed);
constexpr Next kDone = To(State::kApplied);
constexpr Next kClash = To(State::kConflict);
constexpr Next kExpd = To(State::kExpired);

constexpr Next kIs = No(kFormAlreadyExists);
constexpr Next kFix = No(kFormNotWritable);
constexpr Next kOut = No(kFormNotInRoute);
constexpr Next kStay = No(kFormNotWithdrawable);
constexpr Next kNoAg = No(kFormNotAgreed);
constexpr Next kShut = No(kFormNotOpen);
constexpr Next kNew = No(kFormNotSubmitted);
constexpr Next kLate = No(kNextHasActed);
constexpr Next kNoRv = No(kFormNotUnderReview);
constexpr Next kNoAd = No(kFormNotAdvised);
constexpr Next kNoWt = No(kFormNotWaitedFor);
constexpr Next kNoCf = No(kNoConflict);

// A row for each state, a column for each act. The first line of a row: created, updated,
// submitted, agreed, returned, withdrawn, applied, conflicted, rerouted. The second: agreed as
// deputy, reviewed afterwards, returned to a step, pulled back, advised, answered, rejected,
// expired. The third: submitted urgently, settled, transferred. What a head reads afterwards (後閲)
// may be final by then, and stays as it is; so does what waits to be read by whoever took over, or
// by the same at a department that took over.
// clang-format off
constexpr Next kNextStates[kStateCount][kActKindCount] = {
    /* none         */ {kDraft, kFix,   kFix,   kOut,   kOut,  kStay, kNoAg, kNoAg,  kShut,
                        kOut,   kNew,   kOut,   kOut,   kNoRv, kNoAd, kOut,  kNoWt,
                        kFix, kNoCf, kShut},
    /* draft        */ {kIs,    kDraft, kRoute, kOut,   kOut,  kGone, kNoAg, kNoAg,  kDraft,
                        kOut,   kNew,   kOut,   kOut,   kNoRv, kNoAd, kOut,  kNoWt,
                        kRoute, kNoCf, kDraft},
    /* in route     */ {kIs,    kFix,   kFix,   kRoute, kBack, kGone, kNoAg, kNoAg,  kInRt,
                        kRoute, kInRt,  kRoute, kPuld,  kNoRv, kNoAd, kRejd, kNoWt,
                        kFix, kNoCf, kInRt},
    /* under review */ {kIs,    kFix,   kFix,   kRoute, kBack, kGone, kNoAg, kNoAg,  kRevw,
                        kRoute, kRevw,  kRoute, kLate,  kAdvd, kNoAd, kRejd, kNoWt,
                        kFix, kNoCf, kRevw},
    /* advised      */ {kIs,    kAdvd,  kRoute, kOut,   kOut,  kGone, kNoAg, kNoAg,  kAdvd,
                        kOut,   kAdvd,  kOut,   kLate,  kNoRv, kRevw, kOut,  kExpd,
                        kRoute, kNoCf, kAdvd},
    /* returned     */ {kIs,    kBack,  kRoute, kOut,   kOut,  kGone, kNoAg, kNoAg,  kBack,
                        kOut,   kBack,  kOut,   kLate,  kNoRv, kNoAd, kOut,  kExpd,
                        kRoute, kNoCf, kBack},
    /* pulled back  */ {kIs,    kPuld,  kRoute, kOut,   kOut,  kGone, kNoAg, kNoAg,  kPuld,
                        kOut,   kPuld,  kOut,   kOut,   kNoRv, kNoAd, kOut,  kNoWt,
                        kRoute, kNoCf, kPuld},
    /* withdrawn    */ {kIs,    kFix,   kFix,   kOut,   kOut,  kStay, kNoAg, kNoAg,  kGone,
                        kOut,   kGone,  kOut,   kOut,   kNoRv, kNoAd, kOut,  kNoWt,
                        kFix, kNoCf, kGone},
    /* rejected     */ {kIs,    kFix,   kFix,   kOut,   kOut,  kStay, kNoAg, kNoAg,  kRejd,
                        kOut,   kRejd,  kOut,   kOut,   kNoRv, kNoAd, kOut,  kNoWt,
                        kFix, kNoCf, kRejd},
    /* agreed       */ {kIs,    kFix,   kFix,   kOut,   kOut,  kStay, kDone, kClash, kAgrd,
                        kOut,   kAgrd,  kOut,   kLate,  kNoRv, kNoAd, kOut,  kNoWt,
                        kFix, kNoCf, kAgrd},
    /* applied      */ {kIs,    kFix,   kFix,   kOut,   kOut,  kStay, kNoAg, kNoAg,  kDone,
                        kOut,   kDone,  kOut,   kOut,   kNoRv, kNoAd, kOut,  kNoWt,
                        kFix, kNoCf, kDone},
    /* conflict     */ {kIs,    kFix,   kFix,   kOut,   kOut,  kStay, kNoAg, kNoAg,  kClash,
                        kOut,   kClash, kOut,   kOut,   kNoRv, kNoAd, kOut,  kNoWt,
                        kFix, kClash, kClash},
    /* expired      */ {kIs,    kFix,   kFix,   kOut,   kOut,  kStay, kNoAg, kNoAg,  kExpd,
                        kOut,   kExpd,  kOut,   kOut,   kNoRv, kNoAd, kOut,  kNoWt,
                        kFix, kNoCf, kExpd},
};
// clang-format on

const Next& NextOf(State from, ActKind act) {
  return kNextStates[static_cast<std::size_t>(from)][static_cast<std::size_t>(act)];
}

Message MessageOf(absl::string_view reason) {
  if (reason == kFormAlreadyExists) {
    return {"This form exists already.", "この協議書はすでに作成されています。"};
  }
  if (reason == kFormNotWritable) {
    return {
        "Only a draft, or a form that was returned, pulled back or advised on, can be changed or "
        "submitted; withdraw this form and draft a new one, or wait until it is returned.",
        "起案中の協議書、または差戻し・引戻し・助言により手元にある協議書だけが変更・提出できます。"
        "取り下げて新しく起案するか、差戻しをお待ちください。"};
  }
  if (reason == kFormNotInRoute) {
    return {
        "This form is with no decider now; it can be decided or pulled back once it is "
        "submitted and before it is agreed.",
        "この協議書は決裁の途中にありません。決裁や引戻しは、提出後、同意までの間にできます。"};
  }
  if (reason == kNextHasActed) {
    return {
        "Somebody has acted on this form since it was submitted, so that it cannot be pulled "
        "back any more; withdraw it, or ask for its return.",
        "提出後に次の人が処理したため、引き戻せません。取り下げるか、差戻しを依頼してください。"};
  }
  if (reason == kFormNotWithdrawable) {
    return {
        "A form can be withdrawn until the PR office agrees; draft a CHANGE or a CLOSE "
        "instead.",
        "取下げは同意の前に限ります。変更または廃止の協議書を起案してください。"};
  }
  if (reason == kFormNotOpen) {
    return {"Only an open form follows a reorganisation or a transfer.",
            "組織改編や異動に伴って引き継がれるのは手続き中の協議書だけです。"};
  }
  if (reason == kFormNotSubmitted) {
    return {
        "Nothing was decided on this form yet, so that there is nothing to review; wait until "
        "it is submitted.",
        "この協議書はまだ決裁されていないため、後閲するものがありません。提出をお待ちください。"};
  }
  if (reason == kFormNotUnderReview) {
    return {"Advice is given on a form that is with the PR office; wait until it gets there.",
            "助言できるのは広報担当課で審査中の協議書だけです。審査に回るまでお待ちください。"};
  }
  if (reason == kFormNotAdvised) {
    return {"There is no advice on this form to answer; look at its state.",
            "この協議書には回答を要する助言がありません。状態を確認してください。"};
  }
  if (reason == kFormNotWaitedFor) {
    return {"Only a form whose department has to answer advice or mend a return can lapse.",
            "失効するのは、助言への回答または差戻しへの対応を待っている協議書だけです。"};
  }
  if (reason == kNoConflict) {
    return {
        "This form has no conflict with the ledger that waits to be settled; look at its state.",
        "この協議書には、整理を待つ台帳との競合がありません。状態を確認してください。"};
  }
  return {"Only an agreed form goes to the ledger.",
          "台帳に反映されるのは同意された協議書だけです。"};
}

}  // namespace

absl::string_view NameOf(State state) { return kStateNames[static_cast<std::size_t>(state)]; }
absl::string_view NameOf(ActKind kind) { return kActKindNames[static_cast<std::size_t>(kind)]; }
absl::string_view NameOf(Action action) { return kActionNames[static_cast<std::size_t>(action)]; }
absl::string_view NameOf(StepKind kind) { return kStepKindNames[static_cast<std::size_t>(kind)]; }
absl::string_view NameOf(Role role) { return kRoleNames[static_cast<std::size_t>(role)]; }
absl::string_view NameOf(AdviceKind kind) {
  return kAdviceKindNames[static_cast<std::size_t>(kind)];
}

std::optional<State> StateNamed(absl::string_view name) { return Named<State>(kStateNames, name); }
std::optional<ActKind> ActKindNamed(absl::string_view name) {
  return Named<ActKind>(kActKindNames, name);
}
std::optional<Action> ActionNamed(absl::string_view name) {
  return Named<Action>(kActionNames, name);
}
std::optional<StepKind> StepKindNamed(absl::string_view name) {
  return Named<StepKind>(kStepKindNames, name);
}
std::optional<Role> RoleNamed(absl::string_view name) { return Named<Role>(kRoleNames, name); }
std::optional<AdviceKind> AdviceKindNamed(absl::string_view name) {
  return Named<AdviceKind>(kAdviceKindNames, name);
}

absl::StatusOr<State> NextState(State from, ActKind act, State route_state) {
  const Next& next = NextOf(from, act);
  if (next.refusal == nullptr) return next.to.value_or(route_state);
  return RefuseLike(from, act, from);
}

bool IsOpen(State state) { return NextState(state, ActKind::kWithdrawn, state).ok(); }

bool IsBesideTheRoute(ActKind act) {
  return act == ActKind::kRerouted || act == ActKind::kTransferred ||
         act == ActKind::kReviewedAfterwards;
}

absl::Status RefuseLike(State like, ActKind act, State state) {
  const bool exists = act == ActKind::kCreated;
  const char* const refusal = NextOf(like, act).refusal;
  return Refuse(exists ? absl::StatusCode::kAlreadyExists : absl::StatusCode::kFailedPrecondition,
                refusal, MessageOf(refusal), {{"state", NameOf(state)}});
}

}  // namespace daicho::approval::domain
