// Facts about accounts: verification, profile, custody, grants, goals.
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/fact_service.grpc.pb.h"
#include "services/cli/account.h"
#include "services/cli/commands.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using FactStub = v1::FactService::Stub;

absl::StatusOr<Exit> ShowFields(Session& session, const google::protobuf::Message& answer) {
  RETURN_IF_ERROR(session.Show(answer, [&](int) { return Render(LabelledFields(answer)); }));
  return Exit::kOk;
}

// The day of `flag`; unset when it is not given.
absl::Status SetDay(const Arguments& arguments, const std::string& flag, google::type::Date* date) {
  if (!arguments.Has(flag)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, flag, absl::CivilDay()));
  *date = wire::ToDate(day);
  return absl::OkStatus();
}

template <typename Integer>
absl::StatusOr<Integer> NumberFlag(const Arguments& arguments, const std::string& flag) {
  Integer number = 0;
  if (absl::SimpleAtoi(arguments.Get(flag), &number)) return number;
  return WrongCommandLine(absl::StrCat("--", flag, " must be a number."),
                          absl::StrCat("--", flag, " は数で指定してください。"));
}

absl::StatusOr<Exit> RecordVerification(Session& session, const Arguments& arguments) {
  v1::RecordVerificationRequest request;
  v1::Verification& verification = *request.mutable_verification();
  ASSIGN_OR_RETURN(const std::string state, RequiredFlag(arguments, "state"));
  ASSIGN_OR_RETURN(const int number,
                   ParseEnum(*v1::Verification::State_descriptor(), state, "state"));
  verification.set_state(static_cast<v1::Verification::State>(number));
  verification.set_reason(arguments.Get("reason"));
  verification.set_badge(arguments.Get("badge"));
  verification.set_evidence(arguments.Get("evidence"));
  if (arguments.Has("since")) {
    RETURN_IF_ERROR(SetDay(arguments, "since", verification.mutable_since()));
  }
  if (arguments.Has("expires-on")) {
    RETURN_IF_ERROR(SetDay(arguments, "expires-on", verification.mutable_expires_on()));
  }
  RETURN_IF_ERROR(AddressAccount(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&FactStub::RecordVerification, request));
  return ShowFields(session, account);
}

std::string ReadinessText(const v1::CheckVerificationReadinessResponse& answer, int width) {
  if (answer.programme().empty()) {
    return "このサービスに認証制度はありません。 The platform has no programme.\n";
  }
  Table table{{"条件", "状態", "内容", "すること"}, {}};
  for (const auto& condition : answer.conditions()) {
    table.rows.push_back({condition.id(), EnumLabel(condition.state()),
                          absl::StrCat(condition.title_ja(), " / ", condition.title()),
                          condition.remedy_ja()});
  }
  return absl::StrCat(answer.programme(), "\n", Render(table, width));
}

absl::StatusOr<Exit> CheckReadiness(Session& session, const Arguments& arguments) {
  v1::CheckVerificationReadinessRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("accounts", arguments.operands[0]));
  ASSIGN_OR_RETURN(const auto answer, session.Read(&FactStub::CheckVerificationReadiness, request));
  RETURN_IF_ERROR(session.Show(answer, [&](int width) { return ReadinessText(answer, width); }));
  return answer.ready() ? Exit::kOk : Exit::kRefused;
}

std::string CoverageText(const v1::GetVerificationCoverageResponse& answer, int width) {
  Table counts{
      {"所属", "種類", "件数", "認証", "申請中", "未申請", "却下", "失効", "制度なし", "未報告"},
      {}};
  for (const auto& entry : answer.coverage()) {
    counts.rows.push_back(
        {entry.department(), entry.platform(), absl::StrCat(entry.account_count()),
         absl::StrCat(entry.verified_count()), absl::StrCat(entry.applied_count()),
         absl::StrCat(entry.not_applied_count()), absl::StrCat(entry.refused_count()),
         absl::StrCat(entry.lapsed_count()), absl::StrCat(entry.not_offered_count()),
         absl::StrCat(entry.unreported_count())});
  }
  Table missing{{"所属", "種類", "アカウント名", "状態", "理由", "アカウント"}, {}};
  for (const auto& entry : answer.missing()) {
    missing.rows.push_back({entry.department(), entry.platform(), entry.display_name(),
                            EnumLabel(entry.state()), entry.reason(), entry.account()});
  }
  return absl::StrCat(Render(counts, width), "\n未認証 Not verified: ", answer.missing_count(),
                      "\n", Render(missing, width));
}

