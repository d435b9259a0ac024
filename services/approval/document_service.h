// The RPC that prints forms.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/paper/fonts.h"
#include "common/rpc/handle.h"
#include "daicho/approval/v1/document_service.grpc.pb.h"
#include "services/approval/document.h"
#include "services/approval/document_wire.h"
#include "services/approval/peers.h"

namespace daicho::approval {

class DocumentServiceImpl final : public v1::DocumentService::Service {
 public:
  DocumentServiceImpl(rpc::Env env, std::shared_ptr<const Peers> peers, paper::Fonts fonts)
      : env_(std::move(env)), peers_(std::move(peers)), fonts_(std::move(fonts)) {}

  grpc::Status RenderDocument(grpc::ServerContext* context,
                              const v1::RenderDocumentRequest* request,
                              grpc::ServerWriter<v1::RenderDocumentResponse>* writer) override;

 private:
  absl::StatusOr<DocumentSource> Load(const rpc::Call& call, const std::string& form) const;
  // Adds what only the registry knows.
  absl::Status Complete(const rpc::Call& call, DocumentSource& source) const;
  // One of the few that may be printed at a time: each takes a processor, and memory.
  absl::StatusOr<std::string> Print(const rpc::Call& call, const wire::RenderCommand& command,
                                    const DocumentSource& source);

  const rpc::Env env_;
  const std::shared_ptr<const Peers> peers_;
  const paper::Fonts fonts_;
  absl::Mutex mutex_;
  int printing_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace daicho::approval
