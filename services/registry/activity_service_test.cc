#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "common/rpc/testing/status.h"
#include "common/wire/fields.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using daicho::testing::BadFields;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class ActivityServiceTest : public ServiceTest {
 protected:
  ActivityServiceTest() {
    ImportDepartments(kDepartments);
    names_ = ImportAccounts("5002", {"one", "two", "three"});
    foreign_ = ImportAccounts("0201", {"bousai"}).front();
  }

  // An observation `observed` minutes from now, of a post `posted` minutes from now.
  v1::Observation Seen(const std::string& account, int observed, std::optional<int> posted,
                       const std::string& source = "feed") {
    v1::Observation observation;
    observation.set_account(account);
    *observation.mutable_observe_time() = At(observed);
    if (posted) *observation.mutable_last_post_time() = At(*posted);
    observation.set_source(source);
    return observation;
  }

  google::protobuf::Timestamp At(int minutes) {
    return daicho::wire::ToTimestamp(kNow + absl::Minutes(minutes));
  }

  v1::ReportActivityRequest Batch(const std::vector<v1::Observation>& observations) {
    v1::ReportActivityRequest request;
    for (const auto& observation : observations) *request.add_observations() = observation;
    request.set_request_id(NewId());
    return request;
  }

  grpc::Status Report(const Person& person, const v1::ReportActivityRequest& request,
                      v1::ReportActivityResponse* response = nullptr) {
    v1::ReportActivityResponse ignored;
    return CallAs(person, &Facts::ReportActivity, request,
                  response == nullptr ? &ignored : response);
  }

  int Changed(const std::vector<v1::Observation>& observations) {
    return Must(kPrOffice, &Facts::ReportActivity, Batch(observations)).changed_count();
  }

  // "last post|observed|source", in minutes from now.
  std::string Known(const std::string& account) {
    const v1::Activity activity = Get(account).activity();
    const auto minutes = [](const google::protobuf::Timestamp& time) {
      return absl::StrCat(absl::ToInt64Minutes(daicho::wire::FromTimestamp(time) - kNow));
    };
    return absl::StrCat(activity.has_last_post_time() ? minutes(activity.last_post_time()) : "-",
                        "|", minutes(activity.observe_time()), "|", activity.source());
  }

  std::string StoredCount() { return database_.Value("SELECT count(*) FROM account_activity"); }

  std::vector<std::string> names_;
  std::string foreign_;
};

TEST_F(ActivityServiceTest, AnAccountShowsWhatWasReportedAndNothingBefore) {
  EXPECT_FALSE(Get(names_[0]).has_activity());
  const std::string etag = Get(names_[0]).etag();
  EXPECT_EQ(Changed({Seen(names_[0], -1, -60), Seen(names_[1], -1, std::nullopt)}), 2);
  EXPECT_EQ(Known(names_[0]), "-60|-1|feed");
  EXPECT_EQ(Known(names_[1]), "-|-1|feed");
  EXPECT_FALSE(Get(names_[2]).has_activity());
  EXPECT_EQ(Get(names_[0]).etag(), etag) << "an observation is no version of the account";
}

TEST_F(ActivityServiceTest, TheNewestObservationWinsAndALateOneChangesNothing) {
  EXPECT_EQ(Changed({Seen(names_[0], -10, -60)}), 1);
  EXPECT_EQ(Changed({Seen(names_[0], -11, -20)}), 0) << "seen earlier";
  EXPECT_EQ(Changed({Seen(names_[0], -10, -60)}), 0) << "the same again";
  EXPECT_EQ(Known(names_[0]), "-60|-10|feed");
  EXPECT_EQ(Changed({Seen(names_[0], -9, -90)}), 1) << "seen later: the newest post was removed";
  EXPECT_EQ(Known(names_[0]), "-90|-9|feed");
  EXPECT_EQ(Changed({Seen(names_[0], -8, std::nullopt)}), 1);
  EXPECT_EQ(Known(names_[0]), "-|-8|feed");
}

TEST_F(ActivityServiceTest, OfOneAccountTwiceInABatchTheNewestCounts) {
  EXPECT_EQ(Changed({Seen(names_[0], -5, -6), Seen(names_[0], -1, -2), Seen(names_[0], -3, -4)}),
            1);
  EXPECT_EQ(Known(names_[0]), "-2|-1|feed");
}

