// Tokyo 2023: about 130 accounts merged into 19 by renaming, through forms (domain.md §12.2).
#include <gmock/gmock.h>

#include <map>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/handle.h"
#include "common/wire/fields.h"
#include "tests/e2e/world.h"

namespace daicho::testing {
namespace {

using registry::v1::Account;
using registry::v1::AccountService;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr int kBefore = 130;
constexpr int kAfter = 19;

class MergeTest : public ::testing::Test {
 protected:
  template <typename Request, typename Response>
  Response Must(grpc::Status (AccountService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                const Request& request) {
    Response response;
    const auto context = world_.suite().Context(&world_.pr_office);
    const grpc::Status status = (AccountService::Stub(world_.suite().Channel("registry")).*method)(
        context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // The ledger before: `count` accounts, the first of each three after the survivors of another
  // department. Returns them by handle.
  std::map<std::string, Account> Import(int count) {
    registry::v1::ImportAccountsRequest request;
    std::string csv = "department,service,account_name,url,source\n";
    for (int i = 0; i < count; ++i) {
      const bool foreign = i >= kAfter && i % 3 == 0;
      absl::StrAppend(&csv, foreign ? World::kOtherSection : World::kSection, ",X,公式", i,
                      ",https://x.com/", Handle(i), ",一覧\n");
    }
    request.set_content(csv);
    request.set_request_id(NewUuid(absl::Now()));
    EXPECT_EQ(Must(&AccountService::Stub::ImportAccounts, request).created_count(), count);
    std::map<std::string, Account> accounts;
    registry::v1::ListAccountsRequest list;
    list.set_page_size(1000);
    const auto listed = Must(&AccountService::Stub::ListAccounts, list);
    for (const Account& account : listed.accounts()) {
      if (absl::StartsWith(account.fields().handle(), prefix_)) {
        accounts[account.fields().handle()] = account;
      }
    }
    EXPECT_EQ(accounts.size(), static_cast<std::size_t>(count));
    return accounts;
  }

  std::string Handle(int i) const { return absl::StrCat(prefix_, i); }

  // Renames `survivor` to `handle` and merges `absorbed` into it, from today on.
  approval::v1::FormContent MergeContent(const Account& survivor, const std::string& handle,
                                         const std::vector<Account>& absorbed) {
    approval::v1::FormContent content = world_.OpenContent(handle);
    content.set_action(approval::v1::Form::ACTION_CHANGE);
    content.set_account(survivor.name());
    content.set_account_etag(survivor.etag());
    content.set_change_reason("アカウントの統合");
    *content.mutable_effective_on() = wire::ToDate(TokyoDay(absl::Now()));
    for (const Account& account : absorbed) {
      registry::v1::AbsorbedAccount& added = *content.add_absorbed_accounts();
      added.set_account(account.name());
      added.set_etag(account.etag());
    }
    return content;
  }

  void SeeListed(const std::string& name) {
    registry::v1::RecordListingRequest request;
    request.set_name(name);
    request.set_etag(world_.GetAccount(name)->etag());
    auto* page = request.mutable_listing()->mutable_organization_page();
    page->set_url("https://www.pref.example/sns/");
    *page->mutable_seen_on() = wire::ToDate(TokyoDay(absl::Now()));
    request.set_request_id(NewUuid(absl::Now()));
    Must(&AccountService::Stub::RecordListing, request);
  }

  std::vector<std::string> ActsOf(const std::string& name) {
    registry::v1::ListAccountRevisionsRequest request;
    request.set_name(name);
    const auto history = Must(&AccountService::Stub::ListAccountRevisions, request);
    std::vector<std::string> acts;
    for (const auto& revision : history.revisions()) {
      acts.push_back(revision.act());
    }
    return acts;
  }

  // Entries of the audit log about `resource` of that type.
  std::vector<event::v1::Event> EventsOf(const std::string& resource, const std::string& type) {
    audit::v1::ListEntriesRequest request;
    request.set_resource(resource);
    audit::v1::ListEntriesResponse response;
    const auto context = world_.suite().Context(&world_.auditor);
    EXPECT_TRUE(audit::v1::AuditService::NewStub(world_.suite().Channel("audit"))
                    ->ListEntries(context.get(), request, &response)
                    .ok());
    std::vector<event::v1::Event> events;
    for (const auto& entry : response.entries()) {
      if (entry.event().type() == type) events.push_back(entry.event());
    }
    return events;
  }

  World& world_ = World::Get();
  // Handles of this test: X takes 15 characters.
  const std::string prefix_ = absl::StrCat("m", absl::ToUnixNanos(absl::Now()) % 100000000, "_");
};

TEST_F(MergeTest, OneHundredAndThirtyAccountsBecomeNineteenAndNothingIsLost) {
  const std::map<std::string, Account> before = Import(kBefore);
  std::map<std::string, Account> survivor_of;  // By the handle before.
  for (int group = 0; group < kAfter; ++group) {
    const Account& survivor = before.at(Handle(group));
    std::vector<Account> absorbed;
    survivor_of[Handle(group)] = survivor;
    for (int i = group + kAfter; i < kBefore; i += kAfter) {
      absorbed.push_back(before.at(Handle(i)));
      survivor_of[Handle(i)] = survivor;
    }
    const auto agreed =
        world_.Agreed(MergeContent(survivor, absl::StrCat(prefix_, "n", group), absorbed));
    ASSERT_TRUE(agreed.ok()) << agreed.status();
    const auto applied = world_.Applied(*agreed);
    ASSERT_TRUE(applied.ok()) << applied.status();
    ASSERT_EQ(applied->state(), approval::v1::Form::STATE_APPLIED)
        << applied->application().conflict_message();
    EXPECT_EQ(applied->application().account(), survivor.name());
    SeeListed(survivor.name());
  }

  ASSERT_EQ(survivor_of.size(), before.size());
  for (const auto& [handle, account] : before) {
    const Account& survivor = survivor_of.at(handle);
    const auto after = world_.GetAccount(account.name());
    ASSERT_TRUE(after.ok()) << after.status();
    EXPECT_EQ(after->create_time().DebugString(), account.create_time().DebugString());
    EXPECT_EQ(after->department(), account.department());
    EXPECT_THAT(ActsOf(account.name()), Contains("account.imported"));
    if (account.name() == survivor.name()) {
      EXPECT_EQ(after->state(), Account::STATE_ACTIVE);
      EXPECT_EQ(world_.Lookup(after->canonical_url())->verdict(),
                registry::v1::LOOKUP_VERDICT_OFFICIAL);
    } else {
      EXPECT_EQ(after->state(), Account::STATE_CLOSING);
      EXPECT_EQ(after->closing().reason(), registry::v1::Closing::REASON_MERGED);
      EXPECT_EQ(after->closing().successor(), survivor.name());
      EXPECT_EQ(after->fields().display_name(), account.fields().display_name());
    }
    const auto lookup = world_.Lookup("https://x.com/" + handle);
    ASSERT_TRUE(lookup.ok()) << lookup.status();
    EXPECT_EQ(lookup->verdict(), registry::v1::LOOKUP_VERDICT_FORMERLY_OFFICIAL) << handle;
    EXPECT_EQ(lookup->successor().name(), survivor.name()) << handle;
  }

  ASSERT_TRUE(world_.suite().Settle());
  for (const auto& [handle, account] : before) {
    const Account& survivor = survivor_of.at(handle);
    if (account.name() == survivor.name()) continue;
    const auto closings = EventsOf(account.name(), "account.closing");
    ASSERT_EQ(closings.size(), 1u) << handle;
    EXPECT_THAT(closings[0].related_resources(), Contains(survivor.name()));
    EXPECT_EQ(closings[0].department(), account.department());
    const auto changes = EventsOf(survivor.name(), "account.changed");
    ASSERT_EQ(changes.size(), 1u) << handle;
    EXPECT_THAT(changes[0].related_resources(), Contains(account.name()));
  }
}

TEST_F(MergeTest, SubmissionNamesEachAccountThatIsInTheWay) {
  const std::map<std::string, Account> accounts = Import(3);
  Account stale = accounts.at(Handle(1));
  stale.set_etag("\"7\"");
  Account nobody;
  nobody.set_name("accounts/" + NewUuid(absl::Now()));
  nobody.set_etag("\"1\"");
  const auto draft = world_.Draft(
      MergeContent(accounts.at(Handle(0)), FreshHandle(), {stale, accounts.at(Handle(2)), nobody}));
  ASSERT_TRUE(draft.ok()) << draft.status();
  const absl::Status refused = world_.Submit(*draft).status();
  EXPECT_EQ(daicho::ReasonOf(refused), "LEDGER_CONFLICT");
  const std::string details = rpc::ToGrpc(refused).error_details();
  EXPECT_THAT(details, HasSubstr("absorbed_accounts[0]"));
  EXPECT_THAT(details, HasSubstr(stale.name()));
  EXPECT_THAT(details, HasSubstr("absorbed_accounts[2]"));
  EXPECT_THAT(details, HasSubstr(nobody.name()));
  EXPECT_THAT(details, ::testing::Not(HasSubstr("absorbed_accounts[1]")));
}

}  // namespace
}  // namespace daicho::testing
