// Whatever text holds, a host that a plain URL leads to is among those found in it.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "services/policy/domain/hosts.h"
#include "services/policy/domain/text.h"
#include "tests/fuzz/check.h"

namespace domain = daicho::policy::domain;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view text = daicho::fuzz::Text(data, size);
  domain::IsBlank(text);
  DAICHO_FUZZ_CHECK(domain::CharacterCount(text) <= text.size());
  const std::vector<std::string> hosts = domain::HostsIn(text);
  for (const std::string& host : hosts) {
    DAICHO_FUZZ_CHECK(host == absl::AsciiStrToLower(host));
    DAICHO_FUZZ_CHECK(host.find('.') != std::string::npos);
  }
  const auto host = domain::HostOfUrl(text, {"https"});
  if (!host) return 0;
  const std::size_t dot = host->rfind('.');
  if (dot == std::string::npos || !absl::ascii_isalpha((*host)[dot + 1])) return 0;
  DAICHO_FUZZ_CHECK(std::find(hosts.begin(), hosts.end(), *host) != hosts.end());
  return 0;
}
