#include "services/registry/domain/account.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::registry::domain {
namespace {

// What a form about an account must meet that `act` is done to by it.
std::optional<Conflict> CheckVersion(const Account& account,
                                     std::optional<std::int64_t> agreed_revision, Act act) {
  if (const auto next = NextStanding(StandingOf(account), act); !next.ok()) {
    const Message message = MessageOfLife(ReasonOf(next.status()));
    return Conflict{.reason = ReasonOf(next.status()),
                    .en = std::string(message.en),
                    .ja = std::string(message.ja),
                    .field = "account",
                    .account = account.id};
  }
  if (account.revision != agreed_revision) {
    return Conflict{.reason = "ACCOUNT_CHANGED",
                    .en =
                        "The account has changed since the form was agreed; file it again on "
                        "what the ledger says now.",
                    .ja =
                        "協議の成立後に台帳が変わっています。現在の内容をもとに協議し直して"
                        "ください。",
                    .field = "account_etag",
                    .account = account.id};
  }
  return std::nullopt;
}

// What the form of an account's own department must meet besides.
std::optional<Conflict> CheckForm(const Account& account, const AgreedForm& form,
                                  std::optional<std::int64_t> agreed_revision, Act act) {
  if (account.department == form.department) return CheckVersion(account, agreed_revision, act);
  return Conflict{.reason = "FOREIGN_ACCOUNT",
                  .en = "The account belongs to another department, which has to file the form.",
                  .ja = "別の所属のアカウントです。その所属から協議してください。",
                  .field = "account"};
}

// Lookups have said since the day agreed before that the account is not official any more, and
// somebody else may hold it by now: no later day is taken.
std::optional<Conflict> CheckClosingDay(const Account& account, absl::CivilDay effective_on,
                                        absl::Time now) {
  const auto& earlier = account.closing;
  if (!earlier || earlier->effective_on > TokyoDay(now) || effective_on <= earlier->effective_on) {
    return std::nullopt;
  }
  return Conflict{.reason = "CLOSING_IN_EFFECT",
                  .en =
                      "The account is no longer official since the day agreed before; confirm "
                      "that it is closed, and open it anew with an OPEN form if need be.",
                  .ja =
                      "先に協議した廃止日を過ぎており、すでに公式ではありません。廃止を確認し、"
                      "必要なら開設を協議してください。",
                  .field = "effective_on",
                  .account = account.id};
}

// What `act`, which has been checked, makes of the account.
Change Close(const Account& account, const AgreedForm& form, Act act, const Closing& closing,
             absl::Time now) {
  Account after = account;
  after.state = NextStanding(StandingOf(account), act)->state;
  after.closing = closing;
  after.last_form = form.form;
  return NextVersion(account, std::move(after), "account.closing", form.form, form.reason, now);
}

// What is wrong with who `claim` says the account is; `self` may hold it already.
std::optional<Conflict> CheckClaim(const Claim& claim, absl::string_view self) {
  if (!claim.identity.ok()) {
    return Conflict{.reason = "URL_NOT_ACCEPTED",
                    .en = std::string(claim.identity.status().message()),
                    .ja = JapaneseOf(claim.identity.status()),
                    .field = "fields.url"};
  }
  if (claim.warned) {
    return Conflict{.reason = "KEY_UNDER_WARNING",
                    .en =
                        "The public is warned of this URL as an impersonation; check the URL, and "
                        "if it is yours, ask the PR office to withdraw the warning.",
                    .ja =
                        "なりすましとして注意喚起中のURLです。URLを確かめ、正しければ注意喚起の"
                        "取下げを秘書課に依頼してください。",
                    .field = "fields.url"};
  }
  if (claim.holder.empty() || claim.holder == self) return std::nullopt;
  return Conflict{.reason = "ACCOUNT_EXISTS",
                  .en = "The ledger already has a live account with this URL; change that one.",
                  .ja =
                      "同じURLのアカウントがすでに台帳にあります。そのアカウントの変更として"
                      "協議してください。",
                  .field = "fields.url",
                  .account = claim.holder};
}

std::string PlatformOf(const Fields& fields) {
  const auto platform = fields.find("platform");
  return platform == fields.end() ? "" : platform->second;
}

// Takes `seen` up unless something newer is known, or it shows a name from before `since`.
void TakeNewer(std::optional<PageSighting>& known, const std::optional<PageSighting>& seen,
               std::optional<absl::CivilDay> since) {
  if (!seen || (since && seen->seen_on < *since)) return;
  if (!known || known->seen_on <= seen->seen_on) known = seen;
}

// First day on which a page that links to the account's name can have meant the account. nullopt
// for one that was there before the ledger.
std::optional<absl::CivilDay> HasItsNameSince(const Account& account) {
  if (account.identity_changed_on || account.origin.kind == OriginKind::kImport) {
    return account.identity_changed_on;
  }
  return TokyoDay(account.create_time);
}

void AddSighting(Fields& facts, absl::string_view path, const std::optional<PageSighting>& page) {
  if (!page) return;
  facts[absl::StrCat(path, ".url")] = page->url;
  facts[absl::StrCat(path, ".seen_on")] = FormatDay(page->seen_on);
}

}  // namespace

