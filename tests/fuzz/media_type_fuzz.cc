// The bytes as a file that somebody puts on a form, in pieces as the database has them: every
// answer is one of the five types, or a refusal with a reason in both languages.
#include <set>
#include <string>

#include "common/base/refusal.h"
#include "services/approval/attachment_content.h"
#include "tests/fuzz/check.h"

namespace daicho::approval {
namespace {

absl::StatusOr<std::string> TypeOf(absl::string_view bytes, std::size_t block_bytes) {
  return MediaTypeOf({.size_bytes = static_cast<std::int64_t>(bytes.size()),
                      .block_bytes = block_bytes,
                      .read_block = [=](int position) -> absl::StatusOr<std::string> {
                        const std::size_t begin = static_cast<std::size_t>(position) * block_bytes;
                        DAICHO_FUZZ_CHECK(position >= 0 && begin < bytes.size());
                        return std::string(bytes.substr(begin, block_bytes));
                      }});
}

void Check(absl::string_view bytes) {
  static const auto* const types = new std::set<std::string>{
      "application/pdf", "image/png", "image/jpeg",
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"};
  static const auto* const reasons = new std::set<std::string>{
      "TYPE_NOT_ACCEPTED",    "ATTACHMENT_TRUNCATED",  "ATTACHMENT_DAMAGED",
      "ATTACHMENT_ENCRYPTED", "ATTACHMENT_HAS_MACROS", "UNPACKS_TOO_LARGE"};
  for (const std::size_t block_bytes : {std::size_t{256} << 10, std::size_t{1000}}) {
    const auto type = TypeOf(bytes, block_bytes);
    if (type.ok()) {
      DAICHO_FUZZ_CHECK(types->count(*type) == 1);
      continue;
    }
    DAICHO_FUZZ_CHECK(reasons->count(ReasonOf(type.status())) == 1);
    DAICHO_FUZZ_CHECK(!JapaneseOf(type.status()).empty());
  }
}

}  // namespace
}  // namespace daicho::approval

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) daicho::approval::Check(daicho::fuzz::Text(data, size));
  return 0;
}
