#include "services/registry/domain/directory_snapshot.h"

#include <algorithm>
#include <utility>

namespace daicho::registry::domain {

std::vector<Holder> DirectorySnapshot::HoldersOf(absl::string_view key) const {
  const std::vector<Holding>* holdings = holdings_.Find(key);
  if (holdings == nullptr) return {};
  std::vector<Holder> holders;
  holders.reserve(holdings->size());
  for (const Holding& holding : *holdings) {
    const LookupEntry* entry = Account(holding.account);
    if (entry != nullptr) holders.push_back({entry, holding.given_up_on});
  }
  return holders;
}

const LookupEntry* DirectorySnapshot::Account(absl::string_view id) const {
  const auto* entry = accounts_.Find(id);
  return entry == nullptr ? nullptr : entry->get();
}

const PublicDepartment* DirectorySnapshot::Department(absl::string_view code) const {
  return departments_.Find(code);
}

DirectorySnapshot::Editor::Editor(const DirectorySnapshot& from)
    : accounts_(from.accounts_), holdings_(from.holdings_), departments_(from.departments_) {}

void DirectorySnapshot::Editor::Put(LookupEntry entry) {
  const auto* before = accounts_.Find(entry.account);
  if (before != nullptr && (*before)->key != entry.key && !(*before)->key.empty()) {
    std::vector<Holding>& holdings = holdings_.At((*before)->key);
    const Holding given_up{entry.account, std::nullopt};
    holdings.erase(std::remove(holdings.begin(), holdings.end(), given_up), holdings.end());
  }
  if (!entry.key.empty()) Hold(entry.key, {entry.account, std::nullopt});
  const std::string id = entry.account;
  accounts_.At(id) = std::make_shared<const LookupEntry>(std::move(entry));
}

void DirectorySnapshot::Editor::Put(const FormerHolding& former) {
  Hold(former.key, {former.account, former.until_on});
}

void DirectorySnapshot::Editor::Put(PublicDepartment department) {
  const std::string code = department.code;
  departments_.At(code) = std::move(department);
}

DirectorySnapshot DirectorySnapshot::Editor::Finish() && {
  DirectorySnapshot result;
  result.accounts_ = std::move(accounts_).Finish();
  result.holdings_ = std::move(holdings_).Finish();
  result.departments_ = std::move(departments_).Finish();
  return result;
}

void DirectorySnapshot::Editor::Hold(const std::string& key, Holding holding) {
  std::vector<Holding>& holdings = holdings_.At(key);
  if (std::find(holdings.begin(), holdings.end(), holding) == holdings.end()) {
    holdings.push_back(std::move(holding));
  }
}

}  // namespace daicho::registry::domain
