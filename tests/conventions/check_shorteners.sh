#!/usr/bin/env bash
# check_shorteners.sh [FOLDER]: fails when a guideline's list of URL shorteners is not the one by which
# the ledger refuses them. T 6-1: what a form may name, the ledger must be able to take.
set -u
cd "${1:-.}" || exit 2
rules=services/registry/platforms/link_rules.textproto

# The strings of the list that follows `start`, one a line, sorted.
list() { # start file
  sed 's/#.*//' "$2" | tr '\n' ' ' | grep -oE "$1"'[^]]*\]' | sed -E "s/^$1//" | grep -oE '"[^"]+"' | sort
}

refused=$(list '(^| )shortener_hosts: \[' "$rules")
[ -n "$refused" ] || { echo "$rules: no shortener_hosts"; exit 1; }
bad=0
for guideline in services/policy/guidelines/*.textproto; do
  grep -q 'id: "shorteners"' "$guideline" || continue
  difference=$(diff <(echo "$refused") <(list 'id: "shorteners" +hosts: \[' "$guideline"))
  [ -z "$difference" ] || { printf '%s (>) is not %s (<):\n%s\n' "$guideline" "$rules" "$difference"; bad=1; }
done
exit $bad
