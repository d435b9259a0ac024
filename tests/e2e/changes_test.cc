// What holds for every RPC that changes something, by reflection.
#include <gmock/gmock.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"
#include "tests/e2e/generic.h"
#include "tests/e2e/world.h"

namespace daicho::testing {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using ::testing::Contains;

// The RPCs that carry a request_id, and with it the promise to happen once.
std::vector<const MethodDescriptor*> ChangingMethods(Suite& suite) {
  std::vector<const MethodDescriptor*> changing;
  for (const auto* method : AllMethods(suite)) {
    if (method->input_type()->FindFieldByName("request_id") != nullptr) changing.push_back(method);
  }
  return changing;
}

void SetText(Message* message, const std::string& field, const std::string& value) {
  message->GetReflection()->SetString(message, message->GetDescriptor()->FindFieldByName(field),
                                      value);
}

TEST(ChangesTest, ThereIsSomethingToTest) {
  EXPECT_GE(ChangingMethods(World::Get().suite()).size(), 11u);
}

TEST(ChangesTest, ARequestIdThatIsNoUuidIsRefusedByName) {
  World& world = World::Get();
  for (const auto* method : ChangingMethods(world.suite())) {
    const auto request = PlausibleRequest(*method, world.names());
    SetText(request.get(), "request_id", "１");
    const Caller who = WhoMay(*method);
    const Answer answer = CallMethod(world.suite(), *method, *request, who.person.get(), who.peer);
    EXPECT_EQ(answer.reason, "INVALID_FIELD") << method->full_name();
    EXPECT_THAT(BadFields(answer.status), Contains("request_id")) << method->full_name();
  }
}

TEST(ChangesTest, AStaleEtagIsAborted) {
  World& world = World::Get();
  int tried = 0;
  for (const auto* method : ChangingMethods(world.suite())) {
    if (method->input_type()->FindFieldByName("etag") == nullptr) continue;
    const auto request = PlausibleRequest(*method, world.names());
    const Caller who = WhoMay(*method);
    const Answer answer = CallMethod(world.suite(), *method, *request, who.person.get(), who.peer);
    EXPECT_EQ(answer.reason, "ETAG_MISMATCH")
        << method->full_name() << answer.status.error_message();
    ++tried;
  }
  EXPECT_GE(tried, 7);
}

TEST(ChangesTest, TheSameRequestTwiceGetsTheSameAnswerAndHappensOnce) {
  World& world = World::Get();
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      "daicho.approval.v1.FormService.CreateForm");
  approval::v1::CreateFormRequest request;
  request.set_department(absl::StrCat("departments/", World::kSection));
  *request.mutable_content() = world.OpenContent(FreshHandle());
  request.set_request_id(NewUuid(absl::Now()));
  const Answer first = CallMethod(world.suite(), *method, request, &world.staff);
  ASSERT_TRUE(first.status.ok()) << first.status.error_message();
  const Answer second = CallMethod(world.suite(), *method, request, &world.staff);
  ASSERT_TRUE(second.status.ok()) << second.status.error_message();
  EXPECT_EQ(first.response->SerializeAsString(), second.response->SerializeAsString());
}

TEST(ChangesTest, TheSameRequestIdWithOtherContentIsRefused) {
  World& world = World::Get();
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      "daicho.approval.v1.FormService.CreateForm");
  approval::v1::CreateFormRequest request;
  request.set_department(absl::StrCat("departments/", World::kSection));
  *request.mutable_content() = world.OpenContent(FreshHandle());
  request.set_request_id(NewUuid(absl::Now()));
  ASSERT_TRUE(CallMethod(world.suite(), *method, request, &world.staff).status.ok());
  request.mutable_content()->set_addressee("別の宛先");
  const Answer reused = CallMethod(world.suite(), *method, request, &world.staff);
  EXPECT_EQ(reused.reason, "REQUEST_ID_REUSED");
}

// An event of the audit log about a refusal with `reason`, by `subject`.
bool RefusalIsAudited(World& world, const std::string& subject, const std::string& reason) {
  auto stub = audit::v1::AuditService::NewStub(world.suite().Channel("audit"));
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  while (absl::Now() < give_up) {
    audit::v1::ListEntriesRequest request;
    request.set_actor(subject);
    request.set_page_size(1000);
    audit::v1::ListEntriesResponse response;
    const auto context = world.suite().Context(&world.auditor);
    if (!stub->ListEntries(context.get(), request, &response).ok()) return false;
    for (const auto& entry : response.entries()) {
      if (entry.event().outcome() == event::v1::Event::OUTCOME_REFUSED &&
          entry.event().reason() == reason) {
        return true;
      }
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
  return false;
}

TEST(ChangesTest, ARefusalIsAudited) {
  World& world = World::Get();
  for (const auto* method : ChangingMethods(world.suite())) {
    if (method->input_type()->FindFieldByName("etag") == nullptr) continue;
    const auto request = PlausibleRequest(*method, world.names());
    Caller who = WhoMay(*method);
    who.person->subject = absl::StrCat("refused-", absl::AsciiStrToLower(method->name()));
    (void)CallMethod(world.suite(), *method, *request, who.person.get(), who.peer);
    EXPECT_TRUE(
        RefusalIsAudited(world, absl::StrCat("users/", who.person->subject), "ETAG_MISMATCH"))
        << method->full_name();
  }
}

TEST(ChangesTest, AForeignDepartmentIsRefusedAndAudited) {
  World& world = World::Get();
  const Person stranger{"stranger-head", {"DEPARTMENT_HEAD"}, World::kOtherSection};
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      "daicho.approval.v1.FormService.DecideForm");
  const auto request = PlausibleRequest(*method, world.names());
  const Answer answer = CallMethod(world.suite(), *method, *request, &stranger);
  EXPECT_EQ(answer.reason, "FOREIGN_DEPARTMENT");
  EXPECT_TRUE(RefusalIsAudited(world, "users/stranger-head", "FOREIGN_DEPARTMENT"));
}

}  // namespace
}  // namespace daicho::testing
