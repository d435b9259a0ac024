#include "services/registry/domain/directory_snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LookupEntry Entry(absl::string_view account, absl::string_view handle) {
  return {.account = account,
          .key = absl::StrCat("x::", handle),
          .platform = "x",
          .handle = handle,
          .url = absl::StrCat("https://x.com/", handle),
          .department = "0101",
          .listing_url = "https://pref.example/sns",
          .state = AccountState::kActive,
          .opened = true};
}

DirectorySnapshot With(const DirectorySnapshot& from, std::vector<LookupEntry> entries,
                       const std::vector<FormerHolding>& former = {}) {
  DirectorySnapshot::Editor editor(from);
  for (LookupEntry& entry : entries) editor.Put(std::move(entry));
  for (const FormerHolding& holding : former) editor.Put(holding);
  return std::move(editor).Finish();
}

TEST(DirectorySnapshotTest, AnAccountIsFoundByItsKeyItsIdAndItsDepartment) {
  const DirectorySnapshot snapshot = With({}, {Entry("a1", "akita"), Entry("a2", "aomori")});
  ASSERT_THAT(snapshot.HoldersOf("x::akita"), SizeIs(1));
  EXPECT_EQ(snapshot.HoldersOf("x::akita")[0].entry, snapshot.Account("a1"));
  EXPECT_THAT(snapshot.AccountsOf("0101"), SizeIs(2));
  EXPECT_THAT(snapshot.HoldersOf("x::nobody"), IsEmpty());
  EXPECT_EQ(snapshot.Account("a3"), nullptr);
  EXPECT_THAT(snapshot.AccountsOf("0102"), IsEmpty());
}

TEST(DirectorySnapshotTest, AChangedAccountTakesThePlaceOfWhatItWas) {
  const DirectorySnapshot before = With({}, {Entry("a1", "akita")});
  LookupEntry moved = Entry("a1", "akita");
  moved.department = "0202";
  const DirectorySnapshot after = With(before, {moved, moved});
  EXPECT_THAT(after.HoldersOf("x::akita"), SizeIs(1));
  EXPECT_THAT(after.AccountsOf("0101"), IsEmpty());
  EXPECT_THAT(after.AccountsOf("0202"), SizeIs(1));
  EXPECT_THAT(after.Resembling(Likeness("akita")), ::testing::Each(after.Account("a1")));
  // What was, is.
  EXPECT_THAT(before.AccountsOf("0101"), SizeIs(1));
}

TEST(DirectorySnapshotTest, ARenamedAccountKeepsItsFormerKeyAsAFormerOne) {
  const DirectorySnapshot before = With({}, {Entry("a1", "old")});
  const FormerHolding former{"x::old", "a1", kToday - 30};
  const DirectorySnapshot renamed = With(before, {Entry("a1", "new")}, {former});
  EXPECT_EQ(Judge(renamed.HoldersOf("x::old"), kToday).verdict, Verdict::kFormerlyOfficial);
  EXPECT_EQ(Judge(renamed.HoldersOf("x::new"), kToday).verdict, Verdict::kOfficial);
  // Put again with the account, it is one holding still, of the account as it is now.
  LookupEntry closed = Entry("a1", "new");
  closed.state = AccountState::kClosed;
  const DirectorySnapshot after = With(renamed, {closed}, {former, former});
  ASSERT_THAT(after.HoldersOf("x::old"), SizeIs(1));
  EXPECT_EQ(after.HoldersOf("x::old")[0].entry, after.Account("a1"));
}

TEST(DirectorySnapshotTest, ATombstoneAndItsFollowerBothHoldAKey) {
  LookupEntry tombstone = Entry("a1", "akita");
  tombstone.state = AccountState::kClosed;
  const DirectorySnapshot snapshot = With({}, {tombstone, Entry("a2", "akita")});
  EXPECT_THAT(snapshot.HoldersOf("x::akita"), SizeIs(2));
  EXPECT_EQ(Judge(snapshot.HoldersOf("x::akita"), kToday).entry, snapshot.Account("a2"));
}

