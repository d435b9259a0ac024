#include "services/cli/publish/pages.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/cli/publish/page_parts.h"

namespace daicho::cli::publish {
namespace {

const std::vector<const Account*>& In(
    const std::map<std::string, std::vector<const Account*>>& accounts, const std::string& code) {
  static const auto* const none = new std::vector<const Account*>();
  const auto found = accounts.find(code);
  return found == accounts.end() ? *none : found->second;
}

std::string PathOf(const Department& department) {
  return absl::StrCat("departments/", department.code, ".html");
}

// What readers have to know before anything else.
Markup Alarm(const Arrangement& arrangement) {
  const std::size_t impersonators = arrangement.list.warnings.size();
  if (impersonators == 0 && arrangement.compromised.empty() && arrangement.suspended.empty()) {
    return {};
  }
  Markup lines;
  if (!arrangement.compromised.empty()) {
    lines += Fill(
        "<li>乗っ取られたアカウントがあります($0件)。投稿やメッセージを信用しないで"
        "ください。</li>\n",
        {arrangement.compromised.size()});
  }
  if (impersonators > 0) {
    lines += Fill("<li>なりすましのアカウントを確認しています($0件)。</li>\n", {impersonators});
  }
  if (!arrangement.suspended.empty()) {
    lines +=
        Fill("<li>停止中のアカウントがあります($0件)。</li>\n", {arrangement.suspended.size()});
  }
  return Fill(
      "<section class=\"alarm\" aria-labelledby=\"alarm\">\n<h2 id=\"alarm\">ご注意ください</h2>\n"
      "<ul>\n$0</ul>\n<p><a href=\"warnings.html\">注意喚起の詳細</a></p>\n</section>\n",
      {lines});
}

Markup HowToCheck() {
  return Fill(
      "<h2 id=\"check\">本物かどうかの確かめ方</h2>\n<ol>\n"
      "<li>この一覧で、所属とSNSの種類からアカウントを探してください。</li>\n"
      "<li>URLまたはユーザー名を一文字ずつ見比べてください。名前やアイコンは誰でもまねできます。</"
      "li>\n"
      "<li>できるだけ、この一覧のリンクからアカウントを開いてください。</li>\n"
      "<li>一覧にないアカウントは、公式であると確認できません。所属の窓口にお問い合わせください。</"
      "li>\n"
      "</ol>\n");
}

Markup CountsByPlatform(const Arrangement& arrangement) {
  std::map<std::pair<bool, std::string>, std::size_t> counts;
  for (const Account* account : arrangement.official) {
    ++counts[{account->platform == "other", account->platform_name}];
  }
  Markup rows;
  for (const auto& [platform, count] : counts) {
    rows += Fill("<tr><th scope=\"row\">$0</th><td>$1</td></tr>\n", {platform.second, count});
  }
  return Fill(
      "<table class=\"counts\">\n<caption>種類ごとの公式アカウントの数</caption>\n<thead>\n"
      "<tr><th scope=\"col\">種類</th><th scope=\"col\">件数</th></tr>\n</thead>\n<tbody>\n$0"
      "</tbody>\n</table>\n",
      {rows});
}

Markup Contents(const Arrangement& arrangement) {
  Markup items;
  for (const Department* department : arrangement.departments) {
    const std::size_t count = In(arrangement.listed, department->code).size();
    if (count == 0) continue;
    items += Fill("<li><a href=\"#d-$0\">$1</a>($2件)</li>\n",
                  {department->code, department->name, count});
  }
  return Fill("<h2 id=\"departments\">所属から探す</h2>\n<ul class=\"departments\">\n$0</ul>\n",
              {items});
}

Markup AccountsByDepartment(const Arrangement& arrangement) {
  Markup sections = Fill("<h2 id=\"accounts\">アカウント一覧</h2>\n");
  for (const Department* department : arrangement.departments) {
    const auto& accounts = In(arrangement.listed, department->code);
    if (accounts.empty()) continue;
    sections += Fill(
        "<section>\n<h3 id=\"d-$0\"><a href=\"$1\">$2</a></h3>\n"
        "$3$4</section>\n",
        {department->code, PathOf(*department), department->name,
         AboveLine(arrangement, *department),
         AccountTable(arrangement, accounts,
                      absl::StrCat(department->name, "のアカウント(", accounts.size(), "件)"))});
  }
  return sections;
}

Markup OpenData() {
  return Fill(
      "<h2 id=\"data\">オープンデータ</h2>\n<ul>\n"
      "<li><a href=\"accounts.csv\">公式アカウント一覧(CSV)</a></li>\n"
      "<li><a href=\"accounts.json\">公式アカウント一覧(JSON)</a></li>\n"
      "<li><a href=\"departments.json\">所属一覧(JSON)</a></li>\n"
      "<li><a href=\"feed.atom\">更新情報(Atom)</a></li>\n"
      "<li><a href=\"README.md\">データの項目の説明</a></li>\n"
      "<li><a href=\"SHA256SUMS\">ファイルのハッシュ値(SHA-256)</a></li>\n</ul>\n");
}

Json LinkedData(const Arrangement& arrangement) {
  Json data = {{"@context", "https://schema.org"}};
  data.update(Organization(arrangement.list.organization_name, {}));
  if (!arrangement.list.local_government_code.empty()) {
    data["identifier"] = arrangement.list.local_government_code;
  }
  Json departments = Json::array();
  for (const Department* department : arrangement.departments) {
    Json one = Organization(department->name, In(arrangement.listed, department->code));
    if (one.contains("sameAs")) departments.push_back(std::move(one));
  }
  if (!departments.empty()) data["subOrganization"] = std::move(departments);
  return data;
}

Markup ImpersonatorTable(const Arrangement& arrangement) {
  Markup rows;
  for (const Warning& warning : arrangement.list.warnings) {
    Markup note = Fill("<p><bdi>$0</bdi></p>\n", {warning.text});
    if (warning.known_since) {
      note += Fill("<p>$0に確認</p>\n", {JapaneseDay(warning.known_since)});
    }
    const Account* imitated = arrangement.Find(warning.imitated_account);
    if (imitated != nullptr && imitated->standing == Standing::kOfficial) {
      note += Fill("<p>本物: $0</p>\n", {AccountLink(*imitated)});
    }
    const std::string name = warning.handle.empty() ? "" : absl::StrCat("@", warning.handle);
    rows += Fill(
        "<tr>\n<th scope=\"row\">$0</th>\n<td><bdi>$1</bdi><br>\n<span class=\"address\">$2</span>"
        "</td>\n<td>$3</td>\n</tr>\n",
        {warning.platform_name, name, warning.url, note});
  }
  return Fill(
      "<table class=\"accounts\">\n<caption>確認しているなりすましのアカウント</caption>\n<thead>\n"
      "<tr><th scope=\"col\">種類</th><th scope=\"col\">ユーザー名・URL</th>"
      "<th scope=\"col\">内容</th></tr>\n</thead>\n<tbody>\n$0</tbody>\n</table>\n",
      {rows});
}

}  // namespace

std::string IndexPage(const Arrangement& arrangement) {
  Markup main = Fill("<p>$0の公式SNSアカウントは、次の<strong>$1件</strong>です。</p>\n",
                     {arrangement.list.organization_name, arrangement.official.size()});
  main += Alarm(arrangement);
  main += HowToCheck();
  if (arrangement.listed.empty()) {
    main += Fill("<p>現在、公開しているアカウントはありません。</p>\n");
  } else {
    main += Contents(arrangement);
    main += CountsByPlatform(arrangement);
    main += AccountsByDepartment(arrangement);
  }
  main += Advice();
  main += OpenData();
  return Document(arrangement, {.path = "index.html",
                                .title = "公式SNSアカウント一覧",
                                .description = absl::StrCat(
                                    arrangement.list.organization_name,
                                    "の公式SNSアカウントの一覧と、本物かどうかの確かめ方。"),
                                .linked_data = LinkedData(arrangement),
                                .main = main});
}

std::string WarningsPage(const Arrangement& arrangement) {
  Markup main = Fill(
      "<p>なりすまし、乗っ取り、停止を確認しているアカウントです。"
      "確認できたものだけを載せています。</p>\n<h2 id=\"impersonation\">なりすまし</h2>\n");
  main += arrangement.list.warnings.empty()
              ? Fill("<p>現在、確認しているなりすましのアカウントはありません。</p>\n")
              : ImpersonatorTable(arrangement);
  main += Fill("<h2 id=\"compromised\">乗っ取り</h2>\n");
  main += arrangement.compromised.empty()
              ? Fill("<p>現在、乗っ取られているアカウントはありません。</p>\n")
              : TroubleTable(arrangement, arrangement.compromised, "乗っ取られているアカウント");
  main += Fill("<h2 id=\"suspended\">停止</h2>\n");
  main += arrangement.suspended.empty()
              ? Fill("<p>現在、停止しているアカウントはありません。</p>\n")
              : TroubleTable(arrangement, arrangement.suspended, "停止しているアカウント");
  main += Advice();
  return Document(arrangement, {.path = "warnings.html",
                                .title = "なりすましの注意喚起",
                                .description = absl::StrCat(
                                    arrangement.list.organization_name,
                                    "の公式SNSアカウントのなりすまし・乗っ取りの注意喚起。"),
                                .main = main});
}

std::string ClosedPage(const Arrangement& arrangement) {
  Markup main = Fill(
      "<p>以前は公式でしたが、現在は公式ではないアカウントと旧名称です。公式でなくなった日より後の"
      "投稿は、公式の発信ではありません。同じ名称を第三者が使っている可能性があります。</p>\n");
  main += arrangement.former_by_day.empty()
              ? Fill("<p>最近、公式でなくなったアカウントはありません。</p>\n")
              : FormerTable(arrangement, arrangement.former_by_day,
                            absl::StrCat("公式でなくなったアカウント(",
                                         arrangement.former_by_day.size(), "件)"),
                            "");
  return Document(arrangement, {.path = "closed.html",
                                .title = "公式でなくなったアカウント",
                                .description = absl::StrCat(arrangement.list.organization_name,
                                                            "の公式でなくなったSNSアカウント。"),
                                .main = main});
}

std::string DepartmentPage(const Arrangement& arrangement, const Department& department) {
  const auto& listed = In(arrangement.listed, department.code);
  const auto& former = In(arrangement.former, department.code);
  Markup main = AboveLine(arrangement, department);
  if (const Markup href = Href(department.page_url); !href.text.empty()) {
    main += Fill("<p><a$0>$1のページ</a></p>\n", {href, department.name});
  }
  if (!department.contact_desk.empty()) {
    main += Fill("<p>窓口: $0</p>\n", {department.contact_desk});
  }
  main += Fill("<h2 id=\"accounts\">アカウント</h2>\n");
  main += listed.empty()
              ? Fill("<p>現在、公式アカウントはありません。</p>\n")
              : AccountTable(arrangement, listed,
                             absl::StrCat(department.name, "のアカウント(", listed.size(), "件)"));
  if (!former.empty()) {
    main += Fill("<h2 id=\"former\">公式でなくなったアカウント</h2>\n");
    main += FormerTable(arrangement, former,
                        absl::StrCat("公式でなくなったアカウント(", former.size(), "件)"), "../");
  }
  main += Advice();
  main += Fill("<p><a href=\"../index.html\">$0の公式SNSアカウント一覧へ</a></p>\n",
               {arrangement.list.organization_name});
  Json data = {{"@context", "https://schema.org"}};
  data.update(Organization(department.name, listed));
  data["parentOrganization"] = Organization(arrangement.list.organization_name, {});
  return Document(arrangement,
                  {.path = PathOf(department),
                   .title = absl::StrCat(department.name, "の公式SNSアカウント"),
                   .description = absl::StrCat(arrangement.list.organization_name, " ",
                                               department.name, "の公式SNSアカウント。"),
                   .linked_data = std::move(data),
                   .main = main});
}

}  // namespace daicho::cli::publish
