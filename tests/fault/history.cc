#include "tests/fault/history.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/pg/pg.h"
#include "daicho/event/v1/event.pb.h"
#include "services/audit/domain/merkle.h"
#include "tests/support/process.h"

namespace daicho::testing {
namespace {

using approval::v1::Form;

const pg::Statement kSelectForms{"history_select_forms", R"sql(
  SELECT id, state
    FROM forms
)sql"};

const pg::Statement kSelectReceptionNumbers{"history_select_reception_numbers", R"sql(
  SELECT reception_number
    FROM forms
   WHERE reception_number IS NOT NULL
   ORDER BY reception_number
)sql"};

const pg::Statement kSelectAccounts{"history_select_accounts", R"sql(
  SELECT origin_form
    FROM accounts
)sql"};

const pg::Statement kSelectEntries{"history_select_entries", R"sql(
  SELECT log_index, leaf
    FROM entries
   ORDER BY log_index
)sql"};

const pg::Statement kSelectHead{"history_select_head", R"sql(
  SELECT tree_size, root_hash
    FROM tree_head
)sql"};

// Whether nobody knows whether the request has happened.
bool IsAmbiguous(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

// Whether it has not happened, and may if it is sent again.
bool IsPutOff(const absl::Status& status) {
  const std::string reason = daicho::ReasonOf(status);
  // A clock that was set finds tokens too old or too new; back past midnight, today's forms too.
  return status.code() == absl::StatusCode::kResourceExhausted || reason == "TOKEN_EXPIRED" ||
         reason == "POLICY_BLOCKS" ||
         (status.code() == absl::StatusCode::kAborted && reason != "ETAG_MISMATCH");
}

absl::StatusOr<pg::Result> Select(World& world, const std::string& service,
                                  const pg::Statement& statement) {
  auto connection =
      pg::Connection::Open(world.suite().Conninfo(service), absl::Now() + absl::Seconds(10));
  if (!connection.ok()) return connection.status();
  pg::Transaction tx = connection->Begin(absl::Now() + absl::Minutes(1));
  return tx.Execute(statement, {});
}

pg::Result MustSelect(World& world, const std::string& service, const pg::Statement& statement) {
  auto rows = Select(world, service, statement);
  EXPECT_TRUE(rows.ok()) << rows.status();
  if (!rows.ok()) std::abort();
  return *std::move(rows);
}

using Counts = std::map<std::pair<std::string, std::string>, int>;

// How often each (type, resource) is in the log; checks that it has no gap and that all that was
// seen of it still holds.
Counts CheckLog(World& world, std::vector<SeenLog> seen) {
  Counts counts;
  for (const SeenLog& now : SeeLog(world)) seen.push_back(now);
  std::multimap<std::int64_t, std::string> roots;
  for (const SeenLog& log : seen) roots.emplace(log.size, log.root);
  const pg::Result rows = MustSelect(world, "audit", kSelectEntries);
  audit::domain::Frontier frontier;
  const auto check = [&] {
    const auto [first, last] = roots.equal_range(static_cast<std::int64_t>(frontier.size));
    for (auto root = first; root != last; ++root) {
      EXPECT_EQ(root->second, audit::domain::BytesOf(audit::domain::RootOf(frontier)));
    }
    roots.erase(first, last);
  };
  check();
  for (int i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].Int64(0), i);
    event::v1::Event event;
    EXPECT_TRUE(event.ParseFromString(rows[i].Bytes(1)));
    ++counts[{event.type(), event.resource()}];
    (void)audit::domain::Append(frontier, audit::domain::LeafHash(rows[i].Bytes(1)));
    check();
  }
  EXPECT_TRUE(roots.empty()) << "the log was longer once: " << roots.rbegin()->first;
  return counts;
}

// Forms: exactly those that people know of, agreed ones applied, numbered without a gap.
int CheckForms(World& world, const History& history) {
  const pg::Result forms = MustSelect(world, "approval", kSelectForms);
  std::map<std::string, std::string> state_of;
  for (int i = 0; i < forms.size(); ++i) {
    state_of[absl::StrCat("forms/", forms[i].Text(0))] = forms[i].Text(1);
  }
  int lost = 0;
  for (const std::string& name : history.created) lost += state_of.count(name) == 0;
  EXPECT_EQ(state_of.size(), history.created.size());
  for (const std::string& name : history.done) EXPECT_EQ(state_of[name], "APPLIED") << name;
  const pg::Result numbers = MustSelect(world, "approval", kSelectReceptionNumbers);
  for (int i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i].Int64(0), i + 1);
  return lost;
}

