#include <gmock/gmock.h>

#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/handle.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace daicho::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "password=hunter2 host=db7";

google::rpc::Status Details(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

template <typename Detail>
Detail DetailOf(const grpc::Status& status) {
  const google::rpc::Status details = Details(status);
  for (const auto& any : details.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) return detail;
  }
  ADD_FAILURE() << "no " << Detail::descriptor()->full_name();
  return {};
}

// The answer, and what was written to the log.
std::pair<grpc::Status, std::string> Answer(const absl::Status& status) {
  ::testing::internal::CaptureStderr();
  grpc::Status answer = ToGrpc(status, "x.Service/Method");
  return {answer, ::testing::internal::GetCapturedStderr()};
}

TEST(ToGrpcTest, KeepsARefusalWhole) {
  const auto [answer, log] = Answer(RefuseFields({{"a.b", "TOO_LONG", "Too long.", "長すぎます。"},
                                                  {"c", "REQUIRED", "Missing.", "必須です。"}}));
  EXPECT_EQ(answer.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Details(answer).message(), answer.error_message());
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(answer).reason(), "INVALID_FIELD");
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(answer).field_violations_size(), 2);
  EXPECT_EQ(DetailOf<google::rpc::LocalizedMessage>(answer).message(), "a.b: 長すぎます。");
  EXPECT_EQ(log, "") << "a refusal is no fault";
}

TEST(ToGrpcTest, TellsNothingOfAFaultButItsId) {
  for (const absl::Status& fault :
       {absl::InternalError(kSecret), absl::UnknownError(kSecret), absl::NotFoundError(kSecret),
        absl::AlreadyExistsError(kSecret), absl::PermissionDeniedError(kSecret),
        absl::CancelledError(kSecret), absl::UnavailableError(kSecret),
        absl::DeadlineExceededError(kSecret), absl::AbortedError(kSecret)}) {
    const auto [answer, log] = Answer(fault);
    const std::string id = DetailOf<google::rpc::ErrorInfo>(answer).metadata().at("error_id");
    EXPECT_TRUE(IsUuid(id));
    EXPECT_THAT(answer.error_message(), HasSubstr(id));
    EXPECT_THAT(DetailOf<google::rpc::LocalizedMessage>(answer).message(), HasSubstr(id));
    EXPECT_THAT(answer.error_message(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(answer.error_details(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(log, HasSubstr(kSecret));
    EXPECT_THAT(log, HasSubstr(id));
    EXPECT_THAT(log, HasSubstr("x.Service/Method"));
  }
}

TEST(ToGrpcTest, TellsClientsWhichFaultsToTryAgain) {
  const auto code_and_reason = [](const absl::Status& fault) {
    const grpc::Status answer = Answer(fault).first;
    return std::make_pair(answer.error_code(), DetailOf<google::rpc::ErrorInfo>(answer).reason());
  };
  using ::testing::Pair;
  EXPECT_THAT(code_and_reason(absl::UnavailableError("")),
              Pair(grpc::StatusCode::UNAVAILABLE, "BACKEND_UNAVAILABLE"));
  EXPECT_THAT(code_and_reason(absl::DeadlineExceededError("")),
              Pair(grpc::StatusCode::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"));
  EXPECT_THAT(code_and_reason(absl::AbortedError("")),
              Pair(grpc::StatusCode::ABORTED, "TRY_AGAIN"));
  EXPECT_THAT(code_and_reason(absl::NotFoundError("")),
              Pair(grpc::StatusCode::INTERNAL, "INTERNAL"));
}

TEST(FromGrpcTest, GivesBackARefusalWithItsReasonAndDetails) {
  const absl::Status refusal =
      RefuseFields({{"a.b", "TOO_LONG", "Too long.", "長すぎます。"}}, "IMPORT_HAS_PROBLEMS");
  EXPECT_EQ(FromGrpc(ToGrpc(refusal)), refusal);
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(FromGrpcTest, TakesAFaultOfThePeersForAFault) {
  const absl::Status fault = FromGrpc(Answer(absl::UnavailableError("x")).first);
  EXPECT_EQ(fault.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(fault), "");
  const absl::Status lost = FromGrpc({grpc::StatusCode::UNAVAILABLE, "connection refused"});
  EXPECT_EQ(lost.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(lost), "");
  const absl::Status odd = FromGrpc({grpc::StatusCode::UNKNOWN, "?", "no google.rpc.Status"});
  EXPECT_EQ(odd.code(), absl::StatusCode::kUnknown);
}

}  // namespace
}  // namespace daicho::rpc
