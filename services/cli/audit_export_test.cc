// Exports and receipts as the command line verifies them, without a service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/rpc/serialize.h"
#include "common/server/config.h"
#include "common/wire/sealed_event.h"
#include "services/audit/domain/checkpoint.h"
#include "services/cli/app.h"
#include "services/cli/audit_folder.h"

namespace daicho::cli {
namespace {

namespace domain = audit::domain;
namespace fs = std::filesystem;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

class AuditExportTest : public ::testing::Test {
 protected:
  AuditExportTest() {
    std::string pattern = fs::path(::testing::TempDir()) / "audit_export_test_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~AuditExportTest() override { fs::remove_all(folder_); }

  static domain::SignerKey KeyOf(char seed) {
    return domain::MakeSignerKey("pref.example/daicho", domain::KeyKind::kLog,
                                 std::string(32, seed))
        .value();
  }

  void Grow(int count) {
    for (int i = 0; i < count; ++i) {
      event::v1::Event event;
      event.set_event_id(absl::StrCat("event ", entries_.size()));
      event.mutable_actor()->set_subject("users/hirose");
      event.mutable_actor()->set_display_name("広瀬");
      audit::v1::Entry entry;
      for (auto& body : wire::SealValues(event)) *entry.add_bodies() = std::move(body);
      entry.set_index(static_cast<std::int64_t>(entries_.size()));
      entry.set_leaf(rpc::SerializeDeterministically(event));
      entries_.push_back(entry);
    }
  }

  std::string NoteOf(const std::vector<domain::SignerKey>& keys) const {
    domain::Frontier frontier;
    for (const auto& entry : entries_) domain::Append(frontier, domain::LeafHash(entry.leaf()));
    domain::SignedNote note{.text = domain::ToText(domain::Checkpoint{
                                "pref.example/daicho", {frontier.size, domain::RootOf(frontier)}})};
    for (const auto& key : keys) note.signatures.push_back(domain::Sign(key, note.text, kNow));
    return domain::ToText(note);
  }

  // What `audit export` does with what the service sends. Returns how many entries it took over.
  std::int64_t Export(const std::vector<domain::SignerKey>& keys = {KeyOf(1)}) {
    const AuditFolder folder(Path("export"));
    ExportWriter writer(folder);
    const auto resumed = writer.Resume(static_cast<std::int64_t>(entries_.size()));
    EXPECT_TRUE(resumed.ok()) << resumed.status();
    for (std::size_t i = static_cast<std::size_t>(*resumed); i < entries_.size(); ++i) {
      const absl::Status added = writer.Add(entries_[i]);
      EXPECT_TRUE(added.ok()) << added;
    }
    EXPECT_TRUE(writer.Finish().ok());
    std::string lines;
    for (const auto& key : keys) absl::StrAppend(&lines, domain::ToText(key.verifier), "\n");
    EXPECT_TRUE(folder.Write("keys", lines).ok());
    EXPECT_TRUE(folder.Write("checkpoint", NoteOf(keys)).ok());
    writer.RemoveSuperseded();
    return *resumed;
  }

  Exit Verify(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"audit", "verify", "--export", Path("export"),
                               "--trusted-checkpoint", Path("trusted")});
    return RunWords(more);
  }

  Exit RunWords(const std::vector<std::string>& words) {
    out_.str("");
    err_.str("");
    return cli::Run(words, {out_, err_, 0, Path("profile"), QuotedForShell(words), kNow});
  }

  std::string Path(const std::string& name) const { return folder_ / name; }
  std::string Trusted() const { return server::ReadFile(Path("trusted")).value_or(""); }

  void Alter(const std::string& name, std::size_t byte) {
    std::string bytes = server::ReadFile(Path(name), 1 << 24).value();
    bytes[byte] ^= 1;
    std::ofstream(Path(name), std::ios::binary) << bytes;
  }

