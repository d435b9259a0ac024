// Kills services and PostgreSQL with SIGKILL at random moments while people work, and compares what
// was acknowledged with forms, ledger and audit log: nothing lost, nothing twice.
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/pg/pg.h"
#include "common/rpc/handle.h"
#include "common/server/config.h"
#include "common/wire/fields.h"
#include "daicho/event/v1/event.pb.h"
#include "services/audit/domain/merkle.h"
#include "tests/e2e/world.h"

ABSL_FLAG(int, kills, 40, "How many processes to kill");
ABSL_FLAG(int, seed, 0, "Seed of the random moments; 0 takes one from the clock and prints it");

namespace daicho::testing {
namespace {

using approval::v1::Form;
using FormStub = approval::v1::FormService::Stub;

constexpr int kPeople = 4;

const pg::Statement kSelectForms{"fault_select_forms", R"sql(
  SELECT id, state
    FROM forms
)sql"};

const pg::Statement kSelectReceptionNumbers{"fault_select_reception_numbers", R"sql(
  SELECT reception_number
    FROM forms
   WHERE reception_number IS NOT NULL
   ORDER BY reception_number
)sql"};

const pg::Statement kSelectAccounts{"fault_select_accounts", R"sql(
  SELECT id, origin_form, state, condition, fields ->> 'audience'
    FROM accounts
)sql"};

const pg::Statement kSelectFiles{"fault_select_files", R"sql(
  SELECT form_id
    FROM attachments
)sql"};

const pg::Statement kSelectEntries{"fault_select_entries", R"sql(
  SELECT log_index, leaf
    FROM entries
   ORDER BY log_index
)sql"};

// An event of the audit log, and how often it has to be there.
using Events = std::map<std::pair<std::string, std::string>, int>;

// What the clients were told.
struct Acknowledged {
  std::mutex mutex;
  Events events;                                          // Of the forms' acts, by type and form.
  std::set<std::string> created;                          // Forms.
  std::set<std::string> done;                             // Forms agreed by the PR office.
  std::map<std::string, std::set<std::string>> accounts;  // To what is in the ledger: "changed".
  int answers = 0;
  absl::Duration longest_gap;
  std::vector<std::string> surprises;  // Refusals that should not have been.
};

// Whether to send the same request again: nothing was decided, or nobody knows.
bool Again(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kResourceExhausted:
      return true;
    case absl::StatusCode::kAborted:
      return daicho::ReasonOf(status) != "ETAG_MISMATCH";
    default:
      return false;
  }
}

// Sends one request, with one request_id, until it is answered.
absl::StatusOr<Form> Insist(Acknowledged& told,
                            const std::function<absl::StatusOr<Form>(const std::string&)>& send) {
  const std::string request_id = NewUuid(absl::Now());
  const absl::Time start = absl::Now();
  for (;;) {
    const absl::StatusOr<Form> form = send(request_id);
    const std::lock_guard<std::mutex> lock(told.mutex);
    if (form.ok()) {
      ++told.answers;
      told.longest_gap = std::max(told.longest_gap, absl::Now() - start);
      return form;
    }
    if (!Again(form.status())) {
      told.surprises.push_back(absl::StrCat(daicho::ReasonOf(form.status()), " ",
                                            std::string(form.status().ToString())));
      return form;
    }
  }
}

// Person who decides while the head is away.
const Person kDeputy{"deputy", {"DEPARTMENT_HEAD"}, World::kSection};

// One form as its people carry it on, act by act; each is insisted on and noted.
class Course {
 public:
  Course(World& world, Acknowledged& told) : world_(world), told_(told) {}

  using Step = std::function<absl::StatusOr<Form>(const std::string& request_id)>;

  absl::Status Do(const std::string& event, const Step& step) {
    ASSIGN_OR_RETURN(form_, Insist(told_, step));
    const std::lock_guard<std::mutex> lock(told_.mutex);
    ++told_.events[{event, form_.name()}];
    if (event == "form.created") told_.created.insert(form_.name());
    if (form_.state() == Form::STATE_AGREED) told_.done.insert(form_.name());
    return absl::OkStatus();
  }

