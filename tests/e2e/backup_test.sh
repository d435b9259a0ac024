#!/usr/bin/env bash
# The drill of an operator: a backup while people work, the data lost, all of it back, and back again
# to an earlier moment; the databases agree each time. Usage: backup_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail
cd "$(dirname "$0")/../.."
folder="$(mktemp -d) 試 行"
mkdir -m 755 "$folder"
export DAICHO_BIN=$1 DAICHO_VAR=$folder/var DAICHO_PORT=$((10000 + RANDOM % 20000))
export DAICHO_PROFILE=$DAICHO_VAR/profile.textproto
suite=deploy/local/suite.sh
backups="$folder/控え"
load=''
trap '[ -z "$load" ] || kill "$load" 2>/dev/null || true
  "$suite" reset >/dev/null 2>&1 || true; rm -rf "$folder" "${folder% 試 行}"' EXIT

step() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  tail -n 5 "$DAICHO_VAR"/log/* >&2 || true
  exit 1
}
daicho() { "$DAICHO_BIN/daicho" "$@"; }
# People at work. What was acknowledged is noted, with the moments it was asked for and acknowledged.
work() {
  local name asked
  while true; do
    asked=$(date +%s.%N)
    name=$(daicho warning create "https://x.com/fake$RANDOM$RANDOM" --department=0101 \
      --notice-ja='偽のページです。' --as pr-office --get=name) || return 0
    printf '%s %s %s\n' "$name" "$asked" "$(date +%s.%N)" >>"$folder/acknowledged"
  done
}
acknowledged() { grep -c . "$folder/acknowledged" || true; }
until_acknowledged() { # this many more
  local enough=$(($(acknowledged) + $1))
  for _ in $(seq 600); do
    [ "$(acknowledged)" -lt "$enough" ] || return 0
    sleep 0.1
  done
  fail 'nothing is acknowledged any more'
}
stored() { daicho warning list --as pr-office | grep -o 'warnings/[0-9a-f-]*' | sort -u; }
in_database() { # statement
  sockets=$(sed -n 's/^database: "host=\([^ ]*\) .*/\1/p' "$DAICHO_VAR/config/registry.textproto")
  psql -X -At -h "$sockets" -U postgres -d "$1" -c "$2"
}

step 'a backup while people work'
"$suite" up >/dev/null
: >"$folder/acknowledged"
work &
load=$!
until_acknowledged 5
"$suite" backup "$backups"

step 'work after it, and a moment to come back to'
until_acknowledged 5
seconds=$(date +%s.%N)
moment=$(date --date="@$seconds" '+%F %T.%N%:z')
until_acknowledged 5
kill "$load"
wait "$load" || true
load=''
wal=$(in_database postgres 'SELECT pg_walfile_name(pg_switch_wal())')
for _ in $(seq 300); do [ ! -e "$backups/wal/$wal" ] || break; sleep 0.1; done
[ -e "$backups/wal/$wal" ] || fail 'the log is not archived'

step 'PostgreSQL is killed and its data is lost'
data=$(in_database postgres 'SHOW data_directory')
kill -KILL "$(head -n 1 "$data/postmaster.pid")"
"$suite" down >/dev/null 2>&1 || true
sleep 1
rm -rf "$data"

step 'everything that was acknowledged comes back'
"$suite" restore "$backups" || fail 'the restore does not agree'
"$suite" up >/dev/null
stored >"$folder/stored"
for name in $(cut -d' ' -f1 "$folder/acknowledged"); do
  grep -qx "$name" "$folder/stored" || fail "$name is lost"
done
daicho audit verify --as auditor || fail 'the audit log does not verify'

step 'an earlier moment comes back'
"$suite" restore "$backups" "$moment" || fail 'the restore does not agree'
"$suite" up >/dev/null
stored >"$folder/stored"
# What was under way at that moment may be there or not.
awk -v moment="$seconds" 'NR == FNR { there[$1]; next }
  $3 < moment && !($1 in there) { print $1 " of " $3 " is missing"; differs = 1 }
  $2 > moment && $1 in there { print $1 " of " $2 " is there"; differs = 1 }
  END { exit differs }' "$folder/stored" "$folder/acknowledged" || fail 'another moment came back'

step 'a form that the ledger lacks and an act without event are found'
in_database daicho_registry "UPDATE account_revisions
  SET act = 'account.changed', last_form = gen_random_uuid()
  WHERE (id, revision) IN (SELECT id, revision FROM account_revisions LIMIT 1)" >/dev/null
in_database daicho_audit "UPDATE tree_head SET root_hash = sha256('x')" >/dev/null
if PGHOST=$sockets PGUSER=postgres deploy/db/check_agreement.sh >"$folder/differences"; then
  fail 'the differences are not found'
fi
grep -q '1 acts without an event' "$folder/differences" || fail "unclear: $(cat "$folder/differences")"
grep -q 'is in the ledger, but nowhere else' "$folder/differences" || fail 'the form is not found'
grep -q 'the root of the audit log is not' "$folder/differences" || fail 'another root is not found'
echo 'backup: ok'
