#include "services/registry/domain/grant.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/fact.h"

namespace daicho::registry::domain {
namespace {

Fields FieldsOf(const Grant& grant) {
  Fields fields{{"account", absl::StrCat("accounts/", grant.account)},
                {"person.display_name", grant.holder.display_name},
                {"fiscal_year", absl::StrCat(grant.fiscal_year)},
                {"valid_from", FormatDay(grant.valid_from)},
                {"valid_until", FormatDay(grant.valid_until)}};
  if (!grant.holder.subject.empty()) fields["person.subject"] = grant.holder.subject;
  if (!grant.holder.title.empty()) fields["person.title"] = grant.holder.title;
  if (!grant.form.empty()) fields["form"] = absl::StrCat("forms/", grant.form);
  if (!grant.revoked_by.empty()) {
    fields["revoked_by"] = grant.revoked_by;
    fields["revoke_reason"] = grant.revoke_reason;
  }
  return fields;
}

GrantChange Decide(const Fields& before, Grant after, absl::string_view department,
                   absl::string_view type, absl::string_view reason) {
  Event event{.type = std::string(type),
              .resource = absl::StrCat("grants/", after.id),
              .related = {absl::StrCat("accounts/", after.account)},
              .department = absl::StrCat("departments/", department),
              .reason = std::string(reason),
              .changes = Diff(before, FieldsOf(after))};
  return {.after = std::move(after), .event = std::move(event)};
}

absl::Status CheckHolder(const GrantHolder& holder) {
  std::vector<Violation> problems;
  if (holder.display_name.empty()) problems.push_back(Missing("person.display_name"));
  if (!holder.subject.empty() &&
      (!absl::StartsWith(holder.subject, "users/") || holder.subject == "users/")) {
    problems.push_back({.field = "person.subject",
                        .reason = "INVALID_NAME",
                        .en = "The person as tokens name them, \"users/…\"; or leave it out.",
                        .ja = "トークンと同じ「users/…」の形で指定するか、省略してください。"});
  }
  return problems.empty() ? absl::OkStatus() : RefuseFields(problems);
}

absl::Status CheckYear(absl::CivilDay valid_from, absl::CivilDay today) {
  const int year = FiscalYear(valid_from);
  if (year == FiscalYear(today) || year == FiscalYear(today) + 1) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "GRANT_YEAR_NOT_OPEN",
                {"A grant begins in this fiscal year or in the next; mend its first day.",
                 "利用の許可は今年度か翌年度に始まるものに限ります。開始日を直してください。"},
                {{"valid_from", FormatDay(valid_from)}, {"fiscal_year", absl::StrCat(year)}});
}

// M 4-(4): a grant is for a fiscal year and is asked for anew in the next.
absl::Status CheckLastDay(absl::CivilDay valid_from, absl::CivilDay valid_until) {
  if (valid_until < valid_from) {
    return RefuseFields({DaysOutOfOrder("valid_from", "valid_until")});
  }
  const absl::CivilDay latest = LastDayOfFiscalYear(valid_from);
  if (valid_until <= latest) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "GRANT_BEYOND_FISCAL_YEAR",
                {"A grant ends on 31 March of its fiscal year at the latest; grant the next year "
                 "anew.",
                 "利用の許可は年度末の3月31日までです。翌年度の分は改めて許可してください。"},
                {{"valid_until", FormatDay(valid_until)}, {"latest", FormatDay(latest)}});
}

}  // namespace

const std::string& KeyOf(const GrantHolder& holder) {
  return holder.subject.empty() ? holder.display_name : holder.subject;
}

absl::CivilDay LastDayOfFiscalYear(absl::CivilDay day) {
  return absl::CivilDay(FiscalYear(day) + 1, 3, 31);
}

absl::StatusOr<GrantChange> GrantAccess(const Account& account, const GrantCommand& command,
                                        std::string id, absl::string_view actor, absl::Time now) {
  RETURN_IF_ERROR(CheckHolder(command.holder));
  RETURN_IF_ERROR(CheckAlive(account));
  const absl::CivilDay today = TokyoDay(now);
  const absl::CivilDay valid_from = command.valid_from.value_or(today);
  const absl::CivilDay valid_until = command.valid_until.value_or(LastDayOfFiscalYear(valid_from));
  RETURN_IF_ERROR(CheckYear(valid_from, today));
  RETURN_IF_ERROR(CheckLastDay(valid_from, valid_until));
  Grant grant{.id = std::move(id),
              .account = account.id,
              .holder = command.holder,
              .fiscal_year = FiscalYear(valid_from),
              .valid_from = valid_from,
              .valid_until = valid_until,
              .granted_by = std::string(actor),
              .grant_time = now,
              .form = command.form};
  return Decide({}, std::move(grant), account.department, "grant.made", "");
}

absl::StatusOr<GrantChange> Revoke(const Grant& grant, absl::string_view department,
                                   absl::string_view reason, absl::string_view actor,
                                   absl::Time now) {
  if (grant.revoke_time) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "GRANT_ALREADY_REVOKED",
                  {"The grant was revoked already; there is nothing left to do.",
                   "この許可はすでに取り消されています。"},
                  {{"revoked_by", grant.revoked_by}});
  }
  Grant after = grant;
  after.revision = grant.revision + 1;
  after.revoked_by = std::string(actor);
  after.revoke_time = now;
  after.revoke_reason = std::string(reason);
  return Decide(FieldsOf(grant), std::move(after), department, "grant.revoked", reason);
}

}  // namespace daicho::registry::domain
