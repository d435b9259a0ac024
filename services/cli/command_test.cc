#include "services/cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "services/cli/commands.h"
#include "services/cli/help.h"

namespace daicho::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<Invocation> ParseLine(const std::string& line) {
  return Parse(AllCommands(), absl::StrSplit(line, ' ', absl::SkipEmpty()));
}

std::string Problem(const std::string& line) {
  const auto parsed = ParseLine(line);
  if (parsed.ok()) return "understood";
  EXPECT_EQ(ReasonOf(parsed.status()), "WRONG_COMMAND_LINE");
  return std::string(parsed.status().message());
}

TEST(ParseTest, FindsTheCommandWithTheMostWords) {
  EXPECT_EQ(ParseLine("token")->command->path, "token");
  EXPECT_EQ(ParseLine("token init d")->command->path, "token init");
}

TEST(ParseTest, TakesFlagsAnywhere) {
  const auto parsed = ParseLine("--as hirose form --format=json show --get state forms/1");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->command->path, "form show");
  EXPECT_THAT(parsed->arguments.operands, ElementsAre("forms/1"));
  EXPECT_EQ(parsed->arguments.Get("as"), "hirose");
  EXPECT_EQ(parsed->arguments.Get("format"), "json");
  EXPECT_EQ(parsed->arguments.Get("get"), "state");
}

TEST(ParseTest, KeepsRepeatedFlagsInOrder) {
  const auto parsed = ParseLine("form update 1 --set a=1=2 --set b=");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_THAT(parsed->arguments.All("set"), ElementsAre("a=1=2", "b="));
}

TEST(ParseTest, LeavesWhatFollowsTwoDashesAlone) {
  const auto parsed = ParseLine("form show -- --odd");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_THAT(parsed->arguments.operands, ElementsAre("--odd"));
}

TEST(ParseTest, ReadsSwitches) {
  EXPECT_TRUE(ParseLine("form decide 1 --agree")->arguments.Has("agree"));
  EXPECT_FALSE(ParseLine("form decide 1 --agree=false")->arguments.Has("agree"));
  EXPECT_THAT(Problem("form decide 1 --agree=maybe"), HasSubstr("--agree is a switch"));
}

TEST(ParseTest, NamesTheNearestCommand) {
  EXPECT_THAT(Problem("lokup"), HasSubstr("Did you mean \"lookup\""));
  EXPECT_THAT(Problem("form sbmit 1"), HasSubstr("Did you mean \"form submit\""));
  EXPECT_THAT(Problem("zzzzzzzz"), ::testing::Not(HasSubstr("Did you mean")));
}

TEST(ParseTest, NamesTheNearestFlag) {
  EXPECT_THAT(Problem("form decide 1 --agre"), HasSubstr("Did you mean --agree"));
}

TEST(ParseTest, RefusesAFlagOfAnotherCommand) {
  EXPECT_THAT(Problem("form show 1 --dry-run"), HasSubstr("Unknown flag --dry-run"));
}

TEST(ParseTest, RefusesAFlagGivenTwice) {
  EXPECT_THAT(Problem("form list --as a --as b"), HasSubstr("--as is given twice"));
}

TEST(ParseTest, RefusesAFlagWithoutItsValue) {
  EXPECT_THAT(Problem("form list --as"), HasSubstr("--as needs a value"));
}

TEST(ParseTest, CountsOperands) {
  EXPECT_THAT(Problem("form show"), HasSubstr("FORM is missing"));
  EXPECT_THAT(Problem("form show 1 2"), HasSubstr("\"2\" is one word too many"));
  EXPECT_EQ(Problem("lookup"), "understood");
  EXPECT_EQ(Problem("lookup https://x.com/a"), "understood");
}

TEST(ParseTest, AsksForHelpWithAWordAFlagOrAGroupAlone) {
  for (const char* line : {"help form", "form --help", "form -h", "form"}) {
    const auto parsed = ParseLine(line);
    ASSERT_TRUE(parsed.ok()) << line;
    EXPECT_EQ(parsed->command, nullptr) << line;
    EXPECT_THAT(parsed->topic, ElementsAre("form")) << line;
  }
}

