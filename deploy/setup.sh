#!/usr/bin/env bash
# Installs what building and running Daicho needs, as far as it is missing. Run by `make setup`.
set -euo pipefail
cd "$(dirname "$0")/.."

missing() {
  while read -r package; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      printf '%s\n' "$package"
  done < <(grep -hvE '^(#|$)' deploy/packages.txt "$@")
  # Another source than Debian's may have brought Node.js and npm in one package.
  command -v node >/dev/null || echo nodejs
  command -v npm >/dev/null || echo npm
}

install_packages() {
  local packages=("$@") sudo=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "setup: missing packages: ${packages[*]}" >&2
      echo "setup: install them as root: apt-get install ${packages[*]}" >&2
      exit 1
    fi
    sudo=(sudo)
  fi
  echo "setup: installing ${#packages[@]} packages"
  # Daicho starts its own PostgreSQL; Debian's package shall not start one as well.
  if ! [ -e /etc/postgresql-common/createcluster.conf ]; then
    "${sudo[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' |
      "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold \
    "${packages[@]}" >/dev/null
}

# The few protos that Debian does not package, and buf, which checks ours.
install_protos() {
  local from=node_modules to=build/googleapis file
  [ -d node_modules/@bufbuild/buf ] && [ -d node_modules/google-proto-files ] &&
    [ -d node_modules/@grpc/reflection ] && ! [ package.json -nt node_modules ] ||
    { npm install --silent && touch node_modules; }
  for file in google/api/field_behavior google/api/resource google/rpc/code google/rpc/status \
    google/rpc/error_details google/type/date; do
    copy "$from/google-proto-files/$file.proto" "$to/$file.proto"
  done
  copy "$from/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto" \
    "$to/grpc/reflection/v1/reflection.proto"
}

# Leaves the target's time alone when nothing changed, so that nothing is built anew.
copy() {
  cmp -s "$1" "$2" || { mkdir -p "$(dirname "$2")" && cp "$1" "$2"; }
}

mapfile -t packages < <(missing "$@")
[ "${#packages[@]}" = 0 ] || install_packages "${packages[@]}"
install_protos