bool IsAlive(const Account& account) { return !IsTombstone(account.state); }

Standing StandingOf(const Account& account) { return {account.state, account.condition}; }

Fields Facts(const Account& account) {
  Fields facts;
  if (account.revision == 0) return facts;  // Not in the ledger yet.
  facts["state"] = std::string(ToText(account.state));
  facts["condition"] = std::string(ToText(account.condition));
  facts["department"] = absl::StrCat("departments/", account.department);
  if (account.identity) facts["canonical_url"] = account.identity->canonical_url;
  for (const auto& [path, value] : account.fields) facts[absl::StrCat("fields.", path)] = value;
  for (const auto& [path, value] : account.facts) facts[absl::StrCat("facts.", path)] = value;
  if (!account.last_form.empty()) facts["last_form"] = absl::StrCat("forms/", account.last_form);
  if (account.opened_on) facts["opened_on"] = FormatDay(*account.opened_on);
  if (const auto& closing = account.closing) {
    facts["closing.reason"] = std::string(ToText(closing->reason));
    facts["closing.effective_on"] = FormatDay(closing->effective_on);
    if (!closing->reason_detail.empty()) facts["closing.reason_detail"] = closing->reason_detail;
    if (!closing->successor.empty()) {
      facts["closing.successor"] = absl::StrCat("accounts/", closing->successor);
    }
  }
  if (const auto& evidence = account.evidence) {
    facts["closing.evidence.removal"] = evidence->removal;
    facts["closing.evidence.unlisted_on"] = FormatDay(evidence->unlisted_on);
    facts["closing.evidence.handle_protection"] = evidence->handle_protection;
  }
  AddSighting(facts, "listing.organization_page", account.listing.organization_page);
  AddSighting(facts, "listing.section_page", account.listing.section_page);
  return facts;
}

absl::string_view ToText(CloseReason reason) {
  switch (reason) {
    case CloseReason::kInactive:
      return "INACTIVE";
    case CloseReason::kTermEnded:
      return "TERM_ENDED";
    case CloseReason::kMerged:
      return "MERGED";
    case CloseReason::kSecurity:
      return "SECURITY";
    case CloseReason::kQuality:
      return "QUALITY";
    case CloseReason::kOther:
      return "OTHER";
  }
  return "";
}

std::optional<CloseReason> ParseCloseReason(absl::string_view text) {
  for (const CloseReason reason : kAllCloseReasons) {
    if (ToText(reason) == text) return reason;
  }
  return std::nullopt;
}

absl::Status CheckNotInFuture(absl::CivilDay day, absl::string_view field, absl::Time now) {
  if (day <= TokyoDay(now)) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "DATE_IN_FUTURE",
                {"The day is in the future; report it once it has come.",
                 "日付が未来です。その日が来てから報告してください。"},
                {{"field", field}, {"day", FormatDay(day)}, {"today", FormatDay(TokyoDay(now))}});
}

