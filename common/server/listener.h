// Takes connections in, for as many as this process can hold.
#pragma once

#include <grpcpp/server_builder.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daicho::server {

// gRPC's own listener never takes a connection again once the process was out of file descriptors
// (seen on 1.51). This one hangs up on those for whom there is no room, and goes on; what the
// process needs itself, to the database say, stays free.
class Listener {
 public:
  // Listens on `address` ("127.0.0.1:7401", "[::]:0"). UNAVAILABLE when it cannot.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& address);
  ~Listener();

  // Has the server that is built take what comes in. To be called before it is built.
  void AddTo(grpc::ServerBuilder& builder, std::shared_ptr<grpc::ServerCredentials> credentials);
  // Begins to take connections. To be called once the server is built.
  void Start();
  // Takes no more. Those there are go on.
  void Stop();

  int port() const { return port_; }

 private:
  // A connection handed to gRPC, which closes it: its descriptor may be another file's by now.
  struct Connection {
    int descriptor;
    ino_t inode;
  };

  Listener(int socket, int port);
  static bool IsClosed(const Connection& connection);
  void Work();
  void Accept();
  void ForgetClosed();
  void CutBusiest();
  void CutAgain();

  const int socket_;
  const int port_;
  const int stop_;  // Readable once it is to stop.
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::vector<Connection> connections_;  // The thread's own, as the rest.
  std::size_t forget_at_ = 1024;
  std::vector<Connection> cut_;  // And not closed by gRPC yet.
  absl::Time cut_at_ = absl::InfinitePast();
  absl::Time said_full_ = absl::InfinitePast();
  std::thread thread_;
};

}  // namespace daicho::server
