#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_replace.h"
#include "services/cli/app.h"
#include "services/cli/session.h"

namespace daicho::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTokushima[] = "services/policy/guidelines/tokushima.textproto";

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Commands that need no service: there is no profile.
class PolicyFileTest : public ::testing::Test {
 protected:
  PolicyFileTest() {
    std::string pattern = std::filesystem::path(::testing::TempDir()) / "policy_file_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~PolicyFileTest() override { std::filesystem::remove_all(folder_); }

  Exit RunWords(const std::vector<std::string>& words) {
    out_.str("");
    err_.str("");
    return cli::Run(words, {out_, err_, 0, folder_ / "none", QuotedForShell(words), absl::Now()});
  }

  // 徳島県's guideline with `from` replaced by `to`.
  std::string Draft(const std::string& from, const std::string& to) {
    const std::string path = folder_ / "draft.textproto";
    std::ofstream(path) << absl::StrReplaceAll(ReadFile(kTokushima), {{from, to}});
    return path;
  }

  std::filesystem::path folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(PolicyFileTest, LintsAGuidelineAndItsCoverage) {
  ASSERT_EQ(RunWords({"policy", "lint", kTokushima}), Exit::kOk) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("tokushima@2023-03-31"), Not(HasSubstr("None"))));
  ASSERT_EQ(RunWords({"policy", "lint", Draft("x", "x")}), Exit::kOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("None"));
}

TEST_F(PolicyFileTest, SaysFileAndLineOfWhatIsWrong) {
  const std::string path = Draft("code: \"T\"", "code: \"X\"");
  EXPECT_EQ(RunWords({"policy", "lint", path}), Exit::kUsage);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("WRONG_GUIDELINE"), HasSubstr(path + ":")));
  EXPECT_EQ(RunWords({"policy", "lint", folder_ / "absent"}), Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("UNREADABLE_FILE"));
}

TEST_F(PolicyFileTest, PrintsTheCoverageThatIsInTheDocuments) {
  ASSERT_EQ(RunWords({"policy", "coverage", kTokushima}), Exit::kOk) << err_.str();
  EXPECT_EQ(out_.str(), ReadFile("services/policy/guidelines/tokushima.md"));
  ASSERT_EQ(RunWords({"policy", "coverage", kTokushima, "--format=json"}), Exit::kOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"clause\""));
}

TEST_F(PolicyFileTest, ExplainsARuleOfAFile) {
  ASSERT_EQ(RunWords({"policy", "explain", "u-2-1",
                      "--guideline=services/policy/guidelines/union.textproto"}),
            Exit::kOk)
      << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("U 2-1"), HasSubstr("head_count")));
  EXPECT_EQ(RunWords({"policy", "explain", "U-9",
                      "--guideline=services/policy/guidelines/union.textproto"}),
            Exit::kNotFound);
}

TEST_F(PolicyFileTest, ComparesTheRulesOfTwoFiles) {
  const std::string draft = Draft("percent: 60", "percent: 70");
  ASSERT_EQ(RunWords({"policy", "diff", kTokushima, draft, "--rules-only"}), Exit::kOk)
      << err_.str();
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("T-5-9-1-similar"), HasSubstr("変更"), Not(HasSubstr("T-5-9-3"))));
}

}  // namespace
}  // namespace daicho::cli
