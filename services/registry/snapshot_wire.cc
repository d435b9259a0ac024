#include "services/registry/snapshot_wire.h"

#include "absl/strings/str_cat.h"
#include "common/wire/fields.h"
#include "services/registry/account_wire.h"
#include "services/registry/department_wire.h"

namespace daicho::registry::wire {
namespace {

// Sets what `mutable_day` gives to `day`, where there is one.
template <typename MutableDay>
void SetDay(const std::optional<absl::CivilDay>& day, MutableDay&& mutable_day) {
  if (day) *mutable_day() = daicho::wire::ToDate(*day);
}

}  // namespace

void Fill(const domain::SnapshotAccount& account, v1::SnapshotAccount* out) {
  out->set_name(absl::StrCat("accounts/", account.id));
  out->set_department(absl::StrCat("departments/", account.department));
  out->set_platform(account.platform);
  v1::GovernedFields::Kind kind = v1::GovernedFields::KIND_UNSPECIFIED;
  if (v1::GovernedFields::Kind_Parse(account.kind, &kind)) out->set_kind(kind);
  out->set_state(ToProto(account.state));
  out->set_condition(ToProto(account.condition));
  out->set_display_name(account.display_name);
  out->set_url(account.url);
  SetDay(account.opened_on, [&] { return out->mutable_opened_on(); });
  SetDay(account.term_last_day, [&] { return out->mutable_term_last_day(); });
  SetDay(account.last_post_on, [&] { return out->mutable_last_post_on(); });
  SetDay(account.observed_on, [&] { return out->mutable_observed_on(); });
  out->set_activity_source(account.activity_source);
  if (account.posts_in_90_days) {
    out->set_posts_in_90_days(static_cast<int>(*account.posts_in_90_days));
  }
  v1::Verification::State verification = v1::Verification::STATE_UNSPECIFIED;
  if (v1::Verification::State_Parse(account.verification_state, &verification)) {
    out->set_verification_state(verification);
  }
  SetDay(account.verification_expires_on, [&] { return out->mutable_verification_expires_on(); });
  SetDay(account.custody_attested_on, [&] { return out->mutable_custody_attested_on(); });
  SetDay(account.password_rotated_on, [&] { return out->mutable_password_rotated_on(); });
  SetDay(account.watched_on, [&] { return out->mutable_watched_on(); });
  SetDay(account.organization_page_seen_on,
         [&] { return out->mutable_organization_page_seen_on(); });
  SetDay(account.section_page_seen_on, [&] { return out->mutable_section_page_seen_on(); });
  out->set_open_advice_count(static_cast<int>(account.open_advice_count));
  SetDay(account.open_advice_due_on, [&] { return out->mutable_open_advice_due_on(); });
}

void Fill(const domain::Department& department, v1::SnapshotDepartment* out) {
  out->set_name(absl::StrCat("departments/", department.code));
  out->set_display_name(department.display_name);
  const v1::Department whole = ToProto(department);
  out->set_kind(whole.kind());
  out->set_parent(whole.parent());
}

}  // namespace daicho::registry::wire