  fs::path folder_;
  std::vector<audit::v1::Entry> entries_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(AuditExportTest, AnExportThatGrowsVerifiesEachTime) {
  Grow(300);
  EXPECT_EQ(Export(), 0);
  EXPECT_EQ(Verify(), Exit::kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("初回"));
  Grow(300);
  EXPECT_EQ(Export(), 256);
  EXPECT_EQ(Verify(), Exit::kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("前回と同じ鍵"));
  EXPECT_EQ(Trusted(), NoteOf({KeyOf(1)}));
  EXPECT_FALSE(fs::exists(Path("export/tile/entries/001.p/44"))) << "superseded";
}

TEST_F(AuditExportTest, AnInterruptedExportIsStillTheOneBefore) {
  Grow(300);
  Export();
  Grow(700);
  ExportWriter writer{AuditFolder(Path("export"))};
  ASSERT_TRUE(writer.Resume(1000).ok());
  for (std::size_t i = 256; i < 900; ++i) ASSERT_TRUE(writer.Add(entries_[i]).ok());
  EXPECT_EQ(Verify(), Exit::kOk) << err_.str();
  EXPECT_EQ(Export(), 768) << "and goes on from there";
  EXPECT_EQ(Verify(), Exit::kOk) << err_.str();
}

TEST_F(AuditExportTest, TheEntryThatWasAlteredIsNamedAndTrustStaysAsItWas) {
  Grow(300);
  Export();
  ASSERT_EQ(Verify(), Exit::kOk);
  const std::string trusted = Trusted();
  Grow(10);
  Export();
  Alter("export/tile/entries/000", 20);
  EXPECT_EQ(Verify(), Exit::kNotVerified);
  EXPECT_THAT(err_.str(), HasSubstr("entry 0 altered"));
  EXPECT_EQ(Trusted(), trusted);
}

TEST_F(AuditExportTest, ALogWithAnotherPastIsNotTheTrustedOne) {
  Grow(300);
  Export();
  ASSERT_EQ(Verify(), Exit::kOk);
  fs::remove_all(Path("export"));
  entries_.clear();
  Grow(310);  // Other salts, so other leaves; and signed all the same.
  Export();
  EXPECT_EQ(Verify(), Exit::kNotVerified);
  EXPECT_THAT(err_.str(), HasSubstr("its past was rewritten"));
  fs::remove(Path("trusted"));
  EXPECT_EQ(Verify(), Exit::kOk) << "whoever never saw the first log cannot know";
}

TEST_F(AuditExportTest, AnotherKeyIsTrustedOnlyWhenTheOldOneSignedToo) {
  Grow(3);
  Export({KeyOf(1)});
  ASSERT_EQ(Verify(), Exit::kOk);
  Grow(1);
  Export({KeyOf(2)});
  EXPECT_EQ(Verify(), Exit::kNotVerified);
  Export({KeyOf(2), KeyOf(1)});
  EXPECT_EQ(Verify(), Exit::kOk) << err_.str();
  Grow(1);
  Export({KeyOf(2)});
  EXPECT_EQ(Verify(), Exit::kOk) << err_.str();
  EXPECT_EQ(Verify({"--key", domain::ToText(KeyOf(1).verifier)}), Exit::kNotVerified);
  EXPECT_EQ(Verify({"--key", domain::ToText(KeyOf(2).verifier)}), Exit::kOk);
}

TEST_F(AuditExportTest, AWitnessThatIsNamedMustHaveCosigned) {
  const auto witness =
      domain::MakeSignerKey("witness.example", domain::KeyKind::kWitness, std::string(32, 9))
          .value();
  Grow(3);
  Export({KeyOf(1)});
  EXPECT_EQ(Verify({"--key", domain::ToText(witness.verifier)}), Exit::kNotVerified);
  Export({KeyOf(1), witness});
  EXPECT_EQ(Verify({"--key", domain::ToText(witness.verifier)}), Exit::kOk) << err_.str();
}

TEST_F(AuditExportTest, RedactedValuesAreCountedAndAlteredOnesAreFound) {
  Grow(3);
  entries_[1].clear_bodies();
  Export();
  EXPECT_EQ(Verify(), Exit::kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("redacted  1"));
  std::string bodies = server::ReadFile(Path("export/bodies/000.p/3")).value();
  const std::size_t value = bodies.find("\"value\":\"") + 9;
  bodies[value] = bodies[value] == 'A' ? 'B' : 'A';
  std::ofstream(Path("export/bodies/000.p/3")) << bodies;
  EXPECT_EQ(Verify(), Exit::kNotVerified);
  EXPECT_THAT(err_.str(), HasSubstr("Entry 0: the value of actor.display_name"));
}

TEST_F(AuditExportTest, AReceiptHoldsForItsEntryAndKey) {
  Grow(2);
  domain::Receipt receipt{.extra = entries_[1].leaf(),
                          .index = 1,
                          .proof = {domain::LeafHash(entries_[0].leaf())},
                          .note = NoteOf({KeyOf(1)})};
  const auto verify = [&](char key) {
    std::ofstream(Path("receipt")) << domain::ToText(receipt);
    return RunWords({"audit", "verify", "--receipt", Path("receipt"), "--key",
                     domain::ToText(KeyOf(key).verifier)});
  };
  EXPECT_EQ(verify(1), Exit::kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("event 1"));
  EXPECT_EQ(verify(2), Exit::kNotVerified);
  receipt.extra.back() ^= 1;
  EXPECT_EQ(verify(1), Exit::kNotVerified);
  EXPECT_EQ(RunWords({"audit", "verify", "--receipt", Path("receipt")}), Exit::kUsage);
}

TEST_F(AuditExportTest, KeysAreMadeAddedAndRetired) {
  const std::string file = Path("log.key");
  ASSERT_EQ(RunWords({"audit", "key", file, "--create", "pref.example/daicho"}), Exit::kOk);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(RunWords({"audit", "key", file, "--create", "x"}), Exit::kRefused);
  EXPECT_EQ(RunWords({"audit", "key", file, "--retire"}), Exit::kRefused) << "the only one";
  ASSERT_EQ(RunWords({"audit", "key", file, "--rotate"}), Exit::kOk);
  ASSERT_EQ(RunWords({"audit", "key", file, "--retire"}), Exit::kOk);
  const auto keys =
      domain::ParseKeyRing(server::ReadFile(file).value(), domain::KeyKind::kLog).value();
  EXPECT_EQ(keys.signers.size(), 1u);
  EXPECT_EQ(keys.verifiers.size(), 2u);
}

}  // namespace
}  // namespace daicho::cli
