#!/usr/bin/env bash
# Runs the suite as a newcomer would: up, again up, the story, killed services, a rebuilt program,
# down and up, a taken port, an interrupted start, reset. Usage: operations_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail
cd "$(dirname "$0")/../.."
folder="$(mktemp -d) 試 行"
mkdir -m 755 "$folder"
mkdir "$folder/bin" # One program is replaced below.
cp "$1"/daicho "$1"/daicho-{audit,registry,policy,approval} "$folder/bin"
export DAICHO_BIN=$folder/bin DAICHO_VAR=$folder/var DAICHO_PORT=$((10000 + RANDOM % 20000))
export DAICHO_PROFILE=$DAICHO_VAR/profile.textproto
suite=deploy/local/suite.sh
trap '"$suite" reset >/dev/null 2>&1 || true; rm -rf "$folder" "${folder% 試 行}"' EXIT

step() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  tail -n 5 "$DAICHO_VAR"/log/* >&2 || true
  exit 1
}
# Whether a process runs a program. One that has ended but that nobody has waited for does not.
runs() { readlink "/proc/$1/exe" >/dev/null 2>&1; }
processes() { cat "$DAICHO_VAR"/run/*.pid | sort; }
pid_of() { cat "$DAICHO_VAR/run/$1.pid"; }
as_role() { # role, database, statement: what the server says
  psql -X -At -h "$sockets" -U "$1" -d "$2" -c "$3" 2>&1 || true
}
refused() { # role, database, statement
  as_role "$@" | grep 'permission denied' >/dev/null || fail "$1 may do this in $2: $3"
}
accounts() { "$DAICHO_BIN/daicho" account list --as pr-office --get=total_size; }

step 'up starts everything and loads the sample organisation'
"$suite" up
[ "$(accounts)" -ge 500 ] || fail "only $(accounts) accounts"

step 'lists are narrowed by filter and flags, and read as of an earlier day'
listed() { "$DAICHO_BIN/daicho" account list --as pr-office --get=total_size "$@"; }
yesterday=$(TZ=Asia/Tokyo date -d yesterday +%F)
[ "$(listed --platform=x)" -gt 100 ] || fail "only $(listed --platform=x) accounts on X"
[ "$(listed --platform=x)" = "$(listed --filter='platform=x AND state=ACTIVE')" ] || fail 'filter and flag differ'
[ "$(listed --platform=x --state=active --state=closing --filter='a OR -a')" = "$(listed --platform=x)" ] ||
  fail 'flags and filter do not go together'
[ "$(listed --platform=x --filter='NOT platform=x')" = 0 ] || fail 'a flag does not hold'
[ "$(listed --as-of="$yesterday" --order-by='update_time desc')" = 0 ] || fail 'yesterday had accounts'
for wrong in --filter=stat=ACTIVE --order-by=size --platform='x" OR platform="youtube' \
  --as-of=2999-01-01 --as-of=yesterday; do
  code=0
  listed "$wrong" >/dev/null 2>&1 || code=$?
  [ "$code" = 2 ] || fail "$wrong ended with $code"
done
verdict=$("$DAICHO_BIN/daicho" lookup https://x.com/AomoriPref --as-of="$yesterday" --as auditor \
  --get=verdict) || true
[ "$verdict" = LOOKUP_VERDICT_UNKNOWN ] || fail "yesterday the account was $verdict"

step 'a file of addresses is answered line by line, as each was asked'
printf 'https://x.com/AomoriPref\n\n# 広報 一覧\n' >"$folder/urls.txt"
answers=$("$DAICHO_BIN/daicho" lookup-file "$folder/urls.txt") || true
grep -Eq '^1 .*x\.com/AomoriPref' <<<"$answers" && grep -Eq '^3 .*# 広報 一覧' <<<"$answers" ||
  fail "the lines are answered so: $answers"

step 'a second up changes nothing'
before=$(processes)
"$suite" up
[ "$(processes)" = "$before" ] || fail 'the second up started something'

step 'a service may do in the database what it has to, and no more'
sockets=$(sed -n 's/^database: "host=\([^ ]*\) .*/\1/p' "$DAICHO_VAR/config/registry.textproto")
for column in account_revisions.act department_revisions.act account_former_keys.key \
  incident_acts.content request_log.answer; do
  refused registry_app daicho_registry "UPDATE ${column%.*} SET ${column#*.} = NULL"
