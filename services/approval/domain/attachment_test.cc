#include "services/approval/domain/attachment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"

namespace daicho::approval::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPdf[] = "application/pdf";

TEST(NormalizeFileNameTest, LeavesFoldersOutAndComposesCharacters) {
  EXPECT_EQ(NormalizeFileName("運用方針.pdf")->shown, "運用方針.pdf");
  EXPECT_EQ(NormalizeFileName("C:\\Users\\広瀬\\方針.pdf")->shown, "方針.pdf");
  EXPECT_EQ(NormalizeFileName("../../etc/方針.pdf")->shown, "方針.pdf");
  // か + combining dakuten, as macOS writes names.
  EXPECT_EQ(NormalizeFileName("\xE3\x81\x8B\xE3\x82\x99.pdf")->shown, "\xE3\x81\x8C.pdf");
  EXPECT_EQ(NormalizeFileName(" 方針.pdf. .")->shown, "方針.pdf");
}

TEST(NormalizeFileNameTest, GivesNamesThatDifferInCaseOrWidthOneKey) {
  EXPECT_EQ(NormalizeFileName("Policy.PDF")->key, NormalizeFileName("ｐｏｌｉｃｙ.pdf")->key);
  EXPECT_NE(NormalizeFileName("policy.pdf")->key, NormalizeFileName("policy2.pdf")->key);
}

TEST(NormalizeFileNameTest, RefusesWhatIsNoName) {
  for (const char* name : {"", "a/", "..", "/", " . "}) {
    EXPECT_EQ(ReasonOf(NormalizeFileName(name).status()), "INVALID_FIELD") << name;
  }
}

TEST(NormalizeFileNameTest, RefusesCharactersThatSteerOrHide) {
  // Tab, the mark that turns "fdp.exe" around, a space without width.
  for (const char* name : {"a\tb.pdf",
                           "a\xE2\x80\xAE"
                           "fdp.pdf",
                           "a\xE2\x80\x8B.pdf"}) {
    EXPECT_EQ(ReasonOf(NormalizeFileName(name).status()), "INVALID_FIELD") << name;
  }
}

TEST(NormalizeFileNameTest, Takes200BytesAndNoMore) {
  EXPECT_TRUE(NormalizeFileName(std::string(196, 'a') + ".pdf").ok());
  EXPECT_EQ(ReasonOf(NormalizeFileName(std::string(197, 'a') + ".pdf").status()), "INVALID_FIELD");
}

TEST(CheckSizeTest, TakesFromOneByteTo20Megabytes) {
  EXPECT_EQ(ReasonOf(CheckSize(0)), "ATTACHMENT_EMPTY");
  EXPECT_EQ(ReasonOf(CheckSize(-1)), "ATTACHMENT_EMPTY");
  EXPECT_TRUE(CheckSize(1).ok());
  EXPECT_TRUE(CheckSize(kMostFileBytes).ok());
  EXPECT_EQ(ReasonOf(CheckSize(kMostFileBytes + 1)), "ATTACHMENT_TOO_LARGE");
}

TEST(CheckExtensionTest, AsksForTheEndingOfTheType) {
  EXPECT_TRUE(CheckExtension("方針.PDF", kPdf).ok());
  EXPECT_TRUE(CheckExtension("a.jpeg", "image/jpeg").ok());
  EXPECT_TRUE(CheckExtension("a.jpg", "image/jpeg").ok());
  for (const char* name : {"a.png", "a.pdf.exe", "pdf", ".pdf"}) {
    EXPECT_EQ(ReasonOf(CheckExtension(name, kPdf)), "EXTENSION_MISMATCH") << name;
  }
}

Attachment Stored(const std::string& name, std::int64_t size = 10) {
  const FileName normal = NormalizeFileName(name).value();
  return {.id = "0197b1f0-0000-7000-8000-000000000001",
          .form = "0197b1f0-0000-7000-8000-000000000002",
          .file_name = normal.shown,
          .name_key = normal.key,
          .media_type = kPdf,
          .size_bytes = size,
          .sha256 = std::string(32, '\x11')};
}

Attachment Removed(Attachment attachment) {
  attachment.remove_time = absl::UnixEpoch();
  attachment.remover = "users/hirose";
  return attachment;
}

