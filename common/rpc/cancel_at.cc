#include "common/rpc/cancel_at.h"

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace daicho::rpc {

// The call, for as long as there is one: an alarm that is cancelled may still be at work.
struct CancelAt::Target {
  absl::Mutex mutex;
  const grpc::ServerContext* context ABSL_GUARDED_BY(mutex) = nullptr;
};

CancelAt::CancelAt(const grpc::ServerContext& context, absl::Time deadline)
    : target_(std::make_shared<Target>()) {
  {
    const absl::MutexLock lock(&target_->mutex);
    target_->context = &context;
  }
  alarm_.Set(absl::ToChronoTime(deadline), [target = target_](bool expired) {
    const absl::MutexLock lock(&target->mutex);
    if (expired && target->context != nullptr) target->context->TryCancel();
  });
}

CancelAt::~CancelAt() {
  {
    const absl::MutexLock lock(&target_->mutex);
    target_->context = nullptr;
  }
  alarm_.Cancel();
}

}  // namespace daicho::rpc
