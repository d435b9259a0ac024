#include "services/cli/export_table.h"

#include "absl/strings/strip.h"
#include "services/cli/labels.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;

template <typename Enum>
std::string EnumText(Enum value, Reader reader) {
  const std::string label = EnumLabel(value);
  return reader == Reader::kPeople ? label : label.substr(label.rfind(' ') + 1);
}

// Day and time in Asia/Tokyo; empty when nobody looked.
std::string LastPost(const v1::Account& account) {
  if (!account.has_activity()) return "";
  if (!account.activity().has_last_post_time()) return "投稿なし never";
  return TimeText(account.activity().last_post_time());
}

}  // namespace

sheet::Table AccountTable() {
  return {"accounts",
          {{"所属", "department"},
           {"所属名", "department_name"},
           {"サービス", "service"},
           {"アカウント名", "account_name"},
           {"URL", "url"},
           {"出典", "source"},
           {"状態", "state"},
           {"状況", "condition"},
           {"正規URL", "canonical_url"},
           {"開設日", "opened_on"},
           {"公式一覧", "listing_page"},
           {"公式一覧 確認日", "listing_seen_on"},
           {"所属のページ", "section_page"},
           {"所属のページ 確認日", "section_page_seen_on"},
           {"認証", "verification"},
           {"最終投稿", "last_post"}},
          {}};
}

std::vector<std::string> AccountRow(const v1::Account& account,
                                    const std::map<std::string, std::string>& department_names,
                                    Reader reader) {
  const auto name = department_names.find(account.department());
  const v1::PageSighting& list = account.listing().organization_page();
  const v1::PageSighting& section = account.listing().section_page();
  const std::string& url = account.fields().url();
  return {std::string(absl::StripPrefix(account.department(), "departments/")),
          name == department_names.end() ? "" : name->second,
          account.fields().platform(),
          account.fields().display_name(),
          url.empty() ? account.canonical_url() : url,
          account.origin().source(),
          EnumText(account.state(), reader),
          EnumText(account.condition(), reader),
          account.canonical_url(),
          DayText(account.opened_on()),
          list.url(),
          DayText(list.seen_on()),
          section.url(),
          DayText(section.seen_on()),
          EnumText(account.facts().verification().state(), reader),
          LastPost(account)};
}

}  // namespace daicho::cli
