#include "services/audit/service.h"

#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "common/wire/sealed_event.h"
#include "common/work/relay.h"
#include "services/audit/domain/merkle.h"
#include "services/audit/domain/verify.h"
#include "services/audit/testing/fixture.h"

namespace daicho::audit {
namespace {

using daicho::testing::BadFields;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

domain::Hash HashOf(const std::string& bytes) {
  return domain::HashFromBytes(bytes).value_or(domain::Hash());
}

std::vector<domain::Hash> HashesOf(const google::protobuf::RepeatedPtrField<std::string>& bytes) {
  std::vector<domain::Hash> hashes;
  for (const std::string& hash : bytes) hashes.push_back(HashOf(hash));
  return hashes;
}

TEST_F(AuditServiceTest, AppendsAServicesEventsAsTheyCame) {
  const auto events = EventsOf("registry", 3);
  v1::AppendEventsResponse response;
  const grpc::Status status = Append("registry", events, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.appended_count(), 3);
  EXPECT_EQ(response.tree_size(), 3);

  v1::Entry entry;
  v1::GetEntryRequest request;
  request.set_event_id(events[1].event_id());
  ASSERT_TRUE(CallAs("AUDITOR", &v1::AuditService::Stub::GetEntry, request, &entry).ok());
  EXPECT_EQ(entry.index(), 1);
  EXPECT_EQ(entry.leaf(), events[1].SerializeAsString());
  EXPECT_EQ(HashOf(entry.leaf_hash()), domain::LeafHash(entry.leaf()));
  EXPECT_EQ(entry.event().resource(), "accounts/1");
  EXPECT_EQ(wire::FromTimestamp(entry.append_time()), kNow);
}

TEST_F(AuditServiceTest, ARepeatIsAnsweredOkAndAppendsNothing) {
  const auto events = EventsOf("registry", 3);
  ASSERT_TRUE(Append("registry", events).ok());
  v1::AppendEventsResponse response;
  ASSERT_TRUE(Append("registry", events, &response).ok());
  EXPECT_EQ(response.appended_count(), 0);
  EXPECT_EQ(response.tree_size(), 3);
}

TEST_F(AuditServiceTest, AnEventOfAnotherServiceIsRefusedWithItsBatch) {
  auto events = EventsOf("registry", 3);
  events[1].set_service("approval");
  const grpc::Status status = Append("registry", events);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "EVENT_NOT_YOURS");
  EXPECT_THAT(BadFields(status), ElementsAre("events[1]"));
  EXPECT_EQ(HeadNow().tree_size(), 0);
}

TEST_F(AuditServiceTest, EveryMalformedEventIsNamed) {
  auto no_id = EventOf("registry");
  no_id.set_event_id("1");
  auto no_time = EventOf("registry");
  no_time.clear_event_time();
  auto bad_time = EventOf("registry");
  bad_time.mutable_event_time()->set_seconds(std::numeric_limits<std::int64_t>::max());
  auto no_type = EventOf("registry");
  no_type.clear_type();
  auto no_actor = EventOf("registry");
  no_actor.clear_actor();
  auto no_outcome = EventOf("registry");
  no_outcome.clear_outcome();
  std::vector<std::string> events = {EventOf("registry").SerializeAsString(), "\xFF no event", ""};
  for (const auto& event : {no_id, no_time, bad_time, no_type, no_actor, no_outcome}) {
    events.push_back(event.SerializeAsString());
  }
  const grpc::Status status = Append("registry", events);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  EXPECT_THAT(BadFields(status), ElementsAre("events[1]", "events[2]", "events[3]", "events[4]",
                                             "events[5]", "events[6]", "events[7]", "events[8]"));
  EXPECT_EQ(HeadNow().tree_size(), 0);
}

TEST_F(AuditServiceTest, TakesALeafOfTheLargestSizeAndNoLarger) {
  auto event = EventOf("registry");
  event.set_reason(std::string(daicho::wire::kMaxLeafBytes, 'a'));
  event.mutable_reason()->resize(2 * daicho::wire::kMaxLeafBytes - event.ByteSizeLong());
  ASSERT_EQ(event.ByteSizeLong(), daicho::wire::kMaxLeafBytes);
  EXPECT_TRUE(Append("registry", {event}).ok());

  auto larger = event;
  larger.set_event_id(NewUuid(kNow));
  larger.mutable_reason()->push_back('a');
  EXPECT_EQ(ReasonOf(Append("registry", {larger})), "EVENT_TOO_LARGE");
}

TEST_F(AuditServiceTest, SaysThatThereIsNoCheckpoint) {
  v1::Checkpoint checkpoint;
  EXPECT_EQ(ReasonOf(CallAs("AUDITOR", &v1::AuditService::Stub::GetCheckpoint,
                            v1::GetCheckpointRequest(), &checkpoint)),
            "NO_CHECKPOINT");
}

TEST_F(AuditServiceTest, TakesABatchOfTheLargestSizeAndNoLarger) {
  EXPECT_TRUE(Append("registry", EventsOf("registry", 256)).ok());
  EXPECT_EQ(ReasonOf(Append("registry", EventsOf("registry", 257))), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(Append("registry", std::vector<std::string>())), "INVALID_FIELD");
}

TEST_F(AuditServiceTest, AnEventThatChangedSinceIsRefused) {
  auto event = EventOf("registry");
  ASSERT_TRUE(Append("registry", {event}).ok());
  event.set_reason("another");
  const grpc::Status status = Append("registry", {EventOf("registry"), event});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "EVENT_ALTERED");
  EXPECT_EQ(HeadNow().tree_size(), 1);
}

