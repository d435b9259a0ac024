#include "tests/fault/comparison.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "common/pg/pg.h"
#include "daicho/event/v1/event.pb.h"
#include "services/audit/domain/merkle.h"
#include "tests/support/process.h"

namespace daicho::testing {
namespace {

const pg::Statement kSelectForms{"comparison_select_forms", R"sql(
  SELECT id, state
    FROM forms
)sql"};

const pg::Statement kSelectReceptionNumbers{"comparison_select_reception_numbers", R"sql(
  SELECT reception_number
    FROM forms
   WHERE reception_number IS NOT NULL
   ORDER BY reception_number
)sql"};

const pg::Statement kSelectFiles{"comparison_select_files", R"sql(
  SELECT form_id
    FROM attachments
)sql"};

const pg::Statement kSelectAccounts{"comparison_select_accounts", R"sql(
  SELECT id, origin_form, state, condition, fields ->> 'audience'
    FROM accounts
)sql"};

const pg::Statement kSelectEntries{"comparison_select_entries", R"sql(
  SELECT log_index, leaf
    FROM entries
   ORDER BY log_index
)sql"};

const pg::Statement kSelectHead{"comparison_select_head", R"sql(
  SELECT tree_size, root_hash
    FROM tree_head
)sql"};

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

// How often each act is in the log; checks that it has no gap and that all that was seen of it
// still holds.
Events CheckLog(World& world, std::vector<SeenLog> seen) {
  Events counts;
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

// Each file is there once, however often it was sent.
void CheckFiles(World& world, const Events& counts) {
  std::set<std::string> forms;
  const pg::Result files = MustSelect(world, "approval", kSelectFiles);
  for (int i = 0; i < files.size(); ++i) {
    const std::string form = absl::StrCat("forms/", files[i].Text(0));
    EXPECT_TRUE(forms.insert(form).second) << "two files on " << form;
    const auto uploaded = counts.find({"attachment.uploaded", form});
    EXPECT_EQ(uploaded == counts.end() ? 0 : uploaded->second, 1) << form;
  }
  EXPECT_FALSE(forms.empty());
}

// Ledger: one account for each form that opens one, as its last form left it.
void CheckLedger(World& world, const History& history, const Events& counts) {
  const pg::Result accounts = MustSelect(world, "registry", kSelectAccounts);
  std::set<std::string> origins;
  for (int i = 0; i < accounts.size(); ++i) {
    const std::string name = absl::StrCat("accounts/", accounts[i].Text(0));
    const std::string origin = absl::StrCat("forms/", accounts[i].Text(1));
    EXPECT_TRUE(origins.insert(origin).second) << "opened twice: " << name;
    for (const char* type :
         {"account.prepared", "account.changed", "account.condition_reported", "account.closing"}) {
      const auto told = counts.find({type, name});
      EXPECT_LE(told == counts.end() ? 0 : told->second, 1) << type << " " << name;
    }
    const auto known = history.accounts.find(name);
    if (known == history.accounts.end()) continue;
    if (known->second.count("changed") > 0) {
      EXPECT_EQ(accounts[i].Text(4), "県内外の児童生徒とその保護者") << name;
    }
    if (known->second.count("closed") > 0) {
      EXPECT_EQ(accounts[i].Text(2), "CLOSING") << name;
      EXPECT_EQ(accounts[i].Text(3), "SUSPENDED_INTERNALLY") << name;
    }
  }
  EXPECT_EQ(origins, history.opened);
}

void Print(const std::map<std::string, int>& faults, const History& history, int lost,
           int doubled) {
  int all = 0;
  for (const auto& [kind, count] : faults) {
    std::cout << "  " << kind << " " << count << "\n";
    all += count;
  }
  std::map<std::string, int> acts;
  for (const auto& [act, count] : history.events) acts[act.first] += count;
  for (const auto& [type, count] : acts) std::cout << "  " << type << " " << count << "\n";
  std::cout << "faults " << all << ", acknowledged writes " << history.answers << ", forms "
            << history.created.size() << ", accounts " << history.opened.size() << ", lost " << lost
            << ", doubled " << doubled << ", ambiguous " << history.ambiguous << ", longest gap "
            << absl::FormatDuration(absl::Trunc(history.longest_gap, absl::Milliseconds(1)))
            << std::endl;
}

}  // namespace

std::vector<SeenLog> SeeLog(World& world) {
  const auto rows = Select(world, "audit", kSelectHead);
  if (!rows.ok() || rows->size() != 1) return {};
  return {{(*rows)[0].Int64(0), (*rows)[0].Bytes(1)}};
}

void Compare(World& world, const std::map<std::string, int>& faults, const History& history,
             const std::vector<SeenLog>& seen) {
  ASSERT_TRUE(world.suite().Settle(absl::Minutes(2)));
  EXPECT_TRUE(history.surprises.empty()) << history.surprises.front();
  EXPECT_GT(history.opened.size(), 0u);
  int lost = CheckForms(world, history);
  int doubled = 0;
  Events counts = CheckLog(world, seen);
  Events expected = history.events;
  for (const std::string& name : history.done) expected[{"form.applied", name}] = 1;
  for (const auto& [act, times] : expected) {
    const int count = counts[act];
    EXPECT_EQ(count, times) << act.first << " " << act.second;
    lost += count < times;
    doubled += count > times;
  }
  CheckLedger(world, history, counts);
  CheckFiles(world, counts);
  // And as an operator would check it.
  world.suite().ShowToPsql();
  EXPECT_TRUE(RunCommand({"deploy/db/check_agreement.sh"}, {}).ok());
  Print(faults, history, lost, doubled);
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(doubled, 0);
}

}  // namespace daicho::testing
