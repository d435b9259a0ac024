// A small organisation in a running suite, and the steps of a form as people take them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"
#include "daicho/approval/v1/advice_service.grpc.pb.h"
#include "daicho/approval/v1/attachment_service.grpc.pb.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "daicho/audit/v1/audit_service.grpc.pb.h"
#include "daicho/policy/v1/policy_service.grpc.pb.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "daicho/registry/v1/fact_service.grpc.pb.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"
#include "daicho/registry/v1/public_list_service.grpc.pb.h"
#include "daicho/registry/v1/warning_service.grpc.pb.h"
#include "tests/e2e/suite.h"

namespace daicho::testing {

class World {
 public:
  static constexpr char kPrOffice[] = "0101";      // 秘書課
  static constexpr char kPolicyOffice[] = "5001";  // 教育政策課, via department
  static constexpr char kSection[] = "5002";       // A section of the education board
  static constexpr char kOtherSection[] = "0201";  // A section of the prefectural office

  // Starts a suite with its departments.
  explicit World(Suite::Options options);

  // One world for all tests of a program that do no harm to it.
  static World& Get();

  Suite& suite() { return suite_; }

  // Names of one account, one draft and one warning of kSection: {"accounts": "accounts/…"},
  // "departments", "forms", "warnings"; of a file on the draft: "attachments"; of a grant for the
  // account and of advice about it: "grants", "advices"; of a reorganisation to come:
  // "reorganizations"; of an absence: "absences"; and of a finding about another account:
  // "findings". Made when first asked for.
  const std::map<std::string, std::string>& names();

  // Steps. Each takes the form's or account's current etag; a refusal comes back as its status.
  approval::v1::FormContent OpenContent(const std::string& handle) const;
  absl::StatusOr<approval::v1::Form> Draft(const approval::v1::FormContent& content,
                                           const std::string& request_id = NewUuid(absl::Now()));
  // Adds the sample's file, or gives the one that was added before.
  absl::StatusOr<approval::v1::AttachmentFile> Attach(const approval::v1::Form& form);
  // With the file that the form names.
  absl::StatusOr<approval::v1::Form> Submit(const approval::v1::Form& form,
                                            const std::string& request_id = NewUuid(absl::Now()));
  absl::StatusOr<approval::v1::Form> Agree(const approval::v1::Form& form, const Person& person,
                                           const std::string& request_id = NewUuid(absl::Now()));
  // Draft, submit, and agreement of head, via department and PR office.
  absl::StatusOr<approval::v1::Form> Agreed(const approval::v1::FormContent& content);
  // Waits until the ledger has taken or refused `form`.
  absl::StatusOr<approval::v1::Form> Applied(const approval::v1::Form& form);
  absl::StatusOr<approval::v1::Form> GetForm(const std::string& name);
  absl::StatusOr<registry::v1::Account> GetAccount(const std::string& name);
  absl::StatusOr<registry::v1::LookupAccountResponse> Lookup(const std::string& url);
  // Warns of `url` as posing as kSection.
  absl::StatusOr<registry::v1::ImpersonationWarning> Warn(const std::string& url);

  const Person staff{"staff", {"DEPARTMENT_STAFF"}, kSection};
  const Person head{"head", {"DEPARTMENT_HEAD"}, kSection};
  const Person via_head{"via-head", {"DEPARTMENT_HEAD"}, kPolicyOffice};
  const Person other_head{"other-head", {"DEPARTMENT_HEAD"}, kOtherSection};
  const Person pr_office{"pr", {"PR_OFFICE"}, kPrOffice};
  const Person auditor{"auditor", {"AUDITOR"}, ""};
  const Person admin{"admin", {"ADMIN"}, ""};

 private:
  // Name of a reorganisation that is scheduled for a day far ahead.
  std::string Scheduled();
  // Name of new advice about `account`.
  std::string AdviceAbout(const std::string& account);
  // Name of a new absence of somebody of kSection.
  std::string Absent();
  // Name of a finding about a new account of kSection that runs.
  std::string Found();
  // Name of a new grant to somebody.
  std::string GrantFor(const std::string& account);

  Suite suite_;
  std::map<std::string, std::string> names_;
};

// A handle nobody has used yet.
std::string FreshHandle();

}  // namespace daicho::testing
