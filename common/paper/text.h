// Text set in lines, ready to be put on pages a line at a time.
#pragma once

#include <pango/pango.h>

#include <memory>
#include <string>

#include "common/paper/document.h"
#include "common/paper/fonts.h"

namespace daicho::paper {

enum class Face { kMincho, kGothic };

struct Style {
  Face face = Face::kMincho;
  double size = 10.5;  // Points.
  Align align = Align::kStart;
};

// From one line to the next, in points: wide enough for what any of the fonts has.
double StepOf(const Style& style);

// Where the letters of a line stand, below its top.
double BaselineOf(const Style& style);

class Text {
 public:
  int lines() const { return lines_; }
  double step() const { return StepOf(style_); }
  double height() const { return lines_ * step(); }
  const Style& style() const { return style_; }
  PangoLayoutLine* line(int index) const;
  // From the left end of the space that the text was set for.
  double OffsetOf(int index) const;

 private:
  friend class Typesetter;
  std::shared_ptr<PangoLayout> layout_;
  Style style_;
  double width_ = 0;
  int lines_ = 0;
};

// Sets text with fonts of its own; one thread at a time uses it.
class Typesetter {
 public:
  explicit Typesetter(const Fonts& fonts);

  // `text` in lines no wider than `width` points. A word that is wider is broken.
  Text Set(absl::string_view text, double width, const Style& style) const;

 private:
  const Fonts& fonts_;
  std::shared_ptr<PangoFontMap> map_;
  std::shared_ptr<PangoContext> context_;
};

}  // namespace daicho::paper
