#include "services/registry/account_wire.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/registry/domain/canonical_url.h"
#include "services/registry/domain/url_parts.h"
#include "services/registry/import_wire.h"

namespace daicho::registry::wire {
namespace {

using daicho::wire::FromDate;
using daicho::wire::ToDate;

constexpr int kMostDaysOverdue = 36'500;

Violation Required(absl::string_view field) {
  return {.field = std::string(field),
          .reason = "REQUIRED",
          .en = "This must be given.",
          .ja = "必ず指定してください。"};
}

Violation Unwanted(absl::string_view field) {
  return {.field = std::string(field),
          .reason = "UNWANTED",
          .en = "This is not part of such a form; leave it out.",
          .ja = "この種類の協議書にはない項目です。指定しないでください。"};
}

absl::Status RefuseIfAny(const std::vector<Violation>& violations) {
  return violations.empty() ? absl::OkStatus() : RefuseFields(violations);
}

std::optional<domain::CloseReason> ToDomain(v1::Closing::Reason reason) {
  constexpr absl::string_view kPrefix = "REASON_";
  const std::string& name = v1::Closing::Reason_Name(reason);
  if (!absl::StartsWith(name, kPrefix)) return std::nullopt;
  return domain::ParseCloseReason(name.substr(kPrefix.size()));
}

// A form's closing; `effective_on` where the closing itself does not say.
absl::StatusOr<domain::Closing> ParseClosing(const v1::Closing& closing,
                                             std::optional<absl::CivilDay> effective_on) {
  domain::Closing parsed{.reason_detail = closing.reason_detail()};
  std::vector<Violation> violations;
  if (const auto reason = ToDomain(closing.reason())) {
    parsed.reason = *reason;
  } else {
    violations.push_back(Required("closing.reason"));
  }
  if (parsed.reason == domain::CloseReason::kOther && closing.reason_detail().empty() &&
      violations.empty()) {
    violations.push_back(Required("closing.reason_detail"));
  }
  if (parsed.reason == domain::CloseReason::kMerged && closing.successor().empty()) {
    violations.push_back(Required("closing.successor"));
  }
  if (const auto day = FromDate(closing.effective_on()); day || effective_on) {
    parsed.effective_on = day ? *day : *effective_on;
  } else {
    violations.push_back(Required("closing.effective_on"));
  }
  RETURN_IF_ERROR(RefuseIfAny(violations));
  if (!closing.successor().empty()) {
    ASSIGN_OR_RETURN(parsed.successor, daicho::wire::ParseUuidName("accounts", closing.successor(),
                                                                   "closing.successor"));
  }
  return parsed;
}

absl::StatusOr<Action> ParseAction(v1::ApplyFormRequest::Action action) {
  switch (static_cast<int>(action)) {
    case v1::ApplyFormRequest::ACTION_OPEN:
      return Action::kOpen;
    case v1::ApplyFormRequest::ACTION_CHANGE:
      return Action::kChange;
    case v1::ApplyFormRequest::ACTION_CLOSE:
      return Action::kClose;
    case v1::ApplyFormRequest::ACTION_GRANT:
      return Action::kGrant;
    case v1::ApplyFormRequest::ACTION_SUSPEND:
      return Action::kSuspend;
  }
  return RefuseFields({Required("action")});
}

// What is wrong with the account `name` that a form about `survivor` absorbs; `seen` are those
// before it.
std::optional<Violation> CheckAbsorbed(const std::string& name, const std::string& survivor,
                                       const std::string& field, std::set<std::string>& seen) {
  if (!daicho::wire::ParseUuidName("accounts", name, field).ok()) {
    return Violation{field, "INVALID_NAME", "Write it as accounts/UUID.",
                     "accounts/UUID の形で指定してください。"};
  }
  if (name == survivor) {
    return Violation{field, "ABSORBS_ITSELF",
                     "An account cannot be merged into itself; leave it out.",
                     "統合先のアカウント自身は指定できません。外してください。"};
  }
  if (seen.insert(name).second) return std::nullopt;
  return Violation{field, "ABSORBED_TWICE", "The account is named before; leave it out.",
                   "同じアカウントが重複しています。一つだけにしてください。"};
}

absl::StatusOr<std::vector<AbsorbedName>> ParseAbsorbed(const v1::ApplyFormRequest& request) {
  std::vector<AbsorbedName> absorbed;
  std::vector<Violation> violations;
  std::set<std::string> seen;
  for (int i = 0; i < request.absorbed_accounts_size(); ++i) {
    const v1::AbsorbedAccount& one = request.absorbed_accounts(i);
    const std::string field = absl::StrCat("absorbed_accounts[", i, "].account");
    if (auto violation = CheckAbsorbed(one.account(), request.account(), field, seen)) {
      violations.push_back(*std::move(violation));
      continue;
    }
    AbsorbedName& name = absorbed.emplace_back();
    ASSIGN_OR_RETURN(name.account, daicho::wire::ParseUuidName("accounts", one.account(), field));
    const auto revision = daicho::wire::ParseEtag(one.etag());
    if (revision.ok()) name.agreed_revision = *revision;
  }
  RETURN_IF_ERROR(RefuseIfAny(violations));
  return absorbed;
}

domain::UseOfAccount ParseUse(const v1::ApplyFormRequest& request) {
  domain::UseOfAccount use = {.valid_from = FromDate(request.effective_on()),
                              .valid_until = FromDate(request.use().last_day())};
  for (const v1::Person& user : request.use().users()) {
    use.users.push_back({user.subject(), user.display_name(), user.title()});
  }
  return use;
}

// Which parts the action must have, and must not have.
absl::Status CheckParts(const v1::ApplyFormRequest& request, Action action) {
  std::vector<Violation> violations;
  const auto check = [&](absl::string_view field, bool there, bool wanted) {
    if (wanted && !there) violations.push_back(Required(field));
    if (!wanted && there) violations.push_back(Unwanted(field));
  };
  check("account", !request.account().empty(), action != Action::kOpen);
  const bool governs = action == Action::kOpen || action == Action::kChange;
  // A grant and a suspension are facts: they conflict with no version. An etag is not asked for.
  if (governs || action == Action::kClose) {
    check("account_etag", !request.account_etag().empty(), action != Action::kOpen);
  }
  check("fields", request.has_fields(), governs);
  check("closing", request.has_closing(), action == Action::kClose);
  check("use", request.use().users_size() > 0, action == Action::kGrant);
  if (action != Action::kChange) {
    check("absorbed_accounts", request.absorbed_accounts_size() > 0, false);
  }
  if (governs && request.fields().platform().empty()) {
    violations.push_back(Required("fields.platform"));
  }
  return RefuseIfAny(violations);
}

bool IsBeneathOne(absl::string_view host, const std::vector<std::string>& hosts) {
  return absl::c_any_of(hosts, [&](absl::string_view own) {
    return host == own || absl::EndsWith(host, absl::StrCat(".", own));
  });
}

// What is wrong with the address of a page that shall show an account to be the organisation's.
std::optional<Violation> CheckOwnPage(const std::string& url, const std::string& field,
                                      const OwnPages& pages) {
  const auto canonical = domain::Canonicalize(*pages.platforms, url);
  const bool schemed = absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://");
  if (!schemed || !canonical.ok()) {
    return Violation{field, "INVALID_URL",
                     "The full address of the page itself, from https:// on: no short address, no "
                     "user name, no spaces.",
                     "ページ自体のURLを https:// か http:// からすべて記入してください(短縮URL、"
                     "ユーザー名や空白を含むURLは使えません)。"};
  }
  const auto parts = domain::ParseUrl(url);
  const bool own = canonical->platform == domain::kOtherPlatform && parts.ok() &&
                   (pages.hosts.empty() || IsBeneathOne(parts->host, pages.hosts));
  if (own) return std::nullopt;
  return Violation{
      field, "NOT_OUR_PAGE",
      "This is no page of the organisation itself: give the page of its own web site "
      "that links to the account. Which sites are its own, the administrator sets.",
      "組織自身のWebサイトのページではありません。アカウントへのリンクを載せた公式サイトの"
      "ページを指定してください(公式サイトの設定は管理者に確認してください)。"};
}

void ReadSighting(const v1::PageSighting& page, const std::string& path, const OwnPages& pages,
                  std::optional<domain::PageSighting>& sighting,
                  std::vector<Violation>& violations) {
  const auto seen_on = FromDate(page.seen_on());
  if (auto problem = CheckOwnPage(page.url(), path + ".url", pages)) {
    violations.push_back(*std::move(problem));
  }
  if (!seen_on) violations.push_back(Required(path + ".seen_on"));
  if (violations.empty()) sighting = domain::PageSighting{.url = page.url(), .seen_on = *seen_on};
}

std::optional<domain::Condition> ToDomain(v1::Account::Condition condition) {
  constexpr absl::string_view kPrefix = "CONDITION_";
  const std::string& name = v1::Account::Condition_Name(condition);
  if (!absl::StartsWith(name, kPrefix)) return std::nullopt;
  return domain::ParseCondition(name.substr(kPrefix.size()));
}

v1::Closing::Reason ToProto(domain::CloseReason reason) {
  switch (reason) {
    case domain::CloseReason::kInactive:
      return v1::Closing::REASON_INACTIVE;
    case domain::CloseReason::kTermEnded:
      return v1::Closing::REASON_TERM_ENDED;
    case domain::CloseReason::kMerged:
      return v1::Closing::REASON_MERGED;
    case domain::CloseReason::kSecurity:
      return v1::Closing::REASON_SECURITY;
    case domain::CloseReason::kQuality:
      return v1::Closing::REASON_QUALITY;
    case domain::CloseReason::kOther:
      return v1::Closing::REASON_OTHER;
  }
  return v1::Closing::REASON_UNSPECIFIED;
}

void SetClosing(const domain::Account& account, v1::Account& out) {
  if (!account.closing) return;
  v1::Closing& closing = *out.mutable_closing();
  closing.set_reason(ToProto(account.closing->reason));
  closing.set_reason_detail(account.closing->reason_detail);
  if (!account.closing->successor.empty()) {
    closing.set_successor(absl::StrCat("accounts/", account.closing->successor));
  }
  *closing.mutable_effective_on() = ToDate(account.closing->effective_on);
  if (!account.evidence) return;
  v1::ClosingEvidence& evidence = *closing.mutable_evidence();
  evidence.set_removal(account.evidence->removal);
  *evidence.mutable_unlisted_on() = ToDate(account.evidence->unlisted_on);
  evidence.set_handle_protection(account.evidence->handle_protection);
}

v1::PageSighting ToProto(const domain::PageSighting& sighting) {
  v1::PageSighting out;
  out.set_url(sighting.url);
  *out.mutable_seen_on() = ToDate(sighting.seen_on);
  return out;
}

void SetOrigin(const domain::Origin& origin, v1::Origin& out) {
  switch (origin.kind) {
    case domain::OriginKind::kForm:
      out.set_kind(v1::Origin::KIND_FORM);
      out.set_form(absl::StrCat("forms/", origin.form));
      break;
    case domain::OriginKind::kImport:
      out.set_kind(v1::Origin::KIND_IMPORT);
      out.set_source(origin.source);
      break;
  }
}

v1::ImportConflict ToProto(const domain::ImportConflict& conflict) {
  v1::ImportConflict out;
  out.set_reason(conflict.reason);
  out.set_canonical_url(conflict.canonical_url);
  out.set_message(conflict.en);
  out.set_message_ja(conflict.ja);
  for (const domain::ImportClaim& claim : conflict.claims) {
    v1::ImportClaim& to = *out.add_claims();
    to.set_department(absl::StrCat("departments/", claim.department));
    to.set_department_display_name(claim.department_name);
    to.set_line(claim.line);
    to.set_cell(claim.cell);
    to.set_display_name(claim.display_name);
    if (!claim.account.empty()) to.set_account(absl::StrCat("accounts/", claim.account));
  }
  return out;
}

}  // namespace

v1::Account::State ToProto(domain::AccountState state) {
  switch (state) {
    case domain::AccountState::kPreparing:
      return v1::Account::STATE_PREPARING;
    case domain::AccountState::kActive:
      return v1::Account::STATE_ACTIVE;
    case domain::AccountState::kClosing:
      return v1::Account::STATE_CLOSING;
    case domain::AccountState::kClosed:
      return v1::Account::STATE_CLOSED;
    case domain::AccountState::kMerged:
      return v1::Account::STATE_MERGED;
  }
  return v1::Account::STATE_UNSPECIFIED;
}

v1::Account::Condition ToProto(domain::Condition condition) {
  switch (condition) {
    case domain::Condition::kNormal:
      return v1::Account::CONDITION_NORMAL;
    case domain::Condition::kSuspendedByPlatform:
      return v1::Account::CONDITION_SUSPENDED_BY_PLATFORM;
    case domain::Condition::kSuspendedInternally:
      return v1::Account::CONDITION_SUSPENDED_INTERNALLY;
    case domain::Condition::kCompromised:
      return v1::Account::CONDITION_COMPROMISED;
  }
  return v1::Account::CONDITION_UNSPECIFIED;
}

absl::StatusOr<std::string> ParseAccountName(const std::string& name) {
  return daicho::wire::ParseUuidName("accounts", name, "name");
}

absl::StatusOr<ApplyCommand> Parse(const v1::ApplyFormRequest& request) {
  ApplyCommand command;
  ASSIGN_OR_RETURN(command.action, ParseAction(request.action()));
  RETURN_IF_ERROR(CheckParts(request, command.action));
  ASSIGN_OR_RETURN(command.form.form, daicho::wire::ParseUuidName("forms", request.form(), "form"));
  ASSIGN_OR_RETURN(command.form.department,
                   daicho::wire::ParseDepartmentName(request.department(), "department"));
  if (command.action != Action::kOpen) {
    ASSIGN_OR_RETURN(command.account,
                     daicho::wire::ParseUuidName("accounts", request.account(), "account"));
    const auto revision = daicho::wire::ParseEtag(request.account_etag());
    if (revision.ok()) command.agreed_revision = *revision;
  }
  if (command.action == Action::kClose) {
    ASSIGN_OR_RETURN(command.closing,
                     ParseClosing(request.closing(), FromDate(request.effective_on())));
  } else {
    command.fields = daicho::wire::Flatten(request.fields());
    command.use = ParseUse(request);
  }
  ASSIGN_OR_RETURN(command.absorbed, ParseAbsorbed(request));
  command.effective_on = FromDate(request.effective_on());
  command.form.reason = request.reason();
  command.form.reception_number = request.reception_number();
  command.agreed_by = request.agreed_by();
  return command;
}

absl::StatusOr<OpeningCommand> Parse(const v1::ConfirmOpeningRequest& request) {
  OpeningCommand command;
  ASSIGN_OR_RETURN(command.target,
                   daicho::wire::ParseTarget("accounts", request.name(), request.etag()));
  const auto opened_on = FromDate(request.opened_on());
  if (!opened_on) return RefuseFields({Required("opened_on")});
  command.opened_on = *opened_on;
  return command;
}

absl::StatusOr<ListingCommand> Parse(const v1::RecordListingRequest& request,
                                     const OwnPages& pages) {
  ListingCommand command;
  ASSIGN_OR_RETURN(command.target,
                   daicho::wire::ParseTarget("accounts", request.name(), request.etag()));
  const v1::Listing& listing = request.listing();
  std::vector<Violation> violations;
  if (!listing.has_organization_page() && !listing.has_section_page()) {
    violations.push_back(Required("listing"));
  }
  if (listing.has_organization_page()) {
    ReadSighting(listing.organization_page(), "listing.organization_page", pages,
                 command.listing.organization_page, violations);
  }
  if (listing.has_section_page()) {
    ReadSighting(listing.section_page(), "listing.section_page", pages,
                 command.listing.section_page, violations);
  }
  RETURN_IF_ERROR(RefuseIfAny(violations));
  return command;
}

absl::StatusOr<ClosingCommand> Parse(const v1::ConfirmClosingRequest& request) {
  ClosingCommand command;
  ASSIGN_OR_RETURN(command.target,
                   daicho::wire::ParseTarget("accounts", request.name(), request.etag()));
  const v1::ClosingEvidence& evidence = request.evidence();
  const auto unlisted_on = FromDate(evidence.unlisted_on());
  std::vector<Violation> violations;
  if (evidence.removal().empty()) violations.push_back(Required("evidence.removal"));
  if (!unlisted_on) violations.push_back(Required("evidence.unlisted_on"));
  if (evidence.handle_protection().empty()) {
    violations.push_back(Required("evidence.handle_protection"));
  }
  RETURN_IF_ERROR(RefuseIfAny(violations));
  command.evidence = {.removal = evidence.removal(),
                      .unlisted_on = *unlisted_on,
                      .handle_protection = evidence.handle_protection()};
  return command;
}

absl::StatusOr<ConditionCommand> Parse(const v1::ReportConditionRequest& request) {
  ConditionCommand command;
  ASSIGN_OR_RETURN(command.target,
                   daicho::wire::ParseTarget("accounts", request.name(), request.etag()));
  const auto condition = ToDomain(request.condition());
  const auto since = FromDate(request.since());
  std::vector<Violation> violations;
  if (!condition) violations.push_back(Required("condition"));
  if (!since) violations.push_back(Required("since"));
  if (condition != domain::Condition::kCompromised && !request.successor().empty()) {
    violations.push_back({.field = "successor",
                          .reason = "UNWANTED",
                          .en = "Only a compromised account is stood in for; leave it out.",
                          .ja = "代わりのアカウントを指定できるのは乗っ取りの報告だけです。"
                                "空にしてください。"});
  }
  if (condition == domain::Condition::kNormal && !request.notice().empty()) {
    violations.push_back({.field = "notice",
                          .reason = "UNWANTED",
                          .en = "Lookups show no notice of an account in order; leave it out.",
                          .ja = "正常なアカウントにお知らせは表示されません。空にしてください。"});
  }
  RETURN_IF_ERROR(RefuseIfAny(violations));
  command.report = {.condition = *condition,
                    .since = *since,
                    .reason = request.reason(),
                    .notice = request.notice()};
  if (!request.successor().empty()) {
    ASSIGN_OR_RETURN(command.report.successor,
                     daicho::wire::ParseUuidName("accounts", request.successor(), "successor"));
  }
  return command;
}

absl::StatusOr<domain::OverdueFilter> Parse(const v1::ListOverdueClosingsRequest& request) {
  domain::OverdueFilter filter{.platform = request.platform()};
  if (!request.department().empty()) {
    ASSIGN_OR_RETURN(filter.department,
                     daicho::wire::ParseDepartmentName(request.department(), "department"));
  }
  if (request.min_days_overdue() < 0 || request.min_days_overdue() > kMostDaysOverdue) {
    return RefuseFields({{.field = "min_days_overdue",
                          .reason = "OUT_OF_RANGE",
                          .en = "Give a number of days from 0 to 36,500.",
                          .ja = "0から36,500までの日数を指定してください。"}});
  }
  filter.min_days_overdue = std::max(1, request.min_days_overdue());
  return filter;
}

absl::StatusOr<v1::Account> ToProto(const domain::Account& account) {
  v1::Account out;
  out.set_name(absl::StrCat("accounts/", account.id));
  out.set_etag(daicho::wire::EtagOf(account.revision));
  out.set_department(absl::StrCat("departments/", account.department));
  RETURN_IF_ERROR(daicho::wire::Unflatten(account.fields, out.mutable_fields()));
  RETURN_IF_ERROR(daicho::wire::Unflatten(account.facts, out.mutable_facts()));
  out.set_state(ToProto(account.state));
  out.set_condition(ToProto(account.condition));
  if (account.identity) out.set_canonical_url(account.identity->canonical_url);
  SetOrigin(account.origin, *out.mutable_origin());
  if (!account.last_form.empty()) out.set_last_form(absl::StrCat("forms/", account.last_form));
  if (account.opened_on) *out.mutable_opened_on() = ToDate(*account.opened_on);
  SetClosing(account, out);
  if (const auto& page = account.listing.organization_page) {
    *out.mutable_listing()->mutable_organization_page() = ToProto(*page);
  }
  if (const auto& page = account.listing.section_page) {
    *out.mutable_listing()->mutable_section_page() = ToProto(*page);
  }
  *out.mutable_create_time() = daicho::wire::ToTimestamp(account.create_time);
  *out.mutable_update_time() = daicho::wire::ToTimestamp(account.update_time);
  return out;
}

absl::StatusOr<v1::AccountRevision> ToProto(const domain::Revision& revision) {
  v1::AccountRevision out;
  ASSIGN_OR_RETURN(*out.mutable_account(), ToProto(revision.account));
  out.set_actor(revision.actor);
  out.set_act(revision.act);
  out.set_reason(revision.reason);
  if (!revision.form.empty()) out.set_form(absl::StrCat("forms/", revision.form));
  return out;
}

v1::ApplyFormResponse ToProto(const domain::Ruling& ruling) {
  v1::ApplyFormResponse out;
  if (ruling.conflicts.empty()) {
    out.set_outcome(v1::ApplyFormResponse::OUTCOME_APPLIED);
    const std::string& account =
        ruling.changes.empty() ? ruling.account : ruling.changes.front().after.id;
    out.set_account(absl::StrCat("accounts/", account));
    return out;
  }
  out.set_outcome(v1::ApplyFormResponse::OUTCOME_CONFLICT);
  for (const domain::Conflict& conflict : ruling.conflicts) {
    v1::ApplyFormResponse::Conflict& added = *out.add_conflicts();
    added.set_reason(conflict.reason);
    added.set_message(absl::StrCat(conflict.ja, " / ", conflict.en));
    added.set_field(conflict.field);
    if (!conflict.account.empty()) {
      added.set_account(absl::StrCat("accounts/", conflict.account));
    }
  }
  const v1::ApplyFormResponse::Conflict& first = out.conflicts(0);
  out.set_account(first.account());
  out.set_conflict_reason(first.reason());
  out.set_conflict_message(first.message());
  out.set_conflict_field(first.field());
  return out;
}

v1::OverdueClosing ToOverdueClosing(const domain::Account& account, absl::CivilDay today) {
  const domain::Closing closing = account.closing.value_or(domain::Closing());
  const auto display_name = account.fields.find("display_name");
  v1::OverdueClosing out;
  out.set_account(absl::StrCat("accounts/", account.id));
  out.set_department(absl::StrCat("departments/", account.department));
  out.set_platform(account.platform);
  if (display_name != account.fields.end()) out.set_display_name(display_name->second);
  if (account.identity) out.set_canonical_url(account.identity->canonical_url);
  out.set_reason(ToProto(closing.reason));
  *out.mutable_effective_on() = ToDate(closing.effective_on);
  out.set_days_overdue(static_cast<int>(today - closing.effective_on));
  out.set_condition(ToProto(account.condition));
  return out;
}

v1::ImportAccountsResponse ToProto(const domain::AccountImport& plan) {
  v1::ImportAccountsResponse out;
  out.set_row_count(plan.row_count);
  out.set_created_count(static_cast<int>(plan.created.size()));
  out.set_unchanged_count(plan.unchanged_count);
  for (const domain::ImportProblem& problem : plan.problems) {
    if (out.problems_size() == kMostProblems) break;
    SetProblem(problem, *out.add_problems());
  }
  for (const domain::ImportConflict& conflict : plan.conflicts) {
    if (out.conflicts_size() == kMostProblems) break;
    *out.add_conflicts() = ToProto(conflict);
  }
  return out;
}

std::vector<std::string> OverduePositionOf(const domain::Account& account) {
  return {FormatDay(account.closing.value_or(domain::Closing()).effective_on), account.id};
}

domain::OverduePosition ParseOverduePosition(const std::vector<std::string>& position) {
  if (position.size() != 2) return {};
  const auto day = ParseDay(position[0]);
  if (!day) return {};
  return {.effective_on = *day, .id = position[1]};
}

}  // namespace daicho::registry::wire