TEST(CommandTableTest, GivesAFlagTheSameShapeEverywhere) {
  std::map<std::string, bool> takes_value;
  for (const Flag& flag : GlobalFlags()) takes_value[flag.name] = !flag.value.empty();
  for (const Group& group : AllCommands()) {
    for (const Command& command : group.commands) {
      for (const Flag& flag : command.flags) {
        const auto [known, is_new] = takes_value.emplace(flag.name, !flag.value.empty());
        EXPECT_EQ(known->second, !flag.value.empty()) << command.path << " --" << flag.name;
      }
    }
  }
}

// The words of a line as a shell takes it apart, with single quotes.
std::vector<std::string> WordsOf(absl::string_view line) {
  std::vector<std::string> words = {""};
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      words.emplace_back();
    } else {
      words.back().push_back(c);
    }
  }
  return words;
}

TEST(CommandTableTest, HasHelpWithExamplesThatParse) {
  for (const Group& group : AllCommands()) {
    for (const Command& command : group.commands) {
      ASSERT_FALSE(command.examples.empty()) << command.path;
      for (const std::string& example : command.examples) {
        std::vector<std::string> words = WordsOf(example);
        words.erase(words.begin());
        const auto redirection = std::find(words.begin(), words.end(), ">");
        words.erase(redirection, words.end());
        const auto parsed = Parse(AllCommands(), words);
        ASSERT_TRUE(parsed.ok()) << example << ": " << parsed.status();
        EXPECT_EQ(parsed->command, &command) << example;
      }
    }
  }
}

TEST(HelpTest, ListsEveryGroupAndCommand) {
  const std::string overview = *HelpOn(AllCommands(), {});
  for (const Group& group : AllCommands()) {
    EXPECT_THAT(overview, HasSubstr(group.en));
    const std::string text = *HelpOn(AllCommands(), {group.name});
    for (const Command& command : group.commands) {
      EXPECT_THAT(text, HasSubstr("daicho " + command.path));
      EXPECT_THAT(text, HasSubstr(command.ja));
      EXPECT_THAT(text, HasSubstr(command.en));
    }
  }
}

TEST(HelpTest, ExplainsOneCommand) {
  const std::string text = *HelpOn(AllCommands(), {"form", "decide"});
  EXPECT_THAT(text, HasSubstr("--agree"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("form submit")));
}

TEST(HelpTest, ExplainsACommandOfOneWord) {
  EXPECT_THAT(*HelpOn(AllCommands(), {"lookup-file"}), HasSubstr("daicho lookup-file urls.txt"));
}

TEST(HelpTest, NamesTheNearestTopic) {
  EXPECT_THAT(HelpOn(AllCommands(), {"exit-code"}).status().message(), HasSubstr("exit-codes"));
}

// Lines of a file of `deploy` that begin with `start`, without it.
std::vector<std::string> LinesAfter(const std::string& path, const std::string& start) {
  std::vector<std::string> found;
  std::ifstream in("deploy/" + path);
  for (std::string line; std::getline(in, line);) {
    absl::string_view rest = absl::StripLeadingAsciiWhitespace(line);
    if (absl::ConsumePrefix(&rest, start)) found.emplace_back(rest);
  }
  return found;
}

// Nobody sees what a timer's command line answers when it is wrong.
TEST(DeployTest, UnitsAndJobsRunCommandsThatThereAre) {
  const auto units = LinesAfter("systemd/daicho-report.service", "ExecStart=/usr/bin/daicho ");
  const auto jobs = LinesAfter("kubernetes/report-cronjob.yaml", "command: [\"daicho\", ");
  ASSERT_THAT(units, ::testing::SizeIs(1));
  ASSERT_THAT(jobs, ::testing::SizeIs(1));
  for (const std::string& line :
       {units[0], absl::StrReplaceAll(jobs[0], {{"\"", ""}, {",", ""}, {"]", ""}})}) {
    const auto parsed = ParseLine(line);
    ASSERT_TRUE(parsed.ok()) << line << ": " << parsed.status();
    EXPECT_EQ(parsed->command->path, "report inactivity");
    EXPECT_TRUE(parsed->arguments.Has("monthly"));
  }
}

}  // namespace
}  // namespace daicho::cli
