#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <thread>

#include "common/rpc/testing/status.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using daicho::testing::BadFields;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kHeader[] = "department,service,account_name,url,source\n";

class ImportServiceTest : public ServiceTest {
 protected:
  v1::ImportAccountsRequest AccountsOf(const std::string& rows) {
    v1::ImportAccountsRequest request;
    request.set_content(absl::StrCat(kHeader, rows));
    request.set_request_id(NewId());
    return request;
  }

  v1::ImportDepartmentsRequest DepartmentsOf(const std::string& csv) {
    v1::ImportDepartmentsRequest request;
    request.set_content(csv);
    request.set_request_id(NewId());
    return request;
  }

  v1::ImportAccountsResponse Import(const v1::ImportAccountsRequest& request) {
    return Must(kPrOffice, &Accounts::ImportAccounts, request);
  }

  std::string Value(const std::string& sql) { return database_.Value(sql); }
};

TEST_F(ImportServiceTest, TakesTheSampleOverOnceHoweverOftenItIsImported) {
  const auto departments = DepartmentsOf(ReadWholeFile("deploy/sample/departments.csv"));
  const auto accounts = ReadWholeFile("deploy/sample/accounts.csv");
  const auto created = Must(kAdmin, &Departments::ImportDepartments, departments);
  EXPECT_EQ(created.created_count(), created.row_count());
  v1::ImportAccountsRequest request;
  request.set_content(accounts);
  request.set_request_id(NewId());
  const auto first = Import(request);
  EXPECT_EQ(first.created_count(), first.row_count());
  EXPECT_GT(first.created_count(), 500);

  request.set_request_id(NewId());
  const std::string sequence = Value("SELECT value FROM ledger_sequence");
  const auto second = Import(request);
  EXPECT_EQ(second.created_count(), 0);
  EXPECT_EQ(second.unchanged_count(), second.row_count());
  const auto again = Must(kAdmin, &Departments::ImportDepartments,
                          DepartmentsOf(ReadWholeFile("deploy/sample/departments.csv")));
  EXPECT_EQ(again.unchanged_count(), again.row_count());
  EXPECT_EQ(Value("SELECT value FROM ledger_sequence"), sequence);
  EXPECT_EQ(Value("SELECT count(*) FROM accounts"), absl::StrCat(first.row_count()));
  EXPECT_EQ(Value("SELECT count(*) FROM account_revisions"), absl::StrCat(first.row_count()));
}

TEST_F(ImportServiceTest, StoresAccountsAsTheFileHasThem) {
  ImportDepartments(kDepartments);
  Import(AccountsOf("秘書課,X,県庁,https://twitter.com/Kencho,県の一覧\n"));

  v1::ListAccountsRequest list;
  const auto response = Must(kPrOffice, &Accounts::ListAccounts, list);
  ASSERT_THAT(response.accounts(), SizeIs(1));
  const v1::Account& account = response.accounts(0);
  EXPECT_EQ(account.department(), "departments/0101");
  EXPECT_EQ(account.state(), v1::Account::STATE_ACTIVE);
  EXPECT_EQ(account.canonical_url(), "https://x.com/kencho");
  EXPECT_EQ(account.fields().url(), "https://twitter.com/Kencho");
  EXPECT_EQ(account.fields().display_name(), "県庁");
  EXPECT_EQ(account.origin().kind(), v1::Origin::KIND_IMPORT);
  EXPECT_EQ(account.origin().source(), "県の一覧");
  EXPECT_FALSE(account.has_listing());
  EXPECT_EQ(EventCount("account.imported"), 1);
}

