// The RPCs on files that belong to forms.
#pragma once

#include <atomic>

#include "common/rpc/handle.h"
#include "daicho/approval/v1/attachment_service.grpc.pb.h"

namespace daicho::approval {

class AttachmentServiceImpl final : public v1::AttachmentService::Service {
 public:
  explicit AttachmentServiceImpl(rpc::Env env) : env_(std::move(env)) {}

  grpc::Status UploadAttachment(grpc::ServerContext* context,
                                grpc::ServerReader<v1::UploadAttachmentRequest>* reader,
                                v1::AttachmentFile* response) override;
  grpc::Status DownloadAttachment(
      grpc::ServerContext* context, const v1::DownloadAttachmentRequest* request,
      grpc::ServerWriter<v1::DownloadAttachmentResponse>* writer) override;
  grpc::Status ListAttachments(grpc::ServerContext* context,
                               const v1::ListAttachmentsRequest* request,
                               v1::ListAttachmentsResponse* response) override;
  grpc::Status RemoveAttachment(grpc::ServerContext* context,
                                const v1::RemoveAttachmentRequest* request,
                                v1::AttachmentFile* response) override;

 private:
  const rpc::Env env_;
  std::atomic<int> uploads_ = 0;  // Going on.
};

}  // namespace daicho::approval
