// The RPCs on forms: parse, load, decide, save, announce.
#pragma once

#include <memory>
#include <string>

#include "common/rpc/handle.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "services/approval/peers.h"
#include "services/approval/wire.h"

namespace daicho::approval {

class FormServiceImpl final : public v1::FormService::Service {
 public:
  // What the configuration says.
  struct Options {
    std::string pr_office;  // Department that receives every form: "departments/…".
    Desks desks = {};
    int days_of_grace = domain::kDaysOfGrace;
  };
  FormServiceImpl(rpc::Env env, std::shared_ptr<const Peers> peers, Options options);

  grpc::Status CreateForm(grpc::ServerContext* context, const v1::CreateFormRequest* request,
                          v1::Form* response) override;
  grpc::Status UpdateForm(grpc::ServerContext* context, const v1::UpdateFormRequest* request,
                          v1::Form* response) override;
  grpc::Status GetForm(grpc::ServerContext* context, const v1::GetFormRequest* request,
                       v1::Form* response) override;
  grpc::Status ListForms(grpc::ServerContext* context, const v1::ListFormsRequest* request,
                         v1::ListFormsResponse* response) override;
  grpc::Status SubmitForm(grpc::ServerContext* context, const v1::SubmitFormRequest* request,
                          v1::Form* response) override;
  grpc::Status PreviewRoute(grpc::ServerContext* context, const v1::PreviewRouteRequest* request,
                            v1::PreviewRouteResponse* response) override;
  grpc::Status DecideForm(grpc::ServerContext* context, const v1::DecideFormRequest* request,
                          v1::Form* response) override;
  grpc::Status WithdrawForm(grpc::ServerContext* context, const v1::WithdrawFormRequest* request,
                            v1::Form* response) override;
  // decision_service.cc
  grpc::Status ReviewFormAfterwards(grpc::ServerContext* context,
                                    const v1::ReviewFormAfterwardsRequest* request,
                                    v1::Form* response) override;
  grpc::Status PullBackForm(grpc::ServerContext* context, const v1::PullBackFormRequest* request,
                            v1::Form* response) override;
  grpc::Status AdviseForm(grpc::ServerContext* context, const v1::AdviseFormRequest* request,
                          v1::Form* response) override;
  grpc::Status AnswerForm(grpc::ServerContext* context, const v1::AnswerFormRequest* request,
                          v1::Form* response) override;
  grpc::Status SettleConflict(grpc::ServerContext* context,
                              const v1::SettleConflictRequest* request,
                              v1::Form* response) override;
  grpc::Status ExpireForms(grpc::ServerContext* context, const v1::ExpireFormsRequest* request,
                           v1::ExpireFormsResponse* response) override;
  // inbox_service.cc
  grpc::Status ListInbox(grpc::ServerContext* context, const v1::ListInboxRequest* request,
                         v1::ListInboxResponse* response) override;
  // absence_service.cc
  grpc::Status RecordAbsence(grpc::ServerContext* context, const v1::RecordAbsenceRequest* request,
                             v1::Absence* response) override;
  grpc::Status EndAbsence(grpc::ServerContext* context, const v1::EndAbsenceRequest* request,
                          v1::Absence* response) override;
  grpc::Status ListAbsences(grpc::ServerContext* context, const v1::ListAbsencesRequest* request,
                            v1::ListAbsencesResponse* response) override;
  // draft_service.cc
  grpc::Status DraftFromAccount(grpc::ServerContext* context,
                                const v1::DraftFromAccountRequest* request,
                                v1::DraftFromAccountResponse* response) override;
  // reroute_service.cc
  grpc::Status RerouteForms(grpc::ServerContext* context, const v1::RerouteFormsRequest* request,
                            v1::RerouteFormsResponse* response) override;
  // transfer_service.cc
  grpc::Status TransferPeople(grpc::ServerContext* context,
                              const v1::TransferPeopleRequest* request,
                              v1::TransferPeopleResponse* response) override;

 private:
  // What a submission needs from peers. Refuses what the guideline or the ledger does not take.
  absl::StatusOr<domain::Submission> PrepareSubmission(const rpc::Call& call,
                                                       const wire::Target& target) const;
  // Asks the guideline and the ledger again before the PR office agrees. Other decisions need no
  // peer. What the guideline says of it in spite of which the PR office agrees.
  absl::StatusOr<std::vector<domain::Finding>> PrepareDecision(
      const rpc::Call& call, const wire::DecideCommand& command) const;

  const rpc::Env env_;
  const std::shared_ptr<const Peers> peers_;
  const Options options_;
};

}  // namespace daicho::approval