absl::StatusOr<Exit> Coverage(Session& session, const Arguments& arguments) {
  v1::GetVerificationCoverageRequest request;
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  request.set_include_subtree(arguments.Has("subtree"));
  request.set_platform(arguments.Get("platform"));
  RETURN_IF_ERROR(SetDay(arguments, "as-of", request.mutable_as_of()));
  ASSIGN_OR_RETURN(const auto answer, session.Read(&FactStub::GetVerificationCoverage, request));
  RETURN_IF_ERROR(session.Show(answer, [&](int width) { return CoverageText(answer, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> RecordProfile(Session& session, const Arguments& arguments) {
  v1::RecordProfileRequest request;
  v1::Profile& profile = *request.mutable_profile();
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "checked-on", session.Today()));
  *profile.mutable_checked_on() = wire::ToDate(day);
  profile.set_summary_present(arguments.Has("summary"));
  profile.set_official_site_present(arguments.Has("official-site"));
  profile.set_images_present(arguments.Has("images"));
  profile.set_disclaimers_present(arguments.Has("disclaimers"));
  profile.set_formal_name_present(arguments.Has("formal-name"));
  RETURN_IF_ERROR(AddressAccount(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&FactStub::RecordProfile, request));
  return ShowFields(session, account);
}

absl::StatusOr<Exit> AttestCustody(Session& session, const Arguments& arguments) {
  v1::AttestCustodyRequest request;
  v1::Custody& custody = *request.mutable_custody();
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "attested-on", session.Today()));
  *custody.mutable_attested_on() = wire::ToDate(day);
  ASSIGN_OR_RETURN(const auto holders, NumberFlag<std::int32_t>(arguments, "holders"));
  custody.set_holder_count(holders);
  custody.set_password_strong(arguments.Has("password-strong"));
  custody.set_password_unique(arguments.Has("password-unique"));
  custody.set_mfa_enabled(arguments.Has("mfa"));
  custody.set_device_managed(arguments.Has("managed-devices"));
  if (arguments.Has("password-rotated-on")) {
    RETURN_IF_ERROR(
        SetDay(arguments, "password-rotated-on", custody.mutable_password_rotated_on()));
  }
  if (arguments.Has("apps-reviewed-on")) {
    RETURN_IF_ERROR(
        SetDay(arguments, "apps-reviewed-on", custody.mutable_linked_apps_reviewed_on()));
  }
  RETURN_IF_ERROR(AddressAccount(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&FactStub::AttestCustody, request));
  return ShowFields(session, account);
}

absl::StatusOr<Exit> RecordWatch(Session& session, const Arguments& arguments) {
  v1::RecordWatchRequest request;
  v1::Watch& watch = *request.mutable_watch();
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "watched-on", session.Today()));
  *watch.mutable_watched_on() = wire::ToDate(day);
  ASSIGN_OR_RETURN(*watch.mutable_place(), RequiredFlag(arguments, "place"));
  ASSIGN_OR_RETURN(*watch.mutable_result(), RequiredFlag(arguments, "result"));
  RETURN_IF_ERROR(AddressAccount(session, arguments.operands[0], &request));
  ASSIGN_OR_RETURN(const auto account, session.Write(&FactStub::RecordWatch, request));
  return ShowFields(session, account);
}

