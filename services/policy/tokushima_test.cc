// Every rule of 徳島県's guideline on the sample forms: met, just not met, not applicable.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/wire/fields.h"
#include "daicho/approval/v1/form.pb.h"
#include "services/policy/guideline.h"
#include "services/policy/tokushima_cases.h"

namespace daicho::policy {
namespace {

using domain::Finding;
using domain::Severity;
using testing::IsEmpty;

constexpr char kFile[] = "services/policy/guidelines/tokushima.textproto";
// The sample forms' day; they are all in order on it.
const absl::CivilDay kToday(2026, 8, 31);

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const LoadedGuideline& Tokushima() {
  static const absl::StatusOr<LoadedGuideline>& loaded =
      *new absl::StatusOr<LoadedGuideline>(ParseGuideline(kFile, ReadFile(kFile)));
  return loaded.value();
}

// The sample form of an action: 'O'PEN, 'C'HANGE, 'X' for CLOSE.
Fields Sample(char action) {
  const std::string name = action == 'O' ? "open" : action == 'C' ? "change" : "close";
  approval::v1::FormContent content;
  const std::string path = absl::StrCat("deploy/sample/forms/", name, ".textproto");
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(ReadFile(path), &content)) << path;
  if (action != 'O') content.set_account("accounts/019a0000-0000-7000-8000-000000000001");
  return wire::Flatten(content);
}

std::string ActionName(char action) {
  return action == 'O' ? "ACTION_OPEN" : action == 'C' ? "ACTION_CHANGE" : "ACTION_CLOSE";
}

// Sets a field; "" unsets it with all that is in it.
void Set(Fields& fields, const std::string& path, const std::string& value) {
  std::erase_if(fields, [&](const auto& field) {
    return field.first == path || absl::StartsWith(field.first, path + ".") ||
           absl::StartsWith(field.first, path + "[");
  });
  if (!value.empty()) fields[path] = value;
}

Fields With(Fields fields, const Edits& edits) {
  for (const auto& [path, value] : edits) Set(fields, path, value);
  return fields;
}

// What is found, as "RULE at FIELD".
std::set<std::string> Found(const Fields& fields, const std::string& department_kind,
                            absl::CivilDay today = kToday) {
  std::set<std::string> found;
  for (const Finding& finding :
       Evaluate(Tokushima().domain, {fields, department_kind, today}).findings) {
    found.insert(absl::StrCat(finding.rule_id, " at ", finding.field));
  }
  return found;
}

bool Finds(const Fields& fields, const std::string& department_kind, const std::string& rule) {
  for (const std::string& entry : Found(fields, department_kind)) {
    if (absl::StartsWith(entry, rule + " at ")) return true;
  }
  return false;
}

// What `broken` adds to what is found in `base`.
std::set<std::string> Added(const Fields& base, const Fields& broken, const std::string& kind) {
  std::set<std::string> added = Found(broken, kind);
  for (const std::string& known : Found(base, kind)) added.erase(known);
  return added;
}

void CheckCase(const Case& c, char action, const std::string& field) {
  const Fields set_up = With(Sample(action), c.setup);
  const Fields base = c.met.empty() ? set_up : With(set_up, {{field, c.met[0]}});
  EXPECT_FALSE(Finds(base, c.kind, c.rule));
  for (const std::string& value : c.met) {
    EXPECT_FALSE(Finds(With(set_up, {{field, value}}), c.kind, c.rule)) << value;
  }
  std::set<std::string> expected = c.also;
  expected.insert(absl::StrCat(c.rule, " at ", c.at.empty() ? field : c.at));
  for (const std::string& value : c.broken) {
    const Fields broken = With(set_up, {{field, value}});
    EXPECT_EQ(Added(base, broken, c.kind), expected) << value;
    if (!c.unless.empty()) {
      EXPECT_FALSE(Finds(With(broken, c.unless), c.kind, c.rule)) << value;
    }
    if (c.kind != "KIND_EDUCATION_BOARD") {
      EXPECT_FALSE(Finds(broken, "KIND_EDUCATION_BOARD", c.rule)) << value;
    }
    if (field == "action") continue;
    for (const char other : std::string("OCX")) {
      const bool applies = absl::StrContains(PinnedRules().at(c.rule).actions, other);
      EXPECT_EQ(Finds(With(broken, {{"action", ActionName(other)}}), c.kind, c.rule), applies)
          << value << " " << other;
    }
  }
}

TEST(TokushimaTest, IsTheTextOfItsLastAmendment) {
  EXPECT_EQ(Tokushima().domain.version, "tokushima@2023-03-31");
  std::vector<std::string> days;
  for (const v1::Version& version : Tokushima().proto.versions()) {
    days.push_back(wire::Flatten(version).at("effective_on"));
  }
  EXPECT_THAT(days, testing::ElementsAre("2014-02-10", "2015-05-01", "2016-04-01", "2018-04-02",
                                         "2020-04-01", "2021-03-01", "2021-07-07", "2023-03-31"));
}

TEST(TokushimaTest, KeepsClauseAndSeverityOfEveryRule) {
  std::set<std::string> ids;
  for (const domain::Rule& rule : Tokushima().domain.rules) {
    SCOPED_TRACE(rule.id);
    ids.insert(rule.id);
    const auto pinned = PinnedRules().find(rule.id);
    ASSERT_NE(pinned, PinnedRules().end());
    EXPECT_EQ(rule.clause, pinned->second.clause);
    EXPECT_EQ(rule.severity, pinned->second.severity);
  }
  EXPECT_EQ(ids.size(), PinnedRules().size());
}

TEST(TokushimaTest, HasACaseForEveryRuleAndEveryCondition) {
  std::map<std::string, const domain::Rule*> without_case;
  for (const domain::Rule& rule : Tokushima().domain.rules) without_case[rule.id] = &rule;
  const auto rules = without_case;
  for (const Case& c : AllCases()) {
    SCOPED_TRACE(c.rule);
    without_case.erase(c.rule);
    ASSERT_EQ(rules.count(c.rule), 1u);
    const domain::AppliesTo& applies_to = rules.at(c.rule)->applies_to;
    EXPECT_EQ(!applies_to.when.empty() || !applies_to.except_platforms.empty(), !c.unless.empty());
    EXPECT_EQ(!applies_to.department_kinds.empty(), c.kind != "KIND_EDUCATION_BOARD");
  }
  for (const auto& [id, rule] : without_case) ADD_FAILURE() << id << " has no case";
}

TEST(TokushimaTest, FindsEachRuleAloneWhenItsFieldIsBroken) {
  for (const Case& c : AllCases()) {
    for (const char action : c.samples) {
      for (const std::string& field : c.fields) {
        SCOPED_TRACE(absl::StrCat(c.rule, " ", std::string(1, action), " ", field));
        CheckCase(c, action, field);
      }
    }
  }
}

TEST(TokushimaTest, FindsNothingInTheSampleForms) {
  for (const char action : std::string("OCX")) {
    EXPECT_THAT(Found(Sample(action), "KIND_EDUCATION_BOARD"), IsEmpty()) << action;
  }
}

TEST(TokushimaTest, NeverBlocksTheSampleFormsForTheirAge) {
  for (const char action : std::string("OCX")) {
    const Fields fields = Sample(action);
    for (const absl::CivilDay today : {absl::CivilDay(2026, 11, 22), absl::CivilDay(2046, 1, 1)}) {
      for (const Finding& finding :
           Evaluate(Tokushima().domain, {fields, "KIND_EDUCATION_BOARD", today}).findings) {
        EXPECT_NE(finding.severity, Severity::kBlock) << action << " " << finding.message.en;
      }
    }
  }
}

TEST(TokushimaTest, SaysEverythingInBothLanguagesWithoutPlaceholdersLeft) {
  for (const Case& c : AllCases()) {
    const char action = c.samples[0];
    const Fields broken = With(With(Sample(action), c.setup), {{c.fields[0], c.broken[0]}});
    for (const Finding& finding : Evaluate(Tokushima().domain, {broken, c.kind, kToday}).findings) {
      for (const std::string& text :
           {finding.message.en, finding.message.ja, finding.remedy.en, finding.remedy.ja}) {
        EXPECT_THAT(text, testing::Not(testing::HasSubstr("{"))) << finding.rule_id;
        EXPECT_FALSE(text.empty()) << finding.rule_id;
      }
    }
  }
}

}  // namespace
}  // namespace daicho::policy
