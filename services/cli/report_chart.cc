#include "services/cli/report_chart.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/cli/report_document.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = policy::v1;

constexpr double kWidth = 460;
constexpr double kLabels = 150;  // For names at the left.
constexpr double kNumbers = 60;  // For numbers at the right.
constexpr double kBarHeight = 12;
constexpr double kRowHeight = 18;
constexpr double kTop = 26;  // Below the key.
constexpr std::size_t kMostDepartments = 20;
constexpr std::size_t kMostReports = 12;

// What a bar is made of, the gravest first.
struct Part {
  const char* name;
  double gray;
};
constexpr std::array<Part, 3> kParts = {{{"候補", 0.15}, {"警告", 0.5}, {"注意", 0.78}}};
using Counts = std::array<std::int64_t, kParts.size()>;

struct Bar {
  std::string label;
  Counts counts = {};
};

template <typename Message>
Counts CountsOf(const Message& message) {
  Counts counts = {};
  for (const v1::BucketCount& count : message.counts()) {
    if (IsCandidate(count.bucket())) counts[0] += count.count();
    if (count.bucket() == v1::INACTIVITY_BUCKET_WARNING) counts[1] += count.count();
    if (count.bucket() == v1::INACTIVITY_BUCKET_NOTICE) counts[2] += count.count();
  }
  return counts;
}

std::int64_t Sum(const Counts& counts) { return counts[0] + counts[1] + counts[2]; }

void AddKey(paper::Drawing& drawing) {
  double x = kLabels;
  for (const Part& part : kParts) {
    drawing.rectangles.push_back({.x = x, .y = 4, .width = 10, .height = 10, .gray = part.gray});
    drawing.labels.push_back({.x = x + 14, .baseline = 13, .text = part.name});
    x += 60;
  }
}

void AddBar(const Bar& bar, double y, double scale, paper::Drawing& drawing) {
  drawing.labels.push_back(
      {.x = kLabels - 6, .baseline = y + 9, .text = bar.label, .align = paper::Align::kEnd});
  double x = kLabels;
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    const double width = static_cast<double>(bar.counts[i]) * scale;
    if (width <= 0) continue;
    drawing.rectangles.push_back(
        {.x = x, .y = y, .width = width, .height = kBarHeight, .gray = kParts[i].gray});
    x += width;
  }
  drawing.labels.push_back(
      {.x = x + 4,
       .baseline = y + 9,
       .text = absl::StrCat(bar.counts[0], " / ", bar.counts[1], " / ", bar.counts[2])});
}

paper::Drawing BarsOf(const std::vector<Bar>& bars, const std::string& what) {
  paper::Drawing drawing{.description = what, .width = kWidth, .height = kTop};
  std::int64_t most = 1;
  for (const Bar& bar : bars) most = std::max(most, Sum(bar.counts));
  const double scale = (kWidth - kLabels - kNumbers) / static_cast<double>(most);
  AddKey(drawing);
  for (const Bar& bar : bars) {
    AddBar(bar, drawing.height, scale, drawing);
    drawing.height += kRowHeight;
    absl::StrAppend(&drawing.description, " ", bar.label, ": ", bar.counts[0], "、", bar.counts[1],
                    "、", bar.counts[2], "。");
  }
  drawing.lines.push_back(
      {.x1 = kLabels, .y1 = kTop - 4, .x2 = kLabels, .y2 = drawing.height, .gray = 0.4});
  return drawing;
}

}  // namespace

paper::Drawing SilenceByDepartment(const v1::InactivityReport& report) {
  std::vector<Bar> bars;
  for (const v1::DepartmentCount& department : report.departments()) {
    Bar bar{.label = department.display_name(), .counts = CountsOf(department)};
    if (Sum(bar.counts) > 0) bars.push_back(std::move(bar));
  }
  std::stable_sort(bars.begin(), bars.end(),
                   [](const Bar& a, const Bar& b) { return a.counts > b.counts; });
  if (bars.size() > kMostDepartments) bars.resize(kMostDepartments);
  if (bars.empty()) return {};
  return BarsOf(bars, "所属別の候補、警告、注意の件数。");
}

paper::Drawing LadderOverTime(const std::vector<v1::InactivityReport>& history) {
  std::vector<Bar> bars;
  for (const v1::InactivityReport& report : history) {
    if (bars.size() == kMostReports) break;
    bars.push_back({.label = DayText(report.as_of()), .counts = CountsOf(report)});
  }
  std::reverse(bars.begin(), bars.end());
  return BarsOf(bars, "報告書ごとの候補、警告、注意の件数の推移。");
}

}  // namespace daicho::cli
