#!/usr/bin/env bash
# Runs the suite as a newcomer would: up, again up, the story, a killed service, down and up, a
# taken port, reset. Usage: operations_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
chmod 755 "$folder"
mkdir "$folder/bin"
cp "$1"/daicho "$1"/daicho-{audit,registry,policy,approval} "$folder/bin"
export DAICHO_BIN=$folder/bin DAICHO_VAR=$folder/var DAICHO_PORT=$((20000 + RANDOM % 20000))
export DAICHO_PROFILE=$DAICHO_VAR/profile.textproto
suite=deploy/local/suite.sh
trap '"$suite" reset >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT

step() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  tail -n 5 "$DAICHO_VAR"/log/* >&2 || true
  exit 1
}
processes() { cat "$DAICHO_VAR"/run/*.pid | sort; }
accounts() { "$DAICHO_BIN/daicho" account list --as pr-office --get=total_size; }

step 'up starts everything and loads the sample organisation'
"$suite" up
[ "$(accounts)" -ge 500 ] || fail "only $(accounts) accounts"

step 'a second up changes nothing'
before=$(processes)
"$suite" up
[ "$(processes)" = "$before" ] || fail 'the second up started something'

step 'nor does one after the programs were built anew'
for service in audit registry policy approval; do
  cp "$DAICHO_BIN/daicho-$service" "$folder/new"
  mv "$folder/new" "$DAICHO_BIN/daicho-$service"
done
"$suite" up
[ "$(processes)" = "$before" ] || fail 'up took its own services for strangers'

step 'the story'
deploy/demo.sh || fail 'the story does not hold'
step 'the story again, on the same data'
deploy/demo.sh >/dev/null || fail 'the story does not hold a second time'

step 'a killed service is started again'
kill -KILL "$(cat "$DAICHO_VAR/run/policy.pid")"
"$suite" status
"$suite" up >/dev/null
"$DAICHO_BIN/daicho" policy show --as pr-office >/dev/null || fail 'policy does not answer'

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

step 'the log verifies'
"$DAICHO_BIN/daicho" audit verify --as auditor || fail 'the audit log does not verify'

step 'reset leaves nothing'
started=$(processes)
"$suite" reset
[ ! -e "$DAICHO_VAR" ] || fail 'var is still there'
for process in $started; do
  if kill -0 "$process" 2>/dev/null; then fail "process $process is left"; fi
done
echo 'operations: ok'
