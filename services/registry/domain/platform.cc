#include "services/registry/domain/platform.h"

#include <unicode/unistr.h>

#include "services/registry/domain/text.h"

namespace daicho::registry::domain {
namespace {

const Platform* Find(const absl::flat_hash_map<std::string, const Platform*>& map,
                     absl::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

PlatformTable::PlatformTable(std::vector<Platform> platforms, LinkRules rules)
    : platforms_(std::move(platforms)), rules_(std::move(rules)) {
  for (const Platform& platform : platforms_) {
    for (const std::string& host : platform.hosts) by_host_[host] = &platform;
    by_name_[FoldName(platform.id)] = &platform;
    by_name_[FoldName(platform.display_name)] = &platform;
    for (const std::string& alias : platform.aliases) by_name_[FoldName(alias)] = &platform;
  }
}

const Platform* PlatformTable::ByHost(absl::string_view host) const { return Find(by_host_, host); }

const Platform* PlatformTable::ById(absl::string_view id) const {
  const Platform* platform = Find(by_name_, id);
  return platform != nullptr && platform->id == id ? platform : nullptr;
}

const Platform* PlatformTable::ByName(absl::string_view name) const {
  return Find(by_name_, FoldName(name));
}

std::string FoldName(absl::string_view name) {
  const std::string normal = Nfkc(TrimCopied(name));
  if (IsAscii(normal)) return FoldAscii(normal);
  std::string folded;
  icu::UnicodeString::fromUTF8(normal).foldCase().toUTF8String(folded);
  return folded;
}

}  // namespace daicho::registry::domain
