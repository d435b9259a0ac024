#include "services/registry/domain/url_parts.h"

#include <curl/curl.h>
#include <unicode/idna.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/canonical_url.h"
#include "services/registry/domain/text.h"

namespace daicho::registry::domain {
namespace {

constexpr absl::string_view kHex = "0123456789ABCDEF";

// One bit for each ASCII character of a set, so that asking is quick.
class CharacterSet {
 public:
  constexpr explicit CharacterSet(const char* characters) : has_{} {
    for (; *characters != '\0'; ++characters) has_[static_cast<unsigned char>(*characters)] = true;
  }
  constexpr bool Has(char c) const { return has_[static_cast<unsigned char>(c)]; }

 private:
  bool has_[256];
};

constexpr CharacterSet kUnreserved(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");
// Besides, what may stand as it is in a path or query of a canonical URL.
constexpr CharacterSet kPunctuation("!$'()*+,;:@=/");

bool IsUnreserved(char c) { return kUnreserved.Has(c); }
bool StandsPlain(char c) { return kUnreserved.Has(c) || kPunctuation.Has(c); }

void AppendEscaped(char c, std::string& out) {
  const auto byte = static_cast<unsigned char>(c);
  out.push_back('%');
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

std::optional<char> EscapedByte(absl::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return std::nullopt;
  const auto high = static_cast<unsigned char>(text[at + 1]);
  const auto low = static_cast<unsigned char>(text[at + 2]);
  if (!absl::ascii_isxdigit(high) || !absl::ascii_isxdigit(low)) return std::nullopt;
  const auto value = [](unsigned char digit) { return kHex.find(absl::ascii_toupper(digit)); };
  return static_cast<char>(value(high) * 16 + value(low));
}

// One way to write the same bytes. nullopt for a "%" that escapes nothing, and for controls.
std::optional<std::string> NormalizeEscapes(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      StandsPlain(text[at]) || text[at] == '&' || text[at] == '?' ? out.push_back(text[at])
                                                                  : AppendEscaped(text[at], out);
      continue;
    }
    const std::optional<char> byte = EscapedByte(text, at);
    if (!byte || absl::ascii_iscntrl(static_cast<unsigned char>(*byte))) return std::nullopt;
    IsUnreserved(*byte) ? out.push_back(*byte) : AppendEscaped(*byte, out);
    at += 2;
  }
  return out;
}

absl::Status RefuseUrl(UrlProblem problem) {
  return Refuse(absl::StatusCode::kInvalidArgument, ToText(problem), MessageOf(problem));
}

// What a browser takes for the authority of `input`: after the scheme and any slashes, up to the
// first delimiter. Full-width delimiters delimit nothing there, so that in
// "https://x.com／name？@evil.example/" a browser sees user-info and goes to evil.example.
absl::string_view BrowserAuthority(absl::string_view input) {
  for (const absl::string_view scheme : {"https:", "http:"}) {
    if (absl::StartsWithIgnoreCase(input, scheme)) {
      input.remove_prefix(scheme.size());
      break;
    }
  }
  const std::size_t begin = std::min(input.find_first_not_of('/'), input.size());
  input.remove_prefix(begin);
  return input.substr(0, input.find_first_of("/?#\\"));
}

constexpr char32_t kFullWidthBackslash = 0xFF3C;

// Full-width forms of ASCII, which Japanese keyboards produce.
bool IsFullWidth(char32_t point) { return point >= 0xFF01 && point <= 0xFF5E; }

std::string ToUtf8(char32_t point) {
  std::string out;
  icu::UnicodeString(static_cast<UChar32>(point)).toUTF8String(out);
  return out;
}

// Whether normalising `point` would put a character with a meaning into the URL: "℀" is "a/c".
bool TurnsIntoDelimiter(char32_t point) {
  if (point < 0x80 || IsFullWidth(point)) return false;
  return Nfkc(ToUtf8(point)).find_first_of("/?#@:\\%.&=+[]<>\" ") != std::string::npos;
}

// The input as readable, normalised text, or why it cannot be trusted to be what it looks like.
absl::StatusOr<std::string> Tidy(absl::string_view input) {
  if (input.size() > kMaxUrlBytes) return RefuseUrl(UrlProblem::kTooLong);
  const absl::string_view text = TrimCopied(input);
  const std::optional<std::vector<char32_t>> points = CodePoints(text);
  if (!points || points->empty()) return RefuseUrl(UrlProblem::kMalformedUrl);
  for (const char32_t point : *points) {
    if (IsSpaceOrControl(point) || point == 0xFFFD) return RefuseUrl(UrlProblem::kMalformedUrl);
    if (IsInvisible(point) || TurnsIntoDelimiter(point) || point == '\\' ||
        point == kFullWidthBackslash) {
      return RefuseUrl(UrlProblem::kDeceptiveUrl);
    }
  }
  const std::string normal = Nfkc(text);
  if (normal[0] == '@') return RefuseUrl(UrlProblem::kMalformedUrl);  // A handle, not a URL.
  if (absl::StrContains(BrowserAuthority(text), '@')) return RefuseUrl(UrlProblem::kDeceptiveUrl);
  return normal;
}

// With its scheme: people leave it out, or write "//x.com/…".
absl::StatusOr<std::string> WithScheme(const std::string& text) {
  const std::size_t end = text.find("://");
  if (end != std::string::npos && end < text.find_first_of("/?#")) {
    const std::string scheme = FoldAscii(text.substr(0, end));
    if (scheme != "https" && scheme != "http") return RefuseUrl(UrlProblem::kMalformedUrl);
    return text;
  }
  return absl::StrCat("https://", absl::StripPrefix(text, "//"));
}

bool IsHostLabel(absl::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
                  absl::ascii_islower(static_cast<unsigned char>(c)) || c == '-' || c == '_';
         });
}