  // An RPC about the form as it is now.
  template <typename Request>
  absl::Status Act(const std::string& event, const Person& who, Request request,
                   grpc::Status (FormStub::*method)(grpc::ClientContext*, const Request&, Form*)) {
    request.set_name(form_.name());
    request.set_etag(form_.etag());
    return Do(event, [&](const std::string& id) -> absl::StatusOr<Form> {
      request.set_request_id(id);
      Form after;
      const auto context = world_.suite().Context(&who);
      const auto stub = approval::v1::FormService::NewStub(world_.suite().Channel("approval"));
      RETURN_IF_ERROR(rpc::FromGrpc((stub.get()->*method)(context.get(), request, &after)));
      return after;
    });
  }

  absl::Status Draft(const approval::v1::FormContent& content) {
    return Do("form.created", [&](const std::string& id) { return world_.Draft(content, id); });
  }
  // With its file, if it names one.
  absl::Status Submit() {
    return Do("form.submitted", [&](const std::string& id) { return world_.Submit(form_, id); });
  }
  absl::Status Agree(const Person& person) {
    return Do("form.agreed",
              [&](const std::string& id) { return world_.Agree(form_, person, id); });
  }

  // Waits until the ledger has it: the account.
  std::string Applied() {
    const absl::Time give_up = absl::Now() + absl::Minutes(1);
    while (absl::Now() < give_up) {
      const auto now = world_.GetForm(form_.name());
      if (now.ok() && now->state() == Form::STATE_APPLIED) return now->application().account();
      absl::SleepFor(absl::Milliseconds(20));
    }
    return "";
  }

