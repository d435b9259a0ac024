#include "services/approval/draft_wire.h"

#include <optional>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"

namespace daicho::approval::wire {
namespace {

using registry::v1::Account;

bool IsAlive(const Account& account) {
  return account.state() != Account::STATE_CLOSED && account.state() != Account::STATE_MERGED;
}

// Why it is to be closed, where the inactivity report has it as a candidate. T 5-9-3.
registry::v1::Closing::Reason ReasonOf(policy::v1::InactivityBucket bucket) {
  switch (bucket) {
    case policy::v1::INACTIVITY_BUCKET_TERM_ENDED:
      return registry::v1::Closing::REASON_TERM_ENDED;
    case policy::v1::INACTIVITY_BUCKET_CANDIDATE:
    case policy::v1::INACTIVITY_BUCKET_NEVER_POSTED:
      return registry::v1::Closing::REASON_INACTIVE;
    default:
      return registry::v1::Closing::REASON_UNSPECIFIED;
  }
}

}  // namespace

v1::FormContent ApplicationFor(const std::string& account, absl::CivilDay today) {
  v1::FormContent content;
  content.set_action(v1::Form::ACTION_GRANT);
  content.set_account(account);
  *content.mutable_submitted_on() = daicho::wire::ToDate(today);
  *content.mutable_effective_on() = daicho::wire::ToDate(today);
  *content.mutable_use()->mutable_last_day() =
      daicho::wire::ToDate(absl::CivilDay(FiscalYear(today) + 1, 3, 31));
  return content;
}

absl::StatusOr<v1::FormContent> DraftOf(const Account& account, v1::Form::Action action,
                                        absl::CivilDay today,
                                        const std::optional<policy::v1::InactivityRow>& silence) {
  if (action != v1::Form::ACTION_CHANGE && action != v1::Form::ACTION_CLOSE) {
    return RefuseFields(
        {{"action", "NOT_APPLICABLE",
          "A form about an account changes it, closes it or asks for its use; choose one of these.",
          "既存のアカウントの協議区分は、変更、廃止、利用申請のいずれかです。"}});
  }
  if (!IsAlive(account)) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "ACCOUNT_NOT_ALIVE",
                  {"This account is closed for good; there is nothing to change or close.",
                   "このアカウントはすでに廃止されています。変更や廃止の協議はできません。"},
                  {{"account", account.name()}});
  }
  v1::FormContent content;
  content.set_action(action);
  content.set_account(account.name());
  content.set_account_etag(account.etag());
  content.set_department_head(account.fields().decision_makers().head().display_name());
  *content.mutable_submitted_on() = daicho::wire::ToDate(today);
  *content.mutable_effective_on() = daicho::wire::ToDate(today);
  if (action == v1::Form::ACTION_CHANGE) {
    *content.mutable_fields() = account.fields();
    return content;
  }
  if (silence) content.mutable_closing()->set_reason(ReasonOf(silence->bucket()));
  if (account.activity().has_last_post_time()) {
    const absl::Time last_post = daicho::wire::FromTimestamp(account.activity().last_post_time());
    *content.mutable_closing_plan()->mutable_last_post_on() =
        daicho::wire::ToDate(TokyoDay(last_post));
  }
  return content;
}

}  // namespace daicho::approval::wire
