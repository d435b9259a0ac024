// Imports against the platform files as they ship.
#include "services/registry/domain/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "services/registry/domain/department.h"
#include "services/registry/platforms.h"

namespace daicho::registry::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'795'303'800);
constexpr char kHeader[] = "所属,サービス,アカウント名,URL,出典\n";

const PlatformTable& Platforms() {
  static const auto* const table = new absl::StatusOr<PlatformTable>(
      daicho::registry::wire::LoadPlatforms("services/registry/platforms"));
  return table->value();
}

DepartmentNames Names() {
  DepartmentNames names;
  names.Add("0101", "秘書課");
  names.Add("0301", "観光誘客課");
  names.Add("S001", "池田町");
  names.Add("S002", "池田町");
  return names;
}

AccountImport Plan(const std::string& rows, const std::vector<KnownAccount>& known = {}) {
  auto records = ReadCsv(absl::StrCat(kHeader, rows));
  return PlanAccountImport(ReadAccountFile(*std::move(records), Names(), Platforms()), known);
}

// "LINE COLUMN REASON suggestion" of every problem.
std::vector<std::string> Problems(const std::vector<ImportProblem>& problems) {
  std::vector<std::string> texts;
  for (const ImportProblem& problem : problems) {
    EXPECT_FALSE(problem.en.empty() || problem.ja.empty()) << problem.reason;
    texts.push_back(absl::StrCat(problem.line, " ", problem.column, " ", problem.reason,
                                 problem.suggestion.empty() ? "" : " ", problem.suggestion));
  }
  return texts;
}

