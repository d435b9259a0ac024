// Other accounts, indexed by their texts, so that a form is not compared with each of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
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

// The accounts by the texts of the same fields.
class TextIndex {
 public:
  explicit TextIndex(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  // Takes an account in, in place of what was known under its name.
  void Put(const OtherAccount& account);
  void Remove(const std::string& name);

  // Of the accounts but `self` that are at least so much alike, the one most alike; the first put
  // among equals. See PercentAlike().
  std::optional<Nearest> Find(const CharacterPairs& pairs, const std::string& self,
                              int percent) const;

 private:
  struct Document {
    std::string name;  // Empty: removed.
    std::string display_name;
    std::uint32_t pairs = 0;
  };

  const std::vector<std::string> paths_;
  std::vector<Document> documents_;
  absl::flat_hash_map<std::string, std::uint32_t> by_name_;
  // The documents with a pair for the n-th time: what two texts share is then a count of keys.
  absl::flat_hash_map<std::uint64_t, std::vector<std::uint32_t>> postings_;
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
