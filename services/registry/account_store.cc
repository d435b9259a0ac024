#include "services/registry/account_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/account_filter.h"
#include "services/registry/fields_store.h"

namespace daicho::registry::store {
namespace {

// What changes from version to version: ReadAccount() reads it after `id`, kSaveAccount binds it.
#define VERSION_COLUMNS                                                                         \
  "revision, state, condition, department, platform, key, canonical_url, identity_changed_on, " \
  "fields, origin_kind, origin_form, origin_source, last_form, opened_on, closing_reason, "     \
  "closing_reason_detail, closing_successor, closing_effective_on, evidence_removal, "          \
  "evidence_unlisted_on, evidence_handle_protection, organization_page_url, "                   \
  "organization_page_seen_on, section_page_url, section_page_seen_on, facts, create_time, "     \
  "update_time"
#define VERSION_VALUES                                                                           \
  "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, " \
  "$22, $23, $24, $25, $26, $27, $28, $29"

const pg::Statement kLockLedger{"registry_lock_ledger", R"sql(
  SELECT value FROM ledger_sequence FOR UPDATE
)sql"};

const pg::Statement kSelectAccount{"registry_select_account", R"sql(
  SELECT id, )sql" VERSION_COLUMNS R"sql(
    FROM accounts
   WHERE id = $1
)sql"};

const pg::Statement kSelectAccounts{"registry_select_accounts", R"sql(
  SELECT id, )sql" VERSION_COLUMNS R"sql(
    FROM accounts
   WHERE id = ANY ($1::uuid[])
)sql"};

const pg::Statement kSelectLiveAccounts{"registry_select_live_accounts", R"sql(
  SELECT id, )sql" VERSION_COLUMNS R"sql(
    FROM accounts
   WHERE department = ANY ($1::text[])
     AND state IN ('PREPARING', 'ACTIVE', 'CLOSING')
   ORDER BY department, platform, id
   LIMIT $2
)sql"};

const pg::Statement kSelectAccountAsOf{"registry_select_account_as_of", R"sql(
  SELECT id, )sql" VERSION_COLUMNS R"sql(
    FROM account_revisions
   WHERE id = $1
     AND change_sequence <= $2
   ORDER BY revision DESC
   LIMIT 1
)sql"};

const pg::Statement kSelectHolder{"registry_select_holder", R"sql(
  SELECT id
    FROM accounts
   WHERE key = $1
     AND state IN ('PREPARING', 'ACTIVE', 'CLOSING')
)sql"};

// Touches one row, or none when the version before is not the newest any more.
const pg::Statement kSaveAccount{"registry_save_account", R"sql(
  WITH sequence AS (
    UPDATE ledger_sequence SET value = value + 1 RETURNING value
  ), saved AS (
    INSERT INTO accounts (id, )sql" VERSION_COLUMNS R"sql(, change_sequence, search_text)
    VALUES ($1, )sql" VERSION_VALUES R"sql(, (SELECT value FROM sequence), $33)
    ON CONFLICT (id) DO UPDATE
       SET ()sql" VERSION_COLUMNS R"sql(, change_sequence, search_text)
           = ROW ()sql" VERSION_VALUES R"sql(, EXCLUDED.change_sequence, EXCLUDED.search_text)
     WHERE accounts.revision = EXCLUDED.revision - 1
    RETURNING id, )sql" VERSION_COLUMNS R"sql(, change_sequence
  )
  INSERT INTO account_revisions (id, )sql" VERSION_COLUMNS R"sql(, change_sequence,
                                 actor, act, reason)
  SELECT id, )sql" VERSION_COLUMNS R"sql(, change_sequence, $30, $31, $32
    FROM saved
)sql"};

const pg::Statement kInsertFormerKey{"registry_insert_former_key", R"sql(
  INSERT INTO account_former_keys (key, account, until_on)
  VALUES ($1, $2, $3)
  ON CONFLICT (key, account, until_on) DO NOTHING
)sql"};

const pg::Statement kListOverdueClosings{"registry_list_overdue_closings", R"sql(
  SELECT id, )sql" VERSION_COLUMNS R"sql(
    FROM accounts
   WHERE state = 'CLOSING'
     AND closing_effective_on <= $1
     AND (closing_effective_on, id) > ($2, $3::uuid)
     AND ($4 = '' OR department = $4)
     AND ($5 = '' OR platform = $5)
   ORDER BY closing_effective_on, id
   LIMIT $6
)sql"};

const pg::Statement kCountOverdueClosings{"registry_count_overdue_closings", R"sql(
  SELECT count(*)
    FROM accounts
   WHERE state = 'CLOSING'
     AND closing_effective_on <= $1
     AND ($2 = '' OR department = $2)
     AND ($3 = '' OR platform = $3)
)sql"};

// A version that names another form than the one before it was made by that form.
const pg::Statement kListRevisions{"registry_list_revisions", R"sql(
  SELECT id, )sql" VERSION_COLUMNS R"sql(, actor, act, reason,
         CASE WHEN last_form IS DISTINCT FROM
                   (SELECT before.last_form
                      FROM account_revisions AS before
                     WHERE before.id = version.id
                       AND before.revision = version.revision - 1)
              THEN last_form END
    FROM account_revisions AS version
   WHERE id = $1
     AND revision < $2
   ORDER BY revision DESC
   LIMIT $3
)sql"};

const pg::Statement kFindKnown{"registry_find_known", R"sql(
  SELECT key, 'IMPORTED' AS known_as, id, department, fields ->> 'display_name'
    FROM account_revisions
   WHERE key = ANY ($1::text[])
     AND revision = 1
     AND origin_kind = 'IMPORT'
  UNION ALL
  SELECT key, CASE WHEN state IN ('CLOSED', 'MERGED') THEN 'TOMBSTONE' ELSE 'LIVE' END, id,
         department, fields ->> 'display_name'
    FROM accounts
   WHERE key = ANY ($1::text[])
  UNION ALL
  SELECT former.key, 'FORMER', accounts.id, accounts.department,
         accounts.fields ->> 'display_name'
    FROM account_former_keys AS former
    JOIN accounts ON accounts.id = former.account
   WHERE former.key = ANY ($1::text[])
)sql"};

// All rows take one step of the sequence each, in the order they are given.
const pg::Statement kInsertImported{"registry_insert_imported", R"sql(
  WITH sequence AS (
    UPDATE ledger_sequence SET value = value + cardinality($1::text[]) RETURNING value
  ), saved AS (
    INSERT INTO accounts (id, revision, state, condition, department, platform, key,
                          canonical_url, fields, origin_kind, origin_source, create_time,
                          update_time, change_sequence, search_text)
    SELECT given.id::uuid, 1, 'ACTIVE', 'NORMAL', given.department, given.platform, given.key,
           given.canonical_url, given.fields::jsonb, 'IMPORT', given.source, $8, $8,
           sequence.value - cardinality($1::text[]) + given.place, given.search_text
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                  $7::text[], $11::text[])
           WITH ORDINALITY
             AS given (id, department, platform, key, canonical_url, fields, source, search_text,
                       place)
     CROSS JOIN sequence
    RETURNING id, )sql" VERSION_COLUMNS R"sql(, change_sequence
  )
  INSERT INTO account_revisions (id, )sql" VERSION_COLUMNS R"sql(, change_sequence,
                                 actor, act, reason)
  SELECT id, )sql" VERSION_COLUMNS R"sql(, change_sequence, $9, 'account.imported', $10
    FROM saved
)sql"};

absl::string_view ToText(domain::OriginKind kind) {
  switch (kind) {
    case domain::OriginKind::kForm:
      return "FORM";
    case domain::OriginKind::kImport:
      return "IMPORT";
  }
  return "";
}

// Reads the columns of one row from left to right.
class Columns {
 public:
  explicit Columns(const pg::Row& row) : row_(row) {}
  std::string Text() { return row_.Text(next_++); }
  std::int64_t Int64() { return row_.Int64(next_++); }
  std::optional<absl::CivilDay> Day() { return row_.Day(next_++); }
  absl::Time Time() { return row_.Time(next_++).value_or(absl::InfinitePast()); }

