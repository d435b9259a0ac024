#include "services/approval/attachment_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/rpc/testing/status.h"
#include "daicho/approval/v1/attachment_service.grpc.pb.h"
#include "services/approval/testing/files.h"
#include "services/approval/testing/fixture.h"
#include "tests/support/wait.h"

namespace daicho::approval {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using AttachmentStub = v1::AttachmentService::Stub;

class AttachmentTest : public ApprovalTest {
 protected:
  v1::AttachmentHeader Header(const v1::Form& form, const std::string& name,
                              const std::string& bytes) {
    v1::AttachmentHeader header;
    header.set_form(form.name());
    header.set_file_name(name);
    header.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
    header.set_request_id(NewId());
    return header;
  }

  static v1::UploadAttachmentRequest First(const v1::AttachmentHeader& header) {
    v1::UploadAttachmentRequest message;
    *message.mutable_header() = header;
    return message;
  }

  static v1::UploadAttachmentRequest Piece(const std::string& bytes) {
    v1::UploadAttachmentRequest message;
    message.set_chunk(bytes);
    return message;
  }

  // Sends these messages as they are.
  absl::StatusOr<v1::AttachmentFile> SendAll(
      const Somebody& who, const std::vector<v1::UploadAttachmentRequest>& messages) {
    grpc::ClientContext context;
    server_.SignIn(context, who.subject, who.roles, who.department);
    v1::AttachmentFile file;
    const auto writer = attachments_->UploadAttachment(&context, &file);
    for (const auto& message : messages) {
      if (!writer->Write(message)) break;
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    if (!status.ok()) return rpc::FromGrpc(status);
    return file;
  }

  absl::StatusOr<v1::AttachmentFile> Upload(const Somebody& who, const v1::AttachmentHeader& header,
                                            const std::string& bytes,
                                            std::size_t piece_bytes = 256 << 10) {
    std::vector<v1::UploadAttachmentRequest> messages = {First(header)};
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
      messages.push_back(Piece(bytes.substr(at, piece_bytes)));
    }
    return SendAll(who, messages);
  }

  absl::StatusOr<v1::AttachmentFile> Upload(const v1::Form& form, const std::string& name,
                                            const std::string& bytes) {
    return Upload(kStaff, Header(form, name, bytes), bytes);
  }

  struct Downloaded {
    v1::AttachmentFile file;
    std::string bytes;
  };
  absl::StatusOr<Downloaded> Download(const Somebody& who, const std::string& name) {
    grpc::ClientContext context;
    server_.SignIn(context, who.subject, who.roles, who.department);
    v1::DownloadAttachmentRequest request;
    request.set_name(name);
    Downloaded out;
    v1::DownloadAttachmentResponse message;
    const auto reader = attachments_->DownloadAttachment(&context, request);
    while (reader->Read(&message)) {
      if (message.has_file()) out.file = message.file();
      out.bytes += message.chunk();
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok()) return rpc::FromGrpc(status);
    return out;
  }

  absl::StatusOr<v1::AttachmentFile> Remove(const Somebody& who, const std::string& name,
                                            const std::string& request_id = NewId()) {
    grpc::ClientContext context;
    server_.SignIn(context, who.subject, who.roles, who.department);
    v1::RemoveAttachmentRequest request;
    request.set_name(name);
    request.set_request_id(request_id);
    v1::AttachmentFile file;
    const grpc::Status status = attachments_->RemoveAttachment(&context, request, &file);
    if (!status.ok()) return rpc::FromGrpc(status);
    return file;
  }

