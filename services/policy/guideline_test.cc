#include "services/policy/guideline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/base/config.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace daicho::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// One rule of each sort of path; lines are counted in the tests.
constexpr char kGood[] = R"(id: "t"
code: "T"
title: "Title"
authority: "Authority"
versions { effective_on { year: 2020 month: 4 day: 1 } note: "made" }
versions {
  effective_on { year: 2021 month: 3 day: 1 }
  note: "amended"
}
clauses { id: "T 5-2" topic_ja: "利用方針" }
clauses { id: "T 5-9" topic_ja: "期間" }
field_names { path: "fields.purpose" name_ja: "目的" name: "purpose" }
field_names { path: "fields.goals.metric" name_ja: "指標" name: "metric" }
field_names { path: "effective_on" name_ja: "年月日" name: "date" }
field_names { path: "fields.policy_url" name_ja: "URL" name: "URL" }
host_lists { id: "official" hosts: "a.lg.jp" }
rules {
  id: "T-5-2"
  clause: "T 5-2"
  severity: SEVERITY_BLOCK
  applies_to { actions: ACTION_OPEN when { field: "fields.kind" any_of: "KIND_OFFICIAL" } }
  required_fields {
    fields: ["fields.purpose", "fields.goals.metric"]
  }
  message: "{field} is missing"
  message_ja: "{field}がありません"
  remedy: "Add it"
  remedy_ja: "書いてください"
}
rules {
  id: "T-5-9-near"
  clause: "T 5-9"
  severity: SEVERITY_WARN
  date_limit { field: "effective_on" base: "today" maximum_days: 5 }
  message: "{days} days"
  message_ja: "{days}日"
  remedy: "Earlier"
  remedy_ja: "早めてください"
}
rules {
  id: "T-5-2-site"
  clause: "T 5-2"
  severity: SEVERITY_INFO
  url_on_hosts { fields: "fields.policy_url" host_list: "official" schemes: "http" }
  message: "{value}"
  message_ja: "{value}"
  remedy: "Move"
  remedy_ja: "移してください"
}
)";

std::string ProblemsOf(const std::string& text) {
  const absl::StatusOr<LoadedGuideline> loaded = ParseGuideline("g.textproto", text);
  if (loaded.ok()) return "";
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(loaded.status().message());
}

// What is wrong with kGood once `from` is replaced by `to`.
std::string ProblemsWith(absl::string_view from, absl::string_view to) {
  const std::string text = kGood;
  const std::size_t at = text.find(std::string(from));
  EXPECT_NE(at, std::string::npos) << from;
  return ProblemsOf(
      absl::StrCat(text.substr(0, at), to, absl::string_view(text).substr(at + from.size())));
}

TEST(ParseGuidelineTest, PreparesEveryRule) {
  const absl::StatusOr<LoadedGuideline> loaded = ParseGuideline("g.textproto", kGood);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->domain.version, "t@2021-03-01");
  ASSERT_EQ(loaded->domain.rules.size(), 3u);
  const domain::Rule& required = loaded->domain.rules[0];
  EXPECT_EQ(required.severity, domain::Severity::kBlock);
  EXPECT_THAT(required.applies_to.actions, ::testing::ElementsAre("ACTION_OPEN"));
  EXPECT_THAT(std::get<domain::RequiredFields>(required.check).fields,
              ::testing::ElementsAre(domain::FieldPath("fields.purpose"),
                                     domain::ListPath("fields.goals", ".metric")));
  const auto& date = std::get<domain::DateLimit>(loaded->domain.rules[1].check);
  EXPECT_EQ(date.base, "today");
  EXPECT_EQ(date.minimum_days, std::nullopt);
  EXPECT_EQ(date.maximum_days, 5);
  const auto& url = std::get<domain::UrlOnHosts>(loaded->domain.rules[2].check);
  EXPECT_THAT(url.hosts, ::testing::ElementsAre("a.lg.jp"));
  EXPECT_THAT(url.schemes, ::testing::ElementsAre("http"));
}

