// daicho: the command line for people and timers.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "absl/time/clock.h"
#include "services/cli/app.h"

namespace {

// Columns of standard output; 0 when it is no terminal.
int TerminalWidth() {
  winsize size = {};
  if (!isatty(STDOUT_FILENO)) return 0;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

int main(int argc, char** argv) {
  // gRPC's own log says nothing that the error of a call does not.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  const std::vector<std::string> words(argv + 1, argv + argc);
  const char* profile = std::getenv("DAICHO_PROFILE");
  const daicho::cli::Surroundings around{
      std::cout,
      std::cerr,
      TerminalWidth(),
      profile == nullptr || *profile == '\0' ? "var/profile.textproto" : profile,
      daicho::cli::QuotedForShell(words),
      absl::Now(),
      isatty(STDERR_FILENO) == 1};
  const daicho::cli::Exit exit = daicho::cli::Run(words, around);
  // A full disk or a closed pipe must not look like success.
  std::cout.flush();
  if (!std::cout.good()) {
    std::cerr << "標準出力に書き込めません。空き容量などを確認してください。\n"
                 "Standard output cannot be written; is the disk full?\n";
    return static_cast<int>(daicho::cli::Exit::kFault);
  }
  return static_cast<int>(exit);
}
