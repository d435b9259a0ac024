#include "services/policy/domain/hosts.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "services/policy/domain/text.h"

namespace daicho::policy::domain {
namespace {

// U+3002, a sentence's end in Japanese, which browsers read as a dot within a host.
constexpr absl::string_view kIdeographicDot = "\xe3\x80\x82";

bool IsHostCharacter(char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_'; }

// Whether `c` belongs to a path in running text. Commas and brackets may, but there they more
// often end the URL.
bool IsPathCharacter(char c) {
  return absl::ascii_isgraph(c) && !absl::StrContains("?#,;()[]{}<>\"'|\\", c);
}

absl::string_view WithoutOuterPunctuation(absl::string_view run) {
  while (!run.empty() && !absl::ascii_isalnum(run.front())) run.remove_prefix(1);
  while (!run.empty() && !absl::ascii_isalnum(run.back())) run.remove_suffix(1);
  return run;
}

// "example.jp" but not "8.4", so that a number before a slash does not hide what comes after.
bool LooksLikeHost(absl::string_view run) {
  const std::size_t dot = run.rfind('.');
  return dot != absl::string_view::npos && absl::ascii_isalpha(run[dot + 1]);
}

// Where the path that begins at `i` ends. "//" in a path may begin another URL.
std::size_t AfterPath(absl::string_view text, std::size_t i) {
  while (i < text.size() && IsPathCharacter(text[i]) && !absl::StartsWith(text.substr(i), "//")) {
    ++i;
  }
  return i;
}

void AddHosts(absl::string_view text, std::vector<std::string>* hosts) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    while (i < text.size() && IsHostCharacter(text[i])) ++i;
    if (i == begin) {
      ++i;
      continue;
    }
    const absl::string_view run = WithoutOuterPunctuation(text.substr(begin, i - begin));
    if (!LooksLikeHost(run)) continue;
    hosts->emplace_back(run);
    if (i < text.size() && text[i] == '/') i = AfterPath(text, i);
  }
}

std::string PercentDecoded(absl::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
        absl::ascii_isxdigit(text[i + 2])) {
      out += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool IsPlainHost(absl::string_view host) {
  for (const absl::string_view label : absl::StrSplit(host, '.')) {
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    for (const char c : label) {
      if (!absl::ascii_isalnum(c) && c != '-') return false;
    }
  }
  return true;
}

}  // namespace

absl::string_view Covering(const HostSet& hosts, absl::string_view host) {
  while (true) {
    if (const auto found = hosts.find(host); found != hosts.end()) return *found;
    const std::size_t dot = host.find('.');
    if (dot == absl::string_view::npos) return {};
    host.remove_prefix(dot + 1);
  }
}

std::vector<std::string> HostsIn(absl::string_view text) {
  std::vector<std::string> hosts;
  const std::string folded = Fold(text);
  AddHosts(folded, &hosts);
  if (absl::StrContains(folded, kIdeographicDot)) {
    AddHosts(absl::StrReplaceAll(folded, {{kIdeographicDot, "."}}), &hosts);
  }
  if (absl::StrContains(folded, '%')) AddHosts(Fold(PercentDecoded(folded)), &hosts);
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  return hosts;
}

std::optional<std::string> HostOfUrl(absl::string_view url,
                                     const std::vector<std::string>& schemes) {
  for (const char c : url) {
    if (absl::ascii_iscntrl(c) || absl::ascii_isspace(c) || c == '\\') return std::nullopt;
  }
  const std::size_t colon = url.find("://");
  if (colon == absl::string_view::npos) return std::nullopt;
  const std::string scheme = absl::AsciiStrToLower(url.substr(0, colon));
  if (std::find(schemes.begin(), schemes.end(), scheme) == schemes.end()) return std::nullopt;
  const absl::string_view rest = url.substr(colon + 3);
  std::string host = absl::AsciiStrToLower(rest.substr(0, rest.find_first_of("/?#")));
  if (!IsPlainHost(host)) return std::nullopt;
  return host;
}

}  // namespace daicho::policy::domain
