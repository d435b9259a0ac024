// Activity, one batch or a stream of them.
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/base/status_macros.h"
#include "common/rpc/serialize.h"
#include "common/wire/fields.h"
#include "services/registry/activity_store.h"
#include "services/registry/fact_service.h"
#include "services/registry/fact_wire.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kReportActivity{"daicho.registry.v1.FactService.ReportActivity"};
constexpr rpc::Method kStreamActivity{"daicho.registry.v1.FactService.StreamActivity"};

constexpr int kMostStreams = 4;
// Batches of one stream worked on at once: while one is stored, the next is checked.
constexpr std::size_t kAtOnce = 2;

// Refuses the batch when a row of it is about no account, or about another department's.
absl::Status AdmitBatch(const rpc::Call& call, pg::Transaction& tx,
                        const v1::ReportActivityRequest& batch) {
  std::string department;
  if (const auto only = call.OnlyDepartment()) {
    ASSIGN_OR_RETURN(department, daicho::wire::ParseDepartmentName(*only, "department"));
  }
  ASSIGN_OR_RETURN(const std::vector<store::Stranger> strangers,
                   store::FindStrangers(tx, department));
  std::vector<std::string> foreign, unknown;
  for (const store::Stranger& stranger : strangers) {
    (stranger.exists ? foreign : unknown).push_back(stranger.account);
  }
  if (!foreign.empty()) {
    return Refuse(absl::StatusCode::kPermissionDenied, "FOREIGN_DEPARTMENT",
                  {"Accounts of another department are among them; leave them out, or have that "
                   "department report them.",
                   "ほかの所属のアカウントが含まれています。除くか、その所属に報告を依頼して"
                   "ください。"},
                  {{"rows", absl::StrJoin(wire::RowsAbout(batch, foreign), ",")}});
  }
  return unknown.empty() ? absl::OkStatus() : wire::RefuseUnknown(wire::RowsAbout(batch, unknown));
}

Event EventOf(const rpc::Call& call, const v1::ReportActivityRequest& batch, int changed) {
  const std::string sha256 = absl::BytesToHexString(Sha256(rpc::SerializeDeterministically(batch)));
  return {
      .type = "activity.reported",
      .resource = "accounts",
      .department = call.OnlyDepartment().value_or(""),
      .changes = {{.path = "batch_sha256", .after = sha256},
                  {.path = "changed_count", .after = absl::StrCat(changed)},
                  {.path = "observation_count", .after = absl::StrCat(batch.observations_size())}}};
}

grpc::Status Report(const rpc::Env& env, const grpc::ServerContextBase& context,
                    const rpc::Method& method, const v1::ReportActivityRequest& batch,
                    v1::ReportActivityResponse* response) {
  return rpc::Write(
      env, context, method, batch, response,
      [&](const rpc::Call& call,
          work::UnitOfWork& unit) -> absl::StatusOr<v1::ReportActivityResponse> {
        ASSIGN_OR_RETURN(std::vector<domain::Observation> observations,
                         wire::ParseBatch(batch, call.now()));
        RETURN_IF_ERROR(store::PutBatch(unit.tx(), domain::NewestOfEach(std::move(observations))));
        RETURN_IF_ERROR(AdmitBatch(call, unit.tx(), batch));
        ASSIGN_OR_RETURN(const int changed, store::SaveBatch(unit.tx()));
        RETURN_IF_ERROR(unit.Announce(EventOf(call, batch, changed)));
        v1::ReportActivityResponse out;
        out.set_request_id(batch.request_id());
        out.set_observation_count(batch.observations_size());
        out.set_changed_count(changed);
        return out;
      });
}

// One batch of a stream, and what came of it.
struct Slot {
  v1::ReportActivityRequest batch;
  v1::ReportActivityResponse response;
  grpc::Status status;
  bool done = false;
  std::thread thread;
};

