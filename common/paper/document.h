// What is printed: a document as a list of blocks, without a word of how it looks. RenderPdf and
// RenderHtml both take it. Texts are UTF-8; a line feed in one begins a new line.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

namespace daicho::paper {

enum class Align { kStart, kCenter, kEnd };

// Level 1 is the title and there is one; 2 and 3 follow in order and are never the last on a page.
struct Heading {
  int level = 2;
  std::string text;
};

struct Paragraph {
  std::string text;
  Align align = Align::kStart;
};

// Items under each other, each after its mark: "(1)", "ア", "・".
struct Listing {
  struct Item {
    std::string mark;
    std::string text;
  };
  std::vector<Item> items;
};

// One ruled row: the label and its value or, instead of one value, parts with labels of their own.
// An empty value is shown as 記載なし. A value as long as one likes flows over pages.
struct Field {
  struct Part {
    std::string label;
    std::string value;
  };
  std::string label;
  std::string value;
  std::vector<Part> parts;
};

struct FieldTable {
  std::string caption;
  std::vector<Field> fields;
};

// Rows under a header, which is repeated on each page.
struct DataTable {
  struct Column {
    std::string title;
    double width = 1;  // Relative to the other columns.
    Align align = Align::kStart;
  };
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // A cell for each column.
};

// 決裁欄: boxes side by side at the right, with `beside` to the left of them.
struct Stamps {
  struct Box {
    std::string title;
    std::string name;  // Larger than the lines under it.
    std::vector<std::string> lines;
  };
  std::string caption;  // Said in HTML; on paper the boxes speak for themselves.
  std::string beside;
  std::vector<Box> boxes;
};

// A drawing, at most 460 points wide and 700 high; y grows downwards.
struct Drawing {
  struct Rectangle {
    double x = 0, y = 0, width = 0, height = 0;
    double gray = 0;  // 0 is black, 1 is white.
    bool filled = true;
  };
  struct Line {
    double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
    double width = 0.5;
    double gray = 0;
  };
  struct Label {
    double x = 0, baseline = 0;
    std::string text;
    double size = 8;
    Align align = Align::kStart;  // Where `x` is in the text.
  };
  std::string description;  // Says what it shows to those who do not see it.
  double width = 0, height = 0;
  std::vector<Rectangle> rectangles;  // Drawn first, then the lines, then the labels.
  std::vector<Line> lines;
  std::vector<Label> labels;
};

struct PageBreak {};

using Block =
    std::variant<Heading, Paragraph, Listing, FieldTable, DataTable, Stamps, Drawing, PageBreak>;

struct Document {
  std::string title;   // In the window's title and the file's properties.
  std::string header;  // At the top of each page.
  std::string notice;  // "下書き": across each page and at the top in HTML. Mostly empty.
  absl::Time created;  // In the file's properties. Never the clock's: same input, same bytes.
  std::vector<Block> blocks;
};

// What an empty value of a field is shown as.
inline constexpr char kNothing[] = "記載なし";

}  // namespace daicho::paper
