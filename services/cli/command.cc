#include "services/cli/command.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::cli {
namespace {

// Every flag of the table by name. A name takes a value in all commands or in none, so that words
// can be told from values before the command is known.
std::map<std::string, const Flag*> FlagsByName(const std::vector<Group>& groups) {
  std::map<std::string, const Flag*> flags;
  for (const Flag& flag : GlobalFlags()) flags[flag.name] = &flag;
  for (const Group& group : groups) {
    for (const Command& command : group.commands) {
      for (const Flag& flag : command.flags) flags[flag.name] = &flag;
    }
  }
  return flags;
}

std::string DidYouMean(absl::string_view word, const std::vector<std::string>& candidates,
                       absl::string_view before, absl::string_view after) {
  const std::string nearest = Nearest(word, candidates);
  return nearest.empty() ? "" : absl::StrCat(before, nearest, after);
}

std::vector<std::string> NamesOf(const std::vector<Flag>& flags) {
  std::vector<std::string> names(flags.size());
  std::transform(flags.begin(), flags.end(), names.begin(),
                 [](const Flag& flag) { return flag.name; });
  return names;
}

absl::Status UnknownFlag(const std::string& name, const std::vector<std::string>& candidates) {
  return WrongCommandLine(absl::StrCat("Unknown flag --", name, ".",
                                       DidYouMean(name, candidates, " Did you mean --", "?")),
                          absl::StrCat("--", name, " という指定はありません。",
                                       DidYouMean(name, candidates, "--", " のことですか。")));
}

// Words and flags in the order they stand; which flags the command takes is checked later.
struct Split {
  std::vector<std::string> words;
  std::map<std::string, std::vector<std::string>> flags;
  bool help = false;
};

// Reads the flag at `words[at]`; moves `at` on when its value is a word of its own.
absl::Status TakeFlag(const std::map<std::string, const Flag*>& known,
                      const std::vector<std::string>& words, std::size_t& at, Split& split) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(absl::StripPrefix(words[at], "--"), absl::MaxSplits('=', 1));
  const auto& [name, text] = parts;
  const bool has_value = absl::StrContains(words[at], '=');
  const auto found = known.find(name);
  if (found == known.end()) {
    std::vector<std::string> names(known.size());
    std::transform(known.begin(), known.end(), names.begin(),
                   [](const auto& entry) { return entry.first; });
    return UnknownFlag(name, names);
  }
  std::string value = text;
  if (found->second->value.empty()) {
    bool on = true;
    if (has_value && !absl::SimpleAtob(value, &on)) {
      return WrongCommandLine(absl::StrCat("--", name, " is a switch: true or false."),
                              absl::StrCat("--", name, " の値は true か false だけです。"));
    }
    if (on) split.flags[name].push_back("true");
    return absl::OkStatus();
  }
  if (!has_value) {
    if (++at == words.size()) {
      return WrongCommandLine(absl::StrCat("--", name, " needs a value."),
                              absl::StrCat("--", name, " には値が必要です。"));
    }
    value = words[at];
  }
  split.flags[name].push_back(value);
  return absl::OkStatus();
}

absl::StatusOr<Split> SplitWords(const std::vector<Group>& groups,
                                 const std::vector<std::string>& words) {
  const auto known = FlagsByName(groups);
  Split split;
  bool flags_ended = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (flags_ended || !absl::StartsWith(words[i], "-") || words[i] == "-") {
      split.words.push_back(words[i]);
    } else if (words[i] == "--") {
      flags_ended = true;
    } else if (words[i] == "--help" || words[i] == "-h") {
      split.help = true;
    } else {
      RETURN_IF_ERROR(TakeFlag(known, words, i, split));
    }
  }
  return split;
}

// How many words of `path` begin `words`; 0 unless all of them do.
std::size_t MatchingWords(const std::string& path, const std::vector<std::string>& words) {
  const std::vector<std::string> parts = absl::StrSplit(path, ' ');
  if (parts.size() > words.size()) return 0;
  return std::equal(parts.begin(), parts.end(), words.begin()) ? parts.size() : 0;
}

struct Match {
  const Command* command = nullptr;
  std::size_t words = 0;
};

Match FindCommand(const std::vector<Group>& groups, const std::vector<std::string>& words) {
  Match best;
  for (const Group& group : groups) {
    for (const Command& command : group.commands) {
      const std::size_t matching = MatchingWords(command.path, words);
      if (matching > best.words) best = {&command, matching};
    }
  }
  return best;
}

const Group* FindGroup(const std::vector<Group>& groups, const std::string& name) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const Group& group) { return group.name == name; });
  return found == groups.end() ? nullptr : &*found;
}

absl::Status UnknownCommand(const std::vector<Group>& groups,
                            const std::vector<std::string>& words) {
  std::vector<std::string> candidates;
  std::string asked = words[0];
  std::string help = "daicho help";
  if (const Group* group = FindGroup(groups, words[0]); group != nullptr) {
    for (const Command& command : group->commands) candidates.push_back(command.path);
    absl::StrAppend(&asked, " ", words[1]);
    absl::StrAppend(&help, " ", words[0]);
  } else {
    candidates.push_back("help");
    for (const Group& other : groups) candidates.push_back(other.name);
  }
  return WrongCommandLine(
      absl::StrCat("Unknown command \"", asked, "\".",
                   DidYouMean(asked, candidates, " Did you mean \"", "\"?"), " See: ", help),
      absl::StrCat("「", asked, "」というコマンドはありません。",
                   DidYouMean(asked, candidates, "「", "」のことですか。"), help,
                   " をご覧ください。"));
}

