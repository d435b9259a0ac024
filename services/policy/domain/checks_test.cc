#include "services/policy/domain/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/policy/domain/testing/today.h"

namespace daicho::policy::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kOperators[] = "fields.publishing_method.operators";
constexpr char kManager[] = "fields.publishing_method.account_manager";

template <typename Check>
std::vector<Fault> RunOn(const Check& check, const Fields& fields, const Fields* ledger = nullptr) {
  Subject subject{fields, "KIND_PREFECTURAL_OFFICE", kToday};
  subject.ledger = ledger;
  return Run(check, subject);
}

TEST(RequiredFieldsTest, AsksForEveryFieldByItself) {
  const RequiredFields check{{FieldPath("fields.purpose"), FieldPath("effective_on")}};
  EXPECT_THAT(RunOn(check, {{"fields.purpose", "周知"}, {"effective_on", "2026-12-01"}}),
              IsEmpty());
  EXPECT_THAT(RunOn(check, {}),
              ElementsAre(Fault{"fields.purpose", {}}, Fault{"effective_on", {}}));
}

TEST(RequiredFieldsTest, TakesABlankFieldAsMissing) {
  const RequiredFields check{{FieldPath("fields.purpose")}};
  EXPECT_THAT(RunOn(check, {{"fields.purpose", "\u3000\n"}}),
              ElementsAre(Fault{"fields.purpose", {}}));
}

TEST(RequiredFieldsTest, AsksForOneEntryOfAList) {
  const RequiredFields urls{{ListPath("fields.listing_urls")}};
  EXPECT_THAT(RunOn(urls, {{"fields.listing_urls[0]", "https://a.example/"}}), IsEmpty());
  EXPECT_THAT(RunOn(urls, {{"fields.listing_urls[0]", " "}}),
              ElementsAre(Fault{"fields.listing_urls", {}}));
  const RequiredFields goals{{ListPath("fields.goals")}};
  EXPECT_THAT(RunOn(goals, {{"fields.goals[0].target", "100"}}), IsEmpty());
  EXPECT_THAT(RunOn(goals, {{"fields.goalsetting", "x"}}), ElementsAre(Fault{"fields.goals", {}}));
}

TEST(RequiredFieldsTest, AsksForTheFieldInEveryEntryOfAList) {
  const RequiredFields check{{ListPath("fields.goals", ".metric")}};
  EXPECT_THAT(RunOn(check, {}), IsEmpty());
  EXPECT_THAT(
      RunOn(check, {{"fields.goals[0].metric", "リーチ数"},
                    {"fields.goals[2].target", "1"},
                    {"fields.goals[10].target", "2"}}),
      ElementsAre(Fault{"fields.goals[2].metric", {}}, Fault{"fields.goals[10].metric", {}}));
}

TEST(OneOfFieldsTest, IsMetByAnyOfThem) {
  const OneOfFields check{{FieldPath("fields.term.permanent"), FieldPath("fields.term.last_day")}};
  EXPECT_THAT(RunOn(check, {{"fields.term.last_day", "2027-03-31"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.term.permanent", "true"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.term.last_day", " "}}),
              ElementsAre(Fault{"fields.term.permanent", {}}));
}

