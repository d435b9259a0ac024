#include "services/cli/content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "services/cli/labels.h"

namespace daicho::cli {
namespace {

using approval::v1::Form;
using approval::v1::FormContent;
using registry::v1::Closing;
using ::testing::HasSubstr;

TEST(EditTest, SetsEveryKindOfField) {
  const auto content =
      Edit({}, {},
           {"action=open", "fields.purpose=a=b", "content.effective_on=2026-12-01",
            "fields.term.permanent=true", "fields.goals[0].target=100",
            "fields.publishing_method.operators[1].display_name=広瀬", "closing.reason=MERGED"});
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->action(), Form::ACTION_OPEN);
  EXPECT_EQ(content->fields().purpose(), "a=b");
  EXPECT_EQ(content->effective_on().month(), 12);
  EXPECT_TRUE(content->fields().term().permanent());
  EXPECT_EQ(content->fields().goals(0).target(), 100);
  EXPECT_EQ(content->fields().publishing_method().operators(1).display_name(), "広瀬");
  EXPECT_EQ(content->closing().reason(), Closing::REASON_MERGED);
}

TEST(EditTest, UnsetsBeforeItSets) {
  FormContent content = *Edit({}, {}, {"fields.purpose=old", "fields.notes=n"});
  content = *Edit(content, {"fields.purpose", "content.fields.notes"}, {"fields.purpose=new"});
  EXPECT_EQ(content.fields().purpose(), "new");
  EXPECT_EQ(content.fields().notes(), "");
}

TEST(EditTest, TakesAnUnsetEntryOutOfItsList) {
  FormContent content = *Edit(
      {}, {}, {"fields.listing_urls[0]=a", "fields.listing_urls[1]=b", "fields.goals[0].metric=m"});
  content = *Edit(content, {"fields.listing_urls[0]", "fields.goals[0].metric"}, {});
  ASSERT_EQ(content.fields().listing_urls_size(), 1);
  EXPECT_EQ(content.fields().listing_urls(0), "b");
  EXPECT_EQ(content.fields().goals(0).metric(), "");
}

TEST(EditTest, ReadsAValueFromAFile) {
  const std::string path = std::filesystem::path(::testing::TempDir()) / "content_test_purpose.txt";
  std::ofstream(path) << "一行目\n二行目\n";
  const auto content = Edit({}, {}, {"fields.purpose=@" + path});
  std::filesystem::remove(path);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->fields().purpose(), "一行目\n二行目");
  EXPECT_EQ(ReasonOf(Edit({}, {}, {"fields.purpose=@/nowhere/at/all"}).status()),
            "UNREADABLE_FILE");
}

TEST(EditTest, RefusesWhatAFormCannotTake) {
  for (const char* bad :
       {"fields.purpos=x", "effective_on=2026-02-30", "fields.term=x", "fields.goals.metric=x",
        "fields.goals[x].metric=x", "action=nonsense", "fields.term.permanent=maybe", "purpose"}) {
    EXPECT_EQ(ReasonOf(Edit({}, {}, {bad}).status()), "WRONG_COMMAND_LINE") << bad;
  }
  for (const char* bad : {"fields.purpos", "fields.goals[0].metric", "", "fields.purpose.x"}) {
    EXPECT_EQ(ReasonOf(Edit({}, {bad}, {}).status()), "WRONG_COMMAND_LINE") << bad;
  }
}

TEST(DescribeTest, PinsAFileByItsHash) {
  const std::string path = std::filesystem::path(::testing::TempDir()) / "content_test_方針.txt";
  std::ofstream(path) << "abc";
  const auto attachment = Describe(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(attachment.ok()) << attachment.status();
  EXPECT_EQ(attachment->file_name(), "content_test_方針.txt");
  EXPECT_EQ(attachment->media_type(), "text/plain");
  EXPECT_EQ(attachment->size_bytes(), 3);
  // FIPS 180-4's own example.
  EXPECT_EQ(absl::BytesToHexString(attachment->sha256()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DescribeTest, LooksAtTheContentRatherThanTheName) {
  const std::string path = std::filesystem::path(::testing::TempDir()) / "content_test_a.txt";
  const std::pair<std::string, std::string> cases[] = {
      {"%PDF-1.7 …", "application/pdf"},
      {std::string("a\0b", 3), "application/octet-stream"},
      {"\xff\xfe", "application/octet-stream"}};
  for (const auto& [content, media_type] : cases) {
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_EQ(Describe(path)->media_type(), media_type);
  }
  std::filesystem::remove(path);
}

TEST(ParseEnumTest, TakesShortAndLongNamesInAnyCase) {
  const auto& type = *Form::State_descriptor();
  EXPECT_EQ(*ParseEnum(type, "draft", "state"), Form::STATE_DRAFT);
  EXPECT_EQ(*ParseEnum(type, "STATE_IN_ROUTE", "state"), Form::STATE_IN_ROUTE);
  EXPECT_THAT(ParseEnum(type, "gone", "state").status().message(), HasSubstr("UNDER_REVIEW"));
  EXPECT_FALSE(ParseEnum(type, "unspecified", "state").ok());
}

TEST(LabelsTest, EveryPathALabelNamesExists) {
  for (const char* path : {"fields.purpose", "fields.publishing_method.operators.display_name",
                           "closing_plan.unlist_on", "contact.email"}) {
    EXPECT_NE(FieldLabel(path), "") << path;
    EXPECT_NE(FieldAt(*FormContent::descriptor(), path), nullptr) << path;
  }
}

TEST(LabelsTest, IgnoresListPositions) {
  EXPECT_EQ(FieldLabel("content.fields.goals[3].metric"), "目標 指標");
  EXPECT_EQ(FieldLabel("no.such.path"), "");
}

TEST(LabelsTest, EveryFieldOfAFormHasAName) {
  FormContent content;
  std::vector<std::pair<const google::protobuf::Descriptor*, std::string>> open = {
      {FormContent::descriptor(), ""}};
  while (!open.empty()) {
    const auto [type, prefix] = open.back();
    open.pop_back();
    for (int i = 0; i < type->field_count(); ++i) {
      const auto* field = type->field(i);
      const std::string path = prefix + field->name();
      const auto* message = field->message_type();
      if (message != nullptr && message->full_name() != "google.type.Date") {
        open.emplace_back(message, path + ".");
      } else if (path.find("approver.") == std::string::npos) {
        EXPECT_NE(FieldLabel(path), "") << path;
      }
    }
  }
}

}  // namespace
}  // namespace daicho::cli
