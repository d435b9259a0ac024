#include "common/sheet/address.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace daicho::sheet {

std::string ToText(const Address& address) {
  std::string letters;
  for (int rest = address.column; rest > 0; rest = (rest - 1) / 26) {
    letters.push_back(static_cast<char>('A' + (rest - 1) % 26));
  }
  std::reverse(letters.begin(), letters.end());
  return absl::StrCat(letters, address.row);
}

std::optional<Address> ParseAddress(absl::string_view text) {
  Address address;
  while (!text.empty() && absl::ascii_isupper(text.front())) {
    address.column = address.column * 26 + (text.front() - 'A' + 1);
    if (address.column > kMostColumns) return std::nullopt;
    text.remove_prefix(1);
  }
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  if (address.column == 0 || !digits || !absl::SimpleAtoi(text, &address.row)) return std::nullopt;
  if (address.row < 1 || address.row > kMostRows) return std::nullopt;
  return address;
}

std::optional<Range> ParseRange(absl::string_view text) {
  const std::size_t colon = text.find(':');
  const auto first = ParseAddress(text.substr(0, colon));
  const auto last = colon == text.npos ? first : ParseAddress(text.substr(colon + 1));
  if (!first || !last || last->column < first->column || last->row < first->row) {
    return std::nullopt;
  }
  return Range{*first, *last};
}

}  // namespace daicho::sheet
