#!/usr/bin/env bash
# check_layers.sh [FOLDER]: fails when a file includes what its layer may not. See ARCHITECTURE.md.
# Tests, their fixtures and testing/ folders may include anything.
set -u
cd "${1:-.}" || exit 2
bad=0

# What the table is about: our own code, protos, gRPC, libpq. The rest is a library like any other.
governed='^(common|services|tests|daicho|google|grpc|grpcpp)/|\.pb\.h$|^libpq'

sources() { # path…: the files under them that are not tests
  find "$@" \( -name '*.h' -o -name '*.cc' \) -not -name '*_test.cc' \
    -not -name '*_fixture.*' -not -path '*/testing/*' 2> /dev/null
}

report() { # why hits
  [ -z "$2" ] || { printf '%s\n%s\n\n' "$1" "$2"; bad=1; }
}

# Everything governed that `files` include must match `allowed`.
may_include() { # why allowed files…
  local why=$1 allowed=$2
  shift 2
  [ $# -gt 0 ] || return 0
  report "$why" "$(grep -HnoE '^ *# *include *["<][^">]+' "$@" |
    sed -E 's/# *include *["<]//; s/: +/:/' |
    awk -v governed="$governed" -v allowed="$allowed" '
      { path = $0; sub(/^[^:]*:[0-9]+:/, "", path); if (path ~ governed && path !~ allowed) print }')"
}

never_says() { # why pattern files…
  local why=$1 pattern=$2
  shift 2
  [ $# -gt 0 ] || return 0
  report "$why" "$(grep -HnE "$pattern" "$@")"
}

protobuf='^(google|daicho)/.*|.*\.pb\.h$'
may_include 'common/base stands alone; only refusal.cc knows google/rpc:' \
  '^common/base/' $(sources common/base | grep -v '/refusal\.cc$')
may_include 'refusal.cc knows google/rpc and nothing else:' \
  '^(common/base|google/rpc)/' $(sources common/base | grep '/refusal\.cc$')
may_include 'common/sheet is base and libraries for files:' \
  '^common/(base|sheet)/' $(sources common/sheet)
may_include 'common/paper is base and libraries for type:' \
  '^common/(base|paper)/' $(sources common/paper)
may_include 'common/pg is libpq and base:' \
  '^(common/(base|pg)/|libpq-fe\.h)' $(sources common/pg)
may_include 'common/work is pg and base:' \
  '^common/(base|pg|work)/' $(sources common/work)
may_include 'common/wire is protobuf and base:' \
  "^common/(base|wire)/|^google/|^daicho/.*[^c]\\.pb\\.h\$" $(sources common/wire)
may_include 'common/rpc knows no server and no service:' \
  "^common/(base|pg|work|wire|rpc)/|^grpc|$protobuf" $(sources common/rpc)
may_include 'common/server knows no service:' \
  "^common/|^grpc|$protobuf" $(sources common/server)

# Headers at the top of a service that keep to the domain's rule, as alternatives of a pattern: values
# that both its stores and its wire files use.
values_of() { # own
  local header
  for header in "$1"/*.h; do
    [ -e "$header" ] || continue
    grep -hoE '^#include ["<][^">]+' "$header" "${header%.h}.cc" 2> /dev/null |
      sed -E 's/#include ["<]//' | grep -E "$governed" |
      grep -qvE "^common/base/|^$1/(domain/|[a-z_]+\\.h)" || printf '|%s' "${header##*/}"
  done
}

clock='absl/time/clock\.h|common/base/clock\.h|absl::Now\(|_clock::now\('
chance='std::random_device|getenv\(|std::(thread|mutex|async)|absl::Mutex'
for folder in services/*/; do
  service=$(basename "$folder")
  own="services/$service"
  top=$(sources "$own" | grep -v "^$own/domain/")
  may_include "$own/domain does no I/O and knows no wire format:" \
    "^common/base/|^$own/domain/" $(sources "$own/domain")
  never_says "$own/domain takes time and chance as arguments:" "$clock|$chance" \
    $(sources "$own/domain")
  if [ "$service" = cli ]; then
    may_include "$own speaks gRPC to the services and nothing else:" \
      "^common/(base|paper|sheet|wire|rpc|server)/|^$own/|^services/audit/domain/|^services/policy/(compare|coverage|guideline)\\.h\$|^grpc|$protobuf" $top
    continue
  fi
  values=$(values_of "$own" | sed -E 's/\|([a-z_]*_)?(store|wire|service)\.h//g; s/\./\\./g')
  may_include "$own: a store knows the domain, not the wire:" \
    "^common/(base|pg)/|^$own/(domain/|schema\\.h|([a-z_]*_)?store\\.h$values)" \
    $(printf '%s\n' $top | grep -E '/([a-z_]*_)?store\.(h|cc)$')
  may_include "$own: wire turns protos into values and back:" \
    "^common/(base|wire)/|^$own/(domain/|([a-z_]*_)?wire\\.h$values)|^google/|^daicho/.*[^c]\\.pb\\.h\$" \
    $(printf '%s\n' $top | grep -E '/([a-z_]*_)?wire\.(h|cc)$')
  may_include "$own keeps off libpq and the code of other services:" \
    "^common/|^$own/|^grpc|$protobuf" $top
done
exit $bad
