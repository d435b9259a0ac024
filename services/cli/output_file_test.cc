#include "services/cli/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "common/base/refusal.h"
#include "common/server/config.h"

namespace daicho::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class OutputFileTest : public ::testing::Test {
 protected:
  OutputFileTest() {
    std::string pattern = fs::path(::testing::TempDir()) / "output_file_test_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~OutputFileTest() override { fs::remove_all(folder_); }

  std::string Content(const std::string& name) { return server::ReadFile(folder_ / name).value(); }
  long Files() { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }

  fs::path folder_;
};

TEST_F(OutputFileTest, WritesANewFileAndNothingBeside) {
  ASSERT_TRUE(WriteOutput(folder_ / "台帳.csv", "a").ok());
  EXPECT_EQ(Content("台帳.csv"), "a");
  EXPECT_EQ(Files(), 1);
}

TEST_F(OutputFileTest, TakesThePlaceOfAFileAndKeepsItsMode) {
  std::ofstream(folder_ / "a") << "a long text that was there";
  fs::permissions(folder_ / "a", fs::perms(0640));
  ASSERT_TRUE(WriteOutput(folder_ / "a", "new").ok());
  EXPECT_EQ(Content("a"), "new");
  EXPECT_EQ(fs::status(folder_ / "a").permissions(), fs::perms(0640));
}

TEST_F(OutputFileTest, FollowsALinkRatherThanReplaceIt) {
  std::ofstream(folder_ / "a") << "old";
  fs::create_symlink("a", folder_ / "link");
  ASSERT_TRUE(WriteOutput(folder_ / "link", "new").ok());
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(Content("a"), "new");
}

TEST_F(OutputFileTest, WritesToADeviceAsItIs) {
  EXPECT_TRUE(WriteOutput("/dev/null", "a").ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const absl::Status full = WriteOutput("/dev/full", "a");
  EXPECT_EQ(ReasonOf(full), "CANNOT_WRITE_FILE");
  EXPECT_THAT(JapaneseOf(full), HasSubstr("空き容量"));
}

TEST_F(OutputFileTest, LeavesTheOldFileWhenThereIsNoRoomForTheNew) {
  std::ofstream(folder_ / "a") << "old";
  struct rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = {1000, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = WriteOutput(folder_ / "a", std::string(2000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(ReasonOf(status), "CANNOT_WRITE_FILE");
  EXPECT_EQ(Content("a"), "old");
  EXPECT_EQ(Files(), 1);
}

TEST_F(OutputFileTest, NamesTheFileInAFolderThatIsNotThere) {
  const absl::Status status = WriteOutput(folder_ / "no" / "a", "a");
  EXPECT_EQ(ReasonOf(status), "CANNOT_WRITE_FILE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("no/a cannot be written"));
}

}  // namespace
}  // namespace daicho::cli
