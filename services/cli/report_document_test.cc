#include "services/cli/report_document.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/paper/html.h"
#include "common/wire/fields.h"
#include "services/cli/report_chart.h"

namespace daicho::cli {
namespace {

namespace v1 = policy::v1;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kReport[] = R"pb(
  report {
    name: "inactivityReports/2026-11-21"
    as_of { year: 2026 month: 11 day: 21 }
    guideline_version: "tokushima@2023-03-31"
    change_number: 41
    snapshot_time { seconds: 1795219200 }
    creator: "services/reporter"
    account_count: 3
    answer_due_on { year: 2026 month: 12 day: 21 }
    counts { bucket: INACTIVITY_BUCKET_ACTIVE count: 1 }
    counts { bucket: INACTIVITY_BUCKET_NOTICE count: 0 }
    counts { bucket: INACTIVITY_BUCKET_CANDIDATE count: 1 }
    counts { bucket: INACTIVITY_BUCKET_NEEDS_CHECK count: 1 }
    departments {
      department: "departments/0301"
      display_name: "観光課"
      counts { bucket: INACTIVITY_BUCKET_ACTIVE count: 1 }
      counts { bucket: INACTIVITY_BUCKET_CANDIDATE count: 1 }
    }
    departments {
      department: "departments/0302"
      display_name: "農政課"
      counts { bucket: INACTIVITY_BUCKET_NEEDS_CHECK count: 1 }
    }
  }
  rows {
    account: "accounts/1"
    department: "departments/0301"
    platform: "x"
    display_name: "=観光<b>"
    url: "https://x.com/kanko"
    state: STATE_ACTIVE
    bucket: INACTIVITY_BUCKET_CANDIDATE
    base_on { year: 2025 month: 3 day: 15 }
    last_post_on { year: 2025 month: 3 day: 15 }
    observed_on { year: 2026 month: 11 day: 20 }
    activity_source: "feed"
    days_silent: 616
    open_advice_count: 1
    frequency: POSTING_FREQUENCY_SILENT_A_YEAR
  }
  rows {
    account: "accounts/2"
    department: "departments/0301"
    platform: "x"
    display_name: "物産"
    state: STATE_ACTIVE
    bucket: INACTIVITY_BUCKET_ACTIVE
  }
  rows {
    account: "accounts/3"
    department: "departments/0302"
    platform: "line"
    url: "https://line.me/R/ti/p/a"
    state: STATE_ACTIVE
    bucket: INACTIVITY_BUCKET_NEEDS_CHECK
  }
)pb";

WholeReport Whole() {
  v1::PreviewInactivityReportResponse all;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kReport, &all));
  WholeReport whole{.report = all.report(), .rows = {all.rows().begin(), all.rows().end()}};
  whole.history = {all.report(), all.report()};
  whole.history[1].mutable_as_of()->set_month(10);
  return whole;
}

TEST(ReportTableTest, HasARowForEveryAccountThatNoSpreadsheetRuns) {
  const sheet::Table table = RowTable(Whole(), Reader::kPeople);
  EXPECT_THAT(table.rows, SizeIs(3));
  EXPECT_THAT(table.rows, Each(SizeIs(table.columns.size())));
  EXPECT_THAT(table.rows[0], ::testing::Contains("観光課"));
  EXPECT_THAT(table.rows[0], ::testing::Contains("616"));
  const std::string csv = sheet::WriteCsvUtf8(table);
  EXPECT_THAT(csv, StartsWith("\xEF\xBB\xBF"));
  EXPECT_THAT(csv, HasSubstr("'=観光"));
  EXPECT_EQ(csv, sheet::WriteCsvUtf8(RowTable(Whole(), Reader::kPeople)));
  EXPECT_THAT(RowTable(Whole(), Reader::kPrograms).rows[0], ::testing::Contains("CANDIDATE"));
}

TEST(ReportDocumentTest, ShowsCountsChartsAndWhatIsNotSimplyActive) {
  const std::string html = paper::RenderHtml(ReportDocument(Whole()));
  EXPECT_THAT(html, HasSubstr("tokushima@2023-03-31"));
  EXPECT_THAT(html, HasSubstr("令和8年11月21日"));
  EXPECT_THAT(html, HasSubstr("<svg"));
  EXPECT_THAT(html, HasSubstr("=観光&lt;b&gt;"));
  EXPECT_THAT(html, HasSubstr("https://line.me/R/ti/p/a")) << "what has no name for readers";
  EXPECT_THAT(html, HasSubstr("2026-11-20\nfeed"));
  EXPECT_THAT(html, HasSubstr("助言 1 件"));
  EXPECT_THAT(html, Not(HasSubstr("物産")));
  EXPECT_EQ(html, paper::RenderHtml(ReportDocument(Whole())));
}

