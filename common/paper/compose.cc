#include "common/paper/compose.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/paper/ruled.h"

namespace daicho::paper {
namespace {

constexpr double kGap = 8;     // Between blocks.
constexpr double kLeast = 80;  // What a block has to have where it begins: some lines of it.
constexpr Style kBody = {Face::kMincho, 10.5};
constexpr Style kCaption = {Face::kGothic, 9.5};
constexpr Style kCellText = {Face::kMincho, 9.5};
constexpr Style kCellLabel = {Face::kGothic, 9};
constexpr double kLabelWidth = 118;
constexpr double kPartWidth = 84;

constexpr double kBoxWidth = 62;
constexpr Style kBoxTitle = {Face::kGothic, 8, Align::kCenter};
constexpr Style kBoxName = {Face::kMincho, 10, Align::kCenter};
constexpr Style kBoxLine = {Face::kMincho, 7.5, Align::kCenter};

Style Aligned(Style style, Align align) {
  style.align = align;
  return style;
}

Style StyleOf(const Heading& heading) {
  if (heading.level == 1) return {Face::kGothic, 15, Align::kCenter};
  return {Face::kGothic, heading.level == 2 ? 11.5 : 10.5};
}

class Composer {
 public:
  Composer(const Typesetter& typesetter, const std::vector<Block>& blocks, std::size_t most_pages,
           Pages& pages)
      : typesetter_(typesetter), blocks_(blocks), most_pages_(most_pages), pages_(pages) {}

  bool Full() const { return pages_.count() > most_pages_; }

  void AddAll() {
    for (at_ = 0; at_ < blocks_.size() && !Full(); ++at_) {
      std::visit([this](const auto& what) { Put(what); }, blocks_[at_]);
    }
  }

 private:
  // Room that block `index` has to have where it begins. A heading wants that of the next, too.
  double LeastOf(std::size_t index) const {
    if (index >= blocks_.size()) return 0;
    const Block& block = blocks_[index];
    if (const auto* heading = std::get_if<Heading>(&block)) {
      return kGap + 2 * StepOf(StyleOf(*heading)) + LeastOf(index + 1);
    }
    if (const auto* drawing = std::get_if<Drawing>(&block)) return drawing->height;
    if (std::holds_alternative<PageBreak>(block)) return 0;
    return kLeast;
  }

  void Put(const Heading& heading) {
    const Text text = typesetter_.Set(heading.text, kTextWidth, StyleOf(heading));
    pages_.Need(text.height() + LeastOf(at_));
    if (!pages_.AtTop()) pages_.Advance(heading.level == 1 ? 6 : 4);
    PutLines(text, kLeft);
    pages_.Advance(heading.level == 1 ? 12 : 4);
  }

  void Put(const Paragraph& paragraph) {
    PutLines(typesetter_.Set(paragraph.text, kTextWidth, Aligned(kBody, paragraph.align)), kLeft);
    pages_.Advance(kGap);
  }

  void Put(const Listing& listing) {
    constexpr double kIndent = 26;
    for (const Listing::Item& item : listing.items) {
      const Text text = typesetter_.Set(item.text, kTextWidth - kIndent, kBody);
      pages_.Need(std::min(text.lines(), 2) * text.step());
      pages_.DrawLine(typesetter_.Set(item.mark, kIndent, kBody), 0, kLeft, pages_.y());
      PutLines(text, kLeft + kIndent);
      pages_.Advance(2);
    }
    pages_.Advance(kGap - 2);
  }

  void Put(const FieldTable& table) {
    PutCaption(table.caption);
    RuledTable ruled(pages_, kLeft, kTextWidth, {});
    for (const Field& field : table.fields) {
      if (Full()) return;
      const std::string again = absl::StrCat(field.label, "(続き)");
      ruled.Begin(Label(kLeft, kLabelWidth, field.label), Label(kLeft, kLabelWidth, again));
      if (field.parts.empty()) ruled.Add({Value(kLeft + kLabelWidth, field.value)});
      for (const Field::Part& part : field.parts) {
        ruled.Add({Label(kLeft + kLabelWidth, kPartWidth, part.label),
                   Value(kLeft + kLabelWidth + kPartWidth, part.value)});
      }
    }
    EndTable();
  }

  void Put(const DataTable& table) {
    PutCaption(table.caption);
    double sum = 0;
    for (const DataTable::Column& column : table.columns) sum += column.width;
    std::vector<Cell> header;
    double x = kLeft;
    for (const DataTable::Column& column : table.columns) {
      const double width = kTextWidth * column.width / sum;
      header.push_back(Label(x, width, column.title, Align::kCenter));
      x += width;
    }
    RuledTable ruled(pages_, kLeft, kTextWidth, header);
    for (const auto& row : table.rows) {
      if (Full()) return;
      std::vector<Cell> cells;
      for (std::size_t i = 0; i < header.size(); ++i) {
        const Style style = Aligned(kCellText, table.columns[i].align);
        cells.push_back(
            MakeCell(header[i].x, header[i].width, i < row.size() ? row[i] : "", style));
      }
      ruled.Add(cells);
    }
    EndTable();
  }

