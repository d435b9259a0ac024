#include "services/cli/publish/page_parts.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace daicho::cli::publish {
namespace {

struct Place {
  const char* path;
  const char* label;
};

constexpr Place kPlaces[] = {{"index.html", "公式アカウント一覧"},
                             {"warnings.html", "なりすましの注意喚起"},
                             {"closed.html", "公式でなくなったアカウント"},
                             {"index.html#data", "オープンデータ"}};

Markup Navigation(const Page& page, const std::string& root) {
  Markup items;
  for (const Place& place : kPlaces) {
    items +=
        Fill("<li><a href=\"$0$1\"$2>$3</a></li>\n",
             {root, place.path, page.path == place.path ? Fill(" aria-current=\"page\"") : Markup(),
              place.label});
  }
  return Fill("<nav aria-label=\"ページ\">\n<ul>\n$0</ul>\n</nav>\n", {items});
}

Markup Contact(const Arrangement& arrangement) {
  if (arrangement.site.contact_department.empty()) return {};
  const Department& department = arrangement.DepartmentOf(arrangement.site.contact_department);
  return Fill("<p>この一覧に関するお問い合わせ: $0 $1</p>\n",
              {department.name, department.contact_desk});
}

Markup Head(const Arrangement& arrangement, const Page& page, const std::string& root) {
  const std::string& organization = arrangement.list.organization_name;
  Markup head = Fill(
      "<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'self'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>$0|$1</title>\n"
      "<meta name=\"description\" content=\"$2\">\n"
      "<link rel=\"stylesheet\" href=\"$3style.css\">\n"
      "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"更新情報\" "
      "href=\"$3feed.atom\">\n",
      {page.title, organization, page.description, root});
  if (!arrangement.site.base_url.empty()) {
    const std::string file = page.path == "index.html" ? "" : page.path;
    head +=
        Fill("<link rel=\"canonical\"$0>\n", {Href(absl::StrCat(arrangement.site.base_url, file))});
  }
  if (!page.linked_data.is_null()) {
    head +=
        Fill("<script type=\"application/ld+json\">$0</script>\n", {ScriptJson(page.linked_data)});
  }
  return head;
}

// Text that keeps to itself, whatever the direction of its letters.
Markup Isolated(const std::string& text) { return Fill("<bdi>$0</bdi>", {text}); }

Markup NameCell(const Account& account) {
  return Fill("$0<br>\n<span class=\"address\">$1</span>", {AccountLink(account), account.url});
}

// With a link to the account that takes over, where that is official.
Markup SuccessorNote(const Arrangement& arrangement, const Account& account) {
  const Account* successor = arrangement.Find(account.successor);
  if (successor == nullptr || successor->standing != Standing::kOfficial) return {};
  return Fill("<p>現在の公式アカウント: $0($1)</p>\n",
              {AccountLink(*successor), successor->platform_name});
}

Markup StandingMark(const Account& account, const char* style) {
  return Fill("<span class=\"standing $0\">$1</span>\n", {style, LabelOf(account.standing)});
}

Markup Trouble(const Arrangement& arrangement, const Account& account) {
  Markup note;
  if (account.standing == Standing::kCompromised) {
    note += StandingMark(account, "standing-compromised");
    note += Fill(
        "<p>第三者に乗っ取られています。投稿やメッセージ、リンクを信用しないでください。</p>\n");
  } else if (account.standing == Standing::kUnconfirmed) {
    note += StandingMark(account, "standing-suspended");
    note +=
        Fill("<p>名前の変更を確認しています。確認が済むまで、この名前は公式とは限りません。</p>\n");
  } else {
    note += StandingMark(account, "standing-suspended");
    note += Fill("<p>公式アカウントですが、現在停止しています。</p>\n");
  }
  if (account.condition_since)
    note += Fill("<p>$0から</p>\n", {JapaneseDay(account.condition_since)});
  if (!account.notice.empty()) note += Fill("<p>$0</p>\n", {Isolated(account.notice)});
  note += SuccessorNote(arrangement, account);
  return note;
}

Markup StandingCell(const Arrangement& arrangement, const Account& account) {
  Markup cell;
  if (account.standing == Standing::kOfficial) {
    cell += StandingMark(account, "standing-official");
    if (account.verified) cell += Fill("<p>認証アカウント</p>\n");
  } else {
    cell += Trouble(arrangement, account);
  }
  if (account.official_until) {
    cell += Fill("<p>$0から公式ではありません</p>\n", {JapaneseDay(account.official_until)});
  }
  if (account.opened_on) cell += Fill("<p>$0開設</p>\n", {JapaneseDay(account.opened_on)});
  if (const Markup href = Href(account.policy_url); !href.text.empty()) {
    cell += Fill("<p><a$0>利用方針</a></p>\n", {href});
  }
  return cell;
}

Markup NameAndDepartment(const Arrangement& arrangement, const Account& account,
                         const std::string& root) {
  return Fill("$0<br>\n<a href=\"$1departments/$2.html\">$3</a>",
              {NameCell(account), root, account.department,
               arrangement.DepartmentOf(account.department).name});
}

Markup Row(const Account& account, const Markup& name, const Markup& note) {
  return Fill("<tr>\n<th scope=\"row\">$0</th>\n<td>$1</td>\n<td>$2</td>\n</tr>\n",
              {account.platform_name, name, note});
}

Markup Table(const std::string& caption, const Markup& names, const Markup& notes,
             const Markup& rows) {
  return Fill(
      "<table class=\"accounts\">\n<caption>$0</caption>\n<thead>\n<tr><th scope=\"col\">種類</th>"
      "<th scope=\"col\">$1</th><th scope=\"col\">$2</th></tr>\n</thead>\n<tbody>\n$3</tbody>\n"
      "</table>\n",
      {caption, names, notes, rows});
}

}  // namespace

