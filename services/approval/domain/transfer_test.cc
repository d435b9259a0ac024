#include "services/approval/domain/transfer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/approval/domain/testing/samples.h"

namespace daicho::approval::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOther[] = "departments/0301";
constexpr char kManager[] = "fields.publishing_method.account_manager.subject";

const Actor kDrafter = {{"users/staff", "担当"}, {Role::kDepartmentStaff}, kOwn};
const Actor kHead = {{"users/head", "課長"}, {Role::kDepartmentHead}, kOwn};
const Actor kDeputy = {{"users/deputy", "次長"}, {Role::kDepartmentHead}, kOwn};
const Actor kNewHead = {{"users/new-head", "新課長"}, {Role::kDepartmentHead}, kOwn};
const Actor kViaHead = {{"users/via", "政策課長"}, {Role::kDepartmentHead}, kVia};
const Actor kOfficer = {{"users/pr", "広報"}, {Role::kPrOffice}, kPr};
const Actor kAdmin = {{"users/admin", "管理者"}, {Role::kAdmin}, ""};

Transferred Moved(const Actor& who, const Person& successor, const std::string& left = kOwn) {
  return {.person = who.person.subject, .department_left = left, .successor = successor};
}
const Transferred kHeadMoved = Moved(kHead, kNewHead.person);
const Transferred kStaffMoved = Moved(kDrafter, {"users/new-staff", "新担当"});

Form Drafted(const Fields& content = {{"fields.purpose", "広報"}}) {
  return Create("1", kOwn, {.action = Action::kOpen, .content = content}, kDrafter, kNow).after;
}

Form Submitted(const Form& draft = Drafted()) {
  const auto step = [](StepKind kind, const char* department) {
    return Step{.kind = kind, .department = department, .department_display_name = "課"};
  };
  const std::vector<Step> route = {step(StepKind::kHead, kOwn), step(StepKind::kVia, kVia),
                                   step(StepKind::kPrOffice, kPr)};
  return Submit(draft, {.steps = route}, kDrafter, "", kNow)->after;
}

// The deputy agreed for the head, who has not read it yet.
Form AgreedByDeputy(const Actor& deputy = kDeputy) {
  const Absence away = {.department = kOwn,
                        .person = kHead.person,
                        .from_on = kToday,
                        .until_on = kToday,
                        .recorder = kDrafter.person};
  return AgreeAsDeputy(Submitted(), deputy, {away}, "出張", "", kNow)->after;
}

TransferOutcome After(const Form& form, const std::vector<Transferred>& people) {
  return Transfer(form, people, kOfficer, kNow);
}

TEST(TransferTest, WhoTookOverFromAHeadReadsWhatTheDeputyDecidedAndTheHeadDoesNot) {
  const TransferOutcome outcome = After(AgreedByDeputy(), {kHeadMoved});
  EXPECT_THAT(outcome.notes,
              ElementsAre(TransferNote{0, Effect::kReviewGiven, "steps[0].reviewer"}));
  ASSERT_TRUE(outcome.change.has_value());
  const Form& after = outcome.change->after;
  EXPECT_EQ(after.steps[0].deputy->absent, kHead.person);
  EXPECT_EQ(after.steps[0].deputy->reviewer, kNewHead.person);
  EXPECT_EQ(WhyNot(ReviewAfterwards(after, kHead, "", kNow)), "NOT_YOUR_REVIEW");
  const auto read = ReviewAfterwards(after, kNewHead, "", kNow);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->after.steps[0].deputy->review_time, kNow);
  Actor there = kNewHead;
  there.department = kVia;
  EXPECT_EQ(WhyNot(Agree(read->after, there, "", kNow)), "FOUR_EYES")
      << "whoever read it has acted in the round";
  there.person = kHead.person;
  EXPECT_TRUE(Agree(read->after, there, "", kNow).ok()) << "whoever moved has not";
}

