#include "tests/support/proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <list>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace daicho::testing {
namespace {

// Bytes on their way in one direction; more are not taken in before these are out.
constexpr std::size_t kMostUnderWay = 256 << 10;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::abort();
}

// The address of a port of this machine, or of a Unix socket.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address AddressOf(const std::string& target) {
  Address address;
  int port = 0;
  if (absl::SimpleAtoi(target, &port)) {
    auto* const inet = reinterpret_cast<sockaddr_in*>(&address.storage);
    inet->sin_family = AF_INET;
    inet->sin_port = htons(static_cast<std::uint16_t>(port));
    inet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.size = sizeof *inet;
    return address;
  }
  auto* const local = reinterpret_cast<sockaddr_un*>(&address.storage);
  local->sun_family = AF_UNIX;
  std::strncpy(local->sun_path, target.c_str(), sizeof local->sun_path - 1);
  address.size = sizeof *local;
  return address;
}

int NewSocket(const Address& address) {
  return socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

// One direction of a connection.
struct Way {
  struct Piece {
    absl::Time due;
    std::string bytes;
  };
  int from = -1;
  int to = -1;
  std::deque<Piece> pieces;
  std::size_t under_way = 0;
  std::int64_t taken = 0;
  bool ended = false;   // Nothing more comes.
  bool passed = false;  // And the other side was told.
};

struct Pair {
  Way out;  // Client to server.
  Way back;
  bool broken = false;
};

void CloseWithReset(int fd) {
  const linger hard{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(fd);
}

}  // namespace

class Proxy::Impl {
 public:
  Impl(const std::string& target, const std::string& path) : target_(target) {
    const Address address = AddressOf(path.empty() ? "0" : path);
    listener_ = NewSocket(address);
    if (!path.empty()) unlink(path.c_str());
    if (bind(listener_, address.get(), address.size) != 0 || listen(listener_, 512) != 0) {
      Die("proxy");
    }
    if (path.empty()) {
      sockaddr_in bound{};
      socklen_t size = sizeof bound;
      getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size);
      port_ = ntohs(bound.sin_port);
    }
    wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    thread_ = std::thread([this] { Work(); });
  }

  ~Impl() {
    Tell([this] { stopping_ = true; });
    thread_.join();
    for (Pair& pair : pairs_) Close(pair);
    close(listener_);
    close(wake_);
  }

  // Changes something that the thread looks at, and wakes it.
  template <typename Change>
  void Tell(Change change) {
    const absl::MutexLock lock(&mutex_);
    change();
    const std::uint64_t one = 1;
    if (write(wake_, &one, sizeof one) < 0) Die("proxy");
  }

  int port() const { return port_; }
  void SetTarget(const std::string& target) {
    Tell([&] { target_ = target; });
  }
  void Set(const Weather& weather) {
    Tell([&] { weather_ = weather; });
  }
  void Reset() {
    Tell([this] { reset_ = true; });
  }
  void HalfClose() {
    Tell([this] { half_close_ = true; });
  }

 private:
  void Work() {
    for (;;) {
      std::vector<pollfd> wanted = {{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
      int timeout = 0;
      {
        const absl::MutexLock lock(&mutex_);
        if (stopping_) return;
        Obey();
        timeout = Want(wanted);
      }
      poll(wanted.data(), wanted.size(), timeout);
      std::uint64_t woken = 0;
      if (read(wake_, &woken, sizeof woken) < 0 && errno != EAGAIN) Die("proxy");
      const absl::MutexLock lock(&mutex_);
      if ((wanted[1].revents & POLLIN) != 0) Accept();
      for (Pair& pair : pairs_) {
        Move(pair, pair.out, weather_.stalls_after);
        Move(pair, pair.back, INT64_MAX);
      }
      pairs_.remove_if([](Pair& pair) {
        if (!pair.broken && !(pair.out.passed && pair.back.passed)) return false;
        Close(pair);
        return true;
      });
    }
  }

  void Obey() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (std::exchange(reset_, false)) {
      for (Pair& pair : pairs_) {
        CloseWithReset(pair.out.from);
        CloseWithReset(pair.out.to);
      }
      pairs_.clear();
    }
    if (std::exchange(half_close_, false)) {
      for (Pair& pair : pairs_) pair.back.ended = true;
    }
  }

  bool Takes(const Way& way, std::int64_t most) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !way.ended && !weather_.stalled && way.taken < most && way.under_way < kMostUnderWay;
  }

  // What to wait for, and for how many milliseconds at most.
  int Want(std::vector<pollfd>& wanted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    absl::Time next = absl::InfiniteFuture();
    for (const Pair& pair : pairs_) {
      for (const Way* way : {&pair.out, &pair.back}) {
        if (Takes(*way, way == &pair.out ? weather_.stalls_after : INT64_MAX)) {
          wanted.push_back({way->from, POLLIN, 0});
        }
        if (way->pieces.empty() || weather_.stalled) continue;
        if (way->pieces.front().due <= absl::Now()) {
          wanted.push_back({way->to, POLLOUT, 0});
        } else {
          next = std::min(next, way->pieces.front().due);
        }
      }
    }
    if (next == absl::InfiniteFuture()) return -1;
    return static_cast<int>(absl::ToInt64Milliseconds(next - absl::Now())) + 1;
  }

  void Accept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    const Address address = AddressOf(target_);
    const int server = weather_.closed ? -1 : NewSocket(address);
    if (server < 0 || (connect(server, address.get(), address.size) != 0 && errno != EINPROGRESS)) {
      if (server >= 0) close(server);
      CloseWithReset(client);
      return;
    }
    Pair& pair = pairs_.emplace_back();
    pair.out.from = pair.back.to = client;
    pair.out.to = pair.back.from = server;
  }

  void Move(Pair& pair, Way& way, std::int64_t most) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (pair.broken || weather_.stalled) return;
    char buffer[65536];
    while (Takes(way, most)) {
      const ssize_t got = recv(way.from, buffer, sizeof buffer, 0);
      if (got < 0 && (errno == EAGAIN || errno == ENOTCONN)) break;
      if (got < 0) pair.broken = true;
      if (got <= 0) way.ended = true;
      if (got <= 0) break;
      way.pieces.push_back({absl::Now() + weather_.delay, std::string(buffer, got)});
      way.under_way += static_cast<std::size_t>(got);
      way.taken += got;
    }
    while (!way.pieces.empty() && way.pieces.front().due <= absl::Now()) {
      std::string& bytes = way.pieces.front().bytes;
      const ssize_t sent = send(way.to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
      if (sent < 0) {
        pair.broken = true;
        return;
      }
      way.under_way -= static_cast<std::size_t>(sent);
      bytes.erase(0, static_cast<std::size_t>(sent));
      if (bytes.empty()) way.pieces.pop_front();
    }
    if (way.ended && way.pieces.empty() && !std::exchange(way.passed, true)) {
      shutdown(way.to, SHUT_WR);
    }
  }

  static void Close(Pair& pair) {
    close(pair.out.from);
    close(pair.out.to);
  }

  int port_ = 0;
  int listener_ = -1;
  int wake_ = -1;

  absl::Mutex mutex_;
  std::string target_ ABSL_GUARDED_BY(mutex_);
  Weather weather_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool reset_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_close_ ABSL_GUARDED_BY(mutex_) = false;

  std::list<Pair> pairs_;  // The thread's own.
  std::thread thread_;
};

Proxy::Proxy(const std::string& target, const std::string& path)
    : impl_(std::make_unique<Impl>(target, path)) {}
Proxy::~Proxy() = default;
int Proxy::port() const { return impl_->port(); }
void Proxy::SetTarget(const std::string& target) { impl_->SetTarget(target); }
void Proxy::Set(const Weather& weather) { impl_->Set(weather); }
void Proxy::Reset() { impl_->Reset(); }
void Proxy::HalfClose() { impl_->HalfClose(); }

}  // namespace daicho::testing
