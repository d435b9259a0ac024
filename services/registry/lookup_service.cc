#include "services/registry/lookup_service.h"

#include <google/protobuf/arena.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/message_allocator.h>
#include <grpcpp/support/server_callback.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/rpc/metrics.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/lookup_service.grpc.pb.h"
#include "services/registry/domain/inquiry.h"
#include "services/registry/lookup_wire.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kLookupAccount{"daicho.registry.v1.LookupService.LookupAccount"};
constexpr rpc::Method kBatchLookupAccounts{"daicho.registry.v1.LookupService.BatchLookupAccounts"};

// The messages of one call, in one block of memory: many small texts, made and freed together.
// Each thread keeps some blocks for its next calls.
class Messages final
    : public grpc::MessageHolder<v1::LookupAccountRequest, v1::LookupAccountResponse> {
 public:
  static Messages* Make() {
    auto& kept = Kept();
    if (kept.empty()) kept.push_back(std::make_unique<Messages>());
    std::unique_ptr<Messages> messages = std::move(kept.back());
    kept.pop_back();
    messages->Fill();
    return messages.release();
  }
  void Release() override {
    std::unique_ptr<Messages> messages(this);
    arena_.Reset();
    if (Kept().size() < kMostKept) Kept().push_back(std::move(messages));
  }

 private:
  static constexpr std::size_t kMostKept = 64;

  static std::vector<std::unique_ptr<Messages>>& Kept() {
    static thread_local std::vector<std::unique_ptr<Messages>> kept;
    return kept;
  }

  void Fill() {
    set_request(google::protobuf::Arena::CreateMessage<v1::LookupAccountRequest>(&arena_));
    set_response(google::protobuf::Arena::CreateMessage<v1::LookupAccountResponse>(&arena_));
  }

  alignas(std::max_align_t) char block_[2048];
  google::protobuf::Arena arena_{block_, sizeof(block_)};
};

class MessagesMaker final
    : public grpc::MessageAllocator<v1::LookupAccountRequest, v1::LookupAccountResponse> {
  grpc::MessageHolder<v1::LookupAccountRequest, v1::LookupAccountResponse>* AllocateMessages()
      override {
    return Messages::Make();
  }
};

class LookupService : public v1::LookupService::CallbackService {
 public:
  LookupService(const rpc::Env& env, const Directory* directory,
                const domain::PlatformTable* platforms)
      : env_(env), directory_(*directory), platforms_(*platforms) {
    SetMessageAllocatorFor_LookupAccount(&messages_);
  }

  grpc::ServerUnaryReactor* LookupAccount(grpc::CallbackServerContext* context,
                                          const v1::LookupAccountRequest* request,
                                          v1::LookupAccountResponse* response) override {
    return Answer(kLookupAccount, context, [&](absl::Time now) -> absl::Status {
      RETURN_IF_ERROR(Check(*request, wire::IsPlain(*request)));
      RETURN_IF_ERROR(wire::CheckLookup(*request));
      ASSIGN_OR_RETURN(const Directory::View view, directory_.Current(now));
      Look(*request, view, TokyoDay(now), response);
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* BatchLookupAccounts(
      grpc::CallbackServerContext* context, const v1::BatchLookupAccountsRequest* request,
      v1::BatchLookupAccountsResponse* response) override {
    return Answer(kBatchLookupAccounts, context, [&](absl::Time now) -> absl::Status {
      RETURN_IF_ERROR(Check(*request, false));
      if (request->requests_size() > wire::kMostLookups) {
        return RefuseFields({{"requests", "TOO_MANY", "At most 100 can be looked up at once.",
                              "一度に照会できるのは100件までです。分けて照会してください。"}});
      }
      for (int i = 0; i < request->requests_size(); ++i) {
        RETURN_IF_ERROR(
            wire::CheckLookup(request->requests(i), absl::StrCat("requests[", i, "].")));
      }
      ASSIGN_OR_RETURN(const Directory::View view, directory_.Current(now));
      for (const v1::LookupAccountRequest& one : request->requests()) {
        Look(one, view, TokyoDay(now), response->add_responses());
      }
      return absl::OkStatus();
    });
  }

 private:
  static absl::Status Check(const google::protobuf::Message& request, bool plain) {
    if (plain) return absl::OkStatus();
    const std::vector<Violation> violations = daicho::wire::CheckRequest(request);
    return violations.empty() ? absl::OkStatus() : RefuseFields(violations);
  }

  // Admits, then runs `look(now)`.
  template <typename Look>
  grpc::ServerUnaryReactor* Answer(const rpc::Method& method, grpc::CallbackServerContext* context,
                                   const Look& look) {
    rpc::CallMetrics::Timer timer(env_.metrics, method.name);
    const auto run = [&]() -> absl::Status {
      RETURN_IF_ERROR(env_.admitter->AdmitUnnamed(*context, method.name));
      return look(env_.clock->Now());
    };
    const absl::Status status = run();
    timer.set_code(status.code());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(status.ok() ? grpc::Status::OK : rpc::ToGrpc(status, rpc::RpcOf(method)));
    return reactor;
  }

  void Look(const v1::LookupAccountRequest& request, const Directory::View& view,
            absl::CivilDay today, v1::LookupAccountResponse* response) const {
    const domain::Answer answer =
        domain::AnswerTo(wire::Parse(request), platforms_, *view.snapshot, today);
    wire::Fill(answer, {platforms_, *view.snapshot}, response);
    *response->mutable_as_of_time() = daicho::wire::ToTimestamp(view.as_of);
  }

  const rpc::Env env_;
  const Directory& directory_;
  const domain::PlatformTable& platforms_;
  MessagesMaker messages_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLookupService(const rpc::Env& env, const Directory* directory,
                                                 const domain::PlatformTable* platforms) {
  return std::make_unique<LookupService>(env, directory, platforms);
}

}  // namespace daicho::registry