 private:
  const pg::Row& row_;
  int next_ = 0;
};

std::optional<domain::PageSighting> ReadSighting(Columns& columns) {
  std::string url = columns.Text();
  const auto seen_on = columns.Day();
  if (!seen_on) return std::nullopt;
  return domain::PageSighting{.url = std::move(url), .seen_on = *seen_on};
}

std::optional<domain::Closing> ReadClosing(Columns& columns) {
  const auto reason = domain::ParseCloseReason(columns.Text());
  domain::Closing closing{.reason_detail = columns.Text(), .successor = columns.Text()};
  const auto effective_on = columns.Day();
  if (!reason || !effective_on) return std::nullopt;
  closing.reason = *reason;
  closing.effective_on = *effective_on;
  return closing;
}

std::optional<domain::ClosingEvidence> ReadEvidence(Columns& columns) {
  domain::ClosingEvidence evidence{.removal = columns.Text()};
  const auto unlisted_on = columns.Day();
  evidence.handle_protection = columns.Text();
  if (!unlisted_on) return std::nullopt;
  evidence.unlisted_on = *unlisted_on;
  return evidence;
}

}  // namespace

const char* const kAccountColumns = "id, " VERSION_COLUMNS;

absl::StatusOr<domain::Account> ReadAccount(const pg::Row& row) {
  Columns columns(row);
  domain::Account account{.id = columns.Text(), .revision = columns.Int64()};
  const auto state = domain::ParseAccountState(columns.Text());
  const auto condition = domain::ParseCondition(columns.Text());
  if (!state || !condition) return absl::InternalError("accounts holds an unknown state");
  account.state = *state;
  account.condition = *condition;
  account.department = columns.Text();
  account.platform = columns.Text();
  domain::Identity identity{.key = columns.Text(), .canonical_url = columns.Text()};
  if (!identity.key.empty()) account.identity = std::move(identity);
  account.identity_changed_on = columns.Day();
  ASSIGN_OR_RETURN(account.fields, FieldsFromJson(columns.Text()));
  account.origin.kind =
      columns.Text() == "FORM" ? domain::OriginKind::kForm : domain::OriginKind::kImport;
  account.origin.form = columns.Text();
  account.origin.source = columns.Text();
  account.last_form = columns.Text();
  account.opened_on = columns.Day();
  account.closing = ReadClosing(columns);
  account.evidence = ReadEvidence(columns);
  account.listing.organization_page = ReadSighting(columns);
  account.listing.section_page = ReadSighting(columns);
  ASSIGN_OR_RETURN(account.facts, FieldsFromJson(columns.Text()));
  account.create_time = columns.Time();
  account.update_time = columns.Time();
  return account;
}

