#include "services/cli/table.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace daicho::cli {
namespace {

constexpr absl::string_view kGap = "  ";
constexpr int kGapWidth = 2;
constexpr int kNarrowestColumn = 6;
constexpr UChar32 kZeroWidthJoiner = 0x200D;
constexpr UChar32 kEmojiSelector = 0xFE0F;

// The next code point of `text` from `at` on, which moves behind it; negative when no UTF-8.
UChar32 Next(absl::string_view text, int32_t& at) {
  UChar32 c = 0;
  U8_NEXT(text.data(), at, static_cast<int32_t>(text.size()), c);
  return c;
}

std::string Escaped(UChar32 c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  if (c < 0x100) return absl::StrFormat("\\x%02X", c);
  return c < 0x10000 ? absl::StrFormat("\\u%04X", c) : absl::StrFormat("\\U%08X", c);
}

bool MustBeEscaped(UChar32 c) {
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SURROGATE:
    case U_UNASSIGNED:
      return true;
    default:  // Every other category is a character one can see.
      return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) && c != kEmojiSelector;
  }
}

int WidthOf(UChar32 c) {
  switch (u_charType(c)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
      return 0;
    default:
      break;
  }
  const int jamo = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
  if (jamo == U_HST_VOWEL_JAMO || jamo == U_HST_TRAILING_JAMO) return 0;
  if (u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION)) return 2;
  const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

int WidthOfCluster(const icu::UnicodeString& cluster) {
  int width = 0;
  for (int32_t i = 0; i < cluster.length(); i = cluster.moveIndex32(i, 1)) {
    const UChar32 c = cluster.char32At(i);
    if (c == kEmojiSelector) return 2;
    width += WidthOf(c);
  }
  // Flags, families and syllables are several characters in the room of one.
  return std::min(width, 2);
}

// Calls `visit(cluster, its columns)` for each character as people see it, until it says false.
void ForEachCluster(absl::string_view text,
                    const std::function<bool(const icu::UnicodeString&, int)>& visit) {
  UErrorCode error = U_ZERO_ERROR;
  static thread_local const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), error));
  const auto all = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  if (breaks == nullptr) {
    visit(all, all.countChar32());
    return;
  }
  breaks->setText(all);
  int32_t start = breaks->first();
  for (int32_t end = breaks->next(); end != icu::BreakIterator::DONE; end = breaks->next()) {
    const icu::UnicodeString cluster(all, start, end - start);
    if (!visit(cluster, WidthOfCluster(cluster))) return;
    start = end;
  }
}

bool IsPlainAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isprint(c); });
}

// Takes columns from the widest ones until the table fits.
void Shrink(std::vector<int>& widths, int width) {
  const int gaps = kGapWidth * (static_cast<int>(widths.size()) - 1);
  int total = std::accumulate(widths.begin(), widths.end(), gaps);
  while (total > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowestColumn) return;
    --*widest;
    --total;
  }
}

void AppendRow(const std::vector<std::string>& cells, const std::vector<int>& widths,
               std::string* out) {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string cell = CutToWidth(i < cells.size() ? cells[i] : "", widths[i]);
    absl::StrAppend(&line, i == 0 ? "" : kGap, cell,
                    std::string(static_cast<std::size_t>(widths[i] - DisplayWidth(cell)), ' '));
  }
  absl::StrAppend(out, absl::StripTrailingAsciiWhitespace(line), "\n");
}

}  // namespace

std::string Printable(absl::string_view text) {
  if (IsPlainAscii(text)) return std::string(text);
  std::string out;
  UChar32 before = 0;
  for (int32_t at = 0; at < static_cast<int32_t>(text.size());) {
    const int32_t start = at;
    const UChar32 c = Next(text, at);
    const absl::string_view bytes = text.substr(start, at - start);
    if (c < 0) {
      for (const char byte : bytes) {
        absl::StrAppend(&out, absl::StrFormat("\\x%02X", static_cast<std::uint8_t>(byte)));
      }
    } else if (MustBeEscaped(c) &&
               !(c == kZeroWidthJoiner && before > 0xFF &&
                 (before == kEmojiSelector || u_hasBinaryProperty(before, UCHAR_EMOJI)))) {
      absl::StrAppend(&out, Escaped(c));
    } else {
      absl::StrAppend(&out, bytes);
    }
    before = c;
  }
  return out;
}

int DisplayWidth(absl::string_view text) {
  if (IsPlainAscii(text)) return static_cast<int>(text.size());
  int width = 0;
  ForEachCluster(text, [&width](const icu::UnicodeString&, int columns) {
    width += columns;
    return true;
  });
  return width;
}

std::string CutToWidth(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string out;
  int used = 1;  // The "…".
  ForEachCluster(text, [&](const icu::UnicodeString& cluster, int columns) {
    used += columns;
    if (used <= width) cluster.toUTF8String(out);
    return used <= width;
  });
  return absl::StrCat(out, "…");
}

std::string Render(const Table& table, int width) {
  std::vector<std::vector<std::string>> lines = {table.headings};
  for (const auto& row : table.rows) {
    lines.emplace_back();
    for (const std::string& cell : row) lines.back().push_back(Printable(cell));
  }
  std::vector<int> widths(table.headings.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < std::min(line.size(), widths.size()); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(line[i]));
    }
  }
  if (width > 0) Shrink(widths, width);
  std::string out;
  for (const auto& line : lines) AppendRow(line, widths, &out);
  return out;
}

std::string Render(const Details& details) {
  int label_width = 0;
  for (const auto& [label, value] : details) {
    label_width = std::max(label_width, DisplayWidth(label));
  }
  std::string out;
  for (const auto& [label, value] : details) {
    std::string head = absl::StrCat(
        label, std::string(static_cast<std::size_t>(label_width - DisplayWidth(label)), ' '), kGap);
    for (const absl::string_view line : absl::StrSplit(value, '\n')) {
      const std::string whole = absl::StrCat(head, Printable(line));
      absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(whole), "\n");
      head = std::string(static_cast<std::size_t>(label_width + kGapWidth), ' ');
    }
  }
  return out;
}

}  // namespace daicho::cli
