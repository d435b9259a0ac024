#include "services/registry/fact_wire.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"

namespace daicho::registry::wire {
namespace {

using daicho::wire::FromDate;
using daicho::wire::FromTimestamp;
using daicho::wire::ToDate;
using daicho::wire::ToTimestamp;

constexpr std::size_t kMostRowProblems = 100;
constexpr int kMostSourceCharacters = 200;
constexpr absl::string_view kAccounts = "accounts/";

std::string RowPath(int row, absl::string_view field) {
  return absl::StrCat("observations[", row, "].", field);
}

Violation InvalidName() {
  return {.field = "account",
          .reason = "INVALID_NAME",
          .en = "Name the account as the list does: accounts/ and its id.",
          .ja = "アカウントは一覧にある名前(accounts/ とID)で指定してください。"};
}

Violation InvalidTime(const char* field) {
  return {.field = field,
          .reason = "INVALID_TIME",
          .en = "This is no moment; give a date and time.",
          .ja = "日時を正しく指定してください。"};
}

Violation RequiredTime() {
  return {.field = "observe_time",
          .reason = "REQUIRED",
          .en = "This is required; say when somebody looked.",
          .ja = "必須です。確認した日時を指定してください。"};
}

Violation InvalidSource() {
  return {.field = "source",
          .reason = "INVALID_TEXT",
          .en = absl::StrCat("Say where it was seen, in 1 to ", kMostSourceCharacters,
                             " characters of one line."),
          .ja = absl::StrCat("どこで確認したかを、改行なしの1から", kMostSourceCharacters,
                             "文字で指定してください。")};
}

bool IsSource(absl::string_view text) {
  int characters = 0;
  bool ascii = true;
  for (const unsigned char byte : text) {
    if (byte < 0x20 || byte == 0x7F) return false;
    characters += (byte & 0xC0) != 0x80;
    ascii = ascii && byte < 0x80;
  }
  return characters > 0 && characters <= kMostSourceCharacters && (ascii || IsUtf8(text));
}

// Whole microseconds, as the database keeps them; nullopt for what is no moment of our time.
std::optional<absl::Time> ToMoment(const google::protobuf::Timestamp& time) {
  constexpr std::int64_t kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z
  if (time.seconds() < 0 || time.seconds() > kLastSecond || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    return std::nullopt;
  }
  return absl::FromUnixMicros(time.seconds() * 1'000'000 + time.nanos() / 1000);
}

// `in` into `out`; or what is wrong with it, with the field's own name.
std::optional<Violation> ReadObservation(const v1::Observation& in, absl::Time now,
                                         domain::Observation& out) {
  absl::string_view name = in.account();
  if (!absl::ConsumePrefix(&name, kAccounts) || !IsUuid(name)) return InvalidName();
  if (!in.has_observe_time()) return RequiredTime();
  const auto observed = ToMoment(in.observe_time());
  if (!observed) return InvalidTime("observe_time");
  if (in.has_last_post_time()) {
    // What lies before 1970 is too early like anything before 2004.
    out.activity.last_post_time =
        in.last_post_time().seconds() < 0 ? absl::UnixEpoch() : ToMoment(in.last_post_time());
    if (!out.activity.last_post_time) return InvalidTime("last_post_time");
  }
  if (!IsSource(in.source())) return InvalidSource();
  out.account = std::string(name);
  out.activity.observe_time = *observed;
  out.activity.source = in.source();
  if (in.has_posts_in_90_days()) out.activity.posts_in_90_days = in.posts_in_90_days();
  const auto problem = domain::ProblemOfTimes(out.activity, now);
  return problem ? problem : domain::ProblemOfPosts(out.activity);
}

v1::Verification::State ToProto(domain::VerificationState state) {
  v1::Verification::State out = v1::Verification::STATE_UNSPECIFIED;
  (void)v1::Verification::State_Parse(std::string(domain::ToText(state)), &out);
  return out;
}

v1::ReadinessCondition::State ToProto(domain::Readiness state) {
  switch (state) {
    case domain::Readiness::kMet:
      return v1::ReadinessCondition::STATE_MET;
    case domain::Readiness::kNotMet:
      return v1::ReadinessCondition::STATE_NOT_MET;
    case domain::Readiness::kUnknown:
      return v1::ReadinessCondition::STATE_UNKNOWN;
  }
  return v1::ReadinessCondition::STATE_UNSPECIFIED;
}

void SetCount(domain::VerificationState state, int count, v1::VerificationCoverage& out) {
  switch (state) {
    case domain::VerificationState::kUnreported:
      return out.set_unreported_count(count);
    case domain::VerificationState::kNotOffered:
      return out.set_not_offered_count(count);
    case domain::VerificationState::kNotApplied:
      return out.set_not_applied_count(count);
    case domain::VerificationState::kApplied:
      return out.set_applied_count(count);
    case domain::VerificationState::kVerified:
      return out.set_verified_count(count);
    case domain::VerificationState::kRefused:
      return out.set_refused_count(count);
    case domain::VerificationState::kLapsed:
      return out.set_lapsed_count(count);
  }
}

bool Offers(const domain::PlatformTable& platforms, const std::string& platform) {
  const domain::Platform* found = platforms.ById(platform);
  return found != nullptr && found->verification.has_value();
}

}  // namespace

absl::StatusOr<std::vector<domain::Observation>> ParseBatch(const v1::ReportActivityRequest& batch,
                                                            absl::Time now) {
  std::vector<domain::Observation> observations(batch.observations_size());
  std::vector<Violation> problems;
  for (int row = 0; row < batch.observations_size(); ++row) {
    observations[row].row = row;
    auto problem = ReadObservation(batch.observations(row), now, observations[row]);
    if (!problem) continue;
    problem->field = RowPath(row, problem->field);
    problems.push_back(*std::move(problem));
    if (problems.size() == kMostRowProblems) break;
  }
  if (!problems.empty()) return RefuseFields(problems);
  return observations;
}

std::vector<std::string> RowsAbout(const v1::ReportActivityRequest& batch,
                                   const std::vector<std::string>& accounts) {
  const absl::flat_hash_set<std::string> wanted(accounts.begin(), accounts.end());
  std::vector<std::string> rows;
  for (int row = 0; row < batch.observations_size() && rows.size() < kMostRowProblems; ++row) {
    const std::string id(absl::StripPrefix(batch.observations(row).account(), kAccounts));
    if (wanted.contains(id)) rows.push_back(RowPath(row, "account"));
  }
  return rows;
}

absl::Status RefuseUnknown(const std::vector<std::string>& rows) {
  std::vector<Violation> problems;
  for (const std::string& row : rows) {
    problems.push_back({.field = row,
                        .reason = "ACCOUNT_NOT_FOUND",
                        .en = "The ledger has no such account; look it up in the list.",
                        .ja = "台帳にそのアカウントはありません。一覧で確認してください。"});
  }
  return RefuseFields(problems);
}

domain::Verification ToDomain(const v1::Verification& verification) {
  return {
      .state = domain::ParseVerificationState(v1::Verification::State_Name(verification.state())),
      .reason = verification.reason(),
      .badge = verification.badge(),
      .since = FromDate(verification.since()),
      .expires_on = FromDate(verification.expires_on()),
      .evidence = verification.evidence()};
}

domain::GrantCommand ToDomain(const v1::GrantAccessRequest& request) {
  return {.holder = {.subject = request.person().subject(),
                     .display_name = request.person().display_name(),
                     .title = request.person().title()},
          .valid_from = FromDate(request.valid_from()),
          .valid_until = FromDate(request.valid_until())};
}

absl::StatusOr<domain::GrantFilter> Parse(const v1::ListGrantsRequest& request) {
  domain::GrantFilter filter{.person = request.person(),
                             .fiscal_year = request.fiscal_year(),
                             .due_by = FromDate(request.due_by()),
                             .include_revoked = request.include_revoked()};
  if (!request.account().empty()) {
    ASSIGN_OR_RETURN(filter.account,
                     daicho::wire::ParseUuidName("accounts", request.account(), "account"));
  }
  if (!request.department().empty()) {
    ASSIGN_OR_RETURN(filter.department,
                     daicho::wire::ParseDepartmentName(request.department(), "department"));
  }
  return filter;
}

v1::Activity ToProto(const domain::Activity& activity) {
  v1::Activity out;
  if (activity.last_post_time) {
    *out.mutable_last_post_time() = ToTimestamp(*activity.last_post_time);
  }
  *out.mutable_observe_time() = ToTimestamp(activity.observe_time);
  out.set_source(activity.source);
  if (activity.posts_in_90_days) out.set_posts_in_90_days(*activity.posts_in_90_days);
  return out;
}

v1::Grant ToProto(const domain::Grant& grant) {
  v1::Grant out;
  out.set_name(absl::StrCat("grants/", grant.id));
  out.set_etag(daicho::wire::EtagOf(grant.revision));
  out.set_account(absl::StrCat(kAccounts, grant.account));
  out.mutable_person()->set_subject(grant.holder.subject);
  out.mutable_person()->set_display_name(grant.holder.display_name);
  out.mutable_person()->set_title(grant.holder.title);
  out.set_fiscal_year(grant.fiscal_year);
  *out.mutable_valid_from() = ToDate(grant.valid_from);
  *out.mutable_valid_until() = ToDate(grant.valid_until);
  out.set_granted_by(grant.granted_by);
  *out.mutable_grant_time() = ToTimestamp(grant.grant_time);
  if (!grant.form.empty()) out.set_form(absl::StrCat("forms/", grant.form));
  if (!grant.revoke_time) return out;
  out.set_revoked_by(grant.revoked_by);
  *out.mutable_revoke_time() = ToTimestamp(*grant.revoke_time);
  out.set_revoke_reason(grant.revoke_reason);
  return out;
}

v1::GoalSample ToProto(const domain::GoalSample& sample, const Fields& governed) {
  const std::int64_t target = domain::TargetOf(governed, sample.metric).value_or(0);
  v1::GoalSample out;
  out.set_metric(sample.metric);
  out.set_value(sample.value);
  *out.mutable_sampled_on() = ToDate(sample.sampled_on);
  out.set_target(target);
  out.set_achieved_percent(domain::AchievedPercent(sample.value, target));
  *out.mutable_record_time() = ToTimestamp(sample.record_time);
  return out;
}

v1::CheckVerificationReadinessResponse ToProto(
    const std::string& programme, const std::vector<domain::ReadinessCondition>& conditions) {
  v1::CheckVerificationReadinessResponse out;
  out.set_programme(programme);
  out.set_ready(std::all_of(conditions.begin(), conditions.end(), [](const auto& condition) {
    return condition.state == domain::Readiness::kMet;
  }));
  for (const domain::ReadinessCondition& condition : conditions) {
    v1::ReadinessCondition& entry = *out.add_conditions();
    entry.set_id(condition.id);
    entry.set_state(ToProto(condition.state));
    entry.set_title(condition.title);
    entry.set_title_ja(condition.title_ja);
    entry.set_remedy(condition.remedy);
    entry.set_remedy_ja(condition.remedy_ja);
  }
  return out;
}

v1::GetVerificationCoverageResponse ToProto(const domain::Coverage& coverage,
                                            const domain::PlatformTable& platforms) {
  v1::GetVerificationCoverageResponse out;
  for (const auto& [key, counts] : coverage.counts()) {
    v1::VerificationCoverage& entry = *out.add_coverage();
    entry.set_department(absl::StrCat("departments/", key.first));
    entry.set_platform(key.second);
    entry.set_offered(Offers(platforms, key.second));
    int total = 0;
    for (const auto& [state, count] : counts) {
      SetCount(state, count, entry);
      total += count;
    }
    entry.set_account_count(total);
  }
  for (const domain::Coverage::Missing& missing : coverage.missing()) {
    const domain::Verification& verification = missing.account.verification;
    v1::MissingVerification& entry = *out.add_missing();
    entry.set_account(absl::StrCat(kAccounts, missing.account.id));
    entry.set_display_name(missing.account.display_name);
    entry.set_department(absl::StrCat("departments/", missing.account.department));
    entry.set_platform(missing.account.platform);
    entry.set_state(ToProto(missing.state));
    entry.set_reason(verification.reason);
    if (missing.state == domain::VerificationState::kLapsed && verification.expires_on) {
      *entry.mutable_expired_on() = ToDate(*verification.expires_on);
    }
  }
  out.set_missing_count(coverage.missing_count());
  return out;
}

}  // namespace daicho::registry::wire
