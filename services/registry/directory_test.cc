#include "services/registry/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "services/registry/schema.h"
#include "services/registry/testing/ledger_rows.h"
#include "tests/support/database.h"
#include "tests/support/wait.h"

namespace daicho::registry {
namespace {

using ::daicho::testing::Eventually;

class DirectoryTest : public ::testing::Test {
 protected:
  DirectoryTest() { rows_.PutDepartment("0101", "広報課"); }

  std::unique_ptr<Directory> Open(absl::Duration max_age = absl::Seconds(60)) {
    auto directory =
        Directory::Open({.pool = &database_.pool(), .clock = &clock_, .max_age = max_age});
    EXPECT_TRUE(directory.ok()) << directory.status();
    return *std::move(directory);
  }

  // What the directory says of a key now.
  static domain::Verdict VerdictOf(const Directory& directory, absl::string_view key) {
    const auto view = directory.Current(absl::Now());
    return domain::Judge(view->snapshot->HoldersOf(key), absl::CivilDay(2026, 11, 22)).verdict;
  }

  const Clock clock_;
  testing::Database database_{Schema()};
  testing::LedgerRows rows_{database_};
};

TEST_F(DirectoryTest, HoldsTheWholeLedgerOnceItIsOpen) {
  // More than two pages.
  rows_.PutManyAccounts(12'345);
  const auto directory = Open();
  const auto view = directory->Current(absl::Now());
  ASSERT_TRUE(view.ok());
  for (int i = 1; i <= 12'345; ++i) {
    ASSERT_EQ(view->snapshot->HoldersOf(absl::StrCat("x::many", i)).size(), 1u) << i;
  }
}

TEST_F(DirectoryTest, HoldsAnAccountOnceThatChangesWhileTheLedgerIsRead) {
  rows_.PutManyAccounts(12'345);
  const std::string id = rows_.PutAccount({.key = "x::akita", .listing_url = "https://p.example/"});
  std::thread writer([&] {
    const testing::LedgerRows rows(database_);
    for (int i = 0; i < 50; ++i) rows.Change(id, "update_time = update_time");
  });
  const auto directory = Open();
  writer.join();
  const auto view = directory->Current(absl::Now());
  EXPECT_EQ(view->snapshot->HoldersOf("x::akita").size(), 1u);
  EXPECT_EQ(view->snapshot->HoldersOf("x::many12345").size(), 1u);
}

TEST_F(DirectoryTest, TakesChangesUpWithoutBeingAsked) {
  const auto directory = Open();
  EXPECT_EQ(VerdictOf(*directory, "x::akita"), domain::Verdict::kUnknown);
  const std::string id = rows_.PutAccount({.key = "x::akita", .listing_url = "https://p.example/"});
  EXPECT_TRUE(
      Eventually([&] { return VerdictOf(*directory, "x::akita") == domain::Verdict::kOfficial; }));
  rows_.Change(id, "condition = 'COMPROMISED'");
  EXPECT_TRUE(Eventually(
      [&] { return VerdictOf(*directory, "x::akita") == domain::Verdict::kCompromised; }));
}

TEST_F(DirectoryTest, ARenamedAccountHasItsFormerKeyAsAFormerOne) {
  const std::string id = rows_.PutAccount({.key = "x::old", .listing_url = "https://p.example/"});
  const auto directory = Open();
  ASSERT_EQ(VerdictOf(*directory, "x::old"), domain::Verdict::kOfficial);
  rows_.Rename(id, "x::new", "x::old", "2026-10-01");
  EXPECT_TRUE(Eventually(
      [&] { return VerdictOf(*directory, "x::old") == domain::Verdict::kFormerlyOfficial; }));
  EXPECT_EQ(VerdictOf(*directory, "x::new"), domain::Verdict::kOfficial);
  // The same as read from the start.
  const auto second = Open();
  EXPECT_EQ(VerdictOf(*second, "x::old"), domain::Verdict::kFormerlyOfficial);
  EXPECT_EQ(VerdictOf(*second, "x::new"), domain::Verdict::kOfficial);
}

TEST_F(DirectoryTest, ARenamedDepartmentShowsItsNewName) {
  const auto directory = Open();
  ASSERT_EQ(directory->Current(absl::Now())->snapshot->Department("0101")->display_name, "広報課");
  rows_.PutDepartment("0101", "広報戦略課");
  EXPECT_TRUE(Eventually([&] {
    const auto view = directory->Current(absl::Now());
    return view->snapshot->Department("0101")->display_name == "広報戦略課";
  }));
}

TEST_F(DirectoryTest, MissesNoChangeOfManyWritersAtOnce) {
  const auto directory = Open();
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 8; ++writer) {
    writers.emplace_back([this, writer, &directory] {
      const testing::LedgerRows rows(database_);
      for (int i = 0; i < 50; ++i) {
        rows.PutAccount({.key = absl::StrCat("x::w", writer, "_", i), .pause_seconds = 0.002});
        directory->Wake();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(Eventually([&] {
    const auto view = directory->Current(absl::Now());
    for (int writer = 0; writer < 8; ++writer) {
      for (int i = 0; i < 50; ++i) {
        if (view->snapshot->HoldersOf(absl::StrCat("x::w", writer, "_", i)).empty()) return false;
      }
    }
    return true;
  }));
}

TEST_F(DirectoryTest, EverythingStoredBeforeItsInstantIsInAView) {
  const auto directory = Open();
  rows_.PutAccount({.key = "x::akita"});
  const absl::Time stored = absl::Now();
  directory->Wake();
  ASSERT_TRUE(Eventually([&] { return directory->Current(absl::Now())->as_of > stored; }));
  EXPECT_EQ(directory->Current(absl::Now())->snapshot->HoldersOf("x::akita").size(), 1u);
}

TEST_F(DirectoryTest, AViewKeepsWhatItPointsTo) {
  const std::string id = rows_.PutAccount({.key = "x::akita"});
  const auto directory = Open();
  const auto view = directory->Current(absl::Now());
  const domain::LookupEntry* entry = view->snapshot->Account(id);
  rows_.Change(id, "condition = 'COMPROMISED'");
  ASSERT_TRUE(Eventually(
      [&] { return VerdictOf(*directory, "x::akita") == domain::Verdict::kCompromised; }));
  EXPECT_EQ(entry->condition, domain::Condition::kNormal);
}

TEST_F(DirectoryTest, AnswersToTheLastInstantOfItsAgeAndNotOneMore) {
  const auto directory = Open(absl::Hours(1));
  const absl::Time as_of = directory->Current(absl::Now())->as_of;
  EXPECT_TRUE(directory->Current(as_of + absl::Hours(1)).ok());
  // By then a refresh may have made it younger, by far less than a minute.
  const auto stale = directory->Current(as_of + absl::Hours(1) + absl::Minutes(1));
  EXPECT_EQ(ReasonOf(stale.status()), "DIRECTORY_STALE");
  EXPECT_EQ(stale.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(DirectoryTest, GoesStaleWhileTheLedgerCannotBeReadAndRecovers) {
  const auto directory = Open(absl::Milliseconds(800));
  database_.Execute("ALTER VIEW public_accounts RENAME TO away");
  EXPECT_TRUE(Eventually(
      [&] { return ReasonOf(directory->Current(absl::Now()).status()) == "DIRECTORY_STALE"; }));
  database_.Execute("ALTER VIEW away RENAME TO public_accounts");
  EXPECT_TRUE(Eventually([&] { return directory->Current(absl::Now()).ok(); }));
}

TEST_F(DirectoryTest, DoesNotOpenWhenTheLedgerCannotBeRead) {
  database_.Execute("ALTER VIEW public_accounts RENAME TO away");
  EXPECT_FALSE(Directory::Open({.pool = &database_.pool(), .clock = &clock_}).ok());
}

}  // namespace
}  // namespace daicho::registry
