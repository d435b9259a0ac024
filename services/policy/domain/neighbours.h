// Other accounts, indexed by their texts, so that a form is not compared with each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "common/base/compact_text.h"
#include "common/base/event.h"
#include "services/policy/domain/similarity.h"

namespace daicho::policy::domain {

// Another account, as far as its texts are compared.
struct OtherAccount {
  std::string name;  // "accounts/…"
  std::string display_name;
  Fields fields;  // "fields.purpose", …
};

// The texts of `fields` put together, as pairs of characters.
CharacterPairs PairsOf(const Fields& fields, const std::vector<std::string>& paths);

// The account whose texts are most alike, and how much.
struct Nearest {
  std::string name;
  std::string display_name;
  int percent = 0;
};

// Numbers that only grow, a byte for most: the steps from each to the next, seven bits a byte.
class Ascending {
 public:
  // At least as great as the last one.
  void Add(std::uint32_t number);
  bool empty() const { return steps_.empty(); }

  template <typename Body>
  void ForEach(Body body) const {
    std::uint32_t number = 0;
    const char* at = steps_.data();
    const char* const end = at + steps_.size();
    while (at < end) {
      // Eight bytes that are a step each, at once.
      std::uint64_t eight = kMore;
      if (end - at >= 8) std::memcpy(&eight, at, sizeof(eight));
      if ((eight & kMore) == 0) {
        at += 8;
        for (int i = 0; i < 8; ++i) body(number += at[i - 8]);
        continue;
      }
      std::uint32_t step = 0;
      int shift = 0;
      for (; *at & 0x80; shift += 7) step |= static_cast<std::uint32_t>(*at++ & 0x7f) << shift;
      body(number += step | static_cast<std::uint32_t>(*at++) << shift);
    }
  }

 private:
  static constexpr std::uint64_t kMore = 0x8080808080808080;  // Where bytes say so.

  std::string steps_;
  std::uint32_t last_ = 0;
};

// The accounts by the texts of the same fields. Keeps of the texts only which pairs of characters
// are in which.
class TextIndex {
 public:
  explicit TextIndex(std::vector<std::string> paths);
  TextIndex(const TextIndex&) = delete;
  TextIndex& operator=(const TextIndex&) = delete;

  // Takes an account in, in place of what was known under its name.
  void Put(const OtherAccount& account);
  void Remove(const std::string& name);

  // Of the accounts but `self` that are at least so much alike, the one most alike; the first put
  // with its texts among equals. See PercentAlike().
  std::optional<Nearest> Find(const CharacterPairs& pairs, const std::string& self,
                              int percent) const;

 private:
  struct Document {
    absl::string_view name() const { return text.view().substr(0, text.view().find('\0')); }
    absl::string_view display_name() const {
      return text.view().substr(text.view().find('\0') + 1);
    }

    CompactText text;        // The name, NUL, the display name.
    std::size_t digest = 0;  // Of its pairs.
  };
  // Takes the name of a document for the document.
  struct ByName {
    using is_transparent = void;
    absl::string_view NameOf(std::uint32_t document) const { return (*documents)[document].name(); }
    absl::string_view NameOf(absl::string_view name) const { return name; }
    template <typename One>
    std::size_t operator()(const One& one) const {
      return absl::HashOf(NameOf(one));
    }
    template <typename One, typename Other>
    bool operator()(const One& one, const Other& other) const {
      return NameOf(one) == NameOf(other);
    }

    const std::vector<Document>* documents;
  };

  void DropRemoved();

  const std::vector<std::string> paths_;
  std::vector<Document> documents_;
  std::vector<std::uint32_t> sizes_;  // How many pairs each document has. 0: it was removed.
  absl::flat_hash_set<std::uint32_t, ByName, ByName> by_name_;
  // The documents with a pair for the n-th time: what two texts share is then a count of keys.
  absl::flat_hash_map<std::uint64_t, Ascending> postings_;
};

// One index for each set of fields that some rule compares.
class Neighbours {
 public:
  explicit Neighbours(const std::vector<std::vector<std::string>>& compared);

  void Put(const OtherAccount& account);
  void Remove(const std::string& name);
  // Null: no rule was said to compare these.
  const TextIndex* By(const std::vector<std::string>& paths) const;

 private:
  std::map<std::vector<std::string>, TextIndex> indexes_;
};

}  // namespace daicho::policy::domain
