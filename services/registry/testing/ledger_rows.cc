#include "services/registry/testing/ledger_rows.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"

namespace daicho::testing {
namespace {

constexpr char kNext[] =
    "WITH next AS (UPDATE ledger_sequence SET value = value + 1 RETURNING value) ";

std::string UrlOf(const std::string& key) {
  return absl::StrCat("https://x.com/", absl::StripPrefix(key, "x::"));
}

std::string TextOrNull(const std::string& text) {
  return text.empty() ? "NULL" : absl::StrCat("'", text, "'");
}

}  // namespace

void LedgerRows::PutDepartment(const std::string& code, const std::string& display_name) const {
  database_.Execute(absl::Substitute(
      "$0 INSERT INTO departments (code, revision, change_sequence, display_name, kind,"
      " contact_desk, update_time)"
      " SELECT '$1', 1, value, '$2', 'PREFECTURAL_OFFICE', '017-722-1111', now() FROM next"
      " ON CONFLICT (code) DO UPDATE SET display_name = excluded.display_name,"
      " change_sequence = excluded.change_sequence, revision = departments.revision + 1",
      kNext, code, display_name));
}

std::string LedgerRows::PutAccount(const AccountRow& row) const {
  const std::string id = NewUuid(absl::Now());
  const bool closing = !row.effective_on.empty();
  const bool gone = row.state == "CLOSED" || row.state == "MERGED";
  database_.Execute(
      absl::Substitute(
          "BEGIN; $0 INSERT INTO accounts (id, revision, change_sequence, state, condition, "
          "department,"
          " platform, key, canonical_url, fields, origin_kind, origin_source, closing_reason,"
          " closing_effective_on, closing_successor, organization_page_url, "
          "organization_page_seen_on,"
          " evidence_removal, evidence_unlisted_on, evidence_handle_protection, create_time,"
          " update_time)"
          " SELECT '$1', 1, value, '$2', 'NORMAL', '$3', 'x', '$4', '$5',"
          " jsonb_build_object('display_name', '$4', 'handle', '$6'), 'IMPORT', 'test', $7, $8, "
          "$9, ",
          kNext, id, row.state, row.department, row.key, UrlOf(row.key),
          std::string(absl::StripPrefix(row.key, "x::")),
          closing ? (row.successor.empty() ? "'OTHER'" : "'MERGED'") : "NULL",
          TextOrNull(row.effective_on), TextOrNull(row.successor)) +
      absl::Substitute("$0, $1, $2, $3, $2, now(), now() FROM next; SELECT pg_sleep($4); COMMIT",
                       TextOrNull(row.listing_url),
                       row.listing_url.empty() ? "NULL" : "DATE '2026-04-01'",
                       gone ? "'deleted'" : "NULL", gone ? TextOrNull(row.effective_on) : "NULL",
                       row.pause_seconds));
  return id;
}

void LedgerRows::PutManyAccounts(int count) const {
  database_.Execute(absl::Substitute(
      "WITH next AS (UPDATE ledger_sequence SET value = value + $0 RETURNING value - $0 AS start)"
      " INSERT INTO accounts (id, revision, change_sequence, state, condition, department,"
      " platform, key, canonical_url, fields, origin_kind, origin_source, create_time, update_time)"
      " SELECT gen_random_uuid(), 1, start + n, 'ACTIVE', 'NORMAL', '0101', 'x', 'x::many' || n,"
      " 'https://x.com/many' || n, '{}', 'IMPORT', 'test', now(), now()"
      " FROM next, generate_series(1, $0) AS n",
      count));
}

void LedgerRows::Change(const std::string& id, const std::string& assignments) const {
  database_.Execute(absl::Substitute(
      "$0 UPDATE accounts SET revision = revision + 1, change_sequence = value, $1 FROM next"
      " WHERE id = '$2'",
      kNext, assignments, id));
}

void LedgerRows::Rename(const std::string& id, const std::string& key,
                        const std::string& former_key, const std::string& until_on) const {
  database_.Execute(absl::Substitute(
      "BEGIN; $0 UPDATE accounts SET revision = revision + 1, change_sequence = value, key = '$1',"
      " canonical_url = '$2', identity_changed_on = '$3' FROM next WHERE id = '$4';"
      " INSERT INTO account_former_keys (key, account, until_on) VALUES ('$5', '$4', '$3'); COMMIT",
      kNext, key, UrlOf(key), until_on, id, former_key));
}

}  // namespace daicho::testing
