#include "services/registry/domain/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace daicho::registry::domain {
namespace {

using ::testing::HasSubstr;

const absl::CivilDay kToday(2026, 11, 22);

LookupEntry Official() {
  return {.account = "a1",
          .key = "x::aomoripref",
          .platform = "x",
          .handle = "AomoriPref",
          .display_name = "青森県庁",
          .url = "https://x.com/aomoripref",
          .department = "0101",
          .listing_url = "https://pref.example/sns",
          .state = AccountState::kActive,
          .opened = true};
}

LookupEntry Tombstone(std::string account, absl::CivilDay effective_on) {
  LookupEntry entry = Official();
  entry.account = std::move(account);
  entry.state = AccountState::kClosed;
  entry.closing_effective_on = effective_on;
  entry.unlisted_on = effective_on;
  return entry;
}

std::string Text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOfficial:
      return "OFFICIAL";
    case Verdict::kOfficialButSuspended:
      return "SUSPENDED";
    case Verdict::kCompromised:
      return "COMPROMISED";
    case Verdict::kFormerlyOfficial:
      return "FORMERLY";
    case Verdict::kUnconfirmed:
      return "UNCONFIRMED";
    case Verdict::kUnknown:
      return "UNKNOWN";
  }
  return "";
}

// The rules as a clerk would write them down. A cell names the values it is for; "*" is any. The
// day is that on which the account stops being official: none, to come, or come.
struct Row {
  const char* state;
  const char* condition;
  const char* opened;
  const char* listed;
  const char* day;
  const char* verdict;
};
constexpr char kSuspended[] = "SUSPENDED_BY_PLATFORM SUSPENDED_INTERNALLY";
constexpr char kNotTakenOver[] = "NORMAL SUSPENDED_BY_PLATFORM SUSPENDED_INTERNALLY";
constexpr Row kTable[] = {
    // state, condition, opened, listed, day, verdict
    {"CLOSED MERGED", "*", "*", "*", "*", "FORMERLY"},
    {"PREPARING ACTIVE CLOSING", "COMPROMISED", "*", "*", "*", "COMPROMISED"},
    {"PREPARING", kNotTakenOver, "*", "*", "none to-come", "UNCONFIRMED"},
    {"PREPARING ACTIVE CLOSING", kNotTakenOver, "*", "*", "come", "FORMERLY"},
    {"CLOSING", kNotTakenOver, "*", "*", "none", "FORMERLY"},
    {"ACTIVE", kNotTakenOver, "no", "*", "none to-come", "UNCONFIRMED"},
    {"ACTIVE", kNotTakenOver, "yes", "no", "none to-come", "UNCONFIRMED"},
    {"CLOSING", kNotTakenOver, "no", "*", "to-come", "UNCONFIRMED"},
    {"CLOSING", kNotTakenOver, "yes", "no", "to-come", "UNCONFIRMED"},
    {"ACTIVE", "NORMAL", "yes", "yes", "none to-come", "OFFICIAL"},
    {"CLOSING", "NORMAL", "yes", "yes", "to-come", "OFFICIAL"},
    {"ACTIVE", kSuspended, "yes", "yes", "none to-come", "SUSPENDED"},
    {"CLOSING", kSuspended, "yes", "yes", "to-come", "SUSPENDED"},
};

bool IsFor(absl::string_view cell, absl::string_view value) {
  const std::set<absl::string_view> values = absl::StrSplit(cell, ' ');
  return cell == "*" || values.count(value) > 0;
}

struct Day {
  const char* name;
  std::optional<absl::CivilDay> day;
};
const Day kDays[] = {{"none", std::nullopt}, {"to-come", kToday + 1}, {"to-come", kToday + 400},
                     {"come", kToday},       {"come", kToday - 1},    {"come", kToday - 400}};

// The one row of the table that is for `entry`.
std::string ByTable(const LookupEntry& entry, absl::string_view day) {
  std::vector<std::string> verdicts;
  for (const Row& row : kTable) {
    if (IsFor(row.state, ToText(entry.state)) && IsFor(row.condition, ToText(entry.condition)) &&
        IsFor(row.opened, entry.opened ? "yes" : "no") &&
        IsFor(row.listed, entry.listing_url.empty() ? "no" : "yes") && IsFor(row.day, day)) {
      verdicts.push_back(row.verdict);
    }
  }
  return verdicts.size() == 1 ? verdicts[0] : absl::StrCat(verdicts.size(), " rows");
}

TEST(DecideTest, EveryCombinationIsAsTheTableSays) {
  int combinations = 0;
  int official = 0;
  for (const AccountState state : kAllAccountStates) {
    for (const Condition condition : kAllConditions) {
      for (const bool opened : {false, true}) {
        for (const char* listing_url : {"", "https://pref.example/sns"}) {
          for (const Day& day : kDays) {
            LookupEntry entry = Official();
            entry.state = state;
            entry.condition = condition;
            entry.opened = opened;
            entry.listing_url = listing_url;
            entry.closing_effective_on = day.day;
            EXPECT_EQ(Text(Decide(entry, kToday)), ByTable(entry, day.name))
                << ToText(state) << " " << ToText(condition) << " opened " << opened << " listed "
                << listing_url << " day " << day.name;
            ++combinations;
            official += Decide(entry, kToday) == Verdict::kOfficial;
          }
        }
      }
    }
  }
  EXPECT_EQ(combinations, 5 * 4 * 2 * 2 * 6);
  EXPECT_EQ(official, 5);  // ACTIVE with no day or one to come (3), CLOSING with one to come (2).
}