// Browsers take a host whose last label is a number for an IPv4 address.
bool IsNumber(absl::string_view label) {
  if (absl::ConsumePrefix(&label, "0x")) {
    return std::all_of(label.begin(), label.end(), absl::ascii_isxdigit);
  }
  return std::all_of(label.begin(), label.end(), absl::ascii_isdigit);
}

// UTS 46, so that a host in any writing is compared as DNS would.
absl::StatusOr<std::string> ToAsciiHost(const std::string& written) {
  const std::string host = FoldAscii(written);
  if (IsAscii(host) && !absl::StrContains(host, "xn--")) return host;
  UErrorCode error = U_ZERO_ERROR;
  static const icu::IDNA* const idna = icu::IDNA::createUTS46Instance(
      UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, error);
  if (U_FAILURE(error) || idna == nullptr) return absl::InternalError("UTS 46 data is missing");
  icu::IDNAInfo info;
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  idna->nameToASCII_UTF8(host, sink, info, error);
  if (U_FAILURE(error) || info.hasErrors()) return RefuseUrl(UrlProblem::kMalformedUrl);
  return FoldAscii(ascii);
}

absl::StatusOr<std::string> CheckedHost(const std::string& written) {
  if (absl::StrContains(written, '[')) return RefuseUrl(UrlProblem::kHostNotAllowed);
  ASSIGN_OR_RETURN(std::string host, ToAsciiHost(written));
  if (absl::EndsWith(host, ".")) host.pop_back();
  const std::vector<absl::string_view> labels = absl::StrSplit(host, '.');
  if (host.size() > 253 || !std::all_of(labels.begin(), labels.end(), IsHostLabel)) {
    return RefuseUrl(UrlProblem::kMalformedUrl);
  }
  if (labels.size() < 2 || IsNumber(labels.back())) return RefuseUrl(UrlProblem::kHostNotAllowed);
  return host;
}

using CurlUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// One part as written; empty when there is none.
std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string result(text);
  curl_free(text);
  return result;
}

absl::Status CheckPort(const std::string& scheme, const std::string& port) {
  const bool usual = port.empty() || port == (scheme == "https" ? "443" : "80");
  return usual ? absl::OkStatus() : RefuseUrl(UrlProblem::kHostNotAllowed);
}

bool HasDotSegment(absl::string_view path) {
  for (const absl::string_view segment : absl::StrSplit(path, '/')) {
    if (segment == "." || segment == "..") return true;
  }
  return false;
}

// Name and value of each parameter, escapes normalised; nullopt when one cannot be read.
std::optional<std::vector<std::pair<std::string, std::string>>> Parameters(
    absl::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const absl::string_view parameter : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> split =
        absl::StrSplit(parameter, absl::MaxSplits('=', 1));
    const std::optional<std::string> name = NormalizeEscapes(split.first);
    const std::optional<std::string> value = NormalizeEscapes(split.second);
    if (!name || !value) return std::nullopt;
    if (name->empty() && value->empty()) continue;
    parameters.emplace_back(*name, *value);
  }
  return parameters;
}