absl::StatusOr<Exit> GrantAccess(Session& session, const Arguments& arguments) {
  v1::GrantAccessRequest request;
  ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.operands[0]));
  ASSIGN_OR_RETURN(*request.mutable_person()->mutable_display_name(),
                   RequiredFlag(arguments, "person"));
  request.mutable_person()->set_subject(arguments.Get("subject"));
  request.mutable_person()->set_title(arguments.Get("title"));
  RETURN_IF_ERROR(SetDay(arguments, "from", request.mutable_valid_from()));
  RETURN_IF_ERROR(SetDay(arguments, "until", request.mutable_valid_until()));
  ASSIGN_OR_RETURN(const auto grant, session.Write(&FactStub::GrantAccess, request));
  return ShowFields(session, grant);
}

absl::StatusOr<Exit> RevokeGrant(Session& session, const Arguments& arguments) {
  v1::RevokeGrantRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("grants", arguments.operands[0]));
  ASSIGN_OR_RETURN(*request.mutable_reason(), RequiredFlag(arguments, "reason"));
  // A grant changes once: the version that can be revoked is the first.
  ASSIGN_OR_RETURN(*request.mutable_etag(),
                   session.EtagOr([] { return absl::StatusOr<std::string>(wire::EtagOf(1)); }));
  ASSIGN_OR_RETURN(const auto grant, session.Write(&FactStub::RevokeGrant, request));
  return ShowFields(session, grant);
}

std::string GrantsText(const v1::ListGrantsResponse& list, int width) {
  Table table{
      {"氏名", "職名", "年度", "開始日", "終了日", "アカウント", "許可した人", "取消し", "許可"},
      {}};
  for (const v1::Grant& grant : list.grants()) {
    table.rows.push_back({grant.person().display_name(), grant.person().title(),
                          absl::StrCat(grant.fiscal_year()), DayText(grant.valid_from()),
                          DayText(grant.valid_until()), grant.account(), grant.granted_by(),
                          grant.revoke_reason(), grant.name()});
  }
  return absl::StrCat(Render(table, width), list.grants_size(), " 件\n");
}

absl::StatusOr<Exit> ListGrants(Session& session, const Arguments& arguments) {
  v1::ListGrantsRequest request;
  if (arguments.Has("account")) {
    ASSIGN_OR_RETURN(*request.mutable_account(), FullName("accounts", arguments.Get("account")));
  }
  if (arguments.Has("department")) {
    ASSIGN_OR_RETURN(*request.mutable_department(),
                     FullName("departments", arguments.Get("department")));
  }
  request.set_person(arguments.Get("person"));
  if (arguments.Has("fiscal-year")) {
    ASSIGN_OR_RETURN(const auto year, NumberFlag<std::int32_t>(arguments, "fiscal-year"));
    request.set_fiscal_year(year);
  }
  RETURN_IF_ERROR(SetDay(arguments, "due-by", request.mutable_due_by()));
  request.set_include_revoked(arguments.Has("revoked"));
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&FactStub::ListGrants, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return GrantsText(list, width); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> RecordSample(Session& session, const Arguments& arguments) {
  v1::RecordGoalSampleRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("accounts", arguments.operands[0]));
  ASSIGN_OR_RETURN(*request.mutable_metric(), RequiredFlag(arguments, "metric"));
  ASSIGN_OR_RETURN(const auto value, NumberFlag<std::int64_t>(arguments, "value"));
  request.set_value(value);
  ASSIGN_OR_RETURN(const absl::CivilDay day, DayFlag(arguments, "sampled-on", session.Today()));
  *request.mutable_sampled_on() = wire::ToDate(day);
  ASSIGN_OR_RETURN(const auto sample, session.Write(&FactStub::RecordGoalSample, request));
  return ShowFields(session, sample);
}

std::string SamplesText(const v1::ListGoalSamplesResponse& list, int width) {
  Table table{{"日付", "指標", "値", "目標", "達成率"}, {}};
  for (const v1::GoalSample& sample : list.samples()) {
    table.rows.push_back({DayText(sample.sampled_on()), sample.metric(),
                          absl::StrCat(sample.value()), absl::StrCat(sample.target()),
                          absl::StrCat(sample.achieved_percent(), " %")});
  }
  return Render(table, width);
}

