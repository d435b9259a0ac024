// An immutable index by hash whose successors share with it what did not change.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
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

  // Makes the successor of an index, which stays as it is. Copies a shard when it first touches it,
  // and sorts what was added to one only now and then: a whole ledger is added at once.
  class Editor {
   public:
    explicit Editor(const HashIndex& from) { result_.shards_ = from.shards_; }

    // An item of `hash` for which `wanted` is true; null when there is none. Lives until the next
    // call.
    template <typename Predicate>
    const Item* Find(std::uint64_t hash, Predicate wanted) const {
      const std::size_t index = ShardOf(hash);
      if (result_.shards_[index] == nullptr) return nullptr;
      const Shard& shard = *result_.shards_[index];
      const bool own = owned_[index].items != nullptr;
      const std::size_t sorted = own ? owned_[index].sorted : shard.size();
      const auto is_it = [&](const Item& item) { return item.hash == hash && wanted(item); };
      const auto [first, last] = RangeOf(absl::MakeConstSpan(shard).first(sorted), hash);
      for (std::size_t i = first; i < last; ++i) {
        if (is_it(shard[i])) return &shard[i];
      }
      const auto found = std::find_if(shard.begin() + sorted, shard.end(), is_it);
      return found == shard.end() ? nullptr : &*found;
    }

    void Add(Item item) {
      Owned& owned = Own(item.hash);
      owned.items->push_back(std::move(item));
      if (owned.items->size() - owned.sorted == kMostUnsorted) Settle(owned);
    }

    // Removes the items of `hash` for which `gone` is true.
    template <typename Predicate>
    void Remove(std::uint64_t hash, Predicate gone) {
      Owned& owned = Own(hash);
      Settle(owned);
      Shard& shard = *owned.items;
      const auto [first, last] = RangeOf(shard, hash);
      const auto end = shard.begin() + last;
      shard.erase(std::remove_if(shard.begin() + first, end, gone), end);
      owned.sorted = shard.size();
    }

    // Of the items of one hash, the `most` that were added first are kept in each shard touched.
    HashIndex Finish(std::size_t most = std::numeric_limits<std::size_t>::max()) && {
      for (Owned& owned : owned_) {
        if (owned.items == nullptr) continue;
        Settle(owned);
        KeepFirst(most, *owned.items);
        owned.items->shrink_to_fit();
      }
      return std::move(result_);
    }

   private:
    // In one shard: as many are looked through one by one.
    static constexpr std::size_t kMostUnsorted = 64;

    struct Owned {
      std::shared_ptr<Shard> items;  // Null until touched.
      std::size_t sorted = 0;        // How many of them are in order, from the first.
    };

    Owned& Own(std::uint64_t hash) {
      const std::size_t index = ShardOf(hash);
      Owned& owned = owned_[index];
      if (owned.items == nullptr) {
        const auto& shared = result_.shards_[index];
        owned.items =
            shared == nullptr ? std::make_shared<Shard>() : std::make_shared<Shard>(*shared);
        owned.sorted = owned.items->size();
        result_.shards_[index] = owned.items;
      }
      return owned;
    }

    // Puts what was added in order, after what has the same hash.
    static void Settle(Owned& owned) {
      const auto added = owned.items->begin() + owned.sorted;
      std::stable_sort(added, owned.items->end(), Before);
      std::inplace_merge(owned.items->begin(), added, owned.items->end(), Before);
      owned.sorted = owned.items->size();
    }

    static void KeepFirst(std::size_t most, Shard& shard) {
      std::size_t alike = 0;
      std::uint64_t hash = 0;
      const auto surplus = [&](const Item& item) {
        alike = item.hash == hash ? alike + 1 : 1;
        hash = item.hash;
        return alike > most;
      };
      shard.erase(std::remove_if(shard.begin(), shard.end(), surplus), shard.end());
    }

    HashIndex result_;
    std::vector<Owned> owned_ = std::vector<Owned>(kShards);
  };

 private:
  static std::size_t ShardOf(std::uint64_t hash) { return hash >> (64 - kShardBits); }
  // From where to where the items of `hash` stand. Hashes are spread evenly, so that they stand
  // close to where their hash says; halving would touch one part of memory after the other.
  static std::pair<std::size_t, std::size_t> RangeOf(absl::Span<const Item> shard,
                                                     std::uint64_t hash) {
    constexpr int kBits = 32;  // Of the hash, after those that choose the shard; finer than items.
    auto first =
        static_cast<std::size_t>((((hash << kShardBits) >> kBits) * shard.size()) >> kBits);
    while (first > 0 && shard[first - 1].hash >= hash) --first;
    while (first < shard.size() && shard[first].hash < hash) ++first;
    std::size_t last = first;
    while (last < shard.size() && shard[last].hash == hash) ++last;
    return {first, last};
  }
  static bool Before(const Item& a, const Item& b) { return a.hash < b.hash; }

  std::vector<std::shared_ptr<const Shard>> shards_ =
      std::vector<std::shared_ptr<const Shard>>(kShards);
};

}  // namespace daicho::registry::domain
