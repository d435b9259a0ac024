// The public list in the order in which it is shown, and how it is worded.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/cli/publish/public_list.h"

namespace daicho::cli::publish {

// By department code; within a department by platform, name and URL.
struct Arrangement {
  PublicList list;
  Site site;
  // Departments with anything on the list, by code, and what each has. A department that the
  // directory lacks is called by its code.
  std::vector<const Department*> departments;
  std::map<std::string, std::vector<const Account*>> listed;  // All but kFormer.
  std::map<std::string, std::vector<const Account*>> former;
  std::vector<const Account*> official;       // kOfficial and kSuspended.
  std::vector<const Account*> suspended;      // kSuspended.
  std::vector<const Account*> compromised;    // kCompromised.
  std::vector<const Account*> former_by_day;  // The last to cease first.
  std::vector<const Change*> changes;         // The newest first.

  Arrangement(PublicList given, Site at);
  Arrangement(const Arrangement&) = delete;
  Arrangement& operator=(const Arrangement&) = delete;

  const Department& DepartmentOf(const std::string& code) const;
  // The account on the list with that id; null for one that is not on it.
  const Account* Find(const std::string& id) const;
  // "知事戦略局 広報課": the departments above, without the department itself; the top first.
  std::vector<const Department*> Above(const Department& department) const;
  // 全国地方公共団体コード: the department's own, else the organisation's.
  const std::string& CodeOf(const Department& department) const;

 private:
  void AddMissingDepartments();
  std::map<std::string, const Account*> by_id_;
};

// What an account is called: its name, else "@handle", else its URL.
std::string NameOf(const Account& account);

// "公式", "停止中", "乗っ取り被害", "公式ではありません".
std::string LabelOf(Standing standing);

// "開設", "名称変更", …
std::string LabelOf(ChangeKind kind);

// "OPENED", … for programs.
std::string TermOf(ChangeKind kind);

// "令和8年11月22日 8時30分" and "2026-11-22T08:30:00+09:00", in Asia/Tokyo.
std::string JapaneseTime(absl::Time time);
std::string IsoTime(absl::Time time);

// "令和8年11月22日(2026-11-22)"; "" when unset.
std::string JapaneseDay(std::optional<absl::CivilDay> day);
std::string IsoDay(std::optional<absl::CivilDay> day);

}  // namespace daicho::cli::publish
