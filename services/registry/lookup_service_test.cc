#include "services/registry/lookup_service.h"

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/rpc/testing/server.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"
#include "services/registry/lookup_wire.h"
#include "services/registry/platforms.h"
#include "services/registry/schema.h"
#include "services/registry/testing/ledger_rows.h"
#include "tests/support/database.h"

namespace daicho::registry {
namespace {

using ::testing::HasSubstr;

constexpr char kPage[] = "https://pref.example/sns";

// 2026-11-22 12:00 in Tokyo.
absl::Time Noon() { return absl::FromCivil(absl::CivilHour(2026, 11, 22, 3), absl::UTCTimeZone()); }

// One ledger, read once; what changes it is tested with the directory.
class LookupServiceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { world_ = new World; }
  static void TearDownTestSuite() { delete world_; }

  struct World {
    World() {
      rows.PutDepartment("0101", "広報課");
      official = rows.PutAccount({.key = "x::official", .listing_url = kPage});
      rows.PutAccount({.key = "x::unlisted"});
      rows.PutAccount({.key = "x::closing",
                       .listing_url = kPage,
                       .state = "CLOSING",
                       .effective_on = "2026-11-23"});
      rows.PutAccount({.key = "x::closed_today",
                       .listing_url = kPage,
                       .state = "CLOSING",
                       .effective_on = "2026-11-22"});
      const std::string merged = rows.PutAccount({.key = "x::merged",
                                                  .state = "MERGED",
                                                  .effective_on = "2025-04-01",
                                                  .successor = official});
      rows.PutAccount({.key = "x::merged_twice",
                       .state = "MERGED",
                       .effective_on = "2024-04-01",
                       .successor = merged});
      rows.PutDepartment("0202", "観光課");
      rows.PutDepartment("0303", "総務課");
      rows.PutDepartment("0404", "農政課");
      const std::string personal =
          rows.PutAccount({.key = "x::personal", .listing_url = kPage, .department = "0404"});
      rows.Change(personal, "fields = fields || '{\"kind\": \"KIND_PERSONAL_EXCEPTION\"}'");
      for (const char* day : {"21", "22"}) {
        const std::string ending = rows.PutAccount(
            {.key = absl::StrCat("x::until_", day), .listing_url = kPage, .department = "0404"});
        rows.Change(ending,
                    absl::StrCat("fields = fields || '{\"kind\": \"KIND_PERSONAL_EXCEPTION\","
                                 " \"personal_exception.end_date\": \"2026-11-",
                                 day, "\"}'"));
      }
      const std::string known =
          rows.PutAccount({.key = "x::kanko_info", .listing_url = kPage, .department = "0202"});
      rows.Change(known, "fields = fields || '{\"platform_account_id\": \"12345\"}'");
      const std::string frozen =
          rows.PutAccount({.key = "x::kanko_frozen", .listing_url = kPage, .department = "0202"});
      rows.Change(frozen, "condition = 'SUSPENDED_BY_PLATFORM'");
      const std::string renamed = rows.PutAccount({.key = "x::before", .listing_url = kPage});
      rows.Rename(renamed, "x::after", "x::before", "2026-10-01");
      database.Execute(
          "WITH next AS (UPDATE ledger_sequence SET value = value + 1 RETURNING value)"
          " INSERT INTO impersonation_warnings (id, revision, change_sequence, url, key,"
          " canonical_url, platform, department, notice_ja, notice, reported_on, starts_on,"
          " created_by, create_time, update_time)"
          " SELECT gen_random_uuid(), 1, value, 'x.com/fake', 'x::fake', 'https://x.com/fake', 'x',"
          " '0101', '友達申請をすることはありません。', 'We never send friend requests.',"
          " '2026-11-01', '2026-11-01', 'users/pr', now(), now() FROM next");
      directory = *Directory::Open({.pool = &database.pool(), .clock = &clock});
      server = std::make_unique<testing::Server>(testing::Server::Options{
          .service = "registry",
          .grpc_services = {"daicho.registry.v1.LookupService"},
          .pool = &database.pool(),
          .clock = &clock,
          .build = [this](const rpc::Env& env) {
            std::vector<std::unique_ptr<grpc::Service>> services;
            services.push_back(MakeLookupService(env, directory.get(), &platforms));
            return services;
          }});
      stub = v1::LookupService::NewStub(server->ChannelOf());
    }

