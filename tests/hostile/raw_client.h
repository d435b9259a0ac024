// A client that speaks TLS and HTTP/2 frame by frame, to do what gRPC's own client never does.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/channel.h"

namespace daicho::testing {

class RawClient {
 public:
  // A TCP connection to a port of this machine. Without one, everything below fails.
  explicit RawClient(int port);
  RawClient(const RawClient&) = delete;
  ~RawClient();

  // TLS with the certificate of `files`, or with none when that is empty. The server's certificate
  // is not looked at.
  bool Handshake(const rpc::TlsFiles& files);
  // The preface of HTTP/2 and settings: how many bytes of each answer may be sent unasked.
  bool Greet(unsigned window = 65535);

  // Sends bytes, over TLS once there was a handshake. False when the other side has hung up, or
  // takes nothing for ten seconds.
  bool Send(absl::string_view bytes);
  // Sends one frame of HTTP/2.
  bool SendFrame(int type, int flags, unsigned stream, absl::string_view payload);
  // Begins a gRPC call of `path` ("/daicho.approval.v1.FormService/ListForms"), without its
  // message.
  bool BeginCall(unsigned stream, absl::string_view path, absl::string_view token);
  // Begins and ends one, with the serialized `message`.
  bool Call(unsigned stream, absl::string_view path, absl::string_view token,
            absl::string_view message);

  // Reads and drops what comes until the other side hangs up. False when it does not in time.
  bool HungUpWithin(absl::Duration patience);

  static constexpr int kData = 0;
  static constexpr int kHeaders = 1;
  static constexpr int kReset = 3;
  static constexpr int kSettings = 4;
  static constexpr int kPing = 6;
  static constexpr int kContinuation = 9;
  static constexpr int kEndStream = 1;
  static constexpr int kEndHeaders = 4;

 private:
  bool Wait(short events, absl::Time deadline) const;  // NOLINT(runtime/int)

  int socket_ = -1;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
};

// A header field as HPACK has it when nothing is compressed.
std::string Field(absl::string_view name, absl::string_view value);

// The head of a gRPC message of `size` bytes.
std::string MessageHead(unsigned size);

}  // namespace daicho::testing
