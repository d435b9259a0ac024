// Every RPC × every role × own and other department, against one table.
#include <gmock/gmock.h>

#include <map>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/e2e/generic.h"
#include "tests/e2e/world.h"

namespace daicho::testing {
namespace {

// Who may call what. a: any department; o: the own department alone; l: a list that shows the own
// department alone; -: nobody. Columns: nobody signed in, staff, head, PR office, IT security,
// auditor, administrator; then the services that may. CreateForm is of an OPEN form:
// urgent closings are written by the PR office and IT security, too (T 5-9-4).
constexpr char kTable[] = R"(
daicho.audit.v1.AuditService.AppendEvents              - - - - - - -  approval,audit,policy,registry
daicho.audit.v1.AuditService.GetEntry                  - - - - - a -  .
daicho.audit.v1.AuditService.ListEntries               - - - - - a -  .
daicho.audit.v1.AuditService.GetTreeHead               - a a a a a a  .
daicho.audit.v1.AuditService.GetCheckpoint             - a a a a a a  .
daicho.audit.v1.AuditService.RedactPerson              - - - - - - a  .
daicho.audit.v1.AuditService.GetInclusionProof         - - - - - a -  .
daicho.audit.v1.AuditService.GetConsistencyProof       - - - - - a -  .
daicho.registry.v1.AccountService.GetAccount           - o o a a a -  approval,policy
daicho.registry.v1.AccountService.ListAccounts         - l l a a a -  policy
daicho.registry.v1.AccountService.ListAccountRevisions - o o a a a -  .
daicho.registry.v1.AccountService.LookupAccountAsOf    - a a a a a -  .
daicho.registry.v1.AccountService.ImportAccounts       - - - a - - -  .
daicho.registry.v1.AccountService.ApplyForm            - - - - - - -  approval
daicho.registry.v1.AccountService.ConfirmOpening       - o o a - - -  .
daicho.registry.v1.AccountService.RecordListing        - - - a - - -  .
daicho.registry.v1.AccountService.ConfirmClosing       - - - a - - -  .
daicho.registry.v1.AccountService.ReportCondition      - o o a a - -  .
daicho.registry.v1.AccountService.ListOverdueClosings  - - - a a a -  .
daicho.registry.v1.FactService.ReportActivity          - o o a - - -  collector
daicho.registry.v1.FactService.StreamActivity          - o o a - - -  collector
daicho.registry.v1.FactService.RecordVerification      - o o a - - -  .
daicho.registry.v1.FactService.CheckVerificationReadiness - o o a a a -  .
daicho.registry.v1.FactService.GetVerificationCoverage - l l a a a -  .
daicho.registry.v1.FactService.RecordProfile           - o o a - - -  .
daicho.registry.v1.FactService.AttestCustody           - o o a - - -  .
daicho.registry.v1.FactService.RecordWatch             - o o a a - -  .
daicho.registry.v1.FactService.GrantAccess             - - o a - - -  .
daicho.registry.v1.FactService.RevokeGrant             - - o a a - -  .
daicho.registry.v1.FactService.ListGrants              - l l a a a -  .
daicho.registry.v1.FactService.RecordGoalSample        - o o a - - -  .
daicho.registry.v1.FactService.ListGoalSamples         - o o a a a -  .
daicho.registry.v1.DepartmentService.GetDepartment     - a a a a a a  approval,policy
daicho.registry.v1.DepartmentService.ListDepartments   - a a a a a a  approval,policy
daicho.registry.v1.DepartmentService.ImportDepartments - - - - - - a  .
daicho.registry.v1.DepartmentService.ListDepartmentRevisions - a a a a a a  .
daicho.registry.v1.DepartmentService.ReorganizeDepartments   - - - a - - a  .
daicho.registry.v1.DepartmentService.GetReorganization       - a a a a a a  .
daicho.registry.v1.DepartmentService.ListReorganizations     - a a a a a a  .
daicho.registry.v1.DepartmentService.CancelReorganization    - - - a - - a  .
daicho.registry.v1.DepartmentService.SweepTransfers          - - - a - - a  .
daicho.registry.v1.OpenAdviceService.ReportOpenAdvice  - - - - - - -  approval
daicho.registry.v1.LookupService.LookupAccount         a a a a a a a  .
daicho.registry.v1.LookupService.BatchLookupAccounts   a a a a a a a  .
daicho.registry.v1.WarningService.CreateWarning        - - - a a - -  .
daicho.registry.v1.WarningService.UpdateWarning        - - - a a - -  .
daicho.registry.v1.WarningService.WithdrawWarning      - - - a a - -  .
daicho.registry.v1.WarningService.GetWarning           - - - a a a -  .
daicho.registry.v1.WarningService.ListWarnings         - a a a a a -  .
daicho.registry.v1.IncidentService.CreateIncident      - o o a a - -  .
daicho.registry.v1.IncidentService.GetIncident         - o o a a a -  .
daicho.registry.v1.IncidentService.ListIncidents       - l l a a a -  .
daicho.registry.v1.IncidentService.RecordDuty          - o o a a - -  .
daicho.registry.v1.IncidentService.AddIncidentNote     - o o a a - -  .
daicho.registry.v1.IncidentService.CloseIncident       - - o a a - -  .
daicho.registry.v1.IncidentService.ReopenIncident      - o o a a - -  .
daicho.registry.v1.IncidentService.WithdrawIncident    - o o a a - -  .
daicho.registry.v1.PublicListService.StreamPublicList  - - - a - a a  publisher
daicho.registry.v1.SnapshotService.StreamSnapshot      - - - - - - -  policy
daicho.policy.v1.FindingService.GetFinding              - o o a a a -  .
daicho.policy.v1.FindingService.ListFindings            - l l a a a -  .
daicho.policy.v1.FindingService.SummarizeFindings       - l l a a a -  .
daicho.policy.v1.FindingService.AcknowledgeFinding      - - - a - - -  .
daicho.policy.v1.PolicyService.GetGuideline            - a a a a a a  approval
daicho.policy.v1.PolicyService.CheckForm               - a a a - a -  approval
daicho.policy.v1.PolicyService.CheckAccount            - a a a a a -  .
daicho.policy.v1.InactivityService.CreateInactivityReport   - - - a - - -  reporter
daicho.policy.v1.InactivityService.PreviewInactivityReport  - - - a - a -  .
daicho.policy.v1.InactivityService.GetInactivityReport      - a a a a a -  reporter
daicho.policy.v1.InactivityService.ListInactivityReports    - a a a a a -  reporter
daicho.policy.v1.InactivityService.ListInactivityReportRows - l l a a a -  reporter
daicho.policy.v1.InactivityService.CompareInactivityReports - - - a a a -  reporter
daicho.policy.v1.InactivityService.GetPostingTable          - - - a a a -  reporter
daicho.policy.v1.InactivityService.AssessAccount            - - - a - a -  approval
daicho.policy.v1.InactivityService.GrantExemption           - - - a - - -  .
daicho.policy.v1.InactivityService.RevokeExemption          - - - a - - -  .
daicho.policy.v1.InactivityService.ListExemptions           - l l a a a -  .
daicho.approval.v1.FormService.DraftFromAccount        - o - a a - -  .
daicho.approval.v1.FormService.CreateForm              - o - - - - -  .
daicho.approval.v1.FormService.UpdateForm              - o - a a - -  .
daicho.approval.v1.FormService.GetForm                 - o o a a a -  .
daicho.approval.v1.FormService.ListForms               - l l a a a -  .
daicho.approval.v1.FormService.SubmitForm              - o o a a - -  .
daicho.approval.v1.FormService.DecideForm              - - o a - - -  .
daicho.approval.v1.FormService.WithdrawForm            - o o - - - -  .
daicho.approval.v1.FormService.ReviewFormAfterwards    - - o a - - -  .
daicho.approval.v1.FormService.PullBackForm            - o - - - - -  .
daicho.approval.v1.FormService.AdviseForm              - - - a - - -  .
daicho.approval.v1.FormService.AnswerForm              - o o - - - -  .
daicho.approval.v1.FormService.SettleConflict          - - - a - - -  .
daicho.approval.v1.FormService.ExpireForms             - - - a - - -  .
daicho.approval.v1.FormService.PreviewRoute            - o o a a - -  .
daicho.approval.v1.FormService.ListInbox               - l l l - - -  .
daicho.approval.v1.FormService.RecordAbsence           - o o - - - a  .
daicho.approval.v1.FormService.EndAbsence              - o o - - - a  .
daicho.approval.v1.FormService.ListAbsences            - l l a - a a  .
daicho.approval.v1.FormService.RerouteForms            - - - - - - -  registry
daicho.approval.v1.FormService.TransferPeople          - - - a - - a  .
daicho.approval.v1.AttachmentService.UploadAttachment  - o - - - - -  .
daicho.approval.v1.AttachmentService.DownloadAttachment - o o a a a -  .
daicho.approval.v1.AttachmentService.ListAttachments   - o o a a a -  .
daicho.approval.v1.AttachmentService.RemoveAttachment  - o - - - - -  .
daicho.approval.v1.DocumentService.RenderDocument      - o o a a a -  .
daicho.approval.v1.AdviceService.CreateAdvice          - - - a - - -  policy
daicho.approval.v1.AdviceService.AnswerAdvice          - o o - - - -  .
daicho.approval.v1.AdviceService.CloseAdvice           - - - a - - -  .
daicho.approval.v1.AdviceService.GetAdvice             - o o a a a -  .
daicho.approval.v1.AdviceService.ListAdvices           - l l a a a -  .
daicho.approval.v1.AdviceService.ListAdviceReminders   - - - a - a -  .
)";

// "PUBLIC", "DEPARTMENT_STAFF own", "service approval", …
using Callers = std::set<std::string>;

const std::vector<std::string>& Roles() {
  static const auto* const roles = new std::vector<std::string>{
      "PUBLIC", "DEPARTMENT_STAFF", "DEPARTMENT_HEAD", "PR_OFFICE", "IT_SECURITY", "AUDITOR",
      "ADMIN"};
  return *roles;
}

void Admit(const std::string& role, const std::string& reach, Callers* callers) {
  if (reach == "-") return;
  if (role == "PUBLIC") {
    callers->insert(role);
    return;
  }
  callers->insert(absl::StrCat(role, " own"));
  if (reach != "o") callers->insert(absl::StrCat(role, " other"));
}

std::map<std::string, Callers> Expected() {
  std::map<std::string, Callers> table;
  std::istringstream lines(kTable);
  std::string line;
  while (std::getline(lines, line)) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.empty()) continue;
    Callers& callers = table[words[0]];
    for (std::size_t i = 0; i < Roles().size(); ++i) Admit(Roles()[i], words[i + 1], &callers);
    for (absl::string_view service : absl::StrSplit(words.back(), ',')) {
      if (service != ".") callers.insert(absl::StrCat("service ", service));
    }
  }
  return table;
}

