// An immutable index by hash whose successors share with it what did not change.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace daicho::registry::domain {

// The same within one process only.
inline std::uint64_t HashOf(absl::string_view text) {
  return absl::Hash<absl::string_view>()(text);
}

// Items by their `hash`, of which several may be equal, also for different texts: whoever looks
// compares the text. Sorted arrays rather than hash tables: an item takes its own size and no more.
// Copying the index copies a table of shards, not what is in them.
template <typename Item>
class HashIndex {
  static constexpr int kShardBits = 11;
  static constexpr std::size_t kShards = std::size_t{1} << kShardBits;
  using Shard = std::vector<Item>;

 public:
  // Every item of `hash`. Lives as long as this index or a copy of it.
  absl::Span<const Item> Find(std::uint64_t hash) const {
    const auto& shard = shards_[ShardOf(hash)];
    if (shard == nullptr) return {};
    const auto [first, last] = RangeOf(*shard, hash);
    return {shard->data() + first, last - first};
  }

  // Makes the successor of an index, which stays as it is. Copies a shard when it first touches it.
  class Editor {
   public:
    explicit Editor(const HashIndex& from) { result_.shards_ = from.shards_; }

    absl::Span<const Item> Find(std::uint64_t hash) const { return result_.Find(hash); }

    void Add(Item item) {
      Shard& shard = Own(item.hash);
      shard.insert(std::upper_bound(shard.begin(), shard.end(), item.hash, After), std::move(item));
    }

    // Removes the items of `hash` for which `gone` is true.
    template <typename Predicate>
    void Remove(std::uint64_t hash, Predicate gone) {
      Shard& shard = Own(hash);
      const auto [first, last] = RangeOf(shard, hash);
      const auto end = shard.begin() + last;
      shard.erase(std::remove_if(shard.begin() + first, end, gone), end);
    }

    HashIndex Finish() && {
      for (const auto& shard : owned_) {
        if (shard != nullptr) shard->shrink_to_fit();
      }
      return std::move(result_);
    }

   private:
    Shard& Own(std::uint64_t hash) {
      const std::size_t index = ShardOf(hash);
      if (owned_[index] == nullptr) {
        const auto& shared = result_.shards_[index];
        owned_[index] =
            shared == nullptr ? std::make_shared<Shard>() : std::make_shared<Shard>(*shared);
        result_.shards_[index] = owned_[index];
      }
      return *owned_[index];
    }

    HashIndex result_;
    std::vector<std::shared_ptr<Shard>> owned_ = std::vector<std::shared_ptr<Shard>>(kShards);
  };

 private:
  static std::size_t ShardOf(std::uint64_t hash) { return hash >> (64 - kShardBits); }
  // From where to where the items of `hash` stand. Hashes are spread evenly, so that they stand
  // close to where their hash says; halving would touch one part of memory after the other.
  static std::pair<std::size_t, std::size_t> RangeOf(const Shard& shard, std::uint64_t hash) {
    constexpr int kBits = 32;  // Of the hash, after those that choose the shard; finer than items.
    auto first =
        static_cast<std::size_t>((((hash << kShardBits) >> kBits) * shard.size()) >> kBits);
    while (first > 0 && shard[first - 1].hash >= hash) --first;
    while (first < shard.size() && shard[first].hash < hash) ++first;
    std::size_t last = first;
    while (last < shard.size() && shard[last].hash == hash) ++last;
    return {first, last};
  }
  static bool After(std::uint64_t hash, const Item& item) { return hash < item.hash; }

  std::vector<std::shared_ptr<const Shard>> shards_ =
      std::vector<std::shared_ptr<const Shard>>(kShards);
};

}  // namespace daicho::registry::domain
