#include "common/http/http.h"

#include <utility>
// Boost 1.74 wants <utility> first.
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"

namespace daicho::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using beast::http::string_body;

constexpr std::size_t kHeaderBytes = 8 << 10;
constexpr std::size_t kResponseBytes = 64 << 10;

absl::Status RefuseAddress(absl::string_view address) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", address, "\" is no address: write 127.0.0.1:7410 or [::1]:7410"));
}

struct HostAndPort {
  std::string host;  // Without brackets.
  std::uint16_t port = 0;
};

absl::StatusOr<HostAndPort> Split(absl::string_view address) {
  const std::size_t colon = address.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || colon == 0 ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return RefuseAddress(address);
  }
  absl::string_view host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return HostAndPort{std::string(host), static_cast<std::uint16_t>(port)};
}

// Where to listen: an IP address, so that nobody's name server decides it.
absl::StatusOr<tcp::endpoint> ParseAddress(absl::string_view address) {
  ASSIGN_OR_RETURN(const HostAndPort parts, Split(address));
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(parts.host, error);
  if (error) return RefuseAddress(address);
  return tcp::endpoint(ip, parts.port);
}

beast::http::response<string_body> ToBeast(Response response, const Request& request,
                                           unsigned version, bool keep_alive) {
  beast::http::response<string_body> out(
      static_cast<beast::http::status>(static_cast<unsigned>(response.status)), version);
  out.set(beast::http::field::content_type, response.content_type);
  out.set(beast::http::field::cache_control, response.cache_control);
  out.set("X-Content-Type-Options", "nosniff");
  out.keep_alive(keep_alive);
  out.content_length(response.body.size());
  if (request.method != "HEAD") out.body() = std::move(response.body);
  return out;
}

// What all connections of a server share.
struct Shared {
  Limits limits;
  Handler handler;
  std::atomic<int> connections{0};
};

// One connection. Whatever goes wrong ends it: a peer that wants more connects anew.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<Shared> shared)
      : stream_(std::move(socket)), shared_(std::move(shared)) {
    ++shared_->connections;
  }
  ~Session() { --shared_->connections; }

  void Start() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->Read(); });
  }

 private:
  void Read() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytes);
    parser_->body_limit(shared_->limits.body_bytes);
    stream_.expires_after(absl::ToChronoMilliseconds(shared_->limits.request));
    beast::http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const beast::error_code& error, std::size_t) {
          if (!error) self->Answer();
        });
  }

  void Answer() {
    const auto& message = parser_->get();
    const Request request{.method = std::string(message.method_string()),
                          .target = std::string(message.target()),
                          .body = message.body()};
    response_ =
        ToBeast(shared_->handler(request), request, message.version(), message.keep_alive());
    stream_.expires_after(absl::ToChronoMilliseconds(shared_->limits.response));
    beast::http::async_write(
        stream_, response_,
        [self = shared_from_this()](const beast::error_code& error, std::size_t) {
          if (!error && self->response_.keep_alive()) self->Read();
        });
  }

  beast::tcp_stream stream_;
  std::shared_ptr<Shared> shared_;
  beast::flat_buffer buffer_{2 * kHeaderBytes + kResponseBytes};
  std::optional<beast::http::request_parser<string_body>> parser_;
  beast::http::response<string_body> response_;
};

}  // namespace

class Server::Impl {
 public:
  Impl(Limits limits, Handler handler) : shared_(std::make_shared<Shared>()) {
    shared_->limits = limits;
    shared_->handler = std::move(handler);
  }

  ~Impl() {
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
  }

  absl::Status Listen(const std::string& address) {
    const absl::StatusOr<tcp::endpoint> endpoint = ParseAddress(address);
    if (!endpoint.ok()) return endpoint.status();
    boost::system::error_code error;
    acceptor_.open(endpoint->protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(*endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", address, ": ", error.message()));
    }
    Accept();
    for (int i = 0; i < shared_->limits.threads; ++i) {
      threads_.emplace_back([this] { context_.run(); });
    }
    return absl::OkStatus();
  }

  int port() const { return acceptor_.local_endpoint().port(); }

 private:
  void Accept() {
    acceptor_.async_accept(asio::make_strand(context_),
                           [this](const beast::error_code& error, tcp::socket socket) {
                             if (error == asio::error::operation_aborted) return;
                             if (!error && shared_->connections < shared_->limits.connections) {
                               std::make_shared<Session>(std::move(socket), shared_)->Start();
                             }
                             Accept();
                           });
  }

  std::shared_ptr<Shared> shared_;
  asio::io_context context_;
  tcp::acceptor acceptor_{context_};
  std::vector<std::thread> threads_;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& address, Limits limits,
                                                      Handler handler) {
  auto impl = std::make_unique<Impl>(limits, std::move(handler));
  const absl::Status listening = impl->Listen(address);
  if (!listening.ok()) return listening;
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

int Server::port() const { return impl_->port(); }

absl::StatusOr<Response> Send(const std::string& address, const Request& request,
                              absl::Duration timeout) {
  ASSIGN_OR_RETURN(const HostAndPort parts, Split(address));
  asio::io_context context;
  tcp::resolver resolver(context);
  beast::tcp_stream stream(context);
  beast::http::request<string_body> out(beast::http::string_to_verb(request.method), request.target,
                                        11);
  out.set(beast::http::field::host, address);
  out.body() = request.body;
  out.prepare_payload();
  beast::flat_buffer buffer;
  beast::http::response_parser<string_body> parser;
  parser.header_limit(kHeaderBytes);
  parser.body_limit(kResponseBytes);
  beast::error_code outcome = asio::error::timed_out;
  const auto send = [&](const beast::error_code& error, const tcp::endpoint&) {
    outcome = error;
    if (error) return;
    beast::http::async_write(stream, out, [&](const beast::error_code& error, std::size_t) {
      outcome = error;
      if (error) return;
      beast::http::async_read(
          stream, buffer, parser,
          [&](const beast::error_code& error, std::size_t) { outcome = error; });
    });
  };
  resolver.async_resolve(
      parts.host, absl::StrCat(parts.port), tcp::resolver::numeric_service,
      [&](const beast::error_code& error, const tcp::resolver::results_type& endpoints) {
        outcome = error;
        if (error) return;
        stream.expires_after(absl::ToChronoMilliseconds(timeout));
        stream.async_connect(endpoints, send);
      });
  context.run();
  if (outcome == beast::error::timeout) {
    return absl::DeadlineExceededError(absl::StrCat(address, " does not answer"));
  }
  if (outcome) return absl::UnavailableError(absl::StrCat(address, ": ", outcome.message()));
  const auto& message = parser.get();
  return Response{.status = static_cast<int>(message.result_int()),
                  .content_type = std::string(message[beast::http::field::content_type]),
                  .body = message.body()};
}

}  // namespace daicho::http