TEST_F(AuditServiceTest, PeopleCannotAppend) {
  v1::AppendEventsRequest request;
  request.add_events(EventOf("registry").SerializeAsString());
  v1::AppendEventsResponse response;
  EXPECT_EQ(ReasonOf(CallAs("ADMIN", &v1::AuditService::Stub::AppendEvents, request, &response)),
            "ROLE_NOT_ALLOWED");
}

// The relay repeats a refused batch for ever, so whatever the encoder makes must be taken.
TEST_F(AuditServiceTest, TakesWhateverTheEncoderMakes) {
  rpc::Caller nobody;
  const rpc::Env env{.service = "registry"};
  const rpc::Call bare(nobody, access::v1::SCOPE_UNSPECIFIED, kNow, absl::InfiniteFuture());
  const std::string nul("a\0b", 3);
  const std::string long_text(5000, 'x');
  std::vector<std::string> payloads;
  for (const Event& event :
       {Event{.type = "call.refused"},
        Event{.type = "a", .resource = nul, .related = {nul, nul, ""}, .department = nul},
        Event{.type = "a", .resource = long_text, .related = {long_text}, .reason = long_text},
        Event{.type = "a", .resource = "\xFF", .department = "\xE3\x81", .reason = "\xED\xA0\x80"},
        Event{.type = "a", .changes = {{"fields.purpose", "", long_text}}}}) {
    payloads.push_back(rpc::AuditEncoder(env, bare)(event).payload);
  }
  const grpc::Status status = Append("registry", payloads);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(HeadNow().tree_size(), 5);
}

TEST_F(AuditServiceTest, OnlyAuditorsReadEntries) {
  v1::ListEntriesResponse response;
  for (const char* role : {"DEPARTMENT_STAFF", "PR_OFFICE", "ADMIN"}) {
    EXPECT_EQ(ReasonOf(CallAs(role, &v1::AuditService::Stub::ListEntries, v1::ListEntriesRequest(),
                              &response)),
              "ROLE_NOT_ALLOWED");
  }
}

TEST_F(AuditServiceTest, AnUnknownOrMalformedIdIsRefused) {
  v1::GetEntryRequest request;
  v1::Entry entry;
  request.set_event_id(NewUuid(kNow));
  EXPECT_EQ(ReasonOf(CallAs("AUDITOR", &v1::AuditService::Stub::GetEntry, request, &entry)),
            "EVENT_NOT_FOUND");
  request.set_event_id("../etc");
  EXPECT_EQ(ReasonOf(CallAs("AUDITOR", &v1::AuditService::Stub::GetEntry, request, &entry)),
            "INVALID_FIELD");
}

