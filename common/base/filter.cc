#include "common/base/filter.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"

namespace daicho {
namespace {

constexpr char kEnd = '\0';
constexpr char kLetter = 'a';  // Stands for every character without a meaning of its own.
constexpr absl::string_view kSigns = "()=<>!:\"";
constexpr std::size_t kLongestOrderBy = 500;

// What the character at the front of `text` means, and how many bytes it has.
struct Sign {
  char meaning = kEnd;
  std::size_t bytes = 0;
};

Sign Front(absl::string_view text) {
  if (text.empty()) return {};
  const char first = text[0];
  const std::size_t bytes = std::max<std::size_t>(1, CharacterLength(text));
  if (bytes == 1) {
    if (absl::ascii_isspace(static_cast<unsigned char>(first))) return {' ', 1};
    return {first == kEnd ? kLetter : first, 1};
  }
  if (absl::StartsWith(text, "\xE3\x80\x80")) return {' ', 3};  // U+3000
  // U+FF01 to U+FF3F are the full-width forms of ! to _.
  if (absl::StartsWith(text, "\xEF\xBC") && bytes == 3) {
    const char plain = static_cast<char>(static_cast<unsigned char>(text[2]) - 0x80 + 0x20);
    if (kSigns.find(plain) != absl::string_view::npos) return {plain, 3};
  }
  return {kLetter, bytes};
}

bool EndsValue(char meaning) {
  return meaning == kEnd || meaning == ' ' || meaning == '(' || meaning == ')';
}

class Parser {
 public:
  explicit Parser(absl::string_view text) : rest_(text) {}

  absl::StatusOr<std::optional<FilterNode>> Run() {
    SkipSpace();
    if (Peek() == kEnd) return std::nullopt;
    ASSIGN_OR_RETURN(FilterNode node, Expression(0));
    if (Peek() != kEnd) {
      return RefuseFilter(position_, "SYNTAX", "This \")\" closes nothing; remove it.",
                          "この「)」に対応する「(」がありません。削除してください。");
    }
    return std::optional<FilterNode>(std::move(node));
  }

 private:
  char Peek() const { return Front(rest_).meaning; }

  void Advance() {
    rest_.remove_prefix(Front(rest_).bytes);
    ++position_;
  }

  void SkipSpace() {
    while (Peek() == ' ') Advance();
  }

  bool AtKeyword(absl::string_view word) const {
    return absl::StartsWith(rest_, word) && (EndsValue(Front(rest_.substr(word.size())).meaning) ||
                                             Front(rest_.substr(word.size())).meaning == '"');
  }

  bool Consume(absl::string_view word) {
    if (!AtKeyword(word)) return false;
    for (std::size_t i = 0; i < word.size(); ++i) Advance();
    SkipSpace();
    return true;
  }

  static FilterNode Join(FilterNode::Kind kind, std::vector<FilterNode> parts) {
    if (parts.size() == 1) return std::move(parts[0]);
    FilterNode node;
    node.kind = kind;
    node.children = std::move(parts);
    return node;
  }

  // Factors next to each other, or with AND between them.
  absl::StatusOr<FilterNode> Expression(int depth) {
    std::vector<FilterNode> parts;
    do {
      do {
        ASSIGN_OR_RETURN(parts.emplace_back(), Factor(depth));
      } while (Peek() != kEnd && Peek() != ')' && !AtKeyword("AND"));
    } while (Consume("AND"));
    return Join(FilterNode::Kind::kAnd, std::move(parts));
  }

  absl::StatusOr<FilterNode> Factor(int depth) {
    std::vector<FilterNode> parts;
    do {
      ASSIGN_OR_RETURN(parts.emplace_back(), Term(depth));
    } while (Consume("OR"));
    return Join(FilterNode::Kind::kOr, std::move(parts));
  }

  absl::StatusOr<FilterNode> Term(int depth) {
    const char next = rest_.empty() ? kEnd : Front(rest_.substr(1)).meaning;
    const bool minus = Peek() == '-' && next != kEnd && next != ' ' && next != ')';
    if (minus) Advance();
    const bool negated = minus || Consume("NOT");
    ASSIGN_OR_RETURN(FilterNode node, Simple(depth));
    SkipSpace();
    if (!negated) return node;
    FilterNode negation;
    negation.kind = FilterNode::Kind::kNot;
    negation.children.push_back(std::move(node));
    return negation;
  }

