#include "services/cli/audit_text.h"

#include <set>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/labels.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

// Sealed values of the event that did not come with it.
std::string WithoutValue(const audit::v1::Entry& entry) {
  std::set<std::string> there;
  for (const auto& body : entry.bodies()) there.insert(body.path());
  std::vector<std::string> missing;
  for (const auto& sealed : entry.event().sealed()) {
    if (there.count(sealed.path()) == 0) missing.push_back(sealed.path());
  }
  return absl::StrJoin(missing, "\n");
}

}  // namespace

std::string HashText(const std::string& hash) { return absl::BytesToHexString(hash); }

std::string EntriesText(const audit::v1::ListEntriesResponse& list, int width) {
  Table table{{"番号", "日時", "内容", "誰が", "対象", "結果", "理由", "イベント"}, {}};
  for (const audit::v1::Entry& entry : list.entries()) {
    const event::v1::Event& event = entry.event();
    table.rows.push_back({absl::StrCat(entry.index()), TimeText(event.event_time()), event.type(),
                          event.actor().subject(), event.resource(), EnumLabel(event.outcome()),
                          event.reason(), event.event_id()});
  }
  return absl::StrCat(Render(table, width), list.entries_size(), " 件\n");
}

std::string EntryText(const audit::v1::Entry& entry) {
  const event::v1::Event& event = entry.event();
  const auto roles = absl::StrJoin(event.actor().roles(), ", ", [](std::string* out, int role) {
    out->append(EnumLabel(static_cast<access::v1::Role>(role)));
  });
  Details details = {
      {"番号", absl::StrCat(entry.index())},
      {"イベント", event.event_id()},
      {"日時", TimeText(event.event_time())},
      {"内容", event.type()},
      {"対象", event.resource()},
      {"関連", absl::StrJoin(event.related_resources(), "\n")},
      {"所属", event.department()},
      {"誰が", absl::StrCat(event.actor().subject(), "  ", event.actor().display_name())},
      {"役割", roles},
      {"誰がの所属", event.actor().department()},
      {"呼び出し", absl::StrCat(event.service(), "  ", event.rpc())},
      {"結果", EnumLabel(event.outcome())},
      {"理由", event.reason()},
      {"request_id", event.request_id()},
      {"葉のハッシュ", HashText(entry.leaf_hash())}};
  for (const auto& change : event.changes()) {
    details.emplace_back("変更",
                         absl::StrCat(change.path(), ": ", change.before(), " → ", change.after()));
  }
  const std::string missing = WithoutValue(entry);
  if (!missing.empty()) details.emplace_back("値なし(消去済みなど)", missing);
  return Render(details);
}

std::string HeadText(const audit::v1::TreeHead& head) {
  return Render(Details{{"件数", absl::StrCat(head.tree_size())},
                        {"根のハッシュ", HashText(head.root_hash())},
                        {"日時", TimeText(head.update_time())}});
}

}  // namespace daicho::cli
