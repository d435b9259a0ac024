#include <prometheus/text_serializer.h>

#include "absl/synchronization/notification.h"
#include "common/base/refusal.h"
#include "common/rpc/handle_fixture.h"
#include "daicho/registry/v1/public_list_service.grpc.pb.h"

namespace daicho::rpc {
namespace {

using registry::v1::PublicListService;
using registry::v1::StreamPublicListRequest;
using registry::v1::StreamPublicListResponse;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const pg::Statement kInsertWhenRead{"test_stream_insert",
                                    R"sql(INSERT INTO note (text) VALUES ($1))sql"};
const pg::Statement kCountWhenRead{"test_stream_count", R"sql(SELECT count(*) FROM note)sql"};

constexpr Method kStream{"daicho.registry.v1.PublicListService.StreamPublicList"};

using StreamBody = std::function<absl::Status(const Call&, pg::Transaction&,
                                              const Send<StreamPublicListResponse>&)>;

// Answers its stream as `method` with `body`; both are the test's.
class Streams final : public PublicListService::Service {
 public:
  Streams(const Env& env, const Method* method, const StreamBody* body)
      : env_(env), method_(method), body_(body) {}
  grpc::Status StreamPublicList(grpc::ServerContext* context,
                                const StreamPublicListRequest* request,
                                grpc::ServerWriter<StreamPublicListResponse>* writer) override {
    return ReadStream(env_, *context, *method_, *request, writer, *body_);
  }

 private:
  const Env env_;
  const Method* const method_;
  const StreamBody* const body_;
};

StreamPublicListResponse Named(const std::string& name) {
  StreamPublicListResponse message;
  message.mutable_department()->set_name(name);
  return message;
}

class ReadStreamTest : public ::testing::Test {
 protected:
  struct Seen {
    std::vector<std::string> names;
    grpc::Status status;
  };

  Seen ReadAll(const std::vector<std::string>& roles = {"AUDITOR"}) {
    grpc::ClientContext context;
    server_.SignIn(context, "kansa", roles, "1");
    return ReadAll(context);
  }

  Seen ReadAll(grpc::ClientContext& context) {
    Seen seen;
    const auto reader = stub_->StreamPublicList(&context, request_);
    StreamPublicListResponse message;
    while (reader->Read(&message)) seen.names.push_back(message.department().name());
    seen.status = reader->Finish();
    return seen;
  }

  std::vector<event::v1::Event> Events() { return EventsIn(db_.pool()); }

