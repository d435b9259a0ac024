#include "common/server/server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <malloc.h>
#include <openssl/rand.h>
#include <prometheus/exposer.h>
#include <prometheus/registry.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/rpc/admit.h"
#include "common/rpc/metrics.h"
#include "common/server/audit_sink.h"
#include "common/server/config.h"
#include "common/server/listener.h"
#include "common/server/peer_limit.h"
#include "common/server/reflection.h"

ABSL_FLAG(std::string, config, "", "Configuration, a text-format ServerConfig");
ABSL_FLAG(std::string, port_file, "", "File that gets the port once the server is ready");

namespace daicho::server {
namespace {

using config::v1::ServerConfig;

constexpr absl::Duration kDatabasePatience = absl::Seconds(30);
constexpr absl::Duration kMigratePatience = absl::Minutes(10);
constexpr absl::Duration kDrain = absl::Seconds(10);
constexpr absl::Duration kLookAtClockEvery = absl::Milliseconds(100);
constexpr absl::Duration kHarmlessStep = absl::Seconds(2);
constexpr char kStartedAnew[] = "DAICHO_STARTED_ANEW";
constexpr int kMaxMessageBytes = 16 << 20;
// Handlers that wait for a database connection hold a thread each. At this many, gRPC answers
// RESOURCE_EXHAUSTED at once; so it stays well above the pool.
constexpr int kMaxThreads = 256;
// Of these, as many as one peer may hold; a gateway brings the calls of many people.
constexpr int kMaxCallsOfPeer = 160;
constexpr absl::Duration kAnswerPatience = absl::Seconds(10);
// What gRPC may use for messages on their way in and out. At more it takes no connections and
// cancels calls.
constexpr std::size_t kMaxTransportBytes = 1 << 30;
constexpr int kMaxStreamsOfConnection = 128;
constexpr absl::Duration kHandshakePatience = absl::Seconds(10);
// Honest clients connect anew without noticing. Calls under way get the longest time a call may
// take.
constexpr absl::Duration kIdleConnection = absl::Minutes(10);
constexpr absl::Duration kOldConnection = absl::Minutes(10);
constexpr absl::Duration kOldConnectionPatience = absl::Minutes(5);
// A client that is gone without a word is noticed after these two.
constexpr absl::Duration kKeepalive = absl::Minutes(1);
constexpr absl::Duration kKeepalivePatience = absl::Seconds(20);

// Everything that is wrong with `config` as far as all services share it.
std::vector<std::string> ProblemsOf(const ServerConfig& config, const Service& service) {
  std::vector<std::string> problems;
  const auto need = [&](const std::string& value, absl::string_view field) {
    if (value.empty()) problems.push_back(absl::StrCat(field, " is not set"));
  };
  const auto need_file = [&](const std::string& path, absl::string_view field) {
    if (::access(path.c_str(), R_OK) != 0) {
      problems.push_back(absl::StrCat(field, ": cannot read \"", path, "\""));
    }
  };
  need(config.listen(), "listen");
  need(config.database(), "database");
  need_file(config.tls().ca_file(), "tls.ca_file");
  need_file(config.tls().certificate_file(), "tls.certificate_file");
  need_file(config.tls().private_key_file(), "tls.private_key_file");
  if (!config.tls().crl_file().empty()) need_file(config.tls().crl_file(), "tls.crl_file");
  if (config.pool_size() < 0) problems.push_back("pool_size is negative");
  if (config.peers().empty()) problems.push_back("peers is empty: nobody could connect");
  for (const auto& peer : config.peers()) {
    need(peer.uri(), "peers.uri");
    if (peer.kind() == config::v1::Peer::KIND_UNSPECIFIED) {
      problems.push_back(absl::StrCat("peers.kind is not set for \"", peer.uri(), "\""));
    }
    if (peer.kind() == config::v1::Peer::KIND_SERVICE) need(peer.service(), "peers.service");
  }
  for (const auto& issuer : config.token_issuers()) {
    need(issuer.issuer(), "token_issuers.issuer");
    need(issuer.audience(), "token_issuers.audience");
    need_file(issuer.jwks_file(), "token_issuers.jwks_file");
  }
  bool has_audit = service.audit_sink != nullptr;
  for (const auto& target : config.targets()) {
    need(target.service(), "targets.service");
    need(target.address(), "targets.address");
    need(target.uri(), "targets.uri");
    has_audit = has_audit || target.service() == "audit";
  }
  if (!has_audit) problems.push_back("targets has no \"audit\": events would go nowhere");
  return problems;
}

absl::StatusOr<ServerConfig> LoadConfig(const Service& service) {
  const std::string path = absl::GetFlag(FLAGS_config);
  if (path.empty()) return absl::InvalidArgumentError("--config=FILE is missing");
  ServerConfig config;
  RETURN_IF_ERROR(LoadTextProto(path, &config));
  const std::vector<std::string> problems = ProblemsOf(config, service);
  if (!problems.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", absl::StrJoin(problems, "; ")));
  }
  if (service.check_config != nullptr) RETURN_IF_ERROR(service.check_config(config));
  return config;
}

std::vector<pg::Migration> MigrationsOf(const Service& service) {
  std::vector<pg::Migration> migrations = {work::WorkMigration()};
  migrations.insert(migrations.end(), service.migrations.begin(), service.migrations.end());
  return migrations;
}

// A database that is just starting is waited for.
absl::StatusOr<pg::Connection> OpenPatiently(const std::string& conninfo) {
  const absl::Time give_up = absl::Now() + kDatabasePatience;
  for (bool said = false;; said = true) {
    auto connection = pg::Connection::Open(conninfo, absl::Now() + absl::Seconds(5));
    if (connection.ok() || absl::Now() > give_up) return connection;
    if (!said) {
      Log(LogLevel::kWarning, "waiting for the database",
          {{"error", std::string(connection.status().message())}});
    }
    absl::SleepFor(absl::Milliseconds(200));
  }
}

absl::Status MigrateDatabase(const ServerConfig& config, const Service& service) {
  const std::string& conninfo =
      config.migrate_database().empty() ? config.database() : config.migrate_database();
  ASSIGN_OR_RETURN(pg::Connection connection, OpenPatiently(conninfo));
  return pg::Migrate(connection, MigrationsOf(service), absl::Now() + kMigratePatience);
}

absl::StatusOr<std::string> PageTokenKey(const ServerConfig& config) {
  if (!config.page_token_key_file().empty()) {
    ASSIGN_OR_RETURN(std::string key, ReadFile(config.page_token_key_file(), 32));
    if (key.size() == 32) return key;
    return absl::InvalidArgumentError("page_token_key_file does not hold 32 bytes");
  }
  std::string key(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), 32) != 1) {
    return absl::InternalError("no randomness");
  }
  return key;
}