TEST_F(ActivityServiceTest, EveryBadRowIsNamedAndNothingIsStored) {
  std::vector<v1::Observation> rows = {
      Seen(names_[0], -1, -60),         Seen("accounts/x", -1, -60),
      Seen(names_[0], 6, -60),          Seen(names_[0], -1, 0),
      Seen(names_[0], -1, -60, ""),     Seen(names_[0], -1, -60, "a\nb"),
      Seen(names_[0], -1, -30'000'000), Seen(names_[0], -1, -60, std::string(201, 'x')),
      Seen(names_[0], -1, -60, "\xff")};
  rows.push_back(Seen(names_[0], -1, -60));
  rows.back().clear_observe_time();
  rows.push_back(Seen(names_[0], -1, -60));
  rows.back().mutable_last_post_time()->set_nanos(-1);
  const grpc::Status status = Report(kPrOffice, Batch(rows));
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  EXPECT_THAT(BadFields(status),
              ElementsAre("observations[1].account", "observations[2].observe_time",
                          "observations[3].last_post_time", "observations[4].source",
                          "observations[5].source", "observations[6].last_post_time",
                          "observations[7].source", "observations[8].source",
                          "observations[9].observe_time", "observations[10].last_post_time"));
  EXPECT_EQ(StoredCount(), "0");
}

TEST_F(ActivityServiceTest, AnUnknownAccountIsNamedByItsRows) {
  const std::string unknown = "accounts/0197b1f0-0000-7000-8000-0000000000ff";
  const grpc::Status status = Report(
      kPrOffice, Batch({Seen(unknown, -1, -2), Seen(names_[0], -1, -2), Seen(unknown, -3, -4)}));
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  EXPECT_THAT(BadFields(status), ElementsAre("observations[0].account", "observations[2].account"));
  EXPECT_EQ(StoredCount(), "0");
}

TEST_F(ActivityServiceTest, StaffReportOnTheirOwnDepartmentAlone) {
  EXPECT_TRUE(Report(kStaff, Batch({Seen(names_[0], -1, -2)})).ok());
  const grpc::Status status =
      Report(kStaff, Batch({Seen(names_[1], -1, -2), Seen(foreign_, -1, -2)}));
  EXPECT_EQ(ReasonOf(status), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_details(), ::testing::HasSubstr("observations[1].account"));
  EXPECT_EQ(StoredCount(), "1");
}

TEST_F(ActivityServiceTest, ABatchHasAtMostTenThousandRows) {
  v1::ReportActivityRequest request;
  request.set_request_id(NewId());
  for (int i = 0; i < 10'000; ++i) {
    *request.add_observations() = Seen(names_[i % 3], -20'000 + i, -30'000);
  }
  EXPECT_TRUE(Report(kPrOffice, request).ok());
  request.set_request_id(NewId());
  *request.add_observations() = Seen(names_[0], -1, -2);
  const grpc::Status status = Report(kPrOffice, request);
  EXPECT_THAT(BadFields(status), ElementsAre("observations"));
  request.clear_observations();
  EXPECT_THAT(BadFields(Report(kPrOffice, request)), ElementsAre("observations"));
}

TEST_F(ActivityServiceTest, ABatchIsOneEventAndItsRepeatNone) {
  const auto request = Batch({Seen(names_[0], -1, -2), Seen(names_[1], -1, -2)});
  const auto first = Must(kPrOffice, &Facts::ReportActivity, request);
  const auto second = Must(kPrOffice, &Facts::ReportActivity, request);
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(first.observation_count(), 2);
  EXPECT_EQ(EventCount("activity.reported"), 1);
  EXPECT_EQ(EventCount("batch_sha256"), 1);
}

TEST_F(ActivityServiceTest, AStreamAnswersEachBatchInOrder) {
  Facts stub(server_.ChannelOf("collector"));
  grpc::ClientContext context;
  auto stream = stub.StreamActivity(&context);
  std::vector<std::string> sent, answered;
  for (int i = 0; i < 20; ++i) {
    const auto batch = Batch({Seen(names_[i % 3], -100 + i, -200)});
    sent.push_back(batch.request_id());
    ASSERT_TRUE(stream->Write(batch));
  }
  stream->WritesDone();
  v1::ReportActivityResponse answer;
  while (stream->Read(&answer)) answered.push_back(answer.request_id());
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answered, sent);
  EXPECT_EQ(EventCount("activity.reported"), 20);
}