 private:
  World& world_;
  Acknowledged& told_;
  Form form_;
};

absl::StatusOr<registry::v1::Account> AccountNow(World& world, const std::string& name) {
  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  for (;;) {
    auto account = world.GetAccount(name);
    if (account.ok() || absl::Now() > give_up) return account;
    absl::SleepFor(absl::Milliseconds(20));
  }
}

// 開設, from draft to ledger. "" when the account is not known in time.
absl::StatusOr<std::string> Open(World& world, Acknowledged& told) {
  Course form(world, told);
  RETURN_IF_ERROR(form.Draft(world.OpenContent(FreshHandle())));
  RETURN_IF_ERROR(form.Submit());
  for (const Person* person : {&world.head, &world.via_head, &world.pr_office}) {
    RETURN_IF_ERROR(form.Agree(*person));
  }
  return form.Applied();
}

// 変更, decided by a deputy and read afterwards, advised on and answered.
absl::StatusOr<std::string> Change(World& world, Acknowledged& told,
                                   const registry::v1::Account& account) {
  approval::v1::FormContent content = world.OpenContent("");
  content.set_action(Form::ACTION_CHANGE);
  content.set_account(account.name());
  content.set_account_etag(account.etag());
  content.set_change_reason("対象者を明確にするため");
  *content.mutable_fields() = account.fields();
  content.mutable_fields()->set_audience("県内外の児童生徒とその保護者");
  content.clear_attachments();
  Course form(world, told);
  RETURN_IF_ERROR(form.Draft(content));
  RETURN_IF_ERROR(form.Submit());
  approval::v1::DecideFormRequest deputize;
  deputize.set_decision(approval::v1::DecideFormRequest::DECISION_AGREE_AS_DEPUTY);
  deputize.set_deputy_reason("課長が出張中のため");
  RETURN_IF_ERROR(form.Act("form.agreed_as_deputy", kDeputy, deputize, &FormStub::DecideForm));
  RETURN_IF_ERROR(form.Act("form.reviewed_afterwards", world.head,
                           approval::v1::ReviewFormAfterwardsRequest(),
                           &FormStub::ReviewFormAfterwards));
  RETURN_IF_ERROR(form.Agree(world.via_head));
  approval::v1::AdviseFormRequest advise;
  advise.set_comment("頻度を見直してください。");
  advise.set_kind(approval::v1::FormAdvice::KIND_IMPROVE);
  *advise.mutable_due_on() = wire::ToDate(TokyoDay(absl::Now()) + 14);
  RETURN_IF_ERROR(form.Act("form.advised", world.pr_office, advise, &FormStub::AdviseForm));
  approval::v1::AnswerFormRequest answer;
  answer.set_comment("週3回とします。");
  RETURN_IF_ERROR(form.Act("form.answered", world.staff, answer, &FormStub::AnswerForm));
  RETURN_IF_ERROR(form.Agree(world.pr_office));
  return form.Applied();
}

// 廃止 for security by the head: in effect at once, decided by another head afterwards.
absl::StatusOr<std::string> Close(World& world, Acknowledged& told,
                                  const registry::v1::Account& account) {
  approval::v1::FormContent content;
  RETURN_IF_ERROR(server::LoadTextProto("deploy/sample/forms/close.textproto", &content));
  const absl::CivilDay today = TokyoDay(absl::Now());
  content.set_account(account.name());
  content.set_account_etag(account.etag());
  content.set_urgent(true);
  content.mutable_closing()->set_reason(registry::v1::Closing::REASON_SECURITY);
  content.mutable_closing()->set_reason_detail("不審なログインがあったため");
  *content.mutable_submitted_on() = wire::ToDate(today);
  *content.mutable_effective_on() = wire::ToDate(today + 7);
  for (auto* day : {content.mutable_closing_plan()->mutable_notice_until(),
                    content.mutable_closing_plan()->mutable_unlist_on()}) {
    *day = wire::ToDate(today + 7);
  }
  *content.mutable_closing_plan()->mutable_last_post_on() = wire::ToDate(today);
  Course form(world, told);
  RETURN_IF_ERROR(form.Draft(content));
  RETURN_IF_ERROR(form.Act("form.submitted_urgently", world.head, approval::v1::SubmitFormRequest(),
                           &FormStub::SubmitForm));
  for (const Person* person : {&kDeputy, &world.via_head, &world.pr_office}) {
    RETURN_IF_ERROR(form.Agree(*person));
  }
  return form.Applied();
}

void Note(Acknowledged& told, const std::string& account, const std::string& what) {
  const std::lock_guard<std::mutex> lock(told.mutex);
  if (!account.empty()) told.accounts[account].insert(what);
}

absl::Status ChangeAccount(World& world, Acknowledged& told, const std::string& name) {
  ASSIGN_OR_RETURN(const registry::v1::Account account, AccountNow(world, name));
  ASSIGN_OR_RETURN(const std::string changed, Change(world, told, account));
  Note(told, changed, "changed");
  return absl::OkStatus();
}

absl::Status CloseAccount(World& world, Acknowledged& told, const std::string& name) {
  ASSIGN_OR_RETURN(const registry::v1::Account account, AccountNow(world, name));
  ASSIGN_OR_RETURN(const std::string closed, Close(world, told, account));
  Note(told, closed, "closed");
  return absl::OkStatus();
}

// Lives of accounts until `stop`. Everybody begins with one there is: some change it, some close
// it.
void Work(World& world, Acknowledged& told, int person, const std::string& first,
          const std::atomic<bool>& stop) {
  (void)(person % 2 == 0 ? ChangeAccount(world, told, first) : CloseAccount(world, told, first));
  while (!stop) {
    const auto opened = Open(world, told);
    if (!opened.ok() || opened->empty()) continue;
    Note(told, *opened, "opened");
    if (!stop && ChangeAccount(world, told, *opened).ok() && !stop) {
      (void)CloseAccount(world, told, *opened);
    }
  }
}

// So that a deputy may decide.
void SendTheHeadAway(World& world) {
  approval::v1::RecordAbsenceRequest request;
  request.set_department(absl::StrCat("departments/", World::kSection));
  request.set_person("users/head");
  request.set_reason("出張");
  *request.mutable_from_on() = wire::ToDate(TokyoDay(absl::Now()));
  *request.mutable_until_on() = wire::ToDate(TokyoDay(absl::Now()) + 2);
  request.set_request_id(NewUuid(absl::Now()));
  approval::v1::Absence absence;
  const auto context = world.suite().Context(&world.staff);
  const grpc::Status status = approval::v1::FormService::NewStub(world.suite().Channel("approval"))
                                  ->RecordAbsence(context.get(), request, &absence);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

// Kills one of the five at a time and starts it again.
void KillAtRandom(World& world, int kills, int seed) {
  std::mt19937 random(static_cast<unsigned>(seed));
  const std::vector<std::string>& services = Suite::Services();
  for (int i = 0; i < kills; ++i) {
    absl::SleepFor(absl::Milliseconds(std::uniform_int_distribution<int>(20, 400)(random)));
    const auto victim = std::uniform_int_distribution<std::size_t>(0, services.size())(random);
    if (victim == services.size()) {
      ASSERT_TRUE(world.suite().postgres().Kill9().ok());
      ASSERT_TRUE(world.suite().postgres().Restart().ok());
    } else {
      world.suite().Kill(services[victim]);
      world.suite().Start(services[victim]);
    }
  }
}

pg::Result Select(World& world, const std::string& service, const pg::Statement& statement) {
  auto connection =
      pg::Connection::Open(world.suite().Conninfo(service), absl::Now() + absl::Seconds(10));
  EXPECT_TRUE(connection.ok());
  pg::Transaction tx = connection->Begin(absl::Now() + absl::Minutes(1));
  auto rows = tx.Execute(statement, {});
  EXPECT_TRUE(rows.ok()) << rows.status();
  return *std::move(rows);
}

// The audit log: gapless, its root right, and how often each (type, resource) is in it.
Events CheckLog(World& world) {
  Events counts;
  const pg::Result rows = Select(world, "audit", kSelectEntries);
  audit::domain::Frontier frontier;
  for (int i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].Int64(0), i);
    event::v1::Event event;
    EXPECT_TRUE(event.ParseFromString(rows[i].Bytes(1)));
    ++counts[{event.type(), event.resource()}];
    (void)audit::domain::Append(frontier, audit::domain::LeafHash(rows[i].Bytes(1)));
  }
  auto stub = audit::v1::AuditService::NewStub(world.suite().Channel("audit"));
  audit::v1::TreeHead head;
  const auto context = world.suite().Context(&world.auditor);
  const grpc::Status status = stub->GetTreeHead(context.get(), {}, &head);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(head.tree_size(), frontier.size);
  EXPECT_EQ(head.root_hash(), audit::domain::BytesOf(audit::domain::RootOf(frontier)));
  return counts;
}

