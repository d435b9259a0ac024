#include "services/registry/domain/condition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::registry::domain {
namespace {

constexpr absl::string_view kPrefix = "condition_report.";

absl::Status CheckReporter(Condition condition, Reporter reporter) {
  const bool befallen =
      condition == Condition::kSuspendedByPlatform || condition == Condition::kCompromised;
  if (befallen || reporter != Reporter::kDepartment) return absl::OkStatus();
  return Refuse(absl::StatusCode::kPermissionDenied, "CONDITION_NOT_YOURS",
                {"A department reports SUSPENDED_BY_PLATFORM and COMPROMISED; ask the PR office or "
                 "IT security to report this.",
                 "所属が報告できるのは凍結と乗っ取りです。緊急停止と正常への復帰は、秘書課または"
                 "スマート県庁推進課に報告を依頼してください。"},
                {{"condition", ToText(condition)}});
}

absl::Status RefuseDay(absl::string_view reason, Message message, absl::CivilDay day,
                       absl::CivilDay earliest) {
  return Refuse(absl::StatusCode::kFailedPrecondition, reason, message,
                {{"field", "since"}, {"day", FormatDay(day)}, {"earliest", FormatDay(earliest)}});
}

// First day on which anything can have been the matter. nullopt for an account that was there
// before the ledger.
std::optional<absl::CivilDay> ExistsSince(const Account& account) {
  if (account.origin.kind == OriginKind::kImport) return account.opened_on;
  const absl::CivilDay agreed = TokyoDay(account.create_time);
  return account.opened_on ? std::min(*account.opened_on, agreed) : agreed;
}

absl::Status CheckSince(const Account& account, const ConditionReport& report, absl::Time now) {
  RETURN_IF_ERROR(CheckNotInFuture(report.since, "since", now));
  const auto exists = ExistsSince(account);
  if (exists && report.since < *exists) {
    return RefuseDay("DATE_BEFORE_ACCOUNT",
                     {"The account did not exist yet on that day; mend the day.",
                      "アカウントがまだなかった日です。日付を直してください。"},
                     report.since, *exists);
  }
  const auto known = account.facts.find(absl::StrCat(kPrefix, "since"));
  if (report.condition == account.condition || known == account.facts.end()) {
    return absl::OkStatus();
  }
  const auto last = ParseDay(known->second);
  if (!last || report.since >= *last) return absl::OkStatus();
  return RefuseDay("DATE_BEFORE_CONDITION",
                   {"What was reported last began later than that day; mend the day.",
                    "直前に報告された状況が始まった日より前です。日付を直してください。"},
                   report.since, *last);
}

absl::Status CheckSuccessor(const Account& account, const ConditionReport& report, bool exists) {
  if (report.successor.empty() || (exists && report.successor != account.id)) {
    return absl::OkStatus();
  }
  return Refuse(absl::StatusCode::kFailedPrecondition, "SUCCESSOR_NOT_FOUND",
                {"The account that stands in is not another live account of the ledger; look it up "
                 "in the list.",
                 "代わりのアカウントは、台帳にある別の運用中のアカウントでなければなりません。"
                 "一覧で確認してください。"},
                {{"field", "successor"}, {"account", absl::StrCat("accounts/", report.successor)}});
}

// `facts` with what `report` says in place of any report before.
Fields WithReport(const Fields& facts, const ConditionReport& report) {
  Fields out;
  for (const auto& [path, value] : facts) {
    if (!absl::StartsWith(path, kPrefix)) out[path] = value;
  }
  const auto set = [&](absl::string_view name, std::string value) {
    if (!value.empty()) out[absl::StrCat(kPrefix, name)] = std::move(value);
  };
  set("since", FormatDay(report.since));
  set("reason", report.reason);
  if (!report.successor.empty()) set("successor", absl::StrCat("accounts/", report.successor));
  set("notice", report.notice);
  return out;
}

}  // namespace

absl::StatusOr<std::optional<Change>> ReportCondition(const Account& account,
                                                      const ConditionReport& report,
                                                      Reporter reporter, bool successor_exists,
                                                      absl::Time now) {
  RETURN_IF_ERROR(CheckReporter(report.condition, reporter));
  ASSIGN_OR_RETURN(const Standing next,
                   NextStanding(StandingOf(account), ReportOf(report.condition)));
  if (!account.identity) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "URL_STILL_PLANNED",
                  {"The ledger has no URL for this account yet, so nothing can be the matter with "
                   "it; file a CHANGE form with the URL first.",
                   "アカウントのURLがまだ登録されていないため、状況を報告できません。先に変更の"
                   "協議書でURLを届け出てください。"});
  }
  RETURN_IF_ERROR(CheckSince(account, report, now));
  RETURN_IF_ERROR(CheckSuccessor(account, report, successor_exists));
  Account after = account;
  after.condition = next.condition;
  after.facts = WithReport(account.facts, report);
  if (after == account) return std::nullopt;
  Change change =
      NextVersion(account, std::move(after), "account.condition_reported", "", report.reason, now);
  if (!report.successor.empty()) {
    change.event.related.push_back(absl::StrCat("accounts/", report.successor));
  }
  return change;
}

}  // namespace daicho::registry::domain