bool Admitted(const Answer& answer) {
  return answer.status.error_code() != grpc::StatusCode::PERMISSION_DENIED &&
         answer.status.error_code() != grpc::StatusCode::UNAUTHENTICATED;
}

// Who is admitted when everybody tries.
Callers Seen(World& world, const google::protobuf::MethodDescriptor& method) {
  Callers callers;
  const auto attempt = [&](const std::string& label, const Person* person,
                           const std::string& peer) {
    const auto request = PlausibleRequest(method, world.names());
    if (Admitted(CallMethod(world.suite(), method, *request, person, peer))) callers.insert(label);
  };
  attempt("PUBLIC", nullptr, "cli");
  for (const std::string& role : Roles()) {
    if (role == "PUBLIC") continue;
    const Person own{absl::StrCat("own-", role), {role}, World::kSection};
    const Person other{absl::StrCat("other-", role), {role}, World::kOtherSection};
    attempt(absl::StrCat(role, " own"), &own, "cli");
    attempt(absl::StrCat(role, " other"), &other, "cli");
  }
  for (const std::string& service : Suite::Services()) {
    attempt(absl::StrCat("service ", service), nullptr, service);
  }
  attempt("service publisher", nullptr, "publisher");
  attempt("service collector", nullptr, "collector");
  attempt("service reporter", nullptr, "reporter");
  attempt("stranger", nullptr, "stranger");
  return callers;
}

TEST(AccessTest, EveryRpcAdmitsWhoTheTableSaysAndNobodyElse) {
  World& world = World::Get();
  const std::map<std::string, Callers> expected = Expected();
  std::set<std::string> names;
  for (const auto* method : AllMethods(world.suite())) {
    names.insert(method->full_name());
    const auto row = expected.find(method->full_name());
    ASSERT_NE(row, expected.end()) << method->full_name() << " is not in the table";
    EXPECT_EQ(Seen(world, *method), row->second) << method->full_name();
  }
  EXPECT_EQ(names.size(), expected.size()) << "the table names an RPC that nobody serves";
}

TEST(AccessTest, ReflectionAnswersAdministratorsAlone) {
  World& world = World::Get();
  for (const std::string& role : Roles()) {
    const Person person{"somebody", {role}, World::kSection};
    const bool listed =
        !ListServices(world.suite(), "registry", role == "PUBLIC" ? nullptr : &person).empty();
    EXPECT_EQ(listed, role == "ADMIN") << role;
  }
}

}  // namespace
}  // namespace daicho::testing
