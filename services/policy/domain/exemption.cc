#include "services/policy/domain/exemption.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::policy::domain {
namespace {

absl::Status CheckEndDate(absl::CivilDay end_date, absl::CivilDay today) {
  if (end_date < today) {
    return RefuseFields({{.field = "end_date",
                          .reason = "DATE_PAST",
                          .en = "This day is past; name the last day of the exemption.",
                          .ja = "過去の日付です。免除の最終日を指定してください。"}});
  }
  if (end_date > absl::CivilDay(today.year() + kMostExemptYears, today.month(), today.day())) {
    return RefuseFields(
        {{.field = "end_date",
          .reason = "DATE_TOO_FAR",
          .en = "An exemption ends within three years; grant it again when it ends.",
          .ja = "免除は3年以内です。期限が来たら改めて認めてください。"}});
  }
  return absl::OkStatus();
}

Event EventOf(absl::string_view type, const Exemption& exemption, absl::string_view reason) {
  return {.type = std::string(type),
          .resource = absl::StrCat("exemptions/", exemption.id),
          .related = {exemption.account},
          .department = exemption.department,
          .reason = std::string(reason),
          .changes = {}};
}

}  // namespace

bool InForce(const Exemption& exemption, absl::CivilDay today) {
  return exemption.revoked_by.empty() && today <= exemption.end_date;
}

absl::StatusOr<ExemptionChange> Grant(std::string id, const ExemptedAccount& account,
                                      absl::string_view reason, absl::CivilDay end_date,
                                      absl::string_view actor, absl::Time now) {
  if (!account.alive) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "ACCOUNT_NOT_ALIVE",
                  {"This account is closed; only one that is kept can be exempt.",
                   "廃止されたアカウントです。運用中のアカウントを指定してください。"},
                  {{"account", account.name}});
  }
  RETURN_IF_ERROR(CheckEndDate(end_date, TokyoDay(now)));
  ExemptionChange change{.after = {.id = std::move(id),
                                   .account = account.name,
                                   .account_name = account.display_name,
                                   .department = account.department,
                                   .reason = std::string(reason),
                                   .end_date = end_date,
                                   .granted_by = std::string(actor),
                                   .grant_time = now},
                         .event = {}};
  change.event = EventOf("exemption.granted", change.after, reason);
  change.event.changes = {{"end_date", "", FormatDay(end_date)}};
  return change;
}

absl::StatusOr<ExemptionChange> Revoke(const Exemption& exemption, absl::string_view reason,
                                       absl::string_view actor, absl::Time now) {
  if (!InForce(exemption, TokyoDay(now))) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "EXEMPTION_ENDED",
                  {"This exemption has ended; nothing is to be revoked.",
                   "この免除は既に終了しています。取り消す必要はありません。"},
                  {{"exemption", absl::StrCat("exemptions/", exemption.id)}});
  }
  ExemptionChange change{.after = exemption, .event = {}};
  change.after.revoked_by = std::string(actor);
  change.after.revoke_time = now;
  change.after.revoke_reason = std::string(reason);
  change.event = EventOf("exemption.revoked", change.after, reason);
  change.event.changes = {{"revoked_by", "", change.after.revoked_by}};
  return change;
}

}  // namespace daicho::policy::domain