// One call of StreamActivity. A callback reactor, as only that can end a call while it waits for
// the client. A thread of its own takes batch after batch, and one more for each batch under way;
// gRPC's threads do nothing but say what has happened.
class ActivityStream final
    : public grpc::ServerBidiReactor<v1::ReportActivityRequest, v1::ReportActivityResponse> {
 public:
  ActivityStream(const rpc::Env* env, grpc::CallbackServerContext* context,
                 std::atomic<int>* streams, absl::Duration patience)
      : env_(*env), context_(*context), streams_(*streams), patience_(patience) {
    std::thread([this] { Run(); }).detach();
  }

  void OnReadDone(bool ok) override {
    const absl::MutexLock lock(&mutex_);
    (ok ? arrived_ : read_ended_) = true;
  }
  void OnWriteDone(bool ok) override {
    const absl::MutexLock lock(&mutex_);
    writing_ = false;
    cancelled_ = cancelled_ || !ok;
  }
  void OnCancel() override {
    const absl::MutexLock lock(&mutex_);
    cancelled_ = true;
  }
  void OnDone() override { Release(); }

 private:
  using Slots = std::deque<std::unique_ptr<Slot>>;

  void Run() {
    grpc::Status status = rpc::AdmitStream(env_, context_, kStreamActivity, [this] {
      return ++streams_ > kMostStreams ? RefuseStream() : absl::OkStatus();
    });
    // Whoever was not let in was not counted but for the one too many.
    const bool counted = status.ok() || status.error_code() == grpc::RESOURCE_EXHAUSTED;
    if (status.ok()) {
      Slots slots;
      status = TakeBatches(slots);
      for (const auto& slot : slots) slot->thread.join();
    }
    if (counted) --streams_;
    Finish(status);
    Release();
  }

  // Reads, starts and answers batches until the client has sent its last, one is refused, or the
  // client is gone.
  grpc::Status TakeBatches(Slots& slots) {
    StartRead(&batch_);
    for (;;) {
      switch (Next(slots)) {
        case Step::kStart:
          StartBatch(slots);
          break;
        case Step::kAnswer: {
          const std::unique_ptr<Slot> first = std::move(slots.front());
          slots.pop_front();
          first->thread.join();
          if (!first->status.ok()) return first->status;
          Send(first->response);
          break;
        }
        case Step::kEnd:
          return grpc::Status::OK;
        case Step::kGiveUp:
          return grpc::Status::CANCELLED;
      }
    }
  }

  enum class Step { kStart, kAnswer, kEnd, kGiveUp };

  // Waits until there is something to do.
  Step Next(const Slots& slots) {
    std::optional<Step> step;
    const auto decide = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      if (cancelled_) step = Step::kGiveUp;
      if (!step && !slots.empty() && slots.front()->done) step = Step::kAnswer;
      if (!step && arrived_ && slots.size() < kAtOnce) step = Step::kStart;
      if (!step && read_ended_ && slots.empty()) step = Step::kEnd;
      return step.has_value();
    };
    const absl::MutexLock lock(&mutex_);
    const bool decided = mutex_.AwaitWithTimeout(absl::Condition(&decide), patience_);
    // A client that stays silent keeps others from a stream.
    if (!decided && slots.empty()) context_.TryCancel();
    if (!decided) mutex_.Await(absl::Condition(&decide));
    return *step;
  }

  void StartBatch(Slots& slots) {
    Slot* const slot = slots.emplace_back(std::make_unique<Slot>()).get();
    slot->batch.Swap(&batch_);
    {
      const absl::MutexLock lock(&mutex_);
      arrived_ = false;
    }
    StartRead(&batch_);
    slot->thread = std::thread([this, slot] {
      slot->status = Report(env_, context_, kStreamActivity, slot->batch, &slot->response);
      const absl::MutexLock lock(&mutex_);
      slot->done = true;
    });
  }

  void Send(const v1::ReportActivityResponse& response) {
    {
      const absl::MutexLock lock(&mutex_);
      writing_ = true;
    }
    StartWrite(&response);
    const auto sent = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !writing_; };
    const absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&sent), patience_)) return;
    context_.TryCancel();  // Nor may it leave its answers unread.
    mutex_.Await(absl::Condition(&sent));
  }

  static absl::Status RefuseStream() {
    return Refuse(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                  {"Four streams are open already; try again later, or use ReportActivity.",
                   "同時に開けるストリームは4本までです。後でやり直すか、ReportActivity を使って"
                   "ください。"});
  }

  // The last of gRPC and of Run() that has done with this.
  void Release() {
    if (--users_ == 0) delete this;
  }

  const rpc::Env& env_;
  grpc::CallbackServerContext& context_;
  std::atomic<int>& streams_;
  const absl::Duration patience_;  // With a client that neither sends nor reads.
  std::atomic<int> users_ = 2;
  v1::ReportActivityRequest batch_;  // What is read next.
  absl::Mutex mutex_;
  bool arrived_ ABSL_GUARDED_BY(mutex_) = false;  // `batch_` has come.
  bool read_ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;  // Nobody waits for answers any more.
};

}  // namespace

grpc::Status FactServiceImpl::ReportActivity(grpc::ServerContext* context,
                                             const v1::ReportActivityRequest* request,
                                             v1::ReportActivityResponse* response) {
  return Report(env_, *context, kReportActivity, *request, response);
}

grpc::ServerBidiReactor<v1::ReportActivityRequest, v1::ReportActivityResponse>*
FactServiceImpl::StreamActivity(grpc::CallbackServerContext* context) {
  return new ActivityStream(&env_, context, &streams_, patience_);
}

}  // namespace daicho::registry
