// Advice about accounts that exist.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/wire/fields.h"
#include "daicho/approval/v1/advice_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = approval::v1;
using AdviceStub = v1::AdviceService::Stub;

constexpr int kDaysOfReminders = 14;

std::string AdviceText(const v1::Advice& advice, int width) {
  Details details{
      {"助言 Advice", advice.name()},
      {"状態 State",
       absl::StrCat(EnumLabel(advice.state()), advice.overdue() ? " 期限超過 OVERDUE" : "")},
      {"種類 Kind", EnumLabel(advice.kind())},
      {"アカウント Account", absl::StrCat(advice.account_display_name(), " ", advice.account())},
      {"所属 Department", advice.department()},
      {"回答期限 Due", DayText(advice.due_on())},
      {"内容 Text", advice.text()}};
  if (advice.findings_size() > 0) {
    details.push_back({"根拠 Findings", absl::StrJoin(advice.findings(), ", ")});
  }
  if (!advice.form().empty()) details.push_back({"協議書 Form", advice.form()});
  Table acts{{"日時", "行為", "人", "内容"}, {}};
  for (const v1::AdviceAct& act : advice.acts()) {
    const std::string& name = act.actor().display_name();
    acts.rows.push_back({TimeText(act.act_time()), EnumLabel(act.kind()),
                         name.empty() ? act.actor().subject() : name, act.text()});
  }
  return absl::StrCat(Render(details), "\n", Render(acts, width));
}

template <typename Response>
std::string ListText(const Response& list, int width) {
  Table table{{"回答期限", "状態", "種類", "所属", "アカウント", "助言"}, {}};
  for (const v1::Advice& advice : list.advices()) {
    table.rows.push_back({absl::StrCat(DayText(advice.due_on()), advice.overdue() ? " 超過" : ""),
                          EnumLabel(advice.state()), EnumLabel(advice.kind()), advice.department(),
                          advice.account_display_name(), advice.name()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

absl::StatusOr<Exit> ShowAdvice(Session& session, const v1::Advice& advice) {
  RETURN_IF_ERROR(session.Show(advice, [&](int width) { return AdviceText(advice, width); }));
  return Exit::kOk;
}

absl::StatusOr<v1::Advice> LoadAdvice(Session& session, const std::string& text) {
  v1::GetAdviceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("advices", text));
  return session.Read(&AdviceStub::GetAdvice, request);
}

absl::StatusOr<Exit> GetAdvice(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto advice, LoadAdvice(session, arguments.operands[0]));
  return ShowAdvice(session, advice);
}

absl::StatusOr<Exit> Open(Session& session, const Arguments& arguments) {
  v1::CreateAdviceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.operands[0]));
  ASSIGN_OR_RETURN(const std::string kind, RequiredFlag(arguments, "kind"));
  ASSIGN_OR_RETURN(const int number, ParseEnum(*v1::Advice::Kind_descriptor(), kind, "kind"));
  request.set_kind(static_cast<v1::Advice::Kind>(number));
  ASSIGN_OR_RETURN(*request.mutable_text(), RequiredFlag(arguments, "text"));
  ASSIGN_OR_RETURN(const absl::CivilDay due_on,
                   DayFlag(arguments, "due", session.Today() + kDaysOfReminders));
  *request.mutable_due_on() = wire::ToDate(due_on);
  for (const std::string& finding : arguments.All("finding")) request.add_findings(finding);
  ASSIGN_OR_RETURN(const auto advice, session.Write(&AdviceStub::CreateAdvice, request));
  return ShowAdvice(session, advice);
}

// Name and etag of a request about one piece of advice.
template <typename Request>
absl::Status Address(Session& session, const std::string& text, Request* request) {
  const auto read_etag = [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const v1::Advice advice, LoadAdvice(session, text));
    return advice.etag();
  };
  ASSIGN_OR_RETURN(*request->mutable_name(), FullName("advices", text));
  ASSIGN_OR_RETURN(*request->mutable_etag(), session.EtagOr(read_etag));
  return absl::OkStatus();
}

absl::StatusOr<Exit> AnswerAdvice(Session& session, const Arguments& arguments) {
  v1::AnswerAdviceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_text(), RequiredFlag(arguments, "text"));
  if (arguments.Has("form")) {
    ASSIGN_OR_RETURN(*request.mutable_form(), FullName("forms", arguments.Get("form")));
  }
  RETURN_IF_ERROR(Address(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto advice, session.Write(&AdviceStub::AnswerAdvice, request));
  return ShowAdvice(session, advice);
}

