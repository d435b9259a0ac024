#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/approval/handling.h"
#include "services/approval/inbox_store.h"
#include "services/approval/service.h"
#include "services/approval/store.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kListInbox{"daicho.approval.v1.FormService.ListInbox"};

store::Bucket BucketOf(v1::ListInboxRequest::Bucket bucket) {
  if (bucket == v1::ListInboxRequest::BUCKET_DEPARTMENT) return store::Bucket::kDepartment;
  if (bucket == v1::ListInboxRequest::BUCKET_OVERDUE) return store::Bucket::kOverdue;
  if (bucket == v1::ListInboxRequest::BUCKET_REVIEW) return store::Bucket::kReview;
  if (bucket == v1::ListInboxRequest::BUCKET_CONFLICT) return store::Bucket::kConflict;
  if (bucket == v1::ListInboxRequest::BUCKET_REMINDER) return store::Bucket::kReminder;
  return store::Bucket::kMine;
}

absl::Status AddEntries(pg::Transaction& tx, const std::vector<store::InboxEntry>& entries,
                        absl::CivilDay today, v1::ListInboxResponse& answer) {
  std::vector<std::string> ids;
  for (const store::InboxEntry& entry : entries) ids.push_back(entry.form);
  ASSIGN_OR_RETURN(std::vector<domain::Form> forms, store::LoadSummaries(tx, ids));
  std::map<std::string, domain::Form> by_id;
  for (domain::Form& form : forms) by_id[form.id] = std::move(form);
  for (const store::InboxEntry& entry : entries) {
    v1::InboxEntry& added = *answer.add_entries();
    ASSIGN_OR_RETURN(*added.mutable_form(), wire::ToProto(by_id[entry.form]));
    *added.mutable_due_on() = daicho::wire::ToDate(entry.due_on);
    added.set_overdue(entry.due_on < today);
  }
  return absl::OkStatus();
}

void SetCounts(const store::InboxCounts& counts, v1::InboxCounts* out) {
  out->set_mine(counts.mine);
  out->set_department(counts.department);
  out->set_overdue(counts.overdue);
  out->set_review(counts.review);
  out->set_conflict(counts.conflict);
  out->set_reminder(counts.reminder);
}

}  // namespace

grpc::Status FormServiceImpl::ListInbox(grpc::ServerContext* context,
                                        const v1::ListInboxRequest* request,
                                        v1::ListInboxResponse* response) {
  return rpc::Read(
      env_, *context, kListInbox, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListInboxResponse> {
        // Everybody has the inbox of their own department, whose name is in their token.
        const std::string& caller = call.caller().subject;
        (void)call.OnlyDepartment();
        store::InboxQuery query = {.reader = ActorOf(call.caller()),
                                   .bucket = BucketOf(request->bucket()),
                                   .today = TokyoDay(call.now())};
        ASSIGN_OR_RETURN(wire::ListCommand only, wire::Parse(*request));
        if (!only.department.empty()) query.department = std::move(only.department);
        query.states = std::move(only.states);
        query.actions = std::move(only.actions);
        ASSIGN_OR_RETURN(query.limit, rpc::PageSize(request->page_size()));
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListInbox.name, caller, *request));
        if (position.size() == 2) {
          query.after_day = ParseDay(position[0]).value_or(query.after_day);
          query.after_form = position[1];
        }
        ASSIGN_OR_RETURN(const store::InboxPage page, store::ListInbox(tx, query));
        ASSIGN_OR_RETURN(const store::InboxCounts counts,
                         store::CountInbox(tx, query.reader, query.today));
        v1::ListInboxResponse answer;
        RETURN_IF_ERROR(AddEntries(tx, page.entries, query.today, answer));
        SetCounts(counts, answer.mutable_counts());
        if (page.has_more) {
          const store::InboxEntry& last = page.entries.back();
          answer.set_next_page_token(env_.page_tokens->Make(kListInbox.name, caller, *request,
                                                            {FormatDay(last.due_on), last.form}));
        }
        return answer;
      });
}

}  // namespace daicho::approval
