#include "tests/support/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

extern char** environ;

namespace daicho::testing {

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command, const SpawnOptions& options) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (options.input >= 0) {
    posix_spawn_file_actions_adddup2(&actions, options.input, STDIN_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  if (!options.output.empty()) {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, options.output.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (options.new_session) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);

  pid_t process = 0;
  const int error = posix_spawnp(&process, words[0], &actions, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::InternalError(absl::StrCat(command[0], ": ", strerror(error)));
  return process;
}

int WaitFor(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

absl::Status RunCommand(const std::vector<std::string>& command, const SpawnOptions& options) {
  ASSIGN_OR_RETURN(const pid_t process, Spawn(command, options));
  const int status = WaitFor(process);
  if (status == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(command[0], " ended with status ", status));
}

absl::StatusOr<std::string> OutputOn(const std::string& bytes, std::vector<std::string> command) {
  std::string folder = (std::filesystem::temp_directory_path() / "daicho-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return absl::InternalError("no temporary folder");
  const absl::Cleanup remove = [&] { std::filesystem::remove_all(folder); };
  const std::string path = folder + "/file", output = folder + "/output";
  std::ofstream(path, std::ios::binary) << bytes;
  for (std::string& word : command) {
    if (word == "{}") word = path;
  }
  const absl::Status ran = RunCommand(command, {.output = output});
  std::ifstream file(output, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!ran.ok()) return absl::InternalError(absl::StrCat(ran.message(), "\n", text));
  return text;
}

}  // namespace daicho::testing
