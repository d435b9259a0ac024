#include "services/audit/domain/note.h"

#include <openssl/evp.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"

namespace daicho::audit::domain {
namespace {

constexpr absl::string_view kPrivate = "PRIVATE+KEY+";
constexpr absl::string_view kDash = "\xE2\x80\x94 ";  // "— "
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kIdBytes = 4;
constexpr std::size_t kTimeBytes = 8;

using PKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* Data(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string BigEndian(std::uint64_t number, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    bytes[size - 1 - i] = static_cast<char>(number >> (8 * i));
  }
  return bytes;
}

std::uint64_t FromBigEndian(absl::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// As encoders write it, and nothing else: decoders of Abseil forgive much.
std::optional<std::string> StrictBase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) {
    return std::nullopt;
  }
  return bytes;
}

bool IsName(absl::string_view name) {
  return !name.empty() && IsUtf8(name) &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) {
           return c == '+' || absl::ascii_isspace(c) || absl::ascii_iscntrl(c);
         });
}

std::string EncodedKey(KeyKind kind, absl::string_view key) {
  return absl::StrCat(std::string(1, static_cast<char>(kind)), key);
}

std::uint32_t IdOf(absl::string_view name, KeyKind kind, absl::string_view public_key) {
  const std::string hash = daicho::Sha256(absl::StrCat(name, "\n", EncodedKey(kind, public_key)));
  return static_cast<std::uint32_t>(FromBigEndian(absl::string_view(hash).substr(0, kIdBytes)));
}

// "name+hash+key" with the key decoded: its kind and 32 bytes.
struct KeyText {
  std::string name;
  std::uint32_t id = 0;
  KeyKind kind = KeyKind::kLog;
  std::string key;
};

absl::StatusOr<KeyText> ParseKeyText(absl::string_view text) {
  const absl::Status no_key = absl::InvalidArgumentError("not a key: name+hash+key is expected");
  const std::size_t first = text.find('+');
  if (first == absl::string_view::npos) return no_key;
  const std::size_t second = text.find('+', first + 1);
  if (second == absl::string_view::npos || second - first - 1 != 2 * kIdBytes) return no_key;
  const absl::string_view hex = text.substr(first + 1, 2 * kIdBytes);
  if (!std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) return no_key;
  const std::optional<std::string> encoded = StrictBase64(text.substr(second + 1));
  if (!IsName(text.substr(0, first)) || !encoded || encoded->size() != 1 + kKeyBytes) return no_key;
  const auto kind = static_cast<KeyKind>((*encoded)[0]);
  if (kind != KeyKind::kLog && kind != KeyKind::kWitness) {
    return absl::InvalidArgumentError("a key of a kind that is not known here");
  }
  return KeyText{.name = std::string(text.substr(0, first)),
                 .id = static_cast<std::uint32_t>(FromBigEndian(absl::HexStringToBytes(hex))),
                 .kind = kind,
                 .key = encoded->substr(1)};
}

std::string KeyToText(absl::string_view name, std::uint32_t id, KeyKind kind,
                      absl::string_view key) {
  return absl::StrCat(name, "+", absl::Hex(id, absl::kZeroPad8), "+",
                      absl::Base64Escape(EncodedKey(kind, key)));
}

PKey PrivateKey(absl::string_view seed) {
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Data(seed), seed.size()),
          EVP_PKEY_free};
}

std::string PublicKeyOf(absl::string_view seed) {
  const PKey key = PrivateKey(seed);
  std::string bytes(kKeyBytes, '\0');
  std::size_t size = bytes.size();
  EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size);
  return bytes;
}

// What a witness signs: C2SP tlog-cosignature, cosignature/v1.
std::string CosignedMessage(absl::string_view text, std::uint64_t seconds) {
  return absl::StrCat("cosignature/v1\ntime ", seconds, "\n", text);
}

