#include "services/audit/checkpointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/uuid.h"
#include "common/http/http.h"
#include "common/server/config.h"
#include "common/work/unit_of_work.h"
#include "services/audit/checkpoint_store.h"
#include "services/audit/domain/export_check.h"
#include "services/audit/key_file.h"
#include "services/audit/schema.h"
#include "services/audit/store.h"
#include "services/audit/tile_handler.h"
#include "services/audit/witness/witness.h"
#include "tests/support/database.h"

namespace daicho::audit {
namespace {

using ::testing::HasSubstr;

constexpr char kOrigin[] = "pref.example/daicho";
constexpr char kWitnessName[] = "witness.example";

class FixedClock : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'790'000'000); }
};

// A folder that goes away.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/daicho-checkpoints-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  chmod(path.c_str(), 0600);
}

domain::SignerKey KeyOf(const std::string& name, domain::KeyKind kind, char seed) {
  return domain::MakeSignerKey(name, kind, std::string(32, seed)).value();
}

class CheckpointerTest : public ::testing::Test {
 protected:
  CheckpointerTest() {
    Write(folder_ / "log.key", absl::StrCat(domain::ToText(log_key_), "\n"));
    config_.set_checkpoint_key_file(folder_ / "log.key");
    Write(folder_ / "witness.key", absl::StrCat(domain::ToText(witness_key_), "\n"));
    witness_config_.set_key_file(folder_ / "witness.key");
    std::filesystem::create_directory(folder_ / "witness");
    witness_config_.set_state_dir(folder_ / "witness");
    witness_config_.add_log_verifier_keys(domain::ToText(log_key_.verifier));
  }

  void Append(int count) {
    std::vector<domain::NewEvent> events;
    for (int i = 0; i < count; ++i) {
      const std::string id = NewUuid(clock_.Now());
      events.push_back({.event_id = id,
                        .leaf = absl::StrCat("leaf of ", id),
                        .search = {.event_time = clock_.Now(), .type = "a"}});
    }
    const absl::Status status = work::Run(
        database_.pool(), testing::Soon(), nullptr, [&](work::UnitOfWork& unit) -> absl::Status {
          return store::Append(unit.tx(), events, clock_.Now()).status();
        });
    ASSERT_TRUE(status.ok()) << status;
  }

  // One turn of a process that was just started.
  absl::Status Turn() {
    const auto policy = PolicyOf(config_);
    if (!policy.ok()) return policy.status();
    prometheus::Registry registry;
    return Checkpointer(&database_.pool(), &clock_, *policy, registry).Turn();
  }

  std::string Served() { return database_.Value("SELECT served_note FROM checkpoints"); }
  // Size of what is served, under the log's key; -1 when there is nothing.
  std::int64_t ServedSize(const domain::SignerKey& key) {
    const auto opened = domain::OpenCheckpoint(Served(), {key.verifier});
    return opened.ok() ? opened->checkpoint.tree.size : -1;
  }
  std::int64_t ServedSize() { return ServedSize(log_key_); }

  std::unique_ptr<http::Server> StartWitness(CosigningWitness& witness) {
    auto server =
        http::Server::Start("127.0.0.1:0", {.body_bytes = 64 << 10}, [&](const auto& request) {
          return witness.Handle(request);
        }).value();
    config_.clear_witnesses();
    config_.add_witnesses()->set_address(absl::StrCat("127.0.0.1:", server->port()));
    config_.mutable_witnesses(0)->set_verifier_key(domain::ToText(witness_key_.verifier));
    return server;
  }

  // As if the database were another one: an old backup, or a forged one.
  void ForgetEntriesFrom(int size) {
    database_.Execute(absl::StrCat("TRUNCATE entry_bodies, entry_resources, tree_nodes, entries;",
                                   "UPDATE tree_head SET tree_size = 0, frontier = ''::bytea,"
                                   " root_hash = sha256(''::bytea);"
                                   "UPDATE checkpoints SET signed_note = '', served_note = ''"));
    Append(size);
  }

