#include "absl/strings/str_cat.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;

void AddAccount(const v1::PublicAccount& account, Details* details) {
  details->emplace_back("アカウント名", account.display_name());
  details->emplace_back("種類", account.platform_display_name());
  if (!account.handle().empty()) details->emplace_back("ユーザー名", "@" + account.handle());
  details->emplace_back("URL", account.url());
  details->emplace_back("所属", account.department_display_name());
  if (!account.contact_desk().empty()) details->emplace_back("窓口", account.contact_desk());
  if (!account.listing_url().empty()) details->emplace_back("掲載ページ", account.listing_url());
}

std::string AnswerText(const v1::LookupAccountResponse& answer) {
  Details details = {{"判定", EnumLabel(answer.verdict())}, {"", answer.message_ja()}};
  details.emplace_back("", answer.message());
  if (answer.has_account()) AddAccount(answer.account(), &details);
  if (answer.has_official_until()) {
    details.emplace_back("公式でなくなった日", DayText(answer.official_until()));
  }
  if (answer.has_successor()) {
    details.emplace_back("後継", "");
    AddAccount(answer.successor(), &details);
  }
  if (!answer.canonical_url().empty()) details.emplace_back("正規URL", answer.canonical_url());
  if (!answer.url_problem().empty()) details.emplace_back("URLの問題", answer.url_problem());
  details.emplace_back("時点", TimeText(answer.as_of_time()));
  return Render(details);
}

// As of an earlier moment only members of the organisation may ask.
absl::StatusOr<v1::LookupAccountResponse> Ask(Session& session, const Arguments& arguments,
                                              const v1::LookupAccountRequest& request) {
  if (!arguments.Has("as-of")) {
    session.PreferAnonymous();
    return session.Read(&v1::LookupService::Stub::LookupAccount, request);
  }
  v1::LookupAccountAsOfRequest as_of;
  *as_of.mutable_lookup() = request;
  RETURN_IF_ERROR(SetAsOf(arguments, &as_of));
  return session.Read(&v1::AccountService::Stub::LookupAccountAsOf, as_of);
}

absl::StatusOr<Exit> Lookup(Session& session, const Arguments& arguments) {
  v1::LookupAccountRequest request;
  if (!arguments.operands.empty()) request.set_url(arguments.operands[0]);
  request.set_platform(arguments.Get("platform"));
  request.set_handle(arguments.Get("handle"));
  if (request.url().empty() == (request.platform().empty() && request.handle().empty())) {
    return WrongCommandLine("Give a URL, or --platform and --handle.",
                            "URL か、--platform と --handle を指定してください。");
  }
  ASSIGN_OR_RETURN(const v1::LookupAccountResponse answer, Ask(session, arguments, request));
  RETURN_IF_ERROR(session.Show(answer, [&](int) { return AnswerText(answer); }));
  return answer.verdict() == v1::LOOKUP_VERDICT_OFFICIAL ? Exit::kOk : Exit::kRefused;
}

}  // namespace

Group LookupCommands() {
  return {
      "lookup",
      "そのアカウントが本当に公式かを調べる(誰でも使えます)",
      "Ask whether an account is really theirs (open to everybody)",
      {{"lookup",
        "[URL]",
        "台帳に照らして判定します。終了コードは「公式」(OFFICIAL) のときだけ 0、ほかは 3 です。",
        "Says what the ledger knows. Exit status 0 for OFFICIAL alone; any other verdict is 3.",
        {{"platform", "NAME", "サービスの種類(--handle と共に)", "Platform, with --handle"},
         {"handle", "NAME", "ユーザー名(@ はあってもなくても)", "Handle, with or without @"},
         {"as-of", "MOMENT",
          "この日の終わり、またはこの日時に答えたはずの内容(職員のみ。--as が必要)",
          "What was answered at the end of this day or at this instant; members only"}},
        {"daicho lookup https://x.com/AomoriPref",
         "daicho lookup --platform=X --handle=@AomoriPref",
         "daicho lookup https://x.com/AomoriPref --as-of=2026-03-31 --as auditor",
         "daicho lookup https://eviltwitter.com/AomoriPref --get=verdict"},
        Lookup}}};
}

}  // namespace daicho::cli