absl::StatusOr<Exit> ListSamples(Session& session, const Arguments& arguments) {
  v1::ListGoalSamplesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), FullName("accounts", arguments.operands[0]));
  request.set_metric(arguments.Get("metric"));
  ASSIGN_OR_RETURN(const auto list, session.ReadAll(&FactStub::ListGoalSamples, request));
  RETURN_IF_ERROR(session.Show(list, [&](int width) { return SamplesText(list, width); }));
  return Exit::kOk;
}

std::vector<Command> VerificationCommands() {
  return {
      {"fact record-verification",
       "ACCOUNT",
       "認証アカウントの状態を記録します。",
       "Records how far an account's verification got.",
       {{"state", "STATE",
         "not-offered、not-applied、applied、verified、refused、lapsed のいずれか",
         "One of not-offered, not-applied, applied, verified, refused, lapsed"},
        {"reason", "TEXT", "申請しない・却下された理由", "Why not applied for, or refused"},
        {"badge", "TEXT", "認証の種類", "Kind of badge"},
        {"since", "DATE", "認証日", "First day of the badge"},
        {"expires-on", "DATE", "認証の最終日", "Last day of the badge"},
        {"evidence", "TEXT", "認証を示すもの", "What shows it"}},
       {"daicho fact record-verification accounts/0197b1f0-… --state=applied",
        "daicho fact record-verification accounts/0197b1f0-… --state=verified --badge=gray "
        "--since=2026-11-22 --evidence=画面の写し"},
       RecordVerification},
      {"fact check-readiness",
       "ACCOUNT",
       "認証を申請する前に、条件を満たしているかを調べます。満たしていれば 0 で終わります。",
       "Says whether an account is ready to be put forward for verification; ends with 0 if so.",
       {},
       {"daicho fact check-readiness accounts/0197b1f0-…"},
       CheckReadiness},
      {"fact coverage",
       "",
       "所属・種類ごとの認証の状況と、未認証のアカウントを表示します。",
       "Shows how many accounts are verified, by department and platform, and which are not.",
       {{"department", "DEPARTMENT", "この所属だけ", "Only this department"},
        {"subtree", "", "下位の所属を含む", "And those below it"},
        {"platform", "ID", "この種類だけ", "Only this platform id"},
        {"as-of", "DATE", "認証の期限を見る日。既定は今日",
         "Day on which badges are looked at. Default: today"}},
       {"daicho fact coverage --as pr-office",
        "daicho fact coverage --department=5000 --subtree --as pr-office"},
       Coverage}};
}

