// The registry's services on a real server and database, for tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/testing/server.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "daicho/registry/v1/fact_service.grpc.pb.h"
#include "daicho/registry/v1/incident_service.grpc.pb.h"
#include "daicho/registry/v1/warning_service.grpc.pb.h"
#include "services/registry/account_service.h"
#include "services/registry/department_service.h"
#include "services/registry/fact_service.h"
#include "services/registry/incident_service.h"
#include "services/registry/open_advice_service.h"
#include "services/registry/platforms.h"
#include "services/registry/public_list_service.h"
#include "services/registry/schema.h"
#include "services/registry/snapshot_service.h"
#include "services/registry/warning_service.h"
#include "tests/support/database.h"

namespace daicho::registry {

// 2026-11-22 08:30 in Tokyo.
inline const absl::Time kNow = absl::FromUnixSeconds(1'795'303'800);

inline constexpr char kDepartments[] =
    "code,name,kind,parent,via\n"
    "0101,秘書課,PREFECTURAL_OFFICE,,\n"
    "0201,防災対策課,PREFECTURAL_OFFICE,,\n"
    "5001,教育政策課,EDUCATION_BOARD,,\n"
    "5002,生涯学習課,EDUCATION_BOARD,5001,5001\n";

using daicho::ReasonOf;
inline std::string ReasonOf(const grpc::Status& status) {
  return daicho::ReasonOf(rpc::FromGrpc(status));
}

inline std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Who calls.
struct Person {
  std::string subject;
  std::vector<std::string> roles;
  std::string department;
};
inline const Person kAdmin{"yamamoto", {"ADMIN"}, ""};
inline const Person kPrOffice{"sasaki", {"PR_OFFICE"}, "0101"};
inline const Person kItSecurity{"honda", {"IT_SECURITY"}, "0201"};
inline const Person kHead{"ogawa", {"DEPARTMENT_HEAD"}, "5002"};
inline const Person kStaff{"hirose", {"DEPARTMENT_STAFF"}, "5002"};
inline const Person kForeign{"kimura", {"DEPARTMENT_STAFF"}, "0201"};

class ServiceTest : public ::testing::Test {
 protected:
  using Accounts = v1::AccountService::Stub;
  using Departments = v1::DepartmentService::Stub;
  using Warnings = v1::WarningService::Stub;
  using Facts = v1::FactService::Stub;
  using Incidents = v1::IncidentService::Stub;

  // Calls `method` as `person`.
  template <typename Stub, typename Request, typename Response>
  grpc::Status CallAs(const Person& person,
                      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                      const Request& request, Response* response) {
    grpc::ClientContext context;
    server_.SignIn(context, person.subject, person.roles, person.department);
    return (Stub(channel_).*method)(&context, request, response);
  }

  // Calls `method` as the approval service.
  grpc::Status Apply(const v1::ApplyFormRequest& request, v1::ApplyFormResponse* response) {
    grpc::ClientContext context;
    return Accounts(approval_).ApplyForm(&context, request, response);
  }

  // The response of a call that must succeed.
  template <typename Stub, typename Request, typename Response>
  Response Must(const Person& person,
                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request) {
    Response response;
    const grpc::Status status = CallAs(person, method, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::string NewId() { return NewUuid(clock_.Now()); }

  void ImportDepartments(const std::string& csv) {
    v1::ImportDepartmentsRequest request;
    request.set_content(csv);
    request.set_request_id(NewId());
    Must(kAdmin, &Departments::ImportDepartments, request);
  }

  v1::Account Get(const std::string& name, const Person& person = kPrOffice) {
    v1::GetAccountRequest request;
    request.set_name(name);
    return Must(person, &Accounts::GetAccount, request);
  }

  // Accounts on X of the department, by their handles; ACTIVE. Their names, in that order.
  std::vector<std::string> ImportAccounts(const std::string& department,
                                          const std::vector<std::string>& handles,
                                          const std::string& platform = "X",
                                          const std::string& site = "https://x.com/") {
    v1::ImportAccountsRequest request;
    request.set_request_id(NewId());
    std::string csv = "department,service,account_name,url,source\n";
    for (const std::string& handle : handles) {
      absl::StrAppend(&csv, department, ",", platform, ",", handle, ",", site, handle, ",list\n");
    }
    request.set_content(csv);
    Must(kPrOffice, &Accounts::ImportAccounts, request);
    std::vector<std::string> names;
    for (const std::string& handle : handles) {
      names.push_back(absl::StrCat(
          "accounts/", database_.Value(absl::StrCat("SELECT id FROM accounts WHERE fields ->> "
                                                    "'display_name' = '",
                                                    handle, "'"))));
    }
    return names;
  }

  // How many events of `type` wait for the audit log.
  int EventCount(const std::string& type) {
    return std::stoi(database_.Value(absl::StrCat("SELECT count(*) FROM outbox WHERE position('",
                                                  type, "'::bytea IN payload) > 0")));
  }

  testing::Database database_{Schema()};
  testing::FixedClock clock_{kNow};
  testing::Server server_{
      {.service = "registry",
       .grpc_services = {"daicho.registry.v1.AccountService",
                         "daicho.registry.v1.DepartmentService", "daicho.registry.v1.FactService",
                         "daicho.registry.v1.IncidentService",
                         "daicho.registry.v1.OpenAdviceService",
                         "daicho.registry.v1.PublicListService",
                         "daicho.registry.v1.SnapshotService", "daicho.registry.v1.WarningService"},
       .pool = &database_.pool(),
       .clock = &clock_,
       .services = {"approval", "publisher", "collector", "policy"},
       .build = [](const rpc::Env& env) {
         const auto platforms = std::make_shared<const domain::PlatformTable>(
             *wire::LoadPlatforms("services/registry/platforms"));
         std::vector<std::unique_ptr<grpc::Service>> services;
         services.push_back(std::make_unique<AccountServiceImpl>(env, platforms));
         services.push_back(std::make_unique<DepartmentServiceImpl>(env));
         services.push_back(std::make_unique<WarningServiceImpl>(env, platforms));
         services.push_back(std::make_unique<FactServiceImpl>(env, platforms));
         services.push_back(std::make_unique<IncidentServiceImpl>(env));
         services.push_back(std::make_unique<OpenAdviceServiceImpl>(env));
         services.push_back(std::make_unique<SnapshotServiceImpl>(env));
         services.push_back(std::make_unique<PublicListServiceImpl>(
             env, platforms, domain::Organization{"青森県", "020001"}));
         return services;
       }}};
  const std::shared_ptr<grpc::Channel> channel_ = server_.ChannelOf();
  const std::shared_ptr<grpc::Channel> approval_ = server_.ChannelOf("approval");
};

}  // namespace daicho::registry