    const testing::FixedClock clock{Noon()};
    testing::Database database{Schema()};
    testing::LedgerRows rows{database};
    std::string official;
    domain::PlatformTable platforms{*wire::LoadPlatforms("services/registry/platforms")};
    std::unique_ptr<Directory> directory;
    std::unique_ptr<testing::Server> server;
    std::unique_ptr<v1::LookupService::Stub> stub;
  };

  static absl::StatusOr<v1::LookupAccountResponse> Send(const v1::LookupAccountRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::LookupAccountResponse response;
    const grpc::Status status = world_->stub->LookupAccount(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }
  static v1::LookupAccountResponse Lookup(const std::string& url) {
    v1::LookupAccountRequest request;
    request.set_url(url);
    const auto response = Send(request);
    EXPECT_TRUE(response.ok()) << url << response.status();
    return response.value_or(v1::LookupAccountResponse());
  }
  static absl::StatusOr<v1::BatchLookupAccountsResponse> SendBatch(
      const v1::BatchLookupAccountsRequest& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::BatchLookupAccountsResponse response;
    const grpc::Status status = world_->stub->BatchLookupAccounts(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }
  static absl::StatusOr<v1::LookupAccountResponse> LookupDepartment(const std::string& department,
                                                                    const std::string& platform) {
    v1::LookupAccountRequest request;
    request.set_department(department);
    request.set_platform(platform);
    return Send(request);
  }
  static absl::StatusOr<v1::LookupAccountResponse> LookupHandle(const std::string& platform,
                                                                const std::string& handle) {
    v1::LookupAccountRequest request;
    request.set_platform(platform);
    request.set_handle(handle);
    return Send(request);
  }

  static World* world_;
};
LookupServiceTest::World* LookupServiceTest::world_ = nullptr;

TEST_F(LookupServiceTest, AnOfficialAccountIsToldWithItsPublicFactsToAnybody) {
  const auto response = Lookup("http://twitter.com/Official?s=20");
  EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_OFFICIAL);
  EXPECT_EQ(response.canonical_url(), "https://x.com/official");
  EXPECT_EQ(response.url_problem(), "");
  EXPECT_EQ(response.account().name(), "accounts/" + world_->official);
  EXPECT_EQ(response.account().platform(), "x");
  EXPECT_EQ(response.account().platform_display_name(), "X");
  EXPECT_EQ(response.account().handle(), "official");
  EXPECT_EQ(response.account().url(), "https://x.com/official");
  EXPECT_EQ(response.account().department_display_name(), "広報課");
  EXPECT_EQ(response.account().contact_desk(), "017-722-1111");
  EXPECT_EQ(response.account().listing_url(), kPage);
  EXPECT_FALSE(response.has_official_until());
  EXPECT_FALSE(response.has_successor());
  EXPECT_EQ(daicho::wire::FromTimestamp(response.as_of_time()), Noon());
  EXPECT_THAT(response.message_ja(), HasSubstr("(広報課)は公式アカウントです。"));
  EXPECT_THAT(response.message(), HasSubstr("is an official account."));
}

TEST_F(LookupServiceTest, APlatformAndAHandleAreTheSameQuestion) {
  for (const std::string platform : {"x", "X", "Twitter", "旧Twitter"}) {
    for (const std::string handle : {"official", "@Official", "＠ｏｆｆｉｃｉａｌ"}) {
      const auto response = LookupHandle(platform, handle);
      ASSERT_TRUE(response.ok()) << response.status();
      EXPECT_EQ(response->verdict(), v1::LOOKUP_VERDICT_OFFICIAL) << platform << " " << handle;
    }
  }
}

TEST_F(LookupServiceTest, AnAccountOnNoOfficialPageIsUnconfirmed) {
  const auto response = Lookup("https://x.com/unlisted");
  EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_UNCONFIRMED);
  EXPECT_EQ(response.account().listing_url(), "");
}

TEST_F(LookupServiceTest, AnAccountIsOfficialUntilTheDayItClosesInTokyo) {
  EXPECT_EQ(Lookup("https://x.com/closing").verdict(), v1::LOOKUP_VERDICT_OFFICIAL);
  const auto closed = Lookup("https://x.com/closed_today");
  EXPECT_EQ(closed.verdict(), v1::LOOKUP_VERDICT_FORMERLY_OFFICIAL);
  EXPECT_EQ(daicho::wire::FromDate(closed.official_until()), absl::CivilDay(2026, 11, 22));
}

TEST_F(LookupServiceTest, AMergedAccountNamesTheOfficialOneAtTheEndOfItsSuccessors) {
  for (const std::string handle : {"merged", "merged_twice"}) {
    const auto response = Lookup("https://x.com/" + handle);
    EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_FORMERLY_OFFICIAL);
    EXPECT_EQ(response.successor().url(), "https://x.com/official") << handle;
  }
}

