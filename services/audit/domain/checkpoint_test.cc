#include "services/audit/domain/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace daicho::audit::domain {
namespace {

using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

SignerKey KeyOf(const std::string& name, KeyKind kind = KeyKind::kLog, char seed = 1) {
  return MakeSignerKey(name, kind, std::string(32, seed)).value();
}

Checkpoint SampleCheckpoint() {
  return {.origin = "pref.example/daicho", .tree = {.size = 42, .root = LeafHash("root")}};
}

std::string Signed(const Checkpoint& checkpoint, const std::vector<SignerKey>& keys) {
  SignedNote note{.text = ToText(checkpoint)};
  for (const SignerKey& key : keys) note.signatures.push_back(Sign(key, note.text, kNow));
  return ToText(note);
}

// From golang.org/x/mod/sumdb/note, whose documentation has this key and note.
TEST(NoteTest, VerifiesANoteThatAnotherProgramSigned) {
  const auto key =
      ParseVerifierKey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  ASSERT_TRUE(key.ok()) << key.status();
  const auto note = ParseNote(
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n"
      "\n"
      "— PeterNeumann "
      "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
      "\n");
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_TRUE(IsSignedBy(*note, *key));
  SignedNote other = *note;
  other.text[3] ^= 1;
  EXPECT_FALSE(IsSignedBy(other, *key));
}

TEST(NoteTest, KeysAreReadBackAsTheyAreWritten) {
  for (const KeyKind kind : {KeyKind::kLog, KeyKind::kWitness}) {
    const SignerKey key = KeyOf("pref.example/daicho", kind);
    EXPECT_EQ(ParseVerifierKey(ToText(key.verifier)).value(), key.verifier);
    EXPECT_EQ(ParseSignerKey(ToText(key)).value().verifier, key.verifier);
    std::string other_hash = ToText(key.verifier);
    other_hash[other_hash.find('+') + 1] ^= 1;
    EXPECT_FALSE(ParseVerifierKey(other_hash).ok());
  }
  for (const char* text : {"", "a", "a+b+c", "+00000000+AA==", "a b+00000000+AA=="}) {
    EXPECT_FALSE(ParseVerifierKey(text).ok()) << text;
    EXPECT_FALSE(ParseSignerKey(text).ok()) << text;
  }
  EXPECT_FALSE(MakeSignerKey("with blank", KeyKind::kLog, std::string(32, 1)).ok());
}

TEST(CheckpointTest, IsOpenedByItsKeyAlone) {
  const SignerKey key = KeyOf("pref.example/daicho");
  const std::string note = Signed(SampleCheckpoint(), {key});
  const auto opened = OpenCheckpoint(note, {key.verifier});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->checkpoint, SampleCheckpoint());
  EXPECT_EQ(ToText(opened->note), note);
  EXPECT_FALSE(OpenCheckpoint(note, {}).ok());
  EXPECT_FALSE(
      OpenCheckpoint(note, {KeyOf("pref.example/daicho", KeyKind::kLog, 2).verifier}).ok());
  EXPECT_FALSE(OpenCheckpoint(note, {KeyOf("other.example", KeyKind::kLog, 1).verifier}).ok());
}

TEST(CheckpointTest, AKeyOfAnotherLogOrOfAWitnessDoesNotVouchForIt) {
  const SignerKey other = KeyOf("other.example");
  EXPECT_FALSE(OpenCheckpoint(Signed(SampleCheckpoint(), {other}), {other.verifier}).ok());
  const SignerKey witness = KeyOf("pref.example/daicho", KeyKind::kWitness);
  EXPECT_FALSE(OpenCheckpoint(Signed(SampleCheckpoint(), {witness}), {witness.verifier}).ok());
}

TEST(CheckpointTest, OldAndNewKeySignTogetherWhileKeysChange) {
  const SignerKey old_key = KeyOf("pref.example/daicho", KeyKind::kLog, 1);
  const SignerKey new_key = KeyOf("pref.example/daicho", KeyKind::kLog, 2);
  const std::string note = Signed(SampleCheckpoint(), {new_key, old_key});
  EXPECT_TRUE(OpenCheckpoint(note, {old_key.verifier}).ok());
  EXPECT_TRUE(OpenCheckpoint(note, {new_key.verifier}).ok());
}

TEST(CheckpointTest, ACosignatureHoldsForItsTimeAndText) {
  const SignerKey witness = KeyOf("witness.example", KeyKind::kWitness);
  SignedNote note{.text = ToText(SampleCheckpoint())};
  note.signatures.push_back(Sign(witness, note.text, kNow));
  EXPECT_TRUE(IsSignedBy(note, witness.verifier));
  EXPECT_THAT(note.signatures[0].bytes, SizeIs(72));
  note.signatures[0].bytes[7] ^= 1;  // A second of the time.
  EXPECT_FALSE(IsSignedBy(note, witness.verifier));
}

TEST(CheckpointTest, EveryFlippedBitOfANoteIsNoticed) {
  const SignerKey key = KeyOf("pref.example/daicho");
  const std::string note = Signed(SampleCheckpoint(), {key});
  for (std::size_t bit = 0; bit < 8 * note.size(); ++bit) {
    std::string flipped = note;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(OpenCheckpoint(flipped, {key.verifier}).ok()) << bit;
  }
  for (std::size_t size = 0; size < note.size(); ++size) {
    ASSERT_FALSE(OpenCheckpoint(note.substr(0, size), {key.verifier}).ok()) << size;
  }
}

TEST(CheckpointTest, RefusesWhatIsNone) {
  EXPECT_TRUE(ParseCheckpoint(ToText(SampleCheckpoint())).ok());
  const std::string root = absl::StrCat(std::string(43, 'A'), "=\n");
  for (const std::string& text :
       std::vector<std::string>{"", "a\n", "a\n1\n", "\n1\n" + root, "a\n01\n" + root,
                                "a\n-1\n" + root, "a\n1\nAAAA\n", "a\n1\n" + root.substr(0, 44)}) {
    EXPECT_FALSE(ParseCheckpoint(text).ok()) << text;
  }
}

TEST(ReceiptTest, IsReadBackAsItIsWritten) {
  const std::string note = Signed(SampleCheckpoint(), {KeyOf("pref.example/daicho")});
  for (const Receipt& receipt :
       {Receipt{.index = 7, .note = note},
        Receipt{
            .extra = "leaf", .index = 0, .proof = {LeafHash("a"), LeafHash("b")}, .note = note}}) {
    const auto again = ParseReceipt(ToText(receipt));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, receipt);
  }
  EXPECT_FALSE(ParseReceipt("c2sp.org/tlog-proof@v1\n\n").ok());
  EXPECT_FALSE(ParseReceipt("c2sp.org/tlog-proof@v2\nindex 1\n\n").ok());
  EXPECT_FALSE(ParseReceipt("c2sp.org/tlog-proof@v1\nindex 01\n\n").ok());
}

TEST(CosignRequestTest, IsReadBackAsItIsWritten) {
  const CosignRequest request{.old_size = 0, .proof = {LeafHash("a")}, .note = "x\n"};
  EXPECT_EQ(ParseCosignRequest(ToText(request)).value(), request);
  EXPECT_FALSE(ParseCosignRequest("old 01\n\n").ok());
  EXPECT_FALSE(ParseCosignRequest("old 1\nAAAA\n\n").ok());
  EXPECT_FALSE(ParseCosignRequest("old 1\n").ok());
}

}  // namespace
}  // namespace daicho::audit::domain
