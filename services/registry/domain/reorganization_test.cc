#include "services/registry/domain/reorganization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// 2026-11-22 08:30 in Tokyo.
constexpr absl::CivilDay kDay(2027, 4, 1);
constexpr char kX[] = "accounts-x";
constexpr char kY[] = "accounts-y";

// 0200 has 0201 and 0202 below it; 5002 and 6001 go via 5001.
DepartmentsByCode Known() {
  DepartmentsByCode known;
  const auto put = [&](const std::string& code, const std::string& name,
                       const std::string& parent = "", const std::string& via = "",
                       DepartmentKind kind = DepartmentKind::kPrefecturalOffice) {
    known[code] = {.code = code,
                   .revision = 1,
                   .display_name = name,
                   .kana = "かな",
                   .kind = kind,
                   .parent = parent,
                   .via = via};
  };
  put("0101", "秘書課");
  put("0200", "観光部");
  put("0201", "観光政策課", "0200");
  put("0202", "観光振興課", "0200");
  put("5001", "教育政策課", "", "", DepartmentKind::kEducationBoard);
  put("5002", "生涯学習課", "", "5001", DepartmentKind::kEducationBoard);
  put("6001", "観光協会", "", "0201", DepartmentKind::kCommissionedBody);
  return known;
}

Account AccountOf(const std::string& id, const std::string& department) {
  return {.id = id,
          .revision = 1,
          .state = AccountState::kActive,
          .department = department,
          .fields = {{"display_name", "公式"}}};
}

ReorganizationPlan Plan(const std::vector<ReorganizationStep>& steps,
                        const std::vector<Account>& accounts = {},
                        absl::CivilDay effective_on = kDay,
                        const DepartmentsByCode& known = Known()) {
  return PlanReorganization(steps, effective_on, known, accounts, kNow);
}

// "FIELD REASON" of every problem.
std::vector<std::string> Problems(const ReorganizationPlan& plan) {
  std::vector<std::string> texts;
  for (const ReorganizationProblem& problem : plan.problems) {
    EXPECT_FALSE(problem.en.empty() || problem.ja.empty()) << problem.reason;
    texts.push_back(absl::StrCat(problem.field, " ", problem.reason));
  }
  return texts;
}

// The department as it would be.
Department After(const ReorganizationPlan& plan, const std::string& code) {
  EXPECT_THAT(Problems(plan), IsEmpty());
  for (const DepartmentChange& change : plan.departments) {
    if (change.after.code == code) return change.after;
  }
  return {};
}

std::vector<std::string> Moves(const ReorganizationPlan& plan) {
  std::vector<std::string> moves;
  for (const AccountMove& move : plan.accounts) {
    moves.push_back(absl::StrCat(move.before.id, " ", move.before.department, ">", move.to));
  }
  return moves;
}

CreateStep Create(const std::string& code, const std::string& name = "新しい課") {
  return {.department = {.code = code, .display_name = name}};
}

TEST(CreateStepTest, BeginsOnTheDay) {
  const auto plan = Plan({Create("0301")});
  const Department created = After(plan, "0301");
  EXPECT_EQ(created.valid_from, kDay);
  EXPECT_EQ(created.revision, 1);
  EXPECT_FALSE(ExistsOn(created, kDay - 1));
  EXPECT_TRUE(ExistsOn(created, kDay));
  EXPECT_THAT(plan.departments, SizeIs(1));
  EXPECT_THAT(plan.successions, IsEmpty());
}

TEST(CreateStepTest, TakesNoCodeThatHistoryKeeps) {
  DepartmentsByCode known = Known();
  known["0900"] = {.code = "0900", .display_name = "昔の課", .valid_until = kDay - 500};
  EXPECT_THAT(Problems(Plan({Create("0900")}, {}, kDay, known)),
              ElementsAre("steps[0].create.department CODE_IN_USE"));
  EXPECT_THAT(Problems(Plan({Create("03/01")})),
              ElementsAre("steps[0].create.department INVALID_CODE"));
}

