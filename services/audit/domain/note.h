// C2SP signed-note v1: a text with signatures under it; and the keys that make and check them.
//
// Signatures are Ed25519: a log's own over the text, and a witness's over the text and a time
// (C2SP tlog-cosignature, cosignature/v1).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daicho::audit::domain {

// What a key is for: the first byte of its encoded form.
enum class KeyKind : std::uint8_t { kLog = 0x01, kWitness = 0x04 };

// "name+hash+key" as C2SP writes it. Verifies signatures of one key.
struct VerifierKey {
  std::string name;
  std::uint32_t id = 0;
  KeyKind kind = KeyKind::kLog;
  std::string public_key;  // 32 bytes.

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

// "PRIVATE+KEY+name+hash+key". Whoever has it can sign.
struct SignerKey {
  VerifierKey verifier;
  std::string seed;  // 32 bytes.
};

// INVALID_ARGUMENT, never repeating what it was given, when the text is no such key, or its hash is
// another key's.
absl::StatusOr<VerifierKey> ParseVerifierKey(absl::string_view text);
absl::StatusOr<SignerKey> ParseSignerKey(absl::string_view text);
std::string ToText(const VerifierKey& key);
std::string ToText(const SignerKey& key);

// A new key, from 32 random bytes. INVALID_ARGUMENT when the name is empty or has blanks or "+".
absl::StatusOr<SignerKey> MakeSignerKey(absl::string_view name, KeyKind kind,
                                        absl::string_view seed);

// The keys of one name: those that sign, and all that verify, also former ones that sign no more.
struct KeyRing {
  std::vector<SignerKey> signers;      // The newest first.
  std::vector<VerifierKey> verifiers;  // Of the signers, then the former.
};

// A key a line: PRIVATE+KEY+… of those that sign, name+hash+key of former ones. Empty lines and
// those that begin with "#" are left out. INVALID_ARGUMENT names the line that is no key, or a key
// of another kind or name than the first; or says that none signs.
absl::StatusOr<KeyRing> ParseKeyRing(absl::string_view text, KeyKind kind);
std::string ToText(const KeyRing& ring);

struct Signature {
  std::string name;
  std::uint32_t key_id = 0;
  std::string bytes;

  friend bool operator==(const Signature&, const Signature&) = default;
};

struct SignedNote {
  std::string text;  // Lines, the last one ended too.
  std::vector<Signature> signatures;

  friend bool operator==(const SignedNote&, const SignedNote&) = default;
};

// A note is at most so long, with at most so many signatures.
inline constexpr std::size_t kMaxNoteBytes = 64 << 10;
inline constexpr std::size_t kMaxSignatures = 32;

// INVALID_ARGUMENT says why it is no signed note.
absl::StatusOr<SignedNote> ParseNote(absl::string_view bytes);
// One or more signature lines alone, as a witness answers.
absl::StatusOr<std::vector<Signature>> ParseSignatures(absl::string_view lines);
std::string ToText(const SignedNote& note);
std::string ToText(const Signature& signature);

// Signs `text`. A witness's signature says that it saw the text at `now`.
Signature Sign(const SignerKey& key, absl::string_view text, absl::Time now);

// Whether one of the signatures is by `key`, and right.
bool IsSignedBy(const SignedNote& note, const VerifierKey& key);

}  // namespace daicho::audit::domain
