#include "common/paper/ruled.h"

#include <algorithm>
#include <utility>

namespace daicho::paper {
namespace {

constexpr double kThin = 0.4;
constexpr double kThick = 0.9;
constexpr double kShade = 0.93;
constexpr int kFewLines = 6;  // A row of so few is not divided.

int LinesOf(const std::vector<Cell>& cells) {
  int lines = 0;
  for (const Cell& cell : cells) lines = std::max(lines, cell.text.lines());
  return lines;
}

double StepOf(const std::vector<Cell>& cells) {
  double step = 0;
  for (const Cell& cell : cells) step = std::max(step, cell.text.step());
  return step;
}

}  // namespace

double HeightOf(const std::vector<Cell>& cells) {
  double height = 0;
  for (const Cell& cell : cells) height = std::max(height, cell.text.height());
  return height + 2 * kCellPad;
}

RuledTable::RuledTable(Pages& pages, double x, double width, std::vector<Cell> header)
    : pages_(pages), x_(x), width_(width), header_(std::move(header)) {
  Open();
}

void RuledTable::Open() {
  top_ = pages_.y();
  PlaceHeader();
  group_top_ = pages_.y();
}

void RuledTable::Close() {
  CloseGroup();
  if (pages_.y() > top_) pages_.Frame(x_, top_, width_, pages_.y() - top_, kThick);
}

void RuledTable::CloseGroup() {
  if (!in_group_) return;
  // A name longer than what it names: the last row is made longer.
  const double missing = HeightOf({group_}) - (pages_.y() - group_top_);
  if (missing > 0) pages_.Advance(missing);
  DrawCell(group_, group_top_, pages_.y() - group_top_, group_baseline_, 0, group_.text.lines());
}

void RuledTable::Turn() {
  const bool in_group = in_group_;
  const bool begun = in_group && pages_.y() > group_top_;
  in_group_ = begun;
  Close();
  pages_.Break();
  in_group_ = in_group;
  if (begun) group_ = group_again_;
  Open();
}

void RuledTable::PlaceHeader() {
  if (!header_.empty()) Place(header_, 0, LinesOf(header_));
}

void RuledTable::Begin(Cell first, Cell again, std::size_t rows) {
  CloseGroup();
  const double step = first.text.step();
  if (pages_.room() < HeightOf({first}) + step) {
    in_group_ = false;
    Turn();
  }
  in_group_ = true;
  group_ = std::move(first);
  group_again_ = std::move(again);
  group_rows_ = rows;
  group_baseline_ = 0;
  group_top_ = pages_.y();
}

void RuledTable::Add(const std::vector<Cell>& cells) {
  const int lines = LinesOf(cells);
  const double step = StepOf(cells);
  const auto fit = [&] { return static_cast<int>((pages_.room() - 2 * kCellPad) / step + 1e-6); };
  int first = 0;
  while (lines - first > fit()) {
    const int rest = lines - first;
    int count = fit();
    const bool few = first == 0 && lines <= kFewLines;
    const bool fresh = pages_.y() == group_top_ && group_top_ - top_ <= HeightOf(header_);
    if (count == rest - 1) --count;                         // No line goes alone.
    if (fresh && top_ == kTop) count = std::max(count, 1);  // No page has more room than this.
    if ((count >= 2 && !few) || (fresh && count >= 1)) {
      Place(cells, first, count);
      first += count;
    }
    Turn();
  }
  Place(cells, first, lines - first);
}

void RuledTable::Place(const std::vector<Cell>& cells, int first, int count) {
  double height = count * StepOf(cells) + 2 * kCellPad;
  if (in_group_ && group_rows_ == 1) height = std::max(height, HeightOf({group_}));
  double baseline = 0;
  for (const Cell& cell : cells) baseline = std::max(baseline, BaselineOf(cell.text.style()));
  for (const Cell& cell : cells) {
    const int left = std::clamp(cell.text.lines() - first, 0, count);
    DrawCell(cell, pages_.y(), height, baseline, first, left);
  }
  if (pages_.y() == group_top_) group_baseline_ = baseline;
  pages_.Advance(height);
}

// Its first line stands on `baseline` below `top`, as do those of the cells beside it.
void RuledTable::DrawCell(const Cell& cell, double top, double height, double baseline, int first,
                          int count) {
  if (cell.shaded) pages_.Fill(cell.x, top, cell.width, height, kShade);
  pages_.Frame(cell.x, top, cell.width, height, kThin);
  const double lower = std::max(0.0, baseline - BaselineOf(cell.text.style()));
  pages_.DrawLines(cell.text, first, count, cell.x + kCellSide, top + kCellPad + lower);
}

}  // namespace daicho::paper