  std::vector<std::string> Names(const v1::Form& form, bool show_removed = false) {
    grpc::ClientContext context;
    server_.SignIn(context, kAuditor.subject, kAuditor.roles, kAuditor.department);
    v1::ListAttachmentsRequest request;
    request.set_form(form.name());
    request.set_show_removed(show_removed);
    v1::ListAttachmentsResponse response;
    const grpc::Status status = attachments_->ListAttachments(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> names;
    for (const auto& file : response.attachments()) names.push_back(file.file_name());
    return names;
  }

  // How many transactions wait for their client.
  std::string Waiting() {
    return database_.Value(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
        " AND datname = current_database()");
  }

  void ExpectNothingStored() {
    EXPECT_EQ(database_.Value("SELECT count(*) FROM attachments"), "0");
    EXPECT_EQ(database_.Value("SELECT count(*) FROM attachment_chunks"), "0");
    EXPECT_EQ(database_.Value("SELECT count(*) FROM attachment_contents"), "0");
  }

  // Types of events about files, refusals with their reason.
  std::vector<std::string> FileEvents() {
    std::vector<std::string> types;
    for (const auto& event : Events()) {
      if (event.type().rfind("form.", 0) == 0) continue;
      types.push_back(event.type() == "call.refused" ? event.reason() : event.type());
    }
    return types;
  }

  const std::unique_ptr<AttachmentStub> attachments_ =
      v1::AttachmentService::NewStub(server_.ChannelOf());
};

// A PDF of that many bytes.
std::string LargePdf(std::size_t size) {
  const std::string frame = testing::Pdf("");
  std::string text(size - frame.size(), 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  return testing::Pdf(text);
}

TEST_F(AttachmentTest, KeepsAFileAsItIsAndGivesItBack) {
  const v1::Form form = Drafted();
  const std::string bytes = LargePdf(700'001);
  const auto file = Upload(kStaff, Header(form, "C:\\方針.pdf", bytes), bytes, 100'000);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->file_name(), "方針.pdf");
  EXPECT_EQ(file->media_type(), "application/pdf");
  EXPECT_EQ(file->size_bytes(), 700'001);
  EXPECT_EQ(file->sha256(), Sha256(bytes));
  EXPECT_EQ(file->uploader(), "users/staff");
  const auto back = Download(kHead, file->name());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->bytes, bytes);
  EXPECT_EQ(back->file.sha256(), Sha256(bytes));
  EXPECT_THAT(FileEvents(), ElementsAre("attachment.uploaded", "data.read"));
  EXPECT_EQ(Events().back().resource(), file->name());
}

TEST_F(AttachmentTest, TakesTwentyMegabytesAndNotOneByteMore) {
  const v1::Form form = Drafted();
  const std::string most = LargePdf(20 << 20);
  const auto file = Upload(form, "most.pdf", most);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->sha256(), Sha256(most));
  // Refused by its header, before anything is sent.
  const v1::AttachmentHeader header = Header(form, "more.pdf", most + "x");
  EXPECT_EQ(ReasonOf(SendAll(kStaff, {First(header)}).status()), "ATTACHMENT_TOO_LARGE");
  EXPECT_THAT(Names(form), ElementsAre("most.pdf"));
}

TEST_F(AttachmentTest, TakesEachTypeByItsContent) {
  const v1::Form form = Drafted();
  for (const auto& [name, bytes] : {std::pair("a.pdf", testing::Pdf()),
                                    {"b.png", testing::Png()},
                                    {"c.jpg", testing::Jpeg()},
                                    {"d.docx", testing::Docx()},
                                    {"e.xlsx", testing::Xlsx()}}) {
    const auto file = Upload(form, name, bytes);
    EXPECT_TRUE(file.ok()) << name << file.status();
  }
  EXPECT_THAT(Names(form), SizeIs(5));
}

TEST_F(AttachmentTest, RefusesADisguisedFileAndStoresNothing) {
  const v1::Form form = Drafted();
  const std::string program = std::string("MZ\x90") + std::string(1000, '\0');
  EXPECT_EQ(ReasonOf(Upload(form, "方針.pdf", program).status()), "TYPE_NOT_ACCEPTED");
  EXPECT_EQ(ReasonOf(Upload(form, "方針.exe", testing::Pdf()).status()), "EXTENSION_MISMATCH");
  const std::string half = LargePdf(600'000).substr(0, 400'000);
  EXPECT_EQ(ReasonOf(Upload(form, "方針.pdf", half).status()), "ATTACHMENT_TRUNCATED");
  ExpectNothingStored();
  EXPECT_THAT(FileEvents(),
              ElementsAre("TYPE_NOT_ACCEPTED", "EXTENSION_MISMATCH", "ATTACHMENT_TRUNCATED"));
}

TEST_F(AttachmentTest, RefusesAnotherSizeOrHashThanTheHeaderSays) {
  const v1::Form form = Drafted();
  const std::string bytes = testing::Pdf();
  v1::AttachmentHeader header = Header(form, "a.pdf", bytes + "x");
  EXPECT_EQ(ReasonOf(Upload(kStaff, header, bytes).status()), "SIZE_MISMATCH");
  header = Header(form, "a.pdf", bytes.substr(1));
  EXPECT_EQ(ReasonOf(Upload(kStaff, header, bytes).status()), "SIZE_MISMATCH");
  header = Header(form, "a.pdf", bytes);
  header.set_sha256(Sha256("another"));
  EXPECT_EQ(ReasonOf(Upload(kStaff, header, bytes).status()), "HASH_MISMATCH");
  header.set_sha256("short");
  EXPECT_EQ(ReasonOf(Upload(kStaff, header, bytes).status()), "INVALID_FIELD");
  header = Header(form, "a.pdf", "");
  EXPECT_FALSE(Upload(kStaff, header, "").ok());
  ExpectNothingStored();
  header = Header(form, "a.pdf", bytes);
  header.set_sha256(Sha256(bytes));
  EXPECT_TRUE(Upload(kStaff, header, bytes).ok());
}

TEST_F(AttachmentTest, RefusesMessagesInTheWrongOrder) {
  const std::string bytes = testing::Pdf();
  const auto first = First(Header(Drafted(), "a.pdf", bytes));
  v1::UploadAttachmentRequest both = first;
  both.set_chunk(bytes);
  for (const auto& messages : {std::vector<v1::UploadAttachmentRequest>(),
                               {Piece(bytes), first},
                               {both},
                               {first, first, Piece(bytes)},
                               {first, Piece("")}}) {
    EXPECT_EQ(ReasonOf(SendAll(kStaff, messages).status()), "WRONG_MESSAGE_ORDER");
  }
  v1::AttachmentHeader large = first.header();
  large.set_size_bytes(300'000);
  EXPECT_EQ(ReasonOf(SendAll(kStaff, {First(large), Piece(std::string(262'145, 'x'))}).status()),
            "CHUNK_TOO_LARGE");
  ExpectNothingStored();
}

TEST_F(AttachmentTest, StoresNothingOfAStreamThatIsBrokenOff) {
  const v1::Form form = Drafted();
  const std::string bytes = LargePdf(600'000);
  {
    grpc::ClientContext context;
    server_.SignIn(context, kStaff.subject, kStaff.roles, kStaff.department);
    v1::AttachmentFile file;
    const auto writer = attachments_->UploadAttachment(&context, &file);
    ASSERT_TRUE(writer->Write(First(Header(form, "a.pdf", bytes))));
    ASSERT_TRUE(writer->Write(Piece(bytes.substr(0, 262'144))));
    context.TryCancel();
    EXPECT_FALSE(writer->Finish().ok());
  }
  // The name is free, and the turn given back.
  for (int i = 0; i < 5; ++i) {
    const auto file = Upload(form, absl::StrCat(i, ".pdf"), bytes);
    EXPECT_TRUE(file.ok()) << file.status();
  }
  EXPECT_EQ(database_.Value("SELECT count(*) FROM attachment_contents"), "5");
}

TEST_F(AttachmentTest, AnUploadThatLosesItsDatabaseIsSentAgain) {
  const v1::Form form = Drafted();
  const std::string bytes = LargePdf(600'000);
  const v1::AttachmentHeader header = Header(form, "a.pdf", bytes);
  grpc::ClientContext context;
  server_.SignIn(context, kStaff.subject, kStaff.roles, kStaff.department);
  v1::AttachmentFile file;
  const auto writer = attachments_->UploadAttachment(&context, &file);
  writer->Write(First(header));
  writer->Write(Piece(bytes.substr(0, 262'144)));
  ASSERT_TRUE(testing::Eventually([&] {
    return database_.Value(
               "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
               " WHERE state = 'idle in transaction' AND datname = current_database()"
               " AND query LIKE '%attachment_chunks%'") == "1";
  }));
  writer->Write(Piece(bytes.substr(262'144, 262'144)));
  writer->Write(Piece(bytes.substr(524'288)));
  writer->WritesDone();
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(writer->Finish())), "STREAM_INTERRUPTED");
  ExpectNothingStored();
  const auto again = Upload(kStaff, header, bytes);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sha256(), Sha256(bytes));
}

TEST_F(AttachmentTest, ARepeatGetsTheFirstAnswerAndStoresNothingMore) {
  const v1::Form form = Drafted();
  const std::string bytes = testing::Pdf();
  v1::AttachmentHeader header = Header(form, "a.pdf", bytes);
  header.set_sha256(Sha256(bytes));
  const auto first = Upload(kStaff, header, bytes);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Upload(kStaff, header, bytes);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM attachment_contents"), "1");
  header.set_file_name("b.pdf");
  EXPECT_EQ(ReasonOf(Upload(kStaff, header, bytes).status()), "REQUEST_ID_REUSED");
}

TEST_F(AttachmentTest, NeverReplacesAFileOfTheSameName) {
  const v1::Form form = Drafted();
  const auto file = Upload(form, "Policy.pdf", testing::Pdf("first"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(ReasonOf(Upload(form, "policy.PDF", testing::Pdf("second")).status()),
            "ATTACHMENT_EXISTS");
  ASSERT_TRUE(Remove(kStaff, file->name()).ok());
  EXPECT_TRUE(Upload(form, "policy.PDF", testing::Pdf("second")).ok());
  EXPECT_THAT(Names(form), ElementsAre("policy.PDF"));
  EXPECT_THAT(Names(form, /*show_removed=*/true), ElementsAre("Policy.pdf", "policy.PDF"));
  EXPECT_EQ(Download(kAuditor, file->name())->bytes, testing::Pdf("first"));
}

TEST_F(AttachmentTest, OfTwoFilesOfOneNameAtOnceOneIsStored) {
  const v1::Form form = Drafted();
  std::atomic<int> stored = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      const auto file = Upload(form, "a.pdf", testing::Pdf(absl::StrCat(i)));
      if (file.ok()) ++stored;
      EXPECT_TRUE(file.ok() || ReasonOf(file.status()) == "ATTACHMENT_EXISTS") << file.status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stored, 1);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM attachment_contents"), "1");
}

TEST_F(AttachmentTest, ARemovalHappensOnce) {
  const v1::Form form = Drafted();
  const std::string name = Upload(form, "a.pdf", testing::Pdf())->name();
  const std::string id = NewId();
  const auto removed = Remove(kStaff, name, id);
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_TRUE(removed->has_remove_time());
  EXPECT_TRUE(Remove(kStaff, name, id).ok());
  EXPECT_EQ(ReasonOf(Remove(kStaff, name).status()), "ATTACHMENT_NOT_FOUND");
  EXPECT_THAT(FileEvents(),
              ElementsAre("attachment.uploaded", "attachment.removed", "ATTACHMENT_NOT_FOUND"));
}

TEST_F(AttachmentTest, NothingChangesOnceTheFormIsHandedIn) {
  const v1::Form form = Drafted();
  const std::string bytes = testing::Pdf();
  v1::FormContent content = OpenContent();
  auto* named = content.mutable_attachments(0);
  named->set_file_name("a.pdf");
  named->set_sha256(Sha256(bytes));
  const auto file = Upload(form, "a.pdf", bytes);
  ASSERT_TRUE(file.ok()) << file.status();
  const auto submitted = Submit(kStaff, Update(kStaff, form, content).value());
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(ReasonOf(Upload(form, "b.pdf", bytes).status()), "FORM_NOT_WRITABLE");
  EXPECT_EQ(ReasonOf(Remove(kStaff, file->name()).status()), "FORM_NOT_WRITABLE");
  EXPECT_THAT(Names(form), ElementsAre("a.pdf"));
}

TEST_F(AttachmentTest, AFormThatNamesOtherFilesThanWereAddedIsNotTaken) {
  v1::FormContent content = OpenContent();
  auto* named = content.mutable_attachments(0);
  named->set_file_name("a.pdf");
  named->set_sha256(Sha256(testing::Pdf()));
  const v1::Form form = Drafted(content);
  EXPECT_EQ(ReasonOf(Submit(kStaff, form).status()), "ATTACHMENTS_DIFFER");
  ASSERT_TRUE(Upload(form, "a.pdf", testing::Pdf("another")).ok());
  EXPECT_EQ(ReasonOf(Submit(kStaff, form).status()), "ATTACHMENTS_DIFFER");
  EXPECT_EQ(Get(kStaff, form)->state(), v1::Form::STATE_DRAFT);
}

TEST_F(AttachmentTest, IsForTheFormsOwnDepartmentAndReadByItsRoute) {
  const v1::Form form = Drafted();
  const std::string bytes = testing::Pdf();
  EXPECT_EQ(ReasonOf(Upload(kForeignStaff, Header(form, "a.pdf", bytes), bytes).status()),
            "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonOf(Upload(kHead, Header(form, "a.pdf", bytes), bytes).status()),
            "ROLE_NOT_ALLOWED");
  ExpectNothingStored();
  const std::string name = Upload(form, "a.pdf", bytes)->name();
  EXPECT_EQ(ReasonOf(Remove(kForeignStaff, name).status()), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonOf(Download(kForeignHead, name).status()), "FOREIGN_DEPARTMENT");
  EXPECT_TRUE(Download(kPrOffice, name).ok());
  EXPECT_THAT(Names(form), ElementsAre("a.pdf"));
  EXPECT_EQ(Events().back().type(), "data.read");
  EXPECT_EQ(Events().back().resource(), form.name()) << "files are read as part of their form";
}

TEST_F(AttachmentTest, AClientThatFallsSilentIsCutOffAndHoldsNothing) {
  testing::Server server({.service = "approval",
                          .grpc_services = {"daicho.approval.v1.AttachmentService"},
                          .pool = &database_.pool(),
                          .clock = &clock_,
                          .build = [](const rpc::Env& env) {
                            rpc::Env impatient = env;
                            impatient.patience = absl::Milliseconds(200);
                            std::vector<std::unique_ptr<grpc::Service>> services;
                            services.push_back(std::make_unique<AttachmentServiceImpl>(impatient));
                            return services;
                          }});
  const auto stub = v1::AttachmentService::NewStub(server.ChannelOf());
  const v1::Form form = Drafted();
  const std::string bytes = LargePdf(600'000);
  grpc::ClientContext context;
  server.SignIn(context, kStaff.subject, kStaff.roles, kStaff.department);
  v1::AttachmentFile file;
  const auto writer = stub->UploadAttachment(&context, &file);
  writer->Write(First(Header(form, "a.pdf", bytes)));
  writer->Write(Piece(bytes.substr(0, 262'144)));
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED)
      << "ended by the server, long before the call's deadline";
  EXPECT_TRUE(testing::Eventually([&] { return Waiting() == "0"; }));
  ExpectNothingStored();
}

TEST_F(AttachmentTest, AFileIsFoundOnItsOwnFormAlone) {
  const v1::Form form = Drafted();
  const std::string name = Upload(form, "a.pdf", testing::Pdf())->name();
  const std::string elsewhere =
      absl::StrCat(Drafted().name(), name.substr(name.find("/attachments/")));
  EXPECT_EQ(ReasonOf(Download(kStaff, elsewhere).status()), "ATTACHMENT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Download(kStaff, "forms/x").status()), "INVALID_FIELD");
  v1::Form unknown;
  unknown.set_name("forms/" + NewId());
  EXPECT_EQ(ReasonOf(Upload(unknown, "a.pdf", testing::Pdf()).status()), "FORM_NOT_FOUND");
}

TEST_F(AttachmentTest, AtMostFourComeInAtATime) {
  const v1::Form form = Drafted();
  const std::string bytes = testing::Pdf();
  struct Open {
    grpc::ClientContext context;
    v1::AttachmentFile file;
    std::unique_ptr<grpc::ClientWriter<v1::UploadAttachmentRequest>> writer;
  };
  std::vector<std::unique_ptr<Open>> waiting;
  for (int i = 0; i < 4; ++i) {
    auto one = std::make_unique<Open>();
    server_.SignIn(one->context, kStaff.subject, kStaff.roles, kStaff.department);
    one->writer = attachments_->UploadAttachment(&one->context, &one->file);
    one->writer->Write(First(Header(form, absl::StrCat(i, ".pdf"), bytes)));
    waiting.push_back(std::move(one));
  }
  // Each holds a transaction while it waits for its content.
  EXPECT_TRUE(testing::Eventually([&] { return Waiting() == "4"; }));
  EXPECT_EQ(ReasonOf(Upload(form, "more.pdf", bytes).status()), "TOO_MANY_STREAMS");
  for (const auto& one : waiting) {
    one->writer->Write(Piece(bytes));
    one->writer->WritesDone();
    const grpc::Status status = one->writer->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

}  // namespace
}  // namespace daicho::approval
