// That the audit log is complete (domain.md §11): by reflection, every RPC that changes something,
// every refusal and every reading of personal data leaves exactly one event, and nothing else any.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/uuid.h"
#include "common/pg/pg.h"
#include "common/wire/fields.h"
#include "daicho/access/v1/access.pb.h"
#include "tests/e2e/generic.h"
#include "tests/e2e/world.h"

namespace daicho::testing {
namespace {

using event::v1::Event;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::TextFormat;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

// What people and services do one after another, so that every RPC succeeds once for which names
// are not enough: who, the RPC, the events it leaves ("-": none), and its request; a request of
// several messages has "---" between them. Etags and request ids fill themselves in; "$forms" is
// the form that was named last.
constexpr char kStory[] = R"(
staff FormService.CreateForm form.created
department: "departments/5002" content { $open }

staff FormService.UpdateForm form.updated
name: "$forms" content { $open }

staff AttachmentService.UploadAttachment attachment.uploaded
header { form: "$forms" file_name: "usage-policy.docx" size_bytes: 1672 }
---
chunk: "$docx"

staff AttachmentService.RemoveAttachment attachment.removed
name: "$attachments"

staff AttachmentService.UploadAttachment attachment.uploaded
header { form: "$forms" file_name: "usage-policy.docx" size_bytes: 1672 }
---
chunk: "$docx"

staff FormService.SubmitForm form.submitted
name: "$forms"

staff FormService.PullBackForm form.pulled_back
name: "$forms" comment: "日付を直します。"

staff FormService.SubmitForm form.submitted
name: "$forms"

staff FormService.EndAbsence absence.ended
name: "$absences"

staff FormService.RecordAbsence absence.recorded
department: "departments/5002" person: "users/head" reason: "出張"
from_on { $today } until_on { $soon }

deputy FormService.DecideForm form.agreed_as_deputy
name: "$forms" decision: DECISION_AGREE_AS_DEPUTY deputy_reason: "課長が出張中のため"

head FormService.ReviewFormAfterwards form.reviewed_afterwards
name: "$forms"

via_head FormService.DecideForm form.agreed,form.received
name: "$forms" decision: DECISION_AGREE

pr FormService.AdviseForm form.advised
name: "$forms" comment: "頻度を見直してください。" kind: KIND_IMPROVE due_on { $soon }

staff FormService.AnswerForm form.answered
name: "$forms" comment: "週3回とします。"

approval-database
UPDATE forms SET state = 'CONFLICT', apply_time = now(), conflict_reason = 'A', conflict_message = 'a'
 WHERE state = 'UNDER_REVIEW'

pr FormService.SettleConflict form.settled
name: "$forms" comment: "別の様式で開設済みです。"

staff FormService.CreateForm form.created
department: "departments/5002" content { $open }

staff FormService.WithdrawForm form.withdrawn
name: "$forms"

staff FormService.CreateForm form.created
department: "departments/5002" content { $open }

staff AttachmentService.UploadAttachment attachment.uploaded
header { form: "$forms" file_name: "usage-policy.docx" size_bytes: 1672 }
---
chunk: "$docx"

staff FormService.SubmitForm form.submitted
name: "$forms"

head FormService.DecideForm form.returned
name: "$forms" decision: DECISION_RETURN comment: "目的を書いてください。"

approval-database
UPDATE forms SET due_on = '2020-01-01' WHERE state = 'RETURNED';
UPDATE form_acts SET act_time = act_time - interval '5 years' WHERE kind = 'RETURNED'

pr FormService.ExpireForms form.expired

staff FormService.PreviewRoute -
name: "$draft"

pr DocumentService.RenderDocument data.read
name: "$forms" document: DOCUMENT_FORM format: FORMAT_HTML

staff FormService.DraftFromAccount data.read
account: "$accounts" action: ACTION_CHANGE

approval AccountService.ApplyForm account.prepared
form: "forms/01980000-0000-7000-8000-000000000001" action: ACTION_OPEN department: "departments/5002"
fields { $fields } effective_on { $today } agreed_by: "users/pr" agree_time { $now }
reception_number: "令和8年度 第900号"

registry FormService.RerouteForms form.rerouted,advice.rerouted
reorganization: "$reorganizations"
successions { department: "departments/5002" successor: "departments/5001" successor_display_name: "教育政策課" }

pr AccountService.GetAccount data.read
name: "$accounts"

staff AccountService.ConfirmOpening account.opened
name: "$accounts" opened_on { $today }

pr AccountService.RecordListing account.listed
name: "$accounts" listing { organization_page { url: "https://www.pref.example/sns/" seen_on { $today } } }

staff AccountService.ReportCondition account.condition_reported
name: "$accounts" condition: CONDITION_SUSPENDED_BY_PLATFORM since { $today } reason: "凍結の通知"

collector FactService.ReportActivity activity.reported
observations { account: "$accounts" last_post_time { $now } observe_time { $now } source: "api" }

collector FactService.StreamActivity activity.reported
observations { account: "$accounts" last_post_time { $now } observe_time { $now } posts_in_90_days: 5 source: "api" }

pr AccountService.GetAccount data.read
name: "$accounts"

staff FactService.RecordVerification account.verification_recorded
name: "$accounts" verification { state: STATE_NOT_APPLIED reason: "準備中" }

staff FactService.RecordProfile account.profile_checked
name: "$accounts" profile { checked_on { $today } summary_present: true }

staff FactService.AttestCustody account.custody_attested
name: "$accounts" custody { attested_on { $today } password_strong: true holder_count: 2 }

staff FactService.RecordWatch account.watched
name: "$accounts" watch { watched_on { $today } place: "X" result: "異常なし" }

staff FactService.RecordGoalSample account.goal_sampled
name: "$accounts" metric: "リーチ数" value: 5 sampled_on { $today }

head FactService.GrantAccess grant.made
account: "$accounts" person { display_name: "板東 健太" }

head FactService.RevokeGrant grant.revoked
name: "$grants" reason: "異動"

approval OpenAdviceService.ReportOpenAdvice account.advice_reported
account: "$accounts" report_number: 900 open_advice { count: 1 earliest_due_on { $soon } advices: "$advices" }

approval AccountService.ApplyForm account.closing
form: "forms/01980000-0000-7000-8000-000000000002" action: ACTION_CLOSE department: "departments/5002"
account: "$accounts" account_etag: "$etag_accounts" effective_on { $today } agreed_by: "users/pr"
agree_time { $now } closing { reason: REASON_TERM_ENDED effective_on { $today } }
reception_number: "令和8年度 第901号"

pr AccountService.GetAccount data.read
name: "$accounts"

pr AccountService.ConfirmClosing account.closed
name: "$accounts" evidence { removal: "削除の画面" unlisted_on { $today } handle_protection: "毎月の確認" }

pr AccountService.ImportAccounts account.imported
content: "department,service,account_name,url,source\n生涯学習課,X,とくしま学び,https://x.com/$handle,https://www.pref.example/sns/\n"

admin DepartmentService.ImportDepartments department.imported
content: "code,name,kana,kind,parent,via\n0301,統計課,とうけいか,PREFECTURAL_OFFICE,,\n"

admin DepartmentService.ReorganizeDepartments department.reorganized,reorganization.effected
effective_on { $today } steps { rename { department: "departments/0301" display_name: "統計情報課" } }

admin DepartmentService.ReorganizeDepartments reorganization.scheduled
effective_on { $soon } steps { rename { department: "departments/0301" display_name: "統計戦略課" } }

admin DepartmentService.CancelReorganization reorganization.cancelled
name: "$reorganizations"

pr DepartmentService.SweepTransfers data.read
people { display_name: "板東 健太" department_left: "departments/5002" }

pr LookupService.LookupAccount -
url: "https://x.com/nobody"

pr LookupService.BatchLookupAccounts -
requests { url: "https://x.com/nobody" }

pr AccountService.LookupAccountAsOf -
lookup { url: "https://x.com/nobody" } read_time { $now }

pr WarningService.CreateWarning warning.created
url: "https://x.com/$handle" department: "departments/5002" notice_ja: "偽のアカウントです。"
reported_on { $today }

pr WarningService.UpdateWarning warning.changed
name: "$warnings" update_mask { paths: "notice_ja" } notice_ja: "なりすましです。"

pr WarningService.WithdrawWarning warning.withdrawn
name: "$warnings" reason: "誤りでした。"

pr IncidentService.CreateIncident incident.opened
department: "departments/5002" kind: KIND_MISTAKEN_POST accounts: "$account" detect_time { $now } seen_at: "所属内の確認"
summary: "開催日を誤って投稿した。"

pr IncidentService.AddIncidentNote incident.noted
name: "$incidents" text: "電話があった。"

pr IncidentService.RecordDuty incident.duty_recorded
name: "$incidents" duty: "superior_report" done_time { $now } evidence: "口頭"

pr IncidentService.RecordDuty incident.duty_recorded
name: "$incidents" duty: "correction" done_time { $now } evidence: "訂正の投稿"

pr IncidentService.RecordDuty incident.duty_recorded
name: "$incidents" duty: "offices_contact" done_time { $now } evidence: "電話"

pr IncidentService.RecordDuty incident.duty_recorded
name: "$incidents" duty: "review" done_time { $now } evidence: "検討会"

pr IncidentService.CloseIncident incident.closed
name: "$incidents" cause: "確認の不足" lesson: "二人で確認する。"

pr IncidentService.ReopenIncident incident.reopened
name: "$incidents" reason: "再び誤りがあった。"

pr AdviceService.CreateAdvice advice.created
account: "$account" kind: KIND_IMPROVE text: "利用方針の掲載を確認してください。" due_on { $soon }

staff AdviceService.AnswerAdvice advice.answered
name: "$advices" text: "掲載しました。"

pr AdviceService.CloseAdvice advice.accepted
name: "$advices" outcome: OUTCOME_ACCEPTED reason: "確認しました。"

pr FindingService.GetFinding -
name: "$findings"

pr FindingService.AcknowledgeFinding finding.acknowledged
name: "$findings" reason: "対応中" end_date { $soon }

pr InactivityService.GrantExemption exemption.granted
account: "$account" reason: "災害時に使う" end_date { $soon }

pr InactivityService.RevokeExemption exemption.revoked
name: "$exemptions" reason: "終了"

pr InactivityService.CreateInactivityReport inactivity_report.created

pr InactivityService.CompareInactivityReports -
name: "$inactivityReports" earlier: "$inactivityReports"

pr InactivityService.GetInactivityReport -
name: "$inactivityReports"

pr InactivityService.ListInactivityReportRows -
name: "$inactivityReports"

pr InactivityService.GetPostingTable -
report: "$inactivityReports"

pr PolicyService.CheckForm -
content { $open } department_kind: KIND_EDUCATION_BOARD

pr PolicyService.CheckAccount -
account { account { name: "$account" } } department_kind: KIND_EDUCATION_BOARD

registry AuditService.AppendEvents -
events: "$event"

auditor AuditService.GetEntry data.read
event_id: "$event_id"

auditor AuditService.GetInclusionProof -
event_id: "$event_id"

auditor AuditService.GetConsistencyProof -
first_size: 1

admin AuditService.RedactPerson person.redacted
person: "users/deputy" reason: "退職"
)";

// The kinds of RPC there are, by what their declarations say.
enum class Kind { kChange, kReading, kPlain };

bool HasRequestId(const google::protobuf::Descriptor& message) {
  if (message.FindFieldByName("request_id") != nullptr) return true;
  const FieldDescriptor* header = message.FindFieldByName("header");
  return header != nullptr && HasRequestId(*header->message_type());
}

Kind KindOf(const MethodDescriptor& method) {
  // Happens once for each day, without an id.
  static const auto* const others =
      new std::set<std::string>{"daicho.policy.v1.InactivityService.CreateInactivityReport"};
  if (method.options().GetExtension(access::v1::reads_personal_data)) return Kind::kReading;
  const bool changes = HasRequestId(*method.input_type()) || others->count(method.full_name()) > 0;
  return changes ? Kind::kChange : Kind::kPlain;
}

// Answered from memory, to anybody: nothing of it is kept (DECISIONS.md 11).
bool IsLookup(const MethodDescriptor& method) {
  return method.service()->full_name() == "daicho.registry.v1.LookupService";
}

// Some call, and what it has to leave in the audit log.
struct Made {
  const MethodDescriptor* method;
  std::vector<std::string> types;
  std::string reason;  // Of a refusal.
  std::string actor;   // "users/…"; empty when it does not matter.
};

std::string DateText(absl::CivilDay day) {
  return absl::StrCat("year: ", day.year(), " month: ", day.month(), " day: ", day.day());
}

std::string TimeText(absl::Time time) {
  return absl::StrCat("seconds: ", absl::ToUnixSeconds(time));
}

std::string TextOf(const Message& message) {
  std::string text;
  TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.PrintToString(message, &text);
  return text;
}

std::string FieldText(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr || field->type() != FieldDescriptor::TYPE_STRING || field->is_repeated()
             ? ""
             : message.GetReflection()->GetString(message, field);
}

void SetIfEmpty(Message* message, const char* name, const std::string& value) {
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || !FieldText(*message, name).empty()) return;
  message->GetReflection()->SetString(message, field, value);
}

