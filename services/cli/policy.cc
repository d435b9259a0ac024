#include <google/protobuf/text_format.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/refusal.h"
#include "daicho/policy/v1/policy_service.grpc.pb.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "services/cli/commands.h"
#include "services/cli/form_text.h"
#include "services/cli/labels.h"
#include "services/cli/policy_check.h"
#include "services/cli/policy_file.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = policy::v1;
using PolicyStub = v1::PolicyService::Stub;

std::string GuidelineText(const v1::Guideline& guideline, int width) {
  Details details = {
      {"名称", guideline.title()}, {"発行", guideline.authority()}, {"記号", guideline.code()}};
  for (const v1::Version& version : guideline.versions()) {
    details.emplace_back("版", absl::StrCat(DayText(version.effective_on()), "  ", version.note()));
  }
  Table table{{"規則", "条項", "重さ", "内容"}, {}};
  for (const v1::Rule& rule : guideline.rules()) {
    table.rows.push_back({rule.id(), rule.clause(), EnumLabel(rule.severity()), rule.message_ja()});
  }
  return absl::StrCat(Render(details), "\n", Render(table, width));
}

absl::StatusOr<Exit> ShowPolicy(Session& session, const Arguments&) {
  ASSIGN_OR_RETURN(const auto guideline,
                   session.Read(&PolicyStub::GetGuideline, v1::GetGuidelineRequest()));
  RETURN_IF_ERROR(
      session.Show(guideline, [&](int width) { return GuidelineText(guideline, width); }));
  return Exit::kOk;
}

// A message in text format, with Japanese as it is.
std::string TextFormat(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(message, &text);
  return std::string(absl::StripTrailingAsciiWhitespace(text));
}

// What the rule checks, as its file says it.
std::string CheckText(const v1::Rule& rule) {
  v1::Rule check = rule;
  for (const char* name :
       {"id", "clause", "severity", "applies_to", "message", "message_ja", "remedy", "remedy_ja"}) {
    check.GetReflection()->ClearField(&check, v1::Rule::descriptor()->FindFieldByName(name));
  }
  return TextFormat(check);
}

std::string RuleText(const v1::Rule& rule) {
  return Render(
      Details{{"規則", rule.id()},
              {"条項", rule.clause()},
              {"重さ", EnumLabel(rule.severity())},
              {"対象", rule.has_applies_to() ? TextFormat(rule.applies_to()) : "すべて Always"},
              {"確認", CheckText(rule)},
              {"内容", absl::StrCat(rule.message_ja(), "\n", rule.message())},
              {"対処", absl::StrCat(rule.remedy_ja(), "\n", rule.remedy())}});
}

// The guideline in the file of --guideline, else the one in force.
absl::StatusOr<v1::Guideline> GuidelineOf(Session& session, const Arguments& arguments) {
  if (!arguments.Has("guideline")) {
    return session.Read(&PolicyStub::GetGuideline, v1::GetGuidelineRequest());
  }
  ASSIGN_OR_RETURN(policy::LoadedGuideline loaded, LoadGuidelineFile(arguments.Get("guideline")));
  return std::move(loaded.proto);
}

absl::StatusOr<Exit> Explain(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const v1::Guideline guideline, GuidelineOf(session, arguments));
  const std::string wanted = absl::AsciiStrToUpper(arguments.operands[0]);
  std::vector<std::string> ids;
  for (const v1::Rule& rule : guideline.rules()) {
    ids.push_back(rule.id());
    if (wanted != absl::AsciiStrToUpper(rule.id())) continue;
    RETURN_IF_ERROR(session.Show(rule, [&](int) { return RuleText(rule); }));
    return Exit::kOk;
  }
  const std::string all = absl::StrJoin(ids, ", ");
  return Refuse(absl::StatusCode::kNotFound, "RULE_NOT_FOUND",
                {absl::StrCat("The guideline has no such rule. Its rules: ", all),
                 absl::StrCat("その規則は規程にありません。規則の一覧: ", all)});
}

// The account as the ledger has it. What else may be known of it the caller says.
absl::StatusOr<Exit> CheckAccount(Session& session, const Arguments& arguments) {
  registry::v1::GetAccountRequest get;
  ASSIGN_OR_RETURN(*get.mutable_name(), FullName("accounts", arguments.Get("account")));
  v1::CheckAccountRequest request;
  ASSIGN_OR_RETURN(*request.mutable_account()->mutable_account(),
                   session.Read(&registry::v1::AccountService::Stub::GetAccount, get));
  registry::v1::GetDepartmentRequest get_department;
  get_department.set_name(request.account().account().department());
  ASSIGN_OR_RETURN(
      const auto department,
      session.Read(&registry::v1::DepartmentService::Stub::GetDepartment, get_department));
  request.set_department_kind(department.kind());
  ASSIGN_OR_RETURN(const auto answer, session.Read(&PolicyStub::CheckAccount, request));
  // The same three fields.
  v1::CheckFormResponse findings;
  *findings.mutable_findings() = answer.findings();
  findings.set_guideline_version(answer.guideline_version());
  findings.set_rule_count(answer.rule_count());
  RETURN_IF_ERROR(session.Show(answer, [&](int) { return FindingsText(findings); }));
  return Blocks(findings) ? Exit::kRefused : Exit::kOk;
}

