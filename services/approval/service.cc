#include "services/approval/service.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "services/approval/absence_store.h"
#include "services/approval/announce.h"
#include "services/approval/attachment_store.h"
#include "services/approval/domain/finding.h"
#include "services/approval/domain/form.h"
#include "services/approval/domain/requirement.h"
#include "services/approval/handling.h"
#include "services/approval/store.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kCreateForm{"daicho.approval.v1.FormService.CreateForm"};
constexpr rpc::Method kUpdateForm{"daicho.approval.v1.FormService.UpdateForm"};
constexpr rpc::Method kGetForm{"daicho.approval.v1.FormService.GetForm"};
constexpr rpc::Method kListForms{"daicho.approval.v1.FormService.ListForms"};
constexpr rpc::Method kSubmitForm{"daicho.approval.v1.FormService.SubmitForm"};
constexpr rpc::Method kPreviewRoute{"daicho.approval.v1.FormService.PreviewRoute"};
constexpr rpc::Method kDecideForm{"daicho.approval.v1.FormService.DecideForm"};
constexpr rpc::Method kWithdrawForm{"daicho.approval.v1.FormService.WithdrawForm"};

// Loads before peers are asked, in a transaction that ends before they are. What they answer is
// good for the revision in `target` alone, which the change asks for again.
template <typename Load>
absl::StatusOr<domain::Form> Read(pg::Pool& pool, const rpc::Call& call, Load load) {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, pool.Acquire(call.deadline()));
  pg::Transaction tx = lease->Begin(call.deadline());
  return load(tx);
}

domain::ActKind ActOf(wire::Decision decision) {
  switch (decision) {
    case wire::Decision::kAgree:
      return domain::ActKind::kAgreed;
    case wire::Decision::kAgreeAsDeputy:
      return domain::ActKind::kAgreedAsDeputy;
    case wire::Decision::kReturn:
      return domain::ActKind::kReturned;
    case wire::Decision::kReturnToStep:
      return domain::ActKind::kReturnedToStep;
    case wire::Decision::kReject:
      return domain::ActKind::kRejected;
  }
  return domain::ActKind::kAgreed;
}

// What is to be decided, and what the guideline says of it.
struct Decision {
  wire::DecideCommand command;
  std::vector<domain::Finding> findings;  // Of the last agreement.
};

absl::StatusOr<domain::Change> AgreeAsDeputy(pg::Transaction& tx, const domain::Form& form,
                                             const domain::Actor& actor, const Decision& decision,
                                             absl::Time now) {
  std::vector<std::string> departments;
  for (const int step : CurrentSteps(form)) {
    departments.push_back(form.steps[static_cast<std::size_t>(step)].department);
  }
  ASSIGN_OR_RETURN(const std::vector<domain::Absence> absences,
                   store::AbsencesInForce(tx, departments, TokyoDay(now)));
  return domain::AgreeAsDeputy(form, actor, absences, decision.command.deputy_reason,
                               decision.command.comment, now, decision.findings);
}

absl::StatusOr<domain::Change> Decide(pg::Transaction& tx, const domain::Form& form,
                                      const domain::Actor& actor, const Decision& decision,
                                      absl::Time now) {
  const wire::DecideCommand& command = decision.command;
  switch (command.decision) {
    case wire::Decision::kAgree:
      return Agree(form, actor, command.comment, now, decision.findings);
    case wire::Decision::kAgreeAsDeputy:
      return AgreeAsDeputy(tx, form, actor, decision, now);
    case wire::Decision::kReturn:
      return Return(form, actor, command.comment, now);
    case wire::Decision::kReturnToStep:
      return ReturnToStep(form, actor, command.to_step, command.comment, now);
    case wire::Decision::kReject:
      return Reject(form, actor, command.comment, now);
  }
  return absl::InternalError("unknown decision");
}

bool IsLastAgreement(const domain::Form& form, wire::Decision decision) {
  const bool agrees =
      decision == wire::Decision::kAgree || decision == wire::Decision::kAgreeAsDeputy;
  return agrees && form.state == domain::State::kUnderReview;
}

}  // namespace

FormServiceImpl::FormServiceImpl(rpc::Env env, std::shared_ptr<const Peers> peers, Options options)
    : env_(std::move(env)), peers_(std::move(peers)), options_(std::move(options)) {}