TEST_F(ImportServiceTest, StoresAllRowsOrNone) {
  ImportDepartments(kDepartments);
  v1::ImportAccountsResponse response;
  const grpc::Status status = CallAs(kPrOffice, &Accounts::ImportAccounts,
                                     AccountsOf("0101,X,県庁,https://x.com/kencho,\n"
                                                "生涯学習,X,学習,https://x.com/gakushu,\n"),
                                     &response);
  EXPECT_EQ(ReasonOf(status), "IMPORT_HAS_PROBLEMS");
  EXPECT_THAT(BadFields(status), ElementsAre("rows[3].department"));
  EXPECT_EQ(Value("SELECT count(*) FROM accounts"), "0");
  EXPECT_EQ(EventCount("account.imported"), 0);
}

TEST_F(ImportServiceTest, SaysHowManyMoreProblemsThereAreThanAnErrorCanHold) {
  ImportDepartments(kDepartments);
  std::string rows;
  for (int i = 0; i < 500; ++i) absl::StrAppend(&rows, "9999,X,県庁,https://x.com/k", i, ",\n");
  v1::ImportAccountsResponse response;
  const grpc::Status status =
      CallAs(kPrOffice, &Accounts::ImportAccounts, AccountsOf(rows), &response);
  EXPECT_EQ(ReasonOf(status), "IMPORT_HAS_PROBLEMS");
  EXPECT_THAT(BadFields(status), SizeIs(11));
}

TEST_F(ImportServiceTest, ListsTheProblemsOfADryRunAndStoresNothing) {
  ImportDepartments(kDepartments);
  v1::ImportAccountsRequest request = AccountsOf(
      "0101,X,県庁,https://x.com/kencho,\n"
      "生涯学習,X,学習,https://x.com/gakushu,\n");
  request.set_validate_only(true);
  const auto response = Import(request);
  ASSERT_THAT(response.problems(), SizeIs(1));
  EXPECT_EQ(response.problems(0).line(), 3);
  EXPECT_EQ(response.problems(0).column(), "department");
  EXPECT_EQ(response.problems(0).reason(), "DEPARTMENT_NOT_FOUND");
  EXPECT_EQ(response.problems(0).suggestion(), "生涯学習課");
  EXPECT_EQ(response.created_count(), 1);
  EXPECT_EQ(Value("SELECT count(*) FROM accounts"), "0");

  v1::ImportAccountsRequest clean = AccountsOf("0101,X,県庁,https://x.com/kencho,\n");
  clean.set_validate_only(true);
  EXPECT_EQ(Import(clean).created_count(), 1);
  EXPECT_EQ(Value("SELECT count(*) FROM accounts"), "0");
}

TEST_F(ImportServiceTest, RefusesAFileItCannotRead) {
  v1::ImportAccountsResponse response;
  const grpc::Status status =
      CallAs(kPrOffice, &Accounts::ImportAccounts,
             AccountsOf("0101,X,\x8F\x8A\xFF,https://x.com/a,\n"), &response);
  EXPECT_EQ(ReasonOf(status), "UNREADABLE_FILE");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ImportServiceTest, StoresEachAccountOnceThoughTwoImportAtOnce) {
  ImportDepartments(kDepartments);
  std::string rows;
  for (int i = 0; i < 200; ++i) absl::StrAppend(&rows, "0101,X,県庁,https://x.com/k", i, ",\n");
  std::vector<v1::ImportAccountsRequest> requests;
  for (int i = 0; i < 4; ++i) requests.push_back(AccountsOf(rows));
  std::vector<v1::ImportAccountsResponse> responses(requests.size());
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    callers.emplace_back([&, i] { responses[i] = Import(requests[i]); });
  }
  for (std::thread& caller : callers) caller.join();

  int created = 0;
  for (const auto& response : responses) {
    created += response.created_count();
    EXPECT_EQ(response.created_count() + response.unchanged_count(), 200);
  }
  EXPECT_EQ(created, 200);
  EXPECT_EQ(Value("SELECT count(*) FROM accounts"), "200");
}