  void Put(const Stamps& stamps) {
    const auto in_row =
        std::min(stamps.boxes.size(), static_cast<std::size_t>(kTextWidth / kBoxWidth));
    const double left = kRight - static_cast<double>(in_row) * kBoxWidth;
    const double top = pages_.y();
    if (!stamps.beside.empty() && left - kLeft > kBoxWidth) {
      const Text text = typesetter_.Set(stamps.beside, left - kLeft - kGap, kBody);
      pages_.DrawLines(text, 0, text.lines(), kLeft, top);
    }
    for (std::size_t first = 0; first < stamps.boxes.size(); first += in_row) {
      const auto last = std::min(first + in_row, stamps.boxes.size());
      PutBoxes({stamps.boxes.begin() + static_cast<std::ptrdiff_t>(first),
                stamps.boxes.begin() + static_cast<std::ptrdiff_t>(last)});
    }
    pages_.Advance(kGap);
  }

  // One row of boxes, up to the right margin.
  void PutBoxes(const std::vector<Stamps::Box>& boxes) {
    std::vector<Cell> titles;
    std::vector<std::vector<Text>> contents;
    double height = 54;
    double x = kRight - static_cast<double>(boxes.size()) * kBoxWidth;
    for (const Stamps::Box& box : boxes) {
      titles.push_back(MakeCell(x, kBoxWidth, box.title, kBoxTitle));
      titles.back().shaded = true;
      contents.push_back({typesetter_.Set(box.name, kBoxWidth - 4, kBoxName)});
      double needed = contents.back()[0].height() + 6;
      for (const std::string& line : box.lines) {
        contents.back().push_back(typesetter_.Set(line, kBoxWidth - 4, kBoxLine));
        needed += contents.back().back().height();
      }
      height = std::max(height, needed);
      x += kBoxWidth;
    }
    pages_.Need(HeightOf(titles) + height);
    const double top = pages_.y();
    { RuledTable head(pages_, titles[0].x, kRight - titles[0].x, titles); }
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      double y = pages_.y() + 3;
      for (const Text& text : contents[i]) {
        pages_.DrawLines(text, 0, text.lines(), titles[i].x + 2, y);
        y += text.height();
      }
      pages_.Frame(titles[i].x, pages_.y(), kBoxWidth, height, 0.4);
    }
    pages_.Advance(height);
    pages_.Frame(titles[0].x, top, kRight - titles[0].x, pages_.y() - top, 0.9);
  }

  void Put(const Drawing& drawing) {
    pages_.Need(drawing.height);
    const double x = kLeft, y = pages_.y();
    for (const auto& area : drawing.rectangles) {
      if (area.filled) {
        pages_.Fill(x + area.x, y + area.y, area.width, area.height, area.gray);
      } else {
        pages_.Frame(x + area.x, y + area.y, area.width, area.height, 0.5);
      }
    }
    for (const auto& line : drawing.lines) {
      pages_.Rule(x + line.x1, y + line.y1, x + line.x2, y + line.y2, line.width, line.gray);
    }
    for (const auto& label : drawing.labels) PutLabel(label, x, y);
    pages_.Advance(drawing.height + kGap);
  }

  void PutLabel(const Drawing::Label& label, double x, double y) {
    const Style style = {Face::kGothic, label.size, label.align};
    const double width = kTextWidth;
    const double shift = label.align == Align::kStart    ? 0
                         : label.align == Align::kCenter ? width / 2
                                                         : width;
    pages_.DrawLine(typesetter_.Set(label.text, width, style), 0, x + label.x - shift,
                    y + label.baseline - BaselineOf(style));
  }

  void Put(const PageBreak&) {
    if (!pages_.AtTop()) pages_.Break();
  }

  // No line of a text stands alone at the foot or the head of a page.
  void PutLines(const Text& text, double x) {
    for (int i = 0; i < text.lines(); ++i) {
      const int together = i == 0 || i == text.lines() - 2 ? std::min(text.lines() - i, 2) : 1;
      pages_.Need(together * text.step());
      pages_.DrawLine(text, i, x, pages_.y());
      pages_.Advance(text.step());
    }
  }

  void PutCaption(const std::string& caption) {
    if (caption.empty()) return pages_.Need(kLeast);
    const Text text = typesetter_.Set(caption, kTextWidth, kCaption);
    pages_.Need(text.height() + kLeast);
    PutLines(text, kLeft);
    pages_.Advance(2);
  }

  void EndTable() { pages_.Advance(kGap + 2); }

  Cell MakeCell(double x, double width, const std::string& text, const Style& style) const {
    return {x, width, typesetter_.Set(text, width - 2 * kCellSide, style)};
  }

  Cell Label(double x, double width, const std::string& text, Align align = Align::kStart) const {
    Cell cell = MakeCell(x, width, text, Aligned(kCellLabel, align));
    cell.shaded = true;
    return cell;
  }

  Cell Value(double x, const std::string& text) const {
    return MakeCell(x, kRight - x, text.empty() ? kNothing : text, kCellText);
  }

  const Typesetter& typesetter_;
  const std::vector<Block>& blocks_;
  std::size_t at_ = 0;
  const std::size_t most_pages_;
  Pages& pages_;
};

}  // namespace

bool Compose(const Typesetter& typesetter, const std::vector<Block>& blocks, std::size_t most_pages,
             Pages& pages) {
  Composer composer(typesetter, blocks, most_pages, pages);
  composer.AddAll();
  return !composer.Full();
}

}  // namespace daicho::paper