// Accounts: one for each opening, as its last form left it. `counts` are the events of the log.
void CheckLedger(World& world, const Acknowledged& told, Events& counts) {
  const pg::Result accounts = Select(world, "registry", kSelectAccounts);
  std::set<std::string> origins;
  for (int i = 0; i < accounts.size(); ++i) {
    const std::string name = absl::StrCat("accounts/", accounts[i].Text(0));
    EXPECT_TRUE(origins.insert(accounts[i].Text(1)).second) << "opened twice: " << name;
    const auto known = told.accounts.find(name);
    if (known == told.accounts.end()) continue;
    const bool changed = known->second.count("changed") > 0;
    const bool closed = known->second.count("closed") > 0;
    if (changed) EXPECT_EQ(accounts[i].Text(4), "県内外の児童生徒とその保護者") << name;
    if (closed) EXPECT_EQ(accounts[i].Text(2), "CLOSING") << name;
    if (closed) EXPECT_EQ(accounts[i].Text(3), "SUSPENDED_INTERNALLY") << name;
  }
  for (int i = 0; i < accounts.size(); ++i) {
    const std::string name = absl::StrCat("accounts/", accounts[i].Text(0));
    for (const char* type :
         {"account.prepared", "account.changed", "account.condition_reported", "account.closing"}) {
      EXPECT_LE((counts[{type, name}]), 1) << type << " " << name;
    }
  }
  EXPECT_EQ(static_cast<std::size_t>(accounts.size()), origins.size());
}

