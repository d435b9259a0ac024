#include "common/server/peer_limit.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <optional>

#include "absl/time/clock.h"

namespace daicho::server {
namespace {

namespace hooks = grpc::experimental;

constexpr absl::Duration kCloseEvery = absl::Seconds(1);

std::string PeerOf(const grpc::ServerContextBase& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr) return "";
  const auto uris = auth->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  return uris.empty() ? "" : std::string(uris[0].data(), uris[0].size());
}

}  // namespace

// Lives as long as the call.
class PeerLimit::Call final : public hooks::Interceptor {
 public:
  Call(PeerLimit* limit, grpc::ServerContextBase* context) : limit_(limit), context_(context) {}

  ~Call() override {
    const absl::MutexLock lock(&limit_->mutex_);
    if (answering_) limit_->answering_.erase(*answering_);
    if (peer_) limit_->Leave(*peer_);
  }

  void Intercept(hooks::InterceptorBatchMethods* methods) override {
    using hooks::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      peer_ = PeerOf(*context_);
      const absl::MutexLock lock(&limit_->mutex_);
      if (!limit_->Enter(*peer_)) context_->TryCancel();
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const absl::MutexLock lock(&limit_->mutex_);
      answering_ = limit_->answering_.insert(limit_->answering_.end(), {context_, absl::Now()});
    }
    methods->Proceed();
  }

 private:
  PeerLimit* const limit_;
  grpc::ServerContextBase* const context_;
  std::optional<std::string> peer_;
  std::optional<std::list<Answering>::iterator> answering_;
};

class PeerLimit::Factory final : public hooks::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(PeerLimit* limit) : limit_(limit) {}
  hooks::Interceptor* CreateServerInterceptor(hooks::ServerRpcInfo* info) override {
    return new Call(limit_, info->server_context());
  }

 private:
  PeerLimit* const limit_;
};

PeerLimit::PeerLimit(int most, absl::Duration patience)
    : most_(most), patience_(patience), thread_([this] { CancelSlow(); }) {}

PeerLimit::~PeerLimit() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

std::unique_ptr<hooks::ServerInterceptorFactoryInterface> PeerLimit::Creator() {
  return std::make_unique<Factory>(this);
}

bool PeerLimit::Enter(const std::string& peer) { return ++calls_[peer] <= most_; }

void PeerLimit::Leave(const std::string& peer) {
  const auto calls = calls_.find(peer);
  if (--calls->second == 0) calls_.erase(calls);
}

void PeerLimit::CancelSlow() {
  const absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kCloseEvery)) {
    const absl::Time overdue = absl::Now() - patience_;
    for (const Answering& answer : answering_) {
      if (answer.since > overdue) break;
      answer.context->TryCancel();
    }
  }
}

}  // namespace daicho::server