  const Folder folder_;
  const FixedClock clock_;
  const domain::SignerKey log_key_ = KeyOf(kOrigin, domain::KeyKind::kLog, 1);
  const domain::SignerKey witness_key_ = KeyOf(kWitnessName, domain::KeyKind::kWitness, 2);
  config::v1::ServerConfig config_;
  config::v1::WitnessConfig witness_config_;
  testing::Database database_{Schema()};
};

TEST_F(CheckpointerTest, SignsWhatTheLogHasGrownTo) {
  ASSERT_TRUE(Turn().ok());
  EXPECT_EQ(ServedSize(), 0);
  Append(5);
  ASSERT_TRUE(Turn().ok());
  EXPECT_EQ(ServedSize(), 5);
  const std::string first = Served();
  ASSERT_TRUE(Turn().ok());
  EXPECT_EQ(Served(), first) << "nothing happened, nothing is signed";
  EXPECT_EQ(server::ReadFile(folder_ / "log.key.last").value(), first);
}

TEST_F(CheckpointerTest, ALogShorterThanWhatWasSignedIsNotSigned) {
  Append(5);
  ASSERT_TRUE(Turn().ok());
  ForgetEntriesFrom(3);
  const absl::Status status = Turn();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("the log has 3 entries, but 5 were signed already"));
  EXPECT_EQ(Served(), "");
}

TEST_F(CheckpointerTest, ALogThatGrewOnFromAnOldBackupIsNotSigned) {
  Append(5);
  ASSERT_TRUE(Turn().ok());
  ForgetEntriesFrom(9);
  const absl::Status status = Turn();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("the first 5 entries are not those that were signed"));
}

TEST_F(CheckpointerTest, WhatTheDatabaseSaysWasSignedCountsWithoutTheFileToo) {
  Append(5);
  ASSERT_TRUE(Turn().ok());
  std::filesystem::remove(folder_ / "log.key.last");
  database_.Execute("UPDATE tree_head SET tree_size = 4");
  EXPECT_EQ(Turn().code(), absl::StatusCode::kDataLoss);
}

TEST_F(CheckpointerTest, AnUnreadableFileBesideTheKeyIsNoReasonToBeginAnew) {
  Append(5);
  ASSERT_TRUE(Turn().ok());
  Write(folder_ / "log.key.last", "rubbish");
  EXPECT_EQ(Turn().code(), absl::StatusCode::kDataLoss);
}