bool Verifies(const VerifierKey& key, absl::string_view message, absl::string_view signature) {
  const PKey pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Data(key.public_key),
                                              key.public_key.size()),
                  EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return pkey != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), Data(signature), signature.size(), Data(message),
                          message.size()) == 1;
}

absl::StatusOr<Signature> ParseSignature(absl::string_view line) {
  const absl::Status malformed = absl::InvalidArgumentError("a signature line is malformed");
  if (!absl::ConsumePrefix(&line, kDash)) return malformed;
  const std::size_t blank = line.find(' ');
  if (blank == absl::string_view::npos || !IsName(line.substr(0, blank))) return malformed;
  const std::optional<std::string> bytes = StrictBase64(line.substr(blank + 1));
  if (!bytes || bytes->size() <= kIdBytes) return malformed;
  return Signature{.name = std::string(line.substr(0, blank)),
                   .key_id = static_cast<std::uint32_t>(FromBigEndian(bytes->substr(0, kIdBytes))),
                   .bytes = bytes->substr(kIdBytes)};
}

bool HasControl(absl::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c != '\n' && (c < 0x20 || c == 0x7F); });
}

}  // namespace

absl::StatusOr<VerifierKey> ParseVerifierKey(absl::string_view text) {
  ASSIGN_OR_RETURN(KeyText key, ParseKeyText(text));
  if (key.id != IdOf(key.name, key.kind, key.key)) {
    return absl::InvalidArgumentError("the key's hash is another key's");
  }
  return VerifierKey{std::move(key.name), key.id, key.kind, std::move(key.key)};
}

absl::StatusOr<SignerKey> ParseSignerKey(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kPrivate)) {
    return absl::InvalidArgumentError("not a private key: it does not begin with PRIVATE+KEY+");
  }
  ASSIGN_OR_RETURN(const KeyText key, ParseKeyText(text));
  ASSIGN_OR_RETURN(SignerKey signer, MakeSignerKey(key.name, key.kind, key.key));
  if (signer.verifier.id == key.id) return signer;
  return absl::InvalidArgumentError("the key's hash is another key's");
}

std::string ToText(const VerifierKey& key) {
  return KeyToText(key.name, key.id, key.kind, key.public_key);
}

std::string ToText(const SignerKey& key) {
  return absl::StrCat(kPrivate,
                      KeyToText(key.verifier.name, key.verifier.id, key.verifier.kind, key.seed));
}

absl::StatusOr<SignerKey> MakeSignerKey(absl::string_view name, KeyKind kind,
                                        absl::string_view seed) {
  if (!IsName(name)) {
    return absl::InvalidArgumentError("a key's name has neither blanks nor \"+\"");
  }
  if (seed.size() != kKeyBytes) return absl::InvalidArgumentError("a key is made of 32 bytes");
  std::string public_key = PublicKeyOf(seed);
  const std::uint32_t id = IdOf(name, kind, public_key);
  return SignerKey{.verifier = {std::string(name), id, kind, std::move(public_key)},
                   .seed = std::string(seed)};
}

absl::StatusOr<KeyRing> ParseKeyRing(absl::string_view text, KeyKind kind) {
  KeyRing ring;
  std::vector<VerifierKey> former;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const bool is_private = absl::StartsWith(line, kPrivate);
    const absl::StatusOr<SignerKey> signer = ParseSignerKey(line);
    const absl::StatusOr<VerifierKey> verifier =
        is_private ? (signer.ok() ? signer->verifier : absl::StatusOr<VerifierKey>(signer.status()))
                   : ParseVerifierKey(line);
    if (!verifier.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", verifier.status().message()));
    }
    const std::string& name = ring.signers.empty() ? verifier->name : ring.signers[0].verifier.name;
    if (verifier->kind != kind || verifier->name != name) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": a key of another kind or name"));
    }
    if (is_private) ring.signers.push_back(*signer);
    if (!is_private) former.push_back(*verifier);
  }
  if (ring.signers.empty()) return absl::InvalidArgumentError("there is no key that signs");
  for (const SignerKey& signer : ring.signers) ring.verifiers.push_back(signer.verifier);
  ring.verifiers.insert(ring.verifiers.end(), former.begin(), former.end());
  return ring;
}

