#include "services/policy/inactivity_wire.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"

namespace daicho::policy::wire {
namespace {

using daicho::wire::FromDate;
using daicho::wire::FromTimestamp;
using daicho::wire::ToDate;
using daicho::wire::ToTimestamp;

constexpr absl::string_view kReports = "inactivityReports/";

// Proto and domain share the names of their values behind the prefix.
v1::InactivityBucket ToProto(domain::Standing standing) {
  v1::InactivityBucket out = v1::INACTIVITY_BUCKET_UNSPECIFIED;
  (void)v1::InactivityBucket_Parse(absl::StrCat("INACTIVITY_BUCKET_", NameOf(standing)), &out);
  return out;
}

domain::Standing ToDomain(v1::InactivityBucket bucket) {
  return domain::StandingNamed(
             absl::StripPrefix(v1::InactivityBucket_Name(bucket), "INACTIVITY_BUCKET_"))
      .value_or(domain::Standing::kActive);
}

v1::PostingFrequency ToProto(domain::Frequency frequency) {
  v1::PostingFrequency out = v1::POSTING_FREQUENCY_UNSPECIFIED;
  (void)v1::PostingFrequency_Parse(absl::StrCat("POSTING_FREQUENCY_", NameOf(frequency)), &out);
  return out;
}

// Once a row: names of values are looked up by text, which is slow.
const std::vector<v1::InactivityBucket>& Buckets() {
  static const auto* const buckets = [] {
    auto* all = new std::vector<v1::InactivityBucket>;
    for (int i = 0; i < domain::kStandingCount; ++i) {
      all->push_back(ToProto(static_cast<domain::Standing>(i)));
    }
    return all;
  }();
  return *buckets;
}

template <typename MutableDay>
void SetDay(const std::optional<absl::CivilDay>& day, MutableDay&& mutable_day) {
  if (day) *mutable_day() = ToDate(*day);
}

template <typename Message>
void AddCounts(const domain::StandingCounts& counts, bool with_zeros, Message* out) {
  for (int i = 0; i < domain::kStandingCount; ++i) {
    if (counts[i] == 0 && !with_zeros) continue;
    v1::BucketCount& count = *out->add_counts();
    count.set_bucket(Buckets()[i]);
    count.set_count(counts[i]);
  }
}

std::int64_t CountOf(const domain::PostingCounts& counts, domain::Frequency frequency) {
  const auto found = counts.by_frequency.find(frequency);
  return found == counts.by_frequency.end() ? 0 : found->second;
}

v1::PostingCounts ToProto(const domain::PostingCounts& counts) {
  v1::PostingCounts out;
  out.set_platform(counts.platform);
  std::int64_t accounts = 0;
  for (const auto& [frequency, count] : counts.by_frequency) accounts += count;
  out.set_account_count(accounts);
  out.set_daily_count(CountOf(counts, domain::Frequency::kDaily));
  out.set_weekly_count(CountOf(counts, domain::Frequency::kWeekly));
  out.set_more_than_monthly_count(CountOf(counts, domain::Frequency::kMoreThanMonthly));
  out.set_monthly_or_less_count(CountOf(counts, domain::Frequency::kMonthlyOrLess));
  out.set_silent_a_year_count(CountOf(counts, domain::Frequency::kSilentAYear));
  out.set_never_posted_count(CountOf(counts, domain::Frequency::kNeverPosted));
  out.set_unknown_count(CountOf(counts, domain::Frequency::kUnknown));
  out.set_without_rotation_count(counts.without_rotation);
  out.set_without_watch_count(counts.without_watch);
  return out;
}

}  // namespace

absl::StatusOr<absl::CivilDay> ParseReportName(absl::string_view name, absl::string_view field) {
  const auto day = absl::ConsumePrefix(&name, kReports) ? ParseDay(name) : std::nullopt;
  if (day) return *day;
  return RefuseFields({{.field = std::string(field),
                        .reason = "INVALID_NAME",
                        .en = "Name a report as the list does: inactivityReports/2026-11-21.",
                        .ja = "報告書は一覧にある名前(inactivityReports/2026-11-21)で指定して"
                              "ください。"}});
}

std::string ReportName(absl::CivilDay as_of) { return absl::StrCat(kReports, FormatDay(as_of)); }

absl::StatusOr<domain::RowQuery> Parse(const v1::ListInactivityReportRowsRequest& request) {
  domain::RowQuery query;
  ASSIGN_OR_RETURN(query.as_of, ParseReportName(request.name(), "name"));
  if (!request.department().empty()) {
    ASSIGN_OR_RETURN(query.department,
                     daicho::wire::ParseDepartmentName(request.department(), "department"));
  }
  for (const int bucket : request.buckets()) {
    if (bucket == v1::INACTIVITY_BUCKET_UNSPECIFIED) continue;
    query.standings.push_back(ToDomain(static_cast<v1::InactivityBucket>(bucket)));
  }
  return query;
}

absl::StatusOr<absl::CivilDay> ParseEndDate(const v1::GrantExemptionRequest& request) {
  if (const auto day = FromDate(request.end_date())) return *day;
  return RefuseFields({{.field = "end_date",
                        .reason = "REQUIRED",
                        .en = "Name the last day of the exemption.",
                        .ja = "免除の最終日を指定してください。"}});
}

domain::LedgerAccount ToDomain(const registry::v1::SnapshotAccount& account) {
  domain::LedgerAccount out{
      .id = std::string(absl::StripPrefix(account.name(), "accounts/")),
      .department = std::string(absl::StripPrefix(account.department(), "departments/")),
      .platform = account.platform(),
      .display_name = account.display_name(),
      .url = account.url(),
      .state = std::string(
          absl::StripPrefix(registry::v1::Account::State_Name(account.state()), "STATE_")),
      .activity = {.last_post = FromDate(account.last_post_on()),
                   .opened = FromDate(account.opened_on()),
                   .observed = FromDate(account.observed_on()),
                   .term_last_day = FromDate(account.term_last_day())},
      .activity_source = account.activity_source(),
      .password_rotated_on = FromDate(account.password_rotated_on()),
      .watched_on = FromDate(account.watched_on()),
      .open_advice_count = account.open_advice_count()};
  if (account.has_posts_in_90_days()) out.posts_in_90_days = account.posts_in_90_days();
  return out;
}

domain::LedgerAccount ToDomain(const registry::v1::Account& account) {
  const domain::ExemptedAccount named = ToExempted(account);
  const registry::v1::Activity& activity = account.activity();
  const auto day_of = [](bool has, const google::protobuf::Timestamp& time) {
    return has ? std::optional(TokyoDay(FromTimestamp(time))) : std::nullopt;
  };
  return {
      .id = std::string(absl::StripPrefix(account.name(), "accounts/")),
      .department = std::string(absl::StripPrefix(account.department(), "departments/")),
      .platform = account.fields().platform(),
      .display_name = named.display_name,
      .url = account.canonical_url(),
      .state = std::string(
          absl::StripPrefix(registry::v1::Account::State_Name(account.state()), "STATE_")),
      .activity = {.last_post = day_of(activity.has_last_post_time(), activity.last_post_time()),
                   .opened = FromDate(account.opened_on()),
                   .observed = day_of(activity.has_observe_time(), activity.observe_time()),
                   .term_last_day =
                       Earlier(FromDate(account.fields().term().last_day()),
                               FromDate(account.fields().personal_exception().end_date()))},
      .activity_source = activity.source(),
      .open_advice_count = account.open_advice().count()};
}

domain::ExemptedAccount ToExempted(const registry::v1::Account& account) {
  const bool personal =
      account.fields().kind() == registry::v1::GovernedFields::KIND_PERSONAL_EXCEPTION;
  return {.name = account.name(),
          .display_name = personal ? "" : account.fields().display_name(),
          .department = account.department(),
          .alive = account.state() != registry::v1::Account::STATE_CLOSED &&
                   account.state() != registry::v1::Account::STATE_MERGED};
}

void Fill(const domain::ReportRow& row, v1::InactivityRow* out) {
  const domain::LedgerAccount& account = row.account;
  out->set_account(absl::StrCat("accounts/", account.id));
  out->set_department(absl::StrCat("departments/", account.department));
  out->set_platform(account.platform);
  out->set_display_name(account.display_name);
  out->set_url(account.url);
  registry::v1::Account::State state = registry::v1::Account::STATE_UNSPECIFIED;
  (void)registry::v1::Account::State_Parse(absl::StrCat("STATE_", account.state), &state);
  out->set_state(state);
  out->set_bucket(Buckets()[static_cast<int>(row.standing)]);
  SetDay(row.base, [&] { return out->mutable_base_on(); });
  out->set_days_silent(row.days_silent);
  SetDay(row.due, [&] { return out->mutable_due_on(); });
  SetDay(account.activity.last_post, [&] { return out->mutable_last_post_on(); });
  SetDay(account.activity.opened, [&] { return out->mutable_opened_on(); });
  SetDay(account.activity.observed, [&] { return out->mutable_observed_on(); });
  out->set_activity_source(account.activity_source);
  SetDay(account.activity.term_last_day, [&] { return out->mutable_term_last_day(); });
  SetDay(account.activity.exempt_until, [&] { return out->mutable_exempt_until(); });
  out->set_exemption_reason(row.exemption_reason);
  out->set_open_advice_count(account.open_advice_count);
  out->set_frequency(ToProto(row.frequency));
  out->set_password_rotated(row.password_rotated);
  out->set_watched(row.watched);
}

v1::InactivityReport ToProto(const domain::Report& report,
                             const std::vector<domain::DepartmentCounts>& departments) {
  v1::InactivityReport out;
  if (!report.creator.empty()) out.set_name(ReportName(report.as_of));
  *out.mutable_as_of() = ToDate(report.as_of);
  out.set_guideline_version(report.guideline_version);
  out.set_change_number(report.change_number);
  *out.mutable_snapshot_time() = ToTimestamp(report.snapshot_time);
  *out.mutable_answer_due_on() = ToDate(report.answer_due_on);
  out.set_creator(report.creator);
  out.set_account_count(report.account_count);
  domain::StandingCounts total = {};
  for (const domain::DepartmentCounts& department : departments) {
    for (int i = 0; i < domain::kStandingCount; ++i) total[i] += department.counts[i];
    v1::DepartmentCount& one = *out.add_departments();
    one.set_department(absl::StrCat("departments/", department.code));
    one.set_display_name(department.display_name);
    AddCounts(department.counts, /*with_zeros=*/false, &one);
  }
  AddCounts(total, /*with_zeros=*/true, &out);
  return out;
}

v1::InactivityMove ToProto(const domain::Move& move) {
  v1::InactivityMove out;
  out.set_account(absl::StrCat("accounts/", move.account));
  out.set_department(absl::StrCat("departments/", move.department));
  out.set_platform(move.platform);
  out.set_display_name(move.display_name);
  if (move.before) out.set_before(ToProto(*move.before));
  if (move.after) out.set_after(ToProto(*move.after));
  out.set_days_silent(move.days_silent);
  return out;
}

v1::PostingTable ToProto(absl::CivilDay as_of,
                         const std::vector<domain::PostingCounts>& platforms) {
  v1::PostingTable out;
  out.set_report(ReportName(as_of));
  domain::PostingCounts total;
  for (const domain::PostingCounts& platform : platforms) {
    *out.add_platforms() = ToProto(platform);
    for (const auto& [frequency, count] : platform.by_frequency) {
      total.by_frequency[frequency] += count;
    }
    total.without_rotation += platform.without_rotation;
    total.without_watch += platform.without_watch;
  }
  *out.mutable_total() = ToProto(total);
  return out;
}

v1::Exemption ToProto(const domain::Exemption& exemption) {
  v1::Exemption out;
  out.set_name(absl::StrCat("exemptions/", exemption.id));
  out.set_account(exemption.account);
  out.set_account_display_name(exemption.account_name);
  out.set_department(exemption.department);
  out.set_reason(exemption.reason);
  *out.mutable_end_date() = ToDate(exemption.end_date);
  out.set_granted_by(exemption.granted_by);
  *out.mutable_grant_time() = ToTimestamp(exemption.grant_time);
  if (exemption.revoked_by.empty()) return out;
  out.set_revoked_by(exemption.revoked_by);
  *out.mutable_revoke_time() = ToTimestamp(exemption.revoke_time);
  out.set_revoke_reason(exemption.revoke_reason);
  return out;
}

approval::v1::CreateAdviceRequest ToRequest(const std::string& account,
                                            const domain::ClosingAdvice& advice,
                                            const std::string& request_id) {
  approval::v1::CreateAdviceRequest request;
  request.set_account(absl::StrCat("accounts/", account));
  request.set_kind(approval::v1::Advice::KIND_CLOSE_OR_MERGE);
  request.set_text(advice.text);
  *request.mutable_due_on() = ToDate(advice.due_on);
  for (const std::string& finding : advice.findings) request.add_findings(finding);
  request.set_request_id(request_id);
  return request;
}

}  // namespace daicho::policy::wire
