// Between what is on the wire and what the domain speaks of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/refusal.h"
#include "daicho/approval/v1/form.pb.h"
#include "daicho/approval/v1/form_service.pb.h"
#include "daicho/policy/v1/finding.pb.h"
#include "daicho/registry/v1/account_service.pb.h"
#include "daicho/registry/v1/department_service.pb.h"
#include "services/approval/domain/finding.h"
#include "services/approval/domain/form.h"

namespace daicho::approval::wire {

// A form, and the revision of it the caller saw.
struct Target {
  std::string id;
  std::int64_t revision = 0;
};

struct UpdateCommand {
  Target target;
  domain::Draft draft;
};

enum class Decision { kAgree, kAgreeAsDeputy, kReturn, kReturnToStep, kReject };

struct DecideCommand {
  Target target;
  Decision decision = Decision::kAgree;
  std::string comment;
  int to_step = -1;           // kReturnToStep
  std::string deputy_reason;  // kAgreeAsDeputy
};

struct AdviseCommand {
  Target target;
  domain::FormAdvice advice;
  std::string comment;
};

struct ListCommand {
  std::string department;  // "departments/…"; empty means all.
  std::vector<domain::State> states;
  std::string account;  // "accounts/…"; empty means all.
  std::vector<domain::Action> actions;
};

// Of a name that is not written as `form` ("accounts/UUID").
Violation InvalidName(absl::string_view field, absl::string_view form);

// Whether `name` is "users/…".
bool IsUserName(absl::string_view name);

void SetPerson(const domain::Person& person, registry::v1::Person* out);

// "forms/UUID" → "UUID". Refuses with INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<std::string> ParseName(const std::string& name);

// Refuses with INVALID_ARGUMENT (INVALID_FIELD) naming `field` what is not "accounts/UUID".
absl::Status ParseAccountName(const std::string& name, const std::string& field);

// What the drafter wrote. A draft may be incomplete, but says what it asks for, and about which
// account as they saw it. Refuses with INVALID_ARGUMENT (INVALID_FIELD) naming, under "content.",
// every field that is not of its action or not in its form.
absl::StatusOr<domain::Draft> Parse(const v1::FormContent& content);

// Refuse like ParseName() and Parse(content), and with ABORTED (ETAG_MISMATCH).
absl::StatusOr<UpdateCommand> Parse(const v1::UpdateFormRequest& request);
absl::StatusOr<Target> Parse(const v1::SubmitFormRequest& request);
absl::StatusOr<DecideCommand> Parse(const v1::DecideFormRequest& request);
absl::StatusOr<Target> Parse(const v1::WithdrawFormRequest& request);
absl::StatusOr<ListCommand> Parse(const v1::ListFormsRequest& request);
absl::StatusOr<ListCommand> Parse(const v1::ListInboxRequest& request);
absl::StatusOr<Target> Parse(const v1::ReviewFormAfterwardsRequest& request);
absl::StatusOr<Target> Parse(const v1::PullBackFormRequest& request);
absl::StatusOr<Target> Parse(const v1::AnswerFormRequest& request);
absl::StatusOr<Target> Parse(const v1::SettleConflictRequest& request);
absl::StatusOr<AdviseCommand> Parse(const v1::AdviseFormRequest& request);

// An absence without id, recorder and time. `person` is "users/…". Refuses with INVALID_ARGUMENT
// (INVALID_FIELD).
absl::StatusOr<domain::Absence> Parse(const v1::RecordAbsenceRequest& request);
// "absences/UUID" → "UUID". Refuses with INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<std::string> Parse(const v1::EndAbsenceRequest& request);
// The department to list, "" for all. Refuses with INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<std::string> Parse(const v1::ListAbsencesRequest& request);

// Fails only as a fault: when what is stored is no form content.
absl::StatusOr<v1::Form> ToProto(const domain::Form& form);
v1::Absence ToProto(const domain::Absence& absence);
v1::PreviewRouteResponse ToProto(const std::vector<domain::Step>& steps);
absl::StatusOr<v1::FormContent> ContentOf(const domain::Form& form);

// What the ledger is asked to do for `form`. `request_id` is a UUID. Who agreed is set once all
// have.
absl::StatusOr<registry::v1::ApplyFormRequest> ToApplyRequest(const domain::Form& form,
                                                              const std::string& request_id);

// What the ledger is asked to do at once for an urgent closing that was just submitted.
registry::v1::ApplyFormRequest ToSuspendRequest(const domain::Form& form,
                                                const std::string& request_id);

// What the ledger says of an account, as domain::DifferencesOf() takes it.
Fields LedgerOf(const registry::v1::Account& account);

// What the ledger answered, recorded at `time`.
domain::Application ToApplication(const registry::v1::ApplyFormResponse& response, absl::Time time);

domain::Department FromProto(const registry::v1::Department& department);
domain::Finding FromProto(const policy::v1::Finding& finding);

}  // namespace daicho::approval::wire
