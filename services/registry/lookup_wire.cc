#include "services/registry/lookup_wire.h"

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"

namespace daicho::registry::wire {
namespace {

v1::LookupVerdict ToProto(domain::Verdict verdict) {
  switch (verdict) {
    case domain::Verdict::kOfficial:
      return v1::LOOKUP_VERDICT_OFFICIAL;
    case domain::Verdict::kOfficialButSuspended:
      return v1::LOOKUP_VERDICT_OFFICIAL_BUT_SUSPENDED;
    case domain::Verdict::kCompromised:
      return v1::LOOKUP_VERDICT_COMPROMISED;
    case domain::Verdict::kFormerlyOfficial:
      return v1::LOOKUP_VERDICT_FORMERLY_OFFICIAL;
    case domain::Verdict::kUnconfirmed:
      return v1::LOOKUP_VERDICT_UNCONFIRMED;
    case domain::Verdict::kUnknown:
      return v1::LOOKUP_VERDICT_UNKNOWN;
  }
  return v1::LOOKUP_VERDICT_UNSPECIFIED;
}

v1::PublicAccount ToProto(const domain::LookupEntry& entry, const LookupNames& names) {
  v1::PublicAccount account;
  account.set_name(absl::StrCat("accounts/", entry.account));
  account.set_platform(entry.platform);
  const domain::Platform* platform = names.platforms.ById(entry.platform);
  account.set_platform_display_name(platform == nullptr ? entry.platform : platform->display_name);
  account.set_handle(entry.handle);
  account.set_display_name(entry.display_name);
  account.set_url(entry.url);
  const domain::PublicDepartment* department = names.snapshot.Department(entry.department);
  if (department != nullptr) {
    account.set_department_display_name(department->display_name);
    account.set_contact_desk(department->contact_desk);
  }
  account.set_listing_url(entry.listing_url);
  return account;
}

// The account as it was asked for. Under a former name its present address is the successor's to
// tell, not the answer's: nobody shall take the one for the other.
v1::PublicAccount AsAsked(const domain::CanonicalUrl& asked, const domain::LookupEntry& entry,
                          const LookupNames& names) {
  v1::PublicAccount account = ToProto(entry, names);
  if (entry.key != asked.key) {
    account.set_url(asked.url);
    account.clear_handle();
    account.clear_listing_url();
  }
  return account;
}

}  // namespace

absl::Status CheckLookup(const v1::LookupAccountRequest& request) {
  const bool by_handle = !request.platform().empty() || !request.handle().empty();
  if (!request.url().empty() && by_handle) {
    return RefuseFields(
        {{"url", "NOT_WITH_HANDLE", "Give either the address, or the platform and the handle.",
          "URLか、サービス名とユーザー名の組か、どちらか一方を指定してください。"}});
  }
  if (request.url().empty() && (request.platform().empty() || request.handle().empty())) {
    return Refuse(absl::StatusCode::kInvalidArgument, "LOOKUP_KEY_MISSING",
                  {"Give the address of an account, or its platform and handle.",
                   "アカウントのURL、またはサービス名とユーザー名を指定してください。"});
  }
  return absl::OkStatus();
}

v1::LookupAccountResponse ToProto(const domain::CanonicalUrl& asked, const domain::Finding& finding,
                                  const domain::LookupEntry* successor, const LookupNames& names) {
  v1::LookupAccountResponse response;
  response.set_verdict(ToProto(finding.verdict));
  response.set_canonical_url(asked.url);
  if (finding.entry != nullptr) *response.mutable_account() = AsAsked(asked, *finding.entry, names);
  if (finding.official_until) {
    *response.mutable_official_until() = daicho::wire::ToDate(*finding.official_until);
  }
  if (successor != nullptr) *response.mutable_successor() = ToProto(*successor, names);
  domain::Sentence sentence = domain::Explain(finding, response.account().department_display_name(),
                                              response.account().contact_desk());
  response.set_message_ja(std::move(sentence.ja));
  response.set_message(std::move(sentence.en));
  return response;
}

v1::LookupAccountResponse ToProto(domain::UrlProblem problem) {
  v1::LookupAccountResponse response;
  response.set_verdict(v1::LOOKUP_VERDICT_UNKNOWN);
  response.set_url_problem(std::string(domain::ToText(problem)));
  const Message message = domain::MessageOf(problem);
  response.set_message_ja(std::string(message.ja));
  response.set_message(std::string(message.en));
  return response;
}

}  // namespace daicho::registry::wire
