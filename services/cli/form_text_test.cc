#include "services/cli/form_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daicho::cli {
namespace {

using approval::v1::Form;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kWidth = 200;

Form Advised() {
  Form form;
  form.set_state(Form::STATE_ADVISED);
  form.mutable_due_on()->set_year(2026);
  form.mutable_due_on()->set_month(12);
  form.mutable_due_on()->set_day(10);
  form.mutable_reception()->set_display_number("令和8年度 第12号");
  return form;
}

// 督促: `form list --state=advised` tells the PR office which answers are due.
TEST(FormListTextTest, SaysUntilWhenEachFormIsWaitedFor) {
  approval::v1::ListFormsResponse list;
  *list.add_forms() = Advised();
  EXPECT_THAT(FormListText(list, kWidth), HasSubstr("2026-12-10"));
}

TEST(TimelineTextTest, HasTheReceptionAndTheDayIfThereAreAny) {
  EXPECT_THAT(TimelineText(Advised(), kWidth), HasSubstr("令和8年度 第12号"));
  EXPECT_THAT(TimelineText(Advised(), kWidth), HasSubstr("2026-12-10"));
  EXPECT_THAT(TimelineText(Form(), kWidth), Not(HasSubstr("期限")));
}

TEST(FormTextTest, SaysWhoTookOverFromWhomItWaitedFor) {
  Form form = Advised();
  for (auto* person : {form.mutable_drafter(), form.mutable_keeper()}) {
    person->set_subject("users/hirose");
  }
  auto& step = *form.add_steps();
  for (auto* person : {step.mutable_absent(), step.mutable_reviewer()}) {
    person->set_subject("users/head");
  }
  EXPECT_THAT(FormText(form, kWidth), Not(HasSubstr("後任")));
  EXPECT_THAT(FormText(form, kWidth), Not(HasSubstr("users/ito")));
  form.mutable_keeper()->set_subject("users/ito");
  step.mutable_reviewer()->set_subject("users/mori");
  EXPECT_THAT(FormText(form, kWidth), HasSubstr("(users/ito)"));
  EXPECT_THAT(FormText(form, kWidth), HasSubstr("後閲待ち 後任 (users/mori)"));
}

}  // namespace
}  // namespace daicho::cli