absl::StatusOr<Exit> Close(Session& session, const Arguments& arguments) {
  if (arguments.Has("accept") == arguments.Has("withdraw")) {
    return WrongCommandLine("Give either --accept or --withdraw.",
                            "--accept か --withdraw のどちらかを指定してください。");
  }
  v1::CloseAdviceRequest request;
  request.set_outcome(arguments.Has("accept") ? v1::CloseAdviceRequest::OUTCOME_ACCEPTED
                                              : v1::CloseAdviceRequest::OUTCOME_WITHDRAWN);
  ASSIGN_OR_RETURN(*request.mutable_reason(), RequiredFlag(arguments, "reason"));
  RETURN_IF_ERROR(Address(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto advice, session.Write(&AdviceStub::CloseAdvice, request));
  return ShowAdvice(session, advice);
}

absl::StatusOr<Exit> ListAdvices(Session& session, const Arguments& arguments) {
  v1::ListAdvicesRequest request;
  if (arguments.Has("account")) {
    ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.Get("account")));
  }
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  request.set_open(arguments.Has("open"));
  request.set_overdue(arguments.Has("overdue"));
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&AdviceStub::ListAdvices, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Remind(Session& session, const Arguments& arguments) {
  v1::ListAdviceRemindersRequest request;
  int days = kDaysOfReminders;
  if (arguments.Has("within") && !absl::SimpleAtoi(arguments.Get("within"), &days)) {
    return WrongCommandLine("--within takes a number of days.",
                            "--within には日数を指定してください。");
  }
  request.set_within_days(days);
  ASSIGN_OR_RETURN(auto list, session.ReadAll(&AdviceStub::ListAdviceReminders, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) {
    return absl::StrCat(ListText(list, width), "うち期限超過 overdue: ", list.overdue_count(),
                        " 件\n");
  }));
  return Exit::kOk;
}

std::vector<Command> ChangingCommands() {
  return {{"advice open",
           "ACCOUNT",
           "既存のアカウントについて、所属に助言します。",
           "Advises the department that has an account.",
           {{"kind", "reconsider|improve|close_or_merge", "再検討・改善・廃止または統合",
             "What is advised"},
            {"text", "TEXT", "助言の内容", "The advice"},
            {"due", "DATE", "回答期限。既定は14日後", "Last day to answer. Default: in 14 days"},
            {"finding", "ID", "根拠となる規則や指摘", "Rule or finding that led to it", true}},
           {"daicho advice open accounts/0197b1f0-… --kind=close_or_merge "
            "--text=一年以上投稿がありません。 --finding=T-5-9-3 --as pr-office"},
           Open},
          {"advice answer",
           "ADVICE",
           "所属として助言に回答します。",
           "Answers advice for the department.",
           {{"text", "TEXT", "回答", "The answer"},
            {"form", "FORM", "続いて提出する協議書", "Form that follows from it"}},
           {"daicho advice answer advices/0197b1f0-… --text=年度内に廃止します。 --as hirose"},
           AnswerAdvice},
          {"advice close",
           "ADVICE",
           "回答を了承し、または助言を取り下げて、助言を完了します。",
           "Ends advice: its answer is accepted, or it is withdrawn.",
           {{"accept", "", "回答を了承", "The answer is accepted"},
            {"withdraw", "", "助言を取下げ", "The advice is taken back"},
            {"reason", "TEXT", "理由", "Why"}},
           {"daicho advice close advices/0197b1f0-… --accept --reason=廃止を確認 --as pr-office",
            "daicho advice close 0197b1f0-… --withdraw --reason=投稿が再開されたため"},
           Close}};
}

}  // namespace

Group AdviceCommands() {
  Group group{"advice", "既存のアカウントについて助言する、回答する", "Advice about accounts",
              ChangingCommands()};
  const std::vector<Command> reading = {
      {"advice show",
       "ADVICE",
       "一つの助言を、回答の経過とともに表示します。",
       "Shows one piece of advice and what became of it.",
       {},
       {"daicho advice show advices/0197b1f0-…", "daicho advice show 0197b1f0-… --get=state"},
       GetAdvice},
      {"advice list",
       "",
       "助言を新しい順に一覧します。",
       "Lists advice, newest first.",
       {{"account", "ACCOUNT", "このアカウントについてだけ", "Only about this account"},
        {"department", "DEPARTMENT", "この所属だけ", "Only to this department"},
        {"open", "", "完了していないものだけ", "Only what is not closed"},
        {"overdue", "", "回答期限を過ぎたものだけ", "Only what is overdue"}},
       {"daicho advice list --open --as pr-office", "daicho advice list --as hirose"},
       ListAdvices},
      {"advice reminders",
       "",
       "回答期限が近い助言と過ぎた助言を、期限の順に一覧します。",
       "Lists advice that is overdue or due soon, the most urgent first.",
       {{"within", "DAYS", "今日から何日以内か。既定は14", "Days from today. Default: 14"}},
       {"daicho advice reminders --within=7 --as pr-office"},
       Remind}};
  group.commands.insert(group.commands.end(), reading.begin(), reading.end());
  return group;
}

}  // namespace daicho::cli