Change NextVersion(const Account& before, Account after, absl::string_view type,
                   absl::string_view form, absl::string_view reason, absl::Time now) {
  after.revision = before.revision + 1;
  after.update_time = now;
  Event event{.type = std::string(type),
              .resource = absl::StrCat("accounts/", after.id),
              .department = absl::StrCat("departments/", after.department),
              .reason = std::string(reason),
              .changes = Diff(Facts(before), Facts(after))};
  if (!form.empty()) event.related.push_back(absl::StrCat("forms/", form));
  return {.after = std::move(after), .event = std::move(event)};
}

Decision Open(const AgreedForm& form, const Claim& claim, bool department_exists, std::string id,
              absl::Time now) {
  if (!department_exists) {
    return Conflict{.reason = "DEPARTMENT_NOT_FOUND",
                    .en =
                        "The directory does not know the department; ask the administrator to "
                        "enter it.",
                    .ja = "所属が登録されていません。システム管理者に登録を依頼してください。",
                    .field = "department"};
  }
  if (const auto conflict = CheckClaim(claim, "")) return *conflict;
  const Account opened{.id = std::move(id),
                       .state = AccountState::kPreparing,
                       .department = form.department,
                       .platform = PlatformOf(claim.fields),
                       .identity = *claim.identity,
                       .fields = claim.fields,
                       .origin = {.kind = OriginKind::kForm, .form = form.form},
                       .last_form = form.form,
                       .create_time = now};
  return NextVersion(Account{}, opened, "account.prepared", form.form, form.reason, now);
}

Decision ChangeFields(const Account& account, const AgreedForm& form,
                      std::optional<std::int64_t> agreed_revision, const Claim& claim,
                      absl::Time now) {
  if (const auto conflict = CheckForm(account, form, agreed_revision, Act::kChange)) {
    return *conflict;
  }
  if (const auto conflict = CheckClaim(claim, account.id)) return *conflict;
  if (PlatformOf(claim.fields) != account.platform) {
    return Conflict{
        .reason = "URL_NOT_ACCEPTED",
        .en =
            "On another platform it is another account; open that one with a form of "
            "its own.",
        .ja = "別のサービスでは別のアカウントになります。新たに開設を協議してください。",
        .field = "fields.platform",
        .account = account.id};
  }
  if (account.identity && !*claim.identity) {
    return Conflict{.reason = "URL_NOT_ACCEPTED",
                    .en =
                        "The URL of the account is known already; it cannot be only planned "
                        "again.",
                    .ja = "URLが決まっているアカウントを、予定の状態に戻すことはできません。",
                    .field = "fields.url",
                    .account = account.id};
  }
  const bool renames =
      account.identity && *claim.identity && (*claim.identity)->key != account.identity->key;
  if (renames && account.condition == Condition::kCompromised) {
    // The warning is about the name that somebody else holds, and would move to the new one.
    return Conflict{.reason = "ACCOUNT_NOT_IN_ORDER",
                    .en =
                        "Somebody else holds the account: report that it is in order again before "
                        "it is renamed, or open another one and name it as successor.",
                    .ja =
                        "乗っ取られているアカウントは改名できません。正常に戻ったことを報告してから"
                        "改名するか、新たに開設して後継として報告してください。",
                    .field = "fields.url",
                    .account = account.id};
  }
  Account after = account;
  after.fields = claim.fields;
  after.identity = *claim.identity;
  after.last_form = form.form;
  std::optional<FormerKey> former_key;
  const std::string former = account.identity ? account.identity->key : "";
  if (after.identity && after.identity->key != former) {
    // No page of the organisation has been seen to link to the new name.
    after.listing = {};
    after.identity_changed_on = TokyoDay(now);
    if (account.state != AccountState::kPreparing && !former.empty()) {
      former_key = FormerKey{.key = former, .until_on = TokyoDay(now)};
      // It was official no longer than the account.
      if (account.closing) {
        former_key->until_on = std::min(former_key->until_on, account.closing->effective_on);
      }
    }
  }
  Change change =
      NextVersion(account, std::move(after), "account.changed", form.form, form.reason, now);
  change.former_key = std::move(former_key);
  return change;
}