// Somebody whom no grant of the RPC admits.
Caller WhoMayNot(const MethodDescriptor& method) {
  std::set<std::string> roles = {"DEPARTMENT_STAFF", "DEPARTMENT_HEAD", "PR_OFFICE",
                                 "IT_SECURITY",      "AUDITOR",         "ADMIN"};
  for (int i = 0; i < method.options().ExtensionSize(access::v1::allow); ++i) {
    for (const int role : method.options().GetExtension(access::v1::allow, i).roles()) {
      roles.erase(access::v1::Role_Name(role).substr(sizeof("ROLE_") - 1));
    }
  }
  if (roles.empty()) return {nullptr, "stranger"};
  return {std::make_unique<Person>(Person{"nobody", {*roles.begin()}, World::kSection}), "cli"};
}

class CompletenessTest : public ::testing::Test {
 protected:
  CompletenessTest() : names_(world_.names()) {
    names_["account"] = names_["accounts"];
    names_["draft"] = names_["forms"];
  }

  // Makes a call, once more when it promises to happen once, and notes what it has to leave.
  Answer Make(const MethodDescriptor& method, const std::vector<std::string>& messages,
              const Person* person, const std::string& peer) {
    const std::string trace = absl::StrReplaceAll(NewUuid(absl::Now()), {{"-", ""}});
    const auto call = [&] {
      const auto context = world_.suite().Context(person);
      context->AddMetadata("traceparent", absl::StrCat("00-", trace, "-0000000000000001-01"));
      return CallWithMessages(world_.suite(), method, messages, *context, peer);
    };
    Answer answer = call();
    if (answer.status.ok() && HasRequestId(*method.input_type())) {
      EXPECT_EQ(call().response->SerializeAsString(), answer.response->SerializeAsString())
          << method.full_name();
    }
    Made& made = made_[trace];
    made.method = &method;
    if (person != nullptr) made.actor = absl::StrCat("users/", person->subject);
    if (answer.status.ok()) {
      done_.insert(&method);
      if (KindOf(method) == Kind::kReading) made.types = {"data.read"};
    } else if (!IsLookup(method)) {
      made.types = {"call.refused"};
      made.reason = answer.reason;
      EXPECT_NE(answer.reason, "") << method.full_name() << " " << answer.status.error_message();
    }
    last_ = &made;
    return answer;
  }

