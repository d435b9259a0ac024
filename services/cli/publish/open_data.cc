#include "services/cli/publish/open_data.h"

#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/csv.h"
#include "services/cli/publish/escape.h"

namespace daicho::cli::publish {
namespace {

// As README.md beside the files explains them.
constexpr const char* kColumns[] = {"全国地方公共団体コード",
                                    "ID",
                                    "地方公共団体名",
                                    "所属コード",
                                    "所属",
                                    "名称",
                                    "SNS種別",
                                    "ユーザー名",
                                    "URL",
                                    "開始日",
                                    "終了日",
                                    "状態",
                                    "認証",
                                    "利用方針URL",
                                    "備考"};

// A body that has a code of its own is a 地方公共団体 by itself.
const std::string& BodyOf(const Arrangement& arrangement, const Department& department) {
  return department.local_government_code.empty() ? arrangement.list.organization_name
                                                  : department.name;
}

// One account, column by column.
std::vector<std::string> CellsOf(const Arrangement& arrangement, const Account& account) {
  const Department& department = arrangement.DepartmentOf(account.department);
  return {arrangement.CodeOf(department),
          account.id,
          BodyOf(arrangement, department),
          department.code,
          department.name,
          account.display_name,
          account.platform_name,
          account.handle,
          account.url,
          IsoDay(account.opened_on),
          IsoDay(account.official_until),
          LabelOf(account.standing),
          account.verified ? "有" : "無",
          WebUrl(account.policy_url),
          account.notice};
}

Json JsonOf(const std::vector<std::string>& cells) {
  Json row = Json::object();
  for (std::size_t i = 0; i < cells.size(); ++i) row[kColumns[i]] = cells[i];
  return row;
}

Json RowsOf(const Arrangement& arrangement, const std::vector<const Account*>& accounts) {
  Json rows = Json::array();
  for (const Account* account : accounts) {
    Json row = JsonOf(CellsOf(arrangement, *account));
    const Account* successor = arrangement.Find(account->successor);
    row["後継ID"] = successor == nullptr ? "" : successor->id;
    rows.push_back(std::move(row));
  }
  return rows;
}

Json Envelope(const Arrangement& arrangement) {
  return {{"基準日時", IsoTime(arrangement.list.as_of)},
          {"全国地方公共団体コード", arrangement.list.local_government_code},
          {"地方公共団体名", arrangement.list.organization_name}};
}

Json Impersonators(const Arrangement& arrangement) {
  Json rows = Json::array();
  for (const Warning& warning : arrangement.list.warnings) {
    const Account* imitated = arrangement.Find(warning.imitated_account);
    rows.push_back({{"SNS種別", warning.platform_name},
                    {"ユーザー名", warning.handle},
                    {"URL", warning.url},
                    {"本物のID", imitated == nullptr ? "" : imitated->id},
                    {"確認日", IsoDay(warning.known_since)},
                    {"備考", warning.text}});
  }
  return rows;
}

}  // namespace

std::string AccountsCsv(const Arrangement& arrangement) {
  std::vector<std::vector<std::string>> records = {{std::begin(kColumns), std::end(kColumns)}};
  for (const Account* account : arrangement.official) {
    records.push_back(CellsOf(arrangement, *account));
  }
  return WriteCsv(records, {.byte_order_mark = true});
}

std::string AccountsJson(const Arrangement& arrangement) {
  Json data = Envelope(arrangement);
  data["公式アカウント"] = RowsOf(arrangement, arrangement.official);
  data["乗っ取り被害アカウント"] = RowsOf(arrangement, arrangement.compromised);
  data["公式でなくなったアカウント"] = RowsOf(arrangement, arrangement.former_by_day);
  data["なりすましアカウント"] = Impersonators(arrangement);
  return JsonText(data);
}

std::string DepartmentsJson(const Arrangement& arrangement) {
  std::map<std::string, std::size_t> counts;
  for (const Account* account : arrangement.official) ++counts[account->department];
  Json rows = Json::array();
  for (const Department* department : arrangement.departments) {
    rows.push_back({{"全国地方公共団体コード", arrangement.CodeOf(*department)},
                    {"所属コード", department->code},
                    {"所属", department->name},
                    {"所属_カナ", department->kana},
                    {"上位所属コード", department->parent},
                    {"窓口", department->contact_desk},
                    {"ページURL", department->page_url},
                    {"公式アカウント数", counts[department->code]},
                    {"一覧ページ", absl::StrCat("departments/", department->code, ".html")}});
  }
  Json data = Envelope(arrangement);
  data["所属"] = std::move(rows);
  return JsonText(data);
}

std::string DataReadme() {
  return R"(# 公式SNSアカウント一覧のデータ / Data of the official accounts

文字コードはUTF-8、日付はISO 8601(例: 2026-11-22)です。空欄は、該当しないか不明であることを示します。
UTF-8, dates as in ISO 8601. Empty: not applicable or not known.

| ファイル / File | 内容 / Content |
|---|---|
| `accounts.csv` | 公式アカウント(停止中を含む)。BOM付きUTF-8、RFC 4180 / Official accounts, also suspended ones |
| `accounts.json` | 同じ項目のJSON。乗っ取り被害、公式でなくなったもの、なりすましは別の配列 / The same as JSON; compromised, formerly official and impersonating ones in arrays of their own |
| `departments.json` | 一覧に載る所属 / Departments on the list |
| `feed.atom` | 更新情報(RFC 4287) / Changes |
| `SHA256SUMS` | `sha256sum -c SHA256SUMS` で確認できます / Check with `sha256sum -c SHA256SUMS` |

`accounts.csv` に乗っ取られたアカウントと公式でなくなったアカウントは含まれません。
Accounts in other hands, and those that are no longer official, are never in `accounts.csv`.

## accounts.csv

| 項目 / Column | 説明 / Meaning |
|---|---|
| 全国地方公共団体コード | 6桁(検査数字を含む)。所属が独自のコードを持つときはそのコード / Local government code with its check digit |
| ID | アカウントのUUID。名称が変わっても変わりません / UUID of the account; survives renaming |
| 地方公共団体名 | 団体名 / Organisation |
| 所属コード | 所属のコード / Code of the department |
| 所属 | 所属名 / Department |
| 名称 | アカウント名 / Name shown to readers |
| SNS種別 | SNSの名称 / Platform |
| ユーザー名 | 「@」を除くユーザー名 / Handle without "@" |
| URL | 正規化したURL / Canonical URL |
| 開始日 | 開設した日 / First day it was open |
| 終了日 | 公式でなくなる日(その日から公式ではない) / First day on which it is not official |
| 状態 | 公式、停止中 / Official, suspended |
| 認証 | 有: SNSの認証アカウント / 有: verified by its platform |
| 利用方針URL | 利用方針のページ / Usage policy |
| 備考 | 停止などのお知らせ / Notice to readers |

表計算ソフトで数式とみなされる値の先頭には「'」を付けています。
Values that a spreadsheet would take for a formula begin with an apostrophe.
)";
}

}  // namespace daicho::cli::publish
