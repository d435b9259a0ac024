#include "services/policy/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace daicho::policy {
namespace {

const absl::CivilDay kToday(2026, 8, 31);

constexpr char kHead[] = R"(
id: "t" code: "T" title: "題" authority: "県"
versions { effective_on { year: 2020 month: 4 day: 1 } note: "策定" }
clauses { id: "T 1" topic_ja: "目的" }
field_names { path: "fields.purpose" name_ja: "目的" name: "purpose" }
field_names { path: "account.facts.custody.mfa_enabled" name_ja: "多要素認証" name: "MFA" }
)";
constexpr char kPurpose[] = R"(
rules { id: "T-1" clause: "T 1" severity: SEVERITY_WARN required_fields { fields: "fields.purpose" }
  message: "a" message_ja: "あ" remedy: "b" remedy_ja: "い" })";
constexpr char kMfa[] = R"(
rules { id: "T-1-mfa" clause: "T 1" severity: SEVERITY_WARN subject: SUBJECT_ACCOUNT
  required_fields { fields: "account.facts.custody.mfa_enabled" }
  message: "a" message_ja: "あ" remedy: "b" remedy_ja: "い" })";

LoadedGuideline Load(const std::string& rules) {
  return ParseGuideline("g", absl::StrCat(kHead, rules)).value();
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(ComparerTest, TellsAddedRemovedChangedAndRewordedRulesApart) {
  const auto kind_of = [](const std::string& before, const std::string& after) {
    const LoadedGuideline old_one = Load(before), new_one = Load(after);
    const v1::Comparison comparison = Comparer(old_one, new_one, kToday).Take();
    return comparison.rules().empty() ? v1::RuleChange::KIND_UNSPECIFIED
                                      : comparison.rules(0).kind();
  };
  const std::string both = absl::StrCat(kPurpose, kMfa);
  EXPECT_EQ(kind_of(kPurpose, both), v1::RuleChange::KIND_ADDED);
  EXPECT_EQ(kind_of(both, kPurpose), v1::RuleChange::KIND_REMOVED);
  EXPECT_EQ(kind_of(kPurpose, Replaced(kPurpose, "WARN", "BLOCK")), v1::RuleChange::KIND_CHANGED);
  EXPECT_EQ(kind_of(kPurpose, Replaced(kPurpose, "\"a\"", "\"c\"")), v1::RuleChange::KIND_REWORDED);
  EXPECT_EQ(kind_of(both, both), v1::RuleChange::KIND_UNSPECIFIED);
}

TEST(ComparerTest, NamesFormsAndAccountsWhoseFindingsChange) {
  const LoadedGuideline before = Load(kPurpose), after = Load(kMfa);
  Comparer comparer(before, after, kToday);
  approval::v1::Form form;
  form.set_name("forms/1");
  comparer.AddForm(form, "KIND_EDUCATION_BOARD");
  form.mutable_content()->mutable_fields()->set_purpose("周知");
  comparer.AddForm(form, "KIND_EDUCATION_BOARD");
  v1::AccountToCheck account;
  account.mutable_account()->set_name("accounts/1");
  account.mutable_account()->set_state(registry::v1::Account::STATE_ACTIVE);
  comparer.AddAccount(account, "KIND_EDUCATION_BOARD");
  account.mutable_account()->mutable_facts()->mutable_custody()->set_mfa_enabled(true);
  comparer.AddAccount(account, "KIND_EDUCATION_BOARD");
  account.mutable_account()->clear_facts();
  account.mutable_account()->set_state(registry::v1::Account::STATE_CLOSED);
  comparer.AddAccount(account, "KIND_EDUCATION_BOARD");
  const v1::Comparison comparison = comparer.Take();
  EXPECT_EQ(comparison.subject_count(), 4);
  ASSERT_EQ(comparison.changes_size(), 2);
  EXPECT_EQ(comparison.changes(0).resource(), "forms/1");
  EXPECT_EQ(comparison.changes(0).gone(0).rule_id(), "T-1");
  EXPECT_EQ(comparison.changes(1).resource(), "accounts/1");
  EXPECT_EQ(comparison.changes(1).appeared(0).rule_id(), "T-1-mfa");
}

TEST(ComparerTest, TakesTheSameFindingInOtherWordsForTheSame) {
  const LoadedGuideline before = Load(kPurpose), after = Load(Replaced(kPurpose, "\"a\"", "\"c\""));
  Comparer comparer(before, after, kToday);
  comparer.AddForm({}, "KIND_EDUCATION_BOARD");
  EXPECT_EQ(comparer.Take().changes_size(), 0);
}

}  // namespace
}  // namespace daicho::policy