TEST_F(LookupServiceTest, AFormerNameIsFormerlyOfficialAndPointsToThePresentOne) {
  const auto response = Lookup("https://x.com/before");
  EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_FORMERLY_OFFICIAL);
  EXPECT_EQ(daicho::wire::FromDate(response.official_until()), absl::CivilDay(2026, 10, 1));
  EXPECT_EQ(response.account().url(), "https://x.com/before");
  EXPECT_EQ(response.account().listing_url(), "");
  EXPECT_EQ(response.successor().url(), "https://x.com/after");
  EXPECT_EQ(Lookup("https://x.com/after").verdict(), v1::LOOKUP_VERDICT_OFFICIAL);
}

TEST_F(LookupServiceTest, WhatTheLedgerDoesNotKnowIsUnknown) {
  for (const std::string url :
       {"https://x.com/nobody", "https://eviltwitter.com/official",
        "https://x.com.example/official", "https://www.instagram.com/official",
        "https://mstdn.jp/@official", "https://official.hatenablog.com/"}) {
    const auto response = Lookup(url);
    EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_UNKNOWN) << url;
    EXPECT_FALSE(response.has_account());
    EXPECT_NE(response.canonical_url(), "");
    EXPECT_NE(response.message_ja(), "");
  }
}

TEST_F(LookupServiceTest, WhatCannotBeAnAccountIsUnknownAndToldWhy) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://bit.ly/3abc", "SHORTENER"},
      {"https://x.com@evil.example/", "DECEPTIVE_URL"},
      {"https://x.com/hashtag/official", "RESERVED_PATH"},
      {"https://x.com/official/status/1", "NOT_AN_ACCOUNT"},
      {"https://127.0.0.1/official", "HOST_NOT_ALLOWED"},
      {"@official", "MALFORMED_URL"},
      {"https://x.com/" + std::string(2000, 'a'), "TOO_LONG"}};
  for (const auto& [url, problem] : cases) {
    const auto response = Lookup(url);
    EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_UNKNOWN) << url;
    EXPECT_EQ(response.url_problem(), problem) << url;
    EXPECT_EQ(response.canonical_url(), "");
    EXPECT_NE(response.message(), "");
    EXPECT_NE(response.message_ja(), "");
    EXPECT_TRUE(response.has_as_of_time());
  }
  EXPECT_EQ(LookupHandle("mixi", "official")->url_problem(), "PLATFORM_UNKNOWN");
  EXPECT_EQ(LookupHandle("wechat", "official")->url_problem(), "HANDLE_NOT_SUPPORTED");
  EXPECT_EQ(LookupHandle("x", "no such handle")->url_problem(), "HANDLE_INVALID");
}

TEST_F(LookupServiceTest, AQuestionWithoutAKeyOrWithTwoIsRefused) {
  EXPECT_EQ(ReasonOf(Send({}).status()), "LOOKUP_KEY_MISSING");
  EXPECT_EQ(ReasonOf(LookupHandle("x", "").status()), "LOOKUP_KEY_MISSING");
  EXPECT_EQ(ReasonOf(LookupHandle("", "official").status()), "LOOKUP_KEY_MISSING");
  v1::LookupAccountRequest both;
  both.set_url("https://x.com/official");
  both.set_platform("x");
  both.set_handle("official");
  EXPECT_EQ(ReasonOf(Send(both).status()), "INVALID_FIELD");
}

TEST_F(LookupServiceTest, ASuspendedAccountNamesOtherChannelsOfItsDepartment) {
  const auto response = Lookup("https://x.com/kanko_frozen");
  EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_OFFICIAL_BUT_SUSPENDED);
  ASSERT_EQ(response.alternatives_size(), 1);
  EXPECT_EQ(response.alternatives(0).url(), "https://x.com/kanko_info");
}