TEST(TransferTest, TheActAndTheEventSayWhatMovedAndTheFormStaysWhereItIs) {
  const Form form = AgreedByDeputy();
  const TransferOutcome outcome = Transfer(form, {kHeadMoved}, kAdmin, kNow + absl::Hours(50));
  const Form& after = outcome.change->after;
  EXPECT_EQ(after.state, form.state);
  EXPECT_EQ(after.revision, form.revision + 1);
  EXPECT_EQ(DueOn(after), DueOn(form)) << "nobody gets more time";
  EXPECT_EQ(after.acts.back().kind, ActKind::kTransferred);
  EXPECT_EQ(after.acts.back().role, Role::kAdmin);
  EXPECT_EQ(after.acts.back().round, 1);
  EXPECT_EQ(after.acts.back().comment,
            "steps[0].reviewer: users/head → users/new-head (異動 departments/0802)");
  const Event& event = outcome.change->events[0];
  EXPECT_EQ(event.type, "form.transferred");
  EXPECT_EQ(event.reason, after.acts.back().comment);
  EXPECT_THAT(event.changes,
              ElementsAre(FieldChange{"steps[0].reviewer", "users/head", "users/new-head"}));
}

TEST(TransferTest, AReviewFollowsWhateverTheStateAndOnlyOfTheDepartmentLeft) {
  Form form = AgreedByDeputy();
  for (const State state : {State::kAdvised, State::kReturned, State::kWithdrawn, State::kAgreed,
                            State::kApplied, State::kConflict, State::kExpired}) {
    form.state = state;
    EXPECT_TRUE(After(form, {kHeadMoved}).change) << NameOf(state);
    EXPECT_EQ(After(form, {kHeadMoved}).change->after.state, state);
  }
  EXPECT_FALSE(After(form, {Moved(kHead, kNewHead.person, kOther)}).change);
  Transferred merged = Moved(kHead, kNewHead.person, kOther);
  merged.heirs = {kOwn};
  EXPECT_TRUE(After(form, {merged}).change);
  form.steps[0].deputy->review_time = kNow;
  EXPECT_FALSE(After(form, {kHeadMoved}).change) << "it was read";
}

TEST(TransferTest, AReviewStaysWhereItIsWhenFourEyesKeepTheSuccessorFromIt) {
  for (const Actor& involved : {kDrafter, kDeputy}) {
    const Form form = AgreedByDeputy();
    const TransferOutcome outcome = After(form, {Moved(kHead, involved.person)});
    EXPECT_FALSE(outcome.change) << involved.person.subject;
    EXPECT_THAT(outcome.notes,
                ElementsAre(TransferNote{0, Effect::kReviewLeft, "steps[0].reviewer"}));
  }
  const Form further = Agree(AgreedByDeputy(), kViaHead, "", kNow)->after;
  EXPECT_FALSE(After(further, {Moved(kHead, kViaHead.person)}).change);
}

TEST(TransferTest, AnOpenFormIsMindedByWhoTookOverAndItsAuthorsStay) {
  for (Form form : {Drafted(), Submitted()}) {
    for (const State state : {State::kDraft, State::kInRoute, State::kUnderReview, State::kAdvised,
                              State::kReturned, State::kPulledBack}) {
      form.state = state;
      const TransferOutcome outcome = After(form, {kStaffMoved});
      ASSERT_TRUE(outcome.change) << NameOf(state);
      EXPECT_THAT(outcome.notes, ElementsAre(TransferNote{0, Effect::kFormGiven, "keeper"}));
      EXPECT_EQ(outcome.change->after.keeper, kStaffMoved.successor);
      EXPECT_EQ(outcome.change->after.drafter, kDrafter.person);
      EXPECT_THAT(outcome.change->events[0].changes,
                  ElementsAre(FieldChange{"keeper", "users/staff", "users/new-staff"}));
    }
  }
}

TEST(TransferTest, WhoTookOverHasWrittenNothingAndDecidesAsAHead) {
  const Form form = After(Submitted(), {Moved(kDrafter, kNewHead.person)}).change->after;
  EXPECT_EQ(form.keeper, kNewHead.person);
  EXPECT_TRUE(Agree(form, kNewHead, "", kNow).ok());
  Actor drafter = kDrafter;
  drafter.roles = {Role::kDepartmentHead};
  EXPECT_EQ(WhyNot(Agree(form, drafter, "", kNow)), "FOUR_EYES");
  EXPECT_TRUE(PullBack(form, kDrafter, "", kNow).ok()) << "nobody has acted on it";
}

