// The command line: a table of commands that drives parsing, dispatch and help.
//
// Not absl flags: those belong to the process rather than to a command, cannot be given more than
// once (`--set`), and end the program by themselves, in English, with a status of their own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/nearest.h"

namespace daicho::cli {

class Session;

// Exit status of the program; `daicho help exit-codes` explains them.
enum class Exit {
  kOk = 0,
  kFault = 1,         // A service cannot be reached, or failed.
  kUsage = 2,         // Wrong command line or file.
  kRefused = 3,       // A precondition is not met, findings block, a lookup is not OFFICIAL.
  kNotFound = 4,      // No such resource.
  kNotPermitted = 5,  // Not signed in, or not allowed.
  kChanged = 6,       // Somebody else changed it meanwhile.
  kNotVerified = 7,   // The audit log does not hold what it should.
};

// One flag of a command.
struct Flag {
  std::string name;   // "handle"
  std::string value;  // What it takes, as help shows it: "URL". Empty for a switch.
  std::string ja;
  std::string en;
  bool repeated = false;
};

// A command line, taken apart.
struct Arguments {
  std::vector<std::string> operands;  // What follows the command's own words.
  std::map<std::string, std::vector<std::string>> flags;
  bool own_format = false;  // The command has a --format of its own in place of table|json.

  bool Has(const std::string& flag) const { return flags.count(flag) > 0; }
  // The flag's value, the last when repeated; `otherwise` when it is not given.
  std::string Get(const std::string& flag, const std::string& otherwise = "") const;
  // Every value, in the order given.
  std::vector<std::string> All(const std::string& flag) const;
};

using RunCommand = absl::StatusOr<Exit> (*)(Session&, const Arguments&);

struct Command {
  std::string path;      // "form draft"
  std::string operands;  // "FORM"; in brackets when it may be left out: "[URL]"; the last as often
                         // as one likes: "FILE…".
  std::string ja;
  std::string en;
  std::vector<Flag> flags;
  std::vector<std::string> examples;
  RunCommand run = nullptr;
};

// Commands under one word.
struct Group {
  std::string name;
  std::string ja;
  std::string en;
  std::vector<Command> commands;
};

// Flags every command takes.
const std::vector<Flag>& GlobalFlags();

// A command line matched with the table.
struct Invocation {
  const Command* command = nullptr;  // Null when help is asked for.
  std::vector<std::string> topic;    // What help is asked for; empty for all of it.
  Arguments arguments;
};

// Takes `words` (without the program's name) apart. Flags may stand anywhere, as `--flag=value` or
// `--flag value`; `--` ends them. Refuses with INVALID_ARGUMENT (WRONG_COMMAND_LINE) and names the
// nearest command or flag.
absl::StatusOr<Invocation> Parse(const std::vector<Group>& groups,
                                 const std::vector<std::string>& words);

// INVALID_ARGUMENT (WRONG_COMMAND_LINE).
absl::Status WrongCommandLine(absl::string_view en, absl::string_view ja);

}  // namespace daicho::cli
