#!/usr/bin/env bash
# The whole suite on this machine: a private PostgreSQL, the four services and a registry for lookups
# alone on loopback, all state under var/. Usage: suite.sh up | run | down | reset | status
# | backup FOLDER | restore FOLDER [MOMENT]
#
# DAICHO_PORT: first of ten ports, 7401 or the last one used unless set. DAICHO_VAR: state, ./var
# unless set.
set -euo pipefail
# Taken from where the caller stands, before standing elsewhere.
var=$(realpath -m -- "${DAICHO_VAR:-$(dirname "$0")/../../var}")
backups=$(realpath -m -- "${2:-.}")
cd "$(dirname "$0")/../.."
umask 077
here=$PWD
first_port=${DAICHO_PORT:-$(cat "$var/run/first_port" 2>/dev/null || echo 7401)}
bin=${DAICHO_BIN:-$here/build/bin}
own_database=(audit registry policy approval)
services=("${own_database[@]}" lookup) # In the order they are started.
lone_callers=(publisher collector reporter) # Call by themselves, each for one thing: no person.
domain=daicho.example
id=$(printf '%s' "$var" | cksum | cut -d' ' -f1)
sockets=/tmp/daicho-$id # A socket's path must be short.
pg_bin=$(pg_config --bindir 2>/dev/null || echo /usr/lib/postgresql/15/bin)

say() { printf '%s\n' "$@"; }
fail() {
  [ -z "$stop" ] || exit 130
  printf 'daicho: %s\n' "$@" >&2
  exit 1
}

# Set by what interrupts us, and looked at between steps. Traps do no more: bash may run them in the
# middle of an expansion, from where nothing larger comes back.
stop=''
heed_signals() { trap 'stop=1' INT TERM HUP; }
step() { if [ -z "$stop" ]; then "$@"; else exit 130; fi; }

# Whether process $1 was started with the argument $2. The id in a file may be another program's by
# now; the program's own file may have been built anew.
has_argument() {
  [ -r "/proc/$1/cmdline" ] && tr '\0' '\n' 2>/dev/null <"/proc/$1/cmdline" | grep -xF -- "$2" >/dev/null
}

# Lookups are answered by a registry that does nothing else and may only read.
program_of() { if [ "$1" = lookup ]; then echo daicho-registry; else echo "daicho-$1"; fi; }
database_of() { if [ "$1" = lookup ]; then echo daicho_registry; else echo "daicho_$1"; fi; }

# --- PostgreSQL -----------------------------------------------------------------------------------

# PostgreSQL refuses to run as root, and wants to come back to the folder it is started in.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then (cd / && exec runuser -u postgres -- "$@"); else "$@"; fi
}

# Where the data is: under var/, unless the user postgres could not get there when it was made.
pg_data() {
  local elsewhere=/var/lib/postgresql/daicho-$id
  if [ "$(id -u)" != 0 ] || [ -e "$var/postgres" ]; then
    echo "$var/postgres"
  elif [ -e "$elsewhere" ] || ! as_postgres test -x "$var"; then
    echo "$elsewhere"
  else
    echo "$var/postgres"
  fi
}

postgres_is_up() {
  local data pid
  data=$(pg_data)
  pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) && has_argument "$pid" "$data"
}

# Whole or not at all: half a cluster could neither be started nor made.
make_cluster() {
  local data=$1
  [ ! -e "$data" ] || return 0
  rm -rf "$data.new"
  mkdir -p "$data.new"
  [ "$(id -u)" != 0 ] || chown postgres "$data.new"
  as_postgres "$pg_bin/initdb" -D "$data.new" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
    >"$var/log/initdb" 2>&1 || {
    rm -rf "$data.new"
    fail "PostgreSQL cannot make its data folder / データフォルダーを作成できません:" \
      "$(tail -3 "$var/log/initdb")"
  }
  mv "$data.new" "$data"
}

