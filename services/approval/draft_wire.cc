#include "services/approval/draft_wire.h"

#include <optional>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"

namespace daicho::approval::wire {
namespace {

using registry::v1::Account;

// T 5-9-3.
constexpr int kMonthsOfSilence = 12;
constexpr int kDaysAnObservationHolds = 35;

bool IsAlive(const Account& account) {
  return account.state() != Account::STATE_CLOSED && account.state() != Account::STATE_MERGED;
}

// Whether the account was seen to be silent for a year. What nobody looked at of late is not known
// to be silent. T 5-9-3.
bool IsInactive(const Account& account, absl::CivilDay today) {
  const registry::v1::Activity& activity = account.activity();
  if (!activity.has_observe_time()) return false;
  const absl::Time observed = daicho::wire::FromTimestamp(activity.observe_time());
  if (today - TokyoDay(observed) > kDaysAnObservationHolds) return false;
  std::optional<absl::CivilDay> base = daicho::wire::FromDate(account.opened_on());
  if (activity.has_last_post_time()) {
    base = TokyoDay(daicho::wire::FromTimestamp(activity.last_post_time()));
  }
  return base && today >= FirstDayAfter(*base, kMonthsOfSilence);
}

void FillClosing(const Account& account, absl::CivilDay today, v1::FormContent* content) {
  const auto last_day = daicho::wire::FromDate(account.fields().term().last_day());
  if (last_day && *last_day < today) {
    content->mutable_closing()->set_reason(registry::v1::Closing::REASON_TERM_ENDED);
  } else if (IsInactive(account, today)) {
    content->mutable_closing()->set_reason(registry::v1::Closing::REASON_INACTIVE);
  }
  if (!account.activity().has_last_post_time()) return;
  const absl::Time last_post = daicho::wire::FromTimestamp(account.activity().last_post_time());
  *content->mutable_closing_plan()->mutable_last_post_on() =
      daicho::wire::ToDate(TokyoDay(last_post));
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
                                        absl::CivilDay today) {
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
  } else {
    FillClosing(account, today, &content);
  }
  return content;
}

}  // namespace daicho::approval::wire
