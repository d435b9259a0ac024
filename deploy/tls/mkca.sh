#!/usr/bin/env bash
# A certificate authority for one machine or a test, and certificates it signs.
# Usage: mkca.sh DIR NAME…
#
# Makes DIR/ca.crt and DIR/ca.key once, and for each NAME a NAME.crt and NAME.key that serve as
# server and as client: URI spiffe://daicho.example/svc/NAME, localhost, 127.0.0.1. What is there
# stays as it is until it is about to expire. Real installations bring certificates of their own
# authority instead.
set -euo pipefail
umask 077

domain=daicho.example
ca_days=3650
leaf_days=90
renew_seconds=$((30 * 24 * 60 * 60)) # A certificate that would end sooner is made anew.

[ $# -ge 1 ] || {
  echo "usage: mkca.sh DIR NAME…" >&2
  exit 2
}
dir=$1
shift
for name in "$@"; do
  [[ $name =~ ^[a-z][a-z0-9-]{0,40}$ && $name != ca ]] || {
    echo "mkca.sh: \"$name\" is no name for a service: lower-case letters, digits, \"-\"" >&2
    exit 2
  }
done

mkdir -p "$dir"
cd "$dir"
exec 9>.lock
flock 9 # Two runs at once would sign with two authorities.
work=$(mktemp -d .work.XXXXXX)
trap 'rm -rf "$work"' EXIT

# Says what went wrong, and nothing when nothing did.
quietly() { "$@" 2>"$work/errors" || {
  cat "$work/errors" >&2
  exit 1
}; }

fresh() { [ -s "$1" ] && openssl x509 -in "$1" -noout -checkend "$renew_seconds" >/dev/null; }

new_key() { quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

make_ca() {
  new_key "$work/ca.key"
  # The name constraints keep a stolen key from being worth anything outside this machine.
  quietly openssl req -x509 -new -key "$work/ca.key" -out "$work/ca.crt" -days "$ca_days" \
    -subj "/CN=Daicho local authority" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -addext "nameConstraints=critical,permitted;URI:$domain,permitted;DNS:localhost,permitted;IP:127.0.0.1/255.255.255.255"
  rm -f ./*.crt ca.crl revoked.txt* # Signed by an authority that is no more.
  mv "$work/ca.key" "$work/ca.crt" .
}

make_leaf() {
  new_key "$work/leaf.key"
  cat >"$work/extensions" <<EOF
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = URI:spiffe://$domain/svc/$1, DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
EOF
  quietly openssl req -new -key "$work/leaf.key" -subj "/CN=$1" -out "$work/leaf.csr"
  quietly openssl x509 -req -in "$work/leaf.csr" -CA ca.crt -CAkey ca.key \
    -set_serial "0x$(openssl rand -hex 16)" -days "$leaf_days" -extfile "$work/extensions" \
    -out "$work/leaf.crt"
  mv "$work/leaf.key" "$1.key"
  mv "$work/leaf.crt" "$1.crt"
}

if ! fresh ca.crt || [ ! -s ca.key ]; then make_ca; fi
for name in "$@"; do
  if ! fresh "$name.crt" || [ ! -s "$name.key" ]; then make_leaf "$name"; fi
done