rpc::TlsFiles TlsOf(const ServerConfig& config) {
  const auto& tls = config.tls();
  return {tls.ca_file(), tls.certificate_file(), tls.private_key_file(), tls.crl_file()};
}

// Connects to other services when first asked for them. Thread-safe after construction.
class Channels {
 public:
  explicit Channels(const ServerConfig& config) {
    for (const auto& target : config.targets()) {
      channels_[target.service()] = rpc::MakeChannel(target.address(), target.uri(), TlsOf(config));
    }
  }

  absl::StatusOr<std::shared_ptr<grpc::Channel>> Get(const std::string& service) const {
    const auto found = channels_.find(service);
    if (found != channels_.end()) return found->second;
    return absl::InvalidArgumentError(absl::StrCat("targets has no \"", service, "\""));
  }

 private:
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
};

// All that a running server owns, in the order in which it has to be built. Members are destroyed
// in reverse: calls end first, then relays, then the database connections.
class Running {
 public:
  Running(const ServerConfig& config, const Service& service)
      : config_(config),
        service_(service),
        channels_(config),
        pool_({config.database(), PoolSize(config)}),
        registry_(std::make_shared<prometheus::Registry>()),
        metrics_(*registry_) {}

  absl::Status Start() {
    RETURN_IF_ERROR(CheckDatabase());
    RETURN_IF_ERROR(Identify());
    RETURN_IF_ERROR(Build());
    RETURN_IF_ERROR(Listen());
    return Expose();
  }

  // Refuses new calls, lets those under way finish, and returns.
  void Stop() {
    listener_->Stop();
    server_->GetHealthCheckService()->SetServingStatus(false);
    server_->Shutdown(absl::ToChronoTime(absl::Now() + kDrain));
    server_->Wait();
  }

  int port() const { return listener_->port(); }

 private:
  static int PoolSize(const ServerConfig& config) {
    return config.pool_size() == 0 ? 8 : config.pool_size();
  }

  absl::Status CheckDatabase() {
    ASSIGN_OR_RETURN(pg::Connection connection, OpenPatiently(config_.database()));
    return pg::CheckSchema(connection, MigrationsOf(service_), absl::Now() + kDatabasePatience);
  }

