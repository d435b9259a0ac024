#include "common/paper/compose.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/paper/ruled.h"

namespace daicho::paper {
namespace {

constexpr double kGap = 8;  // Between blocks.
constexpr double kBelowTable = 12;
constexpr double kKeptTogether = 200;  // A table of fields no higher than this is not divided.
constexpr double kLeastOfTable = 72;   // Caption, header and a row.
constexpr Style kBody = {Face::kMincho, 10.5};
constexpr Style kCaption = {Face::kGothic, 9.5};
constexpr Style kCellText = {Face::kMincho, 9.5};
constexpr Style kCellLabel = {Face::kGothic, 9};
constexpr double kLabelWidth = 130;
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
    const bool text =
        std::holds_alternative<Paragraph>(block) || std::holds_alternative<Listing>(block);
    return text ? 2 * StepOf(kBody) : kLeastOfTable;
  }

  void Put(const Heading& heading) {
    const Text text = typesetter_.Set(heading.text, kTextWidth, StyleOf(heading));
    pages_.Need(text.height() - text.step() + LeastOf(at_));
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

  // A field ready to be put down: its label, and a row for each of its parts.
  struct SetField {
    Cell label, again;
    std::vector<std::vector<Cell>> rows;

    double height() const {
      double height = 0;
      for (const std::vector<Cell>& row : rows) height += HeightOf(row);
      return std::max(height, HeightOf({label}));
    }
  };

  SetField SetOf(const Field& field) const {
    SetField set = {Label(kLeft, kLabelWidth, field.label),
                    Label(kLeft, kLabelWidth, absl::StrCat(field.label, "(続き)")),
                    {}};
    if (field.parts.empty()) set.rows.push_back({Value(kLeft + kLabelWidth, field.value)});
    for (const Field::Part& part : field.parts) {
      set.rows.push_back({Label(kLeft + kLabelWidth, kPartWidth, part.label),
                          Value(kLeft + kLabelWidth + kPartWidth, part.value)});
    }
    return set;
  }

  void Put(const FieldTable& table) {
    std::vector<SetField> fields;
    double height = 0;
    for (const Field& field : table.fields) {
      fields.push_back(SetOf(field));
      height += fields.back().height();
    }
    PutCaption(table.caption, height <= kKeptTogether ? height : kLeastOfTable);
    {
      RuledTable ruled(pages_, kLeft, kTextWidth, {});
      for (const SetField& field : fields) {
        if (Full()) return;
        ruled.Begin(field.label, field.again, field.rows.size());
        for (const std::vector<Cell>& row : field.rows) ruled.Add(row);
      }
    }
    pages_.Advance(kBelowTable);
  }

  void Put(const DataTable& table) {
    PutCaption(table.caption, kLeastOfTable);
    double sum = 0;
    for (const DataTable::Column& column : table.columns) sum += column.width;
    std::vector<Cell> header;
    double x = kLeft;
    for (const DataTable::Column& column : table.columns) {
      const double width = kTextWidth * column.width / sum;
      header.push_back(Label(x, width, column.title, Align::kCenter));
      x += width;
    }
    {
      RuledTable ruled(pages_, kLeft, kTextWidth, header);
      for (const auto& row : table.rows) {
        if (Full()) return;
        ruled.Add(RowOf(table, row, header));
      }
    }
    pages_.Advance(kBelowTable);
  }

  std::vector<Cell> RowOf(const DataTable& table, const std::vector<std::string>& row,
                          const std::vector<Cell>& header) const {
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < header.size(); ++i) {
      const Style style = Aligned(kCellText, table.columns[i].align);
      cells.push_back(MakeCell(header[i].x, header[i].width, i < row.size() ? row[i] : "", style));
    }
    return cells;
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
      contents.push_back({NameIn(box)});
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

  // A name that is too long for one line is divided where it has a blank, if anywhere.
  Text NameIn(const Stamps::Box& box) const {
    const Text name = typesetter_.Set(box.name, kBoxWidth - 4, kBoxName);
    if (name.lines() == 1) return name;
    return typesetter_.Set(absl::StrReplaceAll(box.name, {{" ", "\n"}, {"\u3000", "\n"}}),
                           kBoxWidth - 4, kBoxName);
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

  // `below` is the room for what the caption is of.
  void PutCaption(const std::string& caption, double below) {
    if (caption.empty()) return pages_.Need(below);
    const Text text = typesetter_.Set(caption, kTextWidth, kCaption);
    pages_.Need(text.height() + 2 + below);
    PutLines(text, kLeft);
    pages_.Advance(2);
  }

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