TEST_F(AuditServiceTest, ThePagesOfAListingShareTheirEndWhileTheLogGrows) {
  ASSERT_TRUE(Append("registry", EventsOf("registry", 5)).ok());
  v1::ListEntriesRequest request;
  request.set_page_size(2);
  std::vector<std::int64_t> indexes;
  int pages = 0;
  do {
    v1::ListEntriesResponse page;
    const grpc::Status status = List(request, &page);
    ASSERT_TRUE(status.ok()) << status.error_message();
    for (const auto& entry : page.entries()) indexes.push_back(entry.index());
    request.set_page_token(page.next_page_token());
    ASSERT_TRUE(Append("registry", EventsOf("registry", 5)).ok());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(indexes, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(pages, 3);
}

TEST_F(AuditServiceTest, ListsByResourceActorAndSize) {
  auto form = EventOf("registry", "forms/1");
  form.add_related_resources("accounts/7");
  form.mutable_actor()->set_subject("users/mori");
  ASSERT_TRUE(Append("registry", {EventOf("registry", "accounts/7"), form}).ok());
  const auto indexes = [&](const v1::ListEntriesRequest& request) {
    v1::ListEntriesResponse page;
    EXPECT_TRUE(List(request, &page).ok());
    std::vector<std::int64_t> found;
    for (const auto& entry : page.entries()) found.push_back(entry.index());
    return found;
  };
  v1::ListEntriesRequest request;
  request.set_resource("accounts/7");
  EXPECT_THAT(indexes(request), ElementsAre(0, 1));
  request.set_actor("users/mori");
  EXPECT_THAT(indexes(request), ElementsAre(1));
  request.clear_resource();
  EXPECT_THAT(indexes(request), ElementsAre(1));
  request.set_tree_size(1);
  EXPECT_THAT(indexes(request), IsEmpty());
}

TEST_F(AuditServiceTest, ListsByEveryConditionAlone) {
  auto odd = EventOf("registry", "forms/7");
  odd.set_department("departments/0303");
  odd.set_rpc("a.B/C");
  odd.set_type("form.submitted");
  odd.set_outcome(event::v1::Event::OUTCOME_REFUSED);
  *odd.mutable_event_time() = wire::ToTimestamp(kNow + absl::Hours(2));
  ASSERT_TRUE(Append("registry", {EventOf("registry"), odd, EventOf("registry")}).ok());
  ASSERT_TRUE(Append("approval", {EventOf("approval")}).ok());
  const auto indexes = [&](const std::function<void(v1::ListEntriesRequest&)>& narrow) {
    v1::ListEntriesRequest request;
    v1::ListEntriesResponse page;
    narrow(request);
    const grpc::Status status = List(request, &page);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<int> found;
    for (const auto& entry : page.entries()) found.push_back(static_cast<int>(entry.index()));
    return found;
  };
  EXPECT_THAT(indexes([](auto& q) { q.set_department("departments/0303"); }), ElementsAre(1));
  EXPECT_THAT(indexes([](auto& q) { q.set_rpc("a.B/C"); }), ElementsAre(1));
  EXPECT_THAT(indexes([](auto& q) { q.set_type("form.submitted"); }), ElementsAre(1));
  EXPECT_THAT(indexes([](auto& q) { q.set_service("approval"); }), ElementsAre(3));
  EXPECT_THAT(indexes([](auto& q) { q.set_outcome(event::v1::Event::OUTCOME_REFUSED); }),
              ElementsAre(1));
  EXPECT_THAT(indexes([](auto& q) { q.set_outcome(event::v1::Event::OUTCOME_OK); }),
              ElementsAre(0, 2, 3));
  const auto later = wire::ToTimestamp(kNow + absl::Hours(2));
  EXPECT_THAT(indexes([&](auto& q) { *q.mutable_from_time() = later; }), ElementsAre(1));
  EXPECT_THAT(indexes([&](auto& q) { *q.mutable_until_time() = later; }), ElementsAre(0, 2, 3));
  EXPECT_THAT(indexes([](auto& q) { q.set_first_index(2); }), ElementsAre(2, 3));
  EXPECT_THAT(indexes([](auto& q) {
                q.set_resource("forms/7");
                q.set_service("approval");
              }),
              IsEmpty());
}

TEST_F(AuditServiceTest, ATimelineFollowsAnAccountThroughItsForms) {
  auto submitted = EventOf("approval", "forms/7");
  auto applied = EventOf("registry", "accounts/9");
  applied.add_related_resources("forms/7");
  applied.add_related_resources("departments/0303");
  auto advised = EventOf("approval", "advices/3");
  advised.add_related_resources("accounts/9");
  auto answered = EventOf("approval", "advices/3");
  auto elsewhere = EventOf("registry", "accounts/8");
  elsewhere.add_related_resources("departments/0303");
  ASSERT_TRUE(Append("approval", {submitted}).ok());
  ASSERT_TRUE(Append("registry", {applied, elsewhere}).ok());
  ASSERT_TRUE(Append("approval", {advised, answered}).ok());
  v1::ListEntriesRequest request;
  request.set_timeline_of("accounts/9");
  v1::ListEntriesResponse page;
  ASSERT_TRUE(List(request, &page).ok());
  std::vector<std::string> resources;
  for (const auto& entry : page.entries()) resources.push_back(entry.event().resource());
  EXPECT_THAT(resources, ElementsAre("forms/7", "accounts/9", "advices/3", "advices/3"));
  request.set_resource("accounts/9");
  EXPECT_THAT(BadFields(List(request, &page)), ElementsAre("timeline_of"));
}

TEST_F(AuditServiceTest, APageTokenIsForOneCallerAndOneQuery) {
  ASSERT_TRUE(Append("registry", EventsOf("registry", 5)).ok());
  v1::ListEntriesRequest request;
  request.set_page_size(2);
  v1::ListEntriesResponse page;
  ASSERT_TRUE(List(request, &page).ok());
  request.set_page_token(page.next_page_token());
  EXPECT_EQ(ReasonOf(CallAs("AUDITOR", &v1::AuditService::Stub::ListEntries, request, &page,
                            "somebody-else")),
            "INVALID_PAGE_TOKEN");
  request.set_resource("accounts/1");
  EXPECT_EQ(ReasonOf(List(request, &page)), "INVALID_PAGE_TOKEN");
}

TEST_F(AuditServiceTest, ASizeTheLogDoesNotHaveIsRefused) {
  ASSERT_TRUE(Append("registry", EventsOf("registry", 2)).ok());
  v1::ListEntriesResponse page;
  for (const std::int64_t size : {-1, 3}) {
    v1::ListEntriesRequest request;
    request.set_tree_size(size);
    EXPECT_EQ(ReasonOf(List(request, &page)), "INVALID_FIELD") << size;
  }
  v1::ListEntriesRequest request;
  request.set_page_size(-1);
  EXPECT_EQ(ReasonOf(List(request, &page)), "INVALID_FIELD");
}

TEST_F(AuditServiceTest, EveryEntryIsProvenAtEverySizeThatHoldsIt) {
  constexpr int kEntries = 11;
  std::vector<v1::TreeHead> heads = {HeadNow()};
  std::vector<event::v1::Event> events;
  for (int i = 0; i < kEntries; ++i) {
    events.push_back(EventOf("registry"));
    ASSERT_TRUE(Append("registry", {events.back()}).ok());
    heads.push_back(HeadNow());
  }
  for (int index = 0; index < kEntries; ++index) {
    for (int size = index + 1; size <= kEntries; ++size) {
      v1::GetInclusionProofRequest request;
      request.set_event_id(events[index].event_id());
      request.set_tree_size(size);
      v1::InclusionProof proof;
      const grpc::Status status =
          CallAs("AUDITOR", &v1::AuditService::Stub::GetInclusionProof, request, &proof);
      ASSERT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(proof.root_hash(), heads[size].root_hash());
      EXPECT_TRUE(domain::VerifyInclusion(domain::LeafHash(events[index].SerializeAsString()),
                                          proof.index(), proof.tree_size(),
                                          HashesOf(proof.hashes()), HashOf(proof.root_hash())))
          << index << " in " << size;
    }
  }
}

TEST_F(AuditServiceTest, AnInclusionProofNeedsASizeThatHoldsTheEntry) {
  const auto events = EventsOf("registry", 4);
  ASSERT_TRUE(Append("registry", events).ok());
  v1::GetInclusionProofRequest request;
  request.set_event_id(events[2].event_id());
  v1::InclusionProof proof;
  for (const std::int64_t size : {-1, 1, 2, 5}) {
    request.set_tree_size(size);
    const grpc::Status status =
        CallAs("AUDITOR", &v1::AuditService::Stub::GetInclusionProof, request, &proof);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << size;
    EXPECT_EQ(ReasonOf(status), "TREE_SIZE_OUT_OF_RANGE") << size;
  }
  request.set_tree_size(0);
  ASSERT_TRUE(CallAs("AUDITOR", &v1::AuditService::Stub::GetInclusionProof, request, &proof).ok());
  EXPECT_EQ(proof.tree_size(), 4);
}

TEST_F(AuditServiceTest, EverySizeIsProvenToBeginEveryLargerOne) {
  constexpr int kEntries = 9;
  std::vector<v1::TreeHead> heads = {HeadNow()};
  for (int i = 0; i < kEntries; ++i) {
    ASSERT_TRUE(Append("registry", {EventOf("registry")}).ok());
    heads.push_back(HeadNow());
  }
  for (int second = 1; second <= kEntries; ++second) {
    for (int first = 1; first <= second; ++first) {
      v1::GetConsistencyProofRequest request;
      request.set_first_size(first);
      request.set_second_size(second);
      v1::ConsistencyProof proof;
      const grpc::Status status =
          CallAs("AUDITOR", &v1::AuditService::Stub::GetConsistencyProof, request, &proof);
      ASSERT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(proof.first_root(), heads[first].root_hash());
      EXPECT_EQ(proof.second_root(), heads[second].root_hash());
      EXPECT_TRUE(domain::VerifyConsistency({first, HashOf(heads[first].root_hash())},
                                            {second, HashOf(heads[second].root_hash())},
                                            HashesOf(proof.hashes())))
          << first << " to " << second;
    }
  }
}

TEST_F(AuditServiceTest, AConsistencyProofNeedsSizesInOrder) {
  ASSERT_TRUE(Append("registry", EventsOf("registry", 4)).ok());
  const auto reason = [&](std::int64_t first, std::int64_t second) {
    v1::GetConsistencyProofRequest request;
    request.set_first_size(first);
    request.set_second_size(second);
    v1::ConsistencyProof proof;
    return ReasonOf(
        CallAs("AUDITOR", &v1::AuditService::Stub::GetConsistencyProof, request, &proof));
  };
  EXPECT_EQ(reason(4, 4), "");
  EXPECT_EQ(reason(4, 0), "");
  EXPECT_EQ(reason(3, 2), "TREE_SIZE_OUT_OF_RANGE");
  EXPECT_EQ(reason(1, 5), "TREE_SIZE_OUT_OF_RANGE");
  EXPECT_EQ(reason(-1, 4), "TREE_SIZE_OUT_OF_RANGE");
  EXPECT_EQ(reason(0, 4), "INVALID_FIELD");
}

TEST_F(AuditServiceTest, AnExportThroughTheServiceVerifies) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(Append("registry", EventsOf("registry", 20)).ok());
    ASSERT_TRUE(Append("approval", EventsOf("approval", 5)).ok());
  }
  const v1::TreeHead head = HeadNow();
  domain::Verifier verifier({head.tree_size(), HashOf(head.root_hash())});
  v1::ListEntriesRequest request;
  request.set_tree_size(head.tree_size());
  do {
    v1::ListEntriesResponse page;
    ASSERT_TRUE(List(request, &page).ok());
    for (const auto& entry : page.entries()) {
      verifier.Add(entry.index(), entry.leaf(), HashOf(entry.leaf_hash()));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  const domain::Report report = verifier.Finish();
  EXPECT_TRUE(report.holds());
  EXPECT_EQ(report.entry_count, 100);
}

// The relay as the server runs it: audit's own outbox into its own log.
TEST_F(AuditServiceTest, WhoReadOrWasRefusedIsInTheLogItself) {
  v1::ListEntriesResponse page;
  ASSERT_TRUE(List(v1::ListEntriesRequest(), &page).ok());
  EXPECT_FALSE(CallAs("PR_OFFICE", &v1::AuditService::Stub::ListEntries, v1::ListEntriesRequest(),
                      &page, "mori")
                   .ok());
  work::Relay relay(&database_.pool(), "audit", OwnEvents(server_.env()));
  const absl::Time give_up = testing::Soon();
  while (HeadNow().tree_size() < 2 && absl::Now() < give_up) relay.Wake();

  ASSERT_TRUE(List(v1::ListEntriesRequest(), &page).ok());
  ASSERT_THAT(page.entries(), SizeIs(2));
  const event::v1::Event& reading = page.entries(0).event();
  EXPECT_EQ(reading.type(), "data.read");
  EXPECT_EQ(reading.service(), "audit");
  EXPECT_EQ(reading.actor().subject(), "users/sakamoto");
  EXPECT_EQ(reading.resource(), "entries");
  const event::v1::Event& refusal = page.entries(1).event();
  EXPECT_EQ(refusal.outcome(), event::v1::Event::OUTCOME_REFUSED);
  EXPECT_EQ(refusal.reason(), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(refusal.actor().subject(), "users/mori");
}

}  // namespace
}  // namespace daicho::audit
