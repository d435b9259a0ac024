#include "services/approval/domain/advice.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/approval/domain/names.h"

namespace daicho::approval::domain {
namespace {

constexpr Names<kAdviceStateCount> kAdviceStateNames = {"NONE", "OPEN", "ANSWERED", "ACCEPTED",
                                                        "WITHDRAWN"};
constexpr Names<kAdviceActKindCount> kActNames = {"CREATED", "ANSWERED", "ACCEPTED", "WITHDRAWN",
                                                  "REROUTED"};

// kNone: refused.
constexpr AdviceState kNot = AdviceState::kNone;
constexpr AdviceState kOpen = AdviceState::kOpen;
constexpr AdviceState kSaid = AdviceState::kAnswered;
constexpr AdviceState kTaken = AdviceState::kAccepted;
constexpr AdviceState kVoid = AdviceState::kWithdrawn;

// clang-format off
constexpr AdviceState kNextAdviceStates[kAdviceStateCount][kAdviceActKindCount] = {
    //             created  answered accepted withdrawn rerouted
    /* none      */ {kOpen, kNot,    kNot,    kNot,     kNot},
    /* open      */ {kNot,  kSaid,   kNot,    kVoid,    kOpen},
    /* answered  */ {kNot,  kSaid,   kTaken,  kVoid,    kSaid},
    /* accepted  */ {kNot,  kNot,    kNot,    kNot,     kTaken},
    /* withdrawn */ {kNot,  kNot,    kNot,    kNot,     kVoid},
};
// clang-format on

absl::Status RefuseAct(AdviceState from, AdviceActKind act) {
  const RefusalFacts facts = {{"state", NameOf(from)}};
  if (from == AdviceState::kNone) {
    return Refuse(absl::StatusCode::kNotFound, "ADVICE_NOT_FOUND",
                  {"There is no such advice; look at the list.",
                   "この助言はありません。一覧で確認してください。"});
  }
  if (act == AdviceActKind::kCreated) {
    return Refuse(absl::StatusCode::kAlreadyExists, "ADVICE_ALREADY_EXISTS",
                  {"This advice was given already.", "この助言はすでに出されています。"}, facts);
  }
  if (from == AdviceState::kOpen) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "ADVICE_NOT_ANSWERED",
                  {"There is no answer to accept yet; wait for one, or withdraw the advice.",
                   "まだ回答がありません。回答を待つか、助言を取り下げてください。"},
                  facts);
  }
  return Refuse(absl::StatusCode::kFailedPrecondition, "ADVICE_CLOSED",
                {"This advice is closed; give new advice if the matter goes on.",
                 "この助言は完了しています。必要であれば新しい助言を出してください。"},
                facts);
}

absl::Status RefuseDueDate(absl::string_view reason, absl::string_view en, absl::string_view ja) {
  return RefuseFields({{"due_on", std::string(reason), std::string(en), std::string(ja)}});
}

absl::Status CheckDueDate(absl::CivilDay due_on, absl::Time now) {
  const absl::CivilDay today = TokyoDay(now);
  if (due_on < today) {
    return RefuseDueDate("DUE_DATE_PAST", "The last day to answer has passed; name today or later.",
                         "回答期限が過ぎています。今日以降の日を指定してください。");
  }
  if (due_on <= today + kMostDaysToAnswer) return absl::OkStatus();
  return RefuseDueDate("DUE_DATE_TOO_FAR",
                       "The last day to answer is more than a year ahead; name an earlier one.",
                       "回答期限が1年より先です。1年以内の日を指定してください。");
}

const char* EventTypeOf(AdviceActKind act) {
  switch (act) {
    case AdviceActKind::kCreated:
      return "advice.created";
    case AdviceActKind::kAnswered:
      return "advice.answered";
    case AdviceActKind::kAccepted:
      return "advice.accepted";
    case AdviceActKind::kWithdrawn:
      return "advice.withdrawn";
    case AdviceActKind::kRerouted:
      return "advice.rerouted";
  }
  return "";
}

// What events compare.
Fields FactsOf(const Advice& advice) {
  if (advice.state == AdviceState::kNone) return {};
  Fields facts = {{"state", std::string(NameOf(advice.state))},
                  {"kind", std::string(NameOf(advice.kind))},
                  {"department", advice.department},
                  {"due_on", absl::FormatCivilTime(advice.due_on)},
                  {"text", advice.text}};
  if (!advice.findings.empty()) facts["findings"] = absl::StrJoin(advice.findings, ", ");
  if (!advice.form.empty()) facts["form"] = advice.form;
  return facts;
}

AdviceChange Changed(const Advice& before, Advice after, AdviceAct act) {
  ++after.revision;
  after.update_time = act.time;
  Event event = {.type = EventTypeOf(act.kind),
                 .resource = NameOf(after),
                 .related = {after.account},
                 .department = after.department,
                 .reason = act.kind == AdviceActKind::kCreated ? "" : act.text,
                 .changes = Diff(FactsOf(before), FactsOf(after))};
  if (!act.form.empty()) event.related.push_back(act.form);
  after.acts.push_back(std::move(act));
  return {std::move(after), std::move(event)};
}