TEST(ReportDocumentTest, SaysThatAPreviewIsOneAndWhatChangedSince) {
  WholeReport whole = Whole();
  whole.report.clear_name();
  EXPECT_EQ(ReportDocument(whole).notice, "試算");
  EXPECT_THAT(ReportText(whole, 0), HasSubstr("試算 Preview"));
  whole = Whole();
  whole.compared_with = "inactivityReports/2026-10-21";
  v1::InactivityMove move;
  move.set_account("accounts/1");
  move.set_department("departments/0301");
  move.set_display_name("観光");
  move.set_after(v1::INACTIVITY_BUCKET_CANDIDATE);
  whole.moves = {move};
  EXPECT_THAT(ReportText(whole, 0), HasSubstr("新規"));
  EXPECT_THAT(paper::RenderHtml(ReportDocument(whole)), HasSubstr("inactivityReports/2026-10-21"));
  EXPECT_THAT(MoveTable(whole, Reader::kPrograms).rows,
              ElementsAre(::testing::Contains("CANDIDATE")));
}

TEST(HistoryTest, LeavesOutLaterDaysAndWhatWasMadeAfterwards) {
  const auto report = [](int day, int made) {
    v1::InactivityReport out;
    *out.mutable_as_of() = wire::ToDate(absl::CivilDay(2026, 11, day));
    out.mutable_snapshot_time()->set_seconds(made);
    out.set_name(absl::StrCat("inactivityReports/2026-11-", day));
    return out;
  };
  const std::vector<v1::InactivityReport> reports = {report(30, 50), report(20, 40), report(15, 60),
                                                     report(10, 40), report(9, 10)};
  std::vector<std::string> names;
  for (const auto& one : HistoryOf(reports[1], reports)) names.push_back(one.name());
  EXPECT_THAT(names, ElementsAre("inactivityReports/2026-11-20", "inactivityReports/2026-11-10",
                                 "inactivityReports/2026-11-9"));
}

TEST(LetterTest, AsksADepartmentAboutItsAccountsByADay) {
  const WholeReport whole = Whole();
  const paper::Document letter = Letter(whole.report, whole.report.departments(0), {whole.rows[0]});
  const std::string html = paper::RenderHtml(letter);
  EXPECT_THAT(html, HasSubstr("観光課長 様"));
  EXPECT_THAT(html, HasSubstr("令和8年12月21日までに"));
  EXPECT_THAT(html, HasSubstr("616"));
  EXPECT_THAT(html, Not(HasSubstr("農政")));
  EXPECT_TRUE(IsForLetter(v1::INACTIVITY_BUCKET_NEEDS_CHECK));
  EXPECT_FALSE(IsForLetter(v1::INACTIVITY_BUCKET_ACTIVE));
  EXPECT_FALSE(IsForLetter(v1::INACTIVITY_BUCKET_EXEMPT));
}

TEST(PostingSheetTest, HasARowForEachPlatformAndOneForAll) {
  v1::PostingTable posting;
  v1::PostingCounts& x = *posting.add_platforms();
  x.set_platform("x");
  x.set_account_count(7);
  x.set_daily_count(3);
  *posting.mutable_total() = x;
  const sheet::Table table = PostingSheet(posting);
  EXPECT_THAT(table.rows, SizeIs(2));
  EXPECT_THAT(table.rows, Each(SizeIs(table.columns.size())));
  EXPECT_EQ(table.rows[1][0], "合計");
  EXPECT_EQ(table.rows[0][2], "3");
  EXPECT_THAT(paper::RenderHtml(PostingDocument(posting, Whole().report)), HasSubstr("毎日"));
}

TEST(ReportChartTest, DrawsABarForEachDepartmentWithSilenceAndForEachReport) {
  const paper::Drawing by_department = SilenceByDepartment(Whole().report);
  EXPECT_THAT(by_department.description, HasSubstr("観光課: 1、0、0。"));
  EXPECT_THAT(by_department.description, Not(HasSubstr("農政課")));
  EXPECT_THAT(by_department.rectangles, SizeIs(3 + 1)) << "the key, and one bar";
  const paper::Drawing over_time = LadderOverTime(Whole().history);
  EXPECT_LT(over_time.description.find("2026-10-21"), over_time.description.find("2026-11-21"));
  EXPECT_LE(over_time.width, 460);
}

}  // namespace
}  // namespace daicho::cli