  absl::Status Identify() {
    std::vector<rpc::Issuer> issuers;
    for (const auto& issuer : config_.token_issuers()) {
      issuers.push_back({issuer.issuer(), issuer.audience(), issuer.jwks_file()});
    }
    tokens_ = std::make_unique<rpc::TokenVerifier>(std::move(issuers));
    RETURN_IF_ERROR(tokens_->Load());
    std::vector<rpc::Peer> peers;
    for (const auto& peer : config_.peers()) {
      peers.push_back({peer.uri(), peer.service(), peer.kind() == config::v1::Peer::KIND_GATEWAY});
    }
    if (!config_.tls().crl_file().empty()) {
      revocations_ =
          std::make_unique<rpc::Revocations>(config_.tls().crl_file(), config_.tls().ca_file());
      RETURN_IF_ERROR(revocations_->Load());
    }
    admitter_ =
        std::make_unique<rpc::Admitter>(rpc::Admitter::Options{.peers = std::move(peers),
                                                               .tokens = tokens_.get(),
                                                               .revocations = revocations_.get(),
                                                               .clock = &clock_});
    ASSIGN_OR_RETURN(std::string key, PageTokenKey(config_));
    page_tokens_ = std::make_unique<rpc::PageTokens>(std::move(key));
    DeclareReflection(*admitter_);
    return admitter_->Declare(service_.grpc_services);
  }

  absl::Status Build() {
    context_.config = &config_;
    context_.env = {.service = service_.name,
                    .pool = &pool_,
                    .clock = &clock_,
                    .admitter = admitter_.get(),
                    .page_tokens = page_tokens_.get(),
                    .metrics = &metrics_,
                    .committed = [this] { WakeRelays(); }};
    context_.registry = registry_.get();
    context_.channel = [this](const std::string& name) { return channels_.Get(name); };
    ASSIGN_OR_RETURN(parts_, service_.build(context_));
    return parts_.reads_memory_only ? absl::OkStatus() : AddAuditRelay();
  }

  absl::Status AddAuditRelay() {
    work::DeliverBatch deliver;
    if (service_.audit_sink != nullptr) {
      deliver = service_.audit_sink(context_);
    } else {
      ASSIGN_OR_RETURN(const auto channel, channels_.Get("audit"));
      deliver = AuditOver(channel);
    }
    parts_.relays.push_back(std::make_unique<work::Relay>(&pool_, "audit", std::move(deliver)));
    return absl::OkStatus();
  }

  void WakeRelays() {
    for (const auto& relay : parts_.relays) relay->Wake();
  }

  absl::Status Listen() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    grpc::ResourceQuota quota(service_.name);
    quota.SetMaxThreads(kMaxThreads).Resize(kMaxTransportBytes);
    builder.SetResourceQuota(quota);
    // As many threads stay for their next call as there are connections: more would wait for one.
    builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, PoolSize(config_));
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    BoundConnections(builder);
    ASSIGN_OR_RETURN(listener_, Listener::Open(config_.listen()));
    listener_->AddTo(builder, rpc::MakeServerCredentials(TlsOf(config_)));
    if (!parts_.reads_memory_only) {
      std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
      creators.push_back(peer_limit_.Creator());
      builder.experimental().SetInterceptorCreators(std::move(creators));
      reflection_ = MakeReflection(context_.env, service_.grpc_services);
      builder.RegisterService(reflection_.get());
    }
    for (const auto& part : parts_.services) builder.RegisterService(part.get());
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return absl::UnavailableError("the certificate and key do not fit");
    listener_->Start();
    return absl::OkStatus();
  }

  static void BoundConnections(grpc::ServerBuilder& builder) {
    const auto milliseconds = [](absl::Duration duration) {
      return static_cast<int>(absl::ToInt64Milliseconds(duration));
    };
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsOfConnection);
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                               milliseconds(kHandshakePatience));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, milliseconds(kIdleConnection));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, milliseconds(kOldConnection));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                               milliseconds(kOldConnectionPatience));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(kKeepalive));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(kKeepalivePatience));
    // What nobody uses here, and every call would pay for: answers are not compressed, and no
    // channelz tells of them.
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  }

  absl::Status Expose() {
    if (config_.metrics_listen().empty()) return absl::OkStatus();
    try {
      exposer_ = std::make_unique<prometheus::Exposer>(config_.metrics_listen(), 1);
    } catch (const std::exception&) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on metrics_listen ", config_.metrics_listen()));
    }
    exposer_->RegisterCollectable(registry_);
    return absl::OkStatus();
  }

  const ServerConfig& config_;
  const Service& service_;
  const Clock clock_;
  const Channels channels_;
  pg::Pool pool_;
  std::shared_ptr<prometheus::Registry> registry_;
  rpc::CallMetrics metrics_;
  std::unique_ptr<rpc::TokenVerifier> tokens_;
  std::unique_ptr<rpc::Revocations> revocations_;
  std::unique_ptr<rpc::Admitter> admitter_;
  std::unique_ptr<rpc::PageTokens> page_tokens_;
  Context context_;
  Parts parts_;
  std::unique_ptr<grpc::Service> reflection_;
  PeerLimit peer_limit_{kMaxCallsOfPeer, kAnswerPatience};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