// Ledger: one account for each form agreed.
int CheckLedger(World& world, const History& history) {
  const pg::Result accounts = MustSelect(world, "registry", kSelectAccounts);
  std::set<std::string> origins;
  for (int i = 0; i < accounts.size(); ++i) {
    origins.insert(absl::StrCat("forms/", accounts[i].Text(0)));
  }
  EXPECT_EQ(static_cast<std::size_t>(accounts.size()), origins.size());
  EXPECT_EQ(origins, history.done);
  return accounts.size();
}

}  // namespace

People::People(World& world, History& history, int count) : world_(world), history_(history) {
  for (int i = 0; i < count; ++i) {
    threads_.emplace_back([this] {
      while (!stop_) (void)OneForm();
    });
  }
}

People::~People() { Stop(); }

void People::Stop() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

absl::StatusOr<Form> People::Insist(
    const std::function<absl::StatusOr<Form>(const std::string&)>& send) {
  const std::string request_id = NewUuid(absl::Now());
  bool ambiguous = false;
  for (;;) {
    const absl::StatusOr<Form> form = send(request_id);
    if (!form.ok() && (IsAmbiguous(form.status()) || IsPutOff(form.status()))) {
      ambiguous = ambiguous || IsAmbiguous(form.status());
      absl::SleepFor(absl::Milliseconds(20));
      continue;
    }
    const std::lock_guard<std::mutex> lock(history_.mutex);
    history_.ambiguous += ambiguous;
    if (form.ok()) {
      const absl::Time now = absl::Now();
      ++history_.answers;
      history_.longest_gap = std::max(history_.longest_gap, now - history_.last_answer);
      history_.last_answer = now;
    } else {
      history_.surprises.push_back(absl::StrCat(daicho::ReasonOf(form.status()), " ",
                                                std::string(form.status().ToString())));
    }
    return form;
  }
}

absl::Status People::OneForm() {
  const auto content = world_.OpenContent(FreshHandle());
  auto form = Insist([&](const std::string& id) { return world_.Draft(content, id); });
  if (!form.ok()) return form.status();
  const std::string name = form->name();
  const auto note = [&](auto&& record) {
    const std::lock_guard<std::mutex> lock(history_.mutex);
    record();
  };
  note([&] { history_.created.insert(name); });
  form = Insist([&](const std::string& id) { return world_.Submit(*form, id); });
  if (!form.ok()) return form.status();
  note([&] { history_.submitted.insert(name); });
  for (const Person* person : {&world_.head, &world_.via_head, &world_.pr_office}) {
    form = Insist([&](const std::string& id) { return world_.Agree(*form, *person, id); });
    if (!form.ok()) return form.status();
    note([&] { ++history_.agreed[name]; });
  }
  note([&] { history_.done.insert(name); });
  return absl::OkStatus();
}

std::vector<SeenLog> SeeLog(World& world) {
  const auto rows = Select(world, "audit", kSelectHead);
  if (!rows.ok() || rows->size() != 1) return {};
  return {{(*rows)[0].Int64(0), (*rows)[0].Bytes(1)}};
}

Comparison Compare(World& world, const History& history, const std::vector<SeenLog>& seen) {
  EXPECT_TRUE(history.surprises.empty()) << history.surprises.front();
  EXPECT_GT(history.done.size(), 0u);
  Comparison result;
  result.lost = CheckForms(world, history);
  result.in_ledger = CheckLedger(world, history);
  Counts counts = CheckLog(world, seen);
  const auto expect_events = [&](const char* type, const std::string& name, int expected) {
    const int count = counts[{type, name}];
    EXPECT_EQ(count, expected) << type << " " << name;
    result.lost += count < expected;
    result.doubled += count > expected;
  };
  for (const std::string& name : history.created) expect_events("form.created", name, 1);
  for (const std::string& name : history.submitted) expect_events("form.submitted", name, 1);
  for (const auto& [name, agreed] : history.agreed) expect_events("form.agreed", name, agreed);
  for (const std::string& name : history.done) expect_events("form.applied", name, 1);
  // And as an operator would check it.
  setenv("PGHOST", world.suite().postgres().folder().c_str(), 1);
  setenv("PGUSER", "postgres", 1);
  EXPECT_TRUE(RunCommand({"deploy/db/check_agreement.sh"}, {}).ok());
  return result;
}

}  // namespace daicho::testing