  absl::StatusOr<FilterNode> Simple(int depth) {
    if (Peek() != '(') return Restriction();
    const int opened_at = position_;
    if (depth == kMaxFilterDepth) {
      return RefuseFilter(
          position_, "TOO_DEEP",
          absl::StrCat("Parentheses stand within parentheses more than ", kMaxFilterDepth,
                       " deep; write the filter flatter."),
          absl::StrCat("括弧の入れ子が", kMaxFilterDepth, "段を超えています。減らしてください。"));
    }
    Advance();
    SkipSpace();
    ASSIGN_OR_RETURN(FilterNode node, Expression(depth + 1));
    if (Peek() == ')') {
      Advance();
      return node;
    }
    return RefuseFilter(opened_at, "SYNTAX", "This \"(\" is never closed; add \")\".",
                        "この「(」が閉じられていません。「)」を加えてください。");
  }

  // A comparison, or a word to search for.
  absl::StatusOr<FilterNode> Restriction() {
    if (++terms_ > kMaxFilterTerms) {
      return RefuseFilter(
          position_, "TOO_MANY_TERMS",
          absl::StrCat("The filter has more than ", kMaxFilterTerms,
                       " comparisons and words; use fewer."),
          absl::StrCat("条件が", kMaxFilterTerms, "個を超えています。減らしてください。"));
    }
    FilterNode node;
    if (Peek() == '"' || Peek() == '\'') {
      ASSIGN_OR_RETURN(node.value, Quoted());
      return node;
    }
    if (AtKeyword("AND") || AtKeyword("OR") || AtKeyword("NOT")) return Expected();
    FilterText word = AtUrl() ? Value() : FieldOrWord();
    if (word.text.empty()) return Expected();
    SkipSpace();
    const std::optional<FilterOperator> op = Operator();
    if (!op) {
      node.value = std::move(word);
      return node;
    }
    SkipSpace();
    node.kind = FilterNode::Kind::kComparison;
    node.field = std::move(word);
    node.op = *op;
    if (Peek() == '"' || Peek() == '\'') {
      ASSIGN_OR_RETURN(node.value, Quoted());
    } else {
      node.value = Value();
    }
    if (node.value.text.empty() && !node.value.quoted) {
      return RefuseFilter(
          node.value.position, "SYNTAX",
          absl::StrCat("A value is missing after \"", node.field.text, ToText(node.op), "\"."),
          absl::StrCat("「", node.field.text, ToText(node.op), "」の後に値がありません。"));
    }
    return node;
  }

  absl::Status Expected() const {
    return RefuseFilter(position_, "SYNTAX",
                        "A comparison such as state=ACTIVE, a word to search for, or \"(\" is "
                        "expected here; write other signs within quotes.",
                        "ここには state=ACTIVE のような条件、検索する語、または「(」が必要です。"
                        "記号を含む語は引用符で囲んでください。");
  }

  // An address is one word, though it has a colon.
  bool AtUrl() const {
    return absl::StartsWithIgnoreCase(rest_, "https://") ||
           absl::StartsWithIgnoreCase(rest_, "http://");
  }

  FilterText FieldOrWord() {
    FilterText word{.position = position_};
    while (true) {
      const Sign next = Front(rest_);
      const bool unequal = next.meaning == '!' && Front(rest_.substr(next.bytes)).meaning == '=';
      if (EndsValue(next.meaning) || unequal || next.meaning == '=' || next.meaning == '<' ||
          next.meaning == '>' || next.meaning == ':') {
        return word;
      }
      word.text.append(rest_.data(), next.bytes);
      Advance();
    }
  }

  FilterText Value() {
    FilterText value{.position = position_};
    while (!EndsValue(Peek())) {
      value.text.append(rest_.data(), Front(rest_).bytes);
      Advance();
    }
    return value;
  }

