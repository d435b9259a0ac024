#!/usr/bin/env bash
# Format, protos, layers and texts: what a tool can say about a change in seconds.
set -uo pipefail
cd "$(dirname "$0")/../.."
bad=0

check() { # what command…
  local what=$1 output
  shift
  if output=$("$@" 2>&1) && [ -z "$output" ]; then return; fi
  printf 'lint: %s\n%s\n' "$what" "$(printf '%s\n' "$output" | head -40)" >&2
  bad=1
}

files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

format() { files '*.h' '*.cc' | xargs -P 2 -n 40 clang-format-14 --dry-run -Werror; }

# One file, one thing.
length() {
  files '*.h' '*.cc' '*.sh' | xargs wc -l | awk '$2 != "total" && $1 > 600 {print $2 ": " $1 " lines; at most 600"}'
}

# What is unfinished does not land.
unfinished() {
  files '*.h' '*.cc' '*.proto' '*.sh' '*.sql' '*.textproto' | grep -v '^tests/conventions/' |
    xargs grep -nE '\b(TODO|FIXME|XXX|HACK)\b' || true
}

tabs() { files '*.h' '*.cc' '*.proto' '*.sql' '*.textproto' | xargs grep -nP '\t' || true; }

# Shell that bash can at least parse.
shell() { files '*.sh' .ci/run .githooks/pre-commit | while read -r f; do bash -n "$f"; done; }

check 'format differs: make fmt' format
check 'protos: buf lint' node_modules/.bin/buf lint
check 'protos: format differs: make fmt' node_modules/.bin/buf format proto --exit-code --diff
check 'layers: see ARCHITECTURE.md' tests/conventions/check_layers.sh
check 'file too long: split it' length
check 'unfinished work' unfinished
check 'tabs' tabs
check 'shell' shell
[ "$bad" = 0 ] && echo 'lint: ok'
exit "$bad"
