#!/usr/bin/env bash
# Says whether the databases of the services agree, as after a restore: every form that is applied is
# in the ledger and the other way round, every act has its event in the audit log or one still to be
# sent, and the log's root computes. PGHOST, PGPORT and PGUSER say where; it reads, and changes nothing.
# Exit status: 0 they agree, 1 they do not (what differs is listed).
set -euo pipefail
cd "$(dirname "$0")"

# Rows of tab-separated columns.
query() { psql -X -q -At -F $'\t' -v ON_ERROR_STOP=1 -d "daicho_$1" -c "$2"; }

# Forms: what approval says of each, and what the ledger has of it.
forms() {
  query approval "
    SELECT 'form', id, state, coalesce(ledger_account, '-'),
           EXISTS (SELECT FROM outbox
                    WHERE destination = 'registry' AND subject IN ('forms/' || forms.id, account))
      FROM forms"
  query registry "
    SELECT DISTINCT 'ledger', form, 'accounts/' || id
      FROM account_revisions CROSS JOIN LATERAL (VALUES (origin_form), (last_form)) AS from_form (form)
     WHERE form IS NOT NULL"
}

forms_that_disagree='
  $1 == "form" { state[$2] = $3; account[$2] = $4; waits[$2] = $5 == "t" }
  $1 == "ledger" { entered[$2]; entry[$2 "\t" $3] }
  END {
    for (form in state)
      if (state[form] == "APPLIED" && !((form "\t" account[form]) in entry))
        print "forms/" form " is applied, but not in the ledger as " account[form]
      else if (state[form] == "AGREED" && !waits[form])
        print "forms/" form " is agreed, but neither applied nor on its way to the ledger"
    for (form in entered)
      if (!(form in state)) print "forms/" form " is in the ledger, but nowhere else"
      else if (state[form] != "APPLIED" && !(state[form] == "AGREED" && waits[form]))
        print "forms/" form " is in the ledger, but approval says " state[form]
  }'

# Acts: how many of which kind there were about each thing, events of them, and events on their way.
acts() {
  query registry "
    SELECT 'act', 'accounts/' || id, act, count(*) FROM account_revisions
     WHERE act <> 'account.imported' GROUP BY id, act
    UNION ALL
    SELECT 'act', 'warnings/' || id, act, count(*) FROM warning_revisions GROUP BY id, act"
  query approval "
    SELECT 'act', 'forms/' || form_id, 'form', count(*) FROM form_acts GROUP BY form_id
    UNION ALL
    SELECT 'act', 'advices/' || advice_id, 'advice', count(*) FROM advice_acts GROUP BY advice_id"
  query audit "
    SELECT 'event', resource, CASE WHEN type ~ '^(form|advice)\.' THEN split_part(type, '.', 1) ELSE type END,
           count(*)
      FROM entries JOIN entry_resources USING (log_index)
     WHERE outcome = 'OK'
     GROUP BY 2, 3"
  local service
  for service in registry approval policy audit; do
    query "$service" "SELECT 'waiting', subject, '-', count(*) FROM outbox
                       WHERE destination = 'audit' GROUP BY subject"
  done
}

acts_without_event='
  $1 == "act" { acts[$2 "\t" $3] = $4 }
  $1 == "event" { events[$2 "\t" $3] = $4 }
  $1 == "waiting" { waiting[$2] += $4 }
  END {
    for (key in acts) {
      split(key, part, "\t")
      if (acts[key] > events[key]) missing[part[1]] += acts[key] - events[key]
    }
    for (thing in missing)
      if (missing[thing] > waiting[thing])
        print thing ": " missing[thing] - waiting[thing] " acts without an event in the audit log"
  }'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Files between: a query that fails ends all, and is not taken for one without rows.
forms >"$work/forms"
acts >"$work/acts"
psql -X -q -At -v ON_ERROR_STOP=1 -d daicho_audit -f log_root.sql >"$work/differences"
awk -F '\t' "$forms_that_disagree" "$work/forms" >>"$work/differences"
awk -F '\t' "$acts_without_event" "$work/acts" >>"$work/differences"

if [ -s "$work/differences" ]; then
  sort "$work/differences"
  echo "The databases do not agree / データベースの内容が一致しません" >&2
  exit 1
fi
awk -F '\t' '
  $1 == "form" { forms++; applied += $3 == "APPLIED" }
  $1 == "act" { acts += $4 }
  $1 == "waiting" { waiting += $4 }
  END { printf "The databases agree: %d forms, %d applied, %d acts, %d events still to be sent / 一致しています\n",
        forms, applied, acts, waiting }' "$work/forms" "$work/acts"
