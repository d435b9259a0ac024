#include "services/audit/domain/checkpoint.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"

namespace daicho::audit::domain {
namespace {

constexpr absl::string_view kReceiptVersion = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kMaxProofHashes = 63;
constexpr std::size_t kMaxExtraBytes = 1 << 20;

// Takes lines off the front of a text.
class Lines {
 public:
  explicit Lines(absl::string_view text) : rest_(text) {}

  // The next line without its end; nullopt when no ended line is left.
  std::optional<absl::string_view> Next() {
    const std::size_t end = rest_.find('\n');
    if (end == absl::string_view::npos) return std::nullopt;
    const absl::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }

  absl::string_view rest() const { return rest_; }

 private:
  absl::string_view rest_;
};

std::optional<std::int64_t> ParseNumber(absl::string_view text) {
  std::int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 0 || absl::StrCat(number) != text) {
    return std::nullopt;
  }
  return number;
}

// "word 123".
std::optional<std::int64_t> ParseNumberAfter(absl::string_view word,
                                             std::optional<absl::string_view> line) {
  if (!line || !absl::ConsumePrefix(&*line, word) || !absl::ConsumePrefix(&*line, " ")) {
    return std::nullopt;
  }
  return ParseNumber(*line);
}

std::string HashToText(const Hash& hash) { return absl::Base64Escape(BytesOf(hash)); }

std::optional<Hash> ParseHash(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) {
    return std::nullopt;
  }
  return HashFromBytes(bytes);
}

// Hashes, one a line, up to an empty line.
absl::StatusOr<std::vector<Hash>> ParseProof(Lines& lines) {
  std::vector<Hash> proof;
  while (true) {
    const auto line = lines.Next();
    if (!line) return absl::InvalidArgumentError("no empty line ends the proof");
    if (line->empty()) return proof;
    const std::optional<Hash> hash = ParseHash(*line);
    if (!hash || proof.size() == kMaxProofHashes) {
      return absl::InvalidArgumentError("the proof is malformed");
    }
    proof.push_back(*hash);
  }
}

std::string ProofToText(const std::vector<Hash>& proof) {
  std::string text;
  for (const Hash& hash : proof) absl::StrAppend(&text, HashToText(hash), "\n");
  return absl::StrCat(text, "\n");
}

}  // namespace

std::string ToText(const Checkpoint& checkpoint) {
  return absl::StrCat(checkpoint.origin, "\n", checkpoint.tree.size, "\n",
                      HashToText(checkpoint.tree.root), "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text) {
  Lines lines(text);
  const auto origin = lines.Next();
  const auto size = lines.Next();
  const auto root = lines.Next();
  if (!origin || origin->empty() || !size || !root) {
    return absl::InvalidArgumentError("a checkpoint has three lines: origin, size, root");
  }
  const auto number = ParseNumber(*size);
  const auto hash = ParseHash(*root);
  if (!number || !hash) {
    return absl::InvalidArgumentError("the checkpoint's size or root is malformed");
  }
  return Checkpoint{.origin = std::string(*origin), .tree = {.size = *number, .root = *hash}};
}

absl::StatusOr<SignedCheckpoint> OpenCheckpoint(absl::string_view bytes,
                                                const std::vector<VerifierKey>& keys) {
  ASSIGN_OR_RETURN(SignedNote note, ParseNote(bytes));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(note.text));
  const bool known = std::any_of(keys.begin(), keys.end(), [&](const VerifierKey& key) {
    return key.kind == KeyKind::kLog && key.name == checkpoint.origin && IsSignedBy(note, key);
  });
  if (known) return SignedCheckpoint{std::move(checkpoint), std::move(note)};
  return absl::InvalidArgumentError("the checkpoint is not signed by a key that is trusted");
}

int CountCosigners(const SignedNote& note, const std::vector<VerifierKey>& witnesses) {
  return static_cast<int>(
      std::count_if(witnesses.begin(), witnesses.end(),
                    [&](const VerifierKey& key) { return IsSignedBy(note, key); }));
}

std::string ToText(const CosignRequest& request) {
  return absl::StrCat("old ", request.old_size, "\n", ProofToText(request.proof), request.note);
}

absl::StatusOr<CosignRequest> ParseCosignRequest(absl::string_view bytes) {
  Lines lines(bytes);
  const auto old_size = ParseNumberAfter("old", lines.Next());
  if (!old_size) return absl::InvalidArgumentError("the first line is not \"old SIZE\"");
  ASSIGN_OR_RETURN(std::vector<Hash> proof, ParseProof(lines));
  return CosignRequest{
      .old_size = *old_size, .proof = std::move(proof), .note = std::string(lines.rest())};
}

std::string ToText(const Receipt& receipt) {
  std::string text = absl::StrCat(kReceiptVersion, "\n");
  if (!receipt.extra.empty()) {
    absl::StrAppend(&text, "extra ", absl::Base64Escape(receipt.extra), "\n");
  }
  return absl::StrCat(text, "index ", receipt.index, "\n", ProofToText(receipt.proof),
                      receipt.note);
}

absl::StatusOr<Receipt> ParseReceipt(absl::string_view bytes) {
  Lines lines(bytes);
  if (lines.Next() != kReceiptVersion) {
    return absl::InvalidArgumentError("the first line is not c2sp.org/tlog-proof@v1");
  }
  Receipt receipt;
  auto line = lines.Next();
  if (line && absl::ConsumePrefix(&*line, "extra ")) {
    if (!absl::Base64Unescape(*line, &receipt.extra) || receipt.extra.empty() ||
        receipt.extra.size() > kMaxExtraBytes || absl::Base64Escape(receipt.extra) != *line) {
      return absl::InvalidArgumentError("the extra data is malformed");
    }
    line = lines.Next();
  }
  const auto index = ParseNumberAfter("index", line);
  if (!index) return absl::InvalidArgumentError("there is no line \"index NUMBER\"");
  receipt.index = *index;
  ASSIGN_OR_RETURN(receipt.proof, ParseProof(lines));
  receipt.note = std::string(lines.rest());
  return receipt;
}

}  // namespace daicho::audit::domain
