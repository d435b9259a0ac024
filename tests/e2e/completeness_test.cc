// That the audit log is complete (domain.md §11): by reflection, every RPC that changes something,
// every refusal and every reading of personal data leaves exactly one event, and nothing else any.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "absl/algorithm/container.h"
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
#include "tests/e2e/story.h"
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

bool IsRefusedReflection(const Event& event) {
  return event.rpc() == "grpc.reflection.v1.ServerReflection/ServerReflectionInfo" &&
         event.outcome() == Event::OUTCOME_REFUSED && event.reason() == "ROLE_NOT_ALLOWED";
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
  for (const std::string& service : Suite::Services()) {
    EXPECT_TRUE(ListServices(world_.suite(), service, &world_.staff).empty()) << service;
  }
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
  EXPECT_EQ(absl::c_count_if(log, IsRefusedReflection), std::ssize(Suite::Services()));
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
