// What is decoded from CP932 is UTF-8 and is encoded to text that reads the same; what is encoded
// is read as what its losses say.
#include "common/base/refusal.h"
#include "common/base/utf8.h"
#include "common/sheet/cp932.h"
#include "tests/fuzz/check.h"

namespace daicho::sheet {
namespace {

void CheckDecoding(absl::string_view bytes, Cp932Encoder& encoder) {
  const auto text = DecodeCp932(bytes);
  if (!text.ok()) {
    DAICHO_FUZZ_CHECK(ReasonOf(text.status()) == "UNREADABLE_FILE");
    return;
  }
  DAICHO_FUZZ_CHECK(IsUtf8(*text));
  std::vector<Loss> losses;
  DAICHO_FUZZ_CHECK(encoder.Fit(*text, losses) == *text);
  DAICHO_FUZZ_CHECK(losses.empty());
  DAICHO_FUZZ_CHECK(*DecodeCp932(encoder.Encode(*text)) == *text);
}

void CheckEncoding(absl::string_view text, Cp932Encoder& encoder) {
  std::vector<Loss> losses;
  const std::string fitting = encoder.Fit(text, losses);
  DAICHO_FUZZ_CHECK(losses.empty() == (fitting == text));
  const auto again = DecodeCp932(encoder.Encode(text));
  DAICHO_FUZZ_CHECK(again.ok() && *again == fitting);
  for (const Loss& loss : losses) {
    DAICHO_FUZZ_CHECK(loss.written != loss.character && !loss.written.empty());
    DAICHO_FUZZ_CHECK(loss.is_twin || loss.written == "〓");
  }
}

}  // namespace
}  // namespace daicho::sheet

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view bytes = daicho::fuzz::Text(data, size);
  auto encoder = daicho::sheet::Cp932Encoder::Make();
  DAICHO_FUZZ_CHECK(encoder.ok());
  daicho::sheet::CheckDecoding(bytes, *encoder);
  if (daicho::IsUtf8(bytes)) daicho::sheet::CheckEncoding(bytes, *encoder);
  return 0;
}