absl::StatusOr<Exit> Check(Session& session, const Arguments& arguments) {
  if (arguments.Has("account")) return CheckAccount(session, arguments);
  ASSIGN_OR_RETURN(const std::string path, RequiredFlag(arguments, "from"));
  approval::v1::FormContent content;
  RETURN_IF_ERROR(ReadTextFile(path, &content));
  ASSIGN_OR_RETURN(const std::string department, session.DepartmentOr("department"));
  return CheckContent(session, content, department);
}

}  // namespace

absl::StatusOr<Exit> CheckContent(Session& session, const approval::v1::FormContent& content,
                                  const std::string& department) {
  registry::v1::GetDepartmentRequest get;
  get.set_name(department);
  ASSIGN_OR_RETURN(const auto found,
                   session.Read(&registry::v1::DepartmentService::Stub::GetDepartment, get));
  v1::CheckFormRequest request;
  *request.mutable_content() = content;
  request.set_department_kind(found.kind());
  ASSIGN_OR_RETURN(const auto answer, session.Read(&PolicyStub::CheckForm, request));
  RETURN_IF_ERROR(session.Show(answer, [&](int) { return FindingsText(answer); }));
  return Blocks(answer) ? Exit::kRefused : Exit::kOk;
}

Group PolicyCommands() {
  return {
      "policy",
      "規程(ガイドライン)を読む、照らし合わせる",
      "The guideline in force",
      {{"policy show",
        "",
        "施行中の規程と規則を表示します。",
        "Shows the guideline in force and its rules.",
        {},
        {"daicho policy show", "daicho policy show --format=json"},
        ShowPolicy},
       {"policy check",
        "",
        "ファイルの内容(提出前)"
        "又は運用中のアカウントを規程と照らし合わせます。「不可」があれば終了コード "
        "3 です。",
        "Checks a file, without drafting, or an account against the guideline. Exit status 3 when "
        "a "
        "finding blocks.",
        {{"from", "FILE", "協議書の内容(text-format の FormContent)", "FormContent, text format"},
         {"account", "ACCOUNT", "ファイルの代わりに照らし合わせるアカウント",
          "Account to check in place of a file"},
         {"department", "DEPARTMENT", "提出する所属。既定は自分の所属",
          "Department. Default: your own"}},
        {"daicho policy check --from=open.textproto --as hirose",
         "daicho policy check --account=0193b0a4-7c1e-7cc3-9d2a-5b1f0c6e8a11 --as akutagawa"},
        Check},
       {"policy explain",
        "RULE",
        "一つの規則を、根拠の条項と直し方とともに表示します。",
        "Shows one rule with its clause and remedy.",
        {{"guideline", "FILE", "施行中の規程の代わりに読むファイル",
          "File to read in place of the guideline in force"}},
        {"daicho policy explain T-5-9-3",
         "daicho policy explain U-2-1 --guideline=services/policy/guidelines/union.textproto"},
        Explain},
       {"policy lint",
        "FILE",
        "規程のファイルを調べ、誤りをファイル名と行番号で示します(接続不要)。",
        "Checks a guideline file and the coverage beside it; says what is wrong, with file and "
        "line. Needs no service.",
        {},
        {"daicho policy lint services/policy/guidelines/aomori.textproto"},
        LintGuideline},
       {"policy coverage",
        "FILE",
        "規程の条項ごとに、どの規則・機能・人が担うかを表にします(接続不要)。",
        "Shows who carries each clause of a guideline, as Markdown. Needs no service.",
        {},
        {"daicho policy coverage services/policy/guidelines/aomori.textproto"},
        ShowCoverage},
       {"policy diff",
        "OLD NEW",
        "二つの規程を比べ、規則の違いと、指摘が変わる協議書・アカウントを示します。",
        "Compares two guideline files: rules that differ, and forms and accounts whose findings "
        "would change.",
        {{"rules-only", "", "規則だけを比べます(接続不要)",
          "Compare rules alone; needs no service"}},
        {"daicho policy diff tokushima.textproto draft.textproto --as akutagawa"},
        CompareGuidelines}}};
}

}  // namespace daicho::cli