TEST(CreateStepTest, NamesEverythingThatIsWrongAtOnce) {
  CreateStep step = Create("0301");
  step.department.page_url = "pref.example";
  step.department.local_government_code = "360008";
  step.department.parent = "9999";
  EXPECT_THAT(Problems(Plan({step, std::monostate()})),
              ElementsAre("steps[0].create.page_url INVALID_URL",
                          "steps[0].create.local_government_code INVALID_LOCAL_GOVERNMENT_CODE",
                          "steps[0].create.parent DEPARTMENT_NOT_FOUND", "steps[1] REQUIRED"));
}

TEST(CreateStepTest, NeedsAViaDepartmentWhereTheGuidelineAsksForOne) {
  CreateStep step = Create("5003");
  step.department.kind = DepartmentKind::kEducationBoard;
  EXPECT_THAT(Problems(Plan({step})), ElementsAre("steps[0] VIA_MISSING"));
  step.department.via = "5001";
  EXPECT_THAT(Problems(Plan({step})), IsEmpty());
}

TEST(RenameStepTest, KeepsTheCodeAndTellsOpenFormsTheName) {
  const auto plan = Plan({RenameStep{.department = "0201", .display_name = "観光戦略課"}},
                         {AccountOf(kX, "0201")});
  const Department renamed = After(plan, "0201");
  EXPECT_EQ(renamed.display_name, "観光戦略課");
  EXPECT_EQ(renamed.kana, "");
  EXPECT_EQ(renamed.revision, 2);
  EXPECT_FALSE(renamed.valid_until.has_value());
  EXPECT_THAT(plan.accounts, IsEmpty());
  EXPECT_THAT(plan.successions, ElementsAre(Succession{"0201", "0201", "観光戦略課", ""}));
}

TEST(RenameStepTest, ToTheSameNameChangesNothingAndIsRefused) {
  EXPECT_THAT(Problems(Plan({RenameStep{.department = "0201", .display_name = "観光政策課"}})),
              ElementsAre("steps[0].rename.display_name NOTHING_CHANGES"));
}

TEST(RenameStepTest, UnderANewCodeASuccessorTakesEverythingOver) {
  const auto plan =
      Plan({RenameStep{.department = "0201", .new_code = "0301"}}, {AccountOf(kX, "0201")});
  const Department ended = After(plan, "0201");
  EXPECT_EQ(ended.valid_until, kDay - 1);
  EXPECT_THAT(ended.successors, ElementsAre("0301"));
  const Department next = After(plan, "0301");
  EXPECT_EQ(next.display_name, "観光政策課");
  EXPECT_EQ(next.parent, "0200");
  EXPECT_EQ(next.valid_from, kDay);
  EXPECT_EQ(next.revision, 1);
  EXPECT_EQ(After(plan, "6001").via, "0301");
  EXPECT_THAT(Moves(plan), ElementsAre("accounts-x 0201>0301"));
  EXPECT_THAT(plan.successions, ElementsAre(Succession{"0201", "0301", "観光政策課", ""}));
}

TEST(MergeStepTest, EndsAllButTheOneThatStays) {
  const auto plan = Plan({MergeStep{{"0201", "0202"}, "0202"}}, {AccountOf(kX, "0201")});
  EXPECT_THAT(After(plan, "0201").successors, ElementsAre("0202"));
  EXPECT_EQ(After(plan, "6001").via, "0202");
  EXPECT_THAT(Moves(plan), ElementsAre("accounts-x 0201>0202"));
  EXPECT_THAT(plan.departments, SizeIs(2));
}