TEST(AllowedValuesTest, LetsListedValuesAndUnsetFieldsPass) {
  const AllowedValues check{FieldPath("fields.kind"), {"KIND_OFFICIAL"}};
  EXPECT_THAT(RunOn(check, {{"fields.kind", "KIND_OFFICIAL"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.kind", "KIND_PERSONAL_EXCEPTION"}}),
              ElementsAre(Fault{"fields.kind", {{"value", "KIND_PERSONAL_EXCEPTION"}}}));
}

TEST(RequiredTextTest, IsMetByOneOfTheTextsInAnyWidth) {
  const RequiredText check{{FieldPath("fields.personal_data.handling")}, {"条例", "act on"}};
  EXPECT_THAT(RunOn(check, {{"fields.personal_data.handling", "条例に従う"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.personal_data.handling", "ＡＣＴ ＯＮ it"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.personal_data.handling", "適切に扱う"}}),
              ElementsAre(Fault{"fields.personal_data.handling", {}}));
  EXPECT_THAT(RunOn(check, {}), IsEmpty());
}

TEST(ForbiddenTextTest, FindsTheTextInAnyWidth) {
  const ForbiddenText check{{FieldPath("fields.purpose"), FieldPath("fields.topics")}, {"tbd"}};
  EXPECT_THAT(RunOn(check, {{"fields.purpose", "周知"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.purpose", "周知"}, {"fields.topics", "内容はＴＢＤ"}}),
              ElementsAre(Fault{"fields.topics", {{"text", "tbd"}}}));
  EXPECT_THAT(RunOn(check, {}), IsEmpty());
}

TEST(ForbiddenHostsTest, NamesTheHostOnceAField) {
  const ForbiddenHosts check{{FieldPath("fields.url"), ListPath("fields.listing_urls")},
                             {"bit.ly", "t.co"}};
  EXPECT_THAT(RunOn(check, {{"fields.url", "https://x.com/a"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.url", "www.bit.ly/1 t.co/2"},
                            {"fields.listing_urls[0]", "https://a.lg.jp/"},
                            {"fields.listing_urls[1]", "https://t.co/2"}}),
              ElementsAre(Fault{"fields.url", {{"host", "t.co"}}},
                          Fault{"fields.listing_urls[1]", {{"host", "t.co"}}}));
}

TEST(TextLengthTest, CountsCharactersAtBothLimits) {
  const TextLength check{{FieldPath("fields.purpose")}, 3, 5};
  EXPECT_THAT(RunOn(check, {{"fields.purpose", " 県政情 "}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.purpose", "県政情報の"}}), IsEmpty());
  EXPECT_THAT(
      RunOn(check, {{"fields.purpose", "県政"}}),
      ElementsAre(Fault{"fields.purpose", {{"length", "2"}, {"minimum", "3"}, {"maximum", "5"}}}));
  EXPECT_THAT(RunOn(check, {{"fields.purpose", "県政情報の周"}}).size(), 1u);
  EXPECT_THAT(RunOn(check, {{"fields.purpose", " "}}), IsEmpty());
}

TEST(TextLengthTest, HasNoLimitWhereNoneIsGiven) {
  const TextLength at_least{{FieldPath("fields.purpose")}, 3, std::nullopt};
  EXPECT_THAT(RunOn(at_least, {{"fields.purpose", std::string(5000, 'a')}}), IsEmpty());
  const TextLength at_most{{FieldPath("fields.purpose")}, std::nullopt, 3};
  EXPECT_THAT(RunOn(at_most, {{"fields.purpose", "a"}}), IsEmpty());
}

TEST(HeadCountTest, CountsEntries) {
  const HeadCount check{"fields.listing_urls", false, 2};
  EXPECT_THAT(RunOn(check, {{"fields.listing_urls[0]", "a"}, {"fields.listing_urls[1]", "b"}}),
              IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.listing_urls[0]", "a"}}),
              ElementsAre(Fault{"fields.listing_urls", {{"count", "1"}, {"minimum", "2"}}}));
  EXPECT_THAT(RunOn(check, {}), IsEmpty());
  EXPECT_EQ(RunOn(check, {{"fields.listing_urls[0]", "a"}, {"fields.listing_urls[1]", " "}}).size(),
            1u);
}

Fields People(const std::vector<std::pair<std::string, std::string>>& operators) {
  Fields fields;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    const std::string entry = std::string(kOperators) + "[" + std::to_string(i) + "]";
    if (!operators[i].first.empty()) fields[entry + ".subject"] = operators[i].first;
    if (!operators[i].second.empty()) fields[entry + ".display_name"] = operators[i].second;
  }
  return fields;
}

TEST(HeadCountTest, CountsAPersonNamedTwiceOnce) {
  const HeadCount check{kOperators, true, 2};
  EXPECT_THAT(RunOn(check, People({{"users/a", "森"}, {"users/b", "森"}})), IsEmpty());
  EXPECT_THAT(RunOn(check, People({{"", "森"}, {"", "林"}})), IsEmpty());
  EXPECT_EQ(RunOn(check, People({{"", "Mori"}, {"", "ＭＯＲＩ"}})).size(), 1u);
  EXPECT_EQ(RunOn(check, People({{"users/a", "森"}, {"users/a", "林"}})).size(), 1u);
  EXPECT_EQ(RunOn(check, People({{"users/a", "森"}, {"", "森"}})).size(), 1u);
}

TEST(DistinctPeopleTest, AsksForSomebodyElse) {
  const DistinctPeople check{kManager, kOperators};
  Fields fields = People({{"users/a", "森"}, {"users/b", "林"}});
  EXPECT_THAT(RunOn(check, fields), IsEmpty());
  fields[std::string(kManager) + ".subject"] = "users/a";
  EXPECT_THAT(RunOn(check, fields), IsEmpty());
  fields = People({{"users/a", "森"}});
  fields[std::string(kManager) + ".subject"] = "users/a";
  EXPECT_THAT(RunOn(check, fields), ElementsAre(Fault{kOperators, {}}));
  fields[std::string(kManager) + ".subject"] = "users/b";
  EXPECT_THAT(RunOn(check, fields), IsEmpty());
  EXPECT_THAT(RunOn(check, {{std::string(kManager) + ".subject", "users/b"}}), IsEmpty());
}

TEST(DateLimitTest, HoldsOnBothLimits) {
  const DateLimit check{"effective_on", "today", -31, 366};
  EXPECT_THAT(RunOn(check, {{"effective_on", "2026-10-22"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"effective_on", "2027-11-23"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"effective_on", "2026-10-21"}}),
              ElementsAre(Fault{"effective_on",
                                {{"date", "2026-10-21"},
                                 {"base", "2026-11-22"},
                                 {"days", "-32"},
                                 {"minimum", "-31"},
                                 {"maximum", "366"}}}));
  EXPECT_EQ(RunOn(check, {{"effective_on", "2027-11-24"}}).size(), 1u);
}

TEST(DateLimitTest, ComparesTwoFieldsWhereBothAreSet) {
  const DateLimit check{"fields.term.last_day", "effective_on", 0, std::nullopt};
  EXPECT_THAT(
      RunOn(check, {{"fields.term.last_day", "2026-12-01"}, {"effective_on", "2026-12-01"}}),
      IsEmpty());
  EXPECT_EQ(
      RunOn(check, {{"fields.term.last_day", "2026-11-30"}, {"effective_on", "2026-12-01"}}).size(),
      1u);
  EXPECT_THAT(RunOn(check, {{"fields.term.last_day", "2026-11-30"}}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"effective_on", "2026-11-30"}}), IsEmpty());
}

TEST(UrlOnHostsTest, AsksForAPlainUrlOnTheHosts) {
  const UrlOnHosts check{{FieldPath("fields.policy_url")}, {"lg.jp"}, {"https"}};
  EXPECT_THAT(RunOn(check, {{"fields.policy_url", " https://www.pref.tokushima.lg.jp/sns "}}),
              IsEmpty());
  EXPECT_THAT(RunOn(check, {}), IsEmpty());
  EXPECT_THAT(RunOn(check, {{"fields.policy_url", "https://lg.jp.example/"}}),
              ElementsAre(Fault{"fields.policy_url", {{"value", "https://lg.jp.example/"}}}));
  EXPECT_EQ(RunOn(check, {{"fields.policy_url", "www.pref.tokushima.lg.jp"}}).size(), 1u);
}

// T 7-4.
TEST(ConcurrenceTest, AsksWhereTheFieldIsFilledInAndWhatConcernsTheDesksIsNew) {
  const Concurrence check{"collected", {"personal-data", "departments/7"}, {"collected", "how"}};
  const Fields none = {{"how", "集めない"}};
  const Fields some = {{"collected", "true"}, {"how", "氏名"}};
  const Fields more = {{"collected", "true"}, {"how", "氏名と住所"}};
  const std::vector<Fault> asks = {Fault{"collected", {{"desks", "personal-data, departments/7"}}}};
  const auto run = [&](const Fields& fields, const Fields* ledger) {
    return RunOn(check, fields, ledger);
  };
  EXPECT_EQ(run(some, nullptr), asks);
  EXPECT_THAT(run(none, nullptr), IsEmpty());
  EXPECT_EQ(run(some, &none), asks);
  EXPECT_EQ(run(more, &some), asks);
  EXPECT_EQ(run(none, &some), asks) << "it stops to collect";
  EXPECT_THAT(run(some, &some), IsEmpty());
  EXPECT_THAT(run(none, &none), IsEmpty());
}

TEST(ConcurrenceTest, AsksInAnyCaseWhereNoChangeIsNamed) {
  const Fields fields = {{"closing.reason", "REASON_SECURITY"}};
  EXPECT_EQ(RunOn(Concurrence{"closing.reason", {"it-security"}, {}}, fields, &fields).size(), 1u);
}

}  // namespace
}  // namespace daicho::policy::domain
