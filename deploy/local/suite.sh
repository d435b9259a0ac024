#!/usr/bin/env bash
# The whole suite on this machine: a private PostgreSQL and the four services on loopback, all state
# under var/. Usage: suite.sh up | run | down | reset | status
#
# DAICHO_PORT: first of eight ports, 7401 unless set. DAICHO_VAR: state, ./var unless set.
set -euo pipefail
cd "$(dirname "$0")/../.."
umask 077
here=$PWD
var=${DAICHO_VAR:-$here/var}
first_port=${DAICHO_PORT:-7401}
bin=${DAICHO_BIN:-$here/build/bin}
services=(audit registry policy approval) # In the order they are started.
domain=daicho.example
id=$(printf '%s' "$var" | cksum | cut -d' ' -f1)
sockets=/tmp/daicho-$id # A socket's path must be short.
pg_bin=$(pg_config --bindir 2>/dev/null || echo /usr/lib/postgresql/15/bin)

say() { printf '%s\n' "$*"; }
fail() {
  printf 'daicho: %s\n' "$@" >&2
  exit 1
}

# --- PostgreSQL -----------------------------------------------------------------------------------

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# Where the data is: under var/, unless the user postgres cannot get there.
pg_data() {
  if [ "$(id -u)" != 0 ] || as_postgres test -x "$var"; then
    echo "$var/postgres"
  else
    echo "/var/lib/postgresql/daicho-$id"
  fi
}

postgres_is_up() { as_postgres "$pg_bin/pg_ctl" -D "$(pg_data)" status >/dev/null 2>&1; }

make_cluster() {
  local data=$1
  [ ! -s "$data/PG_VERSION" ] || return 0
  mkdir -p "$data"
  [ "$(id -u)" != 0 ] || chown postgres "$data"
  as_postgres "$pg_bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
    >"$var/log/initdb" 2>&1 || fail "PostgreSQL cannot make its data folder:" "$(tail -3 "$var/log/initdb")"
}

start_postgres() {
  local data
  data=$(pg_data)
  make_cluster "$data"
  mkdir -p "$sockets"
  [ "$(id -u)" != 0 ] || chown postgres "$sockets"
  postgres_is_up && return 0
  # Trust is for whoever can enter the socket's folder: this user, and root.
  as_postgres "$pg_bin/pg_ctl" -D "$data" -w -t 60 -l "$data/server.log" \
    -o "-c listen_addresses='' -k $sockets -c fsync=on -c max_connections=200" start >/dev/null ||
    fail "PostgreSQL does not start:" "$(as_postgres tail -5 "$data/server.log")"
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
  for service in "${services[@]}"; do
    sql postgres postgres -v service="$service" -f deploy/db/create.sql
    "$bin/daicho-$service" migrate --config="$var/config/$service.textproto" ||
      fail "the $service database cannot be brought up to date"
    sql "${service}_owner" "daicho_$service" -v app="${service}_app" -f deploy/db/grant.sql
  done
}

# --- Services -------------------------------------------------------------------------------------

port_of() { # service offset: audit 0, registry 1, policy 2, approval 3; metrics 4 to 7
  local i
  for i in "${!services[@]}"; do
    [ "${services[$i]}" != "$1" ] || echo $((first_port + i + ${2:-0}))
  done
}

pid_of() { # process id of a running service, or nothing
  local pid program
  pid=$(cat "$var/run/$1.pid" 2>/dev/null) || return 0
  # The id may be somebody else's by now; the program may have been built anew since.
  program=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 0
  [ "${program% (deleted)}" != "$(readlink -f "$bin")/daicho-$1" ] || echo "$pid"
}

targets() {
  local service
  for service in "${services[@]}"; do
    printf 'targets { service: "%s" address: "127.0.0.1:%s" uri: "spiffe://%s/svc/%s" }\n' \
      "$service" "$(port_of "$service")" "$domain" "$service"
  done
}

tls() {
  printf 'tls { ca_file: "%s" certificate_file: "%s" private_key_file: "%s" }\n' \
    "$var/pki/ca.crt" "$var/pki/$1.crt" "$var/pki/$1.key"
}

write_config() {
  local service peer
  mkdir -p "$var/config"
  for service in "${services[@]}"; do
    {
      printf 'listen: "127.0.0.1:%s"\nmetrics_listen: "127.0.0.1:%s"\n' \
        "$(port_of "$service")" "$(port_of "$service" 4)"
      printf 'database: "host=%s dbname=daicho_%s user=%s_app"\n' "$sockets" "$service" "$service"
      printf 'migrate_database: "host=%s dbname=daicho_%s user=%s_owner"\n' \
        "$sockets" "$service" "$service"
      tls "$service"
      for peer in "${services[@]}"; do
        printf 'peers { uri: "spiffe://%s/svc/%s" service: "%s" kind: KIND_SERVICE }\n' \
          "$domain" "$peer" "$peer"
      done
      printf 'peers { uri: "spiffe://%s/svc/cli" kind: KIND_GATEWAY }\n' "$domain"
      printf 'token_issuers { issuer: "https://issuer.%s" audience: "daicho" jwks_file: "%s" }\n' \
        "$domain" "$var/issuer/jwks.json"
      printf 'page_token_key_file: "%s"\n' "$var/run/page_token.key"
      targets
      case $service in
      registry) printf 'platform_dir: "%s"\n' "$here/services/registry/platforms" ;;
      approval) printf 'pr_office_department: "0101"\n' ;;
      policy) printf 'guideline_file: "%s"\n' "$here/services/policy/guidelines/tokushima.textproto" ;;
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
}