absl::StatusOr<std::vector<domain::Account>> ReadAccounts(const pg::Result& rows) {
  std::vector<domain::Account> accounts;
  accounts.reserve(rows.size());
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(accounts.emplace_back(), ReadAccount(rows[i]));
  }
  return accounts;
}

void LockLedger(pg::Transaction& tx) { tx.Queue(kLockLedger, {}); }

absl::StatusOr<domain::Account> GetAccount(pg::Transaction& tx, absl::string_view id) {
  ASSIGN_OR_RETURN(std::optional<domain::Account> account, FindAccount(tx, id));
  if (account) return *std::move(account);
  return Refuse(absl::StatusCode::kNotFound, "ACCOUNT_NOT_FOUND",
                {"The ledger has no such account; look it up in the list.",
                 "台帳にそのアカウントはありません。一覧で確認してください。"},
                {{"account", absl::StrCat("accounts/", id)}});
}

absl::StatusOr<std::optional<domain::Account>> FindAccount(pg::Transaction& tx,
                                                           absl::string_view id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectAccount, {id}));
  if (rows.size() == 0) return std::nullopt;
  ASSIGN_OR_RETURN(domain::Account account, ReadAccount(rows[0]));
  return std::optional<domain::Account>(std::move(account));
}

absl::StatusOr<std::vector<domain::Account>> FindAccounts(pg::Transaction& tx,
                                                          const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectAccounts, {ids}));
  return ReadAccounts(rows);
}

absl::StatusOr<std::vector<domain::Account>> LiveAccountsOf(
    pg::Transaction& tx, const std::vector<std::string>& departments, int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectLiveAccounts, {departments, limit}));
  return ReadAccounts(rows);
}

absl::StatusOr<std::optional<domain::Account>> FindAccountAsOf(pg::Transaction& tx,
                                                               absl::string_view id,
                                                               std::int64_t change) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectAccountAsOf, {id, change}));
  if (rows.size() == 0) return std::nullopt;
  ASSIGN_OR_RETURN(domain::Account account, ReadAccount(rows[0]));
  return std::optional<domain::Account>(std::move(account));
}

absl::StatusOr<std::string> FindHolder(pg::Transaction& tx, absl::string_view key) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectHolder, {key}));
  return rows.size() == 0 ? "" : rows[0].Text(0);
}

