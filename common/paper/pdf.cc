#include "common/paper/pdf.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/paper/compose.h"
#include "common/paper/pages.h"

namespace daicho::paper {
namespace {

constexpr std::size_t kMostPages = 2000;

// Letters across the page, under what stands on it.
void DrawNotice(const Text& notice, cairo_t* cairo) {
  constexpr double kUp = -0.95;  // Radians: along the page's diagonal.
  PangoRectangle logical;
  pango_layout_line_get_extents(notice.line(0), nullptr, &logical);
  cairo_save(cairo);
  cairo_translate(cairo, kPageWidth / 2, kPageHeight / 2);
  cairo_rotate(cairo, kUp);
  cairo_set_source_rgb(cairo, 0.88, 0.88, 0.88);
  cairo_move_to(cairo, -pango_units_to_double(logical.width) / 2, notice.style().size / 3);
  pango_cairo_show_layout_line(cairo, notice.line(0));
  cairo_restore(cairo);
}

// The running header and the number of the page.
void DrawMargins(const Typesetter& typesetter, const Document& document, std::size_t index,
                 std::size_t count, cairo_t* cairo) {
  Pages margin;
  if (!document.header.empty()) {
    margin.DrawLine(typesetter.Set(document.header, kTextWidth, {Face::kGothic, 8, Align::kEnd}), 0,
                    kLeft, kTop - 28);
    margin.Rule(kLeft, kTop - 14, kRight, kTop - 14, 0.4, 0.5);
  }
  const std::string number = absl::StrCat(index + 1, " / ", count);
  margin.DrawLine(typesetter.Set(number, kTextWidth, {Face::kMincho, 9, Align::kCenter}), 0, kLeft,
                  kBottom + 22);
  margin.Draw(0, cairo);
}

cairo_status_t Append(void* out, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void SetProperties(cairo_surface_t* surface, const Document& document) {
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, document.title.c_str());
  const std::string created =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", document.created, absl::UTCTimeZone());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, created.c_str());
}

absl::Status RefuseTooLong() {
  return Refuse(absl::StatusCode::kResourceExhausted, "DOCUMENT_TOO_LONG",
                {"The document would have more than 2,000 pages; ask for less of it.",
                 "文書が2,000ページを超えます。範囲を絞ってください。"});
}

}  // namespace

absl::StatusOr<std::string> RenderPdf(const Fonts& fonts, const Document& document) {
  const Typesetter typesetter(fonts);
  Pages pages;
  if (!Compose(typesetter, document.blocks, kMostPages, pages)) return RefuseTooLong();
  const Text notice = typesetter.Set(document.notice, kPageHeight, {Face::kGothic, 90});

  std::string bytes;
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(
      cairo_pdf_surface_create_for_stream(Append, &bytes, kPageWidth, kPageHeight),
      cairo_surface_destroy);
  SetProperties(surface.get(), document);
  const std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cairo(cairo_create(surface.get()),
                                                                 cairo_destroy);
  for (std::size_t i = 0; i < pages.count(); ++i) {
    if (!document.notice.empty()) DrawNotice(notice, cairo.get());
    DrawMargins(typesetter, document, i, pages.count(), cairo.get());
    pages.Draw(i, cairo.get());
    cairo_show_page(cairo.get());
  }
  cairo_surface_finish(surface.get());
  const cairo_status_t status = cairo_surface_status(surface.get());
  if (status == CAIRO_STATUS_SUCCESS) return bytes;
  return absl::InternalError(absl::StrCat("cairo: ", cairo_status_to_string(status)));
}

}  // namespace daicho::paper
