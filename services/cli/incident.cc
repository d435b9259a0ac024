// Incidents: what was seen, done and learnt.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/incident_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using IncidentStub = v1::IncidentService::Stub;

std::string MarkOf(const v1::Incident& incident, const v1::IncidentDuty& duty) {
  if (duty.outcome() == v1::IncidentDuty::OUTCOME_DONE) return "済";
  if (duty.outcome() == v1::IncidentDuty::OUTCOME_NOT_NEEDED) return "不要";
  if (incident.state() != v1::Incident::STATE_OPEN) return "―";
  return duty.overdue() ? "未 超過" : "未";
}

std::string StateText(const v1::Incident& incident) {
  return absl::StrCat(EnumLabel(incident.state()), incident.overdue() ? " 期限超過 OVERDUE" : "");
}

Details HeadOf(const v1::Incident& incident) {
  Details details{{"事案 Incident", incident.name()},
                  {"種別 Kind", EnumLabel(incident.kind())},
                  {"状態 State", StateText(incident)},
                  {"所属 Department", incident.department()}};
  for (const v1::IncidentAccount& account : incident.accounts()) {
    details.push_back(
        {"アカウント Account", absl::StrCat(account.display_name(), " ", account.account())});
  }
  if (!incident.url().empty()) details.push_back({"URL", incident.url()});
  for (const v1::IncidentWarning& warning : incident.warnings()) {
    details.push_back(
        {"注意喚起 Warning", absl::StrCat(warning.canonical_url(), " ", warning.warning())});
  }
  details.push_back({"認知 Detected", TimeText(incident.detect_time())});
  details.push_back({"発見の経緯 Seen", incident.seen_at()});
  details.push_back({"概要 Summary", incident.summary()});
  if (!incident.withdrawal_reason().empty()) {
    details.push_back({"取下げの理由 Withdrawn because", incident.withdrawal_reason()});
  }
  if (incident.state() != v1::Incident::STATE_CLOSED) return details;
  details.push_back({"原因 Cause", incident.cause()});
  details.push_back({"教訓 Lesson", incident.lesson()});
  details.push_back({"見直す条項 Clauses", absl::StrJoin(incident.lesson_clauses(), ", ")});
  return details;
}

Table DutiesOf(const v1::Incident& incident) {
  Table table{{"", "措置", "必須", "条項", "期限", "実施", "ID"}, {}};
  for (const v1::IncidentDuty& duty : incident.duties()) {
    table.rows.push_back({MarkOf(incident, duty), duty.title_ja(),
                          duty.mandatory() ? "必須" : "必要時", absl::StrJoin(duty.clauses(), ", "),
                          TimeText(duty.due_time()), TimeText(duty.done_time()), duty.id()});
  }
  return table;
}

// What an act was about, in one cell.
std::string ActText(const v1::Incident& incident, const v1::IncidentAct& act) {
  std::vector<std::string> parts;
  for (const v1::IncidentDuty& duty : incident.duties()) {
    if (duty.id() == act.duty()) parts.push_back(duty.title_ja());
  }
  for (const std::string& part : {act.text(), act.url(), act.warning()}) {
    if (!part.empty()) parts.push_back(part);
  }
  return absl::StrJoin(parts, " / ");
}

// By the clock, whenever it was recorded.
Table TimelineOf(const v1::Incident& incident) {
  std::vector<v1::IncidentAct> acts(incident.acts().begin(), incident.acts().end());
  std::stable_sort(acts.begin(), acts.end(), [](const auto& one, const auto& other) {
    return wire::FromTimestamp(one.act_time()) < wire::FromTimestamp(other.act_time());
  });
  Table table{{"日時", "経過", "記録者", "内容"}, {}};
  for (const v1::IncidentAct& act : acts) {
    const std::string& name = act.actor().display_name();
    table.rows.push_back({TimeText(act.act_time()), EnumLabel(act.kind()),
                          name.empty() ? act.actor().subject() : name, ActText(incident, act)});
  }
  return table;
}

absl::StatusOr<Exit> ShowIncident(Session& session, const v1::Incident& incident) {
  RETURN_IF_ERROR(session.Show(incident, [&](int width) {
    return absl::StrCat(Render(HeadOf(incident)), "\n", Render(DutiesOf(incident), width), "\n",
                        Render(TimelineOf(incident), width));
  }));
  return Exit::kOk;
}

