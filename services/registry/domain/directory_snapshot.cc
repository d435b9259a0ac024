#include "services/registry/domain/directory_snapshot.h"

#include <algorithm>
#include <utility>

namespace daicho::registry::domain {
namespace {

// No more accounts than this are found by the same half: they are hints, and where many share one
// they are numbered.
constexpr std::size_t kMostAlike = 256;
// And no more than this are looked at more closely.
constexpr std::size_t kMostResembling = 64;

// Departments are reorganised once a year; nobody asks by an older code.
constexpr int kMostReorganizations = 50;

// Whether so many bits differ; without the processor's own count, which not every one has.
bool DifferInMoreThan(int most, std::uint64_t a, std::uint64_t b) {
  std::uint64_t different = a ^ b;
  for (int i = 0; i < most; ++i) different &= different - 1;  // Clears the lowest.
  return different != 0;
}

bool HasEnded(const PublicDepartment& department, absl::CivilDay today) {
  return department.valid_until && *department.valid_until < today;
}

}  // namespace

DirectorySnapshot::DirectorySnapshot()
    : departments_(std::make_shared<const Departments>()),
      warnings_(std::make_shared<const Warnings>()) {}

std::vector<Holder> DirectorySnapshot::HoldersOf(absl::string_view key) const {
  const std::uint64_t hash = HashOf(key);
  std::vector<Holder> holders;
  for (const Pointer& pointer : by_key_.Find(hash)) {
    if (pointer.entry->key.view() == key) holders.push_back({pointer.entry, std::nullopt});
  }
  for (const GivenUp& given_up : given_up_.Find(hash)) {
    if (given_up.key.view() == key) holders.push_back({given_up.entry.get(), given_up.on});
  }
  return holders;
}

const LookupEntry* DirectorySnapshot::Account(absl::string_view id) const {
  for (const Kept& kept : accounts_.Find(HashOf(id))) {
    if (kept.entry->account.view() == id) return kept.entry.get();
  }
  return nullptr;
}

const PublicDepartment* DirectorySnapshot::Department(absl::string_view code) const {
  const auto found = departments_->find(code);
  return found == departments_->end() ? nullptr : &found->second;
}

std::vector<const PublicDepartment*> DirectorySnapshot::FindDepartments(
    absl::string_view code_or_name, absl::CivilDay today) const {
  std::vector<const PublicDepartment*> found;
  if (const PublicDepartment* department = Department(code_or_name)) {
    AddHeirs(*department, today, 0, found);
    return found;
  }
  std::vector<const PublicDepartment*> ended;
  for (const auto& [code, department] : *departments_) {
    if (department.display_name != code_or_name) continue;
    (HasEnded(department, today) ? ended : found).push_back(&department);
  }
  if (found.size() > 1) return {};
  if (found.empty() && ended.size() == 1) AddHeirs(*ended.front(), today, 0, found);
  return found;
}

void DirectorySnapshot::AddHeirs(const PublicDepartment& department, absl::CivilDay today,
                                 int depth, std::vector<const PublicDepartment*>& heirs) const {
  if (!HasEnded(department, today)) {
    if (std::find(heirs.begin(), heirs.end(), &department) == heirs.end()) {
      heirs.push_back(&department);
    }
    return;
  }
  if (depth == kMostReorganizations) return;
  for (const std::string& code : department.successors) {
    if (const PublicDepartment* heir = Department(code)) AddHeirs(*heir, today, depth + 1, heirs);
  }
}

std::vector<const LookupEntry*> DirectorySnapshot::AccountsOf(absl::string_view department) const {
  std::vector<const LookupEntry*> accounts;
  for (const Pointer& pointer : by_department_.Find(HashOf(department))) {
    if (pointer.entry->department.view() == department) accounts.push_back(pointer.entry);
  }
  return accounts;
}

const PublicWarning* DirectorySnapshot::WarningOf(absl::string_view key) const {
  const auto found = warnings_->find(key);
  return found == warnings_->end() ? nullptr : &found->second;
}

std::vector<const LookupEntry*> DirectorySnapshot::Resembling(const Likeness& handle) const {
  const std::uint64_t characters = handle.Characters();
  std::vector<const LookupEntry*> entries;
  for (const std::uint64_t hash : handle.HalvesToAsk()) {
    for (const Alike& alike : by_likeness_.Find(hash)) {
      if (DifferInMoreThan(kMostCharactersApart, alike.characters, characters)) continue;
      // Usually twice, by both of its halves.
      if (std::find(entries.begin(), entries.end(), alike.entry) != entries.end()) continue;
      entries.push_back(alike.entry);
      if (entries.size() == kMostResembling) return entries;
    }
  }
  return entries;
}

DirectorySnapshot::Editor::Editor(const DirectorySnapshot& from)
    : accounts_(from.accounts_),
      by_key_(from.by_key_),
      by_department_(from.by_department_),
      by_likeness_(from.by_likeness_),
      given_up_(from.given_up_),
      departments_(from.departments_),
      warnings_(from.warnings_) {}

void DirectorySnapshot::Editor::Put(LookupEntry entry) {
  if (const auto before = Find(entry.account)) Forget(*before);
  const auto kept = std::make_shared<const LookupEntry>(std::move(entry));
  if (!kept->key.empty()) by_key_.Add({HashOf(kept->key), kept.get()});
  by_department_.Add({HashOf(kept->department), kept.get()});
  const Likeness likeness(HandleOf(*kept));
  for (const std::uint64_t hash : likeness.HalvesToKeep()) {
    by_likeness_.Add({hash, likeness.Characters(), kept.get()});
  }
  accounts_.Add({HashOf(kept->account), kept});
}

void DirectorySnapshot::Editor::Put(const FormerHolding& former) {
  const auto entry = Find(former.account);
  if (entry == nullptr) return;
  const std::uint64_t hash = HashOf(former.key);
  given_up_.Remove(hash, [&](const GivenUp& known) {
    return known.key.view() == former.key && known.on == former.until_on &&
           known.entry->account.view() == former.account;
  });
  given_up_.Add({hash, entry, former.key, former.until_on});
}

void DirectorySnapshot::Editor::Put(PublicDepartment department) {
  if (own_departments_ == nullptr) {
    own_departments_ = std::make_shared<Departments>(*departments_);
    departments_ = own_departments_;
  }
  const std::string code = department.code;
  (*own_departments_)[code] = std::move(department);
}

void DirectorySnapshot::Editor::Put(PublicWarning warning) {
  const auto known = warnings_->find(warning.key);
  // What ended says nothing of a later warning about the same key.
  if (!warning.in_force && (known == warnings_->end() || known->second.id != warning.id)) return;
  if (own_warnings_ == nullptr) {
    own_warnings_ = std::make_shared<Warnings>(*warnings_);
    warnings_ = own_warnings_;
  }
  const std::string key = warning.key;
  if (warning.in_force) {
    (*own_warnings_)[key] = std::move(warning);
  } else {
    own_warnings_->erase(key);
  }
}

DirectorySnapshot DirectorySnapshot::Editor::Finish() && {
  DirectorySnapshot result;
  result.accounts_ = std::move(accounts_).Finish();
  result.by_key_ = std::move(by_key_).Finish();
  result.by_department_ = std::move(by_department_).Finish();
  result.by_likeness_ = std::move(by_likeness_).Finish(kMostAlike);
  result.given_up_ = std::move(given_up_).Finish();
  result.departments_ = std::move(departments_);
  result.warnings_ = std::move(warnings_);
  return result;
}

std::shared_ptr<const LookupEntry> DirectorySnapshot::Editor::Find(absl::string_view id) const {
  const Kept* kept = accounts_.Find(
      HashOf(id), [id](const Kept& known) { return known.entry->account.view() == id; });
  return kept == nullptr ? nullptr : kept->entry;
}

void DirectorySnapshot::Editor::Forget(const LookupEntry& entry) {
  const auto is_it = [&](const auto& item) { return item.entry == &entry; };
  if (!entry.key.empty()) by_key_.Remove(HashOf(entry.key), is_it);
  by_department_.Remove(HashOf(entry.department), is_it);
  for (const std::uint64_t hash : Likeness(HandleOf(entry)).HalvesToKeep()) {
    by_likeness_.Remove(hash, is_it);
  }
  accounts_.Remove(HashOf(entry.account),
                   [&](const Kept& kept) { return kept.entry.get() == &entry; });
}

}  // namespace daicho::registry::domain
