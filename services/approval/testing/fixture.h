// Approval as it runs, with people who call it and peers that answer it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/rpc/handle.h"
#include "common/rpc/testing/server.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "daicho/event/v1/event.pb.h"
#include "services/approval/peers.h"
#include "services/approval/testing/peer.h"
#include "tests/support/database.h"

namespace daicho::approval {

// Somebody with a token. `department` is a code.
struct Somebody {
  std::string subject;
  std::vector<std::string> roles;
  std::string department;
};

inline const Somebody kStaff = {"staff", {"DEPARTMENT_STAFF"}, "0802"};
inline const Somebody kHead = {"head", {"DEPARTMENT_HEAD"}, "0802"};
inline const Somebody kViaHead = {"via-head", {"DEPARTMENT_HEAD"}, "0801"};
inline const Somebody kDeputy = {"deputy", {"DEPARTMENT_HEAD"}, "0802"};
inline const Somebody kDeskHead = {"desk-head", {"DEPARTMENT_HEAD"}, "0104"};
inline const Somebody kSafetyHead = {"safety-head", {"DEPARTMENT_HEAD"}, "0102"};
inline const Somebody kPrOffice = {"pr", {"PR_OFFICE"}, "0101"};
inline const Somebody kForeignStaff = {"foreign", {"DEPARTMENT_STAFF"}, "0301"};
inline const Somebody kForeignHead = {"foreign-head", {"DEPARTMENT_HEAD"}, "0301"};
inline const Somebody kSecurity = {"security", {"IT_SECURITY"}, "0102"};
inline const Somebody kAdmin = {"admin", {"ADMIN"}, ""};
inline const Somebody kAuditor = {"auditor", {"AUDITOR"}, ""};

std::string NewId();

template <typename Answer>
std::string WhyNot(const absl::StatusOr<Answer>& answer) {
  return ReasonOf(answer.status());
}

// Paths of the fields an INVALID_FIELD names.
std::vector<std::string> BadFields(const absl::Status& status);

// Complete as the form's own law has it. An OPEN names a file, which Submit() adds.
v1::FormContent OpenContent();
// `account` is "accounts/…"; its etag is "\"3\"", as PutAccount() has it. Changes the purpose
// alone.
v1::FormContent ChangeContent(const std::string& account);
v1::FormContent CloseContent(const std::string& account);
v1::FormContent GrantContent(const std::string& account);
// A closing for security that suspends the account at once.
v1::FormContent UrgentContent(const std::string& account);

class ApprovalTest : public ::testing::Test {
 protected:
  ApprovalTest();

  // Sends any RPC of the form service.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Send(grpc::Status (v1::FormService::Stub::*method)(grpc::ClientContext*,
                                                                              const Request&,
                                                                              Response*),
                                const Somebody& who, const Request& request) {
    grpc::ClientContext context;
    server_.SignIn(context, who.subject, who.roles, who.department);
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }

  // Each with a new request_id.
  absl::StatusOr<v1::Form> Create(const Somebody& who, const v1::FormContent& content);
  absl::StatusOr<v1::Form> Update(const Somebody& who, const v1::Form& form,
                                  const v1::FormContent& content);
  // Adds the file that OpenContent() names, unless the form has it.
  void Attach(const Somebody& who, const v1::Form& form);
  // With that file.
  absl::StatusOr<v1::Form> Submit(const Somebody& who, const v1::Form& form);
  absl::StatusOr<v1::Form> Agree(const Somebody& who, const v1::Form& form,
                                 const std::string& comment = "");
  absl::StatusOr<v1::Form> Return(const Somebody& who, const v1::Form& form,
                                  const std::string& comment);
  absl::StatusOr<v1::Form> Withdraw(const Somebody& who, const v1::Form& form);
  absl::StatusOr<v1::Form> Get(const Somebody& who, const v1::Form& form);

  // Forms on their way; a failure ends the test program.
  v1::Form Drafted(const v1::FormContent& content = OpenContent());
  v1::Form Submitted(const v1::FormContent& content = OpenContent());
  v1::Form UnderReview(const v1::FormContent& content = OpenContent());
  v1::Form Agreed(const v1::FormContent& content = OpenContent());

  // Puts an account into the ledger: "accounts/…".
  std::string PutAccount(const std::string& purpose = "広報");

  // Events announced so far, oldest first.
  std::vector<event::v1::Event> Events();
  // Types of those that changed something, without readings and refusals.
  std::vector<std::string> EventTypes();

  testing::Database database_;
  testing::FixedClock clock_{
      absl::FromCivil(absl::CivilSecond(2026, 11, 22, 10, 0, 0), absl::FixedTimeZone(9 * 60 * 60))};
  testing::Ledger ledger_;
  testing::Directory directory_;
  testing::Guideline guideline_;
  testing::Silence silence_;
  testing::Peer registry_{{&ledger_, &directory_}};
  testing::Peer policy_{{&guideline_, &silence_}};
  std::shared_ptr<const Peers> peers_ =
      std::make_shared<const Peers>(registry_.channel(), policy_.channel());
  testing::Server server_;
  std::unique_ptr<v1::FormService::Stub> stub_;
};

}  // namespace daicho::approval
