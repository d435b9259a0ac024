#include "services/registry/public_list_wire.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"

namespace daicho::registry::wire {
namespace {

constexpr int kMaxDays = 3650;

void CheckDays(int days, absl::string_view field, std::vector<Violation>& violations) {
  if (days >= 0 && days <= kMaxDays) return;
  violations.push_back({std::string(field), "OUT_OF_RANGE", "Give a number of days from 0 to 3650.",
                        "日数は0から3650までで指定してください。"});
}

std::string NameOf(absl::string_view collection, const std::string& id) {
  return id.empty() ? "" : absl::StrCat(collection, "/", id);
}

v1::PublicListAccount::Standing ToProto(domain::ListStanding standing) {
  switch (standing) {
    case domain::ListStanding::kOfficial:
      return v1::PublicListAccount::STANDING_OFFICIAL;
    case domain::ListStanding::kSuspended:
      return v1::PublicListAccount::STANDING_SUSPENDED;
    case domain::ListStanding::kCompromised:
      return v1::PublicListAccount::STANDING_COMPROMISED;
    case domain::ListStanding::kFormer:
      return v1::PublicListAccount::STANDING_FORMER;
    case domain::ListStanding::kUnconfirmed:
      return v1::PublicListAccount::STANDING_UNCONFIRMED;
  }
  return v1::PublicListAccount::STANDING_UNSPECIFIED;
}

v1::PublicListChange::Kind ToProto(domain::PublicChangeKind kind) {
  switch (kind) {
    case domain::PublicChangeKind::kOpened:
      return v1::PublicListChange::KIND_OPENED;
    case domain::PublicChangeKind::kRenamed:
      return v1::PublicListChange::KIND_RENAMED;
    case domain::PublicChangeKind::kMoved:
      return v1::PublicListChange::KIND_MOVED;
    case domain::PublicChangeKind::kClosing:
      return v1::PublicListChange::KIND_CLOSING;
    case domain::PublicChangeKind::kClosed:
      return v1::PublicListChange::KIND_CLOSED;
    case domain::PublicChangeKind::kSuspended:
      return v1::PublicListChange::KIND_SUSPENDED;
    case domain::PublicChangeKind::kCompromised:
      return v1::PublicListChange::KIND_COMPROMISED;
    case domain::PublicChangeKind::kRestored:
      return v1::PublicListChange::KIND_RESTORED;
  }
  return v1::PublicListChange::KIND_UNSPECIFIED;
}

void Fill(const domain::ListedAccount& listed, const domain::PlatformTable& platforms,
          v1::PublicListAccount* account) {
  const domain::PublicFacts& facts = listed.facts;
  account->set_name(NameOf("accounts", facts.account));
  account->set_department(NameOf("departments", facts.department));
  account->set_platform(facts.platform);
  const domain::Platform* platform = platforms.ById(facts.platform);
  account->set_platform_display_name(platform == nullptr ? facts.platform : platform->display_name);
  account->set_handle(facts.handle);
  account->set_display_name(facts.display_name);
  account->set_url(facts.url);
  account->set_standing(ToProto(listed.standing));
  if (facts.opened_on) *account->mutable_opened_on() = daicho::wire::ToDate(*facts.opened_on);
  if (listed.official_until)
    *account->mutable_official_until() = daicho::wire::ToDate(*listed.official_until);
  account->set_successor(NameOf("accounts", listed.successor));
  if (facts.condition_since)
    *account->mutable_condition_since() = daicho::wire::ToDate(*facts.condition_since);
  account->set_notice(facts.notice);
  account->set_policy_url(facts.policy_url);
  account->set_verified(facts.verified);
  account->set_former_name(listed.former_name);
}

}  // namespace

absl::StatusOr<domain::PublicListQuery> Parse(const v1::StreamPublicListRequest& request,
                                              absl::Time as_of) {
  std::vector<Violation> violations;
  CheckDays(request.former_days(), "former_days", violations);
  CheckDays(request.change_days(), "change_days", violations);
  if (!violations.empty()) return RefuseFields(violations);
  domain::PublicListQuery query{.as_of = as_of};
  if (request.former_days() > 0) query.former_days = request.former_days();
  if (request.change_days() > 0) query.change_days = request.change_days();
  return query;
}

v1::StreamPublicListResponse ToPart(const domain::PublicListQuery& query,
                                    const domain::Organization& organization) {
  v1::StreamPublicListResponse part;
  v1::PublicListHeader& header = *part.mutable_header();
  *header.mutable_as_of_time() = daicho::wire::ToTimestamp(query.as_of);
  *header.mutable_as_of_day() = daicho::wire::ToDate(TokyoDay(query.as_of));
  header.set_organization_name(organization.name);
  header.set_local_government_code(organization.local_government_code);
  return part;
}

v1::StreamPublicListResponse ToPart(const domain::Department& department) {
  v1::StreamPublicListResponse part;
  v1::PublicListDepartment& out = *part.mutable_department();
  out.set_name(NameOf("departments", department.code));
  out.set_display_name(department.display_name);
  out.set_kana(department.kana);
  out.set_parent(NameOf("departments", department.parent));
  out.set_page_url(department.page_url);
  out.set_contact_desk(department.contact_desk);
  out.set_local_government_code(department.local_government_code);
  return part;
}

v1::StreamPublicListResponse ToPart(const domain::ListedAccount& account,
                                    const domain::PlatformTable& platforms) {
  v1::StreamPublicListResponse part;
  Fill(account, platforms, part.mutable_account());
  return part;
}

v1::StreamPublicListResponse ToPart(const domain::Warning& warning,
                                    const domain::PlatformTable& platforms) {
  v1::StreamPublicListResponse part;
  v1::PublicListWarning& out = *part.mutable_warning();
  out.set_name(NameOf("warnings", warning.id));
  out.set_platform(warning.platform);
  const domain::Platform* platform = platforms.ById(warning.platform);
  out.set_platform_display_name(platform == nullptr ? warning.platform : platform->display_name);
  out.set_url(warning.identity.canonical_url);
  out.set_imitated_account(NameOf("accounts", warning.account));
  *out.mutable_known_since() = daicho::wire::ToDate(warning.reported_on);
  out.set_text(warning.notice_ja);
  return part;
}

v1::StreamPublicListResponse ToPart(const domain::PublicChange& change,
                                    const domain::PlatformTable& platforms) {
  v1::StreamPublicListResponse part;
  v1::PublicListChange& out = *part.mutable_change();
  out.set_id(change.id);
  out.set_kind(ToProto(change.kind));
  *out.mutable_change_time() = daicho::wire::ToTimestamp(change.time);
  Fill(change.account, platforms, out.mutable_account());
  out.set_display_name_before(change.display_name_before);
  out.set_url_before(change.url_before);
  out.set_department_before(NameOf("departments", change.department_before));
  return part;
}

}  // namespace daicho::registry::wire