std::string ListText(const v1::ListIncidentsResponse& list, int width) {
  Table table{{"認知", "種別", "状態", "所属", "未了", "概要", "事案"}, {}};
  for (const v1::Incident& incident : list.incidents()) {
    const auto open = std::count_if(
        incident.duties().begin(), incident.duties().end(), [](const v1::IncidentDuty& duty) {
          return duty.mandatory() && duty.outcome() == v1::IncidentDuty::OUTCOME_UNSPECIFIED;
        });
    table.rows.push_back({TimeText(incident.detect_time()), EnumLabel(incident.kind()),
                          StateText(incident), incident.department(), absl::StrCat(open),
                          incident.summary(), incident.name()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

absl::StatusOr<v1::Incident::Kind> KindFlag(const std::string& text) {
  ASSIGN_OR_RETURN(const int number, ParseEnum(*v1::Incident::Kind_descriptor(), text, "kind"));
  return static_cast<v1::Incident::Kind>(number);
}

absl::StatusOr<Exit> ListIncidents(Session& session, const Arguments& arguments) {
  v1::ListIncidentsRequest request;
  request.set_show_closed(arguments.Has("all"));
  request.set_overdue(arguments.Has("overdue"));
  if (arguments.Has("state")) {
    ASSIGN_OR_RETURN(const int state,
                     ParseEnum(*v1::Incident::State_descriptor(), arguments.Get("state"), "state"));
    request.set_state(static_cast<v1::Incident::State>(state));
  }
  if (arguments.Has("kind")) {
    ASSIGN_OR_RETURN(const v1::Incident::Kind kind, KindFlag(arguments.Get("kind")));
    request.set_kind(kind);
  }
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&IncidentStub::ListIncidents, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return ListText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<v1::Incident> LoadIncident(Session& session, const std::string& text) {
  v1::GetIncidentRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("incidents", text));
  return session.Read(&IncidentStub::GetIncident, request);
}

absl::StatusOr<Exit> GetIncident(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto incident, LoadIncident(session, arguments.operands[0]));
  return ShowIncident(session, incident);
}

// The department named; else that of the first account, or the caller's own.
absl::StatusOr<std::string> DepartmentFor(Session& session, const Arguments& arguments) {
  if (arguments.Has("department") || !arguments.Has("account")) {
    return session.DepartmentOr("department");
  }
  v1::GetAccountRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("accounts", arguments.All("account").front()));
  ASSIGN_OR_RETURN(const v1::Account account,
                   session.Read(&v1::AccountService::Stub::GetAccount, request));
  return account.department();
}

absl::StatusOr<Exit> Open(Session& session, const Arguments& arguments) {
  v1::CreateIncidentRequest request;
  ASSIGN_OR_RETURN(*request.mutable_department(), DepartmentFor(session, arguments));
  ASSIGN_OR_RETURN(const std::string text, RequiredFlag(arguments, "kind"));
  ASSIGN_OR_RETURN(const v1::Incident::Kind kind, KindFlag(text));
  request.set_kind(kind);
  for (const std::string& account : arguments.All("account")) {
    ASSIGN_OR_RETURN(*request.add_accounts(), FullName("accounts", account));
  }
  request.set_url(arguments.Get("url"));
  if (arguments.Has("warning")) {
    ASSIGN_OR_RETURN(*request.mutable_warning(), FullName("warnings", arguments.Get("warning")));
  }
  ASSIGN_OR_RETURN(const absl::Time detected,
                   MomentFlag(arguments, "detected-at", session.around().now));
  *request.mutable_detect_time() = wire::ToTimestamp(detected);
  ASSIGN_OR_RETURN(*request.mutable_seen_at(), RequiredFlag(arguments, "seen-at"));
  ASSIGN_OR_RETURN(*request.mutable_summary(), RequiredFlag(arguments, "text"));
  ASSIGN_OR_RETURN(const auto incident, session.Write(&IncidentStub::CreateIncident, request));
  return ShowIncident(session, incident);
}

// Name and etag of a request about one incident.
template <typename Request>
absl::Status AddressIncident(Session& session, const std::string& text, Request* request) {
  const auto read_etag = [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const v1::Incident incident, LoadIncident(session, text));
    return incident.etag();
  };
  ASSIGN_OR_RETURN(*request->mutable_name(), FullName("incidents", text));
  ASSIGN_OR_RETURN(*request->mutable_etag(), session.EtagOr(read_etag));
  return absl::OkStatus();
}

absl::StatusOr<Exit> RecordDuty(Session& session, const Arguments& arguments) {
  v1::RecordDutyRequest request;
  request.set_duty(arguments.operands[1]);
  request.set_evidence(arguments.Get("evidence"));
  request.set_evidence_url(arguments.Get("url"));
  request.set_not_needed_reason(arguments.Get("not-needed"));
  if (arguments.Has("warning")) {
    ASSIGN_OR_RETURN(*request.mutable_warning(), FullName("warnings", arguments.Get("warning")));
  }
  if (!arguments.Has("not-needed") || arguments.Has("done-at")) {
    ASSIGN_OR_RETURN(const absl::Time done, MomentFlag(arguments, "done-at", session.around().now));
    *request.mutable_done_time() = wire::ToTimestamp(done);
  }
  RETURN_IF_ERROR(AddressIncident(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto incident, session.Write(&IncidentStub::RecordDuty, request));
  return ShowIncident(session, incident);
}

absl::StatusOr<Exit> Note(Session& session, const Arguments& arguments) {
  v1::AddIncidentNoteRequest request;
  ASSIGN_OR_RETURN(*request.mutable_text(), RequiredFlag(arguments, "text"));
  if (arguments.Has("at")) {
    ASSIGN_OR_RETURN(const absl::Time at, MomentFlag(arguments, "at", session.around().now));
    *request.mutable_event_time() = wire::ToTimestamp(at);
  }
  RETURN_IF_ERROR(AddressIncident(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto incident, session.Write(&IncidentStub::AddIncidentNote, request));
  return ShowIncident(session, incident);
}

absl::StatusOr<Exit> Close(Session& session, const Arguments& arguments) {
  v1::CloseIncidentRequest request;
  ASSIGN_OR_RETURN(*request.mutable_cause(), RequiredFlag(arguments, "cause"));
  ASSIGN_OR_RETURN(*request.mutable_lesson(), RequiredFlag(arguments, "lesson"));
  for (const std::string& clause : arguments.All("clause")) request.add_lesson_clauses(clause);
  RETURN_IF_ERROR(AddressIncident(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto incident, session.Write(&IncidentStub::CloseIncident, request));
  return ShowIncident(session, incident);
}

absl::StatusOr<Exit> Reopen(Session& session, const Arguments& arguments) {
  v1::ReopenIncidentRequest request;
  ASSIGN_OR_RETURN(*request.mutable_reason(), RequiredFlag(arguments, "reason"));
  RETURN_IF_ERROR(AddressIncident(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto incident, session.Write(&IncidentStub::ReopenIncident, request));
  return ShowIncident(session, incident);
}

absl::StatusOr<Exit> WithdrawIncident(Session& session, const Arguments& arguments) {
  v1::WithdrawIncidentRequest request;
  ASSIGN_OR_RETURN(*request.mutable_reason(), RequiredFlag(arguments, "reason"));
  RETURN_IF_ERROR(AddressIncident(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto incident, session.Write(&IncidentStub::WithdrawIncident, request));
  return ShowIncident(session, incident);
}

const Flag& KindChoice() {
  static const auto* const flag =
      new Flag{"kind", "KIND",
               "flaming 炎上、impersonation なりすまし、tampering 改ざん、takeover 乗っ取り、\n"
               "platform_suspension 凍結、mistaken_post 誤投稿、leak 漏えい",
               "What went wrong"};
  return *flag;
}

Command OpenCommand() {
  return {"incident open",
          "",
          "事故・炎上・なりすましを事案として登録し、必要な措置の一覧を始めます。",
          "Opens an incident, with the duties of its kind.",
          {KindChoice(),
           {"department", "DEPARTMENT", "所属。既定はアカウントの所属、なければ自分の所属",
            "Department. Default: that of the account, else your own"},
           {"account", "ACCOUNT", "関係するアカウント", "Account concerned", true},
           {"url", "URL", "偽のページや投稿のURL", "Address of the fake or of the post"},
           {"warning", "WARNING", "すでに出した注意喚起", "Warning that is in force already"},
           {"detected-at", "TIME", "認知した日時(08:08 は今日)。既定は今",
            "When it became known (08:08 is today). Default: now"},
           {"seen-at", "TEXT", "どこで誰が見つけたか", "Where it was seen, and by whom"},
           {"text", "TEXT", "何が起きたか", "What happened"}},
          {"daicho incident open --kind=impersonation --department=0101 "
           "--url=https://www.facebook.com/pref.fake --detected-at=08:08 --seen-at=市民からの電話 "
           "--text=偽のページから友達申請が届いた。 --as pr-office",
           "daicho incident open --kind=mistaken_post --account=accounts/0197b1f0-… "
           "--seen-at=所属内の確認 --text=開催日を誤って投稿した。 --as hirose"},
          Open};
}

std::vector<Command> IncidentChangingCommands() {
  return {OpenCommand(),
          {"incident duty",
           "INCIDENT DUTY",
           "措置を実施したこと、または(必須でない措置が)不要なことを記録します。",
           "Records that a duty was done or, unless it is mandatory, is not needed.",
           {{"done-at", "TIME", "実施した日時(08:20 は今日)。既定は今",
             "When it was done (08:20 is today). Default: now"},
            {"evidence", "TEXT", "誰に何をしたかなどの根拠", "What shows that it was done"},
            {"url", "URL", "根拠となるページ", "Page that shows it"},
            {"warning", "WARNING", "あわせて出した注意喚起", "Warning that was made with it"},
            {"not-needed", "REASON", "不要とする理由", "Why it is not needed"}},
           {"daicho incident duty incidents/0197b1f0-… removal_request --done-at=08:50 "
            "--evidence=フォームで通報し受付番号を得た。 --as pr-office",
            "daicho incident duty 0197b1f0-… press --not-needed=被害の報告がないため"},
           RecordDuty},
          {"incident note",
           "INCIDENT",
           "経過を時刻とともに書き加えます。",
           "Notes what happened, with the clock.",
           {{"text", "TEXT", "何があったか", "What happened"},
            {"at", "TIME", "いつ(09:15 は今日)。既定は今", "When (09:15 is today). Default: now"}},
           {"daicho incident note incidents/0197b1f0-… --at=09:15 --text=偽のページが削除された。"},
           Note},
          {"incident close",
           "INCIDENT",
           "必須の措置がすべて済んだ事案を、原因と教訓を記して完了します。",
           "Closes an incident with its cause and lesson, once no mandatory duty is open.",
           {{"cause", "TEXT", "原因", "Why it happened"},
            {"lesson", "TEXT", "教訓", "What was learnt"},
            {"clause", "CLAUSE", "見直しが必要な条項", "Clause of the guideline to revise", true}},
           {"daicho incident close incidents/0197b1f0-… --cause=公式の写真が転載された。 "
            "--lesson=友達申請をしないことを常に知らせる。 --clause='T 6-1-9' --as pr-office"},
           Close},
          {"incident reopen",
           "INCIDENT",
           "完了した、または取り下げた事案の対応を再開します。済んだ措置の記録は残ります。",
           "Opens a closed or withdrawn incident again. What was done stays done.",
           {{"reason", "TEXT", "再開する理由", "Why it is not over"}},
           {"daicho incident reopen incidents/0197b1f0-… --reason=別の偽のページが見つかったため"},
           Reopen},
          {"incident withdraw",
           "INCIDENT",
           "誤って登録した事案を取り下げます。記録は残り、措置の期限はなくなります。",
           "Withdraws an incident opened by mistake. It stays on record; nothing is due any more.",
           {{"reason", "TEXT", "誤りであった理由", "Why it was a mistake"}},
           {"daicho incident withdraw incidents/0197b1f0-… --reason=同じ事案を二重に登録したため"},
           WithdrawIncident}};
}

}  // namespace

Group IncidentCommands() {
  Group group{"incident",
              "事故・炎上・なりすましの事案を登録する、措置を記録する",
              "Incidents, and what was done about them",
              {{"incident list",
                "",
                "対応中の事案を新しい順に一覧します。",
                "Lists open incidents, newest first.",
                {{"all", "", "完了したもの、取り下げたものも含める",
                  "Also those that are closed or withdrawn"},
                 {"state", "STATE", "open 対応中、closed 完了、withdrawn 取下げ のものだけ",
                  "Only those in this state"},
                 {"overdue", "", "必須の措置が期限を過ぎているものだけ",
                  "Only those with a mandatory duty open after its time"},
                 KindChoice(),
                 {"department", "DEPARTMENT", "この所属だけ", "Only of this department"}},
                {"daicho incident list --overdue --as pr-office",
                 "daicho incident list --all --kind=impersonation --format=json"},
                ListIncidents},
               {"incident show",
                "INCIDENT",
                "一つの事案を、措置の一覧と時系列の経過とともに表示します。",
                "Shows one incident with its duties and its timeline.",
                {},
                {"daicho incident show incidents/0197b1f0-… --as pr-office",
                 "daicho incident show 0197b1f0-… --get=state --as auditor"},
                GetIncident}}};
  for (Command& command : IncidentChangingCommands()) group.commands.push_back(std::move(command));
  return group;
}

}  // namespace daicho::cli
