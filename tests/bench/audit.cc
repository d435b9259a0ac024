#include "tests/bench/audit.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"
#include "common/pg/pg.h"
#include "common/rpc/handle.h"
#include "common/rpc/serialize.h"
#include "common/server/config.h"
#include "common/wire/fields.h"
#include "common/wire/sealed_event.h"
#include "daicho/audit/v1/audit_service.grpc.pb.h"
#include "services/audit/domain/export_check.h"
#include "tests/bench/load.h"
#include "tests/e2e/world.h"

namespace daicho::bench {
namespace {

namespace domain = audit::domain;
using audit::v1::AuditService;
using testing::Suite;

constexpr double kAim = 0.5;
constexpr double kProofAimMs = 2;
constexpr int kBatch = 256;
constexpr int kBatches = 80;
constexpr int kExported = 1'000'000;
constexpr std::int64_t kIdDigits = 1'000'000'000'000;

absl::Time Minutes(int minutes) { return absl::Now() + absl::Minutes(minutes); }

double SecondsOf(const std::function<void()>& work) {
  const absl::Time start = absl::Now();
  work();
  return absl::ToDoubleSeconds(absl::Now() - start);
}

// An event as a person's change of an account makes one.
event::v1::Event MakeEvent(std::int64_t n) {
  event::v1::Event event;
  event.set_event_id(NewUuid(absl::Now()));
  *event.mutable_event_time() = wire::ToTimestamp(absl::Now());
  event.set_service("registry");
  event.set_rpc("daicho.registry.v1.AccountService/ConfirmOpening");
  event.set_type("account.opened");
  event.set_resource(absl::StrFormat("accounts/0197b1f0-0000-7000-8000-%012d", n % kIdDigits));
  event.set_department("departments/0303");
  event.mutable_actor()->set_subject(absl::StrCat("users/", n % 1000));
  event.mutable_actor()->set_display_name("広瀬 花子");
  event.set_outcome(event::v1::Event::OUTCOME_OK);
  auto* change = event.add_changes();
  change->set_path("state");
  change->set_before("PREPARING");
  change->set_after("ACTIVE");
  event.set_request_id(NewUuid(absl::Now()));
  return event;
}

std::string PayloadOf(std::int64_t n) {
  event::v1::Event event = MakeEvent(n);
  event::v1::Parcel parcel;
  for (auto& body : wire::SealValues(event)) *parcel.add_bodies() = std::move(body);
  parcel.set_leaf(rpc::SerializeDeterministically(event));
  return parcel.SerializeAsString();
}

// --- Appending
// -------------------------------------------------------------------------------------

double AppendSeconds(Suite& suite, std::int64_t* made) {
  std::vector<audit::v1::AppendEventsRequest> batches(kBatches);
  for (auto& batch : batches) {
    for (int i = 0; i < kBatch; ++i) batch.add_events(PayloadOf((*made)++));
  }
  const auto stub = AuditService::NewStub(suite.Channel("audit", "registry"));
  return SecondsOf([&] {
    for (const auto& batch : batches) {
      grpc::ClientContext context;
      rpc::Address(context, Minutes(1));
      audit::v1::AppendEventsResponse answer;
      Check(rpc::FromGrpc(stub->AppendEvents(&context, batch, &answer)), "AppendEvents");
    }
  });
}

const pg::Statement kFloorEntries{"bench_audit_entries", R"sql(
  INSERT INTO floor_entries
  SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::bytea[], $5::timestamptz[],
                       $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[],
                       $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[])
)sql"};
const pg::Statement kFloorBodies{"bench_audit_bodies", R"sql(
  INSERT INTO floor_bodies
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[], $5::text[])
)sql"};
const pg::Statement kFloorResources{"bench_audit_resources", R"sql(
  INSERT INTO floor_resources SELECT * FROM unnest($1::text[], $2::bigint[])
)sql"};
const pg::Statement kFloorNodes{"bench_audit_nodes", R"sql(
  INSERT INTO floor_nodes SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bytea[])
)sql"};

// Columns of rows that the log holds, as they go into an insert.
using Columns = std::vector<std::vector<std::string>>;

Columns ReadColumns(pg::Connection& connection, const std::string& sql, int count) {
  const auto rows = connection.QueryOnce(sql, Minutes(5));
  Check(rows.status(), sql.c_str());
  Columns columns(static_cast<std::size_t>(count));
  for (int i = 0; i < rows->size(); ++i) {
    for (int j = 0; j < count; ++j)
      columns[static_cast<std::size_t>(j)].push_back((*rows)[i].Text(j));
  }
  return columns;
}

struct FloorBatch {
  Columns entries, bodies, resources, nodes;
};