// Nothing here waits for an answer of the database before the commit: one round trip.
grpc::Status FormServiceImpl::CreateForm(grpc::ServerContext* context,
                                         const v1::CreateFormRequest* request, v1::Form* response) {
  return rpc::Write(
      env_, *context, kCreateForm, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Form> {
        RETURN_IF_ERROR(call.AdmitDepartment(request->department()));
        ASSIGN_OR_RETURN(domain::Draft draft, wire::Parse(request->content()));
        RETURN_IF_ERROR(domain::MayWrite(request->department(), draft, ActorOf(call.caller())));
        const domain::Change change =
            domain::Create(NewUuid(call.now()), request->department(), std::move(draft),
                           ActorOf(call.caller()), call.now());
        store::Insert(unit.tx(), change.after);
        RETURN_IF_ERROR(Announce(unit, change));
        return wire::ToProto(change.after);
      });
}

grpc::Status FormServiceImpl::UpdateForm(grpc::ServerContext* context,
                                         const v1::UpdateFormRequest* request, v1::Form* response) {
  return rpc::Write(
      env_, *context, kUpdateForm, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Form> {
        ASSIGN_OR_RETURN(wire::UpdateCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Form form, LoadOwn(unit.tx(), call, command.target));
        ASSIGN_OR_RETURN(domain::Change change, domain::Update(form, std::move(command.draft),
                                                               ActorOf(call.caller()), call.now()));
        RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
        return wire::ToProto(change.after);
      });
}

grpc::Status FormServiceImpl::GetForm(grpc::ServerContext* context,
                                      const v1::GetFormRequest* request, v1::Form* response) {
  return rpc::Read(env_, *context, kGetForm, *request, response,
                   [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::Form> {
                     ASSIGN_OR_RETURN(const std::string id, wire::ParseName(request->name()));
                     ASSIGN_OR_RETURN(const domain::Form form, LoadReadable(tx, call, id));
                     return wire::ToProto(form);
                   });
}

grpc::Status FormServiceImpl::ListForms(grpc::ServerContext* context,
                                        const v1::ListFormsRequest* request,
                                        v1::ListFormsResponse* response) {
  return rpc::Read(
      env_, *context, kListForms, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListFormsResponse> {
        store::Query query = {.reader = call.OnlyDepartment()};
        ASSIGN_OR_RETURN(wire::ListCommand command, wire::Parse(*request));
        if (!command.department.empty()) query.department = std::move(command.department);
        if (!command.account.empty()) query.account = std::move(command.account);
        query.states = std::move(command.states);
        ASSIGN_OR_RETURN(query.limit, rpc::PageSize(request->page_size()));
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListForms.name, call.caller().subject, *request));
        if (!position.empty()) query.before = position.front();

        ASSIGN_OR_RETURN(const store::Page page, store::List(tx, query));
        v1::ListFormsResponse answer;
        for (const domain::Form& form : page.forms) {
          ASSIGN_OR_RETURN(*answer.add_forms(), wire::ToProto(form));
        }
        if (page.has_more) {
          answer.set_next_page_token(env_.page_tokens->Make(kListForms.name, call.caller().subject,
                                                            *request, {page.forms.back().id}));
        }
        answer.set_total_size(static_cast<int>(page.total));
        return answer;
      });
}

absl::StatusOr<domain::Submission> FormServiceImpl::PrepareSubmission(
    const rpc::Call& call, const wire::Target& target) const {
  ASSIGN_OR_RETURN(const domain::Form form, Read(*env_.pool, call, [&](pg::Transaction& tx) {
                     return LoadOwn(tx, call, target);
                   }));
  RETURN_IF_ERROR(MaySubmit(form, ActorOf(call.caller())));
  ASSIGN_OR_RETURN(const auto ledger, peers_->GetLedger(call, form));
  RETURN_IF_ERROR(
      domain::RefuseIncomplete(form.draft, ledger ? wire::LedgerOf(*ledger) : Fields()));
  ASSIGN_OR_RETURN(
      domain::Submission submission,
      peers_->PrepareSubmission(call, form, ledger, options_.pr_office, options_.desks));
  RETURN_IF_ERROR(domain::RefuseBlocks(submission.findings));
  RETURN_IF_ERROR(peers_->CheckLedger(call, form));
  return submission;
}

grpc::Status FormServiceImpl::SubmitForm(grpc::ServerContext* context,
                                         const v1::SubmitFormRequest* request, v1::Form* response) {
  return rpc::WriteAfter(
      env_, *context, kSubmitForm, *request, response,
      [&](const rpc::Call& call) -> absl::StatusOr<domain::Submission> {
        ASSIGN_OR_RETURN(const wire::Target target, wire::Parse(*request));
        return PrepareSubmission(call, target);
      },
      [&](const rpc::Call& call, work::UnitOfWork& unit,
          const domain::Submission& submission) -> absl::StatusOr<v1::Form> {
        ASSIGN_OR_RETURN(const wire::Target target, wire::Parse(*request));
        ASSIGN_OR_RETURN(const domain::Form form, LoadOwn(unit.tx(), call, target));
        RETURN_IF_ERROR(store::CheckAttachments(unit.tx(), form));
        ASSIGN_OR_RETURN(domain::Change change,
                         domain::Submit(form, submission, ActorOf(call.caller()),
                                        request->comment(), call.now()));
        RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
        return wire::ToProto(change.after);
      });
}

