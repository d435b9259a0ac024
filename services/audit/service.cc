#include "services/audit/service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/rpc/page_token.h"
#include "common/work/unit_of_work.h"
#include "services/audit/checkpoint_store.h"
#include "services/audit/domain/log.h"
#include "services/audit/domain/merkle.h"
#include "services/audit/store.h"
#include "services/audit/wire.h"

namespace daicho::audit {
namespace {

constexpr rpc::Method kAppendEvents{"daicho.audit.v1.AuditService.AppendEvents"};
constexpr rpc::Method kGetEntry{"daicho.audit.v1.AuditService.GetEntry"};
constexpr rpc::Method kListEntries{"daicho.audit.v1.AuditService.ListEntries"};
constexpr rpc::Method kGetTreeHead{"daicho.audit.v1.AuditService.GetTreeHead"};
constexpr rpc::Method kGetCheckpoint{"daicho.audit.v1.AuditService.GetCheckpoint"};
constexpr rpc::Method kRedactPerson{"daicho.audit.v1.AuditService.RedactPerson"};
constexpr rpc::Method kGetInclusionProof{"daicho.audit.v1.AuditService.GetInclusionProof"};
constexpr rpc::Method kGetConsistencyProof{"daicho.audit.v1.AuditService.GetConsistencyProof"};

// Where a page of a listing starts, and where the listing ends. All its pages share the end, so
// that what is appended meanwhile changes none of them.
absl::StatusOr<domain::Query> ParseQuery(const v1::ListEntriesRequest& request,
                                         const std::vector<std::string>& position,
                                         std::int64_t size_now) {
  ASSIGN_OR_RETURN(domain::Query query, wire::ParseQuery(request));
  ASSIGN_OR_RETURN(query.page_size, rpc::PageSize(request.page_size()));
  if (position.empty()) {
    ASSIGN_OR_RETURN(query.end, wire::ParseSize(request.tree_size(), {.now = size_now}, "tree_size",
                                                "INVALID_FIELD"));
    return query;
  }
  if (position.size() == 2 && absl::SimpleAtoi(position[0], &query.begin) &&
      absl::SimpleAtoi(position[1], &query.end)) {
    return query;
  }
  return absl::InternalError("a page token of this server holds no position");
}

}  // namespace

grpc::Status AuditServiceImpl::AppendEvents(grpc::ServerContext* context,
                                            const v1::AppendEventsRequest* request,
                                            v1::AppendEventsResponse* response) {
  return rpc::Write(env_, *context, kAppendEvents, *request, response,
                    [&](const rpc::Call& call,
                        work::UnitOfWork& unit) -> absl::StatusOr<v1::AppendEventsResponse> {
                      ASSIGN_OR_RETURN(auto events, wire::ParseEvents({request->events().begin(),
                                                                       request->events().end()},
                                                                      call.caller().service));
                      ASSIGN_OR_RETURN(const store::Appended appended,
                                       store::Append(unit.tx(), std::move(events), call.now()));
                      v1::AppendEventsResponse answer;
                      answer.set_appended_count(appended.count);
                      answer.set_tree_size(appended.tree_size);
                      return answer;
                    });
}

grpc::Status AuditServiceImpl::GetEntry(grpc::ServerContext* context,
                                        const v1::GetEntryRequest* request, v1::Entry* response) {
  return rpc::Read(env_, *context, kGetEntry, *request, response,
                   [&](const rpc::Call&, pg::Transaction& tx) -> absl::StatusOr<v1::Entry> {
                     ASSIGN_OR_RETURN(const std::string id,
                                      wire::ParseEventId(request->event_id()));
                     ASSIGN_OR_RETURN(const domain::Entry entry, store::GetEntry(tx, id));
                     return wire::ToProto(entry);
                   });
}

grpc::Status AuditServiceImpl::ListEntries(grpc::ServerContext* context,
                                           const v1::ListEntriesRequest* request,
                                           v1::ListEntriesResponse* response) {
  return rpc::Read(
      env_, *context, kListEntries, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListEntriesResponse> {
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListEntries.name, caller, *request));
        ASSIGN_OR_RETURN(const domain::Head head, store::GetHead(tx));
        ASSIGN_OR_RETURN(const domain::Query query, ParseQuery(*request, position, head.tree.size));
        ASSIGN_OR_RETURN(const domain::Page page, store::ListEntries(tx, query));
        v1::ListEntriesResponse answer;
        for (const domain::Entry& entry : page.entries)
          *answer.add_entries() = wire::ToProto(entry);
        if (page.has_more) {
          answer.set_next_page_token(env_.page_tokens->Make(
              kListEntries.name, caller, *request,
              {absl::StrCat(page.entries.back().index + 1), absl::StrCat(query.end)}));
        }
        return answer;
      });
}

grpc::Status AuditServiceImpl::GetTreeHead(grpc::ServerContext* context,
                                           const v1::GetTreeHeadRequest* request,
                                           v1::TreeHead* response) {
  return rpc::Read(env_, *context, kGetTreeHead, *request, response,
                   [&](const rpc::Call&, pg::Transaction& tx) -> absl::StatusOr<v1::TreeHead> {
                     ASSIGN_OR_RETURN(const domain::Head head, store::GetHead(tx));
                     return wire::ToProto(head);
                   });
}

