#include "services/approval/domain/state.h"

#include <algorithm>
#include <cstddef>

#include "common/base/refusal.h"

namespace daicho::approval::domain {
namespace {

template <std::size_t n>
using Names = std::array<absl::string_view, n>;

constexpr Names<kStateCount> kStateNames = {
    "NONE",      "DRAFT",    "IN_ROUTE", "UNDER_REVIEW", "ADVISED",  "RETURNED", "PULLED_BACK",
    "WITHDRAWN", "REJECTED", "AGREED",   "APPLIED",      "CONFLICT", "EXPIRED"};
constexpr Names<kActKindCount> kActKindNames = {"CREATED", "UPDATED",    "SUBMITTED",
                                                "AGREED",  "RETURNED",   "WITHDRAWN",
                                                "APPLIED", "CONFLICTED", "REROUTED"};
constexpr Names<3> kActionNames = {"OPEN", "CHANGE", "CLOSE"};
constexpr Names<5> kStepKindNames = {"HEAD", "VIA", "CONCURRENCE", "PR_OFFICE", "CIRCULATION"};
constexpr Names<4> kRoleNames = {"DEPARTMENT_STAFF", "DEPARTMENT_HEAD", "PR_OFFICE", "SYSTEM"};

template <typename Enum, std::size_t n>
std::optional<Enum> Named(const Names<n>& names, absl::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

// What an act leads to: refused, to one state, or to where the route has the form then.
struct Next {
  bool allowed = false;
  std::optional<State> to = std::nullopt;
};
constexpr Next kNo;
constexpr Next kRoute{true};
constexpr Next kDraft{true, State::kDraft};
constexpr Next kBack{true, State::kReturned};
constexpr Next kGone{true, State::kWithdrawn};
constexpr Next kDone{true, State::kApplied};
constexpr Next kClash{true, State::kConflict};

// clang-format off
constexpr Next kNextStates[kStateCount][kActKindCount] = {
    //                created  updated  submitted agreed   returned withdrawn applied  conflicted
    /* none         */ {kDraft,  kNo,     kNo,      kNo,     kNo,     kNo,      kNo,     kNo},
    /* draft        */ {kNo,     kDraft,  kRoute,   kNo,     kNo,     kGone,    kNo,     kNo},
    /* in route     */ {kNo,     kNo,     kNo,      kRoute,  kBack,   kGone,    kNo,     kNo},
    /* under review */ {kNo,     kNo,     kNo,      kRoute,  kBack,   kGone,    kNo,     kNo},
    /* advised      */ {kNo,     kNo,     kNo,      kNo,     kNo,     kNo,      kNo,     kNo},
    /* returned     */ {kNo,     kBack,   kRoute,   kNo,     kNo,     kGone,    kNo,     kNo},
    /* pulled back  */ {kNo,     kNo,     kNo,      kNo,     kNo,     kNo,      kNo,     kNo},
    /* withdrawn    */ {kNo,     kNo,     kNo,      kNo,     kNo,     kNo,      kNo,     kNo},
    /* rejected     */ {kNo,     kNo,     kNo,      kNo,     kNo,     kNo,      kNo,     kNo},
    /* agreed       */ {kNo,     kNo,     kNo,      kNo,     kNo,     kNo,      kDone,   kClash},
    /* applied      */ {kNo,     kNo,     kNo,      kNo,     kNo,     kNo,      kNo,     kNo},
    /* conflict     */ {kNo,     kNo,     kNo,      kNo,     kNo,     kNo,      kNo,     kNo},
    /* expired      */ {kNo,     kNo,     kNo,      kNo,     kNo,     kNo,      kNo,     kNo},
};
// clang-format on

absl::Status RefuseAct(State from, ActKind act) {
  const RefusalFacts facts = {{"state", NameOf(from)}};
  switch (act) {
    case ActKind::kCreated:
      return Refuse(absl::StatusCode::kAlreadyExists, "FORM_ALREADY_EXISTS",
                    {"This form exists already.", "この協議書はすでに作成されています。"}, facts);
    case ActKind::kUpdated:
    case ActKind::kSubmitted:
      return Refuse(
          absl::StatusCode::kFailedPrecondition, "FORM_NOT_WRITABLE",
          {"Only a draft or a returned form can be changed or submitted; withdraw this form and "
           "draft a new one, or wait until it is returned.",
           "起案中または差し戻された協議書だけが変更・提出できます。取り下げて新しく起案するか、"
           "差戻しをお待ちください。"},
          facts);
    case ActKind::kAgreed:
    case ActKind::kReturned:
      return Refuse(absl::StatusCode::kFailedPrecondition, "FORM_NOT_IN_ROUTE",
                    {"This form is with no decider now; it can be decided once it is submitted and "
                     "before it is agreed.",
                     "この協議書は決裁の途中にありません。提出後、同意までの間に決裁できます。"},
                    facts);
    case ActKind::kWithdrawn:
      return Refuse(absl::StatusCode::kFailedPrecondition, "FORM_NOT_WITHDRAWABLE",
                    {"A form can be withdrawn until the PR office agrees; draft a CHANGE or a "
                     "CLOSE instead.",
                     "取下げは同意の前に限ります。変更または廃止の協議書を起案してください。"},
                    facts);
    case ActKind::kRerouted:
      return Refuse(absl::StatusCode::kFailedPrecondition, "FORM_NOT_OPEN",
                    {"Only an open form follows a reorganisation.",
                     "組織改編に伴って引き継がれるのは手続き中の協議書だけです。"},
                    facts);
    case ActKind::kApplied:
    case ActKind::kConflicted:
      return Refuse(absl::StatusCode::kFailedPrecondition, "FORM_NOT_AGREED",
                    {"Only an agreed form goes to the ledger.",
                     "台帳に反映されるのは同意された協議書だけです。"},
                    facts);
  }
  return absl::InternalError("unknown act");
}

}  // namespace

absl::string_view NameOf(State state) { return kStateNames[static_cast<std::size_t>(state)]; }
absl::string_view NameOf(ActKind kind) { return kActKindNames[static_cast<std::size_t>(kind)]; }
absl::string_view NameOf(Action action) { return kActionNames[static_cast<std::size_t>(action)]; }
absl::string_view NameOf(StepKind kind) { return kStepKindNames[static_cast<std::size_t>(kind)]; }
absl::string_view NameOf(Role role) { return kRoleNames[static_cast<std::size_t>(role)]; }

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

absl::StatusOr<State> NextState(State from, ActKind act, State route_state) {
  const Next& next = kNextStates[static_cast<std::size_t>(from)][static_cast<std::size_t>(act)];
  if (!next.allowed) return RefuseAct(from, act);
  return next.to.value_or(route_state);
}

}  // namespace daicho::approval::domain