  std::string Metrics() { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

  testing::Database db_{{kNotes}};
  testing::FixedClock clock_{absl::FromUnixSeconds(1764000000)};
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  CallMetrics metrics_{*registry_};
  std::atomic<int> committed_{0};
  Method method_ = kStream;
  StreamBody body_;
  StreamPublicListRequest request_;
  testing::Server server_{
      {.service = "registry",
       .grpc_services = {"daicho.registry.v1.PublicListService", "daicho.approval.v1.FormService"},
       .pool = &db_.pool(),
       .clock = &clock_,
       .metrics = &metrics_,
       .committed = [this] { ++committed_; },
       .default_timeout = absl::Milliseconds(300),
       .build =
           [this](const Env& env) {
             std::vector<std::unique_ptr<grpc::Service>> services;
             services.push_back(std::make_unique<Streams>(env, &method_, &body_));
             return services;
           }}};
  std::unique_ptr<PublicListService::Stub> stub_ = PublicListService::NewStub(server_.ChannelOf());
};

TEST_F(ReadStreamTest, SendsEveryMessageInOrder) {
  body_ = [](const Call&, pg::Transaction&, const Send<StreamPublicListResponse>& send) {
    for (int i = 0; i < 1000; ++i) RETURN_IF_ERROR(send(Named(std::to_string(i))));
    return absl::OkStatus();
  };
  const Seen seen = ReadAll();
  ASSERT_TRUE(seen.status.ok()) << seen.status.error_message();
  ASSERT_THAT(seen.names, SizeIs(1000));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(seen.names[i], std::to_string(i));
  EXPECT_THAT(Events(), IsEmpty());
  EXPECT_THAT(Metrics(), HasSubstr(R"(daicho_calls_total{code="OK",rpc="daicho.registry.v1)"
                                   R"(.PublicListService.StreamPublicList"} 1)"));
}

TEST_F(ReadStreamTest, SeesTheDatabaseAsOfOneMomentAndCannotChangeIt) {
  body_ = [this](const Call&, pg::Transaction& tx,
                 const Send<StreamPublicListResponse>& send) -> absl::Status {
    ASSIGN_OR_RETURN(const pg::Result before, tx.Execute(kCountWhenRead, {}));
    RETURN_IF_ERROR(send(Named(before[0].Text(0))));
    db_.Execute("INSERT INTO note (text) VALUES ('meanwhile')");
    ASSIGN_OR_RETURN(const pg::Result after, tx.Execute(kCountWhenRead, {}));
    RETURN_IF_ERROR(send(Named(after[0].Text(0))));
    return tx.Execute(kInsertWhenRead, {"sneaked in"}).status();
  };
  const Seen seen = ReadAll();
  EXPECT_THAT(seen.names, ::testing::ElementsAre("0", "0"));
  EXPECT_FALSE(seen.status.ok());
  EXPECT_EQ(db_.Value("SELECT count(*) FROM note"), "1");
}

TEST_F(ReadStreamTest, RefusesWhoMayNotAndAuditsIt) {
  body_ = [](const Call&, pg::Transaction&, const Send<StreamPublicListResponse>& send) {
    return send(Named("secret"));
  };
  const Seen seen = ReadAll({"DEPARTMENT_STAFF"});
  EXPECT_THAT(seen.names, IsEmpty());
  EXPECT_EQ(WireReason(seen.status), "ROLE_NOT_ALLOWED");
  ASSERT_THAT(Events(), SizeIs(1));
  EXPECT_EQ(Events()[0].type(), "call.refused");
  EXPECT_EQ(Events()[0].rpc(), "daicho.registry.v1.PublicListService/StreamPublicList");
}

TEST_F(ReadStreamTest, EndsWithARefusalInTheMiddleAndAuditsIt) {
  body_ = [](const Call&, pg::Transaction&,
             const Send<StreamPublicListResponse>& send) -> absl::Status {
    RETURN_IF_ERROR(send(Named("first")));
    return Refuse(absl::StatusCode::kFailedPrecondition, "NOT_TODAY", {"Not today.", "本日は不可"});
  };
  const Seen seen = ReadAll();
  EXPECT_THAT(seen.names, ::testing::ElementsAre("first"));
  EXPECT_EQ(WireReason(seen.status), "NOT_TODAY");
  ASSERT_THAT(Events(), SizeIs(1));
  EXPECT_EQ(Events()[0].reason(), "NOT_TODAY");
}

TEST_F(ReadStreamTest, IsAtFaultWhenTheBodyThrows) {
  body_ = [](const Call&, pg::Transaction&, const Send<StreamPublicListResponse>&) -> absl::Status {
    throw std::runtime_error("broken");
  };
  EXPECT_EQ(WireReason(ReadAll().status), "INTERNAL");
}

TEST_F(ReadStreamTest, SendsNothingBeforeTheDepartmentIsShown) {
  method_ = kGetForm;  // Own department alone, personal data.
  body_ = [](const Call&, pg::Transaction&, const Send<StreamPublicListResponse>& send) {
    return send(Named("secret"));
  };
  const Seen seen = ReadAll({"DEPARTMENT_STAFF"});
  EXPECT_THAT(seen.names, IsEmpty());
  EXPECT_EQ(WireReason(seen.status), "INTERNAL");
}

TEST_F(ReadStreamTest, StoresThatPersonalDataIsReadBeforeAnyIsSent) {
  method_ = kGetForm;
  body_ = [this](const Call& call, pg::Transaction&,
                 const Send<StreamPublicListResponse>& send) -> absl::Status {
    RETURN_IF_ERROR(call.AdmitDepartment("departments/1"));
    EXPECT_THAT(Events(), SizeIs(1));
    return send(Named("secret"));
  };
  EXPECT_THAT(ReadAll({"DEPARTMENT_STAFF"}).names, SizeIs(1));
  EXPECT_EQ(Events()[0].type(), "data.read");
  EXPECT_EQ(committed_, 1);
  db_.Execute("ALTER TABLE outbox RENAME TO gone");
  EXPECT_THAT(ReadAll({"DEPARTMENT_STAFF"}).names, IsEmpty()) << "cannot be audited";
}

TEST_F(ReadStreamTest, StopsWhenTheClientHasGone) {
  absl::Notification ended;
  body_ = [&](const Call&, pg::Transaction&, const Send<StreamPublicListResponse>& send) {
    absl::Status status;
    while (status.ok()) status = send(Named("more"));
    EXPECT_TRUE(absl::IsCancelled(status)) << status;
    ended.Notify();
    return status;
  };
  grpc::ClientContext context;
  server_.SignIn(context, "kansa", {"AUDITOR"});
  const auto reader = stub_->StreamPublicList(&context, request_);
  StreamPublicListResponse message;
  ASSERT_TRUE(reader->Read(&message));
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST_F(ReadStreamTest, EndsAtItsDeadlineThoughTheClientDoesNotRead) {
  absl::Notification ended;
  body_ = [&](const Call&, pg::Transaction&, const Send<StreamPublicListResponse>& send) {
    absl::Status status;
    while (status.ok()) status = send(Named(std::string(10'000, 'x')));
    EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
    ended.Notify();
    return status;
  };
  grpc::ClientContext context;
  context.AddMetadata("authorization",
                      absl::StrCat("Bearer ", server_.issuer().Sign(server_.issuer().Claims(
                                                  "kansa", {"AUDITOR"}, "", clock_.Now()))));
  const auto reader = stub_->StreamPublicList(&context, request_);
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(10)));
  context.TryCancel();
  (void)reader->Finish();
}

}  // namespace
}  // namespace daicho::rpc
