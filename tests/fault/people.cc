#include "tests/fault/people.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/rpc/handle.h"
#include "common/server/config.h"
#include "common/wire/fields.h"

namespace daicho::testing {
namespace {

// Of silence: longer than any one fault keeps everybody waiting.
constexpr absl::Duration kWorthLooking = absl::Seconds(20);

using approval::v1::Form;
using FormStub = approval::v1::FormService::Stub;

// Decides while the head is away.
const Person kDeputy{"deputy", {"DEPARTMENT_HEAD"}, World::kSection};

// Whether nobody knows whether the request has happened.
bool IsAmbiguous(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

// Whether it has not happened, and may if it is sent again.
bool IsPutOff(const absl::Status& status) {
  const std::string reason = daicho::ReasonOf(status);
  // A clock that was set finds tokens too old or too new; back past midnight, today's forms too.
  return status.code() == absl::StatusCode::kResourceExhausted || reason == "TOKEN_EXPIRED" ||
         reason == "POLICY_BLOCKS" ||
         (status.code() == absl::StatusCode::kAborted && reason != "ETAG_MISMATCH");
}

// So that a deputy may decide, whatever day a clock is set to.
void SendTheHeadAway(World& world) {
  approval::v1::RecordAbsenceRequest request;
  request.set_department(absl::StrCat("departments/", World::kSection));
  request.set_person("users/head");
  request.set_reason("出張");
  *request.mutable_from_on() = wire::ToDate(TokyoDay(absl::Now()) - 1);
  *request.mutable_until_on() = wire::ToDate(TokyoDay(absl::Now()) + 3);
  request.set_request_id(NewUuid(absl::Now()));
  approval::v1::Absence absence;
  const auto context = world.suite().Context(&world.staff);
  const grpc::Status status = approval::v1::FormService::NewStub(world.suite().Channel("approval"))
                                  ->RecordAbsence(context.get(), request, &absence);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

}  // namespace

// One form as its people carry it on, act by act; each is insisted on and noted.
class People::Course {
 public:
  explicit Course(People& people) : people_(people) {}

  using Step = std::function<absl::StatusOr<Form>(const std::string& request_id)>;

  absl::Status Do(const std::string& event, const Step& step) {
    ASSIGN_OR_RETURN(form_, people_.Insist(step));
    History& history = people_.history_;
    const std::lock_guard<std::mutex> lock(history.mutex);
    ++history.events[{event, form_.name()}];
    if (event == "form.created") history.created.insert(form_.name());
    if (form_.state() != Form::STATE_AGREED) return absl::OkStatus();
    history.done.insert(form_.name());
    if (form_.content().action() == Form::ACTION_OPEN) history.opened.insert(form_.name());
    return absl::OkStatus();
  }

  // An RPC about the form as it is now.
  template <typename Request>
  absl::Status Act(const std::string& event, const Person& who, Request request,
                   grpc::Status (FormStub::*method)(grpc::ClientContext*, const Request&, Form*)) {
    request.set_name(form_.name());
    request.set_etag(form_.etag());
    return Do(event, [&](const std::string& id) -> absl::StatusOr<Form> {
      request.set_request_id(id);
      Form after;
      Suite& suite = people_.world_.suite();
      const auto context = suite.Context(&who);
      const auto stub = approval::v1::FormService::NewStub(suite.Channel("approval"));
      RETURN_IF_ERROR(rpc::FromGrpc((stub.get()->*method)(context.get(), request, &after)));
      return after;
    });
  }

  absl::Status Draft(const approval::v1::FormContent& content) {
    return Do("form.created",
              [&](const std::string& id) { return people_.world_.Draft(content, id); });
  }
  // With its file, if it names one.
  absl::Status Submit() {
    return Do("form.submitted",
              [&](const std::string& id) { return people_.world_.Submit(form_, id); });
  }
  absl::Status Agree(const Person& person) {
    return Do("form.agreed",
              [&](const std::string& id) { return people_.world_.Agree(form_, person, id); });
  }

  // Waits until the ledger has it, and notes what came of it: the account.
  std::string Applied(const std::string& what) {
    const absl::Time give_up = absl::Now() + absl::Minutes(1);
    while (absl::Now() < give_up) {
      const auto now = people_.world_.GetForm(form_.name());
      if (now.ok() && now->state() == Form::STATE_APPLIED) {
        const std::lock_guard<std::mutex> lock(people_.history_.mutex);
        people_.history_.accounts[now->application().account()].insert(what);
        return now->application().account();
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
    return "";
  }

 private:
  People& people_;
  Form form_;
};

People::People(World& world, History& history, int count) : world_(world), history_(history) {
  SendTheHeadAway(world);
  history.last_answer = absl::Now();
  for (int i = 0; i < count; ++i) {
    threads_.emplace_back([this] {
      while (!stop_) (void)Work();
    });
  }
}

People::~People() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
}

absl::StatusOr<Form> People::Insist(
    const std::function<absl::StatusOr<Form>(const std::string&)>& send) {
  const std::string request_id = NewUuid(absl::Now());
  bool ambiguous = false;
  for (;;) {
    const absl::StatusOr<Form> form = send(request_id);
    if (!form.ok() && (IsAmbiguous(form.status()) || IsPutOff(form.status()))) {
      ambiguous = ambiguous || IsAmbiguous(form.status());
      absl::SleepFor(absl::Milliseconds(20));
      continue;
    }
    const std::lock_guard<std::mutex> lock(history_.mutex);
    history_.ambiguous += ambiguous;
    if (form.ok()) {
      const absl::Time now = absl::Now();
      ++history_.answers;
      const absl::Duration gap = now - history_.last_answer;
      if (gap > kWorthLooking)
        std::cout << "no answer for " << gap << " until " << now << std::endl;
      history_.longest_gap = std::max(history_.longest_gap, gap);
      history_.last_answer = now;
    } else {
      history_.surprises.push_back(absl::StrCat(daicho::ReasonOf(form.status()), " ",
                                                std::string(form.status().ToString())));
    }
    return form;
  }
}

// 開設, from draft to ledger.
absl::StatusOr<std::string> People::Open() {
  Course form(*this);
  RETURN_IF_ERROR(form.Draft(world_.OpenContent(FreshHandle())));
  RETURN_IF_ERROR(form.Submit());
  for (const Person* person : {&world_.head, &world_.via_head, &world_.pr_office}) {
    RETURN_IF_ERROR(form.Agree(*person));
  }
  return form.Applied("opened");
}

// 変更, decided by a deputy and read afterwards, advised on and answered.
absl::StatusOr<std::string> People::Change(const registry::v1::Account& account) {
  approval::v1::FormContent content = world_.OpenContent("");
  content.set_action(Form::ACTION_CHANGE);
  content.set_account(account.name());
  content.set_account_etag(account.etag());
  content.set_change_reason("対象者を明確にするため");
  *content.mutable_fields() = account.fields();
  content.mutable_fields()->set_audience("県内外の児童生徒とその保護者");
  Course form(*this);
  RETURN_IF_ERROR(form.Draft(content));
  RETURN_IF_ERROR(form.Submit());
  approval::v1::DecideFormRequest deputize;
  deputize.set_decision(approval::v1::DecideFormRequest::DECISION_AGREE_AS_DEPUTY);
  deputize.set_deputy_reason("課長が出張中のため");
  RETURN_IF_ERROR(form.Act("form.agreed_as_deputy", kDeputy, deputize, &FormStub::DecideForm));
  RETURN_IF_ERROR(form.Act("form.reviewed_afterwards", world_.head,
                           approval::v1::ReviewFormAfterwardsRequest(),
                           &FormStub::ReviewFormAfterwards));
  RETURN_IF_ERROR(form.Agree(world_.via_head));
  approval::v1::AdviseFormRequest advise;
  advise.set_comment("頻度を見直してください。");
  advise.set_kind(approval::v1::FormAdvice::KIND_IMPROVE);
  *advise.mutable_due_on() = wire::ToDate(TokyoDay(absl::Now()) + 14);
  RETURN_IF_ERROR(form.Act("form.advised", world_.pr_office, advise, &FormStub::AdviseForm));
  approval::v1::AnswerFormRequest answer;
  answer.set_comment("週3回とします。");
  RETURN_IF_ERROR(form.Act("form.answered", world_.staff, answer, &FormStub::AnswerForm));
  RETURN_IF_ERROR(form.Agree(world_.pr_office));
  return form.Applied("changed");
}

// 廃止 for security by the head: in effect at once, decided by another head afterwards.
absl::StatusOr<std::string> People::Close(const registry::v1::Account& account) {
  approval::v1::FormContent content;
  RETURN_IF_ERROR(server::LoadTextProto("deploy/sample/forms/close.textproto", &content));
  const absl::CivilDay today = TokyoDay(absl::Now());
  content.set_account(account.name());
  content.set_account_etag(account.etag());
  content.set_urgent(true);
  content.mutable_closing()->set_reason(registry::v1::Closing::REASON_SECURITY);
  content.mutable_closing()->set_reason_detail("不審なログインがあったため");
  *content.mutable_submitted_on() = wire::ToDate(today);
  *content.mutable_effective_on() = wire::ToDate(today + 7);
  for (auto* day : {content.mutable_closing_plan()->mutable_notice_until(),
                    content.mutable_closing_plan()->mutable_unlist_on()}) {
    *day = wire::ToDate(today + 7);
  }
  *content.mutable_closing_plan()->mutable_last_post_on() = wire::ToDate(today);
  Course form(*this);
  RETURN_IF_ERROR(form.Draft(content));
  RETURN_IF_ERROR(form.Act("form.submitted_urgently", world_.head,
                           approval::v1::SubmitFormRequest(), &FormStub::SubmitForm));
  for (const Person* person : {&kDeputy, &world_.via_head, &world_.pr_office}) {
    RETURN_IF_ERROR(form.Agree(*person));
  }
  return form.Applied("closed");
}

absl::StatusOr<registry::v1::Account> People::AccountNow(const std::string& name) {
  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  for (;;) {
    auto account = world_.GetAccount(name);
    if (account.ok() || absl::Now() > give_up) return account;
    absl::SleepFor(absl::Milliseconds(20));
  }
}

absl::Status People::Work() {
  ASSIGN_OR_RETURN(const std::string opened, Open());
  if (opened.empty() || stop_) return absl::OkStatus();
  ASSIGN_OR_RETURN(registry::v1::Account account, AccountNow(opened));
  ASSIGN_OR_RETURN(const std::string changed, Change(account));
  if (changed.empty() || stop_) return absl::OkStatus();
  ASSIGN_OR_RETURN(account, AccountNow(opened));
  return Close(account).status();
}

}  // namespace daicho::testing