  // One step of the story.
  void Tell(const std::string& step) {
    const std::vector<std::string> parts = absl::StrSplit(step, absl::MaxSplits('\n', 1));
    const std::vector<std::string> words = absl::StrSplit(parts[0], ' ');
    if (words[0] == "approval-database") return Execute("approval", parts[1]);
    ASSERT_THAT(words, SizeIs(3)) << step;
    const std::string service = words[1].substr(0, words[1].find('.'));
    const MethodDescriptor* method = Find(words[1]);
    ASSERT_NE(method, nullptr) << words[1];
    // What the step before set off shall be done.
    ASSERT_TRUE(world_.suite().Settle());
    const Person* person = Whom(words[0]);
    const Answer answer = Make(*method, Messages(*method, parts.size() > 1 ? parts[1] : ""), person,
                               person == nullptr ? words[0] : "cli");
    EXPECT_TRUE(answer.status.ok()) << step << "\n"
                                    << answer.reason << " " << answer.status.error_message();
    if (!answer.status.ok()) return;
    if (KindOf(*method) == Kind::kChange) {
      EXPECT_NE(words[2], "-") << words[1] << " changes something";
      last_->types = absl::StrSplit(words[2], ',');
    } else {
      EXPECT_EQ(words[2], KindOf(*method) == Kind::kReading ? "data.read" : "-") << words[1];
    }
    Learn(*answer.response);
  }