TEST_F(CheckpointerTest, AKeyThatOthersMayReadIsRefused) {
  chmod((folder_ / "log.key").c_str(), 0640);
  EXPECT_EQ(Turn().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(CheckpointerTest, KeysAreChangedWithoutALinkMissing) {
  const domain::SignerKey new_key = KeyOf(kOrigin, domain::KeyKind::kLog, 7);
  Append(1);
  ASSERT_TRUE(Turn().ok());
  Write(folder_ / "log.key",
        absl::StrCat(domain::ToText(new_key), "\n", domain::ToText(log_key_), "\n"));
  ASSERT_TRUE(Turn().ok());
  EXPECT_EQ(ServedSize(log_key_), 1) << "readers that know the old key alone still read it";
  EXPECT_EQ(ServedSize(new_key), 1);
  Write(folder_ / "log.key",
        absl::StrCat(domain::ToText(new_key), "\n", domain::ToText(log_key_.verifier), "\n"));
  Append(1);
  ASSERT_TRUE(Turn().ok());
  EXPECT_EQ(ServedSize(log_key_), -1);
  EXPECT_EQ(ServedSize(new_key), 2);
}

TEST_F(CheckpointerTest, AProcessThatWasSlowerSignsNothingOlder) {
  Append(3);
  const auto policy = PolicyOf(config_).value();
  prometheus::Registry registry, other_registry;
  Checkpointer one(&database_.pool(), &clock_, policy, registry);
  Checkpointer other(&database_.pool(), &clock_, policy, other_registry);
  std::thread appender([&] {
    for (int i = 0; i < 30; ++i) Append(1);
  });
  std::thread signer([&] {
    for (int i = 0; i < 30; ++i) EXPECT_TRUE(one.Turn().ok());
  });
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(other.Turn().ok());
  appender.join();
  signer.join();
  ASSERT_TRUE(one.Turn().ok());
  EXPECT_EQ(ServedSize(), 33);
}

// --- Witnesses ---

TEST_F(CheckpointerTest, IsServedOnceItsWitnessCosigned) {
  config_.set_required_cosignatures(1);
  Append(3);
  auto witness = CosigningWitness::Make(witness_config_, &clock_).value();
  auto server = StartWitness(*witness);
  ASSERT_TRUE(Turn().ok());
  EXPECT_EQ(ServedSize(), 3);
  EXPECT_TRUE(domain::IsSignedBy(domain::ParseNote(Served()).value(), witness_key_.verifier));

  server.reset();  // The witness is away.
  Append(2);
  EXPECT_EQ(Turn().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ServedSize(), 3) << "what nobody cosigned is not served";

  witness.reset();
  witness = CosigningWitness::Make(witness_config_, &clock_).value();
  server = StartWitness(*witness);
  ASSERT_TRUE(Turn().ok()) << "it remembers, and gets a proof from there";
  EXPECT_EQ(ServedSize(), 5);
}

TEST_F(CheckpointerTest, AWitnessThatIsAskedForIsNotWaitedFor) {
  Append(3);
  config_.add_witnesses()->set_address("127.0.0.1:1");
  config_.mutable_witnesses(0)->set_verifier_key(domain::ToText(witness_key_.verifier));
  EXPECT_FALSE(Turn().ok());
  EXPECT_EQ(ServedSize(), 3);
}

TEST_F(CheckpointerTest, AWitnessRefusesAnotherPast) {
  config_.set_required_cosignatures(1);
  Append(3);
  auto witness = CosigningWitness::Make(witness_config_, &clock_).value();
  const auto server = StartWitness(*witness);
  ASSERT_TRUE(Turn().ok());
  // An operator who rewrites the log and has the file beside the key removed.
  ForgetEntriesFrom(7);
  std::filesystem::remove(folder_ / "log.key.last");
  const absl::Status status = Turn();
  EXPECT_THAT(status.message(), HasSubstr("422"));
  EXPECT_EQ(Served(), "");
}

TEST_F(CheckpointerTest, AWitnessAnswersAsTlogWitnessSays) {
  auto witness = CosigningWitness::Make(witness_config_, &clock_).value();
  EXPECT_FALSE(CosigningWitness::Make(witness_config_, &clock_).ok()) << "one at a time";
  domain::Frontier frontier;
  std::vector<domain::TreeHead> heads = {{0, domain::EmptyRoot()}};
  domain::Nodes nodes;
  for (int i = 0; i < 8; ++i) {
    const domain::Hash leaf = domain::LeafHash(absl::StrCat(i));
    nodes[{0, i}] = leaf;
    for (const auto& node : domain::Append(frontier, leaf)) nodes[node.id] = node.hash;
    heads.push_back({i + 1, domain::RootOf(frontier)});
  }
  const auto ask = [&](std::int64_t old_size, const domain::TreeHead& head,
                       std::vector<domain::Hash> proof,
                       const domain::SignerKey& key) -> http::Response {
    domain::SignedNote note{.text = domain::ToText(domain::Checkpoint{key.verifier.name, head})};
    note.signatures.push_back(domain::Sign(key, note.text, clock_.Now()));
    return witness->Handle({.method = "POST",
                            .target = "/add-checkpoint",
                            .body = domain::ToText(domain::CosignRequest{old_size, std::move(proof),
                                                                         domain::ToText(note)})});
  };
  const auto proof = [&](std::int64_t first, std::int64_t second) {
    return domain::HashesOf(domain::ConsistencyPath(first, second), nodes).value();
  };
  EXPECT_EQ(ask(0, heads[3], {}, KeyOf("other.example", domain::KeyKind::kLog, 1)).status, 404);
  EXPECT_EQ(ask(0, heads[3], {}, KeyOf(kOrigin, domain::KeyKind::kLog, 9)).status, 403);
  EXPECT_EQ(ask(4, heads[3], {}, log_key_).status, 400);
  EXPECT_EQ(ask(0, heads[3], {heads[1].root}, log_key_).status, 422);
  EXPECT_EQ(ask(0, heads[3], {}, log_key_).status, 200);
  const http::Response conflict = ask(0, heads[5], {}, log_key_);
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.body, "3\n");
  EXPECT_EQ(conflict.content_type, "text/x.tlog.size");
  EXPECT_EQ(ask(3, heads[5], proof(2, 5), log_key_).status, 422);
  EXPECT_EQ(ask(3, {3, heads[5].root}, {}, log_key_).status, 409) << "the same size, another root";
  EXPECT_EQ(ask(3, heads[3], {}, log_key_).status, 200) << "the same again";
  const http::Response cosigned = ask(3, heads[8], proof(3, 8), log_key_);
  EXPECT_EQ(cosigned.status, 200);
  EXPECT_THAT(cosigned.body, HasSubstr(kWitnessName));
  EXPECT_EQ(ask(3, heads[5], proof(3, 5), log_key_).status, 409) << "never back";
  EXPECT_EQ(witness->Handle({.method = "GET", .target = "/add-checkpoint"}).status, 405);
  EXPECT_EQ(witness->Handle({.method = "POST", .target = "/"}).status, 404);
  EXPECT_EQ(witness->Handle({.method = "POST", .target = "/add-checkpoint", .body = "x"}).status,
            400);
}

// --- Tiles ---

TEST_F(CheckpointerTest, TheTilesThatAreServedMakeTheCheckpoint) {
  for (int i = 0; i < 3; ++i) Append(200);
  ASSERT_TRUE(Turn().ok());
  const http::Handler handler = TileHandler(&database_.pool());
  const auto get = [&](const std::string& path) {
    return handler({.method = "GET", .target = absl::StrCat("/", path)});
  };
  const auto opened = domain::OpenCheckpoint(get("checkpoint").body, {log_key_.verifier});
  ASSERT_TRUE(opened.ok()) << opened.status();
  domain::ExportCheck check(opened->checkpoint.tree,
                            [&](const domain::TileId& tile) -> absl::StatusOr<std::string> {
                              const http::Response response = get(domain::PathOf(tile));
                              if (response.status != 200)
                                return absl::NotFoundError(domain::PathOf(tile));
                              return response.body;
                            });
  int entries = 0;
  check.CheckAll([&](std::int64_t, absl::string_view leaf) {
    ++entries;
    EXPECT_TRUE(absl::StartsWith(leaf, "leaf of "));
  });
  EXPECT_TRUE(check.Finish().holds());
  EXPECT_EQ(entries, 600);
}

TEST_F(CheckpointerTest, ServesNoTileThatTheLogDoesNotHave) {
  const http::Handler handler = TileHandler(&database_.pool());
  EXPECT_EQ(handler({.method = "GET", .target = "/checkpoint"}).status, 404);
  for (int i = 0; i < 2; ++i) Append(150);
  EXPECT_EQ(handler({.method = "GET", .target = "/tile/0/000"}).status, 200);
  EXPECT_EQ(handler({.method = "GET", .target = "/tile/0/001.p/44"}).status, 200);
  EXPECT_EQ(handler({.method = "GET", .target = "/tile/0/001.p/40"}).status, 200);
  EXPECT_EQ(handler({.method = "HEAD", .target = "/tile/1/000.p/1"}).status, 200);
  for (const char* target :
       {"/tile/0/001.p/45", "/tile/0/001", "/tile/1/000.p/2", "/tile/2/000.p/1",
        "/tile/entries/002.p/1", "/tile/0/0", "/", "//checkpoint", "/checkpoint?"}) {
    EXPECT_EQ(handler({.method = "GET", .target = target}).status, 404) << target;
  }
  EXPECT_EQ(handler({.method = "POST", .target = "/tile/0/000"}).status, 405);
}

}  // namespace
}  // namespace daicho::audit
