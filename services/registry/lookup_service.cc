#include "services/registry/lookup_service.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "common/rpc/metrics.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"
#include "services/registry/domain/canonical_url.h"
#include "services/registry/domain/lookup.h"
#include "services/registry/lookup_wire.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kLookupAccount{"daicho.registry.v1.LookupService.LookupAccount"};
constexpr char kLookupAccountRpc[] = "daicho.registry.v1.LookupService/LookupAccount";

// Merged accounts are merged again; no real chain is as long.
constexpr int kMaxSuccessors = 10;

absl::StatusOr<domain::CanonicalUrl> Identify(const domain::PlatformTable& platforms,
                                              const v1::LookupAccountRequest& request) {
  return request.url().empty()
             ? domain::CanonicalizeHandle(platforms, request.platform(), request.handle())
             : domain::Canonicalize(platforms, request.url());
}

// The account to point readers to: the first along the successors that is official today. An
// account asked for by a former name may be that itself.
const domain::LookupEntry* SuccessorOf(const domain::CanonicalUrl& asked,
                                       const domain::Finding& finding,
                                       const domain::DirectorySnapshot& snapshot,
                                       absl::CivilDay today) {
  const domain::LookupEntry* entry = finding.entry;
  if (entry == nullptr || finding.verdict == domain::Verdict::kOfficial) return nullptr;
  for (int i = 0; entry != nullptr && i < kMaxSuccessors; ++i) {
    const bool another = entry->key != asked.key;
    if (another && domain::Decide(*entry, today) == domain::Verdict::kOfficial) return entry;
    entry = entry->successor.empty() ? nullptr : snapshot.Account(entry->successor);
  }
  return nullptr;
}

class LookupService : public v1::LookupService::CallbackService {
 public:
  LookupService(const rpc::Env& env, const Directory* directory,
                const domain::PlatformTable* platforms)
      : env_(env), directory_(*directory), platforms_(*platforms) {}

  grpc::ServerUnaryReactor* LookupAccount(grpc::CallbackServerContext* context,
                                          const v1::LookupAccountRequest* request,
                                          v1::LookupAccountResponse* response) override {
    rpc::CallMetrics::Timer timer(env_.metrics, kLookupAccount.name);
    const absl::Status status = Answer(*context, *request, response);
    timer.set_code(status.code());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(rpc::ToGrpc(status, kLookupAccountRpc));
    return reactor;
  }

 private:
  absl::Status Answer(const grpc::CallbackServerContext& context,
                      const v1::LookupAccountRequest& request,
                      v1::LookupAccountResponse* response) const {
    ASSIGN_OR_RETURN(const rpc::Call call, env_.admitter->Admit(context, kLookupAccount.name));
    const std::vector<Violation> violations = daicho::wire::CheckRequest(request);
    if (!violations.empty()) return RefuseFields(violations);
    RETURN_IF_ERROR(wire::CheckLookup(request));
    ASSIGN_OR_RETURN(const Directory::View view, directory_.Current(call.now()));
    ASSIGN_OR_RETURN(*response,
                     AnswerLookup(request, *view.snapshot, platforms_, TokyoDay(call.now())));
    *response->mutable_as_of_time() = daicho::wire::ToTimestamp(view.as_of);
    return absl::OkStatus();
  }

  const rpc::Env env_;
  const Directory& directory_;
  const domain::PlatformTable& platforms_;
};

}  // namespace

absl::StatusOr<v1::LookupAccountResponse> AnswerLookup(const v1::LookupAccountRequest& request,
                                                       const domain::DirectorySnapshot& snapshot,
                                                       const domain::PlatformTable& platforms,
                                                       absl::CivilDay today) {
  const absl::StatusOr<domain::CanonicalUrl> asked = Identify(platforms, request);
  if (!asked.ok()) {
    const std::optional<domain::UrlProblem> problem = domain::UrlProblemOf(asked.status());
    if (!problem) return asked.status();
    return wire::ToProto(*problem);
  }
  const domain::Finding finding = domain::Judge(snapshot.HoldersOf(asked->key), today);
  return wire::ToProto(*asked, finding, SuccessorOf(*asked, finding, snapshot, today),
                       {platforms, snapshot});
}

std::string KeyOf(const v1::LookupAccountRequest& request, const domain::PlatformTable& platforms) {
  const absl::StatusOr<domain::CanonicalUrl> asked = Identify(platforms, request);
  return asked.ok() ? asked->key : "";
}

std::unique_ptr<grpc::Service> MakeLookupService(const rpc::Env& env, const Directory* directory,
                                                 const domain::PlatformTable* platforms) {
  return std::make_unique<LookupService>(env, directory, platforms);
}

}  // namespace daicho::registry
