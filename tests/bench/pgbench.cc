#include "tests/bench/pgbench.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace daicho::bench {
namespace {

// Standard output of `command`, a line of the shell. Ends the process when it fails.
std::string OutputOf(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  while (pipe != nullptr && std::fgets(buffer, sizeof(buffer), pipe) != nullptr) output += buffer;
  if (pipe != nullptr && pclose(pipe) == 0) return output;
  Fail(absl::StrCat("failed: ", command, "\n", output));
}

// The number after `label` in what pgbench prints: "tps = 123.4 (…)".
double NumberAfter(const std::string& output, const std::string& label) {
  for (const absl::string_view line : absl::StrSplit(output, '\n')) {
    if (!absl::StartsWith(line, label)) continue;
    const std::vector<std::string> words = absl::StrSplit(line.substr(label.size()), ' ');
    double number = 0;
    if (absl::SimpleAtod(words[0], &number)) return number;
  }
  return 0;
}

}  // namespace

std::string ScriptLiteral(const std::string& text) {
  return absl::StrCat(
      "E'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}, {":", "\\x3a"}}), "'");
}

Rate RunPgbench(const std::string& conninfo, const std::string& script, const char* protocol,
                const Load& load) {
  const std::string output =
      OutputOf(absl::StrCat(DAICHO_PGBENCH, " --no-vacuum --protocol=", protocol,
                            " --file=", script, " --client=", load.under_way,
                            " --jobs=2 --time=", absl::ToInt64Seconds(load.measured + load.warm_up),
                            " '", conninfo, "' 2>&1"));
  return {.per_second = NumberAfter(output, "tps = "),
          .median = absl::Milliseconds(NumberAfter(output, "latency average = "))};
}

}  // namespace daicho::bench