// Changes nothing; peers are asked before the transaction all the same.
grpc::Status FormServiceImpl::PreviewRoute(grpc::ServerContext* context,
                                           const v1::PreviewRouteRequest* request,
                                           v1::PreviewRouteResponse* response) {
  return rpc::WriteAfter(
      env_, *context, kPreviewRoute, *request, response,
      [&](const rpc::Call& call) -> absl::StatusOr<domain::Submission> {
        ASSIGN_OR_RETURN(const std::string id, wire::ParseName(request->name()));
        ASSIGN_OR_RETURN(
            const domain::Form form,
            Read(*env_.pool, call, [&](pg::Transaction& tx) -> absl::StatusOr<domain::Form> {
              ASSIGN_OR_RETURN(domain::Form loaded, store::Get(tx, id));
              RETURN_IF_ERROR(call.AdmitDepartment(loaded.department));
              return loaded;
            }));
        RETURN_IF_ERROR(Allows(form, domain::ActKind::kSubmitted));
        ASSIGN_OR_RETURN(const auto ledger, peers_->GetLedger(call, form));
        return peers_->PrepareSubmission(call, form, ledger, options_.pr_office, options_.desks);
      },
      [](const rpc::Call&, work::UnitOfWork&, const domain::Submission& submission)
          -> absl::StatusOr<v1::PreviewRouteResponse> { return wire::ToProto(submission.steps); });
}

absl::StatusOr<std::vector<domain::Finding>> FormServiceImpl::PrepareDecision(
    const rpc::Call& call, const wire::DecideCommand& command) const {
  ASSIGN_OR_RETURN(const domain::Form form, Read(*env_.pool, call, [&](pg::Transaction& tx) {
                     return LoadToDecide(tx, call, command.target);
                   }));
  RETURN_IF_ERROR(MayDecide(form, ActOf(command.decision), ActorOf(call.caller())).status());
  if (!IsLastAgreement(form, command.decision)) return std::vector<domain::Finding>();
  ASSIGN_OR_RETURN(const auto ledger, peers_->GetLedger(call, form));
  ASSIGN_OR_RETURN(std::vector<domain::Finding> findings, peers_->CheckForm(call, form, ledger));
  RETURN_IF_ERROR(domain::RefuseBlocks(findings));
  RETURN_IF_ERROR(domain::RefuseUnexplainedWarnings(findings, command.comment));
  RETURN_IF_ERROR(peers_->CheckLedger(call, form));
  return findings;
}

grpc::Status FormServiceImpl::DecideForm(grpc::ServerContext* context,
                                         const v1::DecideFormRequest* request, v1::Form* response) {
  return rpc::WriteAfter(
      env_, *context, kDecideForm, *request, response,
      [&](const rpc::Call& call) -> absl::StatusOr<Decision> {
        ASSIGN_OR_RETURN(wire::DecideCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(auto findings, PrepareDecision(call, command));
        return Decision{std::move(command), std::move(findings)};
      },
      [&](const rpc::Call& call, work::UnitOfWork& unit,
          const Decision& decision) -> absl::StatusOr<v1::Form> {
        ASSIGN_OR_RETURN(const domain::Form form,
                         LoadToDecide(unit.tx(), call, decision.command.target));
        ASSIGN_OR_RETURN(domain::Change change,
                         Decide(unit.tx(), form, ActorOf(call.caller()), decision, call.now()));
        RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
        return wire::ToProto(change.after);
      });
}

grpc::Status FormServiceImpl::WithdrawForm(grpc::ServerContext* context,
                                           const v1::WithdrawFormRequest* request,
                                           v1::Form* response) {
  return rpc::Write(env_, *context, kWithdrawForm, *request, response,
                    [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::Form> {
                      ASSIGN_OR_RETURN(const wire::Target target, wire::Parse(*request));
                      ASSIGN_OR_RETURN(const domain::Form form, LoadOwn(unit.tx(), call, target));
                      ASSIGN_OR_RETURN(domain::Change change,
                                       domain::Withdraw(form, ActorOf(call.caller()),
                                                        request->comment(), call.now()));
                      RETURN_IF_ERROR(SaveAndAnnounce(unit, change, call.now()));
                      return wire::ToProto(change.after);
                    });
}

}  // namespace daicho::approval