TEST(ParseGuidelineTest, RefusesWithFileAndLine) {
  struct Row {
    absl::string_view from, to, problem;
  };
  const Row rows[] = {
      // Not text format, or not this message.
      {"title:", "titel:",
       "g.textproto:3: column 6: Message type \"daicho.policy.v1.Guideline\" "
       "has no field named \"titel\"."},
      {"  severity: SEVERITY_BLOCK", "  severity: SEVERITY_FATAL",
       "Unknown enumeration value of \"SEVERITY_FATAL\""},
      {"  severity: SEVERITY_BLOCK", "  severity: 9", "g.textproto:20: severity has no value 9"},
      {"title: \"Title\"", "title: \"a\" title: \"b\"", "g.textproto:3: "},
      {"rules {", "rules [", "g.textproto:18: column 3: Expected"},
      // The head.
      {"id: \"t\"", "id: \"T/1\"", "g.textproto:1: id has more than"},
      {"id: \"t\"", "", "g.textproto:1: id is missing"},
      {"code: \"T\"", "code: \" \"", "g.textproto:2: code is missing"},
      {"title: \"Title\"", "", "g.textproto:1: title is missing"},
      {"authority: \"Authority\"", "", "g.textproto:1: authority is missing"},
      {"month: 3 day: 1", "month: 2 day: 30", "g.textproto:7: effective_on is not a day"},
      {"year: 2021 month: 3", "year: 2020 month: 4",
       "g.textproto:7: the version of 2020-04-01 comes after that of 2020-04-01"},
      {"year: 2021", "year: 2019", "g.textproto:7: the version of 2019-03-01 comes after"},
      {"note: \"amended\"", "", "g.textproto:6: note is missing"},
      {"\"T 5-9\" topic_ja", "\"T 5-2\" topic_ja", "g.textproto:11: duplicate clause \"T 5-2\""},
      {"\"T 5-9\" topic_ja", "\"A 5-9\" topic_ja", "g.textproto:11: id \"A 5-9\" does not begin"},
      {"topic_ja: \"期間\"", "", "g.textproto:11: topic_ja is missing"},
      {"name: \"metric\"", "", "g.textproto:13: name is missing"},
      {"name_ja: \"指標\"", "", "g.textproto:13: name_ja is missing"},
      {"path: \"fields.goals.metric\"", "path: \"fields.goals.metre\"",
       "g.textproto:13: forms have no field \"fields.goals.metre\""},
      {"path: \"fields.goals.metric\"", "path: \"fields.purpose\"",
       "g.textproto:13: duplicate path \"fields.purpose\""},
      {"hosts: \"a.lg.jp\"", "hosts: \"LG.jp\"", "g.textproto:16: \"LG.jp\" is not a host name"},
      {"hosts: \"a.lg.jp\"", "hosts: \"lg.jp/x\"",
       "g.textproto:16: \"lg.jp/x\" is not a host name"},
      {"hosts: \"a.lg.jp\"", "hosts: [\"a.lg.jp\", \"a.lg.jp\"]",
       "g.textproto:16: \"a.lg.jp\" is named"},
      {"hosts: \"a.lg.jp\"", "", "g.textproto:16: hosts is empty"},
      {"hosts: \"a.lg.jp\"", "hosts: \"or.jp\"",
       "g.textproto:44: \"or.jp\" in host_list \"official\" belongs to many organisations"},
      {"host_lists {", "host_lists { id: \"official\" hosts: \"a.jp\" } host_lists {",
       "g.textproto:16: duplicate host list \"official\""},
      // What every rule has.
      {"id: \"T-5-9-near\"", "", "g.textproto:30: id is missing"},
      {"id: \"T-5-2-site\"", "id: \"T-5-2\"", "g.textproto:41: duplicate id \"T-5-2\""},
      {"id: \"T-5-9-near\"", "id: \"T-5-8-near\"", "g.textproto:31: id \"T-5-8-near\" does not"},
      {"id: \"T-5-9-near\"", "id: \"T-5-91\"", "g.textproto:31: id \"T-5-91\" does not"},
      {"clause: \"T 5-9\"", "clause: \"T 5-8\"", "g.textproto:32: \"T 5-8\" is not among the"},
      {"  clause: \"T 5-9\"\n", "", "g.textproto:30: clause is missing"},
      {"  severity: SEVERITY_BLOCK\n", "", "g.textproto:17: severity is missing"},
      {"severity: SEVERITY_BLOCK", "severity: SEVERITY_UNSPECIFIED",
       "g.textproto:20: severity is missing"},
      {"  message: \"{days} days\"\n", "", "g.textproto:30: message is missing"},
      {"  message_ja: \"{days}日\"\n", "", "g.textproto:30: message_ja is missing"},
      {"remedy: \"Earlier\"", "remedy: \"\\t\"", "g.textproto:37: remedy is missing"},
      {"  remedy_ja: \"早めてください\"\n", "", "g.textproto:30: remedy_ja is missing"},
      {"{days} days", "{weeks} weeks", "g.textproto:35: message has the placeholder {weeks}"},
      {"{days} days", "{minimum} days", "g.textproto:35: message has the placeholder {minimum}"},
      {"{days} days", "days} ", "g.textproto:35: message has a brace without its other"},
      {"{days} days", "{days", "g.textproto:35: message has a brace without its other"},
      {"\"{field} is missing\"", "\"missing\"", "g.textproto:25: message does not say {field}"},
      {"\"{field}がありません\"", "\"なし\"", "g.textproto:26: message_ja does not say {field}"},
      {"  date_limit { field: \"effective_on\" base: \"today\" maximum_days: 5 }\n", "",
       "g.textproto:30: the rule has no check"},
      {"maximum_days: 5 }", "maximum_days: 5 } text_length {}", "g.textproto:34: "},
      // When it applies.
      {"actions: ACTION_OPEN", "actions: ACTION_UNSPECIFIED",
       "g.textproto:21: actions has UNSPECIFIED"},
      {"field: \"fields.kind\"", "field: \"fields.goals.metric\"",
       "g.textproto:21: \"fields.goals.metric\" is not a single value"},
      {"any_of: \"KIND_OFFICIAL\"", "any_of: \"KIND_PRIVATE\"",
       "g.textproto:21: \"fields.kind\" is never \"KIND_PRIVATE\""},
      {"any_of: \"KIND_OFFICIAL\"", "any_of: \"KIND_UNSPECIFIED\"",
       "g.textproto:21: \"fields.kind\" is never \"KIND_UNSPECIFIED\""},
      // What it is about.
      {"  clause: \"T 5-9\"\n", "  clause: \"T 5-9\"\n  subject: SUBJECT_ACCOUNT\n",
       "g.textproto:35: accounts have no field \"effective_on\""},
      {"  severity: SEVERITY_BLOCK", "  severity: SEVERITY_BLOCK subject: SUBJECT_ACCOUNT",
       "g.textproto:21: accounts have no actions"},
      // The ladder, and a text without date.
      {"host_lists {", "answer_days: 367 host_lists {",
       "g.textproto:16: answer_days is not from 1 to 366"},
      {"host_lists {", "ladder { notice_months: 9 warning_months: 9 } host_lists {",
       "g.textproto:16: the months of the ladder do not rise from 1 to 120"},
      {"host_lists {",
       "ladder { notice_months: 9 warning_months: 11 candidate_months: 12 } host_lists {",
       "g.textproto:16: unobserved_days is not from 1 to 3660"},
      {"note: \"amended\"", "note: \"amended\" undated: true",
       "g.textproto:8: undated is for the only version"},
      // Paths.
      {"\"fields.purpose\", ", "\"fields.purpse\", ",
       "g.textproto:23: forms have no field \"fields.purpse\""},
      {"\"fields.purpose\", ", "\"content.fields.purpose\", ",
       "g.textproto:23: forms have no field"},
      {"\"fields.purpose\", ", "\"\", ", "g.textproto:23: forms have no field \"\""},
      {"\"fields.purpose\", ", "\"fields.term\", ",
       "g.textproto:23: \"fields.term\" is not a field or a list"},
      {"\"fields.purpose\", ", "\"effective_on.year\", ", "g.textproto:23: forms have no field"},
      {"\"fields.purpose\", ", "\"fields.goals.metric\", ",
       "g.textproto:23: \"fields.goals.metric\" is named twice"},
      {"\"fields.purpose\", ", "\"fields.topics\", ",
       "g.textproto:17: \"fields.topics\" is not among the field_names"},
      {"field: \"effective_on\" base", "field: \"fields.purpose\" base",
       "g.textproto:34: \"fields.purpose\" is not a date"},
      {"base: \"today\"", "base: \"tomorrow\"", "g.textproto:34: forms have no field \"tomorrow\""},
      {"fields: \"fields.policy_url\"", "fields: \"effective_on\"",
       "g.textproto:44: \"effective_on\" is not a text"},
      {"host_list: \"official\"", "host_list: \"offical\"",
       "g.textproto:44: \"offical\" is not among the host_lists"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(ProblemsWith(row.from, row.to), HasSubstr(std::string(row.problem)))
        << row.from << " → " << row.to;
  }
}

TEST(ParseGuidelineTest, RefusesChecksThatCannotBeMeant) {
  constexpr absl::string_view kDate =
      "date_limit { field: \"effective_on\" base: \"today\" maximum_days: 5 }";
  struct Row {
    absl::string_view check, problem;
  };
  const Row rows[] = {
      {"date_limit { field: \"effective_on\" base: \"today\" }",
       "has neither a minimum nor a maximum"},
      {"date_limit { field: \"effective_on\" base: \"today\" minimum_days: 2 maximum_days: 1 }",
       "the minimum is greater than the maximum"},
      {"required_fields {}", "fields is empty"},
      {"one_of_fields { fields: \"fields.purpose\" }", "fields has one entry"},
      {"allowed_values { field: \"fields.kind\" }", "values is empty"},
      {"allowed_values { field: \"fields.kind\" values: \"OFFICIAL\" }",
       "\"fields.kind\" is never \"OFFICIAL\""},
      {"allowed_values { field: \"fields.goals\" values: \"a\" }",
       "\"fields.goals\" is not a field with a value"},
      {"required_text { fields: \"fields.purpose\" }", "any_of is empty"},
      {"required_text { fields: \"fields.kind\" any_of: \"a\" }", "\"fields.kind\" is not a text"},
      {"forbidden_text { fields: \"fields.purpose\" texts: \" \" }", "texts has a blank entry"},
      {"forbidden_hosts { fields: \"fields.purpose\" }", "\"\" is not among the host_lists"},
      {"text_length { fields: \"fields.purpose\" minimum: 0 }", "a length is less than 1"},
      {"text_length { fields: \"fields.purpose\" }", "has neither a minimum nor a maximum"},
      {"head_count { list: \"fields.goals\" minimum: 1 }", "minimum is less than 2"},
      {"head_count { list: \"fields.purpose\" minimum: 2 }", "\"fields.purpose\" is not a list"},
      {"head_count { list: \"fields.goals.metric\" minimum: 2 }",
       "\"fields.goals.metric\" is not a list"},
      {"distinct_people { person: \"fields.purpose\" "
       "list: \"fields.publishing_method.operators\" }",
       "\"fields.purpose\" is not a person"},
      {"distinct_people { person: \"fields.decision_makers.head\" list: \"fields.goals\" }",
       "\"fields.goals\" is not a list of people"},
      {"number_limit { field: \"fields.purpose\" maximum: 1 }",
       "\"fields.purpose\" is not a single number"},
      {"number_limit { field: \"fields.goals.target\" maximum: 1 }",
       "\"fields.goals.target\" is not a single number"},
      {"required_topics { field: \"fields.purpose\" }", "topics is empty"},
      {"required_topics { field: \"fields.purpose\" topics { name: \"a\" any_of: \"b\" } }",
       "name_ja is missing"},
      {"required_topics { field: \"fields.purpose\" topics { name: \"a\" name_ja: \"b\" } }",
       "any_of is empty"},
      {"forbidden_personal_data { fields: \"fields.purpose\" }", "kinds is empty"},
      {"forbidden_personal_data { fields: \"fields.purpose\" kinds: KIND_UNSPECIFIED }",
       "kinds has UNSPECIFIED"},
      {"forbidden_personal_data { fields: \"fields.purpose\" kinds: KIND_EMAIL }",
       "\"\" is not among the host_lists"},
      {"forbidden_personal_data { fields: \"fields.purpose\" kinds: KIND_MY_NUMBER "
       "host_list: \"official\" }",
       "host_list is for KIND_EMAIL alone"},
      {"similar_accounts { fields: \"fields.purpose\" percent: 101 }", "percent is not from 1"},
      {"similar_accounts { fields: \"change_reason\" percent: 60 }",
       "\"change_reason\" is not a single text of an account"},
      {"concurrence { field: \"fields.purpose\" desks: \"legal\" }",
       "\"legal\" is neither \"personal-data\" nor \"it-security\" nor a department"},
      {"concurrence { field: \"fields.purpose\" desks: \"departments/01/04\" }",
       "\"departments/01/04\" is neither"},
      {"concurrence { field: \"fields.purpose\" desks: \"it-security\" desks: \"it-security\" }",
       "\"it-security\" is named twice"},
      {"concurrence { field: \"fields.purpose\" }", "desks is empty"},
      {"concurrence { field: \"fields.goals\" desks: \"it-security\" }",
       "\"fields.goals\" is not a single value"},
      {"concurrence { field: \"fields.purpose\" desks: \"it-security\" changed: \"nothing\" }",
       "forms have no field \"nothing\""},
      {"inactivity { buckets: BUCKET_NOTICE }", "only accounts can be silent"},
      {"inactivity { buckets: BUCKET_NOTICE }", "the guideline has no ladder"},
      {"inactivity {}", "buckets is empty"},
      {"inactivity { buckets: BUCKET_UNSPECIFIED }", "buckets has UNSPECIFIED"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(ProblemsWith(kDate, row.check),
                HasSubstr(absl::StrCat("g.textproto:34: ", row.problem)))
        << row.check;
  }
  EXPECT_THAT(
      ProblemsWith(kDate, "concurrence { field: \"fields.purpose\" desks: \"it-security\" }"),
      HasSubstr("g.textproto:33: a rule that asks for concurrence stops and warns of nothing"));
}

TEST(ParseGuidelineTest, NamesEveryProblemAtOnceButNotWithoutEnd) {
  EXPECT_THAT(
      ProblemsWith("  message: \"{days} days\"\n  message_ja: \"{days}日\"\n", ""),
      ::testing::AllOf(HasSubstr("message is missing\n"), HasSubstr("message_ja is missing")));
  std::string many = kGood;
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&many, "rules{}\n");
  const std::string problems = ProblemsOf(many);
  EXPECT_THAT(problems, HasSubstr("more than 1000 rules"));
  EXPECT_THAT(problems, HasSubstr("g.textproto: and "));
  EXPECT_LE(std::count(problems.begin(), problems.end(), '\n'), 20);
}

TEST(ParseGuidelineTest, RefusesTextThatIsNotUtf8) {
  EXPECT_THAT(ProblemsWith("Authority", "\xe5\xbe"), StartsWith("g.textproto:4: is not UTF-8"));
  EXPECT_THAT(ProblemsWith("Authority", absl::string_view("a\0b", 3)),
              StartsWith("g.textproto:4: is not UTF-8, or has a control character"));
  EXPECT_THAT(ProblemsWith("Authority", "\\377"),
              StartsWith("g.textproto:4: authority is not plain UTF-8 text"));
  EXPECT_THAT(ProblemsWith("amended", "\\001"),
              StartsWith("g.textproto:8: note is not plain UTF-8 text"));
}

// What a pattern repeated up to the longest file that is read makes of it.
std::string Repeated(absl::string_view pattern, absl::string_view before = "",
                     absl::string_view after = "") {
  std::string text(before);
  while (text.size() + pattern.size() + after.size() <= kMaxGuidelineBytes) {
    absl::StrAppend(&text, pattern);
  }
  return absl::StrCat(text, after);
}

int PeakMegabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<int>(usage.ru_maxrss / 1024);
}

