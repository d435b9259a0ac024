#include "tests/bench/list_floor.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/pg/pg.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"
#include "services/registry/account_list_store.h"
#include "services/registry/platforms.h"
#include "services/registry/present_store.h"
#include "tests/bench/pgbench.h"

namespace daicho::bench {
namespace {

namespace store = registry::store;

constexpr int kPageSize = 50;

// Departments of 100 branches with 20 sections each. What is folded already is its own search text.
constexpr char kFill[] = R"sql(
BEGIN;
CREATE TEMPORARY TABLE start ON COMMIT DROP AS SELECT value FROM ledger_sequence;
UPDATE ledger_sequence SET value = value + 2000 + $0;
INSERT INTO departments (code, revision, change_sequence, display_name, kind, parent_code,
                         update_time)
SELECT 'b' || lpad((n / 20)::text, 2, '0') || CASE WHEN n % 20 = 0 THEN '' ELSE '-' || n % 20 END,
       1, start.value + n + 1, '第' || n || '課', 'PREFECTURAL_OFFICE',
       CASE WHEN n % 20 > 0 THEN 'b' || lpad((n / 20)::text, 2, '0') END, now()
  FROM start, generate_series(0, 1999) AS n;
INSERT INTO department_revisions (code, revision, change_sequence, display_name, kind, parent_code,
                                  update_time, actor, act, effective_on)
SELECT code, revision, change_sequence, display_name, kind, parent_code, update_time, 'bench',
       'department.imported', '2026-04-01'
  FROM departments
 WHERE code LIKE 'b%';
INSERT INTO accounts (id, revision, change_sequence, state, condition, department, platform, key,
                      canonical_url, fields, origin_kind, origin_source, create_time, update_time,
                      search_text)
SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, start.value + 2000 + n,
       'ACTIVE', 'NORMAL',
       'b' || lpad((n % 2000 / 20)::text, 2, '0')
         || CASE WHEN n % 20 = 0 THEN '' ELSE '-' || n % 20 END,
       platform, platform || '::listed' || n, 'https://' || platform || '.example/listed' || n,
       jsonb_build_object('platform', platform, 'handle', 'listed' || n,
                          'display_name', topic || 'だより ' || n,
                          'purpose', '県民の皆様に' || topic || 'に関する情報をすばやくお知らせする。'),
       'IMPORT', 'bench', now(), now() - n * interval '1 second',
       topic || 'だより ' || n || E'\nlisted' || n || E'\nhttps://' || platform || '.example/listed'
         || n || E'\n県民の皆様に' || topic || 'に関する情報をすばやくお知らせする。'
  FROM start,
       (SELECT n, (ARRAY['x', 'facebook', 'youtube', 'instagram'])[1 + n % 4] AS platform,
               (ARRAY['防災', '観光', '広報', '図書館', '農業', '統計', '子育て', '水道', '文化',
                      '国際交流'])[1 + n / 7 % 10] AS topic
          FROM generate_series(1, $0) AS n) AS given;
INSERT INTO account_revisions (id, revision, change_sequence, state, condition, department,
                               platform, key, canonical_url, fields, origin_kind, origin_source,
                               create_time, update_time, actor, act)
SELECT id, revision, change_sequence, state, condition, department, platform, key, canonical_url,
       fields, origin_kind, origin_source, create_time, update_time, 'bench', 'account.imported'
  FROM accounts
 WHERE origin_source = 'bench';
COMMIT;
)sql";

// The event that says who read the list.
constexpr char kRecords[] = "CREATE TABLE IF NOT EXISTS bench_outbox (LIKE outbox INCLUDING ALL)";
constexpr char kRecord[] =
    "INSERT INTO bench_outbox (event_id, destination, subject, payload) "
    "VALUES (gen_random_uuid(), 'audit', 'accounts', repeat('x', 400)::bytea)";

absl::Time Soon() { return absl::Now() + absl::Minutes(20); }

// Whether the registry's directory has taken up what is in the ledger: it answers at all, and in
// time.
void AwaitDirectory(testing::Suite& suite) {
  auto stub = registry::v1::LookupService::NewStub(suite.Channel("registry"));
  registry::v1::LookupAccountRequest request;
  request.set_url("https://x.com/nobody");
  const absl::Time filled = absl::Now();
  const absl::Time deadline = Soon();
  while (absl::Now() < deadline) {
    registry::v1::LookupAccountResponse response;
    const auto context = suite.Context(nullptr);
    if (stub->LookupAccount(context.get(), request, &response).ok() &&
        absl::FromUnixSeconds(response.as_of_time().seconds()) > filled) {
      return;
    }
    absl::SleepFor(absl::Milliseconds(200));
  }
}

// A composed statement with its parameters written into it.
std::string Written(const store::ComposedStatement& statement) {
  std::string sql = absl::StrReplaceAll(statement.sql, {{"\n", " "}});
  for (std::size_t i = statement.params.size(); i > 0; --i) {
    const auto& text = statement.params[i - 1].text();
    sql = absl::StrReplaceAll(sql, {{absl::StrCat("$", i), text ? ScriptLiteral(*text) : "NULL"}});
  }
  return absl::StrCat(sql, ";\n");
}

// What a page shows besides of its accounts.
std::string Present(const store::AccountPage& page) {
  const std::string ids = absl::StrJoin(
      page.accounts, ",",
      [](std::string* out, const registry::domain::Account& one) { absl::StrAppend(out, one.id); });
  return absl::StrCat(absl::StrReplaceAll(store::kLoadPresent.sql,
                                          {{"\n", " "}, {"$1", absl::StrCat("'{", ids, "}'")}}),
                      ";\n");
}

}  // namespace

