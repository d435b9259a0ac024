#include "services/policy/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace daicho::policy {
namespace {

using ::testing::HasSubstr;

v1::Guideline Guideline() {
  v1::Guideline guideline;
  guideline.set_id("t");
  guideline.set_title("題名");
  for (const char* id : {"T 1", "T 2", "T 3"}) {
    v1::Clause& clause = *guideline.add_clauses();
    clause.set_id(id);
    clause.set_topic_ja(absl::StrCat(id, "の要旨"));
  }
  for (const char* rule : {"T-2", "T-2-more"}) {
    guideline.add_rules()->set_id(rule);
    guideline.mutable_rules()->rbegin()->set_clause("T 2");
  }
  return guideline;
}

constexpr char kGoodCoverage[] = R"(guideline: "t"
clauses { clause: "T 1" carrier: CARRIER_PEOPLE note: "An attitude." }
clauses { clause: "T 2" rules: ["T-2", "T-2-more"] }
clauses { clause: "T 3" rules: "T-2" note: "a|b" }
)";

std::string CoverageProblemsWith(absl::string_view from, absl::string_view to) {
  std::string text = kGoodCoverage;
  const std::size_t at = text.find(std::string(from));
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), std::string(to));
  const auto coverage = ParseCoverage("c", text, Guideline());
  return coverage.ok() ? "" : std::string(coverage.status().message());
}

TEST(ParseCoverageTest, RefusesWithFileAndLine) {
  struct Row {
    absl::string_view from, to, problem;
  };
  const Row rows[] = {
      {"\"t\"", "\"u\"", "c:1: is of \"u\", not of \"t\""},
      {"clauses { clause: \"T 1\" carrier: CARRIER_PEOPLE note: \"An attitude.\" }\n", "",
       "c:1: clause \"T 1\" is missing"},
      {"clause: \"T 3\"", "clause: \"T 4\"", "c:4: the guideline has no clause \"T 4\""},
      {"clause: \"T 3\"", "clause: \"T 2\"", "c:4: duplicate clause \"T 2\""},
      {"clause: \"T 1\"", "clause: \"T 3\" rules: \"T-2\" } clauses { clause: \"T 1\"",
       "is not in the order of the text"},
      {"[\"T-2\", \"T-2-more\"]", "\"T-2\"", "c:3: rule \"T-2-more\" of clause \"T 2\" is missing"},
      {"rules: \"T-2\"", "rules: \"T-9\"", "c:4: the guideline has no rule \"T-9\""},
      {"rules: \"T-2\"", "rules: [\"T-2\", \"T-2\"]", "c:4: \"T-2\" is named twice"},
      {"rules: \"T-2\"", "rules: \"T-2\" carrier: CARRIER_SUITE", "c:4: clause \"T 3\" has both"},
      {"rules: \"T-2\"", "", "c:4: clause \"T 3\" has neither rules nor"},
      {"note: \"An attitude.\"", "note: \" \"", "c:2: note is missing"},
      {"CARRIER_PEOPLE", "CARRIER_NOBODY", "c:2: "},
      {"clauses {", "claws {", "c:2: "},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(CoverageProblemsWith(row.from, row.to), HasSubstr(std::string(row.problem)))
        << row.from << " → " << row.to;
  }
}

TEST(CoveragePageTest, HasARowForEachClause) {
  const auto coverage = ParseCoverage("c", kGoodCoverage, Guideline());
  ASSERT_TRUE(coverage.ok()) << coverage.status();
  const std::string page = CoveragePage(Guideline(), *coverage);
  EXPECT_THAT(page, HasSubstr("| T 1 | T 1の要旨 | people | An attitude. |\n"
                              "| T 2 | T 2の要旨 | T-2, T-2-more | |\n"
                              "| T 3 | T 3の要旨 | T-2 | a\\|b |\n"));
}

}  // namespace
}  // namespace daicho::policy
