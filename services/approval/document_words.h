// How printed documents say what a form holds.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "services/approval/document.h"
#include "services/approval/domain/form.h"

namespace daicho::approval {

// 開設, 変更, 廃止.
std::string WordOf(domain::Action action);
std::string WordOf(domain::ActKind kind);
std::string WordOf(domain::AdviceKind kind);
std::string WordOf(domain::StepKind kind);

// "R8.11.22", as a stamp has it, in Tokyo.
std::string StampDay(absl::Time time);
// "R8.11.22 10:05".
std::string StampTime(absl::Time time);

// "X" for "x": what readers call the platform; the id itself when it has no better name.
std::string PlatformName(const std::string& id);

// Of a flat content: the value at `path`, "" when unset.
std::string TextAt(const Fields& fields, const std::string& path);
// The same as a day: "令和8年11月22日".
std::string DayAt(const Fields& fields, const std::string& path);
// "課長 美馬 和彦(users/mima)" of the person below `path`.
std::string PersonAt(const Fields& fields, const std::string& path);
// "常設" or "令和9年3月31日まで".
std::string TermAt(const Fields& fields);
// Each "path[i]" that has entries, in the order of the list.
std::vector<std::string> EntriesAt(const Fields& fields, const std::string& path);
// An enum's value in words: "所属による直接の運用" for "OPERATOR_TYPE_DIRECT".
std::string CodeInWords(const std::string& code);
// あり, なし.
std::string FlagInWords(const std::string& flag);

// "県民だより(accounts/…)".
std::string AccountIn(const DocumentSource& source, const std::string& account);

// "令和8年度 第12号"; "" before the PR office has received it.
std::string NumberOf(const domain::Form& form);

}  // namespace daicho::approval
