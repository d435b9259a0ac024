// What waits for whom, and who is away.
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "services/cli/form_act.h"
#include "services/cli/form_text.h"
#include "services/cli/labels.h"

namespace daicho::cli {
namespace {

namespace v1 = approval::v1;
using FormStub = v1::FormService::Stub;

absl::StatusOr<Exit> Inbox(Session& session, const Arguments& arguments) {
  v1::ListInboxRequest request;
  if (arguments.Has("bucket")) {
    ASSIGN_OR_RETURN(const int bucket, ParseEnum(*v1::ListInboxRequest::Bucket_descriptor(),
                                                 arguments.Get("bucket"), "bucket"));
    request.set_bucket(static_cast<v1::ListInboxRequest::Bucket>(bucket));
  }
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  for (const std::string& state : arguments.All("state")) {
    ASSIGN_OR_RETURN(const int number, ParseEnum(*v1::Form::State_descriptor(), state, "state"));
    request.add_states(static_cast<v1::Form::State>(number));
  }
  for (const std::string& action : arguments.All("action")) {
    ASSIGN_OR_RETURN(const int number, ParseEnum(*v1::Form::Action_descriptor(), action, "action"));
    request.add_actions(static_cast<v1::Form::Action>(number));
  }
  v1::ListInboxResponse inbox;
  RETURN_IF_ERROR(session.ReadPages(&FormStub::ListInbox, request, [&](v1::ListInboxResponse page) {
    inbox.mutable_entries()->MergeFrom(page.entries());
    *inbox.mutable_counts() = page.counts();
  }));
  RETURN_IF_ERROR(session.Show(inbox, [&](int width) { return InboxText(inbox, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> Expire(Session& session, const Arguments& /*arguments*/) {
  ASSIGN_OR_RETURN(const auto lapsed,
                   session.Write(&FormStub::ExpireForms, v1::ExpireFormsRequest()));
  RETURN_IF_ERROR(session.Show(lapsed, [&](int /*width*/) { return LapsedText(lapsed); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> ShowAbsence(Session& session, const v1::Absence& absence) {
  v1::ListAbsencesResponse one;
  *one.add_absences() = absence;
  RETURN_IF_ERROR(session.Show(absence, [&](int width) { return AbsencesText(one, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> RecordAbsence(Session& session, const Arguments& arguments) {
  v1::RecordAbsenceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_department(), session.DepartmentOr("department"));
  ASSIGN_OR_RETURN(const std::string person, RequiredFlag(arguments, "person"));
  request.set_person(absl::StrCat("users/", absl::StripPrefix(person, "users/")));
  request.set_person_display_name(arguments.Get("name"));
  request.set_reason(arguments.Get("reason"));
  ASSIGN_OR_RETURN(const absl::CivilDay from_on, DayFlag(arguments, "from", session.Today()));
  RETURN_IF_ERROR(RequiredFlag(arguments, "until").status());
  ASSIGN_OR_RETURN(const absl::CivilDay until_on, DayFlag(arguments, "until", from_on));
  *request.mutable_from_on() = wire::ToDate(from_on);
  *request.mutable_until_on() = wire::ToDate(until_on);
  ASSIGN_OR_RETURN(const auto absence, session.Write(&FormStub::RecordAbsence, request));
  return ShowAbsence(session, absence);
}

absl::StatusOr<Exit> EndAbsence(Session& session, const Arguments& arguments) {
  v1::EndAbsenceRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("absences", arguments.operands[0]));
  ASSIGN_OR_RETURN(const auto absence, session.Write(&FormStub::EndAbsence, request));
  return ShowAbsence(session, absence);
}

absl::StatusOr<Exit> ListAbsences(Session& session, const Arguments& arguments) {
  v1::ListAbsencesRequest request;
  request.set_include_past(arguments.Has("past"));
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&FormStub::ListAbsences, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return AbsencesText(list, width); }));
  return Exit::kOk;
}

const Flag kAbsentFrom = {"department", "DEPARTMENT", "所属", "Department"};

}  // namespace

std::vector<Command> FormInboxCommands() {
  return {
      {"form inbox",
       "",
       "自分や所属が処理するものを、期限の近い順に表示します。",
       "Shows what waits for you or your department, the earliest day first.",
       {{"bucket", "mine|department|overdue|review|conflict|reminder",
         "自分の分、所属の分、期限超過、後閲、台帳との不一致、助言への回答待ち",
         "What to show; yours when left out"},
        {"department", "DEPARTMENT", "この所属の協議書だけ", "Forms of this department alone"},
        {"state", "STATE", "この状態だけ(繰り返し可)", "Forms in this state alone", true},
        {"action", "open|change|close|grant", "この協議区分だけ(繰り返し可)",
         "Forms that ask for this alone", true}},
       {"daicho form inbox --as pr-office", "daicho form inbox --bucket=reminder --as pr-office",
        "daicho form inbox --action=close --as pr-office"},
       Inbox},
      {"form expire",
       "",
       "期限から所定の日数を過ぎても対応のない協議書を失効させます。1時間ごとに自動でも行います。",
       "Lets forms lapse that nobody answered long after their day; every hour that happens by "
       "itself.",
       {},
       {"daicho form expire --as pr-office"},
       Expire},
      {"form absence-record",
       "",
       "決裁権者の不在を記録します。その間は代決できます。",
       "Records that a decision maker is away: deputies may decide meanwhile.",
       {{"person", "USER", "不在の人", "Who is away"},
        {"name", "TEXT", "氏名", "Their name"},
        {"from", "DATE", "初日(省略時は今日)", "First day; today when left out"},
        {"until", "DATE", "最終日", "Last day"},
        {"reason", "TEXT", "理由(出張など)", "Why"},
        kAbsentFrom},
       {"daicho form absence-record --person=hirose-head --until=2026-12-01 --reason=出張 "
        "--as hirose"},
       RecordAbsence},
      {"form absence-end",
       "ABSENCE",
       "不在を最終日より前に終えます。",
       "Ends an absence before its last day.",
       {},
       {"daicho form absence-end absences/0197b1f0-…"},
       EndAbsence},
      {"form absence-list",
       "",
       "記録されている不在を一覧します。",
       "Lists recorded absences.",
       {kAbsentFrom, {"past", "", "終わったものも", "Those that are over as well"}},
       {"daicho form absence-list --as hirose"},
       ListAbsences}};
}

}  // namespace daicho::cli
