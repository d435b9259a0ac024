// Certificates for tests: real ones, of an authority of their own.
#pragma once

#include <string>
#include <vector>

#include "common/rpc/channel.h"

namespace daicho::testing {

// A folder under /tmp, removed with all it holds when this goes away.
class TempFolder {
 public:
  TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();

  std::string File(const std::string& name) const { return path_ + "/" + name; }
  // Writes the whole of a file in one step, as a careful administrator does.
  std::string Write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

// The URI in the certificate of `name`.
std::string UriOf(const std::string& name);

// Certificates for `names`, made by deploy/tls/mkca.sh. Ends the process when they cannot be made.
class Pki {
 public:
  explicit Pki(const std::vector<std::string>& names);

  // Files of one of `names`.
  rpc::TlsFiles Files(const std::string& name) const;
  const TempFolder& folder() const { return folder_; }

 private:
  TempFolder folder_;
};

}  // namespace daicho::testing
