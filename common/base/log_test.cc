#include "common/base/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace daicho {
namespace {

TEST(LogLineTest, IsOneJsonObjectWhateverTheTextHolds) {
  const std::string line =
      LogLine(LogLevel::kError, "二行\nと\"引用\"", {{"bytes", "\xff\x00x"}}, absl::UnixEpoch());
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const auto parsed = nlohmann::json::parse(line);
  EXPECT_EQ(parsed["level"], "error");
  EXPECT_EQ(parsed["message"], "二行\nと\"引用\"");
  EXPECT_EQ(parsed["time"], "1970-01-01T00:00:00+00:00");
}

}  // namespace
}  // namespace daicho
