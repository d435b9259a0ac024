#include "services/registry/domain/account_life.h"

#include <cstddef>
#include <iterator>
#include <optional>

namespace daicho::registry::domain {
namespace {

// One cell: what becomes of the state or of the condition, or why nothing does.
struct Cell {
  std::optional<AccountState> state;
  std::optional<Condition> condition;
  const char* refusal = nullptr;
};

constexpr Cell To(AccountState state) { return {state, std::nullopt, nullptr}; }
constexpr Cell To(Condition condition) { return {std::nullopt, condition, nullptr}; }
constexpr Cell No(const char* refusal) { return {std::nullopt, std::nullopt, refusal}; }

constexpr Cell kSame = {};
constexpr Cell kToActive = To(AccountState::kActive);
constexpr Cell kToClosing = To(AccountState::kClosing);
constexpr Cell kToClosed = To(AccountState::kClosed);
constexpr Cell kToMerged = To(AccountState::kMerged);
constexpr Cell kToNormal = To(Condition::kNormal);
constexpr Cell kToFrozen = To(Condition::kSuspendedByPlatform);
constexpr Cell kToHeld = To(Condition::kSuspendedInternally);
constexpr Cell kToTaken = To(Condition::kCompromised);

constexpr char kAccountNotAlive[] = "ACCOUNT_NOT_ALIVE";
constexpr char kAccountNotPreparing[] = "ACCOUNT_NOT_PREPARING";
constexpr char kAccountNotClosing[] = "ACCOUNT_NOT_CLOSING";
constexpr char kAccountIsClosing[] = "ACCOUNT_IS_CLOSING";
constexpr char kAccountNotInOrder[] = "ACCOUNT_NOT_IN_ORDER";
constexpr char kConditionAlreadyNormal[] = "CONDITION_ALREADY_NORMAL";
constexpr char kConditionGraver[] = "CONDITION_GRAVER";

constexpr Cell kNotAlive = No(kAccountNotAlive);
constexpr Cell kNotNew = No(kAccountNotPreparing);
constexpr Cell kNotEnding = No(kAccountNotClosing);
constexpr Cell kIsEnding = No(kAccountIsClosing);
constexpr Cell kNotSound = No(kAccountNotInOrder);
constexpr Cell kIsNormal = No(kConditionAlreadyNormal);
constexpr Cell kIsGraver = No(kConditionGraver);

// A row for each state and condition, a column for each act. The first line of a row: change,
// take over, close, be absorbed, confirm opening, record listing, confirm closing, confirm merging.
// The second line: report normal, suspended by the platform, suspended internally, compromised,
// a fact. A condition gives way to a graver one, or to none.
// clang-format off
constexpr Cell kLife[std::size(kAllAccountStates)][std::size(kAllConditions)]
                    [std::size(kAllActs)] = {
  {  // PREPARING
    {kSame, kSame,     kToClosing, kToClosing, kToActive, kSame, kNotEnding, kNotEnding,
     kIsNormal, kToFrozen, kToHeld,   kToTaken, kSame},  // NORMAL
    {kSame, kNotSound, kToClosing, kToClosing, kNotSound, kSame, kNotEnding, kNotEnding,
     kToNormal, kToFrozen, kToHeld,   kToTaken, kSame},  // SUSPENDED_BY_PLATFORM
    {kSame, kNotSound, kToClosing, kToClosing, kNotSound, kSame, kNotEnding, kNotEnding,
     kToNormal, kIsGraver, kToHeld,   kToTaken, kSame},  // SUSPENDED_INTERNALLY
    {kSame, kNotSound, kToClosing, kToClosing, kNotSound, kSame, kNotEnding, kNotEnding,
     kToNormal, kIsGraver, kIsGraver, kToTaken, kSame},  // COMPROMISED
  },
  {  // ACTIVE
    {kSame, kSame,     kToClosing, kToClosing, kNotNew,   kSame, kNotEnding, kNotEnding,
     kIsNormal, kToFrozen, kToHeld,   kToTaken, kSame},  // NORMAL
    {kSame, kNotSound, kToClosing, kToClosing, kNotNew,   kSame, kNotEnding, kNotEnding,
     kToNormal, kToFrozen, kToHeld,   kToTaken, kSame},  // SUSPENDED_BY_PLATFORM
    {kSame, kNotSound, kToClosing, kToClosing, kNotNew,   kSame, kNotEnding, kNotEnding,
     kToNormal, kIsGraver, kToHeld,   kToTaken, kSame},  // SUSPENDED_INTERNALLY
    {kSame, kNotSound, kToClosing, kToClosing, kNotNew,   kSame, kNotEnding, kNotEnding,
     kToNormal, kIsGraver, kIsGraver, kToTaken, kSame},  // COMPROMISED
  },
  {  // CLOSING
    {kSame, kIsEnding, kToClosing, kToClosing, kNotNew,   kSame, kToClosed,  kToMerged,
     kIsNormal, kToFrozen, kToHeld,   kToTaken, kSame},  // NORMAL
    {kSame, kIsEnding, kToClosing, kToClosing, kNotNew,   kSame, kToClosed,  kToMerged,
     kToNormal, kToFrozen, kToHeld,   kToTaken, kSame},  // SUSPENDED_BY_PLATFORM
    {kSame, kIsEnding, kToClosing, kToClosing, kNotNew,   kSame, kToClosed,  kToMerged,
     kToNormal, kIsGraver, kToHeld,   kToTaken, kSame},  // SUSPENDED_INTERNALLY
    {kSame, kIsEnding, kToClosing, kToClosing, kNotNew,   kSame, kToClosed,  kToMerged,
     kToNormal, kIsGraver, kIsGraver, kToTaken, kSame},  // COMPROMISED
  },
  {  // CLOSED
    {kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotNew, kNotAlive, kNotEnding, kNotEnding,
     kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotAlive},  // NORMAL
    {kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotNew, kNotAlive, kNotEnding, kNotEnding,
     kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotAlive},  // SUSPENDED_BY_PLATFORM
    {kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotNew, kNotAlive, kNotEnding, kNotEnding,
     kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotAlive},  // SUSPENDED_INTERNALLY
    {kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotNew, kNotAlive, kNotEnding, kNotEnding,
     kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotAlive},  // COMPROMISED
  },
  {  // MERGED
    {kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotNew, kNotAlive, kNotEnding, kNotEnding,
     kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotAlive},  // NORMAL
    {kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotNew, kNotAlive, kNotEnding, kNotEnding,
     kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotAlive},  // SUSPENDED_BY_PLATFORM
    {kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotNew, kNotAlive, kNotEnding, kNotEnding,
     kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotAlive},  // SUSPENDED_INTERNALLY
    {kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotNew, kNotAlive, kNotEnding, kNotEnding,
     kNotAlive, kNotAlive, kNotAlive, kNotAlive, kNotAlive},  // COMPROMISED
  },
};
// clang-format on

}  // namespace

Act ReportOf(Condition condition) {
  switch (condition) {
    case Condition::kNormal:
      return Act::kReportNormal;
    case Condition::kSuspendedByPlatform:
      return Act::kReportSuspendedByPlatform;
    case Condition::kSuspendedInternally:
      return Act::kReportSuspendedInternally;
    case Condition::kCompromised:
      return Act::kReportCompromised;
  }
  return Act::kReportNormal;
}

absl::StatusOr<Standing> NextStanding(const Standing& standing, Act act) {
  const Cell& cell =
      kLife[static_cast<std::size_t>(standing.state)][static_cast<std::size_t>(standing.condition)]
           [static_cast<std::size_t>(act)];
  if (cell.refusal == nullptr) {
    return Standing{cell.state.value_or(standing.state),
                    cell.condition.value_or(standing.condition)};
  }
  return Refuse(absl::StatusCode::kFailedPrecondition, cell.refusal, MessageOfLife(cell.refusal),
                {{"state", ToText(standing.state)}, {"condition", ToText(standing.condition)}});
}

Message MessageOfLife(absl::string_view reason) {
  if (reason == kAccountNotPreparing) {
    return {"Only an account in preparation can be confirmed open; look at its state.",
            "開設を確認できるのは、開設準備中のアカウントだけです。現在の状態を確認してください。"};
  }
  if (reason == kAccountNotClosing) {
    return {
        "Only an account that is agreed to close can be confirmed closed; file a CLOSE form.",
        "廃止を確認できるのは、廃止手続中のアカウントだけです。廃止の協議書を提出してください。"};
  }
  if (reason == kAccountIsClosing) {
    return {"An account that is to close takes over no other; name one that goes on.",
            "廃止手続中のアカウントに統合することはできません。存続するアカウントを選んで"
            "ください。"};
  }
  if (reason == kAccountNotInOrder) {
    return {"Something is the matter with the account; have it reported NORMAL first.",
            "アカウントが凍結・停止・乗っ取りの状態です。先に正常に戻ったことを報告してください。"};
  }
  if (reason == kConditionAlreadyNormal) {
    return {"Nothing is the matter with the account; there is nothing to take back.",
            "アカウントはすでに正常です。取り消す報告はありません。"};
  }
  if (reason == kConditionGraver) {
    return {
        "The ledger holds something graver of the account, which only a report that it is "
        "NORMAL again ends.",
        "より重い状況が報告されています。正常に戻ったと報告されるまで、その状況が続きます。"};
  }
  return {"The account is closed for good; to use it again, file an OPEN form.",
          "廃止済みのアカウントは変更できません。再び使うには開設を協議してください。"};
}

}  // namespace daicho::registry::domain