make_keys() {
  deploy/tls/mkca.sh "$var/pki" "${services[@]}" cli
  [ -s "$var/issuer/signing.jwk" ] || "$bin/daicho" token init "$var/issuer" >/dev/null
  [ -s "$var/run/page_token.key" ] || head -c 32 /dev/urandom >"$var/run/page_token.key"
}

start_service() {
  local service=$1 pid
  [ -z "$(pid_of "$service")" ] || return 0
  rm -f "$var/run/$service.port"
  setsid "$bin/daicho-$service" serve --config="$var/config/$service.textproto" \
    --port_file="$var/run/$service.port" </dev/null >>"$var/log/$service" 2>&1 &
  pid=$!
  echo "$pid" >"$var/run/$service.pid"
  for _ in $(seq 300); do
    [ ! -s "$var/run/$service.port" ] || return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  fail "$service does not start; the end of $var/log/$service:" "$(tail -3 "$var/log/$service")"
}

stop_services() {
  local service pid
  for service in approval policy registry audit; do # Senders before their receivers.
    pid=$(pid_of "$service")
    [ -n "$pid" ] || continue
    kill -TERM "$pid"
    for _ in $(seq 150); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    rm -f "$var/run/$service.pid"
  done
}

# --- Checks before anything is started ------------------------------------------------------------

check_ports() {
  local service port
  for service in "${services[@]}"; do
    [ -z "$(pid_of "$service")" ] || continue
    for port in "$(port_of "$service")" "$(port_of "$service" 4)"; do
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        fail "port $port is taken by another program: stop it, or choose other ports:" \
          "  make down; DAICHO_PORT=17401 make up" \
          "ポート $port は別のプログラムが使用中です。DAICHO_PORT で別の番号を指定してください。"
      fi
    done
  done
}

check_disk() {
  local free
  free=$(df -Pk "$var" | awk 'NR == 2 {print $4}')
  [ "$free" -ge 524288 ] ||
    fail "less than 512 MB are free on the disk of $var: make room first." \
      "ディスクの空きが512MB未満です。空きを作ってから再実行してください。"
}

# --- What one asks for ----------------------------------------------------------------------------

all_up() {
  local service
  postgres_is_up || return 1
  for service in "${services[@]}"; do [ -n "$(pid_of "$service")" ] || return 1; done
}

load_sample() {
  "$bin/daicho" department import deploy/sample/departments.csv --as admin
  "$bin/daicho" account import deploy/sample/accounts.csv --as pr-office
}

up() {
  if all_up; then
    say "Daicho is already running / すでに起動しています (make down で停止)"
    return 0
  fi
  mkdir -p "$var"/{run,log,config}
  # The user postgres has to get through; what is inside stays private.
  chmod 711 "$var"
  check_disk
  check_ports
  make_keys
  write_config
  start_postgres
  make_databases
  local service
  for service in "${services[@]}"; do start_service "$service"; done
  export DAICHO_PROFILE=$var/profile.textproto
  load_sample
  hint
}

hint() {
  say "" "Daicho is running / 起動しました:"
  local service
  for service in "${services[@]}"; do
    say "  $service  127.0.0.1:$(port_of "$service")  metrics http://127.0.0.1:$(port_of "$service" 4)/metrics"
  done
  cat <<END
  state $var, logs $var/log

Try / お試しください:
  build/bin/daicho lookup https://x.com/AomoriPref
  build/bin/daicho account list --as pr-office
  build/bin/daicho help
  make demo
END
}

down() {
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
      say "$service  up  127.0.0.1:$(port_of "$service")  process $pid"
    else
      say "$service  down"
    fi
  done
}

# Stays until Ctrl-C, or until a service ends by itself.
run() {
  local service
  trap 'trap - EXIT; down' EXIT
  trap 'exit 0' INT TERM
  up
  say "" "Ctrl-C stops everything / Ctrl-C で停止します"
  while all_up; do sleep 1 & wait $!; done
  for service in "${services[@]}"; do
    [ -n "$(pid_of "$service")" ] ||
      say "$service has ended; the end of its log:" "$(tail -3 "$var/log/$service")"
  done
  exit 1
}

reset() {
  down
  rm -rf "$(pg_data)"
  rm -rf "$var" "$sockets"
  say "All local data is gone / ローカルのデータを消去しました"
}

case ${1:-} in
up | run | down | reset | status) "$1" ;;
*) fail "usage: $0 up | run | down | reset | status" ;;
esac
