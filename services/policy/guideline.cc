#include "services/policy/guideline.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "services/policy/compile.h"
#include "services/policy/domain/text.h"
#include "services/policy/form_field.h"
#include "services/policy/problems.h"
#include "services/policy/text_format.h"

namespace daicho::policy {
namespace {

constexpr int kMaxRules = 1000;

// Refuses a text that is not filled in.
void Need(const std::string& value, const char* field, const Place& place, Problems* problems) {
  if (domain::IsBlank(value)) {
    problems->Add(place.LineOf(field), absl::StrCat(field, " is missing"));
  }
}

void CheckHead(const v1::Guideline& guideline, const Place& place, Problems* problems) {
  Need(guideline.id(), "id", place, problems);
  Need(guideline.code(), "code", place, problems);
  Need(guideline.title(), "title", place, problems);
  Need(guideline.authority(), "authority", place, problems);
  const bool plain = std::all_of(guideline.id().begin(), guideline.id().end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
  if (!plain) problems->Add(place.LineOf("id"), "id has more than a-z, 0-9 and \"-\"");
  if (guideline.rules().empty()) problems->Add(place.line(), "there are no rules");
  if (guideline.rules_size() > kMaxRules) {
    problems->Add(place.LineOf("rules", kMaxRules),
                  absl::StrCat("more than ", kMaxRules, " rules"));
  }
}

std::optional<absl::CivilDay> DayOf(const google::type::Date& date) {
  const absl::CivilDay day(date.year(), date.month(), date.day());
  const bool exists = day.year() == date.year() && day.month() == date.month() &&
                      day.day() == date.day() && date.year() > 0;
  return exists ? std::optional<absl::CivilDay>(day) : std::nullopt;
}

// "tokushima@2023-03-31", once the versions are in order.
std::string CheckVersions(const v1::Guideline& guideline, const Place& place, Problems* problems) {
  std::optional<absl::CivilDay> before;
  if (guideline.versions().empty()) problems->Add(place.line(), "there are no versions");
  for (int i = 0; i < guideline.versions_size(); ++i) {
    const Place at = place.In("versions", i);
    Need(guideline.versions(i).note(), "note", at, problems);
    if (guideline.versions(i).undated()) {
      if (guideline.versions_size() > 1 || guideline.versions(i).has_effective_on()) {
        problems->Add(at.LineOf("undated"),
                      "undated is for the only version of a text without date");
      }
      return absl::StrCat(guideline.id(), "@undated");
    }
    const std::optional<absl::CivilDay> day = DayOf(guideline.versions(i).effective_on());
    if (!day) {
      problems->Add(at.LineOf("effective_on"), "effective_on is not a day");
      continue;
    }
    if (before && *day <= *before) {
      problems->Add(at.LineOf("effective_on"),
                    absl::StrCat("the version of ", FormatDay(*day), " comes after that of ",
                                 FormatDay(*before), "; put the oldest first, one for each day"));
    }
    before = day;
  }
  return before ? absl::StrCat(guideline.id(), "@", FormatDay(*before)) : "";
}

std::set<std::string> CheckClauses(const v1::Guideline& guideline, const Place& place,
                                   Problems* problems) {
  std::set<std::string> ids;
  for (int i = 0; i < guideline.clauses_size(); ++i) {
    const v1::Clause& clause = guideline.clauses(i);
    const Place at = place.In("clauses", i);
    Need(clause.topic_ja(), "topic_ja", at, problems);
    absl::string_view number = clause.id();
    if (!absl::ConsumePrefix(&number, absl::StrCat(guideline.code(), " ")) || number.empty()) {
      problems->Add(at.LineOf("id"), absl::StrCat("id \"", clause.id(), "\" does not begin with \"",
                                                  guideline.code(), " \""));
    }
    if (!ids.insert(clause.id()).second) {
      problems->Add(at.LineOf("id"), absl::StrCat("duplicate clause \"", clause.id(), "\""));
    }
  }
  return ids;
}

std::map<std::string, domain::Words> CheckFieldNames(const v1::Guideline& guideline,
                                                     const Place& place, Problems* problems) {
  std::map<std::string, domain::Words> names;
  for (int i = 0; i < guideline.field_names_size(); ++i) {
    const v1::FieldName& name = guideline.field_names(i);
    const Place at = place.In("field_names", i);
    Need(name.name(), "name", at, problems);
    Need(name.name_ja(), "name_ja", at, problems);
    const auto field = FindField(domain::SubjectKind::kForm, name.path());
    if (!field.ok() && !FindField(domain::SubjectKind::kAccount, name.path()).ok()) {
      problems->Add(at.LineOf("path"), field.status().message());
    }
    if (!names.emplace(name.path(), domain::Words{name.name(), name.name_ja()}).second) {
      problems->Add(at.LineOf("path"), absl::StrCat("duplicate path \"", name.path(), "\""));
    }
  }
  return names;
}

// Refuses "{…}" that the check does not fill, and a brace without its other.
void CheckPlaceholders(const std::string& text, const char* field, const Place& place,
                       const std::set<std::string>& placeholders, Problems* problems) {
  for (std::size_t open = text.find_first_of("{}"); open != std::string::npos;) {
    const std::size_t close = text.find_first_of("{}", open + 1);
    if (text[open] == '}' || close == std::string::npos || text[close] == '{') {
      problems->Add(place.LineOf(field), absl::StrCat(field, " has a brace without its other"));
      return;
    }
    const std::string name = text.substr(open + 1, close - open - 1);
    if (placeholders.count(name) == 0) {
      problems->Add(place.LineOf(field), absl::StrCat(field, " has the placeholder {", name,
                                                      "}, which this check does not fill"));
    }
    open = text.find_first_of("{}", close + 1);
  }
}

void CheckTexts(const v1::Rule& rule, const Place& place, const CompiledCheck& check,
                Problems* problems) {
  const std::vector<std::pair<const char*, const std::string*>> texts = {
      {"message", &rule.message()},
      {"message_ja", &rule.message_ja()},
      {"remedy", &rule.remedy()},
      {"remedy_ja", &rule.remedy_ja()}};
  for (const auto& [field, text] : texts) {
    Need(*text, field, place, problems);
    CheckPlaceholders(*text, field, place, check.placeholders, problems);
  }
  // A finding of one_of_fields is about all of them, so its texts may name them in their own way.
  if (check.field_paths.size() < 2 || rule.has_one_of_fields()) return;
  for (const auto& [field, text] : {texts[0], texts[1]}) {
    if (text->find("{field}") == std::string::npos) {
      problems->Add(place.LineOf(field),
                    absl::StrCat(field, " does not say {field}, though the rule has several"));
    }
  }
}

// Whether `id` is the clause with dashes, alone or with a word after it.
bool IdFitsClause(absl::string_view id, absl::string_view clause) {
  if (!absl::ConsumePrefix(&id, absl::StrReplaceAll(clause, {{" ", "-"}}))) return false;
  return id.empty() || (absl::ConsumePrefix(&id, "-") && !id.empty() && absl::ascii_islower(id[0]));
}

std::optional<domain::Severity> SeverityOf(v1::Severity severity) {
  switch (severity) {
    case v1::SEVERITY_BLOCK:
      return domain::Severity::kBlock;
    case v1::SEVERITY_WARN:
      return domain::Severity::kWarn;
    case v1::SEVERITY_INFO:
      return domain::Severity::kInfo;
    case v1::SEVERITY_UNSPECIFIED:
    case v1::Severity_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::Severity_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return std::nullopt;
}

void CheckRuleHead(const v1::Rule& rule, const Place& place, const std::set<std::string>& clauses,
                   std::set<std::string>& ids, Problems* problems) {
  Need(rule.id(), "id", place, problems);
  Need(rule.clause(), "clause", place, problems);
  if (!rule.clause().empty() && clauses.count(rule.clause()) == 0) {
    problems->Add(place.LineOf("clause"),
                  absl::StrCat("\"", rule.clause(), "\" is not among the clauses"));
  } else if (!rule.id().empty() && !IdFitsClause(rule.id(), rule.clause())) {
    problems->Add(place.LineOf("id"), absl::StrCat("id \"", rule.id(), "\" does not name clause \"",
                                                   rule.clause(), "\""));
  }
  if (!rule.id().empty() && !ids.insert(rule.id()).second) {
    problems->Add(place.LineOf("id"), absl::StrCat("duplicate id \"", rule.id(), "\""));
  }
  if (!SeverityOf(rule.severity())) {
    problems->Add(place.LineOf("severity"), "severity is missing");
  }
  if (rule.has_concurrence() && rule.severity() != v1::SEVERITY_INFO) {
    problems->Add(place.LineOf("severity"),
                  "a rule that asks for concurrence stops and warns of nothing: SEVERITY_INFO");
  }
}

domain::Rule CompileRule(const v1::Rule& rule, const Place& place,
                         const std::map<std::string, domain::Words>& names, const Shared& shared,
                         Problems* problems) {
  CompiledCheck check = CompileCheck(rule, shared, place, problems);
  CheckTexts(rule, place, check, problems);
  for (const std::string& path : check.field_paths) {
    if (names.count(path) == 0) {
      problems->Add(place.line(), absl::StrCat("\"", path, "\" is not among the field_names"));
    }
  }
  return {.id = rule.id(),
          .clause = rule.clause(),
          .subject = SubjectOf(rule),
          .severity = SeverityOf(rule.severity()).value_or(domain::Severity::kBlock),
          .applies_to = CompileAppliesTo(rule, place, problems),
          .check = std::move(check.check),
          .message = {rule.message(), rule.message_ja()},
          .remedy = {rule.remedy(), rule.remedy_ja()}};
}

domain::Guideline Compile(const v1::Guideline& guideline, const Place& place, Problems* problems) {
  CheckHead(guideline, place, problems);
  domain::Guideline out;
  out.version = CheckVersions(guideline, place, problems);
  out.field_names = CheckFieldNames(guideline, place, problems);
  const Shared shared{CompileHostLists(guideline, place, problems),
                      CompileLadder(guideline, place, problems)};
  out.ladder = shared.ladder;
  out.answer_days = CompileAnswerDays(guideline, place, problems);
  const std::set<std::string> clauses = CheckClauses(guideline, place, problems);
  std::set<std::string> ids;
  for (int i = 0; i < std::min(guideline.rules_size(), kMaxRules); ++i) {
    const v1::Rule& rule = guideline.rules(i);
    const Place at = place.In("rules", i);
    CheckRuleHead(rule, at, clauses, ids, problems);
    out.rules.push_back(CompileRule(rule, at, out.field_names, shared, problems));
  }
  return out;
}

}  // namespace

absl::StatusOr<LoadedGuideline> ParseGuideline(absl::string_view file, const std::string& text) {
  Problems problems(file);
  LoadedGuideline loaded;
  google::protobuf::TextFormat::ParseInfoTree tree;
  RETURN_IF_ERROR(ReadTextFormat(text, &loaded.proto, &tree, &problems));
  const Place place(&tree, v1::Guideline::descriptor(), 1);
  loaded.domain = Compile(loaded.proto, place, &problems);
  RETURN_IF_ERROR(problems.ToStatus());
  return loaded;
}

}  // namespace daicho::policy
