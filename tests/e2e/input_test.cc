// Bad input to every RPC: refused with the field's name, nothing changed.
#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"
#include "common/rpc/channel.h"
#include "common/rpc/token.h"
#include "tests/e2e/generic.h"
#include "tests/e2e/world.h"

namespace daicho::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using ::testing::Contains;

constexpr char kPlaceholder[] = "PLACEHOLDER";

const MethodDescriptor* Method(const std::string& name) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
}

// Sends `method` once for each of its own text fields, with `text` in that field, as somebody who
// may, and expects a refusal that names the field.
void ExpectEveryTextFieldRefuses(const std::string& text, const std::string& replacement) {
  World& world = World::Get();
  int tried = 0;
  for (const auto* method : AllMethods(world.suite())) {
    const auto* input = method->input_type();
    for (int i = 0; i < input->field_count(); ++i) {
      const FieldDescriptor* field = input->field(i);
      if (field->type() != FieldDescriptor::TYPE_STRING || field->is_repeated()) continue;
      const auto request = PlausibleRequest(*method, world.names());
      request->GetReflection()->SetString(request.get(), field, text);
      const std::string bytes =
          absl::StrReplaceAll(request->SerializeAsString(), {{kPlaceholder, replacement}});
      const Caller who = WhoMay(*method);
      const Answer answer =
          CallWithBytes(world.suite(), *method, bytes, who.person.get(), who.peer);
      EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT)
          << method->full_name() << " " << field->name() << " " << answer.status.error_message();
      EXPECT_THAT(BadFields(answer.status), Contains(field->name())) << method->full_name();
      ++tried;
    }
  }
  EXPECT_GE(tried, 30);
}

TEST(InputTest, TextThatIsTooLongIsRefusedByName) {
  ExpectEveryTextFieldRefuses(std::string(5000, 'x'), kPlaceholder);
}

TEST(InputTest, NulIsRefusedByName) {
  ExpectEveryTextFieldRefuses(std::string("a\0b", 3), kPlaceholder);
}

TEST(InputTest, BrokenUtf8IsRefusedByName) {
  ExpectEveryTextFieldRefuses(kPlaceholder, "\xff\xfe\xc0\xaf\xed\xa0\x80\xf8\x80\x80\x80");
}

TEST(InputTest, AnUnknownEnumValueIsRefusedByName) {
  World& world = World::Get();
  int tried = 0;
  for (const auto* method : AllMethods(world.suite())) {
    const auto* input = method->input_type();
    for (int i = 0; i < input->field_count(); ++i) {
      const FieldDescriptor* field = input->field(i);
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_ENUM || field->is_repeated()) continue;
      const auto request = PlausibleRequest(*method, world.names());
      request->GetReflection()->SetEnumValue(request.get(), field, 4711);
      const Caller who = WhoMay(*method);
      const Answer answer =
          CallMethod(world.suite(), *method, *request, who.person.get(), who.peer);
      EXPECT_THAT(BadFields(answer.status), Contains(field->name())) << method->full_name();
      ++tried;
    }
  }
  EXPECT_GE(tried, 3);
}

TEST(InputTest, EveryMissingFieldIsNamedAtOnce) {
  World& world = World::Get();
  approval::v1::DecideFormRequest empty;
  const Answer answer = CallMethod(
      world.suite(), *Method("daicho.approval.v1.FormService.DecideForm"), empty, &world.head);
  EXPECT_THAT(BadFields(answer.status),
              ::testing::UnorderedElementsAre("name", "etag", "decision", "request_id"));
}

TEST(InputTest, BytesThatAreNoMessageAreRefused) {
  World& world = World::Get();
  const Answer answer =
      CallWithBytes(world.suite(), *Method("daicho.approval.v1.FormService.CreateForm"),
                    std::string(200, '\xff'), &world.staff);
  EXPECT_FALSE(answer.status.ok());
}

approval::v1::ListFormsResponse FirstPage(World& world, const Person& person) {
  approval::v1::ListFormsRequest request;
  request.set_page_size(1);
  const Answer answer = CallMethod(
      world.suite(), *Method("daicho.approval.v1.FormService.ListForms"), request, &person);
  return dynamic_cast<const approval::v1::ListFormsResponse&>(*answer.response);
}

