// Takes up what approval says about open advice.
#pragma once

#include "common/rpc/handle.h"
#include "daicho/registry/v1/open_advice_service.grpc.pb.h"
#include "services/registry/open_advice_store.h"

namespace daicho::registry {

class OpenAdviceServiceImpl final : public v1::OpenAdviceService::Service {
 public:
  explicit OpenAdviceServiceImpl(rpc::Env env) : env_(std::move(env)) {}

  grpc::Status ReportOpenAdvice(grpc::ServerContext* context,
                                const v1::ReportOpenAdviceRequest* request,
                                v1::ReportOpenAdviceResponse* response) override;

 private:
  const rpc::Env env_;
};

v1::OpenAdvice ToProto(const store::OpenAdvice& open);

}  // namespace daicho::registry