// Whole or not at all: whoever waits for the file never reads half a number.
absl::Status WritePortFile(const std::string& path, int port) {
  if (path.empty() || ReplaceFile(path, absl::StrCat(port, "\n")) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("cannot write ", path));
}

// The time of day when a clock that nobody sets began. By the system's own: absl::Now() may notice
// two seconds late that the clock was set.
absl::Time ClockBegin() {
  return absl::FromChrono(std::chrono::system_clock::now()) -
         absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

// Waits for one of `signals` and returns it; 0 when the clock was set back. Looks often: a clock
// that is set ahead and back at once harms as well.
int AwaitSignal(const sigset_t& signals) {
  const timespec interval = absl::ToTimespec(kLookAtClockEvery);
  for (absl::Time begin = ClockBegin();;) {
    const int received = sigtimedwait(&signals, nullptr, &interval);
    if (received > 0) return received;
    const absl::Time before = std::exchange(begin, ClockBegin());
    if (begin < before - kHarmlessStep) return 0;
  }
}

// What gRPC and Abseil wait for, they wait for until a time of day: once that lies an hour ahead,
// calls to other services neither end nor fail for an hour. As nothing acknowledged is in memory
// alone, the process begins again in its place, with its number and arguments, and the environment
// it was started with: what libraries put there since is of what they held (shared memory, locks).
absl::Status StartAnew(char** argv, const char* why, const absl::Status& error) {
  Log(LogLevel::kError, absl::StrCat(why, "; starting anew"),
      {{"error", std::string(error.message())}});
  ASSIGN_OR_RETURN(std::string given, ReadFile("/proc/self/environ"));
  if (getenv(kStartedAnew) == nullptr) given += absl::StrCat(kStartedAnew, "=yes");
  std::vector<char*> environment;
  for (std::size_t i = 0; i < given.size(); i += std::strlen(&given[i]) + 1) {
    environment.push_back(&given[i]);
  }
  environment.push_back(nullptr);
  execve("/proc/self/exe", argv, environment.data());
  return absl::InternalError("cannot start anew");
}

absl::Status Serve(const ServerConfig& config, const Service& service, char** argv) {
  // Blocked before any thread starts, so that only the wait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  Running running(config, service);
  const absl::Status started = running.Start();
  if (absl::IsUnavailable(started) && getenv(kStartedAnew) != nullptr) {
    absl::SleepFor(absl::Seconds(1));  // Nobody else would try again.
    return StartAnew(argv, "what it needs is away", started);
  }
  RETURN_IF_ERROR(started);
  malloc_trim(0);  // Give back what reading the directory took: some four megabytes.
  RETURN_IF_ERROR(WritePortFile(absl::GetFlag(FLAGS_port_file), running.port()));
  Log(LogLevel::kInfo, "serving", {{"port", absl::StrCat(running.port())}});
  const int received = AwaitSignal(signals);
  if (received == 0) return StartAnew(argv, "the clock was set back", absl::OkStatus());
  Log(LogLevel::kInfo, "stopping", {{"signal", absl::StrCat(received)}});
  running.Stop();
  Log(LogLevel::kInfo, "stopped");
  return absl::OkStatus();
}

int Fail(const absl::Status& status, int exit_status) {
  std::cerr << absl::StrCat("daicho: ", std::string(status.message()), "\n");
  return exit_status;
}

}  // namespace

int Main(int argc, char** argv, const Service& service) {
  SetLogService(service.name);
  // Lost when a process begins anew in its place.
  prctl(PR_SET_NAME, absl::StrCat("daicho-", service.name).c_str());
  // Debian builds Abseil so that every lock, gRPC's own included, looks for cycles under one global
  // lock. A tenth of a lookup's time goes there; sanitizer builds look for cycles without it.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  absl::SetProgramUsageMessage(
      absl::StrCat("daicho-", service.name, " serve | migrate | check-config --config=FILE"));
  const std::vector<char*> words = absl::ParseCommandLine(argc, argv);
  const std::string command = words.size() == 2 ? words[1] : "";
  if (command != "serve" && command != "migrate" && command != "check-config") {
    return Fail(absl::InvalidArgumentError(
                    "say what to do: serve | migrate | check-config, with --config=FILE"),
                2);
  }
  const absl::StatusOr<ServerConfig> config = LoadConfig(service);
  if (!config.ok()) return Fail(config.status(), 2);
  if (command == "check-config") {
    std::cout << absl::GetFlag(FLAGS_config) << ": ok\n";
    return 0;
  }
  const absl::Status status =
      command == "migrate" ? MigrateDatabase(*config, service) : Serve(*config, service, argv);
  return status.ok() ? 0 : Fail(status, 1);
}

}  // namespace daicho::server
