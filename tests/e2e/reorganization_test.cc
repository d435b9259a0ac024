// 組織改編 across all services: departments, accounts, open forms, lookup.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/uuid.h"
#include "common/pg/pg.h"
#include "common/rpc/handle.h"
#include "common/wire/fields.h"
#include "tests/e2e/world.h"
#include "tests/support/wait.h"

namespace daicho::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using Departments = registry::v1::DepartmentService;

// A world of its own: what happens here changes the departments of the others' forms.
class ReorganizationTest : public ::testing::Test {
 protected:
  registry::v1::ReorganizeDepartmentsRequest MergeOf(const std::string& from,
                                                     const std::string& into,
                                                     absl::CivilDay effective_on) {
    registry::v1::ReorganizeDepartmentsRequest request;
    *request.mutable_effective_on() = wire::ToDate(effective_on);
    auto& merge = *request.add_steps()->mutable_merge();
    merge.add_departments("departments/" + from);
    merge.set_into("departments/" + into);
    request.set_request_id(NewUuid(absl::Now()));
    return request;
  }

  absl::StatusOr<registry::v1::Reorganization> Reorganize(
      const registry::v1::ReorganizeDepartmentsRequest& request) {
    registry::v1::Reorganization response;
    const auto context = world_.suite().Context(&world_.admin);
    const grpc::Status status = Departments::NewStub(world_.suite().Channel("registry"))
                                    ->ReorganizeDepartments(context.get(), request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }

  absl::StatusOr<registry::v1::Reorganization> Get(const std::string& name) {
    registry::v1::GetReorganizationRequest request;
    request.set_name(name);
    registry::v1::Reorganization response;
    const auto context = world_.suite().Context(&world_.admin);
    const grpc::Status status = Departments::NewStub(world_.suite().Channel("registry"))
                                    ->GetReorganization(context.get(), request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }

  // Rows of the registry's database.
  std::string Value(const std::string& sql) {
    auto connection =
        pg::Connection::Open(world_.suite().Conninfo("registry"), absl::Now() + absl::Seconds(10));
    const auto rows = connection->QueryOnce(sql, absl::Now() + absl::Seconds(10));
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() && rows->size() > 0 ? (*rows)[0].Text(0) : "";
  }

  World world_{Suite::Options{}};
  const absl::CivilDay today_ = TokyoDay(absl::Now());
};

TEST_F(ReorganizationTest, AccountFormAndLookupFollowAndHistoryKeepsTheOldName) {
  const auto opened = world_.Applied(*world_.Agreed(world_.OpenContent(FreshHandle())));
  ASSERT_TRUE(opened.ok()) << opened.status();
  const std::string account = opened->application().account();
  const std::string url = opened->content().fields().url();
  const auto open = world_.Submit(*world_.Draft(world_.OpenContent(FreshHandle())));
  ASSERT_TRUE(open.ok()) << open.status();
  const auto half = world_.Agree(*open, world_.head);
  ASSERT_TRUE(half.ok()) << half.status();

  const auto request = MergeOf(World::kSection, World::kPolicyOffice, today_);
  const auto done = Reorganize(request);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->state(), registry::v1::Reorganization::STATE_IN_EFFECT);
  EXPECT_THAT(done->effects().accounts(), SizeIs(1));
  ASSERT_TRUE(world_.suite().Settle());

  EXPECT_EQ(world_.GetAccount(account)->department(), "departments/5001");
  EXPECT_TRUE(Eventually(
      [&] { return world_.Lookup(url)->account().department_display_name() == "教育政策課"; }));
  const auto form = world_.GetForm(open->name());
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(form->department(), "departments/5001");
  EXPECT_EQ(form->steps(0).department_display_name(), "生涯学習課");
  EXPECT_EQ(form->acts(form->acts_size() - 1).kind(), approval::v1::FormAct::KIND_REROUTED);
  // What was agreed before goes on where it was.
  const auto via = world_.Agree(*form, world_.via_head);
  ASSERT_TRUE(via.ok()) << via.status();
  const auto applied = world_.Applied(*world_.Agree(*via, world_.pr_office));
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->state(), approval::v1::Form::STATE_APPLIED);
  EXPECT_EQ(world_.GetAccount(applied->application().account())->department(), "departments/5001");

  const std::string sequence = Value("SELECT value FROM ledger_sequence");
  EXPECT_EQ(Reorganize(request)->SerializeAsString(), done->SerializeAsString());
  EXPECT_EQ(Value("SELECT value FROM ledger_sequence"), sequence);
  EXPECT_EQ(Value(absl::StrCat("SELECT department FROM account_revisions WHERE id = '",
                               account.substr(sizeof("accounts/") - 1), "' AND revision = 1")),
            World::kSection);
}

TEST_F(ReorganizationTest, AScheduledPlanTakesEffectOnceWithTwoRegistries) {
  const auto opened = world_.Applied(*world_.Agreed(world_.OpenContent(FreshHandle())));
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto draft = world_.Draft(world_.OpenContent(FreshHandle()));
  const auto kept = Reorganize(MergeOf(World::kSection, World::kPolicyOffice, today_ + 1));
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->state(), registry::v1::Reorganization::STATE_SCHEDULED);

  // The day has come when the registries start.
  world_.suite().Kill("registry");
  Value(absl::StrCat("UPDATE reorganizations SET effective_on = '", FormatDay(today_), "'"));
  world_.suite().StartAnother("registry");
  world_.suite().Start("registry");
  ASSERT_TRUE(Eventually(
      [&] { return Get(kept->name())->state() == registry::v1::Reorganization::STATE_IN_EFFECT; }));
  ASSERT_TRUE(world_.suite().Settle());
  const std::string account = opened->application().account();
  EXPECT_EQ(world_.GetAccount(account)->department(), "departments/5001");
  EXPECT_EQ(Value("SELECT count(*) FROM account_revisions WHERE act = 'account.reorganized'"), "1");
  EXPECT_EQ(Value("SELECT count(*) FROM department_revisions WHERE act ="
                  " 'department.reorganized'"),
            "1");
  const auto form = world_.GetForm(draft->name());
  EXPECT_EQ(form->department(), "departments/5001");
  EXPECT_EQ(form->acts_size(), 2);
}

}  // namespace
}  // namespace daicho::testing