done
refused registry_app daicho_registry 'DELETE FROM accounts'
refused registry_app daicho_registry 'CREATE TABLE mine ()'
refused registry_app daicho_registry "INSERT INTO schema_migration SELECT * FROM schema_migration"
refused lookup_app daicho_registry 'SELECT 1 FROM account_revisions'
refused lookup_app daicho_registry 'SELECT fields FROM accounts'
refused lookup_app daicho_registry 'UPDATE public_accounts SET id = NULL'
refused lookup_app daicho_registry 'SELECT evidence FROM impersonation_warnings'
refused lookup_app daicho_registry 'INSERT INTO outbox DEFAULT VALUES'
refused approval_app daicho_approval 'UPDATE form_acts SET comment = NULL'
refused audit_app daicho_audit 'UPDATE entries SET reason = NULL'
refused audit_app daicho_audit 'DELETE FROM entries'
refused audit_app daicho_audit "UPDATE entry_bodies SET value = ''"
for database in daicho_audit postgres template1; do refused registry_app "$database" 'SELECT 1'; done

step 'the story'
deploy/demo.sh || fail 'the story does not hold'
step 'the story again, on the same data'
deploy/demo.sh >/dev/null || fail 'the story does not hold a second time'

step 'lookups are answered while the ledger is down'
kill -KILL "$(pid_of registry)"
verdict=$("$DAICHO_BIN/daicho" lookup https://x.com/AomoriPref --get=verdict || true)
[ "$verdict" = LOOKUP_VERDICT_UNCONFIRMED ] || fail "the lookup says: $verdict"
"$suite" up >/dev/null
step 'an export is taken back as unchanged, whatever its format'
for format in csv csv-cp932 xlsx; do
  # The rows of a department whose names CP932 has; all of them in the other formats.
  filter=()
  [ "$format" != csv-cp932 ] || filter=(--department=020001)
  "$DAICHO_BIN/daicho" account export --format="$format" --out="$folder/ledger.$format" \
    --state=active "${filter[@]}" --as pr-office || fail "no export as $format"
  rows=$("$DAICHO_BIN/daicho" account list --state=active "${filter[@]}" --as pr-office --get=total_size)
  same=$("$DAICHO_BIN/daicho" account import "$folder/ledger.$format" --dry-run --as pr-office \
    --get=unchanged_count) || fail "the import of $format has problems"
  [ "$same" = "$rows" ] && [ "$rows" -gt 0 ] || fail "$same of $rows rows of $format unchanged"
done
"$DAICHO_BIN/daicho" account export --format=json --as pr-office | grep '"accounts": \[' >/dev/null ||
  fail 'no export as json'

step 'a character that CP932 lacks is never dropped in silence'
if "$DAICHO_BIN/daicho" account export --format=csv-cp932 --out="$folder/lossy.csv" --as pr-office \
  2>"$folder/losses"; then fail 'an export that loses characters went through'; fi
grep -q 'U+00E9' "$folder/losses" || fail 'the lost characters are not named'
[ ! -e "$folder/lossy.csv" ] || fail 'a refused export left a file'
"$DAICHO_BIN/daicho" account export --format=csv-cp932 --replace --out="$folder/lossy.csv" \
  --as pr-office 2>/dev/null >&2 || fail 'no export with --replace'

step 'the public list is published by itself, twice, and holds what it has to'
for _ in 1 2; do
  "$DAICHO_BIN/daicho" account publish "$folder/sns" --profile="$DAICHO_VAR/publisher.textproto" ||
    fail 'it is not published'
  node tests/publication/check.mjs "$folder/sns" || fail 'it is not what it claims to be'
done
if "$DAICHO_BIN/daicho" account list --profile="$DAICHO_VAR/publisher.textproto" >/dev/null 2>&1; then
  fail 'the publisher reads more than the public list'
fi

step 'a revoked certificate opens nothing any more, and another is made for it'
deploy/tls/revoke.sh "$DAICHO_VAR/pki" publisher
for _ in $(seq 50); do
  "$DAICHO_BIN/daicho" account publish "$folder/sns" --profile="$DAICHO_VAR/publisher.textproto" \
    2>/dev/null || break
  sleep 0.1
done
if "$DAICHO_BIN/daicho" account publish "$folder/sns" --profile="$DAICHO_VAR/publisher.textproto" \
  >/dev/null 2>&1; then
  fail 'a revoked certificate publishes'
fi
rm "$DAICHO_VAR"/pki/publisher.{crt,key}
deploy/tls/mkca.sh "$DAICHO_VAR/pki" publisher
"$DAICHO_BIN/daicho" account publish "$folder/sns" --profile="$DAICHO_VAR/publisher.textproto" ||
  fail 'the new certificate does not publish'

step 'a killed service is started again'
kill -KILL "$(pid_of policy)"
"$suite" status
"$suite" up >/dev/null
"$DAICHO_BIN/daicho" policy show --as pr-office >/dev/null || fail 'policy does not answer'

step 'PostgreSQL is started again though it was killed'
data=$(as_role postgres postgres 'SHOW data_directory')
kill -KILL "$(head -n 1 "$data/postmaster.pid")"
"$suite" up >/dev/null || fail 'no start after PostgreSQL was killed'

step 'a program built anew takes the place of the old one'
before=$(pid_of policy)
cp "$DAICHO_BIN/daicho-policy" "$DAICHO_BIN/new"
mv "$DAICHO_BIN/new" "$DAICHO_BIN/daicho-policy"
"$suite" status | grep 'policy  up' >/dev/null || fail 'status has lost sight of policy'
"$suite" up >/dev/null
[ "$(pid_of policy)" != "$before" ] || fail 'the old policy goes on'
if runs "$before"; then fail 'the old policy is left'; fi

step 'a suite that runs does not move to other ports'
if message=$(DAICHO_PORT=$((DAICHO_PORT + 10)) "$suite" up 2>&1); then fail 'it moved'; fi
grep -q "ports from $DAICHO_PORT" <<<"$message" || fail "unclear message: $message"

step 'data survives down and up'
count=$(accounts)
"$suite" down
if "$DAICHO_BIN/daicho" lookup https://x.com/AomoriPref --timeout=2s >/dev/null 2>&1; then
  fail 'somebody answers although all is down'
fi
"$suite" up >/dev/null
[ "$(accounts)" = "$count" ] || fail "there were $count accounts, now $(accounts)"

step 'a taken port is named'
if message=$(DAICHO_VAR=$folder/other "$suite" up 2>&1); then fail 'two suites on one port'; fi
grep -q "port $DAICHO_PORT is taken" <<<"$message" || fail "unclear message: $message"

step 'a folder of sockets that is not ours is not used'
mine=$(printf '%s' "$folder/other" | cksum | cut -d' ' -f1)
mkdir -m 777 "/tmp/daicho-$mine"
if message=$(DAICHO_VAR=$folder/other DAICHO_PORT=$((DAICHO_PORT + 10)) "$suite" up 2>&1); then
  fail 'anybody could enter'
fi
rmdir "/tmp/daicho-$mine"
grep -q "/tmp/daicho-$mine is not a folder of ours" <<<"$message" || fail "unclear message: $message"

step 'an interrupted start leaves nothing running'
DAICHO_VAR=$folder/other DAICHO_PORT=$((DAICHO_PORT + 10)) "$suite" up >/dev/null 2>&1 &
interrupted=$!
until [ -s "$folder/other/run/audit.pid" ]; do
  kill -0 "$interrupted" 2>/dev/null || fail 'the start failed by itself'
  sleep 0.1
done
kill -TERM "$interrupted"
if wait "$interrupted"; then fail 'the start was not interrupted'; fi
if DAICHO_VAR=$folder/other "$suite" status | grep ' up' >/dev/null; then fail 'something is left'; fi
DAICHO_VAR=$folder/other "$suite" reset >/dev/null

step 'the log verifies'
"$DAICHO_BIN/daicho" audit verify --as auditor || fail 'the audit log does not verify'

step 'reset leaves nothing'
started=$(processes)
"$suite" reset
[ ! -e "$DAICHO_VAR" ] || fail 'var is still there'
for process in $started; do
  if runs "$process"; then fail "process $process is left"; fi
done
echo 'operations: ok'