// domain.md §12.6: a page of a body that has none.
TEST_F(LookupServiceTest, ADepartmentWithoutAnAccountIsToldToHaveNone) {
  for (const std::string department : {"0303", "departments/0303", "総務課"}) {
    const auto response = LookupDepartment(department, "Facebook");
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->verdict(), v1::LOOKUP_VERDICT_DEPARTMENT_HAS_NO_ACCOUNT) << department;
    EXPECT_THAT(response->message_ja(), HasSubstr("総務課は"));
    EXPECT_FALSE(response->has_account());
  }
  EXPECT_EQ(LookupDepartment("0202", "instagram")->verdict(),
            v1::LOOKUP_VERDICT_DEPARTMENT_HAS_NO_ACCOUNT);
}

TEST_F(LookupServiceTest, ADepartmentsOfficialAccountIsNamed) {
  const auto response = LookupDepartment("観光課", "旧Twitter");
  EXPECT_EQ(response->verdict(), v1::LOOKUP_VERDICT_OFFICIAL);
  EXPECT_EQ(response->account().url(), "https://x.com/kanko_info");
  EXPECT_EQ(response->alternatives_size(), 0);
}

TEST_F(LookupServiceTest, AnUnknownDepartmentOrPlatformIsToldSo) {
  EXPECT_EQ(LookupDepartment("9999", "x")->url_problem(), "DEPARTMENT_UNKNOWN");
  EXPECT_EQ(LookupDepartment("0303", "mixi")->url_problem(), "PLATFORM_UNKNOWN");
  EXPECT_EQ(LookupDepartment("9999", "x")->verdict(), v1::LOOKUP_VERDICT_UNKNOWN);
  EXPECT_EQ(ReasonOf(LookupDepartment("0303", "").status()), "LOOKUP_KEY_MISSING");
}

TEST_F(LookupServiceTest, AnUnknownHandleHintsAtTheOfficialOneItLooksLike) {
  for (const std::string url :
       {"https://x.com/0fficial", "https://x.com/off1cial", "https://x.com/official_",
        "https://eviltwitter.com/official", "https://www.instagram.com/official"}) {
    const auto response = Lookup(url);
    EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_UNKNOWN) << url;
    EXPECT_EQ(response.look_alike().url(), "https://x.com/official") << url;
    EXPECT_FALSE(response.has_account());
  }
  EXPECT_FALSE(Lookup("https://x.com/nobody").has_look_alike());
  // Only what is official is hinted at.
  EXPECT_FALSE(Lookup("https://x.com/un1isted").has_look_alike());
}

TEST_F(LookupServiceTest, ABatchIsAnsweredInItsOrderAsOfOneMoment) {
  v1::BatchLookupAccountsRequest request;
  for (int i = 0; i < 100; ++i) {
    request.add_requests()->set_url(i % 2 == 0 ? "https://x.com/official" : "https://bit.ly/3abc");
  }
  const auto batch = SendBatch(request);
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_EQ(batch->responses_size(), 100);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(batch->responses(i).verdict(),
              i % 2 == 0 ? v1::LOOKUP_VERDICT_OFFICIAL : v1::LOOKUP_VERDICT_UNKNOWN);
    EXPECT_EQ(batch->responses(i).as_of_time().seconds(),
              batch->responses(0).as_of_time().seconds());
  }
}

TEST_F(LookupServiceTest, ABatchThatIsEmptyTooLongOrHoldsABadQuestionIsRefused) {
  v1::BatchLookupAccountsRequest request;
  EXPECT_EQ(ReasonOf(SendBatch(request).status()), "INVALID_FIELD");
  for (int i = 0; i < 101; ++i) request.add_requests()->set_url("https://x.com/official");
  EXPECT_EQ(ReasonOf(SendBatch(request).status()), "INVALID_FIELD");
  request.mutable_requests()->RemoveLast();
  EXPECT_TRUE(SendBatch(request).ok());
  request.mutable_requests(7)->clear_url();
  const absl::Status refusal = SendBatch(request).status();
  EXPECT_EQ(ReasonOf(refusal), "LOOKUP_KEY_MISSING");
}

