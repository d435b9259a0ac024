#include "services/cli/publish/arrangement.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"

namespace daicho::cli::publish {
namespace {

const absl::TimeZone kTokyo = absl::FixedTimeZone(9 * 60 * 60);

// Departments nest a few levels; a loop in the data ends here.
constexpr int kMaxLevels = 10;

auto OrderOf(const Account& account) {
  // What is on no known platform comes last.
  return std::make_tuple(account.department, account.platform == "other", account.platform_name,
                         account.display_name, account.url, account.id);
}

}  // namespace

Arrangement::Arrangement(PublicList given, Site at) : list(std::move(given)), site(std::move(at)) {
  AddMissingDepartments();
  std::sort(list.accounts.begin(), list.accounts.end(),
            [](const Account& a, const Account& b) { return OrderOf(a) < OrderOf(b); });
  std::set<std::string> used;
  for (const Account& account : list.accounts) {
    used.insert(account.department);
    if (!account.former_name) by_id_[account.id] = &account;
    const bool gone = account.standing == Standing::kFormer;
    (gone ? former : listed)[account.department].push_back(&account);
    if (gone) former_by_day.push_back(&account);
    if (account.standing == Standing::kCompromised) compromised.push_back(&account);
    if (account.standing == Standing::kSuspended) suspended.push_back(&account);
    if (account.standing == Standing::kOfficial || account.standing == Standing::kSuspended) {
      official.push_back(&account);
    }
  }
  for (const std::string& code : used) departments.push_back(&list.departments.at(code));
  std::stable_sort(former_by_day.begin(), former_by_day.end(),
                   [](const Account* a, const Account* b) {
                     return a->official_until.value_or(absl::CivilDay()) >
                            b->official_until.value_or(absl::CivilDay());
                   });
  std::sort(list.warnings.begin(), list.warnings.end(), [](const Warning& a, const Warning& b) {
    return std::tie(a.platform_name, a.url, a.handle, a.text) <
           std::tie(b.platform_name, b.url, b.handle, b.text);
  });
  for (const Change& change : list.changes) changes.push_back(&change);
  std::sort(changes.begin(), changes.end(), [](const Change* a, const Change* b) {
    return std::tie(b->time, b->id) < std::tie(a->time, a->id);
  });
}

void Arrangement::AddMissingDepartments() {
  const auto add = [this](const std::string& code) {
    list.departments.emplace(code, Department{.code = code, .name = code});
  };
  for (const Account& account : list.accounts) add(account.department);
  for (const Change& change : list.changes) {
    add(change.account.department);
    if (!change.department_before.empty()) add(change.department_before);
  }
}

const Department& Arrangement::DepartmentOf(const std::string& code) const {
  return list.departments.at(code);
}

const Account* Arrangement::Find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::vector<const Department*> Arrangement::Above(const Department& department) const {
  std::vector<const Department*> above;
  const Department* one = &department;
  for (int i = 0; i < kMaxLevels; ++i) {
    const auto found = list.departments.find(one->parent);
    if (found == list.departments.end()) break;
    one = &found->second;
    above.insert(above.begin(), one);
  }
  return above;
}

const std::string& Arrangement::CodeOf(const Department& department) const {
  return department.local_government_code.empty() ? list.local_government_code
                                                  : department.local_government_code;
}

std::string NameOf(const Account& account) {
  if (!account.display_name.empty()) return account.display_name;
  return account.handle.empty() ? account.url : absl::StrCat("@", account.handle);
}

std::string LabelOf(Standing standing) {
  switch (standing) {
    case Standing::kOfficial:
      return "公式";
    case Standing::kSuspended:
      return "停止中";
    case Standing::kCompromised:
      return "乗っ取り被害";
    case Standing::kFormer:
      return "公式ではありません";
    case Standing::kUnconfirmed:
      return "改名を確認中";
  }
  return "";
}

std::string LabelOf(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kOpened:
      return "開設";
    case ChangeKind::kRenamed:
      return "名称等の変更";
    case ChangeKind::kMoved:
      return "所属の変更";
    case ChangeKind::kClosing:
      return "廃止の予定";
    case ChangeKind::kClosed:
      return "廃止";
    case ChangeKind::kSuspended:
      return "停止";
    case ChangeKind::kCompromised:
      return "乗っ取り被害";
    case ChangeKind::kRestored:
      return "復旧";
  }
  return "";
}

std::string TermOf(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kOpened:
      return "OPENED";
    case ChangeKind::kRenamed:
      return "RENAMED";
    case ChangeKind::kMoved:
      return "MOVED";
    case ChangeKind::kClosing:
      return "CLOSING";
    case ChangeKind::kClosed:
      return "CLOSED";
    case ChangeKind::kSuspended:
      return "SUSPENDED";
    case ChangeKind::kCompromised:
      return "COMPROMISED";
    case ChangeKind::kRestored:
      return "RESTORED";
  }
  return "";
}

std::string JapaneseTime(absl::Time time) {
  return absl::StrCat(WarekiDay(TokyoDay(time)), absl::FormatTime(" %-H時%M分", time, kTokyo));
}

std::string IsoTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S%Ez", time, kTokyo);
}

std::string JapaneseDay(std::optional<absl::CivilDay> day) {
  return day ? absl::StrCat(WarekiDay(*day), "(", FormatDay(*day), ")") : "";
}

std::string IsoDay(std::optional<absl::CivilDay> day) { return day ? FormatDay(*day) : ""; }

}  // namespace daicho::cli::publish
