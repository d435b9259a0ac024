#!/usr/bin/env bash
# check_layers_test.sh: breaks each rule of check_layers.sh once and sees whether it notices.
set -u
check=$(cd "$(dirname "$0")" && pwd)/check_layers.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

expect() { # passes|fails file line
  mkdir -p "$tree/$(dirname "$2")"
  printf '%s\n' "$3" > "$tree/$2"
  if "$check" "$tree" > /dev/null; then outcome=passes; else outcome=fails; fi
  [ "$outcome" = "$1" ] || { echo "$2 with $3: $outcome"; failed=1; }
  rm "$tree/$2"
}

mkdir -p "$tree"/services/{registry,approval,cli}
expect passes common/base/uuid.cc '#include "common/base/uuid.h"'
expect passes common/base/refusal.cc '#include "google/rpc/status.pb.h"'
expect fails common/base/uuid.cc '#include "google/rpc/status.pb.h"'
expect fails common/base/refusal.cc '#include "common/pg/pg.h"'
expect passes common/sheet/sheet.cc '#include "common/base/csv.h"'
expect passes common/sheet/package.cc '#include <zip.h>'
expect fails common/sheet/sheet.cc '#include "common/pg/pg.h"'
expect fails common/sheet/sheet.cc '#include "daicho/registry/v1/account.pb.h"'
expect passes common/paper/text.h '#include <pango/pango.h>'
expect fails common/paper/html.cc '#include "common/sheet/table.h"'
expect passes common/pg/session.h '#include <libpq-fe.h>'
expect fails common/pg/session.h '#include <google/protobuf/message.h>'
expect fails common/work/relay.cc '#include <libpq-fe.h>'
expect fails common/work/relay.h '#include <grpcpp/channel.h>'
expect passes common/wire/fields.cc '#include "google/type/date.pb.h"'
expect fails common/wire/fields.cc '#include "common/pg/pg.h"'
expect fails common/wire/fields.cc '#include "daicho/audit/v1/audit_service.grpc.pb.h"'
expect passes common/rpc/handle.cc '#include "common/work/unit_of_work.h"'
expect fails common/rpc/handle.cc '#include "common/server/server.h"'
expect passes common/rpc/handle_fixture.h '#include "tests/support/database.h"'
expect fails common/rpc/handle.h '#include "tests/support/database.h"'
expect fails common/server/server.cc '#include "services/audit/service.h"'

expect passes services/registry/domain/account.cc '#include "services/registry/domain/account.h"'
expect passes services/registry/domain/text.cc '#include <unicode/uchar.h>'
expect fails services/registry/domain/account.cc '#include "common/pg/pg.h"'
expect fails services/registry/domain/account.cc '#include "daicho/registry/v1/account.pb.h"'
expect fails services/registry/domain/account.cc '#include "services/approval/domain/form.h"'
expect fails services/registry/domain/account.cc '#include "services/registry/account_store.h"'
expect fails services/registry/domain/account.cc '#include "common/base/clock.h"'
expect fails services/registry/domain/account.cc 'const absl::Time now = absl::Now();'
expect passes services/registry/domain/account_test.cc 'const absl::Time now = absl::Now();'

expect passes services/registry/account_store.cc '#include "common/pg/pg.h"'
expect passes services/registry/store.h '#include "services/registry/domain/account.h"'
expect fails services/registry/account_store.cc '#include "daicho/registry/v1/account.pb.h"'
expect fails services/registry/store.cc '#include "common/rpc/handle.h"'
expect fails services/registry/store.cc '#include "services/registry/wire.h"'
echo '#include "services/registry/domain/account.h"' > "$tree/services/registry/values.h"
echo '#include "common/rpc/handle.h"' > "$tree/services/registry/peers.h"
expect passes services/registry/account_wire.cc '#include "services/registry/values.h"'
expect passes services/registry/account_store.cc '#include "services/registry/values.h"'
expect fails services/registry/account_wire.cc '#include "services/registry/peers.h"'
expect fails services/registry/account_store.cc '#include "services/registry/peers.h"'
expect passes services/registry/account_wire.cc '#include "daicho/registry/v1/account.pb.h"'
expect fails services/registry/account_wire.cc '#include "common/pg/pg.h"'
expect fails services/registry/wire.h '#include "services/registry/store.h"'
expect fails services/registry/wire.h '#include "daicho/registry/v1/account_service.grpc.pb.h"'
expect passes services/approval/service.cc '#include "daicho/registry/v1/account_service.grpc.pb.h"'
expect fails services/approval/service.cc '#include "services/registry/domain/account.h"'
expect fails services/approval/service.cc '#include <libpq-fe.h>'
expect passes services/cli/audit_verify.cc '#include "services/audit/domain/verify.h"'
expect passes services/cli/export.cc '#include "common/sheet/table.h"'
expect fails services/registry/domain/import.cc '#include "common/sheet/sheet.h"'
expect passes services/cli/policy_file.cc '#include "services/policy/guideline.h"'
expect fails services/cli/policy_file.cc '#include "services/policy/service.h"'
expect fails services/cli/form.cc '#include "services/approval/domain/form.h"'
expect fails services/cli/form.cc '#include "common/pg/pg.h"'
exit $failed