TEST(TransferTest, LeavesFormsOfOtherDepartmentsAndWhatIsNotOpen) {
  EXPECT_FALSE(After(Submitted(), {Moved(kDrafter, kNewHead.person, kOther)}).change);
  EXPECT_FALSE(After(Submitted(), {Moved(kDeputy, kNewHead.person)}).change);
  Form form = Submitted(Drafted({{kManager, "users/staff"}}));
  for (const State state :
       {State::kWithdrawn, State::kRejected, State::kApplied, State::kExpired}) {
    form.state = state;
    const TransferOutcome outcome = After(form, {kStaffMoved, kHeadMoved});
    EXPECT_FALSE(outcome.change) << NameOf(state);
    EXPECT_THAT(outcome.notes, IsEmpty());
  }
  // The ledger may refuse what is agreed; then somebody has to look at it.
  for (const State state : {State::kAgreed, State::kConflict}) {
    form.state = state;
    EXPECT_EQ(After(form, {kStaffMoved}).change->after.keeper, kStaffMoved.successor);
    EXPECT_THAT(After(form, {kStaffMoved}).notes, SizeIs(1)) << "its words are what was agreed";
  }
}

// A department that was split: the part is named itself, by another entry.
TEST(TransferTest, AnEntryThatNamesThePartGoesBeforeOneThatNamesTheWhole) {
  Transferred whole = Moved(kDrafter, kNewHead.person, kOther);
  whole.heirs = {kOwn};
  const Transferred part = Moved(kDrafter, {"users/part", ""});
  const Form form = Submitted();
  EXPECT_EQ(After(form, {whole}).change->after.keeper, kNewHead.person);
  EXPECT_EQ(After(form, {whole, part}).change->after.keeper.subject, "users/part");
  EXPECT_EQ(After(form, {part, whole}).change->after.keeper.subject, "users/part");
}

TEST(TransferTest, SaysWhereAFormOfAnyDepartmentNamesThemAndKeepsItsWords) {
  const Fields content = {{kManager, "users/head"},
                          {"fields.publishing_method.operators[0].subject", "users/head"},
                          {"fields.publishing_method.operators[1].subject", "users/other"},
                          {"fields.purpose", "users/head"}};
  Form form = Submitted(Drafted(content));
  form.department = kOther;
  const TransferOutcome outcome = After(form, {kHeadMoved});
  ASSERT_TRUE(outcome.change);
  EXPECT_EQ(outcome.change->after.draft, form.draft);
  EXPECT_THAT(outcome.notes,
              ElementsAre(TransferNote{0, Effect::kNamed, kManager},
                          TransferNote{0, Effect::kNamed,
                                       "fields.publishing_method.operators[0].subject"}));
  EXPECT_EQ(outcome.change->after.acts.back().comment,
            "fields.publishing_method.account_manager.subject: users/head (異動 departments/0802、"
            "後任 users/new-head); fields.publishing_method.operators[0].subject: users/head (異動 "
            "departments/0802、後任 users/new-head)");
  EXPECT_THAT(outcome.change->events[0].changes, IsEmpty());
  Transferred here = kHeadMoved;
  here.department_joined = kOther;
  EXPECT_FALSE(After(form, {here}).change) << "the department joined may name them";
}

TEST(TransferTest, RepeatedItChangesNothingMore) {
  const std::vector<Transferred> people = {kHeadMoved, kStaffMoved};
  Form form = AgreedByDeputy();
  form.draft.content[kManager] = "users/staff";
  const Form once = After(form, people).change->after;
  EXPECT_THAT(once.acts.back().comment, HasSubstr("keeper: users/staff → users/new-staff"));
  EXPECT_FALSE(After(once, people).change);
  EXPECT_THAT(After(once, people).notes, IsEmpty());
  const Form later = Agree(once, kViaHead, "", kNow)->after;
  EXPECT_FALSE(After(later, people).change) << "what was said is said";
  const Transferred again = Moved({{"users/new-staff", ""}, {}, kOwn}, {"users/third", ""});
  EXPECT_EQ(After(once, {again}).change->after.keeper.subject, "users/third");
}

}  // namespace
}  // namespace daicho::approval::domain