Decision BeginClosing(const Account& account, const AgreedForm& form,
                      std::optional<std::int64_t> agreed_revision, const Closing& closing,
                      bool successor_exists, absl::Time now) {
  if (const auto conflict = CheckForm(account, form, agreed_revision, Act::kClose)) {
    return *conflict;
  }
  if (closing.successor == account.id || (!closing.successor.empty() && !successor_exists)) {
    return Conflict{.reason = "SUCCESSOR_NOT_FOUND",
                    .en =
                        "The account that is to take over is not another live account of the "
                        "ledger.",
                    .ja = "統合先は、台帳にある別の運用中のアカウントでなければなりません。",
                    .field = "closing.successor",
                    .account = account.id};
  }
  if (const auto conflict = CheckClosingDay(account, closing.effective_on, now)) return *conflict;
  return Close(account, form, Act::kClose, closing, now);
}

Decision BeAbsorbed(const Account& account, const AgreedForm& form,
                    std::optional<std::int64_t> agreed_revision, const std::string& successor,
                    absl::CivilDay effective_on, absl::Time now) {
  if (const auto conflict = CheckVersion(account, agreed_revision, Act::kBeAbsorbed)) {
    return *conflict;
  }
  if (const auto conflict = CheckClosingDay(account, effective_on, now)) return *conflict;
  return Close(
      account, form, Act::kBeAbsorbed,
      {.reason = CloseReason::kMerged, .successor = successor, .effective_on = effective_on}, now);
}

absl::StatusOr<Change> ConfirmOpening(const Account& account, absl::CivilDay opened_on,
                                      absl::Time now) {
  Account after = account;
  ASSIGN_OR_RETURN(const Standing next, NextStanding(StandingOf(account), Act::kConfirmOpening));
  after.state = next.state;
  if (!account.identity) {
    return Refuse(
        absl::StatusCode::kFailedPrecondition, "URL_STILL_PLANNED",
        {"The ledger has no URL for this account yet; file a CHANGE form with it first.",
         "アカウントのURLがまだ登録されていません。先に変更の協議書でURLを届け出てください。"});
  }
  RETURN_IF_ERROR(CheckNotInFuture(opened_on, "opened_on", now));
  after.opened_on = opened_on;
  return NextVersion(account, std::move(after), "account.opened", "", "", now);
}

absl::StatusOr<std::optional<Change>> RecordListing(const Account& account, const Listing& listing,
                                                    absl::Time now) {
  Account after = account;
  RETURN_IF_ERROR(NextStanding(StandingOf(account), Act::kRecordListing).status());
  for (const auto& page : {listing.organization_page, listing.section_page}) {
    if (page) RETURN_IF_ERROR(CheckNotInFuture(page->seen_on, "listing", now));
  }
  const auto since = HasItsNameSince(account);
  TakeNewer(after.listing.organization_page, listing.organization_page, since);
  TakeNewer(after.listing.section_page, listing.section_page, since);
  if (after == account) return std::nullopt;
  return NextVersion(account, std::move(after), "account.listed", "", "", now);
}

absl::StatusOr<Change> ConfirmClosing(const Account& account, const ClosingEvidence& evidence,
                                      absl::Time now) {
  const bool merged = account.closing && !account.closing->successor.empty();
  Account after = account;
  ASSIGN_OR_RETURN(
      const Standing next,
      NextStanding(StandingOf(account), merged ? Act::kConfirmMerging : Act::kConfirmClosing));
  after.state = next.state;
  RETURN_IF_ERROR(CheckNotInFuture(evidence.unlisted_on, "evidence.unlisted_on", now));
  after.evidence = evidence;
  return NextVersion(account, std::move(after), merged ? "account.merged" : "account.closed", "",
                     "", now);
}

}  // namespace daicho::registry::domain
