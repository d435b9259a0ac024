// What is kept beside the log, and its removal.
#include <gmock/gmock.h>

#include "services/audit/testing/fixture.h"

namespace daicho::audit {
namespace {

using daicho::testing::BadFields;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(AuditServiceTest, TakesAParcelOfTheLargestSizeAndNoLarger) {
  const std::string huge(kMaxEventBytes - 1000, 'a');
  const std::string payload =
      PayloadBy("users/hirose", {.type = "a", .changes = {{"b", "", huge}}});
  ASSERT_LT(payload.size(), kMaxEventBytes);
  EXPECT_TRUE(Append("registry", std::vector<std::string>{payload}).ok());
  v1::ListEntriesResponse list;
  ASSERT_TRUE(List(v1::ListEntriesRequest(), &list).ok());
  ASSERT_THAT(list.entries(), SizeIs(1));
  EXPECT_EQ(list.entries(0).event().changes(0).after(), huge);
  EXPECT_LT(list.entries(0).leaf().size(), 1000u);

  const std::string larger =
      PayloadBy("users/hirose", {.type = "a", .changes = {{"b", huge, huge}}});
  EXPECT_EQ(ReasonOf(Append("registry", std::vector<std::string>{larger})), "EVENT_TOO_LARGE");
}

TEST_F(AuditServiceTest, AParcelWithOtherValuesThanItsEventSealsIsRefused) {
  event::v1::Parcel parcel;
  ASSERT_TRUE(parcel.ParseFromString(PayloadBy("users/hirose", {.type = "a"})));
  event::v1::Parcel altered = parcel, missing = parcel;
  altered.mutable_bodies(0)->set_value("another");
  missing.clear_bodies();
  for (const auto& bad : {altered, missing}) {
    EXPECT_EQ(ReasonOf(Append("registry", {bad.SerializeAsString()})), "INVALID_FIELD");
  }
  EXPECT_TRUE(Append("registry", {parcel.SerializeAsString()}).ok());
}

TEST_F(AuditServiceTest, RedactionRemovesAPersonsDataAndNothingElse) {
  const Event change{
      .type = "account.changed",
      .changes = {{"fields.purpose", "a", "b"},
                  {"fields.publishing_method.operators[0].display_name", "坂本", ""}}};
  ASSERT_TRUE(
      Append("registry", {PayloadBy("users/hirose", change), PayloadBy("users/ono", change)}).ok());
  const v1::TreeHead before = HeadNow();
  v1::ListEntriesResponse list;
  ASSERT_TRUE(List(v1::ListEntriesRequest(), &list).ok());
  EXPECT_EQ(list.entries(0).event().actor().display_name(), "users/hirose's name");

  v1::RedactPersonRequest request;
  request.set_person("users/hirose");
  request.add_values("坂本");
  request.set_reason("退職");
  request.set_validate_only(true);
  request.set_request_id(NewUuid(kNow));
  v1::RedactPersonResponse response;
  const auto redact = [&] {
    return CallAs("ADMIN", &v1::AuditService::Stub::RedactPerson, request, &response);
  };
  ASSERT_TRUE(redact().ok());
  EXPECT_EQ(response.redacted_count(), 3);
  EXPECT_EQ(database_.Value("SELECT count(*) FROM entry_bodies"), "4") << "only counted";
  request.set_validate_only(false);
  request.set_request_id(NewUuid(kNow));
  ASSERT_TRUE(redact().ok());
  EXPECT_EQ(response.redacted_count(), 3);

  v1::ListEntriesResponse after;
  ASSERT_TRUE(List(v1::ListEntriesRequest(), &after).ok());
  EXPECT_EQ(after.entries(0).leaf(), list.entries(0).leaf());
  EXPECT_THAT(after.entries(0).bodies(), IsEmpty());
  EXPECT_EQ(after.entries(0).event().actor().display_name(), "");
  EXPECT_EQ(after.entries(0).event().changes(0).after(), "b");
  EXPECT_EQ(after.entries(0).event().changes(1).before(), "");
  EXPECT_EQ(after.entries(1).event().actor().display_name(), "users/ono's name");
  EXPECT_EQ(HeadNow().root_hash(), before.root_hash());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM outbox WHERE subject = 'users/hirose'"
                            " AND position(convert_to('退職', 'UTF8') IN payload) > 0"
                            " AND position(convert_to('坂本', 'UTF8') IN payload) = 0"),
            "1");
}

TEST_F(AuditServiceTest, RedactionReachesNothingThatIsNobodysAndNothingThatWasTooLarge) {
  const std::string large(100'000, 'a');
  const Event change{
      .type = "account.changed",
      .changes = {{"fields.notes", "", large}, {"contact.email", "", "a@b.example"}}};
  ASSERT_TRUE(Append("registry", {PayloadBy("users/hirose", change)}).ok());
  const std::string before = database_.Value("SELECT count(*) FROM entry_bodies");
  ASSERT_EQ(database_.Value("SELECT count(*) FROM entry_bodies WHERE path = '*'"), "1");
  EXPECT_EQ(database_.Value("SELECT redact_bodies('', '{}')"), "0");
  EXPECT_EQ(database_.Value("SELECT redact_bodies('', (SELECT array_agg(value) FROM entry_bodies"
                            " WHERE path = '*'))"),
            "0");
  EXPECT_EQ(database_.Value("SELECT count(*) FROM entry_bodies"), before);
  EXPECT_EQ(database_.Value("SELECT redact_bodies('users/hirose', '{}')"), "1");
}

TEST_F(AuditServiceTest, AdministratorsAloneRedactAndOnlyPeople) {
  v1::RedactPersonRequest request;
  request.set_person("accounts/1");
  request.set_reason("a");
  request.set_request_id(NewUuid(kNow));
  v1::RedactPersonResponse response;
  const auto method = &v1::AuditService::Stub::RedactPerson;
  EXPECT_EQ(ReasonOf(CallAs("AUDITOR", method, request, &response)), "ROLE_NOT_ALLOWED");
  EXPECT_THAT(BadFields(CallAs("ADMIN", method, request, &response)), ElementsAre("person"));
}

}  // namespace
}  // namespace daicho::audit
