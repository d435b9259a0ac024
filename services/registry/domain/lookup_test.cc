#include "services/registry/domain/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::HasSubstr;

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
    case Verdict::kKnownImpersonation:
      return "IMPERSONATION";
    case Verdict::kDepartmentHasNoAccount:
      return "NO_ACCOUNT";
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

bool Matches(absl::string_view cell, absl::string_view value) {
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
    if (Matches(row.state, ToText(entry.state)) &&
        Matches(row.condition, ToText(entry.condition)) &&
        Matches(row.opened, entry.opened ? "yes" : "no") &&
        Matches(row.listed, entry.listing_url.empty() ? "no" : "yes") && Matches(row.day, day)) {
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

// A name that was ours and that somebody else may have registered anew is never official.
TEST(ReusedNameTest, IsOfficialOnNoPath) {
  const LookupEntry elsewhere = [] {
    LookupEntry entry = Official();
    entry.account = "a9";
    entry.key = "x::aomori_new";
    return entry;
  }();
  for (const Condition condition : kAllConditions) {
    LookupEntry closed = Tombstone("a1", kToday - 1);
    LookupEntry gone_early = Tombstone("a2", kToday + 30);
    LookupEntry merged = Tombstone("a3", kToday - 1);
    merged.state = AccountState::kMerged;
    merged.successor = elsewhere.account;
    LookupEntry in_effect = Official();
    in_effect.state = AccountState::kClosing;
    in_effect.closing_effective_on = kToday;
    LookupEntry renamed = elsewhere;
    LookupEntry taken = Official();
    taken.condition = Condition::kCompromised;
    for (LookupEntry* entry : {&closed, &gone_early, &merged, &in_effect, &renamed}) {
      entry->condition = condition;
    }
    const std::vector<std::vector<Holder>> paths = {{{&closed, {}}},
                                                    {{&gone_early, {}}},
                                                    {{&merged, {}}},
                                                    {{&in_effect, {}}},
                                                    {{&renamed, kToday - 1}},
                                                    {{&renamed, kToday}},
                                                    {{&taken, {}}},
                                                    {{&closed, {}}, {&renamed, kToday - 1}},
                                                    {{&closed, {}}, {&merged, {}}, {&taken, {}}}};
    for (std::size_t i = 0; i < paths.size(); ++i) {
      for (const char* id : {"", "1", "2"}) {
        const Finding finding = WithPlatformId(Judge(paths[i], kToday), id);
        EXPECT_NE(finding.verdict, Verdict::kOfficial) << i << ToText(condition);
        EXPECT_NE(finding.verdict, Verdict::kOfficialButSuspended) << i << ToText(condition);
        EXPECT_NE(finding.verdict, Verdict::kUnknown) << i << " was ours";
      }
    }
  }
}

TEST(WithPlatformIdTest, AnotherIdUnderTheSameNameIsNotOurs) {
  LookupEntry entry = Official();
  entry.platform_account_id = "1234567";
  const auto judge = [&](absl::string_view id) {
    return WithPlatformId(Judge({{&entry, {}}}, kToday), id);
  };
  EXPECT_EQ(judge("1234567").verdict, Verdict::kOfficial);
  EXPECT_EQ(judge("").verdict, Verdict::kOfficial);
  const Finding other = judge("7654321");
  EXPECT_EQ(other.verdict, Verdict::kUnknown);
  EXPECT_EQ(other.entry, nullptr);
  EXPECT_THAT(Explain(other, "", "").ja, HasSubstr("IDが異なります"));

  entry.condition = Condition::kSuspendedByPlatform;
  EXPECT_EQ(judge("1234567").verdict, Verdict::kOfficialButSuspended);
  EXPECT_EQ(judge("7654321").verdict, Verdict::kUnknown);
}

TEST(WithPlatformIdTest, SaysNothingWhereTheLedgerKnowsNoId) {
  const LookupEntry entry = Official();
  EXPECT_EQ(WithPlatformId(Judge({{&entry, {}}}, kToday), "7654321").verdict, Verdict::kOfficial);
}

TEST(WithPlatformIdTest, LeavesAWarningAsItIs) {
  LookupEntry entry = Official();
  entry.platform_account_id = "1234567";
  entry.condition = Condition::kCompromised;
  EXPECT_EQ(WithPlatformId(Judge({{&entry, {}}}, kToday), "7654321").verdict,
            Verdict::kCompromised);
  EXPECT_EQ(WithPlatformId(Judge({}, kToday), "7654321").verdict, Verdict::kUnknown);
  EXPECT_FALSE(WithPlatformId(Judge({}, kToday), "7654321").id_differs);
}

// Departments 0101 under 01 under 0, each with its accounts.
class AlternativesTest : public ::testing::Test {
 protected:
  const LookupEntry* Put(const std::string& department, const std::string& key,
                         const std::string& platform = "x") {
    LookupEntry entry = Official();
    entry.account = key;
    entry.key = key;
    entry.platform = platform;
    entry.department = department;
    entries_.push_back(std::make_unique<LookupEntry>(entry));
    return entries_.back().get();
  }

  std::vector<std::string> KeysFor(const LookupEntry& suspended) const {
    const auto accounts_of = [&](absl::string_view department) {
      std::vector<const LookupEntry*> accounts;
      for (const auto& entry : entries_) {
        if (entry->department.view() == department) accounts.push_back(entry.get());
      }
      return accounts;
    };
    const auto above = [](absl::string_view department) -> std::string {
      if (department == "0101") return "01";
      return department == "01" ? "0" : "";
    };
    std::vector<std::string> keys;
    for (const LookupEntry* entry : Alternatives(suspended, kToday, accounts_of, above)) {
      keys.push_back(std::string(entry->key));
    }
    return keys;
  }

  std::vector<std::unique_ptr<LookupEntry>> entries_;
};

TEST_F(AlternativesTest, AreOfficialAccountsOfTheSameDepartmentThoseOnItsPlatformFirst) {
  const LookupEntry* suspended = Put("0101", "x::b");
  Put("0101", "instagram::a", "instagram");
  Put("0101", "x::c");
  Put("01", "x::above");
  Put("0202", "x::elsewhere");
  EXPECT_THAT(KeysFor(*suspended), ::testing::ElementsAre("x::c", "instagram::a"));
}

TEST_F(AlternativesTest, AreNeverAnythingButOfficial) {
  const LookupEntry* suspended = Put("0101", "x::b");
  Put("0101", "x::unlisted");
  entries_.back()->listing_url = "";
  Put("0101", "x::frozen");
  entries_.back()->condition = Condition::kSuspendedByPlatform;
  Put("0101", "x::closed");
  entries_.back()->state = AccountState::kClosed;
  EXPECT_THAT(KeysFor(*suspended), ::testing::IsEmpty());
}

TEST_F(AlternativesTest, AreOfTheNearestDepartmentAboveThatHasAny) {
  const LookupEntry* suspended = Put("0101", "x::b");
  Put("0", "x::top");
  EXPECT_THAT(KeysFor(*suspended), ::testing::ElementsAre("x::top"));
  Put("01", "x::above");
  EXPECT_THAT(KeysFor(*suspended), ::testing::ElementsAre("x::above"));
}

TEST_F(AlternativesTest, AreFiveAtMost) {
  const LookupEntry* suspended = Put("0101", "x::b");
  for (int i = 0; i < 5; ++i) Put("0101", absl::StrCat("x::c", i));
  EXPECT_EQ(KeysFor(*suspended).size(), 5u);
  Put("0101", "x::c9");
  EXPECT_THAT(KeysFor(*suspended),
              ::testing::ElementsAre("x::c0", "x::c1", "x::c2", "x::c3", "x::c4"));
}

TEST_F(AlternativesTest, EndWhereATreeLeadsBackToItself) {
  const LookupEntry* suspended = Put("0101", "x::b");
  const auto nobody = [](absl::string_view) { return std::vector<const LookupEntry*>(); };
  const auto itself = [](absl::string_view department) { return std::string(department); };
  EXPECT_THAT(Alternatives(*suspended, kToday, nobody, itself), ::testing::IsEmpty());
}

TEST(ExplainTest, ANoticeIsShownWhileSomethingIsTheMatter) {
  LookupEntry entry = Official();
  entry.notice = "災害情報は県ホームページへ";
  for (const Condition condition : kAllConditions) {
    entry.condition = condition;
    const std::string ja = Explain(Judge({{&entry, {}}}, kToday), "広報課", "").ja;
    EXPECT_EQ(ja.find(std::string(entry.notice)) != std::string::npos,
              condition != Condition::kNormal)
        << ToText(condition);
  }
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
  EXPECT_EQ(sentences.size(), 16u);
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
