#include "tests/bench/forms.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/pg/pg.h"
#include "common/wire/fields.h"
#include "services/approval/inbox_store.h"
#include "services/approval/store.h"
#include "tests/bench/pgbench.h"

namespace daicho::bench {
namespace {

using approval::v1::FormService;
using testing::World;

// Decided at most so often, by either side.
constexpr int kForms = 100'000;
constexpr int kPage = 50;
// Of a form that was created and submitted.
constexpr int kRevision = 2;
// What a decision tells the audit log, in bytes.
constexpr int kEventBytes = 900;

absl::Time Soon() { return absl::Now() + absl::Minutes(20); }

std::string FormId(int n) { return absl::StrFormat("00000000-0000-7000-8000-%012x", n); }

// Copies of the form $0 that was submitted, route and acts included, numbered from 1 to $1.
constexpr char kCopy[] = R"sql(
CREATE FUNCTION bench_form(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
  $$$$ SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$$$;
INSERT INTO forms (id, revision, state, action, department, account, content, drafter,
                   drafter_name, round, changes, create_time, update_time)
SELECT bench_form(n), revision, state, action, department, account, content, drafter,
       drafter_name, round, changes, create_time, update_time
  FROM forms, generate_series(1, $1) AS n
 WHERE id = '$0';
INSERT INTO form_steps (form_id, round, position, kind, department, department_name, due_on)
SELECT bench_form(n), round, position, kind, department, department_name, due_on
  FROM form_steps, generate_series(1, $1) AS n
 WHERE form_id = '$0';
INSERT INTO form_acts (form_id, position, kind, actor, actor_name, role, act_time, round, step,
                       comment)
SELECT bench_form(n), position, kind, actor, actor_name, role, act_time, round, step, comment
  FROM form_acts, generate_series(1, $1) AS n
 WHERE form_id = '$0';
)sql";

// What a decision and a reading write besides.
constexpr char kTables[] = R"sql(
CREATE TABLE IF NOT EXISTS bench_outbox (LIKE outbox INCLUDING ALL);
CREATE TABLE IF NOT EXISTS bench_request_log (LIKE request_log INCLUDING ALL);
)sql";

constexpr char kRecord[] =
    "INSERT INTO bench_outbox (event_id, destination, subject, payload) "
    "VALUES (gen_random_uuid(), 'audit', 'forms', repeat('x', $0)::bytea);\n";

// The statement of the service with this name, with `values` for its parameters.
std::string Written(const std::string& name, const std::vector<std::string>& values) {
  const auto all = pg::AllStatements();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto* statement) { return name == statement->name; });
  if (found == all.end()) {
    Fail("no statement " + name);
  }
  std::string sql = absl::StrReplaceAll((*found)->sql, {{"\n", " "}});
  for (std::size_t i = values.size(); i > 0; --i) {
    sql = absl::StrReplaceAll(sql, {{absl::StrCat("$", i), values[i - 1]}});
  }
  return absl::StrCat(sql, ";\n");
}

// The statements of DecideForm for a step that is not the last, in their order.
std::string DecisionScript(int answer_bytes) {
  const std::string next = "(SELECT bench_form(nextval('bench_next')))";
  const std::string form = "(SELECT bench_form(currval('bench_next')))";
  const std::string today = "current_date";
  std::string script = "BEGIN;\n";
  script += Written("approval_select_forms", {absl::StrCat("ARRAY[", next, "]")});
  script += "COMMIT;\nBEGIN;\n";
  script += Written("approval_select_forms", {absl::StrCat("ARRAY[", form, "]")});
  // The content is written as it is.
  script += Written("approval_update_form",
                    {form,
                     absl::StrCat(kRevision + 1),
                     "'IN_ROUTE'",
                     absl::StrCat("(SELECT content FROM forms WHERE id = ", form, ")"),
                     "1",
                     "'[]'",
                     "NULL",
                     "NULL",
                     "NULL",
                     "NULL",
                     "NULL",
                     "NULL",
                     "NULL",
                     "now()",
                     absl::StrCat("'departments/", World::kSection, "'"),
                     "NULL",
                     "'[]'",
                     "NULL",
                     "NULL",
                     "NULL"});
  const std::vector<std::vector<std::string>> steps = {
      {"0", "'HEAD'", World::kSection, "'users/head'", "''", "now()", "NULL"},
      {"1", "'VIA'", World::kPolicyOffice, "NULL", "NULL", "NULL", today + " + 14"},
      {"2", "'PR_OFFICE'", World::kPrOffice, "NULL", "NULL", "NULL", "NULL"}};
  for (const auto& step : steps) {
    script += Written("approval_upsert_step",
                      {form, "1", step[0], step[1], absl::StrCat("'departments/", step[2], "'"),
                       "'x'", step[3], step[4], step[5], "NULL", "NULL", "NULL", "NULL", step[6],
                       "'[]'", "NULL", "NULL", "NULL", "NULL"});
  }
  script += Written("approval_insert_act",
                    {form, "2", "'AGREED'", "'users/head'", "''", "'DEPARTMENT_HEAD'", "now()", "1",
                     "0", "''", "NULL", "NULL", "NULL", "NULL", "'[]'"});
  script += absl::Substitute(kRecord, kEventBytes);
  script += absl::StrCat(
      "INSERT INTO bench_request_log (actor, request_id, request_hash, answer) VALUES "
      "('users/head',"
      " gen_random_uuid(), repeat('x', 32)::bytea, repeat('x', ",
      answer_bytes, ")::bytea);\nCOMMIT;\n");
  return script;
}

}  // namespace

