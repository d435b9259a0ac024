#include "common/base/compact_text.h"

#include "absl/container/node_hash_set.h"
#include "absl/synchronization/mutex.h"

namespace daicho {

const std::string* InternedText::Intern(absl::string_view text) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto* const texts = new absl::node_hash_set<std::string>;
  if (text.empty()) return nullptr;
  const absl::MutexLock lock(&mutex);
  return &*texts->emplace(text).first;
}

}  // namespace daicho