TEST_F(ActivityServiceTest, AStreamEndsWithTheFirstBatchThatIsRefused) {
  Facts stub(server_.ChannelOf("collector"));
  grpc::ClientContext context;
  auto stream = stub.StreamActivity(&context);
  ASSERT_TRUE(stream->Write(Batch({Seen(names_[0], -1, -2)})));
  v1::ReportActivityResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  ASSERT_TRUE(stream->Write(Batch({Seen("accounts/x", -1, -2)})));
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_EQ(ReasonOf(stream->Finish()), "INVALID_FIELD");
  EXPECT_EQ(StoredCount(), "1");
}

TEST_F(ActivityServiceTest, AStreamIsRefusedBeforeItsFirstBatch) {
  Facts stub(approval_);
  grpc::ClientContext context;
  auto stream = stub.StreamActivity(&context);
  v1::ReportActivityResponse answer;
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_EQ(ReasonOf(stream->Finish()), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(EventCount("call.refused"), 1);
}

TEST_F(ActivityServiceTest, AFifthStreamIsRefusedUntilOneEnds) {
  struct Open {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::ReportActivityRequest, v1::ReportActivityResponse>>
        stream;
  };
  Facts stub(server_.ChannelOf("collector"));
  std::vector<std::unique_ptr<Open>> open;
  v1::ReportActivityResponse answer;
  const auto begin = [&] {
    auto& call = *open.emplace_back(std::make_unique<Open>());
    call.stream = stub.StreamActivity(&call.context);
    call.stream->Write(Batch({Seen(names_[0], -1, -2)}));
    return call.stream->Read(&answer);
  };
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(begin());
  EXPECT_FALSE(begin());
  EXPECT_EQ(ReasonOf(open.back()->stream->Finish()), "TOO_MANY_STREAMS");
  open.front()->stream->WritesDone();
  EXPECT_TRUE(open.front()->stream->Finish().ok());
  EXPECT_TRUE(begin());
  for (std::size_t i = 1; i < open.size(); ++i) open[i]->context.TryCancel();
}

TEST_F(ActivityServiceTest, AStreamWhoseClientFallsSilentEndsAndKeepsWhatItAnswered) {
  testing::Server impatient{{.service = "registry",
                             .grpc_services = {"daicho.registry.v1.FactService"},
                             .pool = &database_.pool(),
                             .clock = &clock_,
                             .services = {"collector"},
                             .build = [](const rpc::Env& env) {
                               std::vector<std::unique_ptr<grpc::Service>> services;
                               services.push_back(std::make_unique<FactServiceImpl>(
                                   env, nullptr, absl::Milliseconds(200)));
                               return services;
                             }}};
  Facts stub(impatient.ChannelOf("collector"));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  auto stream = stub.StreamActivity(&context);
  ASSERT_TRUE(stream->Write(Batch({Seen(names_[0], -1, -2)})));
  v1::ReportActivityResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_FALSE(stream->Read(&answer));  // Ends without another word of the client's.
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(StoredCount(), "1");
}

TEST_F(ActivityServiceTest, TheNewestWinsWhateverTheOrderInWhichTwoWritersSend) {
  std::mt19937 random(20261122);
  std::vector<v1::Observation> observations;
  for (int i = 0; i < 1000; ++i) {
    const int observed = -static_cast<int>(random() % 500) - 1;
    observations.push_back(
        Seen(names_[random() % 3], observed,
             random() % 4 == 0 ? std::nullopt : std::optional<int>(observed - random() % 50),
             absl::StrCat("feed", random() % 3)));
  }
  // In one batch, which the domain decides.
  Changed(observations);
  std::vector<std::string> expected;
  for (const auto& name : names_) expected.push_back(Known(name));
  database_.Execute("TRUNCATE account_activity");

  std::shuffle(observations.begin(), observations.end(), random);
  std::atomic<std::size_t> next = 0;
  std::atomic<int> refused = 0;
  const auto write = [&] {
    Facts stub(server_.ChannelOf("collector"));
    for (std::size_t i = next++; i < observations.size(); i = next++) {
      v1::ReportActivityRequest request;
      *request.add_observations() = observations[i];
      *request.add_observations() = observations[(i * 7) % observations.size()];
      request.set_request_id(NewUuid(kNow));
      grpc::ClientContext context;
      v1::ReportActivityResponse response;
      if (!stub.ReportActivity(&context, request, &response).ok()) ++refused;
    }
  };
  std::thread first(write), second(write);
  first.join();
  second.join();

  EXPECT_EQ(refused, 0);
  for (std::size_t i = 0; i < names_.size(); ++i) EXPECT_EQ(Known(names_[i]), expected[i]);
}

}  // namespace
}  // namespace daicho::registry
