#include "services/cli/publish/folder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"

namespace daicho::cli::publish {
namespace {

namespace fs = std::filesystem;
using ::testing::UnorderedElementsAre;

using Files = std::map<std::string, std::string>;

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

// A publication in which every file says `word`.
Files Saying(const std::string& word) {
  return {{"SHA256SUMS", word},
          {"index.html", word},
          {"accounts.csv", word},
          {"departments/0101.html", word}};
}

class FolderTest : public ::testing::Test {
 protected:
  FolderTest() {
    std::string pattern = fs::path(::testing::TempDir()) / "folder_test_XXXXXX";
    above_ = mkdtemp(pattern.data());
    path_ = above_ / "sns";
  }
  ~FolderTest() override { fs::remove_all(above_); }

  absl::Status Publish(const Files& files) {
    const auto folder = Folder::Open(path_);
    return folder.ok() ? (*folder)->Replace(files) : folder.status();
  }

  std::string OpenReason() { return ReasonOf(Folder::Open(path_).status()); }

  fs::path above_;
  fs::path path_;
};

TEST_F(FolderTest, WritesWhatEverybodyMayReadWhereNothingWas) {
  const mode_t mask = umask(0077);
  const absl::Status status = Publish(Saying("one"));
  umask(mask);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Read(path_ / "departments/0101.html"), "one");
  struct stat file = {}, folder = {};
  ASSERT_EQ(stat((path_ / "index.html").c_str(), &file), 0);
  ASSERT_EQ(stat((path_ / "departments").c_str(), &folder), 0);
  EXPECT_EQ(file.st_mode & 0777, 0644u);
  EXPECT_EQ(folder.st_mode & 0777, 0755u);
  EXPECT_THAT(NamesIn(above_), UnorderedElementsAre("sns"));
}

TEST_F(FolderTest, ReplacesTheWholeAndKeepsOneFormerPublication) {
  ASSERT_TRUE(Publish(Saying("one")).ok());
  Files two = Saying("two");
  two.erase("departments/0101.html");
  ASSERT_TRUE(Publish(two).ok());
  EXPECT_THAT(NamesIn(path_), UnorderedElementsAre("SHA256SUMS", "index.html", "accounts.csv"));
  EXPECT_EQ(Read(above_ / ".sns.previous/index.html"), "one");
  ASSERT_TRUE(Publish(Saying("three")).ok());
  EXPECT_EQ(Read(path_ / "index.html"), "three");
  EXPECT_EQ(Read(above_ / ".sns.previous/index.html"), "two");
  EXPECT_THAT(NamesIn(above_), UnorderedElementsAre("sns", ".sns.previous"));
}

TEST_F(FolderTest, TakesAnEmptyFolderAndASlashAtTheEnd) {
  fs::create_directory(path_);
  path_ /= "";
  EXPECT_TRUE(Publish(Saying("one")).ok());
  EXPECT_EQ(Read(above_ / "sns/index.html"), "one");
}

TEST_F(FolderTest, FollowsASymbolicLinkAndLeavesItAlone) {
  fs::create_directory(above_ / "disk");
  fs::create_directory(above_ / "disk/sns");
  fs::create_symlink("disk/sns", path_);
  ASSERT_TRUE(Publish(Saying("one")).ok());
  EXPECT_TRUE(fs::is_symlink(path_));
  EXPECT_EQ(Read(path_ / "index.html"), "one");
}

TEST_F(FolderTest, RefusesAFolderOfSomethingElse) {
  fs::create_directory(path_);
  std::ofstream(path_ / "index.html") << "somebody's page";
  EXPECT_EQ(OpenReason(), "FOLDER_NOT_OURS");
  EXPECT_EQ(Read(path_ / "index.html"), "somebody's page");
  path_ = "/";
  EXPECT_EQ(OpenReason(), "FOLDER_NOT_OURS");
}

TEST_F(FolderTest, RefusesAFile) {
  std::ofstream(path_) << "a file";
  EXPECT_EQ(OpenReason(), "FOLDER_NOT_OURS");
}

TEST_F(FolderTest, NamesAFolderAboveThatIsMissing) {
  path_ = above_ / "no/such";
  const absl::Status status = Folder::Open(path_).status();
  EXPECT_EQ(ReasonOf(status), "FOLDER_UNUSABLE");
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("No such file"));
}

TEST_F(FolderTest, LetsOnePublishAtATime) {
  const auto first = Folder::Open(path_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(OpenReason(), "PUBLICATION_IN_PROGRESS");
}

TEST_F(FolderTest, TidiesUpAfterAPublisherThatWasKilled) {
  fs::create_directory(above_ / ".sns.new");
  std::ofstream(above_ / ".sns.new/half") << "ha";
  ASSERT_TRUE(Publish(Saying("one")).ok());
  EXPECT_THAT(NamesIn(above_), UnorderedElementsAre("sns"));
  EXPECT_EQ(Read(path_ / "half"), "");
}

// No file may grow beyond a few bytes: what a full disk looks like to a program.
TEST_F(FolderTest, LeavesTheFormerPublicationWhenTheDiskIsFull) {
  ASSERT_TRUE(Publish(Saying("one")).ok());
  rlimit before = {};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit full = {10, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &full);
  const absl::Status status = Publish(Saying("more than ten bytes"));
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(ReasonOf(status), "FOLDER_UNUSABLE");
  EXPECT_EQ(Read(path_ / "index.html"), "one");
  EXPECT_THAT(NamesIn(above_), UnorderedElementsAre("sns"));
  EXPECT_TRUE(Publish(Saying("two")).ok());
}

TEST_F(FolderTest, AReaderNeverFindsTheFolderAwayNorMixed) {
  ASSERT_TRUE(Publish(Saying("0")).ok());
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0}, faults{0};
  std::thread reader([&] {
    while (!stop) {
      // As a copying program does: it opens the folder once.
      const int folder = open(path_.c_str(), O_RDONLY | O_DIRECTORY);
      std::string seen;
      for (const char* name : {"index.html", "accounts.csv", "departments/0101.html"}) {
        char text[16] = {};
        const int file = openat(folder, name, O_RDONLY);
        const ssize_t count = file < 0 ? -1 : read(file, text, sizeof text);
        close(file);
        if (count <= 0 || (!seen.empty() && seen != std::string(text, count))) ++faults;
        seen = std::string(text, count > 0 ? count : 0);
      }
      close(folder);
      ++reads;
    }
  });
  // One publication after another is over before a walk of the reader's is, so that it still finds
  // the one it walks through.
  for (int i = 1; i <= 10; ++i) {
    ASSERT_TRUE(Publish(Saying(absl::StrCat(i))).ok());
    const int from = reads;
    while (reads < from + 2) std::this_thread::yield();
  }
  stop = true;
  reader.join();
  EXPECT_EQ(faults, 0);
  EXPECT_EQ(Read(path_ / "index.html"), "10");
}

}  // namespace
}  // namespace daicho::cli::publish
