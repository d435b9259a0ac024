#include "services/cli/publish/testing/sample_list.h"

#include "absl/strings/str_cat.h"

namespace daicho::cli::publish {
namespace {

std::string Id(int number) { return absl::StrCat("0197b1f0-0000-7000-8000-00000000000", number); }

Account AccountOf(int number, const std::string& department, const std::string& name,
                  const std::string& handle) {
  return {.id = Id(number),
          .department = department,
          .platform = "x",
          .platform_name = "X",
          .handle = handle,
          .display_name = name,
          .url = absl::StrCat("https://x.com/", handle)};
}

Change ChangeOf(int number, ChangeKind kind, const Account& account) {
  return {.id = absl::StrCat("5b1e7a52-6a3c-8c0e-9a43-00000000000", number),
          .kind = kind,
          .time = absl::FromCivil(absl::CivilMinute(2026, 11, number, 9, 30), absl::UTCTimeZone()),
          .account = account};
}

void AddDepartments(PublicList& list) {
  list.departments["0100"] = {.code = "0100", .name = "知事戦略局"};
  list.departments["0101"] = {.code = "0101",
                              .name = "秘書課",
                              .kana = "ひしょか",
                              .parent = "0100",
                              .page_url = "https://www.pref.example.lg.jp/hisho/",
                              .contact_desk = "秘書課 広報戦略担当"};
  list.departments["0201"] = {.code = "0201", .name = "防災対策課", .contact_desk = "防災担当"};
  list.departments["0301"] = {.code = "0301", .name = "観光誘客課"};
  list.departments["9999"] = {.code = "9999", .name = "アカウントのない課"};
}

void AddAccounts(PublicList& list) {
  Account pref = AccountOf(1, "0101", "青森県庁", "pref_aomori");
  pref.opened_on = absl::CivilDay(2012, 4, 1);
  pref.policy_url = "https://www.pref.example.lg.jp/sns/policy.html";
  pref.verified = true;
  Account tube = AccountOf(2, "0101", "青森県チャンネル", "pref_aomori_tube");
  tube.platform = "youtube";
  tube.platform_name = "YouTube";
  tube.url = "https://www.youtube.com/channel/UC0000000000000000000000";
  tube.official_until = absl::CivilDay(2027, 3, 31);
  Account frozen = AccountOf(3, "0201", "青森県防災", "aomori_bousai");
  frozen.standing = Standing::kSuspended;
  frozen.condition_since = absl::CivilDay(2026, 11, 20);
  frozen.notice = "復旧まで、県のホームページをご覧ください。";
  Account taken = AccountOf(4, "0301", "あおもり観光", "aomori_kanko");
  taken.standing = Standing::kCompromised;
  taken.condition_since = absl::CivilDay(2026, 11, 21);
  taken.successor = Id(5);
  Account anew = AccountOf(5, "0301", "あおもり観光公式", "aomori_kanko_official");
  Account personal = AccountOf(6, "0301", "", "kanko_guide");
  Account closed = AccountOf(7, "0301", "あおもり桜だより", "aomori_sakura");
  closed.standing = Standing::kFormer;
  closed.official_until = absl::CivilDay(2026, 10, 1);
  closed.successor = Id(5);
  Account former = AccountOf(1, "0101", "青森県", "aomori_pref_old");
  former.standing = Standing::kFormer;
  former.official_until = absl::CivilDay(2026, 4, 1);
  former.successor = Id(1);
  former.former_name = true;
  list.accounts = {former, closed, personal, anew, taken, frozen, tube, pref};
}

void AddChanges(PublicList& list) {
  const Account& pref = list.accounts[7];
  Change renamed = ChangeOf(2, ChangeKind::kRenamed, pref);
  renamed.display_name_before = "青森県";
  renamed.url_before = "https://x.com/aomori_pref_old";
  Change moved = ChangeOf(3, ChangeKind::kMoved, pref);
  moved.department_before = "9999";
  list.changes = {ChangeOf(1, ChangeKind::kOpened, list.accounts[3]),
                  renamed,
                  moved,
                  ChangeOf(4, ChangeKind::kClosing, list.accounts[6]),
                  ChangeOf(5, ChangeKind::kClosed, list.accounts[1]),
                  ChangeOf(6, ChangeKind::kSuspended, list.accounts[5]),
                  ChangeOf(7, ChangeKind::kCompromised, list.accounts[4]),
                  ChangeOf(8, ChangeKind::kRestored, pref)};
}

// Puts `text` into every text of `account`.
void Say(const std::string& text, Account& account) {
  account.platform = text;
  account.platform_name = text;
  account.handle = text;
  account.display_name = text;
  account.url = absl::StrCat("https://x.com/", text);
  account.notice = text;
  account.policy_url = absl::StrCat("https://", text);
}

}  // namespace

const char kHostileText[] =
    "=1+1</script><script>alert(1)</script><!--]]>\" onmouseover=\"alert(2)' &amp; &lt;"
    "\xE2\x80\xAE\xE2\x80\xA8,\r\n\x01\xC2\x85\xEF\xBF\xBE javascript:alert(3)";

PublicList SampleList() {
  PublicList list{.as_of = absl::FromUnixSeconds(1'795'303'800),  // 2026-11-22 08:30 in Tokyo.
                  .organization_name = "青森県",
                  .local_government_code = "020001"};
  AddDepartments(list);
  AddAccounts(list);
  AddChanges(list);
  list.warnings = {{.platform_name = "Facebook",
                    .handle = "aomori.pref.fake",
                    .url = "https://www.facebook.com/aomori.pref.fake",
                    .imitated_account = Id(1),
                    .known_since = absl::CivilDay(2026, 11, 12),
                    .text = "友達申請を送ってきますが、県から友達申請をすることはありません。"}};
  return list;
}

PublicList ListSaying(const std::string& text) {
  PublicList list = SampleList();
  list.organization_name = text;
  list.local_government_code = text;
  for (auto& [code, department] : list.departments) {
    department.name = text;
    department.kana = text;
    department.page_url = text;
    department.contact_desk = text;
  }
  for (Account& account : list.accounts) Say(text, account);
  for (Warning& warning : list.warnings) {
    warning.platform_name = text;
    warning.handle = text;
    warning.url = text;
    warning.text = text;
  }
  for (Change& change : list.changes) {
    Say(text, change.account);
    change.display_name_before = text;
    change.url_before = text;
  }
  return list;
}

}  // namespace daicho::cli::publish