TEST_F(ImportServiceTest, TakesTenThousandRowsInOneCall) {
  ImportDepartments(kDepartments);
  std::string rows;
  for (int i = 0; i < 10'000; ++i)
    absl::StrAppend(&rows, "秘書課,X,県庁,https://x.com/k", i, ",\n");
  EXPECT_EQ(Import(AccountsOf(rows)).created_count(), 10'000);
  EXPECT_EQ(Import(AccountsOf(rows)).unchanged_count(), 10'000);
  EXPECT_EQ(Value("SELECT max(change_sequence) = (SELECT value FROM ledger_sequence) "
                  "FROM accounts"),
            "t");
}

TEST_F(ImportServiceTest, BringsDepartmentsUpToDateAndKeepsWhatTheyWere) {
  ImportDepartments(kDepartments);
  const auto response = Must(kAdmin, &Departments::ImportDepartments,
                             DepartmentsOf("コード,所属名,種別,窓口\n"
                                           "5002,学びの課,教育委員会事務局,学びの課 講座担当\n"
                                           "0101,秘書課,知事部局,\n"
                                           "0301,観光誘客課,知事部局,\n"));
  EXPECT_EQ(response.created_count(), 1);
  EXPECT_EQ(response.updated_count(), 1);
  EXPECT_EQ(response.unchanged_count(), 1);

  v1::GetDepartmentRequest get;
  get.set_name("departments/5002");
  const auto department = Must(kStaff, &Departments::GetDepartment, get);
  EXPECT_EQ(department.display_name(), "学びの課");
  EXPECT_EQ(department.contact_desk(), "学びの課 講座担当");
  EXPECT_EQ(department.via_department(), "departments/5001") << "a column left out keeps its value";
  EXPECT_EQ(department.etag(), "\"2\"");
  EXPECT_EQ(Value("SELECT display_name FROM department_revisions "
                  "WHERE code = '5002' AND revision = 1"),
            "生涯学習課");
  EXPECT_EQ(EventCount("department.imported"), 2);
}

TEST_F(ImportServiceTest, ListsDepartmentsByCodePartNameAndParent) {
  ImportDepartments(kDepartments);
  v1::ListDepartmentsRequest request;
  const auto names = [&] {
    std::vector<std::string> found;
    request.clear_page_token();
    do {
      const auto page = Must(kStaff, &Departments::ListDepartments, request);
      for (const auto& department : page.departments()) found.push_back(department.name());
      request.set_page_token(page.next_page_token());
      EXPECT_GE(page.total_size(), static_cast<int>(found.size()));
    } while (!request.page_token().empty());
    return found;
  };
  request.set_page_size(2);
  EXPECT_THAT(names(), ElementsAre("departments/0101", "departments/0201", "departments/5001",
                                   "departments/5002"));
  request.set_parent("departments/5001");
  EXPECT_THAT(names(), ElementsAre("departments/5002"));
  request.clear_parent();
  request.set_display_name_contains("策課");
  EXPECT_THAT(names(), ElementsAre("departments/0201", "departments/5001"));
  request.set_display_name_contains("%");
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(ImportServiceTest, SaysThatADepartmentIsUnknown) {
  v1::GetDepartmentRequest get;
  get.set_name("departments/9999");
  v1::Department department;
  EXPECT_EQ(ReasonOf(CallAs(kStaff, &Departments::GetDepartment, get, &department)),
            "DEPARTMENT_NOT_FOUND");
}

TEST_F(ImportServiceTest, LetsOnlyThoseInChargeImport) {
  v1::ImportAccountsResponse accounts;
  v1::ImportDepartmentsResponse departments;
  EXPECT_EQ(ReasonOf(CallAs(kAdmin, &Accounts::ImportAccounts,
                            AccountsOf("0101,X,県庁,https://x.com/kencho,\n"), &accounts)),
            "ROLE_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(CallAs(kPrOffice, &Departments::ImportDepartments, DepartmentsOf(kDepartments),
                            &departments)),
            "ROLE_NOT_ALLOWED");
}

}  // namespace
}  // namespace daicho::registry