absl::StatusOr<FormsFloor> PrepareDecisions(World& world, const std::string& folder) {
  ASSIGN_OR_RETURN(const auto draft, world.Draft(world.OpenContent("decided")));
  ASSIGN_OR_RETURN(const auto form, world.Submit(draft));
  world.suite().Settle();
  FormsFloor floor{world.suite().Conninfo("approval"), folder + "/decide.sql"};
  ASSIGN_OR_RETURN(pg::Connection connection, pg::Connection::Open(floor.conninfo, Soon()));
  const std::string id = form.name().substr(sizeof("forms/") - 1);
  {
    pg::Transaction tx = connection.Begin(Soon());
    ASSIGN_OR_RETURN(const auto stored, approval::store::Get(tx, id));
    if (stored.revision != kRevision) return absl::InternalError("the pattern has other acts");
  }
  RETURN_IF_ERROR(connection.ExecuteScript(absl::Substitute(kCopy, id, 2 * kForms), Soon()));
  RETURN_IF_ERROR(connection.ExecuteScript(kTables, Soon()));
  RETURN_IF_ERROR(connection.ExecuteScript(
      absl::StrCat("CREATE SEQUENCE bench_next START ", kForms + 1, "; ANALYZE"), Soon()));
  std::ofstream(floor.script) << DecisionScript(static_cast<int>(form.ByteSizeLong()) + 300);
  return floor;
}

Start Decisions(World& world, const FormChannels& channels) {
  std::vector<std::shared_ptr<FormService::Stub>> stubs;
  for (const auto& channel : channels) stubs.push_back(FormService::NewStub(channel));
  const std::string token = world.suite().Token(world.head);
  const auto next = std::make_shared<std::atomic<int>>(0);
  return [=](int slot, Done done) {
    struct Call {
      grpc::ClientContext context;
      approval::v1::DecideFormRequest request;
      approval::v1::Form response;
    };
    const auto call = std::make_shared<Call>();
    rpc::Address(call->context, absl::Now() + absl::Seconds(30), token);
    call->request.set_name(absl::StrCat("forms/", FormId(++*next)));
    call->request.set_etag(wire::EtagOf(kRevision));
    call->request.set_decision(approval::v1::DecideFormRequest::DECISION_AGREE);
    call->request.set_request_id(NewUuid(absl::Now()));
    stubs[static_cast<std::size_t>(slot) % stubs.size()]->async()->DecideForm(
        &call->context, &call->request, &call->response,
        [call, done = std::move(done)](const grpc::Status& status) { done(status); });
  };
}

