#!/usr/bin/env bash
# check_shorteners_test.sh: breaks what check_shorteners.sh looks at and sees whether it notices.
set -u
check=$(cd "$(dirname "$0")" && pwd)/check_shorteners.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
mkdir -p "$tree"/services/{registry/platforms,policy/guidelines}
rules=$tree/services/registry/platforms/link_rules.textproto
guidelines=$tree/services/policy/guidelines

expect() { # passes|fails what
  if "$check" "$tree" > /dev/null; then outcome=passes; else outcome=fails; fi
  [ "$outcome" = "$1" ] || { echo "$2: $outcome"; failed=1; }
}

list() { # host…
  printf 'host_lists { id: "official" hosts: ["lg.jp"] }\nhost_lists {\n  id: "shorteners"\n  hosts: [\n'
  printf '    "%s",\n' "$@"
  printf '  ]\n}\n'
}

printf '# "a.example"\nshortener_hosts: [\n  "bit.ly",\n  "t.co"\n]\nown_short_hosts: ["youtu.be"]\n' > "$rules"
list bit.ly t.co > "$guidelines/a.textproto"
echo 'host_lists { id: "official" hosts: ["lg.jp"] }' > "$guidelines/b.textproto"
expect passes 'the same hosts, and a guideline without a list'
list t.co bit.ly > "$guidelines/a.textproto"
expect passes 'another order'
list bit.ly > "$guidelines/a.textproto"
expect fails 'a host the guideline lacks'
list bit.ly t.co x.gd > "$guidelines/a.textproto"
expect fails 'a host the ledger lacks'
list bit.ly t.co youtu.be > "$guidelines/a.textproto"
expect fails 'a short host of one service'
list bit.ly t.co > "$guidelines/a.textproto"
list bit.ly > "$guidelines/c.textproto"
expect fails 'one guideline of two'
rm "$guidelines/c.textproto"
echo 'redirectors { host: "l.example" }' > "$rules"
expect fails 'no list at all'
exit $failed
