#include "services/policy/domain/guideline.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/policy/domain/checks.h"

namespace daicho::policy::domain {
namespace {

const std::string& kAction = *new std::string("action");
const std::string& kFormPlatform = *new std::string("fields.platform");
const std::string& kAccountPlatform = *new std::string("account.fields.platform");

const std::string& PlatformPath(SubjectKind kind) {
  return kind == SubjectKind::kForm ? kFormPlatform : kAccountPlatform;
}

bool Holds(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// Name of the field at `path`, with which entry of a list it is: "metric (no. 2)".
Words NameOf(const Guideline& guideline, const std::string& path) {
  const std::size_t open = path.find('[');
  const std::size_t close = path.find(']');
  std::string plain = path;
  if (open != std::string::npos) plain = absl::StrCat(path.substr(0, open), path.substr(close + 1));
  const auto found = guideline.field_names.find(plain);
  Words name = found == guideline.field_names.end() ? Words{path, path} : found->second;
  if (open == std::string::npos) return name;
  const int number = std::stoi(path.substr(open + 1, close - open - 1)) + 1;
  return {absl::StrCat(name.en, " (no. ", number, ")"),
          absl::StrCat(name.ja, "（", number, "件目）")};
}

// Names of all the fields of which one would do.
Words NameOf(const Guideline& guideline, const OneOfFields& check) {
  Words names;
  for (const Path& path : check.fields) {
    const Words name = NameOf(guideline, path.text);
    absl::StrAppend(&names.en, names.en.empty() ? "" : " or ", name.en);
    absl::StrAppend(&names.ja, names.ja.empty() ? "" : "又は", name.ja);
  }
  return names;
}

Paths AllPaths(const Guideline& guideline, SubjectKind kind) {
  Paths paths = {&kAction, &PlatformPath(kind)};
  for (const Rule& rule : guideline.rules) {
    if (rule.subject != kind) continue;
    const Paths read = std::visit([](const auto& check) { return PathsOf(check); }, rule.check);
    paths.insert(paths.end(), read.begin(), read.end());
    for (const FieldValue& condition : rule.applies_to.when) paths.push_back(&condition.path);
  }
  return paths;
}

}  // namespace

Finding InWords(const Guideline& guideline, const Rule& rule, const Fault& fault) {
  const auto* one_of = std::get_if<OneOfFields>(&rule.check);
  const Words name =
      one_of != nullptr ? NameOf(guideline, *one_of) : NameOf(guideline, fault.field);
  const auto* concurrence = std::get_if<Concurrence>(&rule.check);
  return {.rule_id = rule.id,
          .clause = rule.clause,
          .severity = rule.severity,
          .field = fault.field,
          .facts = fault.facts,
          .message = {Fill(rule.message.en, name.en, fault.facts),
                      Fill(rule.message.ja, name.ja, fault.facts)},
          .remedy = {Fill(rule.remedy.en, name.en, fault.facts),
                     Fill(rule.remedy.ja, name.ja, fault.facts)},
          .concurrence = concurrence == nullptr ? std::vector<std::string>() : concurrence->desks};
}

std::vector<std::vector<std::string>> ComparedFields(const Guideline& guideline) {
  std::vector<std::vector<std::string>> compared;
  for (const Rule& rule : guideline.rules) {
    if (const auto* check = std::get_if<SimilarAccounts>(&rule.check)) {
      compared.push_back(check->fields);
    }
  }
  return compared;
}

std::set<std::string> PathsReadBy(const Guideline& guideline, SubjectKind kind) {
  std::set<std::string> paths;
  for (const std::string* path : AllPaths(guideline, kind)) paths.insert(*path);
  return paths;
}

Places PlacesIn(const Fields& fields, const Guideline& guideline, SubjectKind kind) {
  Places places;
  for (const std::string* path : AllPaths(guideline, kind)) {
    const auto found = fields.find(*path);
    if (found != fields.end()) places[path] = &found->second;
  }
  return places;
}

// Looks a value up only when it is asked for: most rules ask for none.
bool Applies(const AppliesTo& applies_to, const Subject& subject) {
  if (!applies_to.actions.empty() && !Holds(applies_to.actions, ValueAt(subject.fields, kAction))) {
    return false;
  }
  if (!applies_to.department_kinds.empty() &&
      !Holds(applies_to.department_kinds, subject.department_kind)) {
    return false;
  }
  if (!applies_to.platforms.empty() || !applies_to.except_platforms.empty()) {
    const std::string& platform = ValueAt(subject.fields, PlatformPath(subject.kind));
    if (!applies_to.platforms.empty() && !Holds(applies_to.platforms, platform)) return false;
    if (Holds(applies_to.except_platforms, platform)) return false;
  }
  return std::all_of(
      applies_to.when.begin(), applies_to.when.end(), [&](const FieldValue& condition) {
        const std::string& value = ValueAt(subject.fields, condition.path);
        return condition.any_of.empty() ? value.empty() : Holds(condition.any_of, value);
      });
}

std::vector<Outcome> RunRules(const Guideline& guideline, const Subject& subject) {
  std::vector<Outcome> outcomes;
  for (const Rule& rule : guideline.rules) {
    if (rule.subject != subject.kind || !Applies(rule.applies_to, subject)) continue;
    outcomes.push_back(
        {&rule, std::visit([&](const auto& check) { return Run(check, subject); }, rule.check)});
  }
  return outcomes;
}

Findings Evaluate(const Guideline& guideline, const Subject& subject) {
  Findings out;
  for (const Outcome& outcome : RunRules(guideline, subject)) {
    ++out.rule_count;
    for (const Fault& fault : outcome.faults) {
      out.findings.push_back(InWords(guideline, *outcome.rule, fault));
    }
  }
  return out;
}

std::string Fill(const std::string& text, const std::string& field_name,
                 const std::map<std::string, std::string>& facts) {
  if (text.find('{') == std::string::npos) return text;
  std::vector<std::pair<std::string, std::string>> replacements = {{"{field}", field_name}};
  for (const auto& [key, value] : facts) {
    replacements.emplace_back(absl::StrCat("{", key, "}"), value);
  }
  return absl::StrReplaceAll(text, replacements);
}

}  // namespace daicho::policy::domain
