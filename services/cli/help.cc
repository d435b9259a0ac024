#include "services/cli/help.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

struct Page {
  const char* name;
  const char* text;
};

constexpr Page kPages[] = {
    {"exit-codes", R"(終了コード / Exit codes

  0  成功 / Done
  1  障害、または接続できない / A service failed or cannot be reached
  2  コマンドかファイルの誤り / The command line or a file is wrong
  3  拒否: 条件を満たさない、指摘あり / Refused: a precondition is not met, or findings block
  4  見つからない / Not found
  5  許可されていない、本人確認できない / Not permitted, or not signed in
  6  ほかの人が先に変更した / Somebody else changed it meanwhile
  7  監査ログの検証に失敗 / The audit log could not be verified

daicho lookup は「公式」(OFFICIAL) のときだけ 0、それ以外の判定はすべて 3 です。
daicho lookup ends with 0 for OFFICIAL alone; every other verdict is 3.
daicho form check と policy check は「不可」(BLOCK) の指摘があれば 3 です。
daicho form check and policy check end with 3 when a finding blocks.
import --dry-run は問題が一つでもあれば 2 です。
import --dry-run ends with 2 when the file has a problem.
)"},
    {"profile", R"(プロファイル / Profile

接続先、証明書、名乗れる人を書いた text-format のファイルです (proto: CliProfile)。
--profile、環境変数 DAICHO_PROFILE、./var/profile.textproto の順に探します。
A text-format file (CliProfile) with addresses, certificates and the people --as can name; taken
from --profile, else DAICHO_PROFILE, else ./var/profile.textproto.

  tls { ca_file: "…" certificate_file: "…" private_key_file: "…" }
  targets { service: "registry" address: "127.0.0.1:7402" uri: "spiffe://daicho.example/svc/registry" }
  issuer: "https://issuer.daicho.example"  audience: "daicho"  signing_key_file: "…"
  identities { name: "hirose" display_name: "広瀬" roles: "DEPARTMENT_STAFF" department: "0303" }
  default_identity: "hirose"

本番では signing_key_file を書かず、発行者から受け取ったトークンを --token-file で渡します。
In production leave signing_key_file out and give a token of your issuer as --token-file.
監査で最後に検証した版は audit-head-<名前>.textproto に残ります。
The log head verified last is kept beside the profile as audit-head-<name>.textproto.
)"},
    {"set", R"(項目の指定 / Setting fields

--set PATH=VALUE と --unset PATH は何度でも指定できます。--unset が先に効きます。
--set PATH=VALUE and --unset PATH may be repeated; --unset works first.

  --set fields.purpose=防災情報の発信          文字列 / text
  --set effective_on=2026-12-01                日付 / date
  --set action=ACTION_OPEN                     列挙値 / enum value
  --set fields.term.permanent=true             真偽 / switch
  --set 'fields.publishing_method.operators[0].display_name=広瀬'   一覧の要素 / list entry
  --set fields.purpose=@purpose.txt            ファイルの中身 / content of a file
  --unset fields.goals                         項目とその下をすべて空に / a field and all below it

PATH は daicho form show に表示される名前です。
PATH is what daicho form show prints beside each field.
)"},
};

std::string FlagsText(const std::vector<Flag>& flags) {
  Details details;
  for (const Flag& flag : flags) {
    const std::string name = absl::StrCat("  --", flag.name, flag.value.empty() ? "" : "=",
                                          flag.value, flag.repeated ? " …" : "");
    details.emplace_back(name, absl::StrCat(flag.ja, "\n", flag.en));
  }
  return Render(details);
}

std::string Usage(const Command& command) {
  return absl::StrCat("daicho ", command.path, command.operands.empty() ? "" : " ",
                      command.operands, command.flags.empty() ? "" : " [FLAGS]");
}

std::string CommandText(const Command& command) {
  std::string text = absl::StrCat(Usage(command), "\n\n", command.ja, "\n", command.en, "\n");
  if (!command.flags.empty()) {
    absl::StrAppend(&text, "\n指定 / Flags\n", FlagsText(command.flags));
  }
  absl::StrAppend(&text, "\n例 / Examples\n");
  for (const std::string& example : command.examples) {
    absl::StrAppend(&text, "  ", example, "\n");
  }
  return text;
}

std::string GroupText(const Group& group) {
  std::string text = absl::StrCat(group.ja, "\n", group.en, "\n");
  for (const Command& command : group.commands) {
    absl::StrAppend(&text, "\n", std::string(60, '-'), "\n", CommandText(command));
  }
  return absl::StrCat(text, "\n共通の指定 / Flags of every command: daicho help flags\n");
}

std::string Overview(const std::vector<Group>& groups) {
  std::string text =
      "daicho — 公式SNSアカウントの台帳\ndaicho — the ledger of official social-media accounts\n\n"
      "使い方 / Usage\n  daicho COMMAND [WORDS] [FLAGS]\n\nコマンド / Commands\n";
  Details details;
  for (const Group& group : groups) {
    details.emplace_back("  " + group.name, absl::StrCat(group.ja, "\n", group.en));
  }
  absl::StrAppend(&text, Render(details), "\n共通の指定 / Flags of every command\n",
                  FlagsText(GlobalFlags()), "\n詳しくは / More\n");
  absl::StrAppend(&text, "  daicho help COMMAND, daicho COMMAND --help\n");
  for (const Page& page : kPages) absl::StrAppend(&text, "  daicho help ", page.name, "\n");
  return text;
}

// Commands whose path begins with the words of `topic`.
std::vector<const Command*> Matching(const Group& group, const std::string& topic) {
  std::vector<const Command*> commands;
  for (const Command& command : group.commands) {
    if (absl::StartsWith(absl::StrCat(command.path, " "), absl::StrCat(topic, " "))) {
      commands.push_back(&command);
    }
  }
  return commands;
}

}  // namespace

absl::StatusOr<std::string> HelpOn(const std::vector<Group>& groups,
                                   const std::vector<std::string>& topic) {
  if (topic.empty()) return Overview(groups);
  if (topic[0] == "flags") return FlagsText(GlobalFlags());
  std::vector<std::string> topics = {"flags"};
  for (const Page& page : kPages) {
    if (topic[0] == page.name) return std::string(page.text);
    topics.emplace_back(page.name);
  }
  for (const Group& group : groups) {
    topics.push_back(group.name);
    const bool is_group = group.name == topic[0];
    // `daicho lookup URL --help` asks about the command, whatever its operands; a command of one
    // word needs no group before it.
    const auto one =
        is_group && topic.size() < 2
            ? std::vector<const Command*>()
            : Matching(group, is_group ? absl::StrCat(topic[0], " ", topic[1]) : topic[0]);
    if (!one.empty()) return CommandText(*one.front());
    if (is_group) return GroupText(group);
  }
  const std::string nearest = Nearest(topic[0], topics);
  return WrongCommandLine(absl::StrCat("There is no help on \"", topic[0], "\".",
                                       nearest.empty() ? "" : " Did you mean \"" + nearest + "\"?"),
                          absl::StrCat("「", topic[0], "」の説明はありません。",
                                       nearest.empty() ? "" : "「" + nearest + "」のことですか。"));
}

}  // namespace daicho::cli
