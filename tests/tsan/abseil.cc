// Tells ThreadSanitizer of Abseil's locks. Debian's Abseil is built without it, so that it would
// see the accesses that a lock orders, but not the lock. Linked with --wrap for each function
// below.
#include <sanitizer/tsan_interface.h>

#include "absl/synchronization/mutex.h"

// Of a lock: what was written before it was given back is seen by whoever has it next.
#define DAICHO_LOCKS(name)                            \
  extern "C" void __real_##name(absl::Mutex* mutex);  \
  extern "C" void __wrap_##name(absl::Mutex* mutex) { \
    __real_##name(mutex);                             \
    __tsan_acquire(mutex);                            \
  }
#define DAICHO_UNLOCKS(name)                          \
  extern "C" void __real_##name(absl::Mutex* mutex);  \
  extern "C" void __wrap_##name(absl::Mutex* mutex) { \
    __tsan_release(mutex);                            \
    __real_##name(mutex);                             \
  }
// Of what gives a lock back while it waits. `parameters` and `arguments` in brackets.
#define DAICHO_WAITS(result, name, parameters, arguments) \
  extern "C" result __real_##name parameters;             \
  extern "C" result __wrap_##name parameters {            \
    __tsan_release(mutex);                                \
    const Reacquire reacquire{mutex};                     \
    return __real_##name arguments;                       \
  }

namespace {

struct Reacquire {
  absl::Mutex* mutex;
  ~Reacquire() { __tsan_acquire(mutex); }
};

}  // namespace

DAICHO_LOCKS(_ZN4absl7debian35Mutex4LockEv)
DAICHO_LOCKS(_ZN4absl7debian35Mutex10ReaderLockEv)
DAICHO_UNLOCKS(_ZN4absl7debian35Mutex6UnlockEv)
DAICHO_UNLOCKS(_ZN4absl7debian35Mutex12ReaderUnlockEv)
DAICHO_WAITS(void, _ZN4absl7debian35Mutex5AwaitERKNS0_9ConditionE,
             (absl::Mutex * mutex, const absl::Condition& condition), (mutex, condition))
DAICHO_WAITS(bool, _ZN4absl7debian35Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE,
             (absl::Mutex * mutex, const absl::Condition& condition, absl::Duration timeout),
             (mutex, condition, timeout))
DAICHO_WAITS(void, _ZN4absl7debian37CondVar4WaitEPNS0_5MutexE,
             (absl::CondVar * changed, absl::Mutex* mutex), (changed, mutex))
DAICHO_WAITS(bool, _ZN4absl7debian37CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE,
             (absl::CondVar * changed, absl::Mutex* mutex, absl::Duration timeout),
             (changed, mutex, timeout))
DAICHO_WAITS(bool, _ZN4absl7debian37CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE,
             (absl::CondVar * changed, absl::Mutex* mutex, absl::Time deadline),
             (changed, mutex, deadline))