TEST(MergeStepTest, GoesIntoOneThatAnEarlierStepCreates) {
  const auto plan = Plan({Create("0301", "観光課"), MergeStep{{"0201", "0202"}, "0301"}},
                         {AccountOf(kX, "0201"), AccountOf(kY, "0202")});
  EXPECT_THAT(Moves(plan), ElementsAre("accounts-x 0201>0301", "accounts-y 0202>0301"));
  EXPECT_THAT(Problems(Plan({MergeStep{{"0201"}, "0301"}, Create("0301")})),
              ElementsAre("steps[0].merge.into DEPARTMENT_NOT_FOUND"));
}

TEST(MergeStepTest, IntoADepartmentBelowItTakesItsPlaceInTheTree) {
  const auto plan = Plan({MergeStep{{"0200"}, "0201"}});
  EXPECT_EQ(After(plan, "0201").parent, "");
  EXPECT_EQ(After(plan, "0202").parent, "0201");
}

TEST(MergeStepTest, RefusesToMergeNothingAndNothingTwice) {
  EXPECT_THAT(Problems(Plan({MergeStep{{"0201"}, "0201"}})),
              ElementsAre("steps[0].merge.departments NOTHING_CHANGES"));
  EXPECT_THAT(Problems(Plan({MergeStep{{"0202", "0202"}, "0201"}})),
              ElementsAre("steps[0].merge.departments[1] REPEATED"));
  EXPECT_THAT(Problems(Plan({MergeStep{{"0202"}, "0201"}, MergeStep{{"0202"}, "0101"}})),
              ElementsAre("steps[1].merge.departments[0] DEPARTMENT_ENDED"));
}

TEST(MergeStepTest, RefusesASuccessorThatEndsAsWell) {
  EXPECT_THAT(Problems(Plan({MergeStep{{"0202"}, "0201"}, AbolishStep{"0201", "0101"}})),
              ElementsAre("steps[0] SUCCESSOR_ENDS"));
}

SplitStep Split(std::vector<AccountAssignment> assignments) {
  return {.department = "0201",
          .into = {"0301", "0302"},
          .main_successor = "0302",
          .assignments = std::move(assignments)};
}

TEST(SplitStepTest, GivesEachAccountToTheSuccessorNamedForIt) {
  const auto plan =
      Plan({Create("0301", "一課"), Create("0302", "二課"), Split({{kX, "0301"}, {kY, "0302"}})},
           {AccountOf(kX, "0201"), AccountOf(kY, "0201")});
  EXPECT_THAT(After(plan, "0201").successors, ElementsAre("0302", "0301"));
  EXPECT_EQ(After(plan, "6001").via, "0302");
  EXPECT_THAT(Moves(plan), ElementsAre("accounts-x 0201>0301", "accounts-y 0201>0302"));
  EXPECT_THAT(plan.successions, ElementsAre(Succession{"0201", "0301", "一課", kX},
                                            Succession{"0201", "0302", "二課", ""}));
}

TEST(SplitStepTest, NamesAccountsThatAreAssignedToNobodyOrToSomebodyElse) {
  const std::vector<ReorganizationStep> create = {Create("0301"), Create("0302")};
  const auto problems = [&](SplitStep split) {
    return Problems(Plan({create[0], create[1], std::move(split)},
                         {AccountOf(kX, "0201"), AccountOf(kY, "0201")}));
  };
  EXPECT_THAT(problems(Split({{kX, "0301"}})),
              ElementsAre("steps[2].split.assignments ACCOUNT_NOT_ASSIGNED"));
  EXPECT_THAT(problems(Split({{kX, "0301"}, {kY, "0101"}})),
              ElementsAre("steps[2].split.assignments[1].department NOT_A_SUCCESSOR"));
  EXPECT_THAT(problems(Split({{kX, "0301"}, {kX, "0302"}, {kY, "0302"}})),
              ElementsAre("steps[2].split.assignments[1].account REPEATED"));
  EXPECT_THAT(problems(Split({{kX, "0301"}, {kY, "0302"}, {"accounts-z", "0302"}})),
              ElementsAre("steps[2].split.assignments[2].account FOREIGN_ACCOUNT"));
}

