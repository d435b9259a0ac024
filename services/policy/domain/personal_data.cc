#include "services/policy/domain/personal_data.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace daicho::policy::domain {
namespace {

// Calls `visit(digits)` for every run of digits, those joined by a single hyphen or space too.
// Returns whether one visit did.
template <typename Visit>
bool AnyNumber(absl::string_view text, const Visit& visit) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (absl::ascii_isdigit(text[i])) {
      digits += text[i];
      continue;
    }
    const bool joins = (text[i] == '-' || text[i] == ' ') && !digits.empty() &&
                       i + 1 < text.size() && absl::ascii_isdigit(text[i + 1]);
    if (joins) continue;
    if (!digits.empty() && visit(digits)) return true;
    digits.clear();
  }
  return !digits.empty() && visit(digits);
}

bool IsMobilePhone(const std::string& digits) {
  return digits.size() == 11 &&
         (absl::StartsWith(digits, "070") || absl::StartsWith(digits, "080") ||
          absl::StartsWith(digits, "090"));
}

// The check digit of 個人番号: 平成26年総務省令第85号, article 5.
bool IsMyNumber(const std::string& digits) {
  if (digits.size() != 12) return false;
  int sum = 0;
  for (int n = 1; n <= 11; ++n) {
    sum += (digits[static_cast<std::size_t>(11 - n)] - '0') * (n <= 6 ? n + 1 : n - 5);
  }
  const int rest = sum % 11;
  return digits[11] - '0' == (rest <= 1 ? 0 : 11 - rest);
}

bool HoldsForeignEmail(absl::string_view text, const HostSet& own_hosts) {
  const auto in_name = [](char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_' || c == '+';
  };
  for (std::size_t at = text.find('@'); at != absl::string_view::npos;
       at = text.find('@', at + 1)) {
    if (at == 0 || !in_name(text[at - 1])) continue;
    std::size_t end = at + 1;
    while (end < text.size() &&
           (absl::ascii_isalnum(text[end]) || text[end] == '.' || text[end] == '-')) {
      ++end;
    }
    absl::string_view host = text.substr(at + 1, end - at - 1);
    while (!host.empty() && host.back() == '.') host.remove_suffix(1);
    if (absl::StrContains(host, ".") && Covering(own_hosts, host).empty()) return true;
  }
  return false;
}

}  // namespace

std::string NameOf(PersonalData kind) {
  switch (kind) {
    case PersonalData::kMobilePhone:
      return "mobile number";
    case PersonalData::kMyNumber:
      return "individual number";
    case PersonalData::kEmail:
      return "e-mail address outside the organisation";
  }
  return "";
}

std::string JapaneseNameOf(PersonalData kind) {
  switch (kind) {
    case PersonalData::kMobilePhone:
      return "携帯電話番号";
    case PersonalData::kMyNumber:
      return "個人番号（マイナンバー）";
    case PersonalData::kEmail:
      return "組織外のメールアドレス";
  }
  return "";
}

bool Holds(absl::string_view text, PersonalData kind, const HostSet& own_hosts) {
  switch (kind) {
    case PersonalData::kMobilePhone:
      return AnyNumber(text, IsMobilePhone);
    case PersonalData::kMyNumber:
      return AnyNumber(text, IsMyNumber);
    case PersonalData::kEmail:
      return HoldsForeignEmail(text, own_hosts);
  }
  return false;
}

}  // namespace daicho::policy::domain