// The rows that were just appended, batch by batch.
std::vector<FloorBatch> ReadFloor(Suite& suite) {
  pg::Connection connection = Connect(suite, "audit");
  std::vector<FloorBatch> batches(kBatches);
  for (int i = 0; i < kBatches; ++i) {
    const std::string range = absl::StrCat(" BETWEEN ", i * kBatch, " AND ", (i + 1) * kBatch - 1);
    FloorBatch& batch = batches[static_cast<std::size_t>(i)];
    batch.entries = ReadColumns(
        connection,
        "SELECT log_index, event_id, leaf, leaf_hash, append_time, event_time, service, rpc, type,"
        " department, actor, outcome, reason, request_id, body_bytes FROM entries WHERE log_index" +
            range + " ORDER BY log_index",
        15);
    batch.bodies = ReadColumns(
        connection,
        "SELECT log_index, path, salt, value, person FROM entry_bodies WHERE log_index" + range, 5);
    batch.resources = ReadColumns(
        connection, "SELECT resource, log_index FROM entry_resources WHERE log_index" + range, 2);
    batch.nodes = ReadColumns(
        connection,
        "SELECT level, node_index, hash FROM tree_nodes WHERE ((node_index + 1) << level) - 1" +
            range,
        3);
  }
  return batches;
}

double FloorSeconds(Suite& suite, const std::vector<FloorBatch>& batches) {
  Execute(suite, "audit",
          "DROP TABLE IF EXISTS floor_entries, floor_bodies, floor_resources, floor_nodes;"
          "CREATE TABLE floor_entries (LIKE entries INCLUDING ALL);"
          "CREATE TABLE floor_bodies (LIKE entry_bodies INCLUDING ALL);"
          "CREATE TABLE floor_resources (LIKE entry_resources INCLUDING ALL);"
          "CREATE TABLE floor_nodes (LIKE tree_nodes INCLUDING ALL)");
  pg::Connection connection = Connect(suite, "audit");
  return SecondsOf([&] {
    for (const FloorBatch& batch : batches) {
      pg::Transaction tx = connection.Begin(Minutes(1));
      const Columns& e = batch.entries;
      tx.Queue(kFloorEntries, {e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[10],
                               e[11], e[12], e[13], e[14]});
      const Columns& b = batch.bodies;
      tx.Queue(kFloorBodies, {b[0], b[1], b[2], b[3], b[4]});
      tx.Queue(kFloorResources, {batch.resources[0], batch.resources[1]});
      tx.Queue(kFloorNodes, {batch.nodes[0], batch.nodes[1], batch.nodes[2]});
      Check(tx.Commit(), "unnest");
    }
  });
}

constexpr char kEmptyLog[] =
    "TRUNCATE entry_bodies, entry_resources, tree_nodes, entries;"
    "UPDATE tree_head SET tree_size = 0, root_hash = sha256(''::bytea), frontier = ''::bytea;"
    "CHECKPOINT";

void MeasureAppending(Suite& suite, int rounds) {
  std::int64_t made = 0;
  std::vector<double> floor, ours;
  for (int round = 0; round < rounds; ++round) {
    Execute(suite, "audit", kEmptyLog);
    ours.push_back(AppendSeconds(suite, &made));
    const std::vector<FloorBatch> batches = ReadFloor(suite);
    Execute(suite, "audit", "CHECKPOINT");
    floor.push_back(FloorSeconds(suite, batches));
  }
  const double events = kBatch * kBatches;
  std::cout << absl::StrFormat(
      "\nAppending %d events in batches of %d, one at a time, against the same rows by unnest "
      "(aim: "
      "%.1f)\n  %11s %11s %6s\n  %11.0f %11.0f %6.2f\n",
      kBatch * kBatches, kBatch, kAim, "floor /s", "ours /s", "ratio", events / Median(floor),
      events / Median(ours), Median(floor) / Median(ours));
}

// --- Verifying
// -------------------------------------------------------------------------------------

// An export of a million events, as `daicho audit export` writes it.
domain::TreeHead WriteExport(const std::string& folder) {
  domain::Frontier frontier;
  std::map<std::pair<int, std::int64_t>, std::vector<domain::Hash>> tiles;
  std::vector<std::string> leaves;
  const auto write = [&](const domain::TileId& tile, const std::string& bytes) {
    const std::filesystem::path path = std::filesystem::path(folder) / domain::PathOf(tile);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  };
  for (std::int64_t i = 0; i < kExported; ++i) {
    event::v1::Event event = MakeEvent(i);
    (void)wire::SealValues(event);
    leaves.push_back(rpc::SerializeDeterministically(event));
    const domain::Hash hash = domain::LeafHash(leaves.back());
    tiles[{0, i / domain::kTileWidth}].push_back(hash);
    for (const domain::Node& node : domain::Append(frontier, hash)) {
      if (node.id.level % domain::kTileHeight != 0) continue;
      tiles[{node.id.level / domain::kTileHeight, node.id.index / domain::kTileWidth}].push_back(
          node.hash);
    }
    if (static_cast<std::int64_t>(leaves.size()) == domain::kTileWidth || i + 1 == kExported) {
      domain::TileId bundle = domain::TileAt(kExported, 0, i / domain::kTileWidth);
      bundle.is_bundle = true;
      write(bundle, domain::BundleOf(leaves));
      leaves.clear();
    }
  }
  for (const auto& [id, hashes] : tiles) {
    write(domain::TileAt(kExported, id.first, id.second), domain::TileOf(hashes));
  }
  return {.size = kExported, .root = domain::RootOf(frontier)};
}

