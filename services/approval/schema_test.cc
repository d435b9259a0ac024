// Forms stored under an earlier schema stay readable, and go on from where they were.
#include "services/approval/schema.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/pg/migrate.h"
#include "common/work/unit_of_work.h"
#include "services/approval/inbox_store.h"
#include "services/approval/store.h"
#include "tests/support/database.h"

namespace daicho::approval {
namespace {

constexpr char kInRoute[] = "0190a6e2-0000-7000-8000-000000000001";
constexpr char kReturned[] = "0190a6e2-0000-7000-8000-000000000002";

// The steps before decisions, absences and the inbox.
std::vector<pg::Migration> Before() {
  std::vector<pg::Migration> before;
  for (const pg::Migration& migration : Schema()) {
    if (migration.name < "0005") before.push_back(migration);
  }
  return before;
}

void InsertForm(const testing::Database& database, const std::string& id,
                const std::string& state) {
  database.Execute(absl::StrCat(
      "INSERT INTO forms (id, revision, state, action, department, content, drafter, drafter_name, "
      "round, changes, create_time, update_time) VALUES ('",
      id, "', 2, '", state,
      "', 'OPEN', 'departments/0802', '{\"action\": \"ACTION_OPEN\"}', 'users/staff', '担当', 1, "
      "'[]', '2026-10-01T16:00:00Z', '2026-10-01T16:00:00Z')"));
  database.Execute(
      absl::StrCat("INSERT INTO form_steps (form_id, round, position, kind, department, "
                   "department_name) VALUES ('",
                   id, "', 1, 0, 'HEAD', 'departments/0802', '学校教育課'), ('", id,
                   "', 1, 1, 'PR_OFFICE', 'departments/0101', '秘書課')"));
  database.Execute(absl::StrCat(
      "INSERT INTO form_acts (form_id, position, kind, actor, actor_name, role, act_time, round, "
      "comment) VALUES ('",
      id,
      "', 0, 'CREATED', 'users/staff', '担当', 'DEPARTMENT_STAFF', '2026-10-01T16:00:00Z', 0, ''), "
      "('",
      id,
      "', 1, 'SUBMITTED', 'users/staff', '担当', 'DEPARTMENT_STAFF', '2026-10-01T16:00:00Z', 1, "
      "'')"));
}

TEST(SchemaTest, FormsOfAnEarlierSchemaAreReadAndWaitForWhomTheyWaited) {
  testing::Database database(Before());
  InsertForm(database, kInRoute, "IN_ROUTE");
  InsertForm(database, kReturned, "RETURNED");
  pg::Connection connection = database.Connect();
  std::vector<pg::Migration> all = {work::WorkMigration()};
  const std::vector<pg::Migration> own = Schema();
  all.insert(all.end(), own.begin(), own.end());
  const absl::Status migrated = pg::Migrate(connection, all, testing::Soon());
  ASSERT_TRUE(migrated.ok()) << migrated;

  pg::Transaction tx = connection.Begin(testing::Soon());
  const auto form = store::Get(tx, kInRoute);
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(form->state, domain::State::kInRoute);
  EXPECT_EQ(form->acts.size(), 2u);
  EXPECT_EQ(CurrentStep(*form), 0);
  const domain::Actor head = {
      {"users/head", "課長"}, {domain::Role::kDepartmentHead}, "departments/0802"};
  const auto inbox = store::ListInbox(tx, {.reader = head, .bucket = store::Bucket::kDepartment});
  ASSERT_TRUE(inbox.ok()) << inbox.status();
  ASSERT_EQ(inbox->entries.size(), 2u);
  // In Tokyo it was the second of October already.
  EXPECT_EQ(inbox->entries[0].form, kInRoute);
  EXPECT_EQ(inbox->entries[0].due_on, absl::CivilDay(2026, 10, 2) + domain::kDaysToDecide);
  EXPECT_EQ(inbox->entries[1].due_on, absl::CivilDay(2026, 10, 2) + domain::kDaysToMend);
}

}  // namespace
}  // namespace daicho::approval
