#include "services/registry/domain/fact.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/account_life.h"

namespace daicho::registry::domain {
namespace {

// More people with the key to one account are a mistake of whoever typed.
constexpr int kMostHolders = 1000;

// Whether what `account` knows at `path`, a day, is newer than `day`.
bool KnowsNewer(const Account& account, absl::string_view path, absl::CivilDay day) {
  const auto known = DayAt(account.facts, path);
  return known && *known > day;
}

std::optional<Change> UnlessTheSame(const Account& account, Change change) {
  if (change.after.facts == account.facts) return std::nullopt;
  return change;
}

Violation WrongHolderCount() {
  return {.field = "custody.holder_count",
          .reason = "OUT_OF_RANGE",
          .en = absl::StrCat("Say how many people can sign in: 1 to ", kMostHolders, "."),
          .ja = absl::StrCat("サインインできる人数を1から", kMostHolders,
                             "までの数で記入してください。")};
}

std::vector<Violation> ProblemsOfCustody(const Fields& custody, absl::CivilDay attested_on) {
  std::vector<Violation> problems;
  // M 4-(4): what is written down may be read. A secret cannot be told where no text is taken.
  if (custody.count("custody.attested_by") > 0) {
    problems.push_back(NotWanted("custody.attested_by"));
  }
  const auto holders = custody.find("custody.holder_count");
  int count = 0;
  if (holders != custody.end()) (void)absl::SimpleAtoi(holders->second, &count);
  if (count < 1 || count > kMostHolders) problems.push_back(WrongHolderCount());
  for (const char* path : {"custody.password_rotated_on", "custody.linked_apps_reviewed_on"}) {
    const auto day = DayAt(custody, path);
    if (day && *day > attested_on) {
      problems.push_back(DaysOutOfOrder(path, "custody.attested_on"));
    }
  }
  return problems;
}

}  // namespace

absl::Status CheckAlive(const Account& account) {
  return NextStanding({account.state, account.condition}, Act::kReportFact).status();
}

Violation Missing(absl::string_view field) {
  return {.field = std::string(field),
          .reason = "REQUIRED",
          .en = "This is required; fill it in.",
          .ja = "必須です。入力してください。"};
}

Violation NotWanted(absl::string_view field) {
  return {.field = std::string(field),
          .reason = "UNWANTED",
          .en = "This is no part of such a report; leave it out.",
          .ja = "この報告にはない項目です。指定しないでください。"};
}

Violation DaysOutOfOrder(absl::string_view earlier, absl::string_view later) {
  return {.field = std::string(earlier),
          .reason = "DAYS_OUT_OF_ORDER",
          .en = absl::StrCat("This day cannot be after `", later, "`; mend one of them."),
          .ja = absl::StrCat("「", later, "」より後の日付です。どちらかを直してください。")};
}

std::optional<absl::CivilDay> DayAt(const Fields& fields, absl::string_view path) {
  const auto found = fields.find(std::string(path));
  return found == fields.end() ? std::nullopt : ParseDay(found->second);
}

Change WithFacts(const Account& account, absl::string_view group, const Fields& reported,
                 absl::string_view type, absl::Time now) {
  const std::string prefix = absl::StrCat(group, ".");
  Account after = account;
  for (auto fact = after.facts.begin(); fact != after.facts.end();) {
    fact = absl::StartsWith(fact->first, prefix) ? after.facts.erase(fact) : std::next(fact);
  }
  after.facts.insert(reported.begin(), reported.end());
  after.revision = account.revision + 1;
  after.update_time = now;
  Event event{.type = std::string(type),
              .resource = absl::StrCat("accounts/", account.id),
              .department = absl::StrCat("departments/", account.department),
              .changes = Diff(Facts(account), Facts(after))};
  return {.after = std::move(after), .event = std::move(event)};
}

absl::StatusOr<std::optional<Change>> RecordProfile(const Account& account, const Fields& profile,
                                                    absl::Time now) {
  const auto checked_on = DayAt(profile, "profile.checked_on");
  if (!checked_on) return RefuseFields({Missing("profile.checked_on")});
  RETURN_IF_ERROR(CheckAlive(account));
  RETURN_IF_ERROR(CheckNotInFuture(*checked_on, "profile.checked_on", now));
  if (KnowsNewer(account, "profile.checked_on", *checked_on)) return std::nullopt;
  return UnlessTheSame(account,
                       WithFacts(account, "profile", profile, "account.profile_checked", now));
}

absl::StatusOr<std::optional<Change>> AttestCustody(const Account& account, Fields custody,
                                                    absl::string_view actor, absl::Time now) {
  const auto attested_on = DayAt(custody, "custody.attested_on");
  if (!attested_on) return RefuseFields({Missing("custody.attested_on")});
  const std::vector<Violation> problems = ProblemsOfCustody(custody, *attested_on);
  if (!problems.empty()) return RefuseFields(problems);
  RETURN_IF_ERROR(CheckAlive(account));
  RETURN_IF_ERROR(CheckNotInFuture(*attested_on, "custody.attested_on", now));
  if (KnowsNewer(account, "custody.attested_on", *attested_on)) return std::nullopt;
  custody["custody.attested_by"] = std::string(actor);
  return UnlessTheSame(account,
                       WithFacts(account, "custody", custody, "account.custody_attested", now));
}

absl::StatusOr<std::optional<Change>> RecordWatch(const Account& account, Fields watch,
                                                  absl::string_view actor, absl::Time now) {
  const auto watched_on = DayAt(watch, "watch.watched_on");
  std::vector<Violation> problems;
  if (!watched_on) problems.push_back(Missing("watch.watched_on"));
  for (const char* field : {"watch.place", "watch.result"}) {
    if (watch.count(field) == 0) problems.push_back(Missing(field));
  }
  if (!problems.empty()) return RefuseFields(problems);
  RETURN_IF_ERROR(CheckAlive(account));
  RETURN_IF_ERROR(CheckNotInFuture(*watched_on, "watch.watched_on", now));
  if (KnowsNewer(account, "watch.watched_on", *watched_on)) return std::nullopt;
  watch["watch.watched_by"] = std::string(actor);
  return UnlessTheSame(account, WithFacts(account, "watch", watch, "account.watched", now));
}

}  // namespace daicho::registry::domain