namespace {

// The form $0, which the PR office has, $2 times, and as often as $1 filed.
constexpr char kFile[] = R"sql(
CREATE FUNCTION bench_filed(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
  $$$$ SELECT ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid $$$$;
INSERT INTO forms (id, revision, state, action, department, content, drafter, drafter_name, round,
                   changes, reception_year, reception_number, received_on, apply_time,
                   ledger_account, create_time, update_time)
SELECT bench_filed(n), revision, CASE WHEN n > $2 THEN 'APPLIED' ELSE state END, action,
       department, content, drafter, drafter_name, round, changes, 1900 + n / 1000, 1 + n % 1000,
       received_on, CASE WHEN n > $2 THEN update_time END, CASE WHEN n > $2 THEN 'accounts/x' END,
       create_time, update_time
  FROM forms, generate_series(1, $1 + $2) AS n
 WHERE id = '$0';
INSERT INTO form_steps (form_id, round, position, kind, department, department_name, decider,
                        decider_name, decide_time, due_on)
SELECT bench_filed(n), round, position, kind, department, department_name,
       CASE WHEN n > $2 THEN coalesce(decider, 'users/other') ELSE decider END,
       CASE WHEN n > $2 THEN coalesce(decider_name, '') ELSE decider_name END,
       CASE WHEN n > $2 THEN coalesce(decide_time, now()) ELSE decide_time END,
       CASE WHEN n <= $2 THEN due_on + (n % 30)::integer END
  FROM form_steps, generate_series(1, $1 + $2) AS n
 WHERE form_id = '$0';
INSERT INTO form_acts (form_id, position, kind, actor, actor_name, role, act_time, round, step,
                       comment)
SELECT bench_filed(n), position, kind, actor, actor_name, role, act_time, round, step, comment
  FROM form_acts, generate_series(1, $1 + $2) AS n
 WHERE form_id = '$0';
)sql";

std::string Quoted(const std::string& text) { return absl::StrCat("'", text, "'"); }

std::string InboxScript(const World& world, const std::vector<std::string>& ids) {
  const std::string department = Quoted(absl::StrCat("departments/", World::kPrOffice));
  const std::string reader = Quoted(absl::StrCat("users/", world.pr_office.subject));
  std::string forms;
  for (const std::string& id : ids) absl::StrAppend(&forms, forms.empty() ? "" : ",", id);
  std::string script = "BEGIN;\n";
  script +=
      Written("approval_list_inbox_mine", {department, reader, "false", "true", "'0001-01-01'",
                                           "'00000000-0000-0000-0000-000000000000'",
                                           absl::StrCat(kPage + 1), "NULL", "'{}'", "'{}'"});
  script += Written("approval_count_inbox", {department, reader, "false", "true", "current_date"});
  script += Written("approval_select_summaries", {Quoted(absl::StrCat("{", forms, "}"))});
  return absl::StrCat(script, absl::Substitute(kRecord, kEventBytes / 2), "COMMIT;\n");
}

}  // namespace

absl::StatusOr<FormsFloor> PrepareInbox(World& world, int filed, int waiting,
                                        const std::string& folder) {
  ASSIGN_OR_RETURN(const auto draft, world.Draft(world.OpenContent("waiting")));
  ASSIGN_OR_RETURN(auto form, world.Submit(draft));
  for (const testing::Person* person : {&world.head, &world.via_head}) {
    ASSIGN_OR_RETURN(form, world.Agree(form, *person));
  }
  world.suite().Settle();
  FormsFloor floor{world.suite().Conninfo("approval"), folder + "/inbox.sql"};
  ASSIGN_OR_RETURN(pg::Connection connection, pg::Connection::Open(floor.conninfo, Soon()));
  const std::string id = form.name().substr(sizeof("forms/") - 1);
  RETURN_IF_ERROR(connection.ExecuteScript(absl::Substitute(kFile, id, filed, waiting), Soon()));
  RETURN_IF_ERROR(connection.ExecuteScript(kTables, Soon()));
  for (const char* table : {"forms", "form_steps", "form_acts"}) {
    RETURN_IF_ERROR(connection.QueryOnce(absl::StrCat("VACUUM ANALYZE ", table), Soon()).status());
  }
  pg::Transaction tx = connection.Begin(Soon());
  const approval::domain::Actor reader = {
      .person = {absl::StrCat("users/", world.pr_office.subject), ""},
      .roles = {approval::domain::Role::kPrOffice},
      .department = absl::StrCat("departments/", World::kPrOffice)};
  ASSIGN_OR_RETURN(const auto page,
                   approval::store::ListInbox(tx, {.reader = reader, .limit = kPage}));
  std::vector<std::string> ids;
  for (const auto& entry : page.entries) ids.push_back(entry.form);
  std::ofstream(floor.script) << InboxScript(world, ids);
  return floor;
}

Start Inboxes(World& world, const FormChannels& channels) {
  std::vector<std::shared_ptr<FormService::Stub>> stubs;
  for (const auto& channel : channels) stubs.push_back(FormService::NewStub(channel));
  const std::string token = world.suite().Token(world.pr_office);
  return [=](int slot, Done done) {
    struct Call {
      grpc::ClientContext context;
      approval::v1::ListInboxRequest request;
      approval::v1::ListInboxResponse response;
    };
    const auto call = std::make_shared<Call>();
    rpc::Address(call->context, absl::Now() + absl::Seconds(30), token);
    stubs[static_cast<std::size_t>(slot) % stubs.size()]->async()->ListInbox(
        &call->context, &call->request, &call->response,
        [call, done = std::move(done)](const grpc::Status& status) { done(status); });
  };
}

}  // namespace daicho::bench
