#include "services/cli/form_transfer.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/base/refusal.h"
#include "services/cli/transfer_file.h"

namespace daicho::cli {
namespace {

using approval::v1::TransferPeopleRequest;
using approval::v1::TransferPeopleResponse;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kWideEnough = 240;

template <typename Message>
Message Parsed(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class TransferRequestTest : public ::testing::Test {
 protected:
  ~TransferRequestTest() override { std::filesystem::remove(path_); }

  absl::StatusOr<TransferPeopleRequest> FromFile(const std::string& csv) {
    std::ofstream(path_) << csv;
    return TransferRequestOf({.operands = {path_}});
  }

  const std::string path_ = std::filesystem::path(::testing::TempDir()) / "ido.csv";
};

TEST_F(TransferRequestTest, TakesPeopleFromAFileOrOneFromTheCommandLine) {
  const auto expected = Parsed<TransferPeopleRequest>(
      "people { subject: 'users/hirose' department_left: 'departments/0201'"
      "  department_joined: 'departments/0101'"
      "  successor { subject: 'users/ito' display_name: '伊藤 美咲' } }");
  const auto from_file = FromFile(
      "subject,name,left,joined,successor,successor_name\n"
      "hirose,広瀬 遥,0201,0101,ito,伊藤 美咲\n");
  ASSERT_TRUE(from_file.ok()) << from_file.status();
  EXPECT_EQ(from_file->DebugString(), expected.DebugString());
  const auto from_flags = TransferRequestOf({.flags = {{"subject", {"users/hirose"}},
                                                       {"left", {"departments/0201"}},
                                                       {"joined", {"0101"}},
                                                       {"successor", {"ito"}},
                                                       {"successor-name", {"伊藤 美咲"}}}});
  ASSERT_TRUE(from_flags.ok()) << from_flags.status();
  EXPECT_EQ(from_flags->DebugString(), expected.DebugString());
  const auto retired = FromFile("kato,加藤 誠,0201,,ito\n");
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_EQ(retired->people(0).department_joined(), "");
}

TEST_F(TransferRequestTest, RefusesWhoIsNotKnownByIdOrHasNoSuccessor) {
  for (const char* csv :
       {",広瀬 遥,0201,0101,ito\n", "hirose,広瀬 遥,0201,0101\n", "hirose,広瀬 遥,,0101,ito\n"}) {
    const auto request = FromFile(csv);
    EXPECT_EQ(ReasonOf(request.status()), "WRONG_COMMAND_LINE") << csv;
    EXPECT_THAT(request.status().message(), HasSubstr("広瀬 遥"));
  }
  EXPECT_EQ(ReasonOf(TransferRequestOf({}).status()), "WRONG_COMMAND_LINE");
}

TEST_F(TransferRequestTest, NamesTheLineWithOtherColumns) {
  for (const char* csv : {"hirose,広瀬,0201,0101,ito\nkato\n",
                          "hirose,広瀬,0201,0101,ito\nkato,加藤,0201,0101,ito,伊藤,更に\n"}) {
    EXPECT_THAT(FromFile(csv).status().message(), HasSubstr("line 2"));
  }
}

TEST_F(TransferRequestTest, ASweepReadsTheSameFile) {
  std::ofstream(path_) << "hirose,広瀬 遥,0201,0101,ito,伊藤 美咲\nkato,加藤 誠,0201,\n";
  const auto rows = ReadTransferFile(path_);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(rows->at(0).joined, "0101");
  EXPECT_EQ(rows->at(1).name, "加藤 誠");
  EXPECT_EQ(rows->at(1).successor, "");
}

TEST(TransferTextTest, SaysWhatWentToWhomUnderJapaneseHeads) {
  auto request = Parsed<TransferPeopleRequest>(
      "people { subject: 'users/hirose' } people { subject: 'users/kato' }");
  const auto answer = Parsed<TransferPeopleResponse>(
      "effects { person: 1 name: 'forms/1' department: 'departments/0201' what: WHAT_REVIEW_GIVEN"
      "  field: 'steps[0].reviewer' successor { subject: 'users/ito' } }"
      "effects { person: 0 name: 'forms/2' department: 'departments/0301' what: WHAT_NAMED"
      "  field: 'fields.publishing_method.operators[0].subject'"
      "  successor { subject: 'users/mori' } } form_count: 2");
  const std::string text = TransferText(request, answer, kWideEnough);
  for (const char* part :
       {"職員", "内容", "対象", "所属", "項目", "後任", "users/kato", "後閲を後任へ", "forms/1",
        "steps[0].reviewer", "users/ito", "協議書に氏名あり", "2 件、協議書 2 件\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("試行")));
  request.set_validate_only(true);
  EXPECT_THAT(TransferText(request, answer, kWideEnough), HasSubstr("試行(変更なし)"));
}

}  // namespace
}  // namespace daicho::cli