grpc::Status AuditServiceImpl::GetCheckpoint(grpc::ServerContext* context,
                                             const v1::GetCheckpointRequest* request,
                                             v1::Checkpoint* response) {
  return rpc::Read(
      env_, *context, kGetCheckpoint, *request, response,
      [&](const rpc::Call&, pg::Transaction& tx) -> absl::StatusOr<v1::Checkpoint> {
        ASSIGN_OR_RETURN(const store::Checkpoints checkpoints, store::GetCheckpoints(tx));
        ASSIGN_OR_RETURN(v1::Checkpoint checkpoint, wire::ToProto(checkpoints.served_note));
        for (const auto& key : keys_.log) checkpoint.add_verifier_keys(domain::ToText(key));
        for (const auto& key : keys_.witnesses) checkpoint.add_witness_keys(domain::ToText(key));
        return checkpoint;
      });
}

grpc::Status AuditServiceImpl::RedactPerson(grpc::ServerContext* context,
                                            const v1::RedactPersonRequest* request,
                                            v1::RedactPersonResponse* response) {
  return rpc::Write(
      env_, *context, kRedactPerson, *request, response,
      [&](const rpc::Call&, work::UnitOfWork& unit) -> absl::StatusOr<v1::RedactPersonResponse> {
        ASSIGN_OR_RETURN(const domain::PersonData data, wire::ParsePersonData(*request));
        ASSIGN_OR_RETURN(const int count, store::RedactBodies(unit.tx(), data));
        // What was removed is not told again here.
        RETURN_IF_ERROR(unit.Announce({.type = "person.redacted",
                                       .resource = data.person,
                                       .reason = request->reason(),
                                       .changes = {{"value_count", absl::StrCat(count), "0"}}}));
        v1::RedactPersonResponse answer;
        answer.set_redacted_count(count);
        return answer;
      });
}

grpc::Status AuditServiceImpl::GetInclusionProof(grpc::ServerContext* context,
                                                 const v1::GetInclusionProofRequest* request,
                                                 v1::InclusionProof* response) {
  return rpc::Read(
      env_, *context, kGetInclusionProof, *request, response,
      [&](const rpc::Call&, pg::Transaction& tx) -> absl::StatusOr<v1::InclusionProof> {
        ASSIGN_OR_RETURN(const std::string id, wire::ParseEventId(request->event_id()));
        ASSIGN_OR_RETURN(const domain::Position position, store::GetPosition(tx, id));
        ASSIGN_OR_RETURN(const std::int64_t size, wire::ParseSize(request->tree_size(),
                                                                  {.smallest = position.index + 1,
                                                                   .now = position.tree_size},
                                                                  "tree_size"));
        std::vector<domain::Range> ranges = domain::InclusionPath(position.index, size);
        ranges.push_back({.begin = 0, .end = size});
        ASSIGN_OR_RETURN(std::vector<domain::Hash> hashes, store::GetRangeHashes(tx, ranges));
        v1::InclusionProof proof;
        proof.set_index(position.index);
        proof.set_tree_size(size);
        proof.set_leaf_hash(wire::ToBytes(position.leaf_hash));
        proof.set_root_hash(wire::ToBytes(hashes.back()));
        hashes.pop_back();
        for (const domain::Hash& hash : hashes) proof.add_hashes(wire::ToBytes(hash));
        return proof;
      });
}

grpc::Status AuditServiceImpl::GetConsistencyProof(grpc::ServerContext* context,
                                                   const v1::GetConsistencyProofRequest* request,
                                                   v1::ConsistencyProof* response) {
  return rpc::Read(
      env_, *context, kGetConsistencyProof, *request, response,
      [&](const rpc::Call&, pg::Transaction& tx) -> absl::StatusOr<v1::ConsistencyProof> {
        ASSIGN_OR_RETURN(const domain::Head head, store::GetHead(tx));
        ASSIGN_OR_RETURN(const std::int64_t second,
                         wire::ParseSize(request->second_size(),
                                         {.smallest = 1, .now = head.tree.size}, "second_size"));
        ASSIGN_OR_RETURN(
            const std::int64_t first,
            wire::ParseSize(request->first_size(), {.smallest = 1, .now = second}, "first_size"));
        std::vector<domain::Range> ranges = domain::ConsistencyPath(first, second);
        ranges.push_back({.begin = 0, .end = first});
        ranges.push_back({.begin = 0, .end = second});
        ASSIGN_OR_RETURN(std::vector<domain::Hash> hashes, store::GetRangeHashes(tx, ranges));
        v1::ConsistencyProof proof;
        proof.set_first_size(first);
        proof.set_second_size(second);
        proof.set_second_root(wire::ToBytes(hashes.back()));
        hashes.pop_back();
        proof.set_first_root(wire::ToBytes(hashes.back()));
        hashes.pop_back();
        for (const domain::Hash& hash : hashes) proof.add_hashes(wire::ToBytes(hash));
        return proof;
      });
}

work::DeliverBatch OwnEvents(const rpc::Env& env) {
  return [env](const std::vector<work::Outgoing>& batch, absl::Time deadline) {
    return work::Run(*env.pool, deadline, nullptr, [&](work::UnitOfWork& unit) -> absl::Status {
      std::vector<absl::string_view> payloads;
      for (const work::Outgoing& row : batch) payloads.push_back(row.payload);
      ASSIGN_OR_RETURN(auto events, wire::ParseEvents(payloads, env.service));
      return store::Append(unit.tx(), std::move(events), env.clock->Now()).status();
    });
  };
}

}  // namespace daicho::audit