TEST_F(LookupServiceTest, AHandleOfOursThatBelongsToAnotherIdIsNobodyOfOurs) {
  v1::LookupAccountRequest request;
  request.set_url("https://x.com/kanko_info");
  for (const auto& [id, verdict] : std::vector<std::pair<std::string, v1::LookupVerdict>>{
           {"", v1::LOOKUP_VERDICT_OFFICIAL},
           {"12345", v1::LOOKUP_VERDICT_OFFICIAL},
           {"12346", v1::LOOKUP_VERDICT_UNKNOWN}}) {
    request.set_platform_account_id(id);
    EXPECT_EQ(Send(request)->verdict(), verdict) << id;
  }
  request.set_platform_account_id("12346");
  EXPECT_FALSE(Send(request)->has_account());
  EXPECT_FALSE(Send(request)->has_look_alike());
}

// T 5-1: its display name may be somebody's own.
TEST_F(LookupServiceTest, APersonsOwnAccountIsToldOfByItsHandleAloneAndNobodyIsPointedToIt) {
  const auto response = Lookup("https://x.com/personal");
  EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_OFFICIAL);
  EXPECT_EQ(response.account().display_name(), "");
  EXPECT_THAT(response.message_ja(), HasSubstr("「@personal」"));
  EXPECT_FALSE(Lookup("https://x.com/pers0nal").has_look_alike());
  EXPECT_EQ(LookupDepartment("0404", "x")->verdict(), v1::LOOKUP_VERDICT_DEPARTMENT_HAS_NO_ACCOUNT);
}

// T 5-1: whether or not anybody has closed it.
TEST_F(LookupServiceTest, APersonsOwnAccountIsOfficialNoLongerThanItsException) {
  EXPECT_EQ(Lookup("https://x.com/until_22").verdict(), v1::LOOKUP_VERDICT_OFFICIAL);
  const auto over = Lookup("https://x.com/until_21");
  EXPECT_EQ(over.verdict(), v1::LOOKUP_VERDICT_FORMERLY_OFFICIAL);
  EXPECT_EQ(daicho::wire::FromDate(over.official_until()), absl::CivilDay(2026, 11, 22));
}

// domain.md §12.5.
TEST_F(LookupServiceTest, AKnownImpersonatorIsWarnedOf) {
  const auto response = Lookup("https://x.com/Fake");
  EXPECT_EQ(response.verdict(), v1::LOOKUP_VERDICT_KNOWN_IMPERSONATION);
  EXPECT_EQ(response.notice_ja(), "友達申請をすることはありません。");
  EXPECT_EQ(response.notice(), "We never send friend requests.");
  EXPECT_FALSE(response.has_account());
  EXPECT_FALSE(response.has_look_alike());
}

TEST_F(LookupServiceTest, BrokenTextIsRefused) {
  EXPECT_EQ(ReasonOf(LookupHandle("x", std::string("a\0b", 3)).status()), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(LookupHandle("x", std::string(5000, 'a')).status()), "INVALID_FIELD");
}

TEST(LookupWireTest, PlainIsOnlyWhatTheCheckOfEveryRequestPasses) {
  const auto* descriptor = v1::LookupAccountRequest::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    const auto with = [&](const std::string& text) {
      v1::LookupAccountRequest request;
      request.GetReflection()->SetString(&request, field, text);
      return request;
    };
    EXPECT_TRUE(daicho::wire::CheckRequest(v1::LookupAccountRequest()).empty());
    for (const std::string& plain : {std::string("https://x.com/a~ b"), std::string(1000, 'a')}) {
      EXPECT_TRUE(wire::IsPlain(with(plain))) << field->name();
      EXPECT_TRUE(daicho::wire::CheckRequest(with(plain)).empty()) << field->name();
    }
    for (const std::string& other :
         {std::string(1001, 'a'), std::string("a\n"), std::string("a\x7F"), std::string("あ"),
          std::string("\xFF"), std::string(1, '\0')}) {
      EXPECT_FALSE(wire::IsPlain(with(other))) << field->name();
    }
  }
}

TEST_F(LookupServiceTest, RefusedQuestionsLeaveNothingInTheDatabase) {
  EXPECT_FALSE(Send({}).ok());
  EXPECT_EQ(world_->database.Value("SELECT count(*) FROM outbox"), "0");
}

}  // namespace
}  // namespace daicho::registry
