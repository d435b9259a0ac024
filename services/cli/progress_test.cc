#include "services/cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace daicho::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ProgressTest : public ::testing::Test {
 protected:
  Surroundings Around(bool terminal) {
    return {.out = out_, .err = err_, .now = absl::UnixEpoch(), .err_is_terminal = terminal};
  }
  std::ostringstream out_, err_;
};

TEST_F(ProgressTest, ShowsABarAndHowItEnded) {
  Progress progress(Around(true), "書出し中 Exporting");
  progress.Set(50, 100);
  progress.Finish(100);
  EXPECT_THAT(err_.str(), HasSubstr("書出し中 Exporting [############............] 50/100 "));
  EXPECT_THAT(err_.str(), HasSubstr("100 行 rows, "));
  EXPECT_THAT(out_.str(), IsEmpty());
}

TEST_F(ProgressTest, TakesItsLineAwayWhenNobodyFinishes) {
  { const Progress progress(Around(true), "取込み中 Importing"); }
  EXPECT_TRUE(err_.str().ends_with("\r\x1B[K"));
}

TEST_F(ProgressTest, SaysNothingWhereThereIsNoTerminal) {
  Progress progress(Around(false), "書出し中 Exporting");
  progress.Set(50, 100);
  progress.Finish(100);
  EXPECT_THAT(err_.str(), IsEmpty());
}

}  // namespace
}  // namespace daicho::cli