std::vector<Command> RecordCommands() {
  return {{"fact record-profile",
           "ACCOUNT",
           "プロフィールを確認した結果を記録します。指定しなかった項目は「なし」になります。",
           "Records what a profile shows; what is not given is not there.",
           {{"checked-on", "DATE", "確認日。既定は今日", "Day somebody looked. Default: today"},
            {"summary", "", "説明文がある", "It says what the account is for"},
            {"official-site", "", "公式サイトのURLがある", "It links to the official site"},
            {"images", "", "アイコンとカバー画像がある", "It has an icon and a cover"},
            {"disclaimers", "", "免責事項がある", "It carries the disclaimers"},
            {"formal-name", "", "正式名称を名乗っている", "Its name is the formal one"}},
           {"daicho fact record-profile accounts/0197b1f0-… --summary --images --formal-name"},
           RecordProfile},
          {"fact attest-custody",
           "ACCOUNT",
           "アカウントの管理状況を報告します。パスワードなどの秘密は決して入力しません。",
           "Attests how access is kept. No secret is ever given.",
           {{"attested-on", "DATE", "確認日。既定は今日", "Day of the attestation. Default: today"},
            {"holders", "N", "サインインできる人数", "How many people can sign in"},
            {"password-strong", "", "推測されにくいパスワードである", "The password is strong"},
            {"password-unique", "", "使い回していない", "It is used nowhere else"},
            {"password-rotated-on", "DATE", "最後に変更した日", "Day it was last changed"},
            {"mfa", "", "二要素認証を使っている", "Signing in takes a second factor"},
            {"apps-reviewed-on", "DATE", "連携アプリを点検した日", "Day linked apps were reviewed"},
            {"managed-devices", "", "管理された端末だけで使う", "It is used from managed devices"}},
           {"daicho fact attest-custody accounts/0197b1f0-… --holders=3 --mfa --password-strong "
            "--password-unique --password-rotated-on=2026-04-01"},
           AttestCustody},
          {"fact record-watch",
           "ACCOUNT",
           "評判となりすましを検索した結果(エゴサーチ)を記録します。",
           "Records a search for what others say and for impersonators.",
           {{"watched-on", "DATE", "検索日。既定は今日", "Day of the search. Default: today"},
            {"place", "TEXT", "検索した場所", "Where was searched"},
            {"result", "TEXT", "結果。何もなければ「異常なし」", "What was found"}},
           {"daicho fact record-watch accounts/0197b1f0-… --place=X --result=異常なし"},
           RecordWatch},
          {"fact record-sample",
           "ACCOUNT",
           "目標の達成状況を記録します。",
           "Records how much of a goal was reached.",
           {{"metric", "TEXT", "目標の指標", "Metric of one of the account's goals"},
            {"value", "N", "値", "How much"},
            {"sampled-on", "DATE", "計測日。既定は今日", "The day. Default: today"}},
           {"daicho fact record-sample accounts/0197b1f0-… --metric=フォロワー数 --value=1500"},
           RecordSample},
          {"fact samples",
           "ACCOUNT",
           "目標の達成状況を、新しい順に表示します。",
           "Lists samples of an account's goals, newest first.",
           {{"metric", "TEXT", "この指標だけ", "Only this metric"}},
           {"daicho fact samples accounts/0197b1f0-…"},
           ListSamples}};
}

std::vector<Command> GrantCommands() {
  return {{"fact grant",
           "ACCOUNT",
           "職員にアカウントの利用を許可します。年度末(3月31日)までです。",
           "Grants a member of staff the use of an account, until 31 March at the latest.",
           {{"person", "NAME", "氏名", "Their name"},
            {"subject", "USER", "トークンの利用者(users/…)", "Who tokens say they are: users/…"},
            {"title", "TEXT", "職名", "Their title"},
            {"from", "DATE", "開始日。既定は今日", "First day. Default: today"},
            {"until", "DATE", "最終日。既定は年度末", "Last day. Default: end of the fiscal year"}},
           {"daicho fact grant accounts/0197b1f0-… --person=山田太郎 --title=主査 --as head"},
           GrantAccess},
          {"fact revoke-grant",
           "GRANT",
           "利用の許可を取り消します。",
           "Ends a grant before its last day.",
           {{"reason", "TEXT", "理由", "Why"}},
           {"daicho fact revoke-grant grants/0197b1f0-… --reason=異動 --as head"},
           RevokeGrant},
          {"fact grants",
           "",
           "利用の許可を一覧します。",
           "Lists grants of use.",
           {{"account", "ACCOUNT", "このアカウントだけ", "Only for this account"},
            {"person", "NAME", "この人だけ(氏名か users/…)", "Only to this person"},
            {"department", "DEPARTMENT", "この所属のアカウントだけ",
             "Only for accounts of this department"},
            {"fiscal-year", "YEAR", "この年度だけ", "Only for this fiscal year"},
            {"due-by", "DATE", "この日までに終わり、更新されていないものだけ",
             "Only those that end by this day and are not renewed"},
            {"revoked", "", "取り消したものも含む", "Also those that were revoked"}},
           {"daicho fact grants --due-by=2027-03-31 --as pr-office",
            "daicho fact grants --person=山田太郎 --as pr-office"},
           ListGrants}};
}

}  // namespace

Group FactCommands() {
  Group group{"fact", "認証・管理状況・利用許可・目標などの事実を扱う", "Facts about accounts",
              VerificationCommands()};
  for (Command& command : RecordCommands()) group.commands.push_back(std::move(command));
  for (Command& command : GrantCommands()) group.commands.push_back(std::move(command));
  return group;
}

}  // namespace daicho::cli
