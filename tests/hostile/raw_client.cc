#include "tests/hostile/raw_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace daicho::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

// One for each certificate: making one takes longer than a handshake.
SSL_CTX* ContextOf(const rpc::TlsFiles& files) {
  static std::mutex mutex;
  static auto* const made = new std::map<std::string, SSL_CTX*>;
  const std::lock_guard<std::mutex> lock(mutex);
  SSL_CTX*& context = (*made)[files.certificate];
  if (context != nullptr) return context;
  context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  static constexpr unsigned char kProtocol[] = "\x02h2";
  SSL_CTX_set_alpn_protos(context, kProtocol, 3);
  if (!files.certificate.empty()) {
    SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context, files.private_key.c_str(), SSL_FILETYPE_PEM);
  }
  return context;
}

std::string Big(unsigned value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

// A length or string of HPACK: seven bits, then seven at a time.
std::string Text(absl::string_view text) {
  std::string out;
  std::size_t size = text.size();
  if (size < 127) {
    out += static_cast<char>(size);
  } else {
    out += '\x7f';
    for (size -= 127; size >= 128; size >>= 7) out += static_cast<char>((size & 127) | 128);
    out += static_cast<char>(size);
  }
  return absl::StrCat(out, text);
}

}  // namespace

std::string Field(absl::string_view name, absl::string_view value) {
  return absl::StrCat(std::string(1, '\0'), Text(name), Text(value));
}

std::string MessageHead(unsigned size) { return absl::StrCat(std::string(1, '\0'), Big(size, 4)); }

RawClient::RawClient(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return;
  }
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  socket_ = fd;
}

RawClient::~RawClient() {
  ssl_.reset();
  if (socket_ >= 0) close(socket_);
}

bool RawClient::Wait(short events, absl::Time deadline) const {  // NOLINT(runtime/int)
  pollfd wanted{socket_, events, 0};
  const std::int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  return left > 0 && poll(&wanted, 1, static_cast<int>(left)) == 1;
}

bool RawClient::Handshake(const rpc::TlsFiles& files) {
  if (socket_ < 0) return false;
  ssl_.reset(SSL_new(ContextOf(files)));
  SSL_set_fd(ssl_.get(), socket_);
  const absl::Time deadline = absl::Now() + kPatience;
  for (;;) {
    const int done = SSL_connect(ssl_.get());
    if (done == 1) return true;
    const int error = SSL_get_error(ssl_.get(), done);
    ERR_clear_error();
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return false;
    if (!Wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) return false;
  }
}

bool RawClient::Greet(unsigned window) {
  // 4: SETTINGS_INITIAL_WINDOW_SIZE.
  return Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") &&
         SendFrame(kSettings, 0, 0, absl::StrCat(Big(4, 2), Big(window, 4)));
}

bool RawClient::Send(absl::string_view bytes) {
  if (socket_ < 0) return false;
  const absl::Time deadline = absl::Now() + kPatience;
  while (!bytes.empty()) {
    const int size = static_cast<int>(bytes.size());
    int sent = 0;
    int error = SSL_ERROR_WANT_WRITE;
    if (ssl_ != nullptr) {
      sent = SSL_write(ssl_.get(), bytes.data(), size);
      if (sent <= 0) error = SSL_get_error(ssl_.get(), sent);
      ERR_clear_error();
    } else {
      sent = static_cast<int>(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
      if (sent < 0 && errno != EAGAIN) error = SSL_ERROR_SYSCALL;
    }
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ) {
      return false;
    } else if (!Wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) {
      return false;
    }
  }
  return true;
}

bool RawClient::SendFrame(int type, int flags, unsigned stream, absl::string_view payload) {
  return Send(absl::StrCat(Big(static_cast<unsigned>(payload.size()), 3),
                           Big(static_cast<unsigned>(type), 1),
                           Big(static_cast<unsigned>(flags), 1), Big(stream, 4), payload));
}

bool RawClient::BeginCall(unsigned stream, absl::string_view path, absl::string_view token) {
  std::string fields =
      absl::StrCat(Field(":method", "POST"), Field(":scheme", "https"), Field(":path", path),
                   Field(":authority", "localhost"), Field("te", "trailers"),
                   Field("content-type", "application/grpc"));
  if (!token.empty()) {
    absl::StrAppend(&fields, Field("authorization", absl::StrCat("Bearer ", token)));
  }
  return SendFrame(kHeaders, kEndHeaders, stream, fields);
}

bool RawClient::Call(unsigned stream, absl::string_view path, absl::string_view token,
                     absl::string_view message) {
  return BeginCall(stream, path, token) &&
         SendFrame(kData, kEndStream, stream,
                   absl::StrCat(MessageHead(static_cast<unsigned>(message.size())), message));
}

bool RawClient::HungUpWithin(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  char buffer[16384];
  for (;;) {
    int got = 0;
    bool wait = false;
    if (ssl_ != nullptr && SSL_is_init_finished(ssl_.get())) {
      got = SSL_read(ssl_.get(), buffer, sizeof buffer);
      wait = got <= 0 && SSL_get_error(ssl_.get(), got) == SSL_ERROR_WANT_READ;
      ERR_clear_error();
    } else {
      got = static_cast<int>(recv(socket_, buffer, sizeof buffer, 0));
      wait = got < 0 && errno == EAGAIN;
    }
    if (got > 0) continue;
    if (!wait) return true;
    if (!Wait(POLLIN, deadline)) return false;
  }
}

}  // namespace daicho::testing