absl::Status CheckFlags(const Command& command, const Arguments& arguments) {
  std::vector<Flag> flags = GlobalFlags();
  flags.insert(flags.end(), command.flags.begin(), command.flags.end());
  for (const auto& [name, values] : arguments.flags) {
    const auto found = std::find_if(flags.begin(), flags.end(),
                                    [name = name](const Flag& flag) { return flag.name == name; });
    if (found == flags.end()) return UnknownFlag(name, NamesOf(flags));
    if (values.size() > 1 && !found->repeated) {
      return WrongCommandLine(absl::StrCat("--", name, " is given twice."),
                              absl::StrCat("--", name, " が重複しています。"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOperands(const Command& command, const Arguments& arguments) {
  const std::vector<std::string> names = absl::StrSplit(command.operands, ' ', absl::SkipEmpty());
  const auto required = static_cast<std::size_t>(std::count_if(
      names.begin(), names.end(), [](const std::string& n) { return !absl::StartsWith(n, "["); }));
  const std::size_t given = arguments.operands.size();
  const bool open_end = !names.empty() && absl::EndsWith(names.back(), "…");
  if (given >= required && (open_end || given <= names.size())) return absl::OkStatus();
  const std::string usage =
      absl::StrCat("daicho ", command.path, names.empty() ? "" : " ", command.operands);
  if (given < required) {
    return WrongCommandLine(absl::StrCat(names[given], " is missing. Usage: ", usage),
                            absl::StrCat(names[given], " がありません。使い方: ", usage));
  }
  const std::string& extra = arguments.operands[names.size()];
  return WrongCommandLine(absl::StrCat("\"", extra, "\" is one word too many. Usage: ", usage),
                          absl::StrCat("「", extra, "」は余分です。使い方: ", usage));
}

}  // namespace

std::string Arguments::Get(const std::string& flag, const std::string& otherwise) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? otherwise : found->second.back();
}

std::vector<std::string> Arguments::All(const std::string& flag) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? std::vector<std::string>() : found->second;
}

const std::vector<Flag>& GlobalFlags() {
  static const auto* const flags = new std::vector<Flag>{
      {"profile", "FILE",
       "プロファイル。既定は環境変数 DAICHO_PROFILE、次に ./var/profile.textproto",
       "Profile. Default: DAICHO_PROFILE, then ./var/profile.textproto"},
      {"as", "NAME", "プロファイルの中の誰として実行するか", "Who of the profile you are"},
      {"token-file", "FILE", "発行者から受け取ったトークンのファイル",
       "File with a token from your issuer"},
      {"format", "table|json", "出力の形式。既定は table", "Form of the output. Default: table"},
      {"get", "PATH", "応答のうち一項目だけを表示", "Print one field of the answer"},
      {"request-id", "UUID", "同じ操作を安全にやり直すための番号",
       "Id with which the same change is repeated safely"},
      {"etag", "ETAG", "見たときの版。既定は現在の版を読む",
       "Version you saw. Default: the current one is read"},
      {"timeout", "DURATION", "一回の呼び出しの上限。既定は 30s",
       "Limit of one call. Default: 30s"}};
  return *flags;
}

absl::StatusOr<Invocation> Parse(const std::vector<Group>& groups,
                                 const std::vector<std::string>& words) {
  ASSIGN_OR_RETURN(const Split split, SplitWords(groups, words));
  Invocation invocation;
  if (split.words.empty() || split.words[0] == "help" || split.help) {
    const bool named = !split.words.empty() && split.words[0] == "help";
    invocation.topic.assign(split.words.begin() + (named ? 1 : 0), split.words.end());
    return invocation;
  }
  const Match match = FindCommand(groups, split.words);
  if (match.command == nullptr && split.words.size() == 1 &&
      FindGroup(groups, split.words[0]) != nullptr) {
    invocation.topic = split.words;
    return invocation;
  }
  if (match.command == nullptr) return UnknownCommand(groups, split.words);
  invocation.command = match.command;
  invocation.arguments.operands.assign(
      split.words.begin() + static_cast<std::ptrdiff_t>(match.words), split.words.end());
  invocation.arguments.flags = split.flags;
  const std::vector<std::string> own = NamesOf(match.command->flags);
  invocation.arguments.own_format = std::find(own.begin(), own.end(), "format") != own.end();
  RETURN_IF_ERROR(CheckFlags(*match.command, invocation.arguments));
  RETURN_IF_ERROR(CheckOperands(*match.command, invocation.arguments));
  return invocation;
}

absl::Status WrongCommandLine(absl::string_view en, absl::string_view ja) {
  return Refuse(absl::StatusCode::kInvalidArgument, "WRONG_COMMAND_LINE", {en, ja});
}

}  // namespace daicho::cli
