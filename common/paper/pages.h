// Pages that are being filled from top to bottom. They are drawn when all are known, as each says
// how many there are.
#pragma once

#include <cairo.h>

#include <string>
#include <variant>
#include <vector>

#include "common/paper/text.h"

namespace daicho::paper {

// A4 upright, in points, with 25 mm at the left, where papers are bound.
inline constexpr double kPageWidth = 595.276;
inline constexpr double kPageHeight = 841.89;
inline constexpr double kLeft = 70.866;
inline constexpr double kRight = kPageWidth - 56.693;
inline constexpr double kTop = 68;
inline constexpr double kBottom = kPageHeight - 62;
inline constexpr double kTextWidth = kRight - kLeft;

class Pages {
 public:
  // Where the next thing goes.
  double y() const { return y_; }
  double room() const { return kBottom - y_; }
  std::size_t count() const { return pages_.size(); }
  bool AtTop() const { return y_ == kTop; }

  void Advance(double height) { y_ += height; }
  void Break();
  // Breaks unless there are `height` points left, or the page is empty anyhow.
  void Need(double height);

  // Line `index` of `text`, set for the space that begins at `x`, with its top at `y`.
  void DrawLine(const Text& text, int index, double x, double y);
  // Lines from `first`, `count` of them, down from `y`.
  void DrawLines(const Text& text, int first, int count, double x, double y);
  void Rule(double x1, double y1, double x2, double y2, double width, double gray = 0);
  void Frame(double x, double y, double width, double height, double stroke);
  void Fill(double x, double y, double width, double height, double gray);

  // What is on page `index`, onto `cairo`.
  void Draw(std::size_t index, cairo_t* cairo) const;

 private:
  struct Letters {
    Text text;
    int line;
    double x, baseline;
  };
  struct Stroke {
    double x1, y1, x2, y2, width, gray;
  };
  struct Area {
    double x, y, width, height, gray, stroke;  // Filled when `stroke` is 0.
  };
  using Mark = std::variant<Letters, Stroke, Area>;

  static void DrawMark(const Letters& letters, cairo_t* cairo);
  static void DrawMark(const Stroke& stroke, cairo_t* cairo);
  static void DrawMark(const Area& area, cairo_t* cairo);

  std::vector<std::vector<Mark>> pages_ = {{}};
  double y_ = kTop;
};

}  // namespace daicho::paper