std::string ToText(const KeyRing& ring) {
  std::string text;
  for (const SignerKey& signer : ring.signers) absl::StrAppend(&text, ToText(signer), "\n");
  for (std::size_t i = ring.signers.size(); i < ring.verifiers.size(); ++i) {
    absl::StrAppend(&text, ToText(ring.verifiers[i]), "\n");
  }
  return text;
}

absl::StatusOr<SignedNote> ParseNote(absl::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes) return absl::InvalidArgumentError("the note is too long");
  if (!IsUtf8(bytes) || HasControl(bytes)) {
    return absl::InvalidArgumentError("the note holds what is no text");
  }
  // The text may have empty lines; the last one is before the signatures.
  const std::size_t split = bytes.rfind("\n\n");
  if (split == absl::string_view::npos || split == 0) {
    return absl::InvalidArgumentError("the note has no signatures");
  }
  ASSIGN_OR_RETURN(std::vector<Signature> signatures, ParseSignatures(bytes.substr(split + 2)));
  return SignedNote{.text = std::string(bytes.substr(0, split + 1)),
                    .signatures = std::move(signatures)};
}

absl::StatusOr<std::vector<Signature>> ParseSignatures(absl::string_view lines) {
  std::vector<Signature> signatures;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == absl::string_view::npos) {
      return absl::InvalidArgumentError("the last signature line is cut off");
    }
    if (signatures.size() == kMaxSignatures) {
      return absl::InvalidArgumentError("there are too many signatures");
    }
    ASSIGN_OR_RETURN(Signature signature, ParseSignature(lines.substr(0, end)));
    signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  if (signatures.empty()) return absl::InvalidArgumentError("there are no signatures");
  return signatures;
}

std::string ToText(const Signature& signature) {
  return absl::StrCat(
      kDash, signature.name, " ",
      absl::Base64Escape(absl::StrCat(BigEndian(signature.key_id, kIdBytes), signature.bytes)),
      "\n");
}

std::string ToText(const SignedNote& note) {
  std::string text = absl::StrCat(note.text, "\n");
  for (const Signature& signature : note.signatures) absl::StrAppend(&text, ToText(signature));
  return text;
}

Signature Sign(const SignerKey& key, absl::string_view text, absl::Time now) {
  const auto seconds = static_cast<std::uint64_t>(absl::ToUnixSeconds(now));
  const bool is_witness = key.verifier.kind == KeyKind::kWitness;
  const std::string message = is_witness ? CosignedMessage(text, seconds) : std::string(text);
  std::string bytes(kSignatureBytes, '\0');
  std::size_t size = bytes.size();
  const PKey pkey = PrivateKey(key.seed);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pkey.get());
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size,
                 Data(message), message.size());
  if (is_witness) bytes.insert(0, BigEndian(seconds, kTimeBytes));
  return {.name = key.verifier.name, .key_id = key.verifier.id, .bytes = std::move(bytes)};
}

bool IsSignedBy(const SignedNote& note, const VerifierKey& key) {
  return std::any_of(
      note.signatures.begin(), note.signatures.end(), [&](const Signature& signature) {
        if (signature.name != key.name || signature.key_id != key.id) return false;
        const absl::string_view bytes = signature.bytes;
        if (key.kind == KeyKind::kLog) return Verifies(key, note.text, bytes);
        if (bytes.size() != kTimeBytes + kSignatureBytes) return false;
        const std::uint64_t seconds = FromBigEndian(bytes.substr(0, kTimeBytes));
        return Verifies(key, CosignedMessage(note.text, seconds), bytes.substr(kTimeBytes));
      });
}

}  // namespace daicho::audit::domain