# Trust is for whoever can enter the socket's folder: this user, and root. So it has to be ours.
make_sockets() {
  as_postgres mkdir -m 700 "$sockets" 2>/dev/null || true
  [ "$(stat -c '%F %U %a' "$sockets" 2>/dev/null)" = "directory $(as_postgres id -un) 700" ] ||
    fail "$sockets is not a folder of ours that nobody else can enter: remove it, and try again." \
      "$sockets が安全なフォルダーではありません。削除してから再実行してください。"
}

# A PostgreSQL that was killed leaves its locks. Where nobody reaps processes, or another program has
# its id by now, they look taken for ever. Its last processes are waited for: they may still
# write.
forget_killed() {
  local data=$1 process
  [ -e "$data/postmaster.pid" ] || return 0
  for process in /proc/[0-9]*; do
    for _ in $(seq 100); do
      [ "$process/cwd" -ef "$data" ] || continue 2
      sleep 0.1
    done
    fail "a killed PostgreSQL left process ${process#/proc/} at work on $data: end it, and try again." \
      "強制終了したPostgreSQLのプロセス ${process#/proc/} が残っています。終了させて再実行してください。"
  done
  rm -f "$data/postmaster.pid" "$sockets"/.s.PGSQL.*
}

# From the first backup on, each piece of the log that PostgreSQL finishes, one a minute at least, goes
# into the backup's folder too: with it, a backup can be brought to any later moment.
write_archiving() {
  local data=$1 to
  to=${data//\'/\'\'}.archive
  to=${to//%/%%}
  cat >"$data/daicho.conf" <<END
archive_mode = on
archive_timeout = 60
archive_command = '[ ! -e "$to" ] || cmp -s "%p" "$to/%f" || { [ ! -e "$to/%f" ] && cp "%p" "$to/%f.part" && sync "$to/%f.part" && mv "$to/%f.part" "$to/%f"; }'
END
  [ "$(id -u)" != 0 ] || chown postgres "$data/daicho.conf"
  grep -qx "include_if_exists 'daicho.conf'" "$data/postgresql.conf" ||
    echo "include_if_exists 'daicho.conf'" >>"$data/postgresql.conf"
}

start_postgres() {
  local data
  data=$(pg_data)
  make_cluster "$data"
  make_sockets
  postgres_is_up && return 0
  forget_killed "$data"
  write_archiving "$data"
  as_postgres "$pg_bin/pg_ctl" -D "$data" -w -t 60 -l "$data/server.log" \
    -o "-c listen_addresses='' -k $sockets -c fsync=on -c max_connections=200" start \
    >/dev/null 8>&- ||
    fail "PostgreSQL does not start; the end of its log / 起動しません。ログの末尾:" \
      "$(tail -5 "$data/server.log")" "($data/server.log)"
}

stop_postgres() {
  postgres_is_up || return 0
  as_postgres "$pg_bin/pg_ctl" -D "$(pg_data)" -m fast -w stop >/dev/null
}

sql() { # role database file-or-dash arguments…
  local role=$1 database=$2
  shift 2
  psql -X -q -v ON_ERROR_STOP=1 -h "$sockets" -U "$role" -d "$database" "$@" >/dev/null
}

make_databases() {
  local service
  for service in "${own_database[@]}"; do
    sql postgres postgres -v service="$service" -f deploy/db/create.sql
    "$bin/daicho-$service" migrate --config="$var/config/$service.textproto" ||
      fail "the $service database cannot be brought up to date; the reason is above." \
        "$service のデータベースを更新できません。理由は上の行のとおりです。"
    sql "${service}_owner" "daicho_$service" -v app="${service}_app" -f deploy/db/grant.sql
  done
  sql postgres daicho_registry -f deploy/db/lookup.sql
}

# --- Services -------------------------------------------------------------------------------------

port_of() { # service offset: audit 0, registry 1, policy 2, approval 3, lookup 4; metrics 5 to 9
  local i
  for i in "${!services[@]}"; do
    [ "${services[$i]}" != "$1" ] || echo $((first_port + i + ${2:-0}))
  done
}

pid_of() { # process id of a running service, or nothing
  local pid
  pid=$(cat "$var/run/$1.pid" 2>/dev/null) || return 0
  ! has_argument "$pid" "--config=$var/config/$1.textproto" || echo "$pid"
}

targets() {
  local service
  for service in "${services[@]}"; do
    printf 'targets { service: "%s" address: "127.0.0.1:%s" uri: "spiffe://%s/svc/%s" }\n' \
      "$service" "$(port_of "$service")" "$domain" "$service"
  done
}

tls() {
  printf 'tls { ca_file: "%s" certificate_file: "%s" private_key_file: "%s" crl_file: "%s" }\n' \
    "$var/pki/ca.crt" "$var/pki/$1.crt" "$var/pki/$1.key" "$var/pki/ca.crl"
}

write_config() {
  local service peer
  mkdir -p "$var/config"
  for service in "${services[@]}"; do
    {
      printf 'listen: "127.0.0.1:%s"\nmetrics_listen: "127.0.0.1:%s"\n' \
        "$(port_of "$service")" "$(port_of "$service" 5)"
      printf 'database: "host=%s dbname=%s user=%s_app"\n' \
        "$sockets" "$(database_of "$service")" "$service"
      printf 'migrate_database: "host=%s dbname=daicho_%s user=%s_owner"\n' \
        "$sockets" "$service" "$service"
      tls "$service"
      for peer in "${own_database[@]}"; do
        printf 'peers { uri: "spiffe://%s/svc/%s" service: "%s" kind: KIND_SERVICE }\n' \
          "$domain" "$peer" "$peer"
      done
      printf 'peers { uri: "spiffe://%s/svc/cli" kind: KIND_GATEWAY }\n' "$domain"
      printf 'token_issuers { issuer: "https://issuer.%s" audience: "daicho" jwks_file: "%s" }\n' \
        "$domain" "$var/issuer/jwks.json"
      printf 'page_token_key_file: "%s"\n' "$var/run/page_token.key"
      targets
      case $service in
      lookup) printf 'lookups_only: true\nplatform_dir: "%s"\n' "$here/services/registry/platforms" ;;
      registry)
        printf 'lookups_elsewhere: true\nplatform_dir: "%s"\n' "$here/services/registry/platforms"
        printf 'organization_name: "青森県"\nlocal_government_code: "020001"\n'
        # Of the sample: local governments alone have names beneath lg.jp.
        printf 'organization_hosts: "pref.example"\norganization_hosts: "lg.jp"\n'
        for peer in "${lone_callers[@]}"; do
          printf 'peers { uri: "spiffe://%s/svc/%s" service: "%s" kind: KIND_SERVICE }\n' \
            "$domain" "$peer" "$peer"
        done
        ;;
      audit) printf 'checkpoint_key_file: "%s"\n' "$var/run/audit.key" ;;
      approval)
        printf 'pr_office_department: "0101"\nit_security_department: "0102"\n'
        printf 'personal_data_department: "0104"\n'
        ;;
      policy)
        printf 'guideline_file: "%s"\n' "$here/services/policy/guidelines/tokushima.textproto"
        printf 'peers { uri: "spiffe://%s/svc/reporter" service: "reporter" kind: KIND_SERVICE }\n' \
          "$domain"
        ;;
      esac
    } >"$var/config/$service.textproto"
  done
  {
    tls cli
    targets
    printf 'issuer: "https://issuer.%s"\naudience: "daicho"\nsigning_key_file: "%s"\n' \
      "$domain" "$var/issuer/signing.jwk"
    cat deploy/sample/people.textproto
  } >"$var/profile.textproto"
  for peer in "${lone_callers[@]}"; do
    { tls "$peer" && targets; } >"$var/$peer.textproto"
  done
}

