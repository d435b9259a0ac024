#include "common/paper/text.h"

#include <cairo.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

namespace daicho::paper {
namespace {

const char* FamilyOf(Face face) {
  switch (face) {
    case Face::kMincho:
      return "IPAexMincho,Noto Serif CJK JP,Symbola";
    case Face::kGothic:
      return "IPAexGothic,Noto Serif CJK JP,Symbola";
  }
  return "";
}

double WidthOf(PangoLayoutLine* line) {
  PangoRectangle logical;
  pango_layout_line_get_extents(line, nullptr, &logical);
  return pango_units_to_double(logical.width);
}

}  // namespace

double StepOf(const Style& style) { return style.size * 1.5; }

double BaselineOf(const Style& style) { return style.size * 1.13; }

PangoLayoutLine* Text::line(int index) const {
  return pango_layout_get_line_readonly(layout_.get(), index);
}

double Text::OffsetOf(int index) const {
  switch (style_.align) {
    case Align::kStart:
      return 0;
    case Align::kCenter:
      return (width_ - WidthOf(line(index))) / 2;
    case Align::kEnd:
      return width_ - WidthOf(line(index));
  }
  return 0;
}

Typesetter::Typesetter(const Fonts& fonts)
    : fonts_(fonts),
      map_(pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT), g_object_unref) {
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map_.get()), fonts.config());
  pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map_.get()), 72);
  context_ = {pango_font_map_create_context(map_.get()), g_object_unref};
  pango_context_set_language(context_.get(), pango_language_from_string("ja"));
  pango_context_set_base_dir(context_.get(), PANGO_DIRECTION_LTR);
  pango_context_set_round_glyph_positions(context_.get(), FALSE);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options(context_.get(), options);
  cairo_font_options_destroy(options);
}

Text Typesetter::Set(absl::string_view text, double width, const Style& style) const {
  const std::string printable = fonts_.Printable(text);
  Text set;
  set.style_ = style;
  set.width_ = width;
  set.layout_ = {pango_layout_new(context_.get()), g_object_unref};
  PangoLayout* layout = set.layout_.get();
  PangoFontDescription* font = pango_font_description_new();
  pango_font_description_set_family_static(font, FamilyOf(style.face));
  pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
  pango_layout_set_font_description(layout, font);
  pango_font_description_free(font);
  pango_layout_set_auto_dir(layout, FALSE);
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width(layout, pango_units_from_double(width));
  pango_layout_set_text(layout, printable.data(), static_cast<int>(printable.size()));
  set.lines_ = pango_layout_get_line_count(layout);
  return set;
}

}  // namespace daicho::paper
