// An immutable map whose successors share with it what did not change.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace daicho::registry::domain {

// Text to V. Copying it copies a table of shards, not what is in them.
template <typename V>
class ShardedMap {
  static constexpr std::size_t kShards = 256;
  using Shard = absl::flat_hash_map<std::string, V>;
  using Shards = std::array<std::shared_ptr<const Shard>, kShards>;

 public:
  // Null when there is none. Lives as long as this map or a copy of it.
  const V* Find(absl::string_view key) const {
    const auto& shard = shards_[IndexOf(key)];
    if (shard == nullptr) return nullptr;
    const auto found = shard->find(key);
    return found == shard->end() ? nullptr : &found->second;
  }

  // Makes the successor of a map, which stays as it is. Copies a shard when it first touches it.
  class Editor {
   public:
    explicit Editor(const ShardedMap& from) { result_.shards_ = from.shards_; }

    const V* Find(absl::string_view key) const { return result_.Find(key); }
    // The value of `key`, made when there is none.
    V& At(const std::string& key) { return Own(key)[key]; }

    ShardedMap Finish() && { return std::move(result_); }

   private:
    Shard& Own(absl::string_view key) {
      const std::size_t index = IndexOf(key);
      if (owned_[index] == nullptr) {
        const auto& shared = result_.shards_[index];
        owned_[index] =
            shared == nullptr ? std::make_shared<Shard>() : std::make_shared<Shard>(*shared);
        result_.shards_[index] = owned_[index];
      }
      return *owned_[index];
    }

    ShardedMap result_;
    std::array<std::shared_ptr<Shard>, kShards> owned_;
  };

 private:
  static std::size_t IndexOf(absl::string_view key) {
    return absl::Hash<absl::string_view>()(key) % kShards;
  }

  Shards shards_;
};

}  // namespace daicho::registry::domain
