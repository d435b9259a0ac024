#include "common/rpc/admit.h"

#include <google/protobuf/descriptor.h>
#include <grpc/grpc_security.h>
#include <grpc/grpc_security_constants.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::rpc {
namespace {

using access::v1::Grant;
using access::v1::Role;
using access::v1::Scope;

// What the proto says of one RPC, read once.
struct Rule {
  std::string rpc;  // "daicho.approval.v1.FormService/SubmitForm"
  std::vector<Grant> grants;
  bool for_public = false;
  bool reads_personal_data = false;
};

absl::Status CheckGrant(const Grant& grant, const std::string& method) {
  const bool system = absl::c_linear_search(grant.roles(), access::v1::ROLE_SYSTEM);
  if (grant.roles().empty() || absl::c_linear_search(grant.roles(), access::v1::ROLE_UNSPECIFIED) ||
      grant.scope() == access::v1::SCOPE_UNSPECIFIED || system == grant.services().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(method, ": a grant needs roles, a scope, and services with ROLE_SYSTEM"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Rule> ReadRule(const google::protobuf::MethodDescriptor& method) {
  Rule rule;
  rule.rpc = absl::StrCat(method.service()->full_name(), "/", method.name());
  rule.reads_personal_data = method.options().GetExtension(access::v1::reads_personal_data);
  for (int i = 0; i < method.options().ExtensionSize(access::v1::allow); ++i) {
    rule.grants.push_back(method.options().GetExtension(access::v1::allow, i));
    RETURN_IF_ERROR(CheckGrant(rule.grants.back(), method.full_name()));
    rule.for_public = rule.for_public ||
                      absl::c_linear_search(rule.grants.back().roles(), access::v1::ROLE_PUBLIC);
  }
  if (!rule.grants.empty()) return rule;
  return absl::FailedPreconditionError(
      absl::StrCat(method.full_name(), " does not say who may call it (daicho.access.v1.allow)"));
}

absl::string_view View(grpc::string_ref ref) { return {ref.data(), ref.size()}; }

absl::Status RefusePeer() {
  return Refuse(
      absl::StatusCode::kUnauthenticated, "PEER_NOT_ALLOWED",
      {"This certificate may not connect: it is none of the peers, or it was revoked. Ask the "
       "administrator.",
       "この証明書では接続できません(未登録、または失効)。システム管理者に確認してください。"});
}

absl::Status RefuseHeader() {
  return Refuse(
      absl::StatusCode::kUnauthenticated, "TOKEN_INVALID",
      {"Send exactly one \"authorization: Bearer TOKEN\", and only through a gateway.",
       "「authorization: Bearer トークン」を1つだけ、ゲートウェイ経由で送ってください。"});
}

absl::Status RefuseMissingToken() {
  return Refuse(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
                {"Sign in first: this needs a token.",
                 "サインインしてください。この操作にはトークンが必要です。"});
}

absl::Status RefuseRole() {
  return Refuse(absl::StatusCode::kPermissionDenied, "ROLE_NOT_ALLOWED",
                {"Your roles do not allow this; ask somebody who holds the role for it.",
                 "現在の権限ではこの操作はできません。権限のある担当者に依頼してください。"});
}

// The token of the call; empty when it brings none. Refuses anything but one bearer token.
absl::StatusOr<std::string> BearerToken(const grpc::ServerContextBase& context) {
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  if (first == last) return std::string();
  absl::string_view value = View(first->second);
  if (std::next(first) != last || !absl::ConsumePrefix(&value, "Bearer ") || value.empty()) {
    return RefuseHeader();
  }
  return std::string(value);
}

bool Grants(const Grant& grant, const Caller& caller) {
  return absl::c_any_of(grant.roles(), [&](int number) {
    const auto role = static_cast<Role>(number);
    // Whoever is signed in may do what the public may. A service may not: it is named or it is not.
    if (role == access::v1::ROLE_PUBLIC) return !caller.Has(access::v1::ROLE_SYSTEM);
    if (!caller.Has(role)) return false;
    return role != access::v1::ROLE_SYSTEM ||
           absl::c_linear_search(grant.services(), caller.service);
  });
}

std::optional<Scope> WidestScope(const Rule& rule, const Caller& caller) {
  std::optional<Scope> widest;
  for (const Grant& grant : rule.grants) {
    if (!Grants(grant, caller)) continue;
    if (!widest || grant.scope() == access::v1::SCOPE_ANY) widest = grant.scope();
  }
  return widest;
}

bool IsLowerHex(absl::string_view text) {
  return absl::c_all_of(text,
                        [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

bool IsZeros(absl::string_view text) {
  return absl::c_all_of(text, [](char c) { return c == '0'; });
}

// Version 00 of W3C Trace Context: 00-TRACE-PARENT-FLAGS.
bool IsTraceparent(absl::string_view text) {
  return text.size() == 55 && text.substr(0, 3) == "00-" && text[35] == '-' && text[52] == '-' &&
         IsLowerHex(text.substr(3, 32)) && IsLowerHex(text.substr(36, 16)) &&
         IsLowerHex(text.substr(53)) && !IsZeros(text.substr(3, 32)) &&
         !IsZeros(text.substr(36, 16));
}

// What the certificate of a connection says.
struct Identity {
  std::optional<absl::string_view> uri;  // nullopt: none, or several.
  std::optional<absl::string_view> certificate;
};

using AuthContext = std::unique_ptr<grpc_auth_context, decltype(&grpc_auth_context_release)>;

Identity ReadIdentity(const grpc_auth_context* auth) {
  Identity identity;
  if (auth == nullptr || grpc_auth_context_peer_is_authenticated(auth) == 0) return identity;
  grpc_auth_property_iterator properties = grpc_auth_context_property_iterator(auth);
  while (const grpc_auth_property* property = grpc_auth_property_iterator_next(&properties)) {
    const bool is_uri = absl::string_view(property->name) == GRPC_PEER_URI_PROPERTY_NAME;
    if (!is_uri && absl::string_view(property->name) != GRPC_X509_PEM_CERT_PROPERTY_NAME) continue;
    auto& known = is_uri ? identity.uri : identity.certificate;
    if (known) return {};
    known = absl::string_view(property->value, property->value_length);
  }
  return identity;
}

// What is known of the caller's connection. It is said once for all its calls, and looking through
// it anew for each would cost a lookup more than its own answer. What is remembered is held, so
// that no other connection can have its address.
const Identity& IdentityOf(const grpc::ServerContextBase& context) {
  struct Known {
    AuthContext auth{nullptr, &grpc_auth_context_release};
    Identity identity;
  };
  constexpr std::size_t kKnown = 16;
  static thread_local std::array<Known, kKnown> known;
  // The call is not changed; gRPC merely has no const way to it.
  AuthContext auth(grpc_call_auth_context(const_cast<grpc::ServerContextBase&>(context).c_call()),
                   &grpc_auth_context_release);
  Known& at = known[absl::Hash<grpc_auth_context*>()(auth.get()) % kKnown];
  if (at.auth != auth) {
    at.identity = ReadIdentity(auth.get());
    at.auth = std::move(auth);
  }
  return at.identity;
}

}  // namespace

std::string TraceparentOf(const grpc::ServerContextBase& context) {
  const auto [first, last] = context.client_metadata().equal_range("traceparent");
  if (first != last && std::next(first) == last && IsTraceparent(View(first->second))) {
    return std::string(View(first->second));
  }
  // Trace ids must differ, not be secret.
  static thread_local absl::BitGen generator;
  const auto random = [] {
    return absl::Hex(absl::Uniform<std::uint64_t>(generator) | 1, absl::kZeroPad16);
  };
  return absl::StrCat("00-", random(), random(), "-", random(), "-01");
}

struct Admitter::Impl {
  explicit Impl(Options given) : options(std::move(given)) {
    for (const Peer& peer : options.peers) peers[peer.uri] = peer;
  }

  // The peer that the one URI in its certificate names; null when it has none, several or another,
  // or was revoked.
  const Peer* PeerOf(const grpc::ServerContextBase& context) const;
  // Who calls: as what its certificate says, or as whom its token says when it is a gateway.
  absl::StatusOr<Caller> Authenticate(const grpc::ServerContextBase& context) const;
  absl::StatusOr<Call> Authorize(const Rule& rule, const grpc::ServerContextBase& context,
                                 Caller caller) const;

  const Options options;
  absl::flat_hash_map<std::string, Peer> peers;
  absl::flat_hash_map<std::string, Rule> rules;
};

const Peer* Admitter::Impl::PeerOf(const grpc::ServerContextBase& context) const {
  const Identity& identity = IdentityOf(context);
  if (!identity.uri) return nullptr;
  if (options.revocations != nullptr &&
      (!identity.certificate || options.revocations->Has(*identity.certificate))) {
    return nullptr;
  }
  const auto peer = peers.find(*identity.uri);
  return peer == peers.end() ? nullptr : &peer->second;
}

absl::StatusOr<Caller> Admitter::Impl::Authenticate(const grpc::ServerContextBase& context) const {
  const Peer* const peer = PeerOf(context);
  if (peer == nullptr) return RefusePeer();
  ASSIGN_OR_RETURN(const std::string token, BearerToken(context));
  if (!peer->gateway) {
    // A service that speaks for itself and brings somebody's token at once is confused.
    if (!token.empty()) return RefuseHeader();
    Caller caller;
    caller.subject = absl::StrCat("services/", peer->service);
    caller.roles = {access::v1::ROLE_SYSTEM};
    caller.service = peer->service;
    return caller;
  }
  if (!token.empty()) return options.tokens->Verify(token, options.clock->Now());
  Caller caller;
  caller.subject = "anonymous";
  caller.roles = {access::v1::ROLE_PUBLIC};
  return caller;
}

absl::StatusOr<Call> Admitter::Impl::Authorize(const Rule& rule,
                                               const grpc::ServerContextBase& context,
                                               Caller caller) const {
  const std::optional<Scope> scope = WidestScope(rule, caller);
  if (!scope) return caller.Has(access::v1::ROLE_PUBLIC) ? RefuseMissingToken() : RefuseRole();
  // The deadline is waited for by real clocks, whatever options.clock says.
  const absl::Time asked = absl::FromChrono(context.deadline());
  const absl::Time now = absl::Now();
  const bool none = context.deadline() == std::chrono::system_clock::time_point::max();
  const absl::Time deadline =
      none ? now + options.default_timeout : std::min(asked, now + options.max_timeout);
  Call call(std::move(caller), *scope, options.clock->Now(), deadline);
  call.rpc = rule.rpc;
  call.traceparent = TraceparentOf(context);
  return call;
}

Admitter::Admitter(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Admitter::~Admitter() = default;

absl::Status Admitter::Declare(const std::vector<std::string>& services) {
  for (const std::string& name : services) {
    if (absl::StartsWith(name, "grpc.")) continue;
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat("there is no service ", name));
    }
    RETURN_IF_ERROR(Declare(*service));
  }
  return absl::OkStatus();
}

absl::Status Admitter::Declare(const google::protobuf::ServiceDescriptor& service) {
  for (int i = 0; i < service.method_count(); ++i) {
    ASSIGN_OR_RETURN(Rule rule, ReadRule(*service.method(i)));
    impl_->rules[service.method(i)->full_name()] = std::move(rule);
  }
  return absl::OkStatus();
}

void Admitter::Declare(const std::string& method, std::string rpc, access::v1::Role role) {
  Rule& rule = impl_->rules[method];
  rule.rpc = std::move(rpc);
  Grant& grant = rule.grants.emplace_back();
  grant.add_roles(role);
  grant.set_scope(access::v1::SCOPE_ANY);
}

absl::StatusOr<Call> Admitter::Admit(const grpc::ServerContextBase& context,
                                     absl::string_view method, Caller* caller) const {
  absl::StatusOr<Caller> known = impl_->Authenticate(context);
  RETURN_IF_ERROR(known.status());
  if (caller != nullptr) *caller = *known;
  const auto rule = impl_->rules.find(method);
  if (rule == impl_->rules.end()) {
    return absl::InternalError(absl::StrCat(std::string(method), " was never declared"));
  }
  return impl_->Authorize(rule->second, context, *std::move(known));
}

absl::Status Admitter::AdmitUnnamed(const grpc::ServerContextBase& context,
                                    absl::string_view method) const {
  const auto rule = impl_->rules.find(method);
  if (rule != impl_->rules.end() && rule->second.for_public) {
    const Peer* const peer = impl_->PeerOf(context);
    const bool tokenless = context.client_metadata().count("authorization") == 0;
    if (peer != nullptr && peer->gateway && tokenless) return absl::OkStatus();
  }
  return Admit(context, method).status();
}

bool Admitter::ReadsPersonalData(absl::string_view method) const {
  const auto rule = impl_->rules.find(method);
  return rule != impl_->rules.end() && rule->second.reads_personal_data;
}

}  // namespace daicho::rpc
