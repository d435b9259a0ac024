// The RPCs of the audit log, and the way in for audit's own events.
#pragma once

#include <utility>
#include <vector>

#include "common/rpc/handle.h"
#include "common/work/relay.h"
#include "daicho/audit/v1/audit_service.grpc.pb.h"
#include "services/audit/domain/note.h"

namespace daicho::audit {

// Keys that verify what is signed and cosigned.
struct CheckpointKeys {
  std::vector<domain::VerifierKey> log;
  std::vector<domain::VerifierKey> witnesses;
};

class AuditServiceImpl final : public v1::AuditService::Service {
 public:
  explicit AuditServiceImpl(rpc::Env env, CheckpointKeys keys = {})
      : env_(std::move(env)), keys_(std::move(keys)) {}

  grpc::Status AppendEvents(grpc::ServerContext* context, const v1::AppendEventsRequest* request,
                            v1::AppendEventsResponse* response) override;
  grpc::Status GetEntry(grpc::ServerContext* context, const v1::GetEntryRequest* request,
                        v1::Entry* response) override;
  grpc::Status ListEntries(grpc::ServerContext* context, const v1::ListEntriesRequest* request,
                           v1::ListEntriesResponse* response) override;
  grpc::Status GetTreeHead(grpc::ServerContext* context, const v1::GetTreeHeadRequest* request,
                           v1::TreeHead* response) override;
  grpc::Status GetCheckpoint(grpc::ServerContext* context, const v1::GetCheckpointRequest* request,
                             v1::Checkpoint* response) override;
  grpc::Status RedactPerson(grpc::ServerContext* context, const v1::RedactPersonRequest* request,
                            v1::RedactPersonResponse* response) override;
  grpc::Status GetInclusionProof(grpc::ServerContext* context,
                                 const v1::GetInclusionProofRequest* request,
                                 v1::InclusionProof* response) override;
  grpc::Status GetConsistencyProof(grpc::ServerContext* context,
                                   const v1::GetConsistencyProofRequest* request,
                                   v1::ConsistencyProof* response) override;

 private:
  const rpc::Env env_;
  const CheckpointKeys keys_;
};

// Appends what audit itself announces: who read the log, which calls it refused. The log is in the
// same database as audit's outbox, so these take no network.
work::DeliverBatch OwnEvents(const rpc::Env& env);

}  // namespace daicho::audit
