// The same ledger from every format that offices send.
#include <gmock/gmock.h>

#include <set>

#include "common/base/csv.h"
#include "common/rpc/testing/status.h"
#include "common/sheet/table.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using daicho::testing::BadFields;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

enum class Format { kUtf8, kUtf8WithMark, kCp932, kXlsx };
constexpr Format kAllFormats[] = {Format::kUtf8, Format::kUtf8WithMark, Format::kCp932,
                                  Format::kXlsx};

sheet::Table TableOf(const std::string& csv) {
  sheet::Table table{.name = "table"};
  const std::vector<CsvRecord> records = *ReadCsv(csv);
  for (const CsvRecord& record : records) {
    if (!table.columns.empty()) {
      table.rows.push_back(record.cells);
      continue;
    }
    for (const std::string& cell : record.cells) table.columns.push_back({cell, cell});
  }
  return table;
}

// `table` without the rows that CP932 cannot write.
sheet::Table WithoutLosses(sheet::Table table) {
  const auto csv = sheet::WriteCsvCp932(table);
  std::set<int> lost;
  for (const sheet::CellLoss& loss : csv->losses) lost.insert(loss.cell.row);
  sheet::Table kept = table;
  kept.rows.clear();
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (lost.count(static_cast<int>(i) + 2) == 0) kept.rows.push_back(table.rows[i]);
  }
  return kept;
}

std::string Written(const sheet::Table& table, Format format) {
  switch (format) {
    case Format::kUtf8:
      return sheet::WriteCsvUtf8(table).substr(3);
    case Format::kUtf8WithMark:
      return sheet::WriteCsvUtf8(table);
    case Format::kCp932:
      return sheet::WriteCsvCp932(table)->bytes;
    case Format::kXlsx:
      return *sheet::WriteXlsx(table, kNow);
  }
  return "";
}

class ImportFormatTest : public ServiceTest {
 protected:
  v1::ImportAccountsRequest AccountsOf(std::string content) {
    v1::ImportAccountsRequest request;
    request.set_content(std::move(content));
    request.set_request_id(NewId());
    return request;
  }

  v1::ImportAccountsResponse Import(std::string content) {
    return Must(kPrOffice, &Accounts::ImportAccounts, AccountsOf(std::move(content)));
  }

  v1::ImportDepartmentsResponse ImportDepartmentFile(std::string content) {
    v1::ImportDepartmentsRequest request;
    request.set_content(std::move(content));
    request.set_request_id(NewId());
    return Must(kAdmin, &Departments::ImportDepartments, request);
  }

  // Everything that was imported, but for ids and times.
  std::string Ledger() {
    return database_.Value(
               "SELECT string_agg(concat_ws('|', key, canonical_url, department, platform, state, "
               "origin_source, fields::text), E'\\n' ORDER BY key) FROM accounts") +
           database_.Value(
               "SELECT string_agg(concat_ws('|', code, display_name, kana, kind, parent_code, "
               "via_code, "
               "page_url, contact_desk, local_government_code), E'\\n' ORDER BY code) "
               "FROM departments");
  }
};

class SameLedgerTest : public ImportFormatTest, public ::testing::WithParamInterface<Format> {};

TEST_P(SameLedgerTest, IsMadeOfEveryFormatAndNoneChangesItAgain) {
  const sheet::Table departments =
      WithoutLosses(TableOf(ReadWholeFile("deploy/sample/departments.csv")));
  const sheet::Table accounts = WithoutLosses(TableOf(ReadWholeFile("deploy/sample/accounts.csv")));
  ASSERT_GT(accounts.rows.size(), 400u);

  const auto created = ImportDepartmentFile(Written(departments, GetParam()));
  EXPECT_EQ(created.created_count(), static_cast<int>(departments.rows.size()));
  const auto first = Import(Written(accounts, GetParam()));
  EXPECT_EQ(first.created_count(), static_cast<int>(accounts.rows.size()));
  static const auto* const expected = new std::string(Ledger());
  EXPECT_EQ(Ledger(), *expected);

  const std::string sequence = database_.Value("SELECT value FROM ledger_sequence");
  for (const Format format : kAllFormats) {
    const auto again = Import(Written(accounts, format));
    EXPECT_EQ(again.unchanged_count(), again.row_count());
    const auto departments_again = ImportDepartmentFile(Written(departments, format));
    EXPECT_EQ(departments_again.unchanged_count(), departments_again.row_count());
  }
  EXPECT_EQ(database_.Value("SELECT value FROM ledger_sequence"), sequence);
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, SameLedgerTest, ::testing::ValuesIn(kAllFormats));

