#include "services/cli/app.h"

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/help.h"

namespace daicho::cli {
namespace {

Exit Report(const absl::Status& status, bool as_json, const Repeat& repeat,
            const Surroundings& around) {
  around.err << (as_json ? ErrorJson(status, repeat) : ErrorText(status, repeat));
  return ExitOf(status);
}

// Whether errors are wanted as JSON, also when the command line cannot be understood.
bool WantsJson(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") return false;
    if (words[i] == "--format=json") return true;
    if (words[i] == "--format" && i + 1 < words.size() && words[i + 1] == "json") return true;
  }
  return false;
}

}  // namespace

const std::vector<Group>& AllCommands() {
  static const auto* const groups = new std::vector<Group>{
      LookupCommands(),  DepartmentCommands(), AccountCommands(), FactCommands(),
      WarningCommands(), IncidentCommands(),   FormCommands(),    AdviceCommands(),
      FindingCommands(), PolicyCommands(),     ReportCommands(),  AuditCommands(),
      TokenCommands()};
  return *groups;
}

Exit Run(const std::vector<std::string>& words, const Surroundings& around) {
  const bool as_json = WantsJson(words);
  const absl::StatusOr<Invocation> invocation = Parse(AllCommands(), words);
  if (!invocation.ok()) return Report(invocation.status(), as_json, {}, around);
  if (invocation->command == nullptr) {
    const absl::StatusOr<std::string> help = HelpOn(AllCommands(), invocation->topic);
    if (!help.ok()) return Report(help.status(), as_json, {}, around);
    around.out << *help;
    return Exit::kOk;
  }
  const auto session = Session::Make(invocation->arguments, around);
  if (!session.ok()) return Report(session.status(), as_json, {}, around);
  const absl::StatusOr<Exit> exit = invocation->command->run(**session, invocation->arguments);
  if (!exit.ok()) return Report(exit.status(), as_json, (*session)->repeat(), around);
  return *exit;
}

std::string QuotedForShell(const std::vector<std::string>& words) {
  std::string line = "daicho";
  for (const std::string& word : words) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
      return absl::ascii_isalnum(c) || absl::StrContains("-_=/.:,@%+", c);
    });
    absl::StrAppend(
        &line, " ",
        plain ? word : absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'"));
  }
  return line;
}

}  // namespace daicho::cli
