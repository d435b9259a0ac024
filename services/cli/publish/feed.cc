#include "services/cli/publish/feed.h"

#include "absl/strings/str_cat.h"
#include "common/base/uuid.h"
#include "services/cli/publish/escape.h"

namespace daicho::cli::publish {
namespace {

constexpr std::size_t kMaxEntries = 200;

// "「青森県」(X、秘書課)"
std::string Called(const Arrangement& arrangement, const Account& account) {
  return absl::StrCat("「", NameOf(account), "」(", account.platform_name, "、",
                      arrangement.DepartmentOf(account.department).name, ")");
}

std::string RenamedText(const Change& change, const std::string& called) {
  std::string text = absl::StrCat(called, "は、名称等が変わりました。");
  if (!change.display_name_before.empty() &&
      change.display_name_before != change.account.display_name) {
    absl::StrAppend(&text, "旧名称は「", change.display_name_before, "」です。");
  }
  if (change.url_before != change.account.url) {
    absl::StrAppend(&text, "旧URL ", change.url_before, " は、公式ではありません。");
  }
  return text;
}

std::string TextOf(const Arrangement& arrangement, const Change& change) {
  const Account& account = change.account;
  const std::string called = Called(arrangement, account);
  const std::string day = JapaneseDay(account.official_until);
  switch (change.kind) {
    case ChangeKind::kOpened:
      return absl::StrCat(called, "を開設しました。");
    case ChangeKind::kRenamed:
      return RenamedText(change, called);
    case ChangeKind::kMoved:
      return absl::StrCat(called, "の所属が、",
                          arrangement.DepartmentOf(change.department_before).name,
                          "から変わりました。");
    case ChangeKind::kClosing:
      return absl::StrCat(called, "を廃止します。", day, "から公式ではありません。");
    case ChangeKind::kClosed:
      return absl::StrCat(called, "を廃止しました。", day,
                          "から公式ではありません。以後の投稿は公式の発信ではありません。");
    case ChangeKind::kSuspended:
      return absl::StrCat(called, "は、停止しています。", account.notice);
    case ChangeKind::kCompromised:
      return absl::StrCat(
          called, "が第三者に乗っ取られました。投稿やメッセージ、リンクを信用しないでください。",
          account.notice);
    case ChangeKind::kRestored:
      return absl::StrCat(called, "は、復旧しました。");
  }
  return "";
}

Markup Entry(const Arrangement& arrangement, const Change& change) {
  const std::string page =
      absl::StrCat(arrangement.site.base_url, "departments/", change.account.department, ".html");
  // A department whose accounts have all left the list has no page any more.
  const bool has_page = arrangement.listed.contains(change.account.department) ||
                        arrangement.former.contains(change.account.department);
  return Fill(
      "<entry>\n<id>urn:uuid:$0</id>\n<title>$1: $2</title>\n<updated>$3</updated>\n"
      "<category term=\"$4\" label=\"$1\"/>\n$5<content type=\"text\">$6 $7</content>\n</entry>\n",
      {change.id, LabelOf(change.kind), NameOf(change.account), IsoTime(change.time),
       TermOf(change.kind),
       has_page ? Fill("<link rel=\"alternate\" type=\"text/html\" href=\"$0\"/>\n", {page})
                : Markup(),
       TextOf(arrangement, change), change.account.url});
}

}  // namespace

std::string Feed(const Arrangement& arrangement) {
  const PublicList& list = arrangement.list;
  Markup entries;
  std::size_t count = 0;
  for (const Change* change : arrangement.changes) {
    if (++count > kMaxEntries) break;
    entries += Entry(arrangement, *change);
  }
  const std::string& base = arrangement.site.base_url;
  const Markup self =
      base.empty()
          ? Markup()
          : Fill("<link rel=\"self\" type=\"application/atom+xml\" href=\"$0feed.atom\"/>\n",
                 {base});
  // RFC 4287 §4.2.15: when something last changed, not when the list was made.
  const absl::Time updated =
      arrangement.changes.empty() ? list.as_of : arrangement.changes.front()->time;
  return Fill(
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"ja\">\n"
             "<id>urn:uuid:$0</id>\n<title>$1 公式SNSアカウントの更新情報</title>\n"
             "<updated>$2</updated>\n<author><name>$1</name></author>\n"
             "<link rel=\"alternate\" type=\"text/html\" href=\"$3index.html\"/>\n$4"
             "<generator>Daicho</generator>\n$5</feed>\n",
             {NamedUuid(absl::StrCat("daicho/public-list/", list.local_government_code, "/",
                                     list.organization_name)),
              list.organization_name, IsoTime(updated), base, self, entries})
      .text;
}

}  // namespace daicho::cli::publish
