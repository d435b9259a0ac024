#!/usr/bin/env bash
# check_sql_test.sh: breaks each rule of check_sql.sh once and sees whether it notices.
set -u
check=$(cd "$(dirname "$0")" && pwd)/check_sql.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/services/registry/schema"
failed=0

expect() { # passes|fails file text
  printf '%s\n' "$3" > "$tree/services/registry/$2"
  if "$check" "$tree" > /dev/null; then outcome=passes; else outcome=fails; fi
  [ "$outcome" = "$1" ] || { echo "$2 with $3: $outcome"; failed=1; }
  rm "$tree/services/registry/$2"
}

expect passes store.cc 'const pg::Statement kA{"a", R"sql(
  SELECT name, count(*)
    FROM accounts
   WHERE id = $1 -- never OFFSET
)sql"};
int offset = a * b;  // OFFSET'
expect fails store.cc 'R"sql( SELECT name FROM accounts LIMIT $1 OFFSET $2 )sql"'
expect fails store.cc 'R"sql(
  SELECT * FROM accounts
)sql"'
expect fails store.cc 'R"sql( SELECT a.* FROM accounts AS a )sql"'
expect fails store.cc 'R"sql( DELETE FROM accounts RETURNING * )sql"'
expect fails store.cc 'R"sql( select name from accounts )sql"'
expect fails store.cc 'R"sql( SELECT pg_advisory_lock($1) )sql"'
expect passes schema/0001_a.sql 'CREATE TABLE a (
  id uuid CONSTRAINT a_pkey PRIMARY KEY,
  b  uuid CONSTRAINT a_b_fkey
          REFERENCES b (id),
  CONSTRAINT a_b_key UNIQUE (b)
);
CREATE UNIQUE INDEX a_b ON a (b);'
expect fails schema/0001_a.sql 'CREATE TABLE a (id uuid PRIMARY KEY);'
expect fails schema/0001_a.sql 'CREATE TABLE a (
  id uuid CHECK (id IS NOT NULL)
);'
expect fails schema/0001_a.sql 'ALTER TABLE a ADD b uuid REFERENCES b (id);'
expect fails schema/0001_a.sql 'CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f();'
expect fails schema/0001_a.sql 'create table a (n integer);'
exit $failed