TEST(SplitStepTest, LetsTheDepartmentGoOnBesidesANewOne) {
  const SplitStep split{
      .department = "0201", .into = {"0201", "0301"}, .assignments = {{kX, "0301"}, {kY, "0201"}}};
  const auto plan =
      Plan({Create("0301", "一課"), split}, {AccountOf(kX, "0201"), AccountOf(kY, "0201")});
  EXPECT_THAT(Problems(plan), IsEmpty());
  EXPECT_THAT(plan.departments, SizeIs(1));
  EXPECT_THAT(Moves(plan), ElementsAre("accounts-x 0201>0301"));
  EXPECT_THAT(plan.successions, ElementsAre(Succession{"0201", "0301", "一課", kX}));
}

TEST(SplitStepTest, NeedsTwoSuccessorsAndAMainOne) {
  SplitStep split = Split({});
  split.into = {"0101"};
  EXPECT_THAT(Problems(Plan({split})),
              ElementsAre("steps[0].split.into NOTHING_CHANGES",
                          "steps[0].split.main_successor MAIN_SUCCESSOR_MISSING"));
}

TEST(AbolishStepTest, IsRefusedWhileItHasLiveAccountsWithoutSuccessor) {
  const std::vector<Account> accounts = {AccountOf(kX, "0202")};
  EXPECT_THAT(Problems(Plan({AbolishStep{"0202", ""}}, accounts)),
              ElementsAre("steps[0].abolish.successor ACCOUNTS_WITHOUT_SUCCESSOR"));
  EXPECT_THAT(Moves(Plan({AbolishStep{"0202", "0201"}}, accounts)),
              ElementsAre("accounts-x 0202>0201"));
  const auto plan = Plan({AbolishStep{"0202", ""}});
  EXPECT_EQ(After(plan, "0202").valid_until, kDay - 1);
  EXPECT_THAT(plan.successions, IsEmpty());
}

TEST(AbolishStepTest, IsRefusedWhileOthersDependOnItWithoutSuccessor) {
  EXPECT_THAT(Problems(Plan({AbolishStep{"0200", ""}})), ElementsAre("steps[0] PARENT_ENDS"));
  EXPECT_THAT(Problems(Plan({AbolishStep{"0201", ""}})), ElementsAre("steps[0] VIA_ENDS"));
  EXPECT_THAT(Problems(Plan({AbolishStep{"0201", "0201"}})),
              ElementsAre("steps[0].abolish.successor NOT_A_SUCCESSOR"));
  EXPECT_THAT(
      Problems(Plan({MoveStep{.department = "6001", .via = "0202"}, AbolishStep{"0201", ""}})),
      IsEmpty());
}

TEST(MoveStepTest, ChangesWhatIsGivenAndNothingElse) {
  const auto plan = Plan({MoveStep{.department = "0202", .parent = "0101"}});
  EXPECT_EQ(After(plan, "0202").parent, "0101");
  EXPECT_THAT(plan.successions, IsEmpty());
  EXPECT_EQ(After(Plan({MoveStep{.department = "0202", .parent = ""}}), "0202").parent, "");
  EXPECT_THAT(Problems(Plan({MoveStep{.department = "0202", .parent = "0200"}})),
              ElementsAre("steps[0].move NOTHING_CHANGES"));
}

TEST(MoveStepTest, RefusesLoopsAndMissingViaDepartments) {
  EXPECT_THAT(Problems(Plan({MoveStep{.department = "0200", .parent = "0202"}})),
              ElementsAre("steps[0] PARENT_LOOP"));
  EXPECT_THAT(Problems(Plan({MoveStep{.department = "0201", .via = "6001"}})),
              ElementsAre("steps[0] VIA_LOOP"));
  EXPECT_THAT(Problems(Plan({MoveStep{.department = "6001", .via = ""}})),
              ElementsAre("steps[0] VIA_MISSING"));
  EXPECT_THAT(Problems(Plan({MoveStep{.department = "0202", .via = "0101"}})), IsEmpty());
}

