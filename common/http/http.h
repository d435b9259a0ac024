// A small HTTP/1.1 server and client for what must not need gRPC: reading the audit log's tiles,
// and witnesses. Everything a peer may do is bounded: sizes, times, connections.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daicho::http {

struct Request {
  std::string method;  // "GET"
  std::string target;  // "/checkpoint"
  std::string body;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string cache_control = "no-store";
  std::string body;
};

// Called by several threads at once. Answers HEAD like GET; the server leaves the body out.
using Handler = std::function<Response(const Request&)>;

struct Limits {
  int connections = 64;                        // More are closed at once.
  int threads = 4;                             // Requests handled at once.
  std::size_t body_bytes = 0;                  // Of a request.
  absl::Duration request = absl::Seconds(10);  // From the first wait to the last byte of a request.
  absl::Duration response = absl::Seconds(30);  // For a client to take the response.
};

class Server {
 public:
  // Listens on `address`, "127.0.0.1:7410"; port 0 takes a free one. INVALID_ARGUMENT for what is
  // no address, UNAVAILABLE when it is taken.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& address, Limits limits,
                                                       Handler handler);
  ~Server();  // Closes every connection and waits for what is being handled.

  int port() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Sends one request to `address`, "192.0.2.7:7411" or "witness.example:7411", and waits for the
// whole response, of at most 64 KB. UNAVAILABLE or DEADLINE_EXCEEDED when there is none. `timeout`
// counts from when the name was found.
absl::StatusOr<Response> Send(const std::string& address, const Request& request,
                              absl::Duration timeout);

}  // namespace daicho::http