// How much memory it takes to refuse `text`; -1 when it was not refused, said no file and line or
// too much, or took a minute of computing. In a child, as the peak of a process never falls.
int MegabytesToRefuse(const std::string& text) {
  constexpr int kWrong = 255;
  const pid_t child = fork();
  if (child == 0) {
    const rlimit seconds{60, 60};
    setrlimit(RLIMIT_CPU, &seconds);
    const int before = PeakMegabytes();
    const std::string problems = ProblemsOf(text);
    const bool refused = absl::StartsWith(problems, "g.textproto:") && problems.size() < 10000;
    _exit(refused ? std::min(PeakMegabytes() - before, kWrong - 1) : kWrong);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status) == kWrong ? -1 : WEXITSTATUS(status);
}

#ifdef ABSL_HAVE_ADDRESS_SANITIZER
constexpr int kMostMegabytes = 256;  // It keeps for a while what was freed.
#else
constexpr int kMostMegabytes = 64;
#endif

TEST(ParseGuidelineTest, RefusesHostileFilesInBoundedMemory) {
  const std::map<std::string, std::string> files = {
      {"10 MB of letters", std::string(10 << 20, 'a')},
      {"10 MB of rules", Repeated("rules{}") + std::string(9 << 20, ' ')},
      {"nested for ever", Repeated("rules{applies_to{when{")},
      {"braces alone", std::string(kMaxGuidelineBytes, '{')},
      {"lines alone", std::string(kMaxGuidelineBytes, '\n')},
      {"empty rules", Repeated("rules{}")},
      {"empty rules in other brackets", Repeated("rules<>")},
      {"one rule less than too many messages", Repeated("rules{}\n").substr(0, 8 * 20000)},
      {"names of nothing", Repeated("field_names{path:\"a\"}\n")},
      {"a list without end", Repeated("\"\",", "host_lists{id:\"a\" hosts:[", "\"\"]}")},
      {"hosts without end", Repeated("hosts:\"a.jp\" ", "host_lists{id:\"a\" ", "}")},
      {"values that are none", Repeated("9,", "rules{inactivity{buckets:[", "1]}}")},
      {"a text without end", Repeated("a", "id:\"", "\"")},
      {"a Japanese text without end", Repeated("あ", "id:\"", "\"")},
      {"placeholders without end", Repeated("{a}", "rules{message:\"", "\"}")},
      {"escapes without end", Repeated("\\001", "title:\"", "\"")},
      {"a number without end", Repeated("9", "versions{effective_on{year:", "}}")},
      {"a name without end", Repeated("a")},
      {"a comment without end", Repeated("#")},
      {"CP932", "title: \"\x93\xbf\x93\x87\x8c\xa7\"\n"},
      {"UTF-16", std::string("\xff\xfei\0d\0:\0", 8)},
      {"UTF-16 without a mark", std::string("i\0d\0:\0", 6)},
      {"UTF-8 cut short", "title: \"\xe5\xbe"},
      {"a surrogate", "title: \"\xed\xa0\x80\""},
      {"a longer form", "title: \"\xc0\xaf\""},
      {"a mark of byte order", "\xef\xbb\xbfid: \"t\""},
      {"NUL", std::string("id: \"t\"\n\0", 9)},
      {"NUL escaped", "id: \"t\\000\""},
  };
  for (const auto& [what, text] : files) {
    const int megabytes = MegabytesToRefuse(text);
    EXPECT_GE(megabytes, 0) << what;
    EXPECT_LE(megabytes, kMostMegabytes) << what;
  }
}

TEST(ParseGuidelineTest, RefusesAnEmptyFile) {
  EXPECT_THAT(ProblemsOf(""), HasSubstr("g.textproto:1: there are no rules"));
}

}  // namespace
}  // namespace daicho::policy
