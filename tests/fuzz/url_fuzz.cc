// A URL that is taken has one identity, and its canonical form the same one.
#include "services/registry/domain/canonical_url.h"
#include "services/registry/platforms.h"
#include "tests/fuzz/check.h"

namespace domain = daicho::registry::domain;

namespace {

const domain::PlatformTable& Platforms() {
  static const auto& platforms = *new absl::StatusOr<domain::PlatformTable>(
      daicho::registry::wire::LoadPlatforms("services/registry/platforms"));
  if (!platforms.ok()) {
    std::cerr << platforms.status() << ": run from the top of the tree\n";
    std::exit(2);
  }
  return *platforms;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto canonical = domain::Canonicalize(Platforms(), daicho::fuzz::Text(data, size));
  if (!canonical.ok()) {
    DAICHO_FUZZ_CHECK(domain::UrlProblemOf(canonical.status()).has_value());
    return 0;
  }
  DAICHO_FUZZ_CHECK(canonical->url.size() <= domain::kMaxUrlBytes);
  const auto again = domain::Canonicalize(Platforms(), canonical->url);
  DAICHO_FUZZ_CHECK(again.ok());
  DAICHO_FUZZ_CHECK(*again == *canonical);
  return 0;
}
