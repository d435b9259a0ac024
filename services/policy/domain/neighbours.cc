#include "services/policy/domain/neighbours.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/policy/domain/path.h"

namespace daicho::policy::domain {
namespace {

// Characters have 21 bits each; the 22 above say for which time the pair occurs.
std::vector<std::uint64_t> KeysOf(const CharacterPairs& pairs) {
  std::vector<std::uint64_t> keys;
  keys.reserve(pairs.size());
  std::uint64_t times = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    times = i > 0 && pairs[i] == pairs[i - 1] ? times + 1 : 0;
    keys.push_back(times << 42 | (pairs[i] >> 32) << 21 | (pairs[i] & 0x1fffff));
  }
  return keys;
}

}  // namespace

CharacterPairs PairsOf(const Fields& fields, const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) absl::StrAppend(&text, ValueAt(fields, path), "\n");
  return PairsOf(text);
}

void TextIndex::Put(const OtherAccount& account) {
  Remove(account.name);
  const CharacterPairs pairs = PairsOf(account.fields, paths_);
  if (pairs.empty()) return;
  const auto document = static_cast<std::uint32_t>(documents_.size());
  documents_.push_back(
      {account.name, account.display_name, static_cast<std::uint32_t>(pairs.size())});
  by_name_[account.name] = document;
  for (const std::uint64_t key : KeysOf(pairs)) postings_[key].push_back(document);
}

void TextIndex::Remove(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return;
  documents_[found->second] = {};
  by_name_.erase(found);
}

std::optional<Nearest> TextIndex::Find(const CharacterPairs& pairs, const std::string& self,
                                       int percent) const {
  std::vector<std::uint32_t> shared(documents_.size());
  for (const std::uint64_t key : KeysOf(pairs)) {
    const auto found = postings_.find(key);
    if (found == postings_.end()) continue;
    for (const std::uint32_t document : found->second) ++shared[document];
  }
  const Document* nearest = nullptr;
  int most = percent - 1;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    const Document& document = documents_[i];
    if (shared[i] == 0 || document.name.empty() || document.name == self) continue;
    const int alike = PercentAlike(shared[i], pairs.size(), document.pairs);
    if (alike <= most) continue;
    most = alike;
    nearest = &document;
  }
  if (nearest == nullptr) return std::nullopt;
  return Nearest{nearest->name, nearest->display_name, most};
}

Neighbours::Neighbours(const std::vector<std::vector<std::string>>& compared) {
  for (const std::vector<std::string>& paths : compared) indexes_.try_emplace(paths, paths);
}

void Neighbours::Put(const OtherAccount& account) {
  for (auto& [paths, index] : indexes_) index.Put(account);
}

void Neighbours::Remove(const std::string& name) {
  for (auto& [paths, index] : indexes_) index.Remove(name);
}

const TextIndex* Neighbours::By(const std::vector<std::string>& paths) const {
  const auto found = indexes_.find(paths);
  return found == indexes_.end() ? nullptr : &found->second;
}

}  // namespace daicho::policy::domain
