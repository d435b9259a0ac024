// A stretch of network that tests can make bad.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace daicho::testing {

// What happens to what passes, in both directions.
struct Weather {
  absl::Duration delay;                   // Of each piece.
  bool stalled = false;                   // Nothing passes, and nobody is told.
  bool closed = false;                    // New connections are reset at once.
  std::int64_t stalls_after = INT64_MAX;  // Bytes of a connection towards the server.
};

// Forwards connections to another address of this machine, on a thread of its own. Thread-safe.
class Proxy {
 public:
  // Listens on a free port, or on the Unix socket `path`. `target` as in SetTarget.
  explicit Proxy(const std::string& target = "", const std::string& path = "");
  ~Proxy();

  // The port it listens on; 0 for a Unix socket.
  int port() const;
  // Where new connections go: a port, "7401", or the path of a Unix socket.
  void SetTarget(const std::string& target);

  void Set(const Weather& weather);
  // Ends every connection with a reset, as a crashed router does.
  void Reset();
  // Ends the way from the server to the client of every connection, and leaves the other open.
  void HalfClose();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daicho::testing
