#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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

constexpr std::size_t kMostLookups = 100;  // Of one question.

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
  for (const v1::PublicAccount& account : answer.alternatives()) {
    details.emplace_back("ほかの公式", "");
    AddAccount(account, &details);
  }
  if (answer.has_look_alike()) {
    details.emplace_back("よく似た公式",
                         "お探しのアカウントはこちらではありませんか / Did you mean");
    AddAccount(answer.look_alike(), &details);
  }
  if (!answer.notice_ja().empty()) details.emplace_back("お知らせ", answer.notice_ja());
  if (!answer.notice().empty()) details.emplace_back("", answer.notice());
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

// A line of a file of URLs, from 1.
struct Asked {
  int line = 0;
  std::string url;
};

std::vector<Asked> LinesOf(absl::string_view text) {
  std::vector<Asked> all;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) all.push_back({number, std::string(line)});
  }
  return all;
}

// As it was asked: what cannot be read has no canonical URL.
std::string BatchText(const std::vector<Asked>& asked,
                      const v1::BatchLookupAccountsResponse& answers, int width) {
  Table table{{"行", "判定", "照会", "所属", "説明"}, {}};
  for (int i = 0; i < answers.responses_size(); ++i) {
    const v1::LookupAccountResponse& answer = answers.responses(i);
    table.rows.push_back({absl::StrCat(asked[i].line), EnumLabel(answer.verdict()), asked[i].url,
                          answer.account().department_display_name(), answer.message_ja()});
  }
  return Render(table, width);
}

// Every line of a file but empty ones, a URL each, a hundred to a question.
absl::StatusOr<Exit> LookupFile(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(arguments.operands[0]));
  const std::vector<Asked> asked = LinesOf(text);
  session.PreferAnonymous();
  v1::BatchLookupAccountsResponse all;
  bool official = !asked.empty();
  for (std::size_t begin = 0; begin < asked.size(); begin += kMostLookups) {
    v1::BatchLookupAccountsRequest request;
    for (std::size_t i = begin; i < std::min(asked.size(), begin + kMostLookups); ++i) {
      request.add_requests()->set_url(asked[i].url);
    }
    ASSIGN_OR_RETURN(const auto answers,
                     session.Read(&v1::LookupService::Stub::BatchLookupAccounts, request));
    for (const v1::LookupAccountResponse& answer : answers.responses()) {
      official = official && answer.verdict() == v1::LOOKUP_VERDICT_OFFICIAL;
    }
    all.MergeFrom(answers);
  }
  RETURN_IF_ERROR(session.Show(all, [&](int width) { return BatchText(asked, all, width); }));
  return official ? Exit::kOk : Exit::kRefused;
}

absl::StatusOr<Exit> Lookup(Session& session, const Arguments& arguments) {
  v1::LookupAccountRequest request;
  if (!arguments.operands.empty()) request.set_url(arguments.operands[0]);
  request.set_platform(arguments.Get("platform"));
  request.set_handle(arguments.Get("handle"));
  request.set_department(arguments.Get("department"));
  request.set_platform_account_id(arguments.Get("platform-account-id"));
  const bool by_platform =
      !request.platform().empty() && (request.handle().empty() != request.department().empty());
  if (request.url().empty() ? !by_platform : !request.platform().empty()) {
    return WrongCommandLine(
        "Give a URL; or --platform with --handle or --department.",
        "URL か、--platform と --handle(または --department)を指定してください。");
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
         {"department", "NAME", "所属コードか所属名(--platform と共に、その所属の公式を調べる)",
          "Department code or name, with --platform: has it an account there?"},
         {"platform-account-id", "ID", "サービス側の変わらないID(分かる場合)",
          "The platform's own id of the account that was seen, where known"},
         {"as-of", "MOMENT",
          "この日の終わり、またはこの日時に答えたはずの内容(職員のみ。--as が必要)",
          "What was answered at the end of this day or at this instant; members only"}},
        {"daicho lookup https://x.com/AomoriPref",
         "daicho lookup --platform=X --handle=@AomoriPref",
         "daicho lookup https://x.com/AomoriPref --as-of=2026-03-31 --as auditor",
         "daicho lookup --department=広報課 --platform=Facebook",
         "daicho lookup https://eviltwitter.com/AomoriPref --get=verdict"},
        Lookup},
       {"lookup-file",
        "FILE",
        "一行に一つのURLを書いたファイルをまとめて判定します。終了コードはすべてが公式のときだけ "
        "0。",
        "Looks up every URL of a file, one a line. Exit status 0 when all are OFFICIAL.",
        {},
        {"daicho lookup-file urls.txt", "daicho lookup-file urls.txt --format=json"},
        LookupFile}}};
}

}  // namespace daicho::cli
