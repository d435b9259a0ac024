#include "common/paper/pages.h"

#include <pango/pangocairo.h>

namespace daicho::paper {

void Pages::Break() {
  pages_.emplace_back();
  y_ = kTop;
}

void Pages::Need(double height) {
  if (height > room() && !AtTop()) Break();
}

void Pages::DrawLine(const Text& text, int index, double x, double y) {
  pages_.back().push_back(
      Letters{text, index, x + text.OffsetOf(index), y + BaselineOf(text.style())});
}

void Pages::DrawLines(const Text& text, int first, int count, double x, double y) {
  for (int i = 0; i < count; ++i) DrawLine(text, first + i, x, y + i * text.step());
}

void Pages::Rule(double x1, double y1, double x2, double y2, double width, double gray) {
  pages_.back().push_back(Stroke{x1, y1, x2, y2, width, gray});
}

void Pages::Frame(double x, double y, double width, double height, double stroke) {
  pages_.back().push_back(Area{x, y, width, height, 0, stroke});
}

void Pages::Fill(double x, double y, double width, double height, double gray) {
  pages_.back().push_back(Area{x, y, width, height, gray, 0});
}

void Pages::Draw(std::size_t index, cairo_t* cairo) const {
  for (const Mark& mark : pages_[index]) {
    std::visit([&](const auto& what) { DrawMark(what, cairo); }, mark);
  }
}

void Pages::DrawMark(const Letters& letters, cairo_t* cairo) {
  cairo_set_source_rgb(cairo, 0, 0, 0);
  cairo_move_to(cairo, letters.x, letters.baseline);
  pango_cairo_show_layout_line(cairo, letters.text.line(letters.line));
}

void Pages::DrawMark(const Stroke& stroke, cairo_t* cairo) {
  cairo_set_source_rgb(cairo, stroke.gray, stroke.gray, stroke.gray);
  cairo_set_line_width(cairo, stroke.width);
  cairo_move_to(cairo, stroke.x1, stroke.y1);
  cairo_line_to(cairo, stroke.x2, stroke.y2);
  cairo_stroke(cairo);
}

void Pages::DrawMark(const Area& area, cairo_t* cairo) {
  cairo_set_source_rgb(cairo, area.gray, area.gray, area.gray);
  cairo_rectangle(cairo, area.x, area.y, area.width, area.height);
  if (area.stroke == 0) {
    cairo_fill(cairo);
    return;
  }
  cairo_set_line_width(cairo, area.stroke);
  cairo_stroke(cairo);
}

}  // namespace daicho::paper