domain::ReadTile ReaderOf(const std::string& folder) {
  return [folder](const domain::TileId& tile) {
    return server::ReadFile(absl::StrCat(folder, "/", domain::PathOf(tile)), 32 << 20);
  };
}

void MeasureVerifying(const std::string& folder, int rounds) {
  const domain::TreeHead head = WriteExport(folder);
  const domain::ReadTile read = ReaderOf(folder);
  std::vector<double> floor, ours;
  for (int round = 0; round < rounds; ++round) {
    floor.push_back(SecondsOf([&] {
      domain::Frontier frontier;
      for (std::int64_t i = 0; i * domain::kTileWidth < head.size; ++i) {
        domain::TileId bundle = domain::TileAt(head.size, 0, i);
        bundle.is_bundle = true;
        const std::string bytes = read(bundle).value();
        for (const absl::string_view leaf : domain::ParseBundle(bytes).entries) {
          domain::Append(frontier, domain::LeafHash(leaf));
        }
      }
      if (domain::RootOf(frontier) != head.root) std::exit(1);
    }));
    ours.push_back(SecondsOf([&] {
      domain::ExportCheck check(head, read);
      check.CheckAll([](std::int64_t, absl::string_view) {});
      if (!check.Finish().holds()) std::exit(1);
    }));
  }
  std::cout << absl::StrFormat(
      "\nVerifying an export of %d events, against reading and hashing it (aim: %.1f)\n  %11s %11s "
      "%6s\n  %11.0f %11.0f %6.2f\n",
      kExported, kAim, "floor /s", "ours /s", "ratio", kExported / Median(floor),
      kExported / Median(ours), Median(floor) / Median(ours));
}

// --- Proofs
// ----------------------------------------------------------------------------------------

// A log of `entries`, straight into the tables. What the hashes are does not matter to how long it
// takes to read them.
void FillLog(Suite& suite, int entries) {
  Execute(suite, "audit", kEmptyLog);
  Execute(
      suite, "audit",
      absl::StrCat("INSERT INTO entries (log_index, event_id, leaf, leaf_hash, append_time,"
                   " event_time, service, rpc, type, department, actor, outcome, reason,"
                   " request_id) SELECT n, ('0197b1f0-0000-7000-8000-' ||"
                   " lpad(to_hex(n), 12, '0'))::uuid, leaf,"
                   " sha256('\\x00'::bytea || leaf), now(), now(), 'registry', 'a.B/C', 'a.b', '',"
                   " 'users/' || n % 1000, 'OK', '', '' FROM generate_series(0, ",
                   entries - 1, ") AS n, LATERAL (SELECT int8send(n) AS leaf) AS made"));
  for (int level = 1; (entries >> level) > 0; ++level) {
    Execute(suite, "audit",
            absl::StrCat("INSERT INTO tree_nodes (level, node_index, hash) SELECT ", level,
                         ", n, sha256(int8send(n)) FROM generate_series(0, ",
                         (entries >> level) - 1, ") AS n"));
  }
  Execute(suite, "audit",
          absl::StrCat("UPDATE tree_head SET tree_size = ", entries,
                       "; ANALYZE entries; ANALYZE tree_nodes; CHECKPOINT"));
}

void MeasureProofs(Suite& suite, int entries) {
  const auto resident = [&] { return MegabytesOf(suite.Pid("audit"), "status", "VmRSS:"); };
  const double before = resident();
  FillLog(suite, entries);
  const auto stub = AuditService::NewStub(suite.Channel("audit"));
  const testing::Person auditor{"auditor", {"AUDITOR"}, ""};
  std::vector<double> milliseconds;
  for (int i = 0; i < 1000; ++i) {
    audit::v1::GetInclusionProofRequest request;
    const std::int64_t index = std::int64_t{i} * 7'919 % entries;
    request.set_event_id(absl::StrFormat("0197b1f0-0000-7000-8000-%012x", index));
    const auto context = suite.Context(&auditor);
    audit::v1::InclusionProof proof;
    milliseconds.push_back(
        1000 * SecondsOf([&] {
          Check(rpc::FromGrpc(stub->GetInclusionProof(context.get(), request, &proof)), "proof");
        }));
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::cout << absl::StrFormat(
      "\nProof of inclusion in a log of %d entries, one at a time (aim: %.0f ms)\n  p50 %.2f ms, "
      "p99 %.2f ms; audit, MB resident: %.0f before, %.0f after\n",
      entries, kProofAimMs, milliseconds[500], milliseconds[990], before, resident());
}

}  // namespace

void MeasureAudit(Suite& suite, const std::string& folder, int rounds, int entries) {
  for (const std::string& service : Suite::Services()) {
    if (service != "audit") suite.Kill(service);  // So that nothing else is appended.
  }
  MeasureAppending(suite, rounds);
  MeasureVerifying(folder + "/export", rounds);
  MeasureProofs(suite, entries);
}

}  // namespace daicho::bench