make_keys() {
  deploy/tls/mkca.sh "$var/pki" "${services[@]}" cli "${lone_callers[@]}"
  deploy/tls/revoke.sh "$var/pki"
  [ -s "$var/issuer/signing.jwk" ] || "$bin/daicho" token init "$var/issuer" >/dev/null
  [ -s "$var/run/audit.key" ] || "$bin/daicho" audit key "$var/run/audit.key" --create="$domain/audit" >/dev/null
  [ -s "$var/run/page_token.key" ] || head -c 32 /dev/urandom >"$var/run/page_token.key"
}

start_service() {
  local service=$1 pid
  [ -z "$(pid_of "$service")" ] || return 0
  rm -f "$var/run/$service.port"
  setsid "$bin/$(program_of "$service")" serve --config="$var/config/$service.textproto" \
    --port_file="$var/run/$service.port" </dev/null >>"$var/log/$service" 2>&1 8>&- &
  pid=$!
  echo "$pid" >"$var/run/$service.pid"
  for _ in $(seq 300); do
    [ ! -s "$var/run/$service.port" ] || return 0
    kill -0 "$pid" 2>/dev/null || break
    step sleep 0.1
  done
  fail "$service does not start; the end of its log / 起動しません。ログの末尾:" \
    "$(tail -3 "$var/log/$service")" "($var/log/$service)"
}