  absl::StatusOr<FilterText> Quoted() {
    FilterText value{.position = position_, .quoted = true};
    const Sign quote = Front(rest_);
    Advance();
    while (!rest_.empty() && Front(rest_).meaning != quote.meaning) {
      if (rest_[0] == '\\' && rest_.size() > 1) Advance();
      value.text.append(rest_.data(), Front(rest_).bytes);
      Advance();
    }
    if (!rest_.empty()) {
      Advance();
      return value;
    }
    return RefuseFilter(value.position, "SYNTAX",
                        "This quotation mark is never closed; close it, or write \\\" for one.",
                        "この引用符が閉じられていません。閉じるか、文字としては \\\" "
                        "と書いてください。");
  }

  std::optional<FilterOperator> Operator() {
    const Sign first = Front(rest_);
    const bool equal_next = Front(rest_.substr(first.bytes)).meaning == '=';
    const auto take = [&](FilterOperator op, int characters) {
      for (int i = 0; i < characters; ++i) Advance();
      return op;
    };
    switch (first.meaning) {
      case '=':
        return take(FilterOperator::kEqual, 1);
      case ':':
        return take(FilterOperator::kHas, 1);
      case '<':
        return equal_next ? take(FilterOperator::kLessOrEqual, 2) : take(FilterOperator::kLess, 1);
      case '>':
        return equal_next ? take(FilterOperator::kGreaterOrEqual, 2)
                          : take(FilterOperator::kGreater, 1);
      case '!':
        if (equal_next) return take(FilterOperator::kNotEqual, 2);
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  absl::string_view rest_;
  int position_ = 1;
  int terms_ = 0;
};

}  // namespace

absl::string_view ToText(FilterOperator op) {
  switch (op) {
    case FilterOperator::kEqual:
      return "=";
    case FilterOperator::kNotEqual:
      return "!=";
    case FilterOperator::kLess:
      return "<";
    case FilterOperator::kLessOrEqual:
      return "<=";
    case FilterOperator::kGreater:
      return ">";
    case FilterOperator::kGreaterOrEqual:
      return ">=";
    case FilterOperator::kHas:
      return ":";
  }
  return "";
}

absl::StatusOr<std::optional<FilterNode>> ParseFilter(absl::string_view text) {
  if (text.size() > kMaxFilterBytes) {
    return RefuseFilter(1, "TOO_LONG",
                        absl::StrCat("The filter has ", text.size(), " bytes; shorten it to ",
                                     kMaxFilterBytes, " at most."),
                        absl::StrCat("絞込み条件が", text.size(), "バイトあります。",
                                     kMaxFilterBytes, "バイト以内に短くしてください。"));
  }
  return Parser(text).Run();
}

absl::Status RefuseFilter(int position, absl::string_view reason, absl::string_view en,
                          absl::string_view ja) {
  return RefuseFields({{.field = "filter",
                        .reason = std::string(reason),
                        .en = absl::StrCat("At character ", position, ": ", en),
                        .ja = absl::StrCat(position, "文字目: ", ja)}},
                      "INVALID_FILTER");
}

absl::StatusOr<std::vector<OrderTerm>> ParseOrderBy(absl::string_view text) {
  std::vector<OrderTerm> terms;
  if (absl::StripAsciiWhitespace(text).empty()) return terms;
  if (text.size() > kLongestOrderBy) {
    return RefuseOrderBy("TOO_LONG", "Shorten order_by to 500 bytes at most.",
                         "並び順は500バイト以内にしてください。");
  }
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const std::vector<std::string> words =
        absl::StrSplit(part, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
    const bool descending = words.size() == 2 && words[1] == "desc";
    if (words.empty() || words.size() > 2 ||
        (words.size() == 2 && !descending && words[1] != "asc")) {
      return RefuseOrderBy("SYNTAX",
                           "Write fields with commas between them, each with \" desc\" or nothing.",
                           "項目名をカンマで区切り、降順にするものには「 desc」を付けてください。");
    }
    terms.push_back({.field = words[0], .descending = descending});
  }
  return terms;
}

absl::Status RefuseOrderBy(absl::string_view reason, absl::string_view en, absl::string_view ja) {
  return RefuseFields({{.field = "order_by",
                        .reason = std::string(reason),
                        .en = std::string(en),
                        .ja = std::string(ja)}},
                      "INVALID_ORDER_BY");
}

}  // namespace daicho
