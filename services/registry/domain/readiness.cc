#include "services/registry/domain/readiness.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "services/registry/domain/fact.h"

namespace daicho::registry::domain {
namespace {

// A condition of every platform. `path` is a fact that is "true" when it is met.
struct General {
  const char* id;
  const char* path;
  const char* title;
  const char* title_ja;
  const char* remedy;
  const char* remedy_ja;
};

constexpr General kProfileConditions[] = {
    {"images", "profile.images_present", "Icon and cover are set", "アイコンとカバー画像がある",
     "Set an icon and a cover image, and record the profile again.",
     "アイコンとカバー画像を設定し、プロフィールの確認を記録し直してください。"},
    {"formal_name", "profile.formal_name_present", "The name is the formal one",
     "正式名称を名乗っている",
     "Take the formal name of the ledger as the account's name, and record the profile again.",
     "アカウント名を台帳どおりの正式名称にし、プロフィールの確認を記録し直してください。"},
    {"description", "profile.summary_present", "The profile says what the account is for",
     "説明文がある", "Write what the account is for, and record the profile again.",
     "アカウントの説明を書き、プロフィールの確認を記録し直してください。"},
    {"official_url", "profile.official_site_present", "The profile links to the official site",
     "公式サイトのURLがある", "Put the official site's URL in the profile, and record it again.",
     "プロフィールに公式サイトのURLを載せ、確認を記録し直してください。"}};
constexpr General kListed = {
    "listed",
    "",
    "The organisation's list page links to it",
    "公式アカウント一覧に掲載されている",
    "Have the PR office put it on the list page and record the listing.",
    "公式アカウント一覧への掲載を秘書課に依頼し、掲載の記録を受けてください。"};
constexpr General kPosted = {"first_post",
                             "",
                             "At least one post was made",
                             "投稿が一つ以上ある",
                             "Post once, and report the activity.",
                             "一度投稿し、投稿状況を報告してください。"};

ReadinessCondition Result(const General& condition, Readiness state) {
  const bool met = state == Readiness::kMet;
  return {.id = condition.id,
          .state = state,
          .title = condition.title,
          .title_ja = condition.title_ja,
          .remedy = met ? "" : condition.remedy,
          .remedy_ja = met ? "" : condition.remedy_ja};
}

Readiness MetIf(bool met) { return met ? Readiness::kMet : Readiness::kNotMet; }

Readiness StateOfProfile(const Account& account, const char* path) {
  if (!DayAt(account.facts, "profile.checked_on")) return Readiness::kUnknown;
  return MetIf(account.facts.count(path) > 0);
}

Readiness StateOfPosting(const std::optional<Activity>& activity) {
  if (!activity) return Readiness::kUnknown;
  return MetIf(activity->last_post_time.has_value());
}

Readiness StateOf(const ProgrammeCondition& condition, const Account& account,
                  const std::optional<Activity>& activity, absl::CivilDay today) {
  switch (condition.check) {
    case ProgrammeCheck::kByPeople:
      return Readiness::kUnknown;
    case ProgrammeCheck::kPostedWithinDays: {
      const Readiness posted = StateOfPosting(activity);
      if (posted != Readiness::kMet) return posted;
      return MetIf(today - TokyoDay(*activity->last_post_time) <= condition.days);
    }
    case ProgrammeCheck::kOpenForDays:
      if (!account.opened_on) return Readiness::kUnknown;
      return MetIf(today - *account.opened_on >= condition.days);
    case ProgrammeCheck::kMfaEnabled:
      if (!DayAt(account.facts, "custody.attested_on")) return Readiness::kUnknown;
      return MetIf(account.facts.count("custody.mfa_enabled") > 0);
  }
  return Readiness::kUnknown;
}

}  // namespace

bool IsGeneralCondition(absl::string_view id) {
  return id == kListed.id || id == kPosted.id ||
         std::any_of(std::begin(kProfileConditions), std::end(kProfileConditions),
                     [&](const General& condition) { return id == condition.id; });
}

std::vector<ReadinessCondition> CheckReadiness(const Account& account,
                                               const std::optional<Activity>& activity,
                                               const VerificationProgramme& programme,
                                               absl::CivilDay today) {
  std::vector<ReadinessCondition> conditions;
  for (const General& condition : kProfileConditions) {
    conditions.push_back(Result(condition, StateOfProfile(account, condition.path)));
  }
  conditions.push_back(Result(kListed, MetIf(account.listing.organization_page.has_value())));
  conditions.push_back(Result(kPosted, StateOfPosting(activity)));
  for (const ProgrammeCondition& own : programme.conditions) {
    const Readiness state = StateOf(own, account, activity, today);
    const bool met = state == Readiness::kMet;
    conditions.push_back({.id = own.id,
                          .state = state,
                          .title = own.title,
                          .title_ja = own.title_ja,
                          .remedy = met ? "" : own.remedy,
                          .remedy_ja = met ? "" : own.remedy_ja});
  }
  return conditions;
}

}  // namespace daicho::registry::domain
