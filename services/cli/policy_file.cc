#include "services/cli/policy_file.h"

#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "daicho/approval/v1/form_service.grpc.pb.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"
#include "services/cli/labels.h"
#include "services/cli/session.h"
#include "services/cli/table.h"
#include "services/policy/compare.h"
#include "services/policy/coverage.h"

namespace daicho::cli {
namespace {

namespace v1 = policy::v1;

absl::Status WrongGuideline(absl::string_view problems) {
  return Refuse(absl::StatusCode::kInvalidArgument, "WRONG_GUIDELINE",
                {absl::StrCat("The guideline cannot be used:\n", problems),
                 absl::StrCat("規程のファイルを使えません:\n", problems)});
}

// "a.textproto" → "a.coverage.textproto".
std::string CoverageBeside(const std::string& path) {
  return absl::StrCat(absl::StripSuffix(path, ".textproto"), ".coverage.textproto");
}

absl::StatusOr<v1::Coverage> LoadCoverage(const std::string& path, const v1::Guideline& guideline) {
  const std::string beside = CoverageBeside(path);
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(beside, policy::kMaxGuidelineBytes));
  absl::StatusOr<v1::Coverage> coverage = policy::ParseCoverage(beside, text, guideline);
  if (!coverage.ok()) return WrongGuideline(coverage.status().message());
  return coverage;
}

// What is compared: nothing, a file, or all forms and accounts that the caller may see.
absl::Status AddForms(Session& session, const std::map<std::string, std::string>& kinds,
                      policy::Comparer& comparer) {
  return session.ReadPages(&approval::v1::FormService::Stub::ListForms,
                           approval::v1::ListFormsRequest(),
                           [&](const approval::v1::ListFormsResponse& page) {
                             for (const auto& form : page.forms()) {
                               const auto kind = kinds.find(form.department());
                               if (kind != kinds.end()) comparer.AddForm(form, kind->second);
                             }
                           });
}

absl::Status AddAccounts(Session& session, const std::map<std::string, std::string>& kinds,
                         policy::Comparer& comparer) {
  return session.ReadPages(&registry::v1::AccountService::Stub::ListAccounts,
                           registry::v1::ListAccountsRequest(),
                           [&](const registry::v1::ListAccountsResponse& page) {
                             for (const auto& account : page.accounts()) {
                               const auto kind = kinds.find(account.department());
                               if (kind == kinds.end()) continue;
                               v1::AccountToCheck to_check;
                               *to_check.mutable_account() = account;
                               comparer.AddAccount(to_check, kind->second);
                             }
                           });
}

// Name of its kind by department.
absl::StatusOr<std::map<std::string, std::string>> DepartmentKinds(Session& session) {
  std::map<std::string, std::string> kinds;
  RETURN_IF_ERROR(session.ReadPages(&registry::v1::DepartmentService::Stub::ListDepartments,
                                    registry::v1::ListDepartmentsRequest(),
                                    [&](const registry::v1::ListDepartmentsResponse& page) {
                                      for (const auto& department : page.departments()) {
                                        kinds[department.name()] =
                                            registry::v1::Department::Kind_Name(department.kind());
                                      }
                                    }));
  return kinds;
}

std::string ComparisonText(const v1::Comparison& comparison, int width) {
  std::string text =
      Render(Details{{"旧 Old", comparison.old_version()},
                     {"新 New", comparison.new_version()},
                     {"確認した件数 Checked", absl::StrCat(comparison.subject_count())},
                     {"指摘が変わる件数 Changed", absl::StrCat(comparison.changes_size())}});
  Table rules{{"規則", "違い"}, {}};
  for (const v1::RuleChange& rule : comparison.rules()) {
    rules.rows.push_back({rule.rule_id(), EnumLabel(rule.kind())});
  }
  if (!rules.rows.empty()) absl::StrAppend(&text, "\n", Render(rules, width));
  Table changes{{"対象", "アカウント名", "増減", "規則", "重さ", "内容"}, {}};
  for (const v1::FindingsChange& change : comparison.changes()) {
    const auto add = [&](const auto& findings, const char* sign) {
      for (const v1::Finding& finding : findings) {
        changes.rows.push_back({change.resource(), change.display_name(), sign, finding.rule_id(),
                                EnumLabel(finding.severity()), finding.message_ja()});
      }
    };
    add(change.appeared(), "＋");
    add(change.gone(), "－");
  }
  if (!changes.rows.empty()) absl::StrAppend(&text, "\n", Render(changes, width));
  return text;
}

}  // namespace

absl::StatusOr<policy::LoadedGuideline> LoadGuidelineFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path, policy::kMaxGuidelineBytes));
  absl::StatusOr<policy::LoadedGuideline> guideline = policy::ParseGuideline(path, text);
  if (!guideline.ok()) return WrongGuideline(guideline.status().message());
  return guideline;
}

absl::StatusOr<Exit> LintGuideline(Session& session, const Arguments& arguments) {
  const std::string& path = arguments.operands[0];
  ASSIGN_OR_RETURN(const policy::LoadedGuideline guideline, LoadGuidelineFile(path));
  std::string coverage = "なし None";
  if (std::filesystem::exists(CoverageBeside(path))) {
    ASSIGN_OR_RETURN(const v1::Coverage covered, LoadCoverage(path, guideline.proto));
    coverage = absl::StrCat(covered.clauses_size());
  }
  RETURN_IF_ERROR(session.Show(guideline.proto, [&](int) {
    return Render(Details{{"規程 Guideline", guideline.domain.version},
                          {"規則 Rules", absl::StrCat(guideline.domain.rules.size())},
                          {"条項 Clauses", absl::StrCat(guideline.proto.clauses_size())},
                          {"対応表 Coverage", coverage}});
  }));
  return Exit::kOk;
}

absl::StatusOr<Exit> ShowCoverage(Session& session, const Arguments& arguments) {
  const std::string& path = arguments.operands[0];
  ASSIGN_OR_RETURN(const policy::LoadedGuideline guideline, LoadGuidelineFile(path));
  ASSIGN_OR_RETURN(const v1::Coverage coverage, LoadCoverage(path, guideline.proto));
  RETURN_IF_ERROR(
      session.Show(coverage, [&](int) { return policy::CoveragePage(guideline.proto, coverage); }));
  return Exit::kOk;
}

absl::StatusOr<Exit> CompareGuidelines(Session& session, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const policy::LoadedGuideline before, LoadGuidelineFile(arguments.operands[0]));
  ASSIGN_OR_RETURN(const policy::LoadedGuideline after, LoadGuidelineFile(arguments.operands[1]));
  policy::Comparer comparer(before, after, session.Today());
  if (!arguments.Has("rules-only")) {
    ASSIGN_OR_RETURN(const auto kinds, DepartmentKinds(session));
    RETURN_IF_ERROR(AddForms(session, kinds, comparer));
    RETURN_IF_ERROR(AddAccounts(session, kinds, comparer));
  }
  const v1::Comparison comparison = comparer.Take();
  RETURN_IF_ERROR(
      session.Show(comparison, [&](int width) { return ComparisonText(comparison, width); }));
  return Exit::kOk;
}

}  // namespace daicho::cli