// Each opening has its one file, however often it was sent.
void CheckFiles(World& world, Events& counts) {
  std::set<std::string> forms;
  const pg::Result files = Select(world, "approval", kSelectFiles);
  for (int i = 0; i < files.size(); ++i) {
    EXPECT_TRUE(forms.insert(files[i].Text(0)).second) << "two files on " << files[i].Text(0);
    EXPECT_EQ((counts[{"attachment.uploaded", absl::StrCat("forms/", files[i].Text(0))}]), 1);
  }
  EXPECT_FALSE(forms.empty());
}

TEST(FaultTest, NothingAcknowledgedIsLostAndNothingHappensTwice) {
  World world({.durable = true});
  SendTheHeadAway(world);
  Acknowledged told;
  int seed = absl::GetFlag(FLAGS_seed);
  if (seed == 0) seed = static_cast<int>(absl::ToUnixSeconds(absl::Now()) & 0x7fffffff);
  std::cout << "seed " << seed << std::endl;

  std::atomic<bool> stop = false;
  std::vector<std::thread> people;
  for (int i = 0; i < kPeople; ++i) {
    const auto first = Open(world, told);
    ASSERT_TRUE(first.ok()) << first.status();
    people.emplace_back([&, i, first] { Work(world, told, i, *first, stop); });
  }
  KillAtRandom(world, absl::GetFlag(FLAGS_kills), seed);
  stop = true;
  for (std::thread& person : people) person.join();
  ASSERT_TRUE(world.suite().Settle(absl::Minutes(2)));
  EXPECT_TRUE(told.surprises.empty()) << told.surprises.front();
  EXPECT_GT(told.done.size(), 0u);

  // Forms: exactly those that were acknowledged, all in the ledger.
  const pg::Result forms = Select(world, "approval", kSelectForms);
  std::map<std::string, std::string> state_of;
  for (int i = 0; i < forms.size(); ++i) {
    state_of[absl::StrCat("forms/", forms[i].Text(0))] = forms[i].Text(1);
  }
  int lost = 0;
  for (const std::string& name : told.created) lost += state_of.count(name) == 0;
  EXPECT_EQ(state_of.size(), told.created.size());
  for (const std::string& name : told.done) EXPECT_EQ(state_of[name], "APPLIED") << name;

  // Reception numbers: 1, 2, 3, …
  const pg::Result numbers = Select(world, "approval", kSelectReceptionNumbers);
  for (int i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i].Int64(0), i + 1);

  // Audit: one event for each act.
  Events counts = CheckLog(world);
  for (const std::string& name : told.done) told.events[{"form.applied", name}] = 1;
  int doubled = 0;
  std::map<std::string, int> acts;
  for (const auto& [act, expected] : told.events) {
    const int count = counts[act];
    EXPECT_EQ(count, expected) << act.first << " " << act.second;
    lost += count < expected;
    doubled += count > expected;
    acts[act.first] += expected;
  }
  CheckLedger(world, told, counts);
  CheckFiles(world, counts);

  std::cout << "kills " << absl::GetFlag(FLAGS_kills) << ", acknowledged answers " << told.answers
            << ", forms " << told.created.size() << ", accounts " << told.accounts.size()
            << ", lost " << lost << ", doubled " << doubled << ", longest gap "
            << absl::FormatDuration(absl::Trunc(told.longest_gap, absl::Milliseconds(1)))
            << std::endl;
  for (const auto& [type, count] : acts) std::cout << "  " << type << " " << count << std::endl;
  for (const char* type : {"form.agreed_as_deputy", "form.reviewed_afterwards", "form.advised",
                           "form.answered", "form.submitted_urgently"}) {
    EXPECT_GT(acts[type], 0) << type << " was never done";
  }
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(doubled, 0);
}

}  // namespace
}  // namespace daicho::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
