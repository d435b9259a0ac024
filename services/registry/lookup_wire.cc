#include "services/registry/lookup_wire.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/wire/fields.h"

namespace daicho::registry::wire {
namespace {

constexpr std::size_t kPlainBytes = 1000;

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
    case domain::Verdict::kKnownImpersonation:
      return v1::LOOKUP_VERDICT_KNOWN_IMPERSONATION;
    case domain::Verdict::kDepartmentHasNoAccount:
      return v1::LOOKUP_VERDICT_DEPARTMENT_HAS_NO_ACCOUNT;
    case domain::Verdict::kUnknown:
      return v1::LOOKUP_VERDICT_UNKNOWN;
  }
  return v1::LOOKUP_VERDICT_UNSPECIFIED;
}

void FillAccount(const domain::LookupEntry& entry, const LookupNames& names,
                 v1::PublicAccount* account) {
  absl::StrAppend(account->mutable_name(), "accounts/", entry.account.view());
  account->set_platform(std::string(entry.platform));
  const domain::Platform* platform = names.platforms.ById(entry.platform);
  account->set_platform_display_name(platform == nullptr ? account->platform()
                                                         : platform->display_name);
  account->set_handle(std::string(entry.handle));
  account->set_display_name(std::string(entry.display_name));
  account->set_url(std::string(entry.url));
  const domain::PublicDepartment* department = names.snapshot.Department(entry.department);
  if (department != nullptr) {
    account->set_department_display_name(department->display_name);
    account->set_contact_desk(department->contact_desk);
  }
  account->set_listing_url(std::string(entry.listing_url));
}

// The account as it was asked for. Under a former name its present address is the successor's to
// tell, not the answer's: nobody shall take the one for the other.
void FillAsAsked(const domain::Answer& answer, const LookupNames& names,
                 v1::PublicAccount* account) {
  FillAccount(*answer.finding.entry, names, account);
  if (!answer.asked || answer.finding.entry->key.view() == answer.asked->key) return;
  account->set_url(answer.asked->url);
  account->clear_handle();
  account->clear_listing_url();
}

void FillProblem(absl::string_view problem, Message message, v1::LookupAccountResponse* response) {
  response->set_url_problem(std::string(problem));
  response->set_message(std::string(message.en));
  response->set_message_ja(std::string(message.ja));
}

}  // namespace

absl::Status CheckLookup(const v1::LookupAccountRequest& request, const std::string& prefix) {
  const bool by_url = !request.url().empty();
  const bool by_handle = !request.handle().empty();
  const bool by_department = !request.department().empty();
  if (by_url + by_handle + by_department > 1 || (by_url && !request.platform().empty())) {
    return RefuseFields(
        {{by_url ? prefix + "url" : prefix + "department", "ONE_QUESTION_ONLY",
          "Give the address; or the platform and the handle; or the department and the platform.",
          "URL、サービス名とユーザー名の組、所属とサービス名の組の、いずれか一つを指定してください"
          "。"}});
  }
  if (!by_url && (request.platform().empty() || !(by_handle || by_department))) {
    return Refuse(
        absl::StatusCode::kInvalidArgument, "LOOKUP_KEY_MISSING",
        {"Give the address of an account, or a platform with a handle or a department.",
         "アカウントのURL、またはサービス名とユーザー名(もしくは所属)を指定してください。"},
        {{"field", prefix + "url"}});
  }
  return absl::OkStatus();
}

bool IsPlain(const v1::LookupAccountRequest& request) {
  for (const std::string* text : {&request.url(), &request.platform(), &request.handle(),
                                  &request.platform_account_id(), &request.department()}) {
    if (text->size() > kPlainBytes || !absl::c_all_of(*text, absl::ascii_isprint)) return false;
  }
  return true;
}

domain::Inquiry Parse(const v1::LookupAccountRequest& request) {
  return {.url = request.url(),
          .platform = request.platform(),
          .handle = request.handle(),
          .department = absl::StripPrefix(request.department(), "departments/"),
          .platform_account_id = request.platform_account_id()};
}

void Fill(const domain::Answer& answer, const LookupNames& names,
          v1::LookupAccountResponse* response) {
  const domain::Finding& finding = answer.finding;
  response->set_verdict(ToProto(finding.verdict));
  if (answer.asked) response->set_canonical_url(answer.asked->url);
  if (answer.department_unknown) {
    return FillProblem("DEPARTMENT_UNKNOWN",
                       {"There is no such department; give its code or its exact name.",
                        "該当する所属がありません。所属コードか正確な所属名を指定してください。"},
                       response);
  }
  if (answer.problem) {
    return FillProblem(domain::ToText(*answer.problem), domain::MessageOf(*answer.problem),
                       response);
  }
  if (finding.entry != nullptr) FillAsAsked(answer, names, response->mutable_account());
  if (finding.official_until) {
    *response->mutable_official_until() = daicho::wire::ToDate(*finding.official_until);
  }
  if (answer.successor != nullptr) {
    FillAccount(*answer.successor, names, response->mutable_successor());
  }
  for (const domain::LookupEntry* entry : answer.alternatives) {
    FillAccount(*entry, names, response->add_alternatives());
  }
  if (answer.look_alike != nullptr) {
    FillAccount(*answer.look_alike, names, response->mutable_look_alike());
  }
  const bool ailing = finding.verdict == domain::Verdict::kOfficialButSuspended ||
                      finding.verdict == domain::Verdict::kCompromised;
  if (ailing) response->set_notice_ja(std::string(finding.entry->notice));
  if (answer.warning != nullptr) {
    response->set_notice_ja(answer.warning->notice_ja);
    response->set_notice(answer.warning->notice);
  }
  domain::Sentence sentence =
      domain::Explain(finding,
                      answer.department != nullptr
                          ? absl::string_view(answer.department->display_name)
                          : absl::string_view(response->account().department_display_name()),
                      response->account().contact_desk());
  response->set_message_ja(std::move(sentence.ja));
  response->set_message(std::move(sentence.en));
}

}  // namespace daicho::registry::wire
