#include "common/server/config.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "daicho/config/v1/config.pb.h"

namespace daicho::server {
namespace {

using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() : path_(absl::StrCat(::testing::TempDir(), "/config.", getpid(), ".textproto")) {}
  ~ConfigTest() override { unlink(path_.c_str()); }

  absl::Status Load(const std::string& text, std::size_t max_bytes = 1 << 20) {
    std::ofstream(path_) << text;
    return LoadTextProto(path_, &config_, max_bytes);
  }

  std::string path_;
  config::v1::ServerConfig config_;
};

TEST_F(ConfigTest, ReadsWhatItKnows) {
  ASSERT_TRUE(Load("listen: \"127.0.0.1:0\"\npool_size: 3").ok());
  EXPECT_EQ(config_.pool_size(), 3);
}

TEST_F(ConfigTest, RefusesAnUnknownFieldWithFileAndLine) {
  const absl::Status status = Load("pool_size: 3\nlisen: \"x\"\n");
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat(path_, ":2:")));
}

TEST_F(ConfigTest, RefusesAWrongTypeWithFileAndLine) {
  const absl::Status status = Load("\n\npool_size: \"many\"\n");
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat(path_, ":3:")));
}

TEST_F(ConfigTest, RefusesAFileThatIsTooLong) {
  EXPECT_EQ(Load(std::string(100, '#'), 99).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Load(std::string(99, '#'), 99).ok());
}

TEST_F(ConfigTest, RefusesAMissingFile) {
  EXPECT_EQ(LoadTextProto("/nowhere/at/all", &config_).code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace daicho::server