// Whether `form` changes or closes the account, or merges it into another.
bool IsAbout(const Form& form, const std::string& account) {
  if (form.draft.account == account) return true;
  for (const auto& [path, value] : form.draft.content) {
    if (value == account && absl::StartsWith(path, "absorbed_accounts[") &&
        absl::EndsWith(path, "].account")) {
      return true;
    }
  }
  return false;
}

// The entry about the account counts before that about all of the department.
const Succession* FindFor(const std::vector<Succession>& successions, const Advice& advice) {
  const Succession* found = nullptr;
  for (const Succession& one : successions) {
    if (one.department != advice.department) continue;
    if (!one.account.empty() && one.account == advice.account) return &one;
    if (one.account.empty()) found = &one;
  }
  return found;
}

}  // namespace

absl::string_view NameOf(AdviceState state) {
  return kAdviceStateNames[static_cast<std::size_t>(state)];
}
absl::string_view NameOf(AdviceActKind kind) { return kActNames[static_cast<std::size_t>(kind)]; }
std::optional<AdviceState> AdviceStateNamed(absl::string_view name) {
  return Named<AdviceState>(kAdviceStateNames, name);
}
std::optional<AdviceActKind> AdviceActKindNamed(absl::string_view name) {
  return Named<AdviceActKind>(kActNames, name);
}

absl::StatusOr<AdviceState> NextAdviceState(AdviceState from, AdviceActKind act) {
  const AdviceState next =
      kNextAdviceStates[static_cast<std::size_t>(from)][static_cast<std::size_t>(act)];
  if (next == kNot) return RefuseAct(from, act);
  return next;
}

bool IsOpen(AdviceState state) {
  return state == AdviceState::kOpen || state == AdviceState::kAnswered;
}

std::string NameOf(const Advice& advice) { return absl::StrCat("advices/", advice.id); }

bool IsOverdue(const Advice& advice, absl::Time now) {
  return advice.state == AdviceState::kOpen && advice.due_on < TokyoDay(now);
}

absl::StatusOr<AdviceChange> Advise(std::string id, const AdvisedAccount& account,
                                    AdviceDraft draft, const Person& actor, absl::Time now) {
  RETURN_IF_ERROR(CheckDueDate(draft.due_on, now));
  if (!account.alive) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "ACCOUNT_NOT_ALIVE",
                  {"The account is closed or merged; there is nothing left to advise.",
                   "このアカウントは廃止または統合されています。助言の対象になりません。"},
                  {{"account", account.name}});
  }
  Advice advice = {.id = std::move(id),
                   .kind = draft.kind,
                   .account = account.name,
                   .account_display_name = account.display_name,
                   .department = account.department,
                   .text = std::move(draft.text),
                   .due_on = draft.due_on,
                   .findings = std::move(draft.findings),
                   .create_time = now};
  const Advice none;
  ASSIGN_OR_RETURN(advice.state, NextAdviceState(none.state, AdviceActKind::kCreated));
  AdviceAct act = {AdviceActKind::kCreated, actor, now, advice.text, ""};
  return Changed(none, std::move(advice), std::move(act));
}

absl::StatusOr<AdviceChange> Answer(const Advice& advice, absl::string_view text, const Form* form,
                                    const Person& actor, absl::Time now) {
  Advice after = advice;
  ASSIGN_OR_RETURN(after.state, NextAdviceState(advice.state, AdviceActKind::kAnswered));
  if (form != nullptr && !IsAbout(*form, advice.account)) {
    return Refuse(
        absl::StatusCode::kFailedPrecondition, "FORM_NOT_ABOUT_ACCOUNT",
        {"This form is about another account; name one that changes, closes or merges "
         "the account of the advice.",
         "この協議書は別のアカウントについてのものです。助言の対象アカウントを変更・廃止・"
         "統合する協議書を指定してください。"},
        {{"account", advice.account}});
  }
  after.form = form == nullptr ? "" : NameOf(*form);
  AdviceAct act = {AdviceActKind::kAnswered, actor, now, std::string(text), after.form};
  return Changed(advice, std::move(after), std::move(act));
}

absl::StatusOr<AdviceChange> Close(const Advice& advice, AdviceActKind act,
                                   absl::string_view reason, const Person& actor, absl::Time now) {
  Advice after = advice;
  ASSIGN_OR_RETURN(after.state, NextAdviceState(advice.state, act));
  return Changed(advice, std::move(after), {act, actor, now, std::string(reason), ""});
}

std::optional<AdviceChange> RerouteAdvice(const Advice& advice,
                                          const std::vector<Succession>& successions,
                                          const std::string& reorganization, const Person& actor,
                                          absl::Time now) {
  if (!NextAdviceState(advice.state, AdviceActKind::kRerouted).ok()) return std::nullopt;
  const Succession* succession = FindFor(successions, advice);
  if (succession == nullptr || succession->successor == advice.department) return std::nullopt;
  Advice after = advice;
  after.department = succession->successor;
  AdviceAct act = {AdviceActKind::kRerouted, actor, now,
                   absl::StrCat("組織改編: ", advice.department, " → ", after.department), ""};
  AdviceChange change = Changed(advice, std::move(after), std::move(act));
  change.event.related.push_back(reorganization);
  return change;
}

}  // namespace daicho::approval::domain
