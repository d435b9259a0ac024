#include <list>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/pg/session.h"

namespace daicho::pg {

// Permits say how many connections may be out; idle connections are kept aside. A permit that comes
// back goes to whoever has waited longest.
class Pool::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)), permits_(options_.size) {}

  absl::Status TakePermit(absl::Time deadline) {
    absl::MutexLock lock(&mutex_);
    if (permits_ > 0) {
      --permits_;
      return absl::OkStatus();
    }
    const auto self = waiters_.emplace(waiters_.end());
    while (!self->granted) {
      if (self->wake.WaitWithDeadline(&mutex_, deadline) && !self->granted) {
        waiters_.erase(self);
        return absl::DeadlineExceededError("all connections to the database are busy");
      }
    }
    waiters_.erase(self);
    return absl::OkStatus();
  }

  void ReturnPermit() {
    absl::MutexLock lock(&mutex_);
    for (Waiter& waiter : waiters_) {
      if (waiter.granted) continue;
      waiter.granted = true;
      waiter.wake.Signal();
      return;
    }
    ++permits_;
  }

  std::unique_ptr<Connection> TakeIdle() {
    absl::MutexLock lock(&mutex_);
    if (idle_.empty()) return nullptr;
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void KeepIdle(std::unique_ptr<Connection> connection) {
    absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(connection));
  }

  int waiting() {
    absl::MutexLock lock(&mutex_);
    return static_cast<int>(waiters_.size());
  }

  const Options& options() const { return options_; }

 private:
  struct Waiter {
    absl::CondVar wake;
    bool granted = false;
  };

  const Options options_;
  absl::Mutex mutex_;
  int permits_;
  std::list<Waiter> waiters_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

Pool::Pool(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Pool::~Pool() = default;

absl::StatusOr<Pool::Lease> Pool::Acquire(absl::Time deadline) {
  RETURN_IF_ERROR(impl_->TakePermit(deadline));
  while (std::unique_ptr<Connection> idle = impl_->TakeIdle()) {
    if (idle->session_->StillThere(deadline)) return Lease(this, std::move(idle));
  }
  absl::StatusOr<Connection> opened = Connection::Open(impl_->options().conninfo, deadline);
  if (!opened.ok()) {
    impl_->ReturnPermit();
    return opened.status();
  }
  return Lease(this, std::make_unique<Connection>(*std::move(opened)));
}

int Pool::waiting() const { return impl_->waiting(); }

Pool::Lease::Lease(Pool* pool, std::unique_ptr<Connection> connection)
    : pool_(pool), connection_(std::move(connection)) {}
Pool::Lease::Lease(Lease&& other) noexcept = default;

Pool::Lease::~Lease() {
  if (connection_ == nullptr) return;
  if (connection_->usable()) pool_->impl_->KeepIdle(std::move(connection_));
  connection_.reset();
  pool_->impl_->ReturnPermit();
}

}  // namespace daicho::pg