  const MethodDescriptor* Find(const std::string& short_name) {
    for (const auto* method : methods_) {
      if (absl::EndsWith(method->full_name(), absl::StrCat(".", short_name))) return method;
    }
    return nullptr;
  }

  // Null for a service.
  const Person* Whom(const std::string& name) {
    static const Person deputy{"deputy", {"DEPARTMENT_HEAD"}, World::kSection};
    const std::map<std::string, const Person*> people = {
        {"staff", &world_.staff},  {"head", &world_.head},       {"via_head", &world_.via_head},
        {"pr", &world_.pr_office}, {"auditor", &world_.auditor}, {"admin", &world_.admin},
        {"deputy", &deputy}};
    const auto found = people.find(name);
    return found == people.end() ? nullptr : found->second;
  }

  std::vector<std::string> Messages(const MethodDescriptor& method, const std::string& text) {
    std::vector<std::string> messages;
    for (const std::string& part : Split(Filled(text))) {
      std::unique_ptr<Message> message(
          MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
      EXPECT_TRUE(TextFormat::MergeFromString(part, message.get())) << part;
      const std::string name = FieldText(*message, "name");
      if (!name.empty()) SetIfEmpty(message.get(), "etag", etags_[name]);
      SetIfEmpty(message.get(), "request_id", NewUuid(absl::Now()));
      const FieldDescriptor* header = message->GetDescriptor()->FindFieldByName("header");
      if (header != nullptr && messages.empty()) {
        SetIfEmpty(message->GetReflection()->MutableMessage(message.get(), header), "request_id",
                   NewUuid(absl::Now()));
      }
      messages.push_back(message->SerializeAsString());
    }
    return messages;
  }

  static std::vector<std::string> Split(const std::string& text) {
    return absl::StrSplit(text, "---\n");
  }

  // `text` with what its names stand for.
  std::string Filled(std::string text) {
    const absl::CivilDay today = TokyoDay(absl::Now());
    if (absl::StrContains(text, "$open")) open_ = world_.OpenContent(FreshHandle());
    std::map<std::string, std::string> values = {
        {"$today", DateText(today)},
        {"$soon", DateText(today + 14)},
        {"$now", TimeText(absl::Now())},
        {"$open", TextOf(open_)},
        {"$fields", TextOf(open_.fields())},
        {"$handle", FreshHandle()},
        {"$docx", absl::CEscape(Docx())},
        {"$event_id", event_id_},
        {"$etag_accounts", absl::CEscape(etags_[names_["accounts"]])}};
    if (absl::StrContains(text, "$event\"")) values["$event"] = absl::CEscape(NewEvent());
    for (const auto& [collection, name] : names_) values[absl::StrCat("$", collection)] = name;
    return absl::StrReplaceAll(text, values);
  }

  static std::string Docx() {
    std::ifstream file("deploy/sample/forms/usage-policy.docx", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  // As the registry would deliver it.
  std::string NewEvent() {
    Event event;
    event_id_ = NewUuid(absl::Now());
    event.set_event_id(event_id_);
    *event.mutable_event_time() = wire::ToTimestamp(absl::Now());
    event.set_service("registry");
    event.set_type("account.opened");
    event.mutable_actor()->set_subject("users/somebody");
    event.set_outcome(Event::OUTCOME_OK);
    return event.SerializeAsString();
  }

  // Names and etags in an answer.
  void Learn(const Message& message) {
    const std::string name = FieldText(message, "name");
    const std::vector<std::string> parts = absl::StrSplit(name, '/');
    if (parts.size() >= 2) {
      names_[parts[parts.size() - 2]] = name;
      etags_[name] = FieldText(message, "etag");
    }
    if (message.GetDescriptor()->name() == "ApplyFormResponse") {
      names_["accounts"] = FieldText(message, "account");
    }
    std::vector<const FieldDescriptor*> set;
    message.GetReflection()->ListFields(message, &set);
    for (const FieldDescriptor* field : set) {
      if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      Learn(message.GetReflection()->GetMessage(message, field));
    }
  }

  void Execute(const std::string& service, const std::string& sql) {
    auto connection =
        pg::Connection::Open(world_.suite().Conninfo(service), absl::Now() + absl::Seconds(10));
    ASSERT_TRUE(connection.ok()) << connection.status();
    const absl::Status done = connection->ExecuteScript(sql, absl::Now() + absl::Seconds(10));
    ASSERT_TRUE(done.ok()) << done;
  }

  // Refusals of every RPC: to somebody without any right, to somebody who may but sends what cannot
  // be, and of what does not fit the record.
  void BeRefused(const MethodDescriptor& method) {
    const auto plausible = PlausibleRequest(method, world_.names());
    const Caller stranger = WhoMayNot(method);
    EXPECT_NE(
        Make(method, {plausible->SerializeAsString()}, stranger.person.get(), stranger.peer).reason,
        "")
        << method.full_name();
    const Caller who = WhoMay(method);
    if (KindOf(method) == Kind::kChange && plausible->GetDescriptor()->FindFieldByName("etag")) {
      EXPECT_EQ(Make(method, {plausible->SerializeAsString()}, who.person.get(), who.peer).reason,
                "ETAG_MISMATCH")
          << method.full_name();
    }
    for (int i = 0; i < plausible->GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = plausible->GetDescriptor()->field(i);
      if (field->type() != FieldDescriptor::TYPE_STRING || field->is_repeated()) continue;
      plausible->GetReflection()->SetString(plausible.get(), field, std::string(5000, 'x'));
      EXPECT_NE(Make(method, {plausible->SerializeAsString()}, who.person.get(), who.peer).reason,
                "")
          << method.full_name();
      return;
    }
  }

  // Whatever the story has not told: with the names there are, it has to be answered.
  void Read(const MethodDescriptor& method) {
    EXPECT_TRUE(KindOf(method) != Kind::kChange) << method.full_name() << " is not in the story";
    const auto request = PlausibleRequest(method, names_);
    const Caller who = WhoMay(method);
    const Answer answer = Make(method, {request->SerializeAsString()}, who.person.get(), who.peer);
    EXPECT_TRUE(answer.status.ok()) << method.full_name() << " is not in the story and is answered "
                                    << answer.reason << " " << answer.status.error_message();
  }

  // The log, from its beginning.
  std::vector<Event> Log() {
    std::vector<Event> events;
    auto stub = audit::v1::AuditService::NewStub(world_.suite().Channel("audit"));
    audit::v1::ListEntriesRequest request;
    request.set_page_size(1000);
    do {
      const auto context = world_.suite().Context(&world_.auditor);
      audit::v1::ListEntriesResponse page;
      const grpc::Status status = stub->ListEntries(context.get(), request, &page);
      EXPECT_TRUE(status.ok()) << status.error_message();
      for (const auto& entry : page.entries()) events.push_back(entry.event());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return events;
  }

  World world_{Suite::Options{}};
  std::map<std::string, std::string> names_, etags_;
  approval::v1::FormContent open_;
  std::string event_id_;
  std::vector<const MethodDescriptor*> methods_ = AllMethods(world_.suite());
  std::map<std::string, Made> made_;  // By trace.
  Made* last_ = nullptr;
  std::set<const MethodDescriptor*> done_;
};

std::string RpcOf(const MethodDescriptor& method) {
  return absl::StrCat(method.service()->full_name(), "/", method.name());
}

void ExpectTells(const Event& event, const Made& made) {
  const std::string rpc = RpcOf(*made.method);
  if (!made.reason.empty()) EXPECT_EQ(event.reason(), made.reason) << rpc;
  if (!made.actor.empty()) EXPECT_EQ(event.actor().subject(), made.actor) << rpc;
  EXPECT_EQ(event.outcome(), made.reason.empty() ? Event::OUTCOME_OK : Event::OUTCOME_REFUSED)
      << rpc;
  if (KindOf(*made.method) != Kind::kChange || !made.reason.empty()) return;
  EXPECT_GT(event.changes_size(), 0) << rpc << " does not say what changed";
  for (const auto& change : event.changes()) {
    EXPECT_NE(change.before(), change.after()) << rpc << " " << change.path();
  }
}

// Each event goes on where the one before it about the same field left it, so that the state of a
// resource at any time can be told from the log. What comes in files and batches is counted only.
void ExpectDiffsToJoin(const std::vector<Event>& log) {
  std::map<std::pair<std::string, std::string>, std::string> values;
  for (const Event& event : log) {
    if (!absl::StrContains(event.resource(), "/")) continue;
    for (const auto& change : event.changes()) {
      const auto [value, first] =
          values.try_emplace({event.resource(), change.path()}, change.after());
      if (!first) {
        EXPECT_EQ(change.before(), value->second)
            << event.type() << " " << event.resource() << " " << change.path();
      }
      value->second = change.after();
    }
  }
}

// Whether a message of the type can tell who people are.
bool HoldsPeople(const google::protobuf::Descriptor& type,
                 std::set<const google::protobuf::Descriptor*>& seen) {
  if (!seen.insert(&type).second) return false;
  if (type.full_name() == "daicho.registry.v1.Person" ||
      type.full_name() == "daicho.approval.v1.Contact") {
    return true;
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const auto* inner = type.field(i)->message_type();
    if (inner != nullptr && HoldsPeople(*inner, seen)) return true;
  }
  return false;
}

TEST_F(CompletenessTest, WhateverAnswersWithPeopleIsAReadingOrAChange) {
  // A route nobody has decided in yet; and policy's own copy, of which people are shown findings.
  const std::set<std::string> without = {"daicho.approval.v1.FormService.PreviewRoute",
                                         "daicho.registry.v1.SnapshotService.StreamSnapshot"};
  for (const auto* method : methods_) {
    std::set<const google::protobuf::Descriptor*> seen;
    if (KindOf(*method) != Kind::kPlain || !HoldsPeople(*method->output_type(), seen)) continue;
    EXPECT_EQ(without.count(method->full_name()), 1u) << method->full_name();
  }
}

TEST_F(CompletenessTest, EveryChangeEveryRefusalAndEveryReadingOfPersonalDataIsOneEvent) {
  ASSERT_THAT(methods_, SizeIs(::testing::Ge(90)));
  for (const auto* method : methods_) BeRefused(*method);
  done_.clear();
  for (const absl::string_view step : absl::StrSplit(kStory, "\n\n")) {
    Tell(std::string(absl::StripAsciiWhitespace(step)));
    if (HasFatalFailure()) break;
  }
  for (const auto* method : methods_) {
    if (done_.count(method) == 0) Read(*method);
  }
  ASSERT_TRUE(world_.suite().Settle());

  std::map<std::string, std::vector<Event>> left;  // By trace.
  const std::vector<Event> log = Log();
  ExpectDiffsToJoin(log);
  for (const Event& event : log) {
    if (event.traceparent().size() != 55) continue;
    const std::string trace = event.traceparent().substr(3, 32);
    const auto made = made_.find(trace);
    if (made == made_.end() || event.rpc() != RpcOf(*made->second.method)) continue;
    left[trace].push_back(event);
  }
  for (const auto& [trace, made] : made_) {
    std::vector<std::string> types;
    for (const Event& event : left[trace]) {
      types.push_back(event.type());
      ExpectTells(event, made);
    }
    EXPECT_THAT(types, UnorderedElementsAreArray(made.types))
        << made.method->full_name() << " " << made.reason;
  }
}

}  // namespace
}  // namespace daicho::testing
