// The floor of a lookup: a server of the same style that does nothing.
#pragma once

#include <sys/types.h>

#include <string>

#include "common/rpc/channel.h"

namespace daicho::bench {

// Serves LookupService on the callback API with empty answers until its parent ends, and writes
// its port to `port_file`. With TLS when `tls` names files, in plain text when it names none.
// Exit status of the process.
int ServeEmpty(const rpc::TlsFiles& tls, const std::string& port_file);

// A process of this program that runs ServeEmpty; gone when this is.
class EmptyServer {
 public:
  EmptyServer(const rpc::TlsFiles& tls, const std::string& port_file);
  EmptyServer(const EmptyServer&) = delete;
  EmptyServer& operator=(const EmptyServer&) = delete;
  ~EmptyServer();

  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  std::string address_;
};

}  // namespace daicho::bench
