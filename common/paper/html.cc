#include "common/paper/html.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "common/base/markup.h"
#include "common/paper/visible.h"

namespace daicho::paper {
namespace {

// Contrast is 7:1 or more; nothing is told by colour alone. On paper it is A4, as the PDF is.
constexpr char kStyle[] = R"css(
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 50rem; padding: 1.5rem; color: #000; background: #fff;
  font-family: "IPAexMincho", "Hiragino Mincho ProN", "Yu Mincho", "Noto Serif CJK JP", serif;
  line-height: 1.6; overflow-wrap: anywhere; }
h1, h2, h3, th, caption, .header, .notice {
  font-family: "IPAexGothic", "Hiragino Sans", "Noto Sans CJK JP", Meiryo, sans-serif;
  font-weight: normal; }
h1 { font-size: 1.5rem; text-align: center; }
h2 { font-size: 1.15rem; margin: 1.5rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 1rem 0 0.25rem; }
p, td, th { white-space: pre-line; }
.header { font-size: 0.8rem; text-align: right; border-bottom: 1px solid #767676; }
.notice { border: 2px solid #000; padding: 0.5rem; text-align: center; font-size: 1.5rem;
  letter-spacing: 0.5em; }
.center { text-align: center; }
.end { text-align: right; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1rem; border: 2px solid #000; }
caption { text-align: left; padding: 0.25rem 0; }
th, td { border: 1px solid #000; padding: 0.3rem 0.5rem; vertical-align: top; text-align: left; }
th { background: #ededed; }
.fields th { width: 22%; }
.fields .part { width: 16%; }
.stamps { width: auto; margin-left: auto; }
.stamps th, .stamps td { text-align: center; min-width: 6rem; font-size: 0.85rem; }
.name { display: block; font-size: 1.1rem; }
.listing { list-style: none; padding: 0; }
.listing li { display: flex; gap: 0.75rem; white-space: pre-line; }
.mark { flex: 0 0 2rem; }
figure { margin: 0 0 1rem; }
svg { width: 100%; height: auto; }
@page { size: A4 portrait; margin: 20mm 20mm 20mm 25mm; }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h1, h2, h3, caption { break-after: avoid; }
  thead { display: table-header-group; }
  .page { break-before: page; }
  th { print-color-adjust: exact; }
}
)css";

const char* ClassOf(Align align) {
  switch (align) {
    case Align::kStart:
      return "start";
    case Align::kCenter:
      return "center";
    case Align::kEnd:
      return "end";
  }
  return "";
}

std::string Number(double value) { return absl::StrFormat("%.5g", value); }

Markup Caption(const std::string& caption) {
  return caption.empty() ? Markup() : Fill("<caption>$0</caption>\n", {Visible(caption)});
}

Markup Put(const Heading& heading) {
  const auto level = static_cast<std::size_t>(std::clamp(heading.level, 1, 3));
  return Fill("<h$0>$1</h$0>\n", {level, Visible(heading.text)});
}

Markup Put(const Paragraph& paragraph) {
  return Fill("<p class=\"$0\">$1</p>\n", {ClassOf(paragraph.align), Visible(paragraph.text)});
}

Markup Put(const Listing& listing) {
  Markup items;
  for (const Listing::Item& item : listing.items) {
    items += Fill("<li><span class=\"mark\">$0</span><span>$1</span></li>\n",
                  {Visible(item.mark), Visible(item.text)});
  }
  return Fill("<ul class=\"listing\">\n$0</ul>\n", {items});
}

Markup Value(const std::string& value) {
  return Fill("<td>$0</td>", {value.empty() ? std::string(kNothing) : Visible(value)});
}

// Rows of one field, a group of their own.
Markup Rows(const Field& field) {
  if (field.parts.empty()) {
    return Fill("<tr><th scope=\"row\" colspan=\"2\">$0</th>$1</tr>\n",
                {Visible(field.label), Value(field.value)});
  }
  Markup rows;
  Markup first = Fill("<th scope=\"rowgroup\" rowspan=\"$0\">$1</th>",
                      {field.parts.size(), Visible(field.label)});
  for (const Field::Part& part : field.parts) {
    rows += Fill("<tr>$0<th scope=\"row\" class=\"part\">$1</th>$2</tr>\n",
                 {first, Visible(part.label), Value(part.value)});
    first = {};
  }
  return rows;
}

Markup Put(const FieldTable& table) {
  Markup groups;
  for (const Field& field : table.fields) groups += Fill("<tbody>\n$0</tbody>\n", {Rows(field)});
  return Fill("<table class=\"fields\">\n$0$1</table>\n", {Caption(table.caption), groups});
}

Markup Put(const DataTable& table) {
  Markup header, rows;
  for (const DataTable::Column& column : table.columns) {
    header += Fill("<th scope=\"col\">$0</th>", {Visible(column.title)});
  }
  for (const auto& row : table.rows) {
    Markup cells;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      cells += Fill("<td class=\"$0\">$1</td>",
                    {ClassOf(table.columns[i].align), i < row.size() ? Visible(row[i]) : ""});
    }
    rows += Fill("<tr>$0</tr>\n", {cells});
  }
  return Fill("<table>\n$0<thead>\n<tr>$1</tr>\n</thead>\n<tbody>\n$2</tbody>\n</table>\n",
              {Caption(table.caption), header, rows});
}

Markup Put(const Stamps& stamps) {
  Markup titles, boxes;
  for (const Stamps::Box& box : stamps.boxes) {
    titles += Fill("<th scope=\"col\">$0</th>", {Visible(box.title)});
    Markup lines;
    for (const std::string& line : box.lines) lines += Fill("\n$0", {Visible(line)});
    boxes += Fill("<td><span class=\"name\">$0</span>$1</td>", {Visible(box.name), lines});
  }
  Markup beside;
  if (!stamps.beside.empty()) beside = Fill("<p>$0</p>\n", {Visible(stamps.beside)});
  return Fill(
      "$0<table class=\"stamps\">\n$1<thead>\n<tr>$2</tr>\n</thead>\n<tbody>\n<tr>$3</tr>\n"
      "</tbody>\n</table>\n",
      {beside, Caption(stamps.caption), titles, boxes});
}

std::string Gray(double gray) {
  const auto level = static_cast<int>(std::clamp(gray, 0.0, 1.0) * 255 + 0.5);
  return absl::StrFormat("#%02x%02x%02x", level, level, level);
}

const char* AnchorOf(Align align) {
  switch (align) {
    case Align::kStart:
      return "start";
    case Align::kCenter:
      return "middle";
    case Align::kEnd:
      return "end";
  }
  return "";
}

Markup Put(const Drawing& drawing) {
  Markup shapes;
  for (const auto& area : drawing.rectangles) {
    const Markup paint = area.filled ? Fill("fill=\"$0\"", {Gray(area.gray)})
                                     : Fill("fill=\"none\" stroke=\"#000\" stroke-width=\"0.5\"");
    shapes +=
        Fill("<rect x=\"$0\" y=\"$1\" width=\"$2\" height=\"$3\" $4/>\n",
             {Number(area.x), Number(area.y), Number(area.width), Number(area.height), paint});
  }
  for (const auto& line : drawing.lines) {
    shapes +=
        Fill("<line x1=\"$0\" y1=\"$1\" x2=\"$2\" y2=\"$3\" stroke-width=\"$4\" stroke=\"$5\"/>\n",
             {Number(line.x1), Number(line.y1), Number(line.x2), Number(line.y2),
              Number(line.width), Gray(line.gray)});
  }
  for (const auto& label : drawing.labels) {
    shapes += Fill("<text x=\"$0\" y=\"$1\" font-size=\"$2\" text-anchor=\"$3\">$4</text>\n",
                   {Number(label.x), Number(label.baseline), Number(label.size),
                    AnchorOf(label.align), Visible(label.text)});
  }
  return Fill(
      "<figure>\n<svg role=\"img\" aria-label=\"$0\" viewBox=\"0 0 $1 $2\">\n$3</svg>\n</figure>\n",
      {Visible(drawing.description), Number(drawing.width), Number(drawing.height), shapes});
}

Markup Put(const PageBreak&) { return Fill("<div class=\"page\"></div>\n"); }

}  // namespace

std::string RenderHtml(const Document& document) {
  Markup body;
  if (!document.header.empty())
    body += Fill("<p class=\"header\">$0</p>\n", {Visible(document.header)});
  if (!document.notice.empty()) {
    body += Fill("<p class=\"notice\"><strong>$0</strong></p>\n", {Visible(document.notice)});
  }
  for (const Block& block : document.blocks) {
    body += std::visit([](const auto& what) { return Put(what); }, block);
  }
  return Fill(
             "<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" "
             "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
             "<title>$0</title>\n<style>$1</style>\n</head>\n<body>\n<main>\n$2</main>\n</body>\n"
             "</html>\n",
             {Visible(document.title), Markup{kStyle}, body})
      .text;
}

}  // namespace daicho::paper
