// Random acts through the handlers, by two people at a time who know nothing of each other.
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"
#include "services/approval/testing/fixture.h"

namespace daicho::approval {
namespace {

using FormStub = v1::FormService::Stub;

constexpr int kForms = 8;
constexpr int kActsEach = 220;

class RaceTest : public ApprovalTest {
 protected:
  template <typename Request>
  Request On(const v1::Form& form, const std::string& comment) {
    Request request;
    request.set_name(form.name());
    request.set_etag(form.etag());
    request.set_comment(comment);
    request.set_request_id(NewId());
    return request;
  }

  absl::StatusOr<v1::Form> Something(std::mt19937& random, const v1::Form& form,
                                     const std::string& comment) {
    static const std::vector<Somebody> heads = {kHead, kDeputy, kViaHead, kPrOffice, kForeignHead};
    const Somebody& who = heads[random() % heads.size()];
    const Somebody& staff = random() % 2 == 0 ? kStaff : kForeignStaff;
    switch (random() % 9) {
      case 0:
        return Send(&FormStub::SubmitForm, staff, On<v1::SubmitFormRequest>(form, comment));
      case 1:
        return Send(&FormStub::PullBackForm, staff, On<v1::PullBackFormRequest>(form, comment));
      case 2:
        return Send(&FormStub::AnswerForm, staff, On<v1::AnswerFormRequest>(form, comment));
      case 3: {
        auto request = On<v1::AdviseFormRequest>(form, comment);
        request.set_kind(v1::FormAdvice::KIND_RECONSIDER);
        *request.mutable_due_on() = daicho::wire::ToDate(TokyoDay(clock_.Now()) + 5);
        return Send(&FormStub::AdviseForm, who, request);
      }
      default: {
        auto request = On<v1::DecideFormRequest>(form, comment);
        const bool back = random() % 4 == 0;
        request.set_decision(back ? v1::DecideFormRequest::DECISION_RETURN
                                  : v1::DecideFormRequest::DECISION_AGREE);
        return Send(&FormStub::DecideForm, who, request);
      }
    }
  }

  // Acts on any form as it was last seen by anybody, or an act ago.
  void Act(int seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    for (int i = 0; i < kActsEach; ++i) {
      v1::Form form;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        form = forms_[random() % kForms];
      }
      const std::string comment = absl::StrCat("その", seed, "-", i);
      const auto after = Something(random, form, comment);
      const std::lock_guard<std::mutex> lock(mutex_);
      if (after.ok()) {
        comments_[form.name()].insert(comment);
        for (v1::Form& known : forms_) {
          if (known.name() == after->name()) known = *after;
        }
      } else {
        EXPECT_FALSE(ReasonOf(after.status()).empty()) << after.status();
      }
    }
  }

  std::mutex mutex_;
  std::vector<v1::Form> forms_;
  std::map<std::string, std::set<std::string>> comments_;
};

TEST_F(RaceTest, LosesNoCommentGivesNoNumberTwiceAndLetsNobodyActTwice) {
  for (int i = 0; i < kForms; ++i) {
    forms_.push_back(Drafted());
    Attach(kStaff, forms_.back());
  }
  std::thread one([this] { Act(1); });
  std::thread other([this] { Act(2); });
  one.join();
  other.join();
  std::set<int> numbers;
  for (const v1::Form& known : forms_) {
    const v1::Form form = Get(kStaff, known).value();
    EXPECT_EQ(form.acts_size(), 1 + static_cast<int>(comments_[form.name()].size()));
    std::set<std::string> kept;
    for (const auto& act : form.acts()) kept.insert(act.comment());
    kept.erase("");
    EXPECT_EQ(kept, comments_[form.name()]);
    std::set<std::string> deciders;
    for (const auto& step : form.steps()) {
      if (step.has_decider()) {
        EXPECT_TRUE(deciders.insert(step.decider().subject()).second);
        EXPECT_NE(step.decider().subject(), form.drafter().subject());
      }
    }
    if (form.has_reception()) {
      EXPECT_TRUE(numbers.insert(form.reception().number()).second) << "a double number";
    }
  }
  ASSERT_FALSE(numbers.empty());
  EXPECT_EQ(*numbers.rbegin(), static_cast<int>(numbers.size())) << "a gap in the numbers";
}

}  // namespace
}  // namespace daicho::approval
