#include "common/rpc/testing/pki.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/support/process.h"

namespace daicho::testing {

TempFolder::TempFolder() {
  char path[] = "/tmp/daicho-test-XXXXXX";
  if (mkdtemp(path) == nullptr) {
    std::perror("mkdtemp");
    std::abort();
  }
  path_ = path;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::Write(const std::string& name, const std::string& content) const {
  const std::string path = File(name);
  std::ofstream(path + ".new", std::ios::binary) << content;
  std::filesystem::rename(path + ".new", path);
  return path;
}

std::string UriOf(const std::string& name) { return "spiffe://daicho.example/svc/" + name; }

Pki::Pki(const std::vector<std::string>& names) {
  std::vector<std::string> command = {DAICHO_MKCA, folder_.File("pki")};
  command.insert(command.end(), names.begin(), names.end());
  const absl::Status made = RunCommand(command, {});
  if (made.ok()) return;
  std::cerr << "no certificates: " << made << "\n";
  std::abort();
}

rpc::TlsFiles Pki::Files(const std::string& name) const {
  return {folder_.File("pki/ca.crt"), folder_.File("pki/" + name + ".crt"),
          folder_.File("pki/" + name + ".key")};
}

}  // namespace daicho::testing
