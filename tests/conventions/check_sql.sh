#!/usr/bin/env bash
# check_sql.sh [FOLDER]: fails when SQL in R"sql(…)sql" or schema/*.sql leaves the house rules.
set -u
cd "${1:-.}" || exit 2
bad=0

report() { # why hits
  [ -z "$2" ] || { printf '%s\n%s\n\n' "$1" "$2"; bad=1; }
}

files() { # name…
  find common services \( "$@" \) 2> /dev/null
}

# Lines of SQL as file:line:text, without comments and quoted text.
in_code() {
  local code
  code=$(files -name '*.cc' -o -name '*.h')
  [ -z "$code" ] || awk '
    FNR == 1 { sql = 0 }
    { starts = index($0, "R\"sql("); ends = index($0, ")sql\"") }
    starts { sql = 1 }
    sql { print FILENAME ":" FNR ":" (starts ? substr($0, starts + 6) : $0) }
    ends { sql = 0 }' $code | sed -E "s/--.*//; s/'[^']*'/''/g"
}

in_schemas() {
  local schemas
  schemas=$(files -path '*/schema/*.sql')
  [ -z "$schemas" ] || grep -Hn '' $schemas | sed -E "s/--.*//; s/'[^']*'/''/g"
}

code=$(in_code)
schemas=$(in_schemas)
all=$(printf '%s\n%s\n' "$code" "$schemas")
find_in() { printf '%s\n' "$1" | grep -E "$2"; }

report 'pages by key, never OFFSET:' "$(find_in "$all" '\bOFFSET\b')"
report 'list the columns:' "$(find_in "$code" '(SELECT|,|\bRETURNING) +([a-z_]+\.)?\*')"
report 'key words in upper case:' \
  "$(find_in "$all" '[:(; ](select|insert into|update|delete from|create table|where|order by)\b')"
report 'no advisory locks:' "$(find_in "$all" 'pg_(try_)?advisory')"
report 'SQL that other engines lack: domains, triggers, rules, exclusion, deferrable, inheritance:' \
  "$(find_in "$schemas" '\b(CREATE DOMAIN|TRIGGER|CREATE RULE|EXCLUDE|DEFERRABLE|INHERITS|BIGSERIAL|SERIAL|[a-z0-9]+range)\b')"
# The name stands on the same line or on the one before.
report 'every constraint has a name:' "$(printf '%s\n' "$schemas" | awk '
  /(PRIMARY KEY|FOREIGN KEY|REFERENCES|CHECK *\(|UNIQUE)/ && !/CONSTRAINT|CREATE UNIQUE INDEX/ \
    && before !~ /CONSTRAINT/ { print }
  { before = $0 }')"
exit $bad
