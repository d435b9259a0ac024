#include "common/server/listener.h"

#include <linux/tcp.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/log.h"

#ifdef ABSL_HAVE_ADDRESS_SANITIZER
#include <sanitizer/allocator_interface.h>
#endif

namespace daicho::server {
namespace {

// File descriptors that connections leave to the rest of the process.
constexpr int kReserve = 128;
constexpr int kBacklog = 1024;
constexpr absl::Duration kSayAgainAfter = absl::Minutes(1);
constexpr absl::Duration kLookEvery = absl::Milliseconds(200);
// For what was cut to be freed, before the next is cut.
constexpr absl::Duration kCutPatience = absl::Seconds(1);
// After a cut, smaller amounts are given back as well.
constexpr absl::Duration kGiveBack = absl::Seconds(30);
// How far memory may grow from what starting took: what gRPC is allowed, the ledger's directory,
// and as much again.
constexpr std::size_t kMaxGrowth = std::size_t{3} << 29;

absl::Status Unavailable(const std::string& address, const char* why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", why));
}

// As many file descriptors as the machine lets this process have; the soft limit is often 1,024.
void RaiseDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// A new descriptor has the lowest number that is free, so that its number says how many there are.
bool HasRoom(int descriptor) {
  rlimit limit{};
  (void)getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<rlim_t>(descriptor) + kReserve < limit.rlim_cur;
}

// 0 when it is no file, or not ours.
ino_t InodeOf(int descriptor) {
  struct stat info {};
  return fstat(descriptor, &info) == 0 ? info.st_ino : 0;
}

std::uint64_t BytesFrom(int connection) {
  tcp_info info{};
  socklen_t size = sizeof info;
  (void)getsockopt(connection, IPPROTO_TCP, TCP_INFO, &info, &size);
  return info.tcpi_bytes_received;
}

// What is allocated and not given back. Takes the allocator's locks.
std::size_t HeapBytes() {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  return __sanitizer_get_current_allocated_bytes();  // Its allocator tells mallinfo2 nothing.
#else
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
#endif
}

// The same and what the allocator keeps for later. Costs next to nothing.
std::size_t ResidentBytes() {
  std::size_t size = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(getpagesize());
}

int PortOf(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                           : reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return Unavailable(address, "it has no port");
  const std::string host(absl::StripSuffix(absl::StripPrefix(address.substr(0, colon), "["), "]"));
  addrinfo wanted{};
  wanted.ai_flags = AI_PASSIVE;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int resolved = getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                   address.substr(colon + 1).c_str(), &wanted, &found);
  if (resolved != 0) return Unavailable(address, gai_strerror(resolved));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> cleanup(found, &freeaddrinfo);
  const int listening = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listening < 0) return Unavailable(address, strerror(errno));
  const int yes = 1;
  (void)setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listening, found->ai_addr, found->ai_addrlen) != 0 || listen(listening, kBacklog) != 0) {
    const absl::Status status = Unavailable(address, strerror(errno));
    close(listening);
    return status;
  }
  RaiseDescriptors();
  return std::unique_ptr<Listener>(new Listener(listening, PortOf(listening)));
}

Listener::Listener(int socket, int port)
    : socket_(socket), port_(port), stop_(eventfd(0, EFD_CLOEXEC)) {}

Listener::~Listener() {
  Stop();
  close(socket_);
  close(stop_);
}

void Listener::AddTo(grpc::ServerBuilder& builder,
                     std::shared_ptr<grpc::ServerCredentials> credentials) {
  acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      std::move(credentials));
}

void Listener::Start() {
  thread_ = std::thread([this] { Work(); });
}

void Listener::Stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  if (write(stop_, &one, sizeof one) > 0) thread_.join();
  (void)shutdown(socket_, SHUT_RDWR);  // From now on connections are refused.
}

void Listener::Work() {
  const std::size_t most = HeapBytes() + kMaxGrowth;
  pollfd wanted[] = {{stop_, POLLIN, 0}, {socket_, POLLIN, 0}};
  absl::Time looked = absl::Now();
  for (;;) {
    if (poll(wanted, 2, static_cast<int>(absl::ToInt64Milliseconds(kLookEvery))) < 0) continue;
    if (wanted[0].revents != 0) return;
    if (wanted[1].revents != 0) Accept();
    if (absl::Now() - looked < kLookEvery) continue;
    looked = absl::Now();
    CutAgain();
    const std::size_t resident = ResidentBytes();
    if (resident < most / 2 && looked - cut_at_ > kGiveBack) continue;
    const std::size_t heap = HeapBytes();
    if (heap > most && looked - cut_at_ > kCutPatience) CutBusiest();
    if (resident > heap + most / 8) malloc_trim(0);  // What was cut has been freed by now.
  }
}

bool Listener::IsClosed(const Connection& connection) {
  return InodeOf(connection.descriptor) != connection.inode;
}

void Listener::Accept() {
  const int connection = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection < 0 && errno != EMFILE && errno != ENFILE) return;
  if (connection >= 0 && HasRoom(connection)) {
    const int yes = 1;
    (void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connections_.push_back({connection, InodeOf(connection)});
    if (connections_.size() >= forget_at_) ForgetClosed();
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    parameters.listener_fd = socket_;
    parameters.fd = connection;
    acceptor_->HandleNewConnection(&parameters);
    return;
  }
  if (connection >= 0) close(connection);
  if (connection < 0) absl::SleepFor(absl::Milliseconds(100));  // Until others hang up.
  if (absl::Now() - said_full_ < kSayAgainAfter) return;
  said_full_ = absl::Now();
  Log(LogLevel::kWarning, "no room for more connections");
}

void Listener::ForgetClosed() {
  std::erase_if(connections_, IsClosed);
  forget_at_ = std::max<std::size_t>(1024, 2 * connections_.size());
}

void Listener::CutBusiest() {
  ForgetClosed();
  const auto busiest = std::max_element(connections_.begin(), connections_.end(),
                                        [](const Connection& a, const Connection& b) {
                                          return BytesFrom(a.descriptor) < BytesFrom(b.descriptor);
                                        });
  if (busiest == connections_.end()) return;
  Log(LogLevel::kWarning, "out of bounds: the connection that brought most is cut",
      {{"bytes", absl::StrCat(BytesFrom(busiest->descriptor))}});
  (void)shutdown(busiest->descriptor, SHUT_RDWR);
  cut_.push_back(*busiest);
  cut_at_ = absl::Now();
  connections_.erase(busiest);
}

// gRPC looks for what is to be read once per event, and takes the kernel's word that nothing is
// left. Cut while it reads, a connection says so before the last bytes are taken and never after:
// gRPC would keep it, and what it brought, until the next keepalive. Each cut is an event.
void Listener::CutAgain() {
  std::erase_if(cut_, IsClosed);
  for (const Connection& connection : cut_) (void)shutdown(connection.descriptor, SHUT_RDWR);
}

}  // namespace daicho::server