TEST(EffectiveDayTest, IsAtMostAYearBackAndThreeAhead) {
  const auto problems = [](absl::CivilDay day) {
    return Problems(Plan({RenameStep{.department = "0201", .display_name = "課"}}, {}, day));
  };
  const absl::CivilDay today(2026, 11, 22);
  EXPECT_THAT(problems(absl::CivilDay(2025, 11, 22)), IsEmpty());
  EXPECT_THAT(problems(absl::CivilDay(2025, 11, 21)),
              ElementsAre("effective_on EFFECTIVE_ON_OUT_OF_RANGE"));
  EXPECT_THAT(problems(today), IsEmpty());
  EXPECT_THAT(problems(absl::CivilDay(2029, 11, 22)), IsEmpty());
  EXPECT_THAT(problems(absl::CivilDay(2029, 11, 23)),
              ElementsAre("effective_on EFFECTIVE_ON_OUT_OF_RANGE"));
}

TEST(EffectiveDayTest, DecidesWhichDepartmentsThereAre) {
  DepartmentsByCode known = Known();
  known["0202"].valid_from = kDay;
  EXPECT_THAT(Problems(Plan({AbolishStep{"0202", ""}}, {}, kDay, known)),
              ElementsAre("steps[0].abolish.department DEPARTMENT_IS_NEW"));
  EXPECT_THAT(Problems(Plan({AbolishStep{"0202", ""}}, {}, kDay - 1, known)),
              ElementsAre("steps[0].abolish.department DEPARTMENT_ENDED"));
  EXPECT_THAT(Problems(Plan({AbolishStep{"0202", ""}}, {}, kDay + 1, known)), IsEmpty());
}

TEST(LosingDepartmentsTest, AreThoseWhoseAccountsMayMove) {
  EXPECT_THAT(LosingDepartments({Create("0301"), RenameStep{.department = "0101"},
                                 RenameStep{.department = "0102", .new_code = "0302"},
                                 MergeStep{{"0201", "0202"}, "0202"}, Split({}),
                                 AbolishStep{"0203", ""}, MoveStep{.department = "0204"}}),
              ElementsAre("0102", "0201", "0203"));
}

TEST(HeirsOfTest, AreThoseWhoTookOverAndStillExist) {
  DepartmentsByCode known = Known();
  known["0201"].valid_until = kDay - 1;
  known["0201"].successors = {"0202", "0101"};
  known["0202"].valid_until = kDay;
  known["0202"].successors = {"0200"};
  EXPECT_THAT(HeirsOf(known, "0201", kDay - 1), ElementsAre("0201"));
  EXPECT_THAT(HeirsOf(known, "0201", kDay), ElementsAre("0101", "0202"));
  EXPECT_THAT(HeirsOf(known, "0201", kDay + 1), ElementsAre("0101", "0200"));
  EXPECT_THAT(HeirsOf(known, "9999", kDay), IsEmpty());
}

TEST(MoveAccountTest, LeavesGovernedFieldsUntouched) {
  const Account before = AccountOf(kX, "0201");
  const Reorganization reorganization{.id = "r", .reason = "令和9年度組織改編"};
  const Change change = MoveAccount({before, "0301"}, reorganization, kNow);
  EXPECT_EQ(change.after.department, "0301");
  EXPECT_EQ(change.after.revision, 2);
  EXPECT_EQ(change.after.fields, before.fields);
  EXPECT_EQ(change.event.type, "account.reorganized");
  EXPECT_EQ(change.event.department, "departments/0301");
  EXPECT_THAT(change.event.related, ElementsAre("reorganizations/r"));
  EXPECT_THAT(change.event.changes,
              ElementsAre(FieldChange{"department", "departments/0201", "departments/0301"}));
}

}  // namespace
}  // namespace daicho::registry::domain
