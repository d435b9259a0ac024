#!/usr/bin/env bash
# Takes back certificates of the authority that mkca.sh made. Usage: revoke.sh DIR [NAME…]
#
# Adds NAME.crt of DIR to the revocation list DIR/ca.crl, which is made when it is missing. Services
# that name it as tls.crl_file take it up within seconds, also for connections that are open.
# Then remove NAME.crt and NAME.key: mkca.sh makes new ones.
set -euo pipefail
umask 077

[ $# -ge 1 ] || {
  echo "usage: revoke.sh DIR [NAME…]" >&2
  exit 2
}
cd "$1"
shift
exec 9>.lock
flock 9
work=$(mktemp -d .work.XXXXXX)
trap 'rm -rf "$work"' EXIT

[ -e revoked.txt ] || : >revoked.txt
cat >"$work/ca.conf" <<'EOF'
[ca]
default_ca = local
[local]
database = revoked.txt
default_md = sha256
default_crl_days = 3650
EOF

authority() { # Says what went wrong, and nothing when nothing did.
  openssl ca -config "$work/ca.conf" -keyfile ca.key -cert ca.crt "$@" 2>"$work/errors" || {
    cat "$work/errors" >&2
    exit 1
  }
}
for name in "$@"; do authority -revoke "$name.crt"; done
if [ $# != 0 ] || [ ! -s ca.crl ]; then
  authority -gencrl -out "$work/ca.crl"
  mv "$work/ca.crl" ca.crl
fi
