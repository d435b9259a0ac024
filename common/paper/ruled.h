// A ruled table that flows over pages.
#pragma once

#include <vector>

#include "common/paper/pages.h"

namespace daicho::paper {

// Above and below the lines of a cell, and beside them.
inline constexpr double kCellPad = 3;
inline constexpr double kCellSide = 5;

struct Cell {
  double x = 0, width = 0;
  Text text;
  bool shaded = false;
};

class RuledTable {
 public:
  // `header`, if not empty, stands above the rows on each page.
  RuledTable(Pages& pages, double x, double width, std::vector<Cell> header);
  ~RuledTable() { Close(); }
  RuledTable(const RuledTable&) = delete;

  // `first` names the rows up to the next Begin, beside which it stands; `again` stands there when
  // they go on on another page.
  void Begin(Cell first, Cell again);
  void Add(const std::vector<Cell>& cells);

 private:
  void Open();
  void Close();
  void CloseGroup();
  void Turn();
  void PlaceHeader();
  // Lines from `first`, at most `count` of each cell, with rules around.
  void Place(const std::vector<Cell>& cells, int first, int count);
  void DrawCell(const Cell& cell, double top, double height, int first, int count);

  Pages& pages_;
  const double x_, width_;
  const std::vector<Cell> header_;
  double top_ = 0;        // Of this part of the table.
  double group_top_ = 0;  // Of this part of the group.
  bool in_group_ = false;
  Cell group_, group_again_;
};

// How high the lines of the cell that has most are, with what is above and below.
double HeightOf(const std::vector<Cell>& cells);

}  // namespace daicho::paper