std::vector<Attachment> Many(int count, std::int64_t size = 10) {
  std::vector<Attachment> many;
  for (int i = 0; i < count; ++i) many.push_back(Stored(absl::StrCat(i, ".pdf"), size));
  return many;
}

std::string ReasonOfRoom(const std::vector<Attachment>& existing, std::int64_t size = 10,
                         const std::string& name = "new.pdf") {
  return ReasonOf(CheckRoom(existing, NormalizeFileName(name).value(), size));
}

TEST(CheckRoomTest, NeverLetsAFileTakeTheNameOfAnother) {
  EXPECT_EQ(ReasonOfRoom({Stored("a.pdf")}, 10, "A.pdf"), "ATTACHMENT_EXISTS");
  EXPECT_EQ(ReasonOfRoom({Removed(Stored("a.pdf"))}, 10, "a.pdf"), "");
}

TEST(CheckRoomTest, Takes20FilesAnd60WithThoseRemoved) {
  EXPECT_EQ(ReasonOfRoom(Many(19)), "");
  EXPECT_EQ(ReasonOfRoom(Many(20)), "TOO_MANY_ATTACHMENTS");
  std::vector<Attachment> removed = Many(59);
  for (Attachment& one : removed) one = Removed(one);
  EXPECT_EQ(ReasonOfRoom(removed), "");
  removed.push_back(Removed(Stored("last.pdf")));
  EXPECT_EQ(ReasonOfRoom(removed), "TOO_MANY_ATTACHMENTS");
}

TEST(CheckRoomTest, Takes100MegabytesAnd300WithThoseRemoved) {
  EXPECT_EQ(ReasonOfRoom(Many(4, kMostFileBytes), kMostFileBytes), "");
  EXPECT_EQ(ReasonOfRoom(Many(5, kMostFileBytes), 1), "ATTACHMENTS_TOO_LARGE");
  std::vector<Attachment> removed = Many(14, kMostFileBytes);
  for (Attachment& one : removed) one = Removed(one);
  EXPECT_EQ(ReasonOfRoom(removed, kMostFileBytes), "");
  removed.push_back(Removed(Stored("last.pdf", 1)));
  EXPECT_EQ(ReasonOfRoom(removed, kMostFileBytes), "ATTACHMENTS_TOO_LARGE");
}

Form FormWith(const Fields& content) {
  Form form;
  form.draft.content = content;
  return form;
}

const Fields kNamed = {{"attachments[0].file_name", "a.pdf"},
                       {"attachments[0].sha256", std::string(64, '1')},
                       {"attachments[0].media_type", kPdf},
                       {"attachments[0].size_bytes", "10"}};

TEST(CheckNamedTest, WantsTheFilesThatAreNamedAndNoOthers) {
  EXPECT_TRUE(CheckNamed(FormWith({}), {}).ok());
  EXPECT_TRUE(CheckNamed(FormWith(kNamed), {Stored("a.pdf")}).ok());
  EXPECT_TRUE(CheckNamed(FormWith({}), {Removed(Stored("a.pdf"))}).ok());
  for (const auto& existing : {std::vector<Attachment>(),
                               {Removed(Stored("a.pdf"))},
                               {Stored("a.pdf"), Stored("b.pdf")},
                               {Stored("b.pdf")}}) {
    EXPECT_EQ(ReasonOf(CheckNamed(FormWith(kNamed), existing)), "ATTACHMENTS_DIFFER");
  }
}

TEST(CheckNamedTest, WantsHashTypeAndSizeAsTheyAre) {
  for (const auto& [path, value] : {std::pair("attachments[0].sha256", std::string(64, '2')),
                                    {"attachments[0].media_type", "image/png"},
                                    {"attachments[0].size_bytes", "11"}}) {
    Fields content = kNamed;
    content[path] = value;
    EXPECT_EQ(ReasonOf(CheckNamed(FormWith(content), {Stored("a.pdf")})), "ATTACHMENTS_DIFFER")
        << path;
  }
}

TEST(CheckNamedTest, RefusesAFileThatIsNamedTwice) {
  Fields content = kNamed;
  content["attachments[1].file_name"] = "A.PDF";
  content["attachments[1].sha256"] = std::string(64, '1');
  EXPECT_EQ(ReasonOf(CheckNamed(FormWith(content), {Stored("a.pdf")})), "ATTACHMENTS_DIFFER");
}

}  // namespace
}  // namespace daicho::approval::domain