stop_service() {
  local pid
  pid=$(pid_of "$1")
  [ -n "$pid" ] || return 0
  kill -TERM "$pid" 2>/dev/null || true
  for _ in $(seq 150); do
    [ -n "$(pid_of "$1")" ] || break
    sleep 0.1
  done
  [ -z "$(pid_of "$1")" ] || kill -KILL "$pid" 2>/dev/null || true
  rm -f "$var/run/$1.pid"
}

stop_services() {
  local service
  for service in lookup approval policy registry audit; do stop_service "$service"; done # Senders first.
}

# Services whose program was built anew since they were started.
stop_outdated() {
  local service pid
  for service in "${services[@]}"; do
    pid=$(pid_of "$service")
    [ -z "$pid" ] || [ "/proc/$pid/exe" -ef "$bin/$(program_of "$service")" ] || stop_service "$service"
  done
}

# --- Checks before anything is started ------------------------------------------------------------

# Japanese and blanks are fine; these have a meaning in configurations and in the shell.
check_names() {
  case $here$var in
  *['"\$`']* | *$'\n'*)
    fail "the folder names $here and $var must hold none of \" \\ \$ \`" \
      "フォルダー名に \" \\ \$ \` は使えません。" ;;
  esac
  if ! [[ $first_port =~ ^[0-9]{4,5}$ ]] || ((10#$first_port < 1024 || 10#$first_port > 65526)); then
    fail "DAICHO_PORT=$first_port: give a number from 1024 to 65526." \
      "DAICHO_PORT には1024から65526までの番号を指定してください。"
  fi
  first_port=$((10#$first_port))
}

check_programs() {
  local program
  for program in "$bin/daicho" "${own_database[@]/#/$bin/daicho-}"; do
    [ -x "$program" ] || fail "$program is missing: make build" \
      "$program がありません。make build を実行してください。"
  done
  [ -x "$pg_bin/initdb" ] || fail "PostgreSQL 15 is missing: make setup" \
    "PostgreSQL 15 がありません。make setup を実行してください。"
}

check_owner() {
  [ ! -e "$var" ] || [ -O "$var" ] ||
    fail "$var belongs to $(stat -c %U "$var"): run this as that user, or set DAICHO_VAR." \
      "$var は $(stat -c %U "$var") のものです。そのユーザーで実行するか、DAICHO_VAR で別の場所を指定してください。"
}

# One up, down or reset at a time. Nothing that stays keeps the lock: file descriptor 8.
lock() {
  [ -d "$var" ] || return 0
  exec 8>"$var/.lock"
  flock -w 120 8 || fail "another suite.sh is at work on $var: wait for it, and try again." \
    "別の suite.sh が実行中です。終わるのを待って再実行してください。"
}

check_ports() {
  local service port last
  last=$(cat "$var/run/first_port" 2>/dev/null || true)
  if [ "$first_port" != "${last:-$first_port}" ] && any_up; then
    fail "this suite runs on the ports from $last: make down, then start it on others." \
      "ポート $last 番からで起動中です。make down の後、別の番号で起動してください。"
  fi
  for service in "${services[@]}"; do
    [ -z "$(pid_of "$service")" ] || continue
    for port in "$(port_of "$service")" "$(port_of "$service" 5)"; do
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        fail "port $port is taken by another program: stop it, or choose other ports:" \
          "  DAICHO_PORT=17401 make up" \
          "ポート $port は別のプログラムが使用中です。DAICHO_PORT で別の番号を指定してください。"
      fi
    done
  done
}

check_disk() {
  local folder free
  for folder in "$var" "$(dirname "$(pg_data)")"; do
    free=$(df -k --output=avail "$folder" | tail -n 1)
    [ "$free" -ge 524288 ] ||
      fail "less than 512 MB are free on the disk of $folder: make room first." \
        "$folder のディスクの空きが512MB未満です。空きを作ってから再実行してください。"
  done
}

# --- What one asks for ----------------------------------------------------------------------------

any_up() {
  local service
  ! postgres_is_up || return 0
  for service in "${services[@]}"; do [ -z "$(pid_of "$service")" ] || return 0; done
  return 1
}

all_up() {
  local service
  postgres_is_up || return 1
  for service in "${services[@]}"; do [ -n "$(pid_of "$service")" ] || return 1; done
}

load_sample() {
  "$bin/daicho" department import deploy/sample/departments.csv --as admin
  "$bin/daicho" account import deploy/sample/accounts.csv --as pr-office
  await_lookups "$(date -u +%FT%T.%N)"
}

# Lookups follow the ledger within a moment; whoever tries one next shall find what was loaded.
await_lookups() { # moment
  local seen
  for _ in $(seq 50); do
    seen=$("$bin/daicho" lookup https://x.com/AomoriPref --get=as_of_time 2>/dev/null) || true
    [[ $seen < $1 ]] || return 0
    sleep 0.1
  done
}

start() {
  check_names
  check_programs
  mkdir -p "$var"/{run,log,config} 2>/dev/null ||
    fail "$var cannot be made: set DAICHO_VAR to a folder that can." \
      "$var を作成できません。DAICHO_VAR で別の場所を指定してください。"
  lock
  check_ports
  stop_outdated
  if all_up; then
    say "Daicho is already running / すでに起動しています (make down で停止)"
    return 0
  fi
  # The user postgres has to get through; what is inside stays private.
  chmod 711 "$var"
  check_disk
  echo "$first_port" >"$var/run/first_port"
  step make_keys
  step write_config
  step start_postgres
  step make_databases
  local service
  for service in "${services[@]}"; do step start_service "$service"; done
  export DAICHO_PROFILE=$var/profile.textproto
  step load_sample
  step hint
}

hint() {
  say "" "Daicho is running / 起動しました:"
  local service
  for service in "${services[@]}"; do
    say "  $service  127.0.0.1:$(port_of "$service")  metrics http://127.0.0.1:$(port_of "$service" 5)/metrics"
  done
  say "  state $var, logs $var/log" "" "Try / お試しください:"
  [ "$var" = "$here/var" ] || printf '  export DAICHO_PROFILE=%q\n' "$DAICHO_PROFILE"
  cat <<'END'
  build/bin/daicho lookup https://x.com/AomoriPref
  build/bin/daicho account list --as pr-office
  build/bin/daicho help
  make demo
END
}

# Stops everything, and exits with $1 when it was interrupted. A second Ctrl-C changes nothing.
leave() {
  local code=$?
  trap '' INT TERM HUP
  trap - EXIT
  ! any_up || down
  [ -z "$stop" ] || code=$1
  exit "$code"
}

# Leaves nothing running when it fails or is interrupted, unless something ran before.
up() {
  any_up || trap 'leave 130' EXIT
  heed_signals
  start
  step trap - EXIT INT TERM HUP
}

down() {
  lock
  stop_services
  stop_postgres
  say "Daicho is stopped; its data stays in $var / 停止しました(データは残ります)"
}

status() {
  local service pid
  if postgres_is_up; then say "postgres  up"; else say "postgres  down"; fi
  for service in "${services[@]}"; do
    pid=$(pid_of "$service")
    if [ -n "$pid" ]; then
      say "$service  up  127.0.0.1:$(cat "$var/run/$service.port" || true)  process $pid"
    else
      say "$service  down"
    fi
  done
}

# Stays until Ctrl-C, or until a service ends by itself.
run() {
  local service
  trap 'leave 0' EXIT
  heed_signals
  start
  exec 8>&-
  say "" "Ctrl-C stops everything / Ctrl-C で停止します"
  while all_up; do
    sleep 1 &
    wait $! || true
    step true
  done
  postgres_is_up ||
    say "PostgreSQL has ended; the end of its log:" "$(tail -3 "$(pg_data)/server.log")"
  for service in "${services[@]}"; do
    [ -n "$(pid_of "$service")" ] ||
      say "$service has ended; the end of its log:" "$(tail -3 "$var/log/$service")"
  done
  exit 1
}

reset() {
  down
  rm -rf "$(pg_data)" "$(pg_data)".{new,archive} "$(pg_data)".before-*
  rm -rf "$var" "$sockets"
  say "All local data is gone / ローカルのデータを消去しました"
}

# --- Backup and restore ---------------------------------------------------------------------------

# Of the whole server: all databases as of one moment, so that they agree. The services go on.
backup() {
  lock
  postgres_is_up || fail "PostgreSQL does not run: make up" "PostgreSQLが起動していません。make up を実行してください。"
  mkdir -p "$backups/wal"
  [ "$(id -u)" != 0 ] || chown postgres "$backups" "$backups/wal"
  ln -sfn "$backups/wal" "$(pg_data).archive"
  local draft=$backups/draft made
  as_postgres rm -rf "$draft"
  as_postgres "$pg_bin/pg_basebackup" -h "$sockets" -U postgres -D "$draft" -X stream -c fast
  as_postgres "$pg_bin/pg_verifybackup" -q "$draft"
  made=$backups/base-$(date -u +%Y%m%dT%H%M%S.%6NZ)
  as_postgres mv "$draft" "$made"
  say "The backup is $made" "バックアップしました: $made"
}

# The newest backup made before moment $1; the newest of all without one.
base_before() {
  local latest='' base
  for base in "$backups"/base-*; do
    [ -z "$1" ] || [[ ${base##*/base-} < $(date -u -d "$1" +%Y%m%dT%H%M%S.%6NZ) ]] || continue
    [ ! -e "$base/PG_VERSION" ] || latest=$base
  done
  printf '%s' "$latest"
}

# Brings all databases to a moment, or to the last that was archived. The data of before is kept.
restore() {
  local moment=${1:-} data base
  lock
  base=$(base_before "$moment")
  [ -n "$base" ] || fail "$backups has no backup from before that moment." \
    "$backups にその時点より前のバックアップがありません。"
  stop_services
  stop_postgres
  data=$(pg_data)
  [ ! -e "$data" ] || mv "$data" "$data.before-$(date -u +%Y%m%dT%H%M%SZ)"
  rm -rf "$data.new"
  cp -a "$base" "$data.new"
  {
    printf "restore_command = 'cp \"%s/wal/%%f\" \"%%p\"'\n" "${backups//\'/\'\'}"
    [ -z "$moment" ] || printf "recovery_target_time = '%s'\n" "$(date -d "$moment" '+%F %T.%N%:z')"
    echo "recovery_target_action = promote"
  } >>"$data.new/postgresql.auto.conf"
  touch "$data.new/recovery.signal"
  [ "$(id -u)" != 0 ] || chown postgres "$data.new/recovery.signal"
  mv "$data.new" "$data"
  start_postgres
  for _ in $(seq 6000); do
    [ "$(psql -X -At -h "$sockets" -U postgres -d postgres -c 'SELECT pg_is_in_recovery()')" = t ] || break
    sleep 0.1
  done
  sql postgres postgres -c 'ALTER SYSTEM RESET ALL'
  PGHOST=$sockets PGUSER=postgres deploy/db/check_agreement.sh
  say "Restored. Start the services: make up" "復元しました。make up でサービスを起動してください。"
}

check_owner
case ${1:-} in
up | run | down | reset | status) "$1" ;;
backup | restore)
  [ -n "${2:-}" ] || fail "make $1 DIR=FOLDER" "DIR= でフォルダーを指定してください。"
  "$1" "${3:-}"
  ;;
*) fail "usage: $0 up | run | down | reset | status | backup FOLDER | restore FOLDER [MOMENT]" ;;
esac
