#include "absl/status/status.h"
#include "services/registry/domain/canonical_url.h"

namespace daicho::registry::domain {

absl::string_view ToText(UrlProblem problem) {
  switch (problem) {
    case UrlProblem::kTooLong:
      return "TOO_LONG";
    case UrlProblem::kMalformedUrl:
      return "MALFORMED_URL";
    case UrlProblem::kDeceptiveUrl:
      return "DECEPTIVE_URL";
    case UrlProblem::kHostNotAllowed:
      return "HOST_NOT_ALLOWED";
    case UrlProblem::kShortener:
      return "SHORTENER";
    case UrlProblem::kRedirector:
      return "REDIRECTOR";
    case UrlProblem::kReservedPath:
      return "RESERVED_PATH";
    case UrlProblem::kNotAnAccount:
      return "NOT_AN_ACCOUNT";
    case UrlProblem::kPlatformUnknown:
      return "PLATFORM_UNKNOWN";
    case UrlProblem::kHandleNotSupported:
      return "HANDLE_NOT_SUPPORTED";
    case UrlProblem::kHandleInvalid:
      return "HANDLE_INVALID";
  }
  return "";
}

Message MessageOf(UrlProblem problem) {
  switch (problem) {
    case UrlProblem::kTooLong:
      return {"The address is longer than 2,000 bytes; paste the address of the account alone.",
              "URLが2,000バイトを超えています。アカウントのURLだけを貼り付けてください。"};
    case UrlProblem::kMalformedUrl:
      return {
          "This is not a web address; paste the whole address of the account's page, such as "
          "https://x.com/name.",
          "URLとして読み取れません。アカウントのページのURL全体(例: https://x.com/name)を"
          "貼り付けてください。"};
    case UrlProblem::kDeceptiveUrl:
      return {
          "The address is written so that it hides where it leads; do not open it. Look the "
          "account up by its platform and handle.",
          "行き先を偽る書き方がされたURLです。開かないでください。サービス名とユーザー名で"
          "調べ直してください。"};
    case UrlProblem::kHostNotAllowed:
      return {"No account has its page on this host; paste the address of the account's own page.",
              "このホストにはアカウントのページがありません。アカウント本体のページのURLを"
              "貼り付けてください。"};
    case UrlProblem::kShortener:
      return {"Short addresses do not show where they lead; paste the full address of the account.",
              "短縮URLでは行き先を確かめられません。アカウントの元のURLを貼り付けてください。"};
    case UrlProblem::kRedirector:
      return {"The address only passes readers on to another one; paste the address it leads to.",
              "別のページへ転送するURLです。転送先のアカウントのURLを貼り付けてください。"};
    case UrlProblem::kReservedPath:
      return {"This is a page of the platform itself; paste the address of the account's own page.",
              "サービス自体のページであり、アカウントではありません。アカウント本体のページのURLを"
              "貼り付けてください。"};
    case UrlProblem::kNotAnAccount:
      return {
          "This is no account's own page, but a post, a group or another page of the platform; "
          "paste the address of the account's own page.",
          "投稿・グループなどのページであり、アカウント本体のページではありません。アカウントの"
          "プロフィールのページのURLを貼り付けてください。"};
    case UrlProblem::kPlatformUnknown:
      return {"No platform of this name is known; paste the address of the account instead.",
              "この名前のサービスは登録されていません。アカウントのURLを貼り付けてください。"};
    case UrlProblem::kHandleNotSupported:
      return {"Accounts of this platform are known by their address; paste it instead of a handle.",
              "このサービスのアカウントはユーザー名では特定できません。URLを貼り付けてください。"};
    case UrlProblem::kHandleInvalid:
      return {"No handle of this platform looks like this; check how it is spelt.",
              "このサービスのユーザー名として使えない書き方です。つづりを確かめてください。"};
  }
  return {};
}

std::optional<UrlProblem> UrlProblemOf(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  for (const UrlProblem problem : kAllUrlProblems) {
    if (ToText(problem) == reason) return problem;
  }
  return std::nullopt;
}

}  // namespace daicho::registry::domain