void SaveAccount(pg::Transaction& tx, const domain::Change& change, const Authorship& author) {
  const domain::Account& account = change.after;
  const auto identity = account.identity.value_or(domain::Identity());
  const auto closing = account.closing.value_or(domain::Closing());
  const auto evidence = account.evidence.value_or(domain::ClosingEvidence());
  const auto organization = account.listing.organization_page.value_or(domain::PageSighting());
  const auto section = account.listing.section_page.value_or(domain::PageSighting());
  const auto when = [](bool set, absl::CivilDay day) {
    return set ? std::optional(day) : std::nullopt;
  };
  tx.QueueOne(
      kSaveAccount,
      {account.id,
       account.revision,
       domain::ToText(account.state),
       domain::ToText(account.condition),
       account.department,
       account.platform,
       pg::NullIfEmpty(identity.key),
       pg::NullIfEmpty(identity.canonical_url),
       account.identity_changed_on,
       ToJson(account.fields),
       ToText(account.origin.kind),
       pg::NullIfEmpty(account.origin.form),
       account.origin.kind == domain::OriginKind::kImport ? std::optional(account.origin.source)
                                                          : std::nullopt,
       pg::NullIfEmpty(account.last_form),
       account.opened_on,
       account.closing ? std::optional(std::string(domain::ToText(closing.reason))) : std::nullopt,
       pg::NullIfEmpty(closing.reason_detail),
       pg::NullIfEmpty(closing.successor),
       when(account.closing.has_value(), closing.effective_on),
       pg::NullIfEmpty(evidence.removal),
       when(account.evidence.has_value(), evidence.unlisted_on),
       pg::NullIfEmpty(evidence.handle_protection),
       pg::NullIfEmpty(organization.url),
       when(account.listing.organization_page.has_value(), organization.seen_on),
       pg::NullIfEmpty(section.url),
       when(account.listing.section_page.has_value(), section.seen_on),
       ToJson(account.facts),
       account.create_time,
       account.update_time,
       author.actor,
       change.event.type,
       pg::NullIfEmpty(author.reason),
       domain::SearchTextOf(account)},
      EtagMismatch());
  if (!change.former_key) return;
  tx.Queue(kInsertFormerKey, {change.former_key->key, account.id, change.former_key->until_on});
}

absl::StatusOr<std::vector<domain::Account>> ListOverdueClosings(
    pg::Transaction& tx, const domain::OverdueFilter& filter, absl::CivilDay today,
    const domain::OverduePosition& after, int limit) {
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.Execute(kListOverdueClosings, {today - filter.min_days_overdue, after.effective_on,
                                        after.id, filter.department, filter.platform, limit}));
  return ReadAccounts(rows);
}

absl::StatusOr<int> CountOverdueClosings(pg::Transaction& tx, const domain::OverdueFilter& filter,
                                         absl::CivilDay today) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kCountOverdueClosings, {today - filter.min_days_overdue,
                                                      filter.department, filter.platform}));
  return static_cast<int>(rows[0].Int64(0));
}

absl::StatusOr<std::vector<domain::Revision>> ListRevisions(pg::Transaction& tx,
                                                            absl::string_view id,
                                                            std::int64_t before, int limit) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kListRevisions, {id, before, limit}));
  std::vector<domain::Revision> revisions;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(domain::Account account, ReadAccount(rows[i]));
    revisions.push_back({.account = std::move(account),
                         .actor = rows[i].Text(kVersionEnd),
                         .act = rows[i].Text(kVersionEnd + 1),
                         .reason = rows[i].Text(kVersionEnd + 2),
                         .form = rows[i].Text(kVersionEnd + 3)});
  }
  return revisions;
}

absl::StatusOr<std::vector<domain::KnownAccount>> FindKnown(pg::Transaction& tx,
                                                            const std::vector<std::string>& keys) {
  using As = domain::KnownAccount::As;
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kFindKnown, {keys}));
  std::vector<domain::KnownAccount> known;
  for (int i = 0; i < rows.size(); ++i) {
    const std::string as = rows[i].Text(1);
    known.push_back({.key = rows[i].Text(0),
                     .as = as == "IMPORTED"    ? As::kImported
                           : as == "LIVE"      ? As::kLive
                           : as == "TOMBSTONE" ? As::kTombstone
                                               : As::kFormer,
                     .account = rows[i].Text(2),
                     .department = rows[i].Text(3),
                     .display_name = rows[i].Text(4)});
  }
  return known;
}

absl::Status InsertImported(pg::Transaction& tx, const std::vector<domain::Account>& accounts,
                            const Authorship& author) {
  if (accounts.empty()) return absl::OkStatus();
  std::vector<std::string> ids, departments, platforms, keys, urls, fields, sources, searched;
  for (const domain::Account& account : accounts) {
    ids.push_back(account.id);
    departments.push_back(account.department);
    platforms.push_back(account.platform);
    keys.push_back(account.identity->key);
    urls.push_back(account.identity->canonical_url);
    fields.push_back(ToJson(account.fields));
    sources.push_back(account.origin.source);
    searched.push_back(domain::SearchTextOf(account));
  }
  return tx
      .Execute(kInsertImported, {ids, departments, platforms, keys, urls, fields, sources,
                                 accounts.front().create_time, author.actor,
                                 pg::NullIfEmpty(author.reason), searched})
      .status();
}

}  // namespace daicho::registry::store

#undef VERSION_VALUES
#undef VERSION_COLUMNS