std::string RootOf(const std::string& path) { return absl::StrContains(path, "/") ? "../" : ""; }

std::string Document(const Arrangement& arrangement, const Page& page) {
  const std::string root = RootOf(page.path);
  const PublicList& list = arrangement.list;
  return Fill(
             "<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n$0</head>\n<body>\n"
             "<a class=\"skip\" href=\"#main\">本文へ移動</a>\n"
             "<header>\n<p class=\"organization\">$1</p>\n$2</header>\n"
             "<main id=\"main\">\n<h1>$3</h1>\n"
             "<p class=\"as-of\"><time datetime=\"$4\">$5</time>($6)現在</p>\n"
             "$7</main>\n<footer>\n$8<p>$1</p>\n</footer>\n</body>\n</html>\n",
             {Head(arrangement, page, root), list.organization_name, Navigation(page, root),
              page.title, IsoTime(list.as_of), JapaneseTime(list.as_of),
              IsoTime(list.as_of).substr(0, 10), page.main, Contact(arrangement)})
      .text;
}

Markup AccountTable(const Arrangement& arrangement, const std::vector<const Account*>& accounts,
                    const std::string& caption) {
  Markup rows;
  for (const Account* account : accounts) {
    rows += Row(*account, NameCell(*account), StandingCell(arrangement, *account));
  }
  return Table(caption, Fill("アカウント名・URL"), Fill("状態"), rows);
}

Markup TroubleTable(const Arrangement& arrangement, const std::vector<const Account*>& accounts,
                    const std::string& caption) {
  Markup rows;
  for (const Account* account : accounts) {
    rows += Row(*account, NameAndDepartment(arrangement, *account, ""),
                StandingCell(arrangement, *account));
  }
  return Table(caption, Fill("アカウント名・URL・所属"), Fill("状態"), rows);
}

Markup FormerTable(const Arrangement& arrangement, const std::vector<const Account*>& accounts,
                   const std::string& caption, const std::string& root) {
  Markup rows;
  for (const Account* account : accounts) {
    Markup note = StandingMark(*account, "standing-former");
    note += Fill("<p>$0から</p>\n", {JapaneseDay(account->official_until)});
    if (account->former_name) note += Fill("<p>名称等の変更による</p>\n");
    note += SuccessorNote(arrangement, *account);
    rows += Row(*account, NameAndDepartment(arrangement, *account, root), note);
  }
  return Table(caption, Fill("アカウント名・URL・所属"), Fill("公式でなくなった日"), rows);
}

Markup AccountLink(const Account& account) {
  const Markup name = Isolated(NameOf(account));
  const Markup href = account.standing == Standing::kOfficial ? Href(account.url) : Markup();
  return href.text.empty() ? name : Fill("<a rel=\"me\"$0>$1</a>", {href, name});
}

Markup AboveLine(const Arrangement& arrangement, const Department& department) {
  Markup names;
  for (const Department* one : arrangement.Above(department)) {
    if (!names.text.empty()) names += Fill(" › ");
    names += Fill("$0", {one->name});
  }
  return names.text.empty() ? Markup() : Fill("<p class=\"above\">$0</p>\n", {names});
}

Markup Advice() {
  return Fill(
      "<h2 id=\"advice\">なりすましと思われるアカウントを見つけたら</h2>\n<ol>\n"
      "<li>友達申請やメッセージに応じないでください。書かれたリンクも開かないでください。</li>\n"
      "<li>氏名、住所、電話番号、口座番号、クレジットカード番号、暗証番号を伝えないでください。</"
      "li>\n"
      "<li>各SNSの「報告」の機能から、なりすましとして報告してください。</li>\n"
      "<li>名乗られている所属の窓口にお知らせください。窓口は所属ごとのページにあります。</li>\n"
      "<li>金銭や個人情報の被害があるときは、警察相談専用電話(#9110)か、"
      "消費者ホットライン(188)に相談してください。</li>\n</ol>\n");
}

Json Organization(const std::string& name, const std::vector<const Account*>& accounts) {
  Json same_as = Json::array();
  for (const Account* account : accounts) {
    const std::string url = WebUrl(account->url);
    if (account->standing == Standing::kOfficial && !url.empty()) same_as.push_back(url);
  }
  Json organization = {{"@type", "Organization"}, {"name", name}};
  if (!same_as.empty()) organization["sameAs"] = same_as;
  return organization;
}

}  // namespace daicho::cli::publish
