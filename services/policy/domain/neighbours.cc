#include "services/policy/domain/neighbours.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/policy/domain/path.h"

namespace daicho::policy::domain {
namespace {

constexpr std::size_t kFewDocuments = 1000;

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

void Ascending::Add(std::uint32_t number) {
  std::uint32_t step = number - last_;
  last_ = number;
  for (; step >= 0x80; step >>= 7) steps_.push_back(static_cast<char>(step | 0x80));
  steps_.push_back(static_cast<char>(step));
}

TextIndex::TextIndex(std::vector<std::string> paths)
    : paths_(std::move(paths)), by_name_(0, ByName{&documents_}, ByName{&documents_}) {}

void TextIndex::Put(const OtherAccount& account) {
  const CharacterPairs pairs = PairsOf(account.fields, paths_);
  const std::size_t digest = absl::HashOf(pairs);
  CompactText text(absl::StrCat(account.name, absl::string_view("\0", 1), account.display_name));
  // Most changes of an account are none of its texts.
  const auto known = by_name_.find(account.name);
  if (known != by_name_.end() && documents_[*known].digest == digest) {
    documents_[*known].text = std::move(text);
    return;
  }
  Remove(account.name);
  if (pairs.empty()) return;
  const auto document = static_cast<std::uint32_t>(documents_.size());
  documents_.push_back({std::move(text), digest});
  sizes_.push_back(static_cast<std::uint32_t>(pairs.size()));
  by_name_.insert(document);
  for (const std::uint64_t key : KeysOf(pairs)) postings_[key].Add(document);
}

void TextIndex::Remove(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return;
  const std::uint32_t document = *found;
  by_name_.erase(found);
  documents_[document] = {};
  sizes_[document] = 0;
  if (documents_.size() > kFewDocuments && by_name_.size() < documents_.size() / 2) DropRemoved();
}

// Numbers the documents anew, in the same order.
void TextIndex::DropRemoved() {
  std::vector<std::uint32_t> numbers(documents_.size());
  std::vector<std::uint32_t> sizes;
  std::vector<Document> documents;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    numbers[i] = static_cast<std::uint32_t>(documents.size());
    if (sizes_[i] == 0) continue;
    sizes.push_back(sizes_[i]);
    documents.push_back(std::move(documents_[i]));
  }
  for (auto it = postings_.begin(); it != postings_.end();) {
    Ascending kept;
    it->second.ForEach([&](std::uint32_t document) {
      if (sizes_[document] > 0) kept.Add(numbers[document]);
    });
    if (kept.empty()) {
      postings_.erase(it++);
    } else {
      (it++)->second = std::move(kept);
    }
  }
  by_name_.clear();
  documents_ = std::move(documents);
  sizes_ = std::move(sizes);
  for (std::uint32_t i = 0; i < documents_.size(); ++i) by_name_.insert(i);
}

std::optional<Nearest> TextIndex::Find(const CharacterPairs& pairs, const std::string& self,
                                       int percent) const {
  std::vector<std::uint32_t> shared(documents_.size());
  for (const std::uint64_t key : KeysOf(pairs)) {
    const auto found = postings_.find(key);
    if (found == postings_.end()) continue;
    found->second.ForEach([&](std::uint32_t document) { ++shared[document]; });
  }
  const Document* nearest = nullptr;
  int most = percent - 1;
  for (std::size_t i = 0; i < documents_.size(); ++i) {
    if (shared[i] == 0 || sizes_[i] == 0) continue;
    const int alike = PercentAlike(shared[i], pairs.size(), sizes_[i]);
    if (alike <= most || documents_[i].name() == self) continue;
    most = alike;
    nearest = &documents_[i];
  }
  if (nearest == nullptr) return std::nullopt;
  return Nearest{std::string(nearest->name()), std::string(nearest->display_name()), most};
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
