// Activity, one batch or a stream of them.
#include <deque>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
// Batches of one stream worked on at once: while one is stored, the next is read and checked.
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
  const std::string sha256 =
      absl::BytesToHexString(Sha256(rpc::SerializeDeterministically(batch)));
  return {.type = "activity.reported",
          .resource = "accounts",
          .department = call.OnlyDepartment().value_or(""),
          .changes = {{.path = "batch_sha256", .after = sha256},
                      {.path = "changed_count", .after = absl::StrCat(changed)},
                      {.path = "observation_count",
                       .after = absl::StrCat(batch.observations_size())}}};
}

grpc::Status Report(const rpc::Env& env, const grpc::ServerContext& context,
                    const rpc::Method& method, const v1::ReportActivityRequest& batch,
                    v1::ReportActivityResponse* response) {
  return rpc::Write(
      env, context, method, batch, response,
      [&](const rpc::Call& call,
          work::UnitOfWork& unit) -> absl::StatusOr<v1::ReportActivityResponse> {
        ASSIGN_OR_RETURN(std::vector<domain::Observation> observations,
                         wire::ParseBatch(batch, call.now()));
        RETURN_IF_ERROR(
            store::PutBatch(unit.tx(), domain::NewestOfEach(std::move(observations))));
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

// What came of one batch of a stream.
struct Answer {
  grpc::Status status;
  v1::ReportActivityResponse response;
};

}  // namespace

grpc::Status FactServiceImpl::ReportActivity(grpc::ServerContext* context,
                                             const v1::ReportActivityRequest* request,
                                             v1::ReportActivityResponse* response) {
  return Report(env_, *context, kReportActivity, *request, response);
}

grpc::Status FactServiceImpl::StreamActivity(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::ReportActivityResponse, v1::ReportActivityRequest>* stream) {
  const grpc::Status admitted = rpc::AdmitStream(env_, *context, kStreamActivity, [&] {
    if (++streams_ <= kMostStreams) return absl::OkStatus();
    return Refuse(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                  {"Four streams are open already; try again later, or use ReportActivity.",
                   "同時に開けるストリームは4本までです。後でやり直すか、ReportActivity を使って"
                   "ください。"});
  });
  const auto leave = [this](void*) { --streams_; };
  const std::unique_ptr<void, decltype(leave)> left(this, leave);
  if (!admitted.ok()) return admitted;

  std::deque<std::future<Answer>> under_way;
  const auto answer_first = [&] {
    Answer answer = under_way.front().get();
    under_way.pop_front();
    if (answer.status.ok()) stream->Write(answer.response);
    return answer.status;
  };
  v1::ReportActivityRequest batch;
  while (stream->Read(&batch)) {
    if (under_way.size() == kAtOnce) {
      if (const grpc::Status status = answer_first(); !status.ok()) return status;
    }
    under_way.push_back(
        std::async(std::launch::async, [this, context, batch = std::move(batch)] {
          Answer answer;
          answer.status = Report(env_, *context, kStreamActivity, batch, &answer.response);
          return answer;
        }));
    batch.Clear();
  }
  while (!under_way.empty()) {
    if (const grpc::Status status = answer_first(); !status.ok()) return status;
  }
  return grpc::Status::OK;
}

}  // namespace daicho::registry