// "REASON LINE:DEPARTMENT …" of every conflict.
std::vector<std::string> Conflicts(const AccountImport& plan) {
  std::vector<std::string> texts;
  for (const ImportConflict& conflict : plan.conflicts) {
    EXPECT_FALSE(conflict.en.empty() || conflict.ja.empty()) << conflict.reason;
    texts.push_back(conflict.reason);
    for (const ImportClaim& claim : conflict.claims) {
      absl::StrAppend(&texts.back(), " ", claim.line, ":", claim.department);
    }
  }
  return texts;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(AccountImportTest, TakesWhatTheUrlSays) {
  const AccountImport plan = Plan(
      "0301,Twitter,あきたびじょん,https://mobile.twitter.com/AkitaVision?s=20,県の一覧\n"
      "観光誘客課,YouTube,動画,https://www.youtube.com/channel/UCZWfiGkHRspD8EoCT09T3mw,\n");
  EXPECT_THAT(Problems(plan.problems), IsEmpty());
  ASSERT_THAT(plan.created, SizeIs(2));
  const ImportedAccount& x = plan.created[0];
  EXPECT_EQ(x.department, "0301");
  EXPECT_EQ(x.platform, "x");
  EXPECT_EQ(x.identity.canonical_url, "https://x.com/akitavision");
  EXPECT_EQ(x.source, "県の一覧");
  const Fields fields = {{"display_name", "あきたびじょん"},
                         {"handle", "akitavision"},
                         {"platform", "x"},
                         {"url", "https://mobile.twitter.com/AkitaVision?s=20"}};
  EXPECT_EQ(x.fields, fields);
  EXPECT_EQ(plan.created[1].department, "0301");
  EXPECT_EQ(plan.created[1].fields.count("handle"), 0u);
}

TEST(AccountImportTest, NamesEveryProblemAtOnce) {
  const AccountImport plan = Plan(
      "観光誘客,X,a,https://x.com/a,\n"           // 2: near a name, but no name
      "池田町,X,b,https://x.com/b,\n"             // 3: two of that name
      "0101,インスタ君,c,https://x.com/c,\n"      // 4: no such service
      "0101,Instagram,d,https://x.com/d,\n"       // 5: another service
      "0101,X,e,https://bit.ly/3abc,\n"           // 6: a short URL
      "0101,X,,https://x.com/f,\n"                // 7: no name
      "0101,X,g\n"                                // 8: too few cells
      "無い課,X,h,https://x.com/h/status/1,\n");  // 9: two problems
  EXPECT_THAT(Problems(plan.problems),
              ElementsAre("2 所属 DEPARTMENT_NOT_FOUND 観光誘客課", "3 所属 DEPARTMENT_AMBIGUOUS",
                          "4 サービス UNKNOWN_SERVICE", "5 サービス SERVICE_DIFFERS X",
                          "6 URL SHORTENER", "7 アカウント名 REQUIRED", "8  CELL_COUNT",
                          "9 所属 DEPARTMENT_NOT_FOUND", "9 URL NOT_AN_ACCOUNT"));
  EXPECT_EQ(plan.row_count, 8);
}

TEST(AccountImportTest, RefusesAHeaderItDoesNotUnderstand) {
  const auto plan = [](const std::string& file) {
    return Problems(
        PlanAccountImport(ReadAccountFile(*ReadCsv(file), Names(), Platforms()), {}).problems);
  };
  EXPECT_THAT(plan("department,URL,url,メモ\n0101,a,b,c\n"),
              ElementsAre("1 url REPEATED_COLUMN", "1 メモ UNKNOWN_COLUMN",
                          "1 service MISSING_COLUMN", "1 account_name MISSING_COLUMN"));
  EXPECT_THAT(plan("department,service,account_name,url\n"), ElementsAre("1  EMPTY_FILE"));
  EXPECT_THAT(plan(""), ElementsAre("1  EMPTY_FILE"));
}

TEST(AccountImportTest, CountsARowSaidTwiceAsUnchanged) {
  const AccountImport plan = Plan(
      "0101,X,県庁,https://x.com/kencho,\n"
      "秘書課,X,県庁,https://twitter.com/KENCHO/,\n");
  EXPECT_THAT(Problems(plan.problems), IsEmpty());
  EXPECT_THAT(plan.created, SizeIs(1));
  EXPECT_EQ(plan.unchanged_count, 1);
}

TEST(AccountImportTest, LeavesContradictionsInTheFileToPeople) {
  const AccountImport plan = Plan(
      "0101,X,県庁,https://x.com/kencho,\n"
      "0301,X,県庁,https://x.com/kencho,\n"
      "0101,X,県庁だより,https://x.com/kencho,\n");
  EXPECT_THAT(Problems(plan.problems), ElementsAre("4 アカウント名 REPEATED_ROW_DIFFERS 県庁"));
  EXPECT_THAT(Conflicts(plan), ElementsAre("CLAIMED_TWICE 2:0101 3:0301"));
}

KnownAccount Known(KnownAccount::As as, const std::string& department, const std::string& name) {
  const AccountImport plan = Plan("0101,X,県庁,https://x.com/kencho,\n");
  return {.key = plan.created.front().identity.key,
          .as = as,
          .account = "019a0000-0000-7000-8000-0000000000a1",
          .department = department,
          .display_name = name};
}

TEST(AccountImportTest, ChangesNothingThatTheLedgerSaysAlready) {
  using As = KnownAccount::As;
  const std::string row = "0101,X,県庁,https://x.com/kencho,\n";
  const auto unchanged = [&](const std::vector<KnownAccount>& known) {
    const AccountImport plan = Plan(row, known);
    return plan.problems.empty() && plan.created.empty() && plan.unchanged_count == 1;
  };
  EXPECT_TRUE(unchanged({Known(As::kLive, "0101", "県庁")}));
  // The same file again, whatever became of the account since.
  const KnownAccount imported = Known(As::kImported, "0101", "県庁");
  EXPECT_TRUE(unchanged({imported, Known(As::kLive, "0101", "県庁だより")}));
  EXPECT_TRUE(unchanged({imported, Known(As::kTombstone, "0101", "県庁")}));
  EXPECT_TRUE(unchanged({imported, Known(As::kFormer, "0101", "県庁だより")}));
}

TEST(AccountImportTest, RefusesToChangeWhatTheLedgerSays) {
  using As = KnownAccount::As;
  const auto problems = [](const std::vector<KnownAccount>& known) {
    return Problems(Plan("0101,X,県庁,https://x.com/kencho,\n", known).problems);
  };
  EXPECT_THAT(problems({Known(As::kLive, "0101", "県庁だより")}),
              ElementsAre("2 アカウント名 ACCOUNT_DIFFERS 県庁だより"));
  EXPECT_THAT(problems({Known(As::kTombstone, "0101", "県庁")}),
              ElementsAre("2 URL ACCOUNT_CLOSED"));
  EXPECT_THAT(problems({Known(As::kFormer, "0101", "県庁")}), ElementsAre("2 URL ACCOUNT_RENAMED"));
  EXPECT_THAT(problems({Known(As::kImpersonator, "", "")}), ElementsAre("2 URL KEY_UNDER_WARNING"));
  // An import that said something else is no reason by itself.
  EXPECT_THAT(problems({Known(As::kImported, "0301", "県庁")}), IsEmpty());
}

TEST(AccountImportTest, NamesBothSidesOfAConflictWithTheLedger) {
  using As = KnownAccount::As;
  const std::string row = "0101,X,県庁,https://x.com/kencho,\n";
  const AccountImport plan = Plan(row, {Known(As::kLive, "0301", "観光")});
  EXPECT_THAT(Problems(plan.problems), IsEmpty());
  EXPECT_FALSE(plan.CanBeStored());
  EXPECT_THAT(Conflicts(plan), ElementsAre("ACCOUNT_TAKEN 2:0101 0:0301"));
  const std::vector<ImportClaim>& claims = plan.conflicts.front().claims;
  EXPECT_EQ(claims[0].department_name, "秘書課");
  EXPECT_EQ(claims[0].display_name, "県庁");
  EXPECT_EQ(claims[1].department_name, "観光誘客課");
  EXPECT_EQ(claims[1].display_name, "観光");
  EXPECT_EQ(claims[1].account, "019a0000-0000-7000-8000-0000000000a1");
  EXPECT_EQ(plan.conflicts.front().canonical_url, "https://x.com/kencho");
  // What lives now says best why not.
  EXPECT_THAT(Conflicts(Plan(
                  row, {Known(As::kTombstone, "0101", "県庁"), Known(As::kLive, "0301", "県庁")})),
              ElementsAre("ACCOUNT_TAKEN 2:0101 0:0301"));
}

TEST(AccountImportTest, GathersEveryDepartmentThatClaimsAnAccount) {
  const AccountImport plan = Plan(
      "0301,X,a,https://x.com/a,\n"
      "0101,X,県庁,https://x.com/kencho,\n"
      "0301,X,県庁,https://x.com/kencho,\n"
      "0101,X,a,https://x.com/a,\n"
      "0301,X,県庁,https://x.com/kencho,\n");
  EXPECT_THAT(Conflicts(plan),
              ElementsAre("CLAIMED_TWICE 2:0301 5:0101", "CLAIMED_TWICE 3:0101 4:0301 6:0301"));
}

TEST(AccountImportTest, TakesTextsForTheSameThatWindowsProgramsExchange) {
  using As = KnownAccount::As;
  const std::string row = "0101,X,10時～17時－,https://x.com/kencho,\n";
  EXPECT_EQ(Plan(row, {Known(As::kLive, "0101", "10時〜17時−")}).unchanged_count, 1);
  EXPECT_EQ(Plan(row, {Known(As::kLive, "0101", "10時-17時−")}).unchanged_count, 0);
  EXPECT_EQ(Plan("0101,X,〜,https://x.com/a,\n0101,X,～,https://x.com/a,\n").unchanged_count, 1);
}

// A row of an export, with the state and the condition it says.
AccountImport PlanExported(const std::string& state, const std::string& condition,
                           const std::vector<KnownAccount>& known = {}) {
  auto records = ReadCsv(absl::StrCat(
      "所属,所属名,サービス,アカウント名,URL,出典,状態,状況,正規URL,開設日,公式一覧,"
      "公式一覧 確認日,所属のページ,所属のページ 確認日,認証,最終投稿\n0101,秘書課,x,県庁,"
      "https://x.com/kencho,,",
      state, ",", condition, ",https://x.com/kencho,2020-01-01,,,,,,\n"));
  return PlanAccountImport(ReadAccountFile(*std::move(records), Names(), Platforms()), known);
}

TEST(AccountImportTest, AddsNothingThatAnExportSaysIsNotOpenAndWell) {
  EXPECT_THAT(PlanExported("運用中 ACTIVE", "正常 NORMAL").created, SizeIs(1));
  EXPECT_THAT(PlanExported("", "").created, SizeIs(1));
  const auto problems = [](const std::string& state, const std::string& condition) {
    return Problems(PlanExported(state, condition).problems);
  };
  EXPECT_THAT(problems("廃止 CLOSED", ""), ElementsAre("2 状態 STATE_NOT_IMPORTED"));
  EXPECT_THAT(problems("PREPARING", ""), ElementsAre("2 状態 STATE_NOT_IMPORTED"));
  EXPECT_THAT(problems("", "乗っ取り COMPROMISED"), ElementsAre("2 状況 STATE_NOT_IMPORTED"));
  EXPECT_THAT(problems("休止", "変"), ElementsAre("2 状態 UNKNOWN_STATE 運用中 ACTIVE",
                                                  "2 状況 UNKNOWN_STATE 正常 NORMAL"));
}

TEST(AccountImportTest, ChangesNothingThatAnExportSaysAsTheLedgerDoes) {
  using As = KnownAccount::As;
  const KnownAccount live = Known(As::kLive, "0101", "県庁");
  const KnownAccount closed = Known(As::kTombstone, "0101", "県庁");
  EXPECT_EQ(
      PlanExported("廃止手続中 CLOSING", "凍結 SUSPENDED_BY_PLATFORM", {live}).unchanged_count, 1);
  EXPECT_EQ(PlanExported("廃止 CLOSED", "", {closed, live}).unchanged_count, 1);
  EXPECT_EQ(PlanExported("統合 MERGED", "", {closed}).unchanged_count, 1);
  EXPECT_THAT(Problems(PlanExported("廃止 CLOSED", "", {live}).problems),
              ElementsAre("2 状態 STATE_NOT_IMPORTED"));
}

TEST(AccountImportTest, MakesActiveAccountsThatAreNotListed) {
  const AccountImport plan = Plan("0101,X,県庁,https://x.com/kencho,県の一覧\n");
  const Account account = NewAccount(plan.created.front(), "id", kNow);
  EXPECT_EQ(account.state, AccountState::kActive);
  EXPECT_EQ(account.origin, (Origin{.kind = OriginKind::kImport, .source = "県の一覧"}));
  EXPECT_EQ(account.listing, Listing());
  EXPECT_EQ(account.revision, 1);
}

TEST(SampleTest, ImportsWithoutAProblem) {
  const DepartmentImport departments =
      PlanDepartmentImport(*ReadCsv(ReadAll("deploy/sample/departments.csv")), {}, {}, kNow);
  EXPECT_THAT(Problems(departments.problems), IsEmpty());
  DepartmentNames names;
  for (const Department& department : departments.created) {
    names.Add(department.code, department.display_name);
  }

  const AccountImport accounts = PlanAccountImport(
      ReadAccountFile(*ReadCsv(ReadAll("deploy/sample/accounts.csv")), names, Platforms()), {});
  EXPECT_THAT(Problems(accounts.problems), IsEmpty());
  EXPECT_EQ(accounts.row_count, static_cast<int>(accounts.created.size()));
}

}  // namespace
}  // namespace daicho::registry::domain