std::string ReasonOfPage(World& world, const approval::v1::ListFormsRequest& request,
                         const Person& person) {
  return CallMethod(world.suite(), *Method("daicho.approval.v1.FormService.ListForms"), request,
                    &person)
      .reason;
}

TEST(InputTest, APageTokenIsGoodForItsCallerAndQueryAlone) {
  World& world = World::Get();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.Draft(world.OpenContent(FreshHandle())).ok());
  approval::v1::ListFormsRequest next;
  next.set_page_size(1);
  next.set_page_token(FirstPage(world, world.staff).next_page_token());
  ASSERT_FALSE(next.page_token().empty());
  EXPECT_EQ(ReasonOfPage(world, next, world.staff), "");

  EXPECT_EQ(ReasonOfPage(world, next, world.head), "INVALID_PAGE_TOKEN");
  approval::v1::ListFormsRequest other_query = next;
  other_query.add_states(approval::v1::Form::STATE_DRAFT);
  EXPECT_EQ(ReasonOfPage(world, other_query, world.staff), "INVALID_PAGE_TOKEN");
  approval::v1::ListFormsRequest forged = next;
  std::string token = forged.page_token();
  token[token.size() / 2] = token[token.size() / 2] == 'A' ? 'B' : 'A';
  forged.set_page_token(token);
  EXPECT_EQ(ReasonOfPage(world, forged, world.staff), "INVALID_PAGE_TOKEN");
}

TEST(InputTest, AListShowsTheOwnDepartmentAlone) {
  World& world = World::Get();
  (void)world.names();
  const Person other{"other-staff", {"DEPARTMENT_STAFF"}, World::kOtherSection};
  EXPECT_EQ(FirstPage(world, other).forms_size(), 0);
  EXPECT_EQ(FirstPage(world, world.staff).forms_size(), 1);
}

// What the servers say to a token they should not take.
std::string ReasonForToken(World& world, const std::string& token) {
  grpc::ClientContext context;
  rpc::Address(context, absl::Now() + absl::Seconds(10), token);
  approval::v1::ListFormsResponse response;
  return WireReason(approval::v1::FormService::NewStub(world.suite().Channel("approval"))
                        ->ListForms(&context, {}, &response));
}

TEST(InputTest, AForeignOrAlteredTokenIsRefused) {
  World& world = World::Get();
  const auto key = rpc::MakeSigningKey();
  ASSERT_TRUE(key.ok());
  const auto foreign = rpc::SignToken(key->jwk, {.issuer = "https://issuer.daicho.example",
                                                 .audience = "daicho",
                                                 .subject = "mallory",
                                                 .display_name = "mallory",
                                                 .roles = {"PR_OFFICE"},
                                                 .department = "0101",
                                                 .issued = absl::Now()});
  ASSERT_TRUE(foreign.ok());
  EXPECT_EQ(ReasonForToken(world, *foreign), "TOKEN_INVALID");
  EXPECT_EQ(ReasonForToken(world, "not.a.token"), "TOKEN_INVALID");
  std::string altered = world.suite().Token(world.staff);
  altered[altered.size() / 2] = altered[altered.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_EQ(ReasonForToken(world, altered), "TOKEN_INVALID");
  EXPECT_EQ(ReasonForToken(world, world.suite().Token(world.staff)), "");
}

TEST(InputTest, AnExpiredTokenIsRefused) {
  World& world = World::Get();
  EXPECT_EQ(ReasonForToken(world, world.suite().Token(world.staff, absl::Now() - absl::Hours(2))),
            "TOKEN_EXPIRED");
}

TEST(InputTest, AHugeRequestIsRefusedAndTheServerStaysUp) {
  World& world = World::Get();
  registry::v1::ImportDepartmentsRequest request;
  request.set_content(std::string(17 << 20, 'x'));
  request.set_request_id(NewUuid(absl::Now()));
  const auto* method = Method("daicho.registry.v1.DepartmentService.ImportDepartments");
  const Answer answer = CallMethod(world.suite(), *method, request, &world.admin);
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(world.Lookup("https://x.com/nobody").ok());
}

}  // namespace
}  // namespace daicho::testing
