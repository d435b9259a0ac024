#include "services/policy/domain/inactivity_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"

namespace daicho::policy::domain {
namespace {

constexpr absl::string_view kStandings[kStandingCount] = {
    "ACTIVE",     "NOTICE",      "WARNING", "CANDIDATE",  "NEVER_POSTED",
    "TERM_ENDED", "NEEDS_CHECK", "EXEMPT",  "NOT_RUNNING"};
constexpr absl::string_view kFrequencies[kFrequencyCount] = {
    "UNSPECIFIED",     "DAILY",         "WEEKLY",      "MORE_THAN_MONTHLY",
    "MONTHLY_OR_LESS", "SILENT_A_YEAR", "NEVER_POSTED"};

// Posts in 90 days from which on an account posts so often: 90 days have 13 weeks and 3 months.
constexpr int kDailyPosts = 90;
constexpr int kWeeklyPosts = 13;
constexpr int kMoreThanMonthlyPosts = 4;

template <typename Value, std::size_t kCount>
std::optional<Value> ValueNamed(const absl::string_view (&names)[kCount], absl::string_view name) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) return static_cast<Value>(i);
  }
  return std::nullopt;
}

Standing ToStanding(Bucket bucket) {
  switch (bucket) {
    case Bucket::kActive:
      return Standing::kActive;
    case Bucket::kNotice:
      return Standing::kNotice;
    case Bucket::kWarning:
      return Standing::kWarning;
    case Bucket::kCandidate:
      return Standing::kCandidate;
    case Bucket::kNeverPosted:
      return Standing::kNeverPosted;
    case Bucket::kTermEnded:
      return Standing::kTermEnded;
    case Bucket::kNeedsCheck:
      return Standing::kNeedsCheck;
    case Bucket::kExempt:
      return Standing::kExempt;
  }
  return Standing::kNeedsCheck;
}

// Whether `day` lies less than a year, by the calendar, before `as_of`.
bool WithinAYear(const std::optional<absl::CivilDay>& day, absl::CivilDay as_of) {
  return day && as_of < InactiveFrom(*day, 1);
}

Frequency FrequencyOf(const LedgerAccount& account, const Ladder& ladder, absl::CivilDay as_of) {
  const AccountActivity& activity = account.activity;
  if (!activity.observed || as_of - *activity.observed > ladder.unobserved_days) {
    return Frequency::kUnknown;
  }
  if (!activity.last_post) return Frequency::kNeverPosted;
  if (!WithinAYear(activity.last_post, as_of)) return Frequency::kSilentAYear;
  if (!account.posts_in_90_days) return Frequency::kUnknown;
  if (*account.posts_in_90_days >= kDailyPosts) return Frequency::kDaily;
  if (*account.posts_in_90_days >= kWeeklyPosts) return Frequency::kWeekly;
  if (*account.posts_in_90_days >= kMoreThanMonthlyPosts) return Frequency::kMoreThanMonthly;
  return Frequency::kMonthlyOrLess;
}

Bucket BucketOf(Standing standing) {
  if (standing == Standing::kNeverPosted) return Bucket::kNeverPosted;
  return standing == Standing::kTermEnded ? Bucket::kTermEnded : Bucket::kCandidate;
}

// The rule about accounts that finds those in `bucket`; empty when the guideline has none.
std::string RuleAbout(const Guideline& guideline, Bucket bucket) {
  for (const Rule& rule : guideline.rules) {
    const auto* check = std::get_if<Inactivity>(&rule.check);
    if (check == nullptr) continue;
    const auto& buckets = check->buckets;
    if (std::find(buckets.begin(), buckets.end(), bucket) != buckets.end()) return rule.id;
  }
  return "";
}

std::string WhatIsTheMatter(const ReportRow& row, int months) {
  switch (BucketOf(row.standing)) {
    case Bucket::kNeverPosted:
      return absl::StrCat("開設日(", WarekiDay(*row.base), ")から一度も投稿がありません");
    case Bucket::kTermEnded:
      return absl::StrCat("運用期間が", WarekiDay(*row.account.activity.term_last_day),
                          "に終了しています");
    default:
      return absl::StrCat("最終投稿日(", WarekiDay(*row.base), ")から", months,
                          "か月以上投稿がありません");
  }
}

}  // namespace

absl::string_view NameOf(Standing standing) { return kStandings[static_cast<int>(standing)]; }
absl::string_view NameOf(Frequency frequency) { return kFrequencies[static_cast<int>(frequency)]; }

std::optional<Standing> StandingNamed(absl::string_view name) {
  return ValueNamed<Standing>(kStandings, name);
}
std::optional<Frequency> FrequencyNamed(absl::string_view name) {
  return ValueNamed<Frequency>(kFrequencies, name);
}

bool IsCandidate(Standing standing) {
  return standing == Standing::kCandidate || standing == Standing::kNeverPosted ||
         standing == Standing::kTermEnded;
}

ReportRow MakeRow(LedgerAccount account, const ExemptionsByAccount& exemptions,
                  const Ladder& ladder, const ReportDay& day) {
  ReportRow row{.account = std::move(account)};
  AccountActivity& activity = row.account.activity;
  const auto exemption = exemptions.find(row.account.id);
  if (exemption != exemptions.end() && day.as_of <= exemption->second.until) {
    activity.exempt_until = exemption->second.until;
    row.exemption_reason = exemption->second.reason;
  }
  if (activity.observed && day.as_of > day.read_on) *activity.observed += day.as_of - day.read_on;
  const Silence silence = Classify(activity, ladder, day.as_of);
  const bool runs = row.account.state == "ACTIVE";
  row.standing = runs ? ToStanding(silence.bucket) : Standing::kNotRunning;
  row.base = silence.base;
  if (runs) row.due = silence.due;
  row.days_silent = static_cast<int>(std::max<absl::civil_diff_t>(silence.days, 0));
  row.frequency = FrequencyOf(row.account, ladder, day.as_of);
  row.password_rotated = WithinAYear(row.account.password_rotated_on, day.as_of);
  row.watched = WithinAYear(row.account.watched_on, day.as_of);
  return row;
}

void ReportCounts::Add(const ReportRow& row) {
  ++by_department_[row.account.department][static_cast<int>(row.standing)];
  ++total_;
}

ClosingAdvice AdviceFor(const ReportRow& row, const Guideline& guideline, absl::CivilDay as_of,
                        absl::CivilDay today) {
  ClosingAdvice advice{.text = "", .findings = {}, .due_on = today + guideline.answer_days};
  const bool term_ended = row.standing == Standing::kTermEnded;
  const std::string rule = RuleAbout(guideline, BucketOf(row.standing));
  if (!rule.empty()) advice.findings.push_back(rule);
  advice.findings.push_back(
      term_ended ? absl::StrCat("term-ended:", FormatDay(*row.account.activity.term_last_day))
                 : absl::StrCat("silent-since:", FormatDay(*row.base)));
  advice.text = absl::StrCat(
      WarekiDay(as_of), "時点で、",
      WhatIsTheMatter(row, guideline.ladder.value_or(Ladder()).candidate_months),
      "。アカウントの廃止又は統合を検討し、", WarekiDay(advice.due_on),
      "までに、廃止の協議書の提出、他のアカウントへの統合、投稿の再開、特段の理由の申出のいずれかを"
      "回答してください。廃止の協議書の案は、daicho form draft --action=close --account=accounts/",
      row.account.id, " で作成できます。");
  return advice;
}

}  // namespace daicho::policy::domain
