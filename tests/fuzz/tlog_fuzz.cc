// What the audit log's files are read with: notes, checkpoints, receipts, questions to witnesses,
// keys, tiles. What is read is written again the same, so that one thing has one form.
#include "services/audit/domain/checkpoint.h"
#include "services/audit/domain/note.h"
#include "services/audit/domain/tile.h"
#include "tests/fuzz/check.h"

namespace {

using namespace daicho::audit::domain;  // NOLINT: one file, one subject.

template <typename T>
void CheckSame(const absl::StatusOr<T>& read, absl::string_view bytes) {
  if (read.ok()) DAICHO_FUZZ_CHECK(ToText(*read) == bytes);
}

void CheckTexts(absl::string_view bytes) {
  CheckSame(ParseNote(bytes), bytes);
  CheckSame(ParseReceipt(bytes), bytes);
  CheckSame(ParseCosignRequest(bytes), bytes);
  const auto key = ParseVerifierKey(bytes);
  if (key.ok()) DAICHO_FUZZ_CHECK(ParseVerifierKey(ToText(*key)).value() == *key);
  const auto ring = ParseKeyRing(bytes, KeyKind::kLog);
  if (ring.ok()) {
    DAICHO_FUZZ_CHECK(ParseKeyRing(ToText(*ring), KeyKind::kLog).value().verifiers ==
                      ring->verifiers);
  }
  const auto checkpoint = ParseCheckpoint(bytes);
  if (checkpoint.ok()) {
    DAICHO_FUZZ_CHECK(ParseCheckpoint(ToText(*checkpoint)).value() == *checkpoint);
  }
}

void CheckFiles(absl::string_view bytes) {
  const auto path = ParseTilePath(bytes);
  if (path) DAICHO_FUZZ_CHECK(PathOf(*path) == bytes);
  const Bundle bundle = ParseBundle(bytes);
  const std::string again = BundleOf({bundle.entries.begin(), bundle.entries.end()});
  DAICHO_FUZZ_CHECK(bytes.substr(0, again.size()) == again);
  DAICHO_FUZZ_CHECK(bundle.whole == (again.size() == bytes.size()));
  const auto width = static_cast<std::int64_t>(bytes.size() / 32);
  if (const auto tile = ParseTile(bytes, width)) DAICHO_FUZZ_CHECK(TileOf(*tile) == bytes);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view bytes = daicho::fuzz::Text(data, size);
  CheckTexts(bytes);
  CheckFiles(bytes);
  return 0;
}