TEST(DecideTest, AClosingAccountIsOfficialUntilTheDayBeforeItsDay) {
  LookupEntry entry = Official();
  entry.state = AccountState::kClosing;
  entry.closing_effective_on = kToday;
  EXPECT_EQ(Decide(entry, kToday - 1), Verdict::kOfficial);
  EXPECT_EQ(OfficialUntil(entry, kToday - 1), std::nullopt);
  EXPECT_EQ(Decide(entry, kToday), Verdict::kFormerlyOfficial);
  EXPECT_EQ(OfficialUntil(entry, kToday), kToday);
}

TEST(DecideTest, AnAccountGoneBeforeItsDayWasOfficialUntilItWasUnlisted) {
  LookupEntry entry = Tombstone("a1", kToday + 30);
  entry.unlisted_on = kToday - 2;
  EXPECT_EQ(OfficialUntil(entry, kToday), kToday - 2);
}

TEST(JudgeTest, AKeyNobodyHasIsUnknown) {
  const Finding finding = Judge({}, kToday);
  EXPECT_EQ(finding.verdict, Verdict::kUnknown);
  EXPECT_EQ(finding.entry, nullptr);
}

TEST(JudgeTest, TheLiveAccountSpeaksForAKeyThatATombstoneHadToo) {
  const LookupEntry tombstone = Tombstone("a0", kToday - 400);
  const LookupEntry live = Official();
  for (const std::vector<Holder>& holders : {std::vector<Holder>{{&tombstone, {}}, {&live, {}}},
                                             std::vector<Holder>{{&live, {}}, {&tombstone, {}}}}) {
    const Finding finding = Judge(holders, kToday);
    EXPECT_EQ(finding.verdict, Verdict::kOfficial);
    EXPECT_EQ(finding.entry, &live);
  }
}

TEST(JudgeTest, ALiveAccountNotYetOpenIsNotMadeOfficialByATombstone) {
  const LookupEntry tombstone = Tombstone("a0", kToday - 400);
  LookupEntry live = Official();
  live.state = AccountState::kPreparing;
  EXPECT_EQ(Judge({{&tombstone, {}}, {&live, {}}}, kToday).verdict, Verdict::kUnconfirmed);
}

TEST(JudgeTest, OfTwoTombstonesTheLaterOneAnswers) {
  const LookupEntry early = Tombstone("a2", kToday - 400);
  const LookupEntry late = Tombstone("a1", kToday - 10);
  for (const std::vector<Holder>& holders : {std::vector<Holder>{{&early, {}}, {&late, {}}},
                                             std::vector<Holder>{{&late, {}}, {&early, {}}}}) {
    const Finding finding = Judge(holders, kToday);
    EXPECT_EQ(finding.verdict, Verdict::kFormerlyOfficial);
    EXPECT_EQ(finding.entry, &late);
    EXPECT_EQ(finding.official_until, kToday - 10);
  }
}

TEST(JudgeTest, AFormerNameOfAnOfficialAccountIsFormerlyOfficial) {
  const LookupEntry renamed = Official();
  const Finding finding = Judge({{&renamed, kToday - 30}}, kToday);
  EXPECT_EQ(finding.verdict, Verdict::kFormerlyOfficial);
  EXPECT_EQ(finding.entry, &renamed);
  EXPECT_EQ(finding.official_until, kToday - 30);
}

TEST(JudgeTest, AnAccountThatTookItsFormerNameBackIsOfficialUnderIt) {
  const LookupEntry entry = Official();
  const Finding finding = Judge({{&entry, kToday - 30}, {&entry, {}}}, kToday);
  EXPECT_EQ(finding.verdict, Verdict::kOfficial);
}

TEST(ExplainTest, EveryVerdictIsASentenceInBothLanguages) {
  const LookupEntry entry = Official();
  std::set<std::string> sentences;
  for (const Verdict verdict : kAllVerdicts) {
    const Sentence sentence = Explain({verdict, verdict == Verdict::kUnknown ? nullptr : &entry},
                                      "広報課", "017-722-1111");
    EXPECT_THAT(sentence.ja, ::testing::EndsWith("。"));
    EXPECT_THAT(sentence.en, ::testing::EndsWith("."));
    sentences.insert(sentence.ja);
    sentences.insert(sentence.en);
  }
  EXPECT_EQ(sentences.size(), 12u);
}

TEST(ExplainTest, AFormerAccountIsToldWithItsDay) {
  const LookupEntry entry = Tombstone("a1", absl::CivilDay(2026, 4, 1));
  const Sentence sentence = Explain(Judge({{&entry, {}}}, kToday), "広報課", "");
  EXPECT_THAT(sentence.ja, HasSubstr("令和8年4月1日から公式アカウントではありません"));
  EXPECT_THAT(sentence.en, HasSubstr("since 2026-04-01"));
}

TEST(ExplainTest, ASuspendedAccountNamesTheContactDesk) {
  LookupEntry entry = Official();
  entry.condition = Condition::kSuspendedByPlatform;
  EXPECT_THAT(Explain(Judge({{&entry, {}}}, kToday), "広報課", "017-722-1111").ja,
              HasSubstr("017-722-1111"));
}

}  // namespace
}  // namespace daicho::registry::domain
