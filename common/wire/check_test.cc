#include <gmock/gmock.h>

#include "common/wire/fields.h"
#include "daicho/approval/v1/form_service.pb.h"
#include "daicho/audit/v1/audit_service.pb.h"
#include "daicho/registry/v1/account_service.pb.h"
#include "daicho/registry/v1/fact_service.pb.h"

namespace daicho::wire {
namespace {

using approval::v1::CreateFormRequest;
using approval::v1::SubmitFormRequest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kUuid[] = "0190f1e2-7c3a-7d4b-8a5c-6e7f80912233";

SubmitFormRequest GoodRequest() {
  SubmitFormRequest request;
  request.set_name("forms/x");
  request.set_etag("\"1\"");
  request.set_request_id(kUuid);
  return request;
}

CreateFormRequest GoodCreate() {
  CreateFormRequest request;
  request.set_department("departments/1");
  request.set_request_id(kUuid);
  request.mutable_content()->set_action(approval::v1::Form::ACTION_OPEN);
  return request;
}

std::vector<std::pair<std::string, std::string>> Problems(
    const google::protobuf::Message& request) {
  std::vector<std::pair<std::string, std::string>> problems;
  for (const Violation& violation : CheckRequest(request)) {
    EXPECT_FALSE(violation.en.empty());
    EXPECT_FALSE(violation.ja.empty());
    problems.emplace_back(violation.field, violation.reason);
  }
  return problems;
}

TEST(CheckRequestTest, LetsAGoodRequestPass) {
  EXPECT_THAT(Problems(GoodRequest()), IsEmpty());
  EXPECT_THAT(Problems(GoodCreate()), IsEmpty());
}

TEST(CheckRequestTest, NamesEveryRequiredFieldThatIsMissingAtOnce) {
  EXPECT_THAT(Problems(SubmitFormRequest()),
              ElementsAre(Pair("name", "REQUIRED"), Pair("etag", "REQUIRED"),
                          Pair("request_id", "REQUIRED")));
  EXPECT_THAT(Problems(CreateFormRequest()),
              ElementsAre(Pair("department", "REQUIRED"), Pair("content", "REQUIRED"),
                          Pair("request_id", "REQUIRED")));
  EXPECT_THAT(Problems(audit::v1::AppendEventsRequest()), ElementsAre(Pair("events", "REQUIRED")));
  EXPECT_THAT(Problems(audit::v1::GetConsistencyProofRequest()),
              ElementsAre(Pair("first_size", "REQUIRED")));
}

TEST(CheckRequestTest, TakesTextNobodySeesForBlank) {
  for (const char* blank : {" ", "\n\t ", "\u3000", "\u00A0\u3000 ", "\u200B\uFEFF"}) {
    SubmitFormRequest request = GoodRequest();
    request.set_etag(blank);
    EXPECT_THAT(Problems(request), ElementsAre(Pair("etag", "REQUIRED"))) << blank;
  }
  SubmitFormRequest request = GoodRequest();
  request.set_etag("\u3000あ");
  EXPECT_THAT(Problems(request), IsEmpty());
  request.set_comment("\u3000");
  EXPECT_THAT(Problems(request), IsEmpty()) << "not required";
}

TEST(CheckRequestTest, CountsCharactersNotBytes) {
  SubmitFormRequest request = GoodRequest();
  std::string text;
  for (int i = 0; i < 4000; ++i) text += "台";
  request.set_comment(text);
  EXPECT_THAT(Problems(request), IsEmpty());
  request.set_comment(text + "帳");
  EXPECT_THAT(Problems(request), ElementsAre(Pair("comment", "TOO_LONG")));
}

TEST(CheckRequestTest, RefusesControlCharactersButTabAndLineFeed) {
  SubmitFormRequest request = GoodRequest();
  request.set_comment("一行目\n\t二行目");
  EXPECT_THAT(Problems(request), IsEmpty());
  for (const std::string& bad :
       {std::string("a\0b", 3), std::string("\r\n"), std::string("\x1b["), std::string("\x7f"),
        std::string("\u0085"), std::string("\u009F")}) {
    request.set_comment(bad);
    EXPECT_THAT(Problems(request), ElementsAre(Pair("comment", "CONTROL_CHARACTER")));
  }
  request.set_comment("\u00A0");
  EXPECT_THAT(Problems(request), IsEmpty()) << "a no-break space is no control character";
}

TEST(CheckRequestTest, RefusesTheTracesOfABrokenEncoding) {
  SubmitFormRequest request = GoodRequest();
  request.set_comment("文字\uFFFDけ");
  EXPECT_THAT(Problems(request), ElementsAre(Pair("comment", "INVALID_UTF8")));
}

TEST(CheckRequestTest, RefusesEnumValuesItDoesNotKnow) {
  CreateFormRequest request = GoodCreate();
  request.mutable_content()->set_action(static_cast<approval::v1::Form::Action>(99));
  EXPECT_THAT(Problems(request), ElementsAre(Pair("content.action", "UNKNOWN_VALUE")));
  approval::v1::ListFormsRequest list;
  list.add_states(approval::v1::Form::STATE_DRAFT);
  list.add_states(static_cast<approval::v1::Form::State>(-1));
  EXPECT_THAT(Problems(list), ElementsAre(Pair("states[1]", "UNKNOWN_VALUE")));
}

TEST(CheckRequestTest, RefusesDaysThatDoNotExist) {
  CreateFormRequest request = GoodCreate();
  google::type::Date* date = request.mutable_content()->mutable_effective_on();
  EXPECT_THAT(Problems(request), IsEmpty()) << "a date of zeros is unset";
  *date = ToDate(absl::CivilDay(2028, 2, 29));
  EXPECT_THAT(Problems(request), IsEmpty());
  date->set_year(2027);
  EXPECT_THAT(Problems(request), ElementsAre(Pair("content.effective_on", "INVALID_DATE")));
  *date = ToDate(absl::CivilDay(10000, 1, 1));
  EXPECT_THAT(Problems(request), ElementsAre(Pair("content.effective_on", "INVALID_DATE")));
  date->Clear();
  date->set_year(2027);
  EXPECT_THAT(Problems(request), ElementsAre(Pair("content.effective_on", "INVALID_DATE")))
      << "a year alone is no day";
}

TEST(CheckRequestTest, RefusesTimesOutsideTheCalendar) {
  registry::v1::Activity activity;
  activity.mutable_observe_time()->set_seconds(253402300799);
  EXPECT_THAT(Problems(activity), IsEmpty());
  activity.mutable_observe_time()->set_seconds(253402300800);
  EXPECT_THAT(Problems(activity), ElementsAre(Pair("observe_time", "INVALID_TIME")));
  activity.mutable_observe_time()->set_seconds(0);
  activity.mutable_observe_time()->set_nanos(-1);
  EXPECT_THAT(Problems(activity), ElementsAre(Pair("observe_time", "INVALID_TIME")));
}

TEST(CheckRequestTest, RefusesListsThatAreTooLongSaveListsOfBytes) {
  CreateFormRequest request = GoodCreate();
  auto* urls = request.mutable_content()->mutable_fields()->mutable_listing_urls();
  for (int i = 0; i < 200; ++i) urls->Add("https://example.jp/");
  EXPECT_THAT(Problems(request), IsEmpty());
  urls->Add("https://example.jp/");
  EXPECT_THAT(Problems(request), ElementsAre(Pair("content.fields.listing_urls", "TOO_MANY")));
  audit::v1::AppendEventsRequest append;
  for (int i = 0; i < 256; ++i) append.add_events(std::string(5000, '\0'));
  EXPECT_THAT(Problems(append), IsEmpty());
}

TEST(CheckRequestTest, LooksIntoEntriesOfListsWithTheirPath) {
  CreateFormRequest request = GoodCreate();
  auto* method = request.mutable_content()->mutable_fields()->mutable_publishing_method();
  method->add_operators()->set_display_name("山田");
  method->add_operators()->set_display_name("佐\x01藤");
  EXPECT_THAT(Problems(request),
              ElementsAre(Pair("content.fields.publishing_method.operators[1].display_name",
                               "CONTROL_CHARACTER")));
}

TEST(CheckRequestTest, LeavesTheEntriesOfABulkListToItsHandler) {
  registry::v1::ReportActivityRequest request;
  request.set_request_id(kUuid);
  EXPECT_THAT(Problems(request), ElementsAre(Pair("observations", "REQUIRED")));
  for (int i = 0; i < 10'000; ++i) request.add_observations();
  EXPECT_THAT(Problems(request), IsEmpty());
  request.add_observations();
  EXPECT_THAT(Problems(request), ElementsAre(Pair("observations", "TOO_MANY")));
}

TEST(CheckRequestTest, RefusesARequestIdThatIsNoUuid) {
  for (const char* bad :
       {"1", "0190F1E2-7C3A-7D4B-8A5C-6E7F80912233", "00000000-0000-0000-0000-000000000000"}) {
    SubmitFormRequest request = GoodRequest();
    request.set_request_id(bad);
    EXPECT_THAT(Problems(request), ElementsAre(Pair("request_id", "INVALID_REQUEST_ID"))) << bad;
  }
}

TEST(CheckRequestTest, DoesNotLookAtFieldsThatAreForOutputOnly) {
  registry::v1::Account account;
  account.set_name("accounts/x");
  account.set_department("\x01");
  EXPECT_THAT(Problems(account), IsEmpty());
  account.set_name("\x01");
  EXPECT_THAT(Problems(account), ElementsAre(Pair("name", "CONTROL_CHARACTER")));
}

}  // namespace
}  // namespace daicho::wire
