#include "services/registry/domain/warning.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/account.h"

namespace daicho::registry::domain {
namespace {

// Every fact about `warning` by its path in registry.v1.ImpersonationWarning.
Fields Facts(const Warning& warning) {
  Fields facts;
  if (warning.revision == 0) return facts;  // Not on the list yet.
  facts["url"] = warning.url;
  facts["canonical_url"] = warning.identity.canonical_url;
  facts["platform"] = warning.platform;
  facts["department"] = absl::StrCat("departments/", warning.department);
  if (!warning.account.empty()) facts["account"] = absl::StrCat("accounts/", warning.account);
  facts["notice_ja"] = warning.notice_ja;
  if (!warning.notice.empty()) facts["notice"] = warning.notice;
  if (!warning.evidence.empty()) facts["evidence"] = warning.evidence;
  facts["reported_on"] = FormatDay(warning.reported_on);
  facts["starts_on"] = FormatDay(warning.starts_on);
  if (warning.removed_on) facts["removed_on"] = FormatDay(*warning.removed_on);
  if (warning.withdrawn_on) {
    facts["withdrawn_on"] = FormatDay(*warning.withdrawn_on);
    facts["withdrawal_reason"] = warning.withdrawal_reason;
  }
  return facts;
}

// `after` as the next revision of `before`, with the event that says what differs.
WarningChange Decide(const Warning& before, Warning after, absl::string_view type, absl::Time now) {
  after.revision = before.revision + 1;
  after.update_time = now;
  Event event{.type = std::string(type),
              .resource = absl::StrCat("warnings/", after.id),
              .department = absl::StrCat("departments/", after.department),
              .reason = after.withdrawal_reason,
              .changes = Diff(Facts(before), Facts(after))};
  if (!after.account.empty()) event.related.push_back(absl::StrCat("accounts/", after.account));
  return {.after = std::move(after), .event = std::move(event)};
}

absl::Status CheckNotOfficial(const std::vector<KnownAccount>& known) {
  for (const KnownAccount& account : known) {
    // A name that an account gave up or left behind can be somebody else's by now.
    if (account.as != KnownAccount::As::kLive) continue;
    const std::string en = absl::StrCat(
        "This URL is that of the official account \"", account.display_name,
        "\"; if somebody else holds it, report the condition of that account instead.");
    const std::string ja = absl::StrCat(
        "公式アカウント「", account.display_name,
        "」のURLです。第三者に乗っ取られている場合は、そのアカウントの状況を報告してください。");
    return Refuse(absl::StatusCode::kFailedPrecondition, "ACCOUNT_IS_OFFICIAL", {en, ja},
                  {{"field", "url"}, {"account", absl::StrCat("accounts/", account.account)}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckInForce(const Warning& warning) {
  if (!warning.withdrawn_on) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "WARNING_WITHDRAWN",
                {"The warning has been withdrawn and stays as it was; make a new one if need be.",
                 "取り下げた注意喚起は変更できません。必要なら新たに登録してください。"},
                {{"withdrawn_on", FormatDay(*warning.withdrawn_on)}});
}

absl::StatusOr<CanonicalUrl> IdentifyImpersonator(const PlatformTable& platforms,
                                                  absl::string_view url) {
  absl::StatusOr<CanonicalUrl> identified = Canonicalize(platforms, url);
  if (identified.ok()) return identified;
  const std::string reason = ReasonOf(identified.status());
  return RefuseFields({{.field = "url",
                        .reason = reason,
                        .en = std::string(identified.status().message()),
                        .ja = JapaneseOf(identified.status())}},
                      reason);
}

absl::StatusOr<WarningChange> Warn(const Warning& asked, const WarningClaim& claim, std::string id,
                                   absl::Time now) {
  RETURN_IF_ERROR(CheckNotOfficial(claim.known));
  if (!claim.in_force.empty()) {
    return Refuse(absl::StatusCode::kAlreadyExists, "WARNING_EXISTS",
                  {"A warning about this URL is in force already; change that one.",
                   "このURLの注意喚起はすでに出ています。そちらを変更してください。"},
                  {{"warning", absl::StrCat("warnings/", claim.in_force)}});
  }
  RETURN_IF_ERROR(CheckNotInFuture(asked.reported_on, "reported_on", now));
  Warning warning = asked;
  warning.id = std::move(id);
  warning.identity = {.key = claim.url.key, .canonical_url = claim.url.url};
  warning.platform = claim.url.platform;
  warning.starts_on = TokyoDay(now);
  warning.create_time = now;
  return Decide(Warning{}, std::move(warning), "warning.created", now);
}

absl::StatusOr<std::optional<WarningChange>> ChangeWarning(const Warning& warning,
                                                           const WarningEdit& edit,
                                                           absl::Time now) {
  RETURN_IF_ERROR(CheckInForce(warning));
  Warning after = warning;
  after.notice_ja = edit.notice_ja.value_or(warning.notice_ja);
  after.notice = edit.notice.value_or(warning.notice);
  after.evidence = edit.evidence.value_or(warning.evidence);
  after.removed_on = edit.removed_on.value_or(warning.removed_on);
  if (after.removed_on) {
    RETURN_IF_ERROR(CheckNotInFuture(*after.removed_on, "removed_on", now));
    if (*after.removed_on < warning.reported_on) {
      return Refuse(absl::StatusCode::kFailedPrecondition, "DATE_TOO_EARLY",
                    {"It cannot have been removed before it was reported; mend the day.",
                     "削除された日が報告を受けた日より前です。日付を直してください。"},
                    {{"field", "removed_on"},
                     {"day", FormatDay(*after.removed_on)},
                     {"reported_on", FormatDay(warning.reported_on)}});
    }
  }
  if (after == warning) return std::nullopt;
  return Decide(warning, std::move(after), "warning.changed", now);
}

absl::StatusOr<WarningChange> Withdraw(const Warning& warning, const std::string& reason,
                                       absl::Time now) {
  RETURN_IF_ERROR(CheckInForce(warning));
  Warning after = warning;
  after.withdrawn_on = TokyoDay(now);
  after.withdrawal_reason = reason;
  return Decide(warning, std::move(after), "warning.withdrawn", now);
}

}  // namespace daicho::registry::domain