bool IsPlainHost(absl::string_view host) {
  if (absl::StrContains(host, "xn--") || !absl::StrContains(host, '.')) return false;
  absl::string_view last;
  for (const absl::string_view label : absl::StrSplit(host, '.')) {
    if (!IsHostLabel(label)) return false;
    last = label;
  }
  return host.size() <= 253 && !IsNumber(last);
}

// Most addresses are plain: a host, and a path of characters with one meaning. What follows below
// for all others comes to the same, and takes ten times as long. nullopt for any other.
std::optional<UrlParts> PlainParts(absl::string_view input) {
  if (input.size() > kMaxUrlBytes) return std::nullopt;
  if (!absl::ConsumePrefix(&input, "https://")) absl::ConsumePrefix(&input, "http://");
  const std::size_t slash = std::min(input.find('/'), input.size());
  const absl::string_view path = input.substr(slash);
  const bool plain_path = std::all_of(
      path.begin(), path.end(), [](char c) { return IsUnreserved(c) || c == '@' || c == '/'; });
  if (!plain_path || absl::StrContains(path, "/.") || !IsPlainHost(input.substr(0, slash))) {
    return std::nullopt;
  }
  return UrlParts{.host = std::string(input.substr(0, slash)),
                  .path = path.empty() ? "/" : std::string(path)};
}

}  // namespace

absl::StatusOr<UrlParts> ParseUrl(absl::string_view input) {
  if (std::optional<UrlParts> plain = PlainParts(input)) return *std::move(plain);
  ASSIGN_OR_RETURN(const std::string text, Tidy(input));
  ASSIGN_OR_RETURN(const std::string address, WithScheme(text));
  // libcurl undoes escapes in hosts ("x%2ecom") and so must not see any.
  if (BrowserAuthority(address).find_first_of("@%") != absl::string_view::npos) {
    return RefuseUrl(UrlProblem::kDeceptiveUrl);
  }

  const CurlUrl url(curl_url(), &curl_url_cleanup);
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, address.c_str(),
                                      CURLU_DISALLOW_USER | CURLU_PATH_AS_IS);
  if (code != CURLUE_OK) return RefuseUrl(UrlProblem::kMalformedUrl);
  RETURN_IF_ERROR(CheckPort(Part(url.get(), CURLUPART_SCHEME), Part(url.get(), CURLUPART_PORT)));

  UrlParts parts;
  ASSIGN_OR_RETURN(parts.host, CheckedHost(Part(url.get(), CURLUPART_HOST)));
  const std::optional<std::string> path = NormalizeEscapes(Part(url.get(), CURLUPART_PATH));
  const auto query = Parameters(Part(url.get(), CURLUPART_QUERY));
  const std::optional<std::string> fragment = NormalizeEscapes(Part(url.get(), CURLUPART_FRAGMENT));
  if (!path || !query || !fragment || HasDotSegment(*path)) {
    return RefuseUrl(UrlProblem::kMalformedUrl);
  }
  parts.path = path->empty() ? "/" : *path;
  parts.query = *query;
  parts.fragment = *fragment;
  return parts;
}

std::optional<std::string> Unescape(absl::string_view escaped) {
  if (!absl::StrContains(escaped, '%')) return std::string(escaped);
  std::string bytes;
  bytes.reserve(escaped.size());
  for (std::size_t at = 0; at < escaped.size(); ++at) {
    if (escaped[at] != '%') {
      bytes.push_back(escaped[at]);
      continue;
    }
    const std::optional<char> byte = EscapedByte(escaped, at);
    if (!byte || *byte == '/') return std::nullopt;
    bytes.push_back(*byte);
    at += 2;
  }
  const std::optional<std::vector<char32_t>> points = CodePoints(bytes);
  if (!points) return std::nullopt;
  for (const char32_t point : *points) {
    if (IsSpaceOrControl(point) || IsInvisible(point) || TurnsIntoDelimiter(point)) {
      return std::nullopt;
    }
  }
  std::string text = Nfkc(bytes);
  const bool same_segments =
      std::count(text.begin(), text.end(), '/') == std::count(bytes.begin(), bytes.end(), '/');
  if (!same_segments || text.find_first_of("%#?\\") != std::string::npos) return std::nullopt;
  return text;
}

std::string Escape(absl::string_view text) {
  const auto stands = [](char c) { return StandsPlain(c) && c != '/'; };
  if (std::all_of(text.begin(), text.end(), stands)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) stands(c) ? out.push_back(c) : AppendEscaped(c, out);
  return out;
}

}  // namespace daicho::registry::domain
