#include "services/registry/warning_wire.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"

namespace daicho::registry::wire {
namespace {

using daicho::wire::FromDate;
using daicho::wire::ToDate;

absl::Status RefuseMissing(absl::string_view field, absl::string_view en, absl::string_view ja) {
  return RefuseFields({{.field = std::string(field),
                        .reason = "REQUIRED",
                        .en = std::string(en),
                        .ja = std::string(ja)}});
}

// What the request changes: what its mask names, or else what it sets.
absl::StatusOr<std::set<std::string>> FieldsToChange(const v1::UpdateWarningRequest& request) {
  static const auto* const known =
      new std::set<std::string>{"notice_ja", "notice", "evidence", "removed_on"};
  std::set<std::string> fields(request.update_mask().paths().begin(),
                               request.update_mask().paths().end());
  for (const std::string& field : fields) {
    if (known->count(field) > 0) continue;
    return RefuseFields(
        {{.field = "update_mask",
          .reason = "UNKNOWN_FIELD",
          .en = absl::StrCat("\"", field,
                             "\" cannot be changed; name notice_ja, notice, evidence or "
                             "removed_on."),
          .ja = absl::StrCat("「", field,
                             "」は変更できません。notice_ja、notice、evidence、removed_on から"
                             "選んでください。")}});
  }
  if (!fields.empty()) return fields;
  if (!request.notice_ja().empty()) fields.insert("notice_ja");
  if (!request.notice().empty()) fields.insert("notice");
  if (!request.evidence().empty()) fields.insert("evidence");
  if (FromDate(request.removed_on())) fields.insert("removed_on");
  return fields;
}

}  // namespace

absl::StatusOr<std::string> ParseWarningName(const std::string& name) {
  return daicho::wire::ParseUuidName("warnings", name, "name");
}

absl::StatusOr<domain::Warning> Parse(const v1::CreateWarningRequest& request) {
  const auto reported_on = FromDate(request.reported_on());
  if (!reported_on) {
    return RefuseMissing("reported_on", "This must be given.", "必ず指定してください。");
  }
  domain::Warning warning{.url = request.url(),
                          .notice_ja = request.notice_ja(),
                          .notice = request.notice(),
                          .evidence = request.evidence(),
                          .reported_on = *reported_on};
  if (!request.department().empty()) {
    ASSIGN_OR_RETURN(warning.department,
                     daicho::wire::ParseDepartmentName(request.department(), "department"));
  }
  if (!request.account().empty()) {
    ASSIGN_OR_RETURN(warning.account,
                     daicho::wire::ParseUuidName("accounts", request.account(), "account"));
  }
  if (warning.department.empty() && warning.account.empty()) {
    return RefuseMissing("department", "Name the department or the account it poses as.",
                         "かたられている所属かアカウントを指定してください。");
  }
  return warning;
}

absl::StatusOr<EditCommand> Parse(const v1::UpdateWarningRequest& request) {
  EditCommand command;
  ASSIGN_OR_RETURN(command.warning, ParseWarningName(request.name()));
  ASSIGN_OR_RETURN(command.revision, daicho::wire::ParseEtag(request.etag()));
  ASSIGN_OR_RETURN(const std::set<std::string> fields, FieldsToChange(request));
  if (fields.count("notice_ja") > 0) {
    if (request.notice_ja().empty()) {
      return RefuseMissing("notice_ja", "The warning must say something in Japanese.",
                           "日本語の注意文は空にできません。");
    }
    command.edit.notice_ja = request.notice_ja();
  }
  if (fields.count("notice") > 0) command.edit.notice = request.notice();
  if (fields.count("evidence") > 0) command.edit.evidence = request.evidence();
  if (fields.count("removed_on") > 0) command.edit.removed_on = FromDate(request.removed_on());
  return command;
}

absl::StatusOr<WithdrawCommand> Parse(const v1::WithdrawWarningRequest& request) {
  WithdrawCommand command{.reason = request.reason()};
  ASSIGN_OR_RETURN(command.warning, ParseWarningName(request.name()));
  ASSIGN_OR_RETURN(command.revision, daicho::wire::ParseEtag(request.etag()));
  return command;
}

v1::ImpersonationWarning ToProto(const domain::Warning& warning) {
  v1::ImpersonationWarning out = ToListed(warning);
  out.set_evidence(warning.evidence);
  out.set_created_by(warning.created_by);
  return out;
}

v1::ImpersonationWarning ToListed(const domain::Warning& warning) {
  v1::ImpersonationWarning out;
  out.set_name(absl::StrCat("warnings/", warning.id));
  out.set_etag(daicho::wire::EtagOf(warning.revision));
  out.set_url(warning.url);
  out.set_canonical_url(warning.identity.canonical_url);
  out.set_platform(warning.platform);
  out.set_department(absl::StrCat("departments/", warning.department));
  if (!warning.account.empty()) out.set_account(absl::StrCat("accounts/", warning.account));
  out.set_notice_ja(warning.notice_ja);
  out.set_notice(warning.notice);
  *out.mutable_reported_on() = ToDate(warning.reported_on);
  *out.mutable_starts_on() = ToDate(warning.starts_on);
  if (warning.removed_on) *out.mutable_removed_on() = ToDate(*warning.removed_on);
  if (warning.withdrawn_on) *out.mutable_withdrawn_on() = ToDate(*warning.withdrawn_on);
  out.set_withdrawal_reason(warning.withdrawal_reason);
  *out.mutable_create_time() = daicho::wire::ToTimestamp(warning.create_time);
  *out.mutable_update_time() = daicho::wire::ToTimestamp(warning.update_time);
  return out;
}

}  // namespace daicho::registry::wire