const std::vector<ListCase>& ListCases() {
  static const auto* const cases = new std::vector<ListCase>{
      {"all, first page", ""},
      {"all, second page", "", true},
      {"a department and below, first page", "department:b42"},
      {"the same, second page", "department:b42", true},
      {"a common word, first page", "図書館"},
      {"the same, second page", "図書館", true},
      {"a rare word, first page", "\"だより 12345\""},
      {"state and listing, first page", "state=ACTIVE listed=false platform=x"}};
  return *cases;
}

absl::Status FillLedger(testing::Suite& suite, int accounts) {
  ASSIGN_OR_RETURN(pg::Connection registry,
                   pg::Connection::Open(suite.Conninfo("registry"), Soon()));
  RETURN_IF_ERROR(registry.ExecuteScript(absl::Substitute(kFill, accounts), Soon()));
  for (const char* table : {"accounts", "account_revisions", "departments"}) {
    RETURN_IF_ERROR(registry.QueryOnce(absl::StrCat("VACUUM ANALYZE ", table), Soon()).status());
  }
  AwaitDirectory(suite);
  return absl::OkStatus();
}

absl::StatusOr<ListFloor> PrepareListFloor(testing::Suite& suite, const ListCase& list,
                                           const std::string& folder) {
  ASSIGN_OR_RETURN(const auto platforms,
                   registry::wire::LoadPlatforms("services/registry/platforms"));
  registry::domain::AccountQuery query;
  ASSIGN_OR_RETURN(query.condition, registry::domain::ReadAccountFilter(list.filter, platforms));
  ListFloor floor{suite.Conninfo("registry"), folder + "/list.sql"};
  ASSIGN_OR_RETURN(pg::Connection connection, pg::Connection::Open(floor.conninfo, Soon()));
  RETURN_IF_ERROR(connection.ExecuteScript(kRecords, Soon()));
  pg::Transaction tx = connection.Begin(Soon());
  ASSIGN_OR_RETURN(const std::int64_t change, store::LastChange(tx));
  const store::Moment moment{change, true};
  ASSIGN_OR_RETURN(const auto departments, store::DepartmentsFor(tx, query, moment));
  store::Window window{.size = kPageSize};
  ASSIGN_OR_RETURN(window.total, store::CountAccounts(tx, query, departments, moment));
  const auto read = [&] { return store::ListAccounts(tx, query, departments, moment, window); };
  ASSIGN_OR_RETURN(store::AccountPage page, read());
  if (list.second_page) {
    window.after = page.position;
    ASSIGN_OR_RETURN(page, read());
  }
  std::ofstream script(floor.script);
  script << "BEGIN;\nSET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\n"
         << "SELECT value FROM ledger_sequence;\n";
  if (!departments.empty()) {
    script << "SELECT code, parent_code, display_name || ' ' || COALESCE(kana, '') FROM "
              "departments WHERE change_sequence <= "
           << change << ";\n";
  }
  if (!list.second_page) script << Written(store::ComposeCount(query, departments, moment));
  script << Written(store::ComposePage(query, departments, moment, window)) << Present(page)
         << kRecord << ";\nCOMMIT;\n";
  return floor;
}

}  // namespace daicho::bench