TEST(DirectorySnapshotTest, AnAccountWithoutAUrlHasNoKey) {
  LookupEntry planned = Entry("a1", "akita");
  planned.key = "";
  const DirectorySnapshot snapshot = With({}, {planned});
  EXPECT_THAT(snapshot.HoldersOf(""), IsEmpty());
  EXPECT_NE(snapshot.Account("a1"), nullptr);
}

std::vector<std::string> Found(const DirectorySnapshot& snapshot, absl::string_view text) {
  std::vector<std::string> codes;
  for (const auto* department : snapshot.FindDepartments(text, kToday)) {
    codes.push_back(department->code);
  }
  return codes;
}

TEST(DirectorySnapshotTest, ADepartmentIsFoundByItsCodeElseByANameThatIsItsAlone) {
  DirectorySnapshot::Editor editor({});
  editor.Put(PublicDepartment{.code = "0101", .display_name = "広報課", .contact_desk = "desk"});
  editor.Put(PublicDepartment{.code = "0201", .display_name = "総務課"});
  editor.Put(PublicDepartment{.code = "0202", .display_name = "総務課"});
  const DirectorySnapshot snapshot = std::move(editor).Finish();
  EXPECT_THAT(Found(snapshot, "0201"), ElementsAre("0201"));
  EXPECT_THAT(Found(snapshot, "広報課"), ElementsAre("0101"));
  EXPECT_THAT(Found(snapshot, "総務課"), IsEmpty());
  EXPECT_THAT(Found(snapshot, "広報"), IsEmpty());
}

// domain.md §2: each 1 April.
TEST(DirectorySnapshotTest, InsteadOfADepartmentThatHasEndedThoseThatTookOverAreFound) {
  DirectorySnapshot::Editor editor({});
  editor.Put(PublicDepartment{
      .code = "0101", .display_name = "広報課", .valid_until = kToday - 1, .successors = {"0111"}});
  editor.Put(PublicDepartment{.code = "0111", .display_name = "広報課"});
  editor.Put(PublicDepartment{.code = "0301",
                              .display_name = "観光課",
                              .valid_until = kToday - 400,
                              .successors = {"0302", "0303"}});
  editor.Put(PublicDepartment{.code = "0302",
                              .display_name = "観光振興課",
                              .valid_until = kToday - 30,
                              .successors = {"0303"}});
  editor.Put(PublicDepartment{.code = "0303", .display_name = "観光戦略課", .valid_until = kToday});
  const DirectorySnapshot snapshot = std::move(editor).Finish();
  EXPECT_THAT(Found(snapshot, "広報課"), ElementsAre("0111"));
  EXPECT_THAT(Found(snapshot, "0101"), ElementsAre("0111"));
  EXPECT_THAT(Found(snapshot, "観光課"), ElementsAre("0303"));
}

TEST(DirectorySnapshotTest, AWarningHoldsUntilItIsWithdrawnAndALaterOneIsAnother) {
  const auto warn = [](const DirectorySnapshot& from, const std::string& id, bool in_force) {
    DirectorySnapshot::Editor editor(from);
    editor.Put(PublicWarning{.id = id, .key = "x::fake", .in_force = in_force});
    return std::move(editor).Finish();
  };
  const DirectorySnapshot warned = warn({}, "w1", true);
  ASSERT_NE(warned.WarningOf("x::fake"), nullptr);
  EXPECT_EQ(warned.WarningOf("x::fak"), nullptr);
  const DirectorySnapshot withdrawn = warn(warned, "w1", false);
  EXPECT_EQ(withdrawn.WarningOf("x::fake"), nullptr);
  // The first one, read again after the second, ends nothing.
  EXPECT_EQ(warn(warn(withdrawn, "w2", true), "w1", false).WarningOf("x::fake")->id, "w2");
}

}  // namespace
}  // namespace daicho::registry::domain