sheet::Table AccountRows(std::vector<std::vector<std::string>> rows) {
  return {"accounts",
          {{"所属", "department"},
           {"サービス", "service"},
           {"アカウント名", "account_name"},
           {"URL", "url"}},
          std::move(rows)};
}

TEST_F(ImportFormatTest, NamesTheCellOfAProblemInAWorkbookAlone) {
  ImportDepartments(kDepartments);
  const sheet::Table table = AccountRows({{"0101", "X", "県庁", "https://x.com/kencho"},
                                          {"生涯学習", "X", "学習", "https://x.com/gakushu"}});
  for (const Format format : kAllFormats) {
    auto request = AccountsOf(Written(table, format));
    request.set_validate_only(true);
    const auto answer = Must(kPrOffice, &Accounts::ImportAccounts, request);
    ASSERT_THAT(answer.problems(), SizeIs(1));
    EXPECT_EQ(answer.problems(0).line(), 3);
    EXPECT_EQ(answer.problems(0).column(), "所属");
    EXPECT_EQ(answer.problems(0).suggestion(), "生涯学習課");
    EXPECT_EQ(answer.problems(0).cell(), format == Format::kXlsx ? "A3" : "");
  }
}

TEST_F(ImportFormatTest, ListsConflictsBetweenDepartmentsApartAndStoresNothing) {
  ImportDepartments(kDepartments);
  Import(Written(AccountRows({{"0201", "X", "防災", "https://x.com/bosai"}}), Format::kUtf8));
  const sheet::Table table = AccountRows({{"0101", "X", "防災だより", "https://x.com/bosai"},
                                          {"0101", "X", "県庁", "https://x.com/kencho"},
                                          {"0201", "X", "県庁", "https://x.com/kencho"},
                                          {"0101", "X", "他", "https://x.com/hoka"}});
  auto request = AccountsOf(Written(table, Format::kXlsx));
  request.set_validate_only(true);
  const auto answer = Must(kPrOffice, &Accounts::ImportAccounts, request);
  EXPECT_THAT(answer.problems(), IsEmpty());
  ASSERT_THAT(answer.conflicts(), SizeIs(2));
  const v1::ImportConflict& taken = answer.conflicts(0);
  EXPECT_EQ(taken.reason(), "ACCOUNT_TAKEN");
  EXPECT_EQ(taken.canonical_url(), "https://x.com/bosai");
  ASSERT_THAT(taken.claims(), SizeIs(2));
  EXPECT_EQ(taken.claims(0).department(), "departments/0101");
  EXPECT_EQ(taken.claims(0).line(), 2);
  EXPECT_EQ(taken.claims(0).cell(), "A2");
  EXPECT_EQ(taken.claims(1).department(), "departments/0201");
  EXPECT_EQ(taken.claims(1).department_display_name(), "防災対策課");
  EXPECT_EQ(taken.claims(1).line(), 0);
  EXPECT_EQ(taken.claims(1).cell(), "");
  EXPECT_EQ(Get(taken.claims(1).account()).fields().display_name(), "防災");
  const v1::ImportConflict& twice = answer.conflicts(1);
  EXPECT_EQ(twice.reason(), "CLAIMED_TWICE");
  ASSERT_THAT(twice.claims(), SizeIs(2));
  EXPECT_EQ(twice.claims(0).cell(), "A3");
  EXPECT_EQ(twice.claims(1).cell(), "A4");

  v1::ImportAccountsResponse response;
  const grpc::Status status = CallAs(kPrOffice, &Accounts::ImportAccounts,
                                     AccountsOf(Written(table, Format::kXlsx)), &response);
  EXPECT_EQ(ReasonOf(status), "IMPORT_HAS_PROBLEMS");
  EXPECT_THAT(BadFields(status), ElementsAre("rows[2].department", "rows[3].department"));
  EXPECT_EQ(database_.Value("SELECT count(*) FROM accounts"), "1");
}

TEST_F(ImportFormatTest, RefusesWhatNoFormatCanRead) {
  ImportDepartments(kDepartments);
  for (const std::string& content :
       {std::string("PK\3\4broken"), std::string("\xD0\xCF\x11\xE0old"),
        std::string("department,service,account_name,url\n0101,X,\xFF,https://x.com/a\n")}) {
    v1::ImportAccountsResponse response;
    const grpc::Status status =
        CallAs(kPrOffice, &Accounts::ImportAccounts, AccountsOf(content), &response);
    EXPECT_EQ(ReasonOf(status), "UNREADABLE_FILE");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
}

}  // namespace
}  // namespace daicho::registry
