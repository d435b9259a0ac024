#include "services/cli/audit_query.h"

#include <google/protobuf/util/json_util.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "daicho/audit/v1/audit_service.grpc.pb.h"
#include "services/cli/audit_text.h"
#include "services/cli/labels.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

namespace v1 = audit::v1;

constexpr int kPageSize = 1000;

// "departments/0303" for it or "0303".
std::string DepartmentName(const std::string& text) {
  if (text.empty()) return text;
  return absl::StrCat("departments/", absl::StripPrefix(text, "departments/"));
}

// A moment named by a flag. Of a day, its beginning, or with `whole_day` its end.
absl::StatusOr<std::optional<absl::Time>> MomentFlag(const Arguments& arguments,
                                                     const std::string& flag, bool whole_day) {
  ASSIGN_OR_RETURN(const AsOf moment, AsOfFlag(arguments, flag));
  if (!moment.day) return moment.time;
  return absl::FromCivil(*moment.day + (whole_day ? 1 : 0), absl::FixedTimeZone(9 * 60 * 60));
}

std::string ChangesText(const event::v1::Event& event) {
  return absl::StrJoin(event.changes(), "\n", [](std::string* out, const auto& change) {
    absl::StrAppend(out, change.path(), ": ", change.before(), " → ", change.after());
  });
}

}  // namespace

std::vector<Flag> QueryFlags() {
  return {
      {"resource", "NAME", "この対象についてだけ", "Only about this resource"},
      {"timeline", "NAME", "このアカウントと、その協議書・助言の経過だけ",
       "Only about this account, its forms and its advice, across all services"},
      {"actor", "NAME", "この人の行為だけ(users/…)", "Only by this actor: users/…"},
      {"department", "CODE", "この所属についてだけ", "Only about this department"},
      {"from", "TIME", "この日時以降だけ", "Only from this day or time on"},
      {"until", "TIME", "この日の終わり、または日時より前だけ",
       "Only until the end of this day, or before this time"},
      {"rpc", "NAME", "この呼び出しだけ",
       "Only of this RPC: daicho.approval.v1.FormService/SubmitForm"},
      {"type", "TYPE", "この内容だけ(form.submitted など)", "Only of this type: form.submitted"},
      {"service", "NAME", "このサービスでのことだけ", "Only what happened in this service"},
      {"outcome", "ok|refused", "成立したもの、または拒否されたものだけ",
       "Only what was done, or what was refused"}};
}

absl::StatusOr<v1::ListEntriesRequest> QueryOf(const Arguments& arguments) {
  v1::ListEntriesRequest request;
  request.set_resource(arguments.Get("resource"));
  request.set_timeline_of(arguments.Get("timeline"));
  request.set_actor(arguments.Get("actor"));
  request.set_department(DepartmentName(arguments.Get("department")));
  request.set_rpc(arguments.Get("rpc"));
  request.set_type(arguments.Get("type"));
  request.set_service(arguments.Get("service"));
  ASSIGN_OR_RETURN(const auto from, MomentFlag(arguments, "from", false));
  ASSIGN_OR_RETURN(const auto until, MomentFlag(arguments, "until", true));
  if (from) *request.mutable_from_time() = wire::ToTimestamp(*from);
  if (until) *request.mutable_until_time() = wire::ToTimestamp(*until);
  const std::string outcome = arguments.Get("outcome");
  if (outcome == "ok") request.set_outcome(event::v1::Event::OUTCOME_OK);
  if (outcome == "refused") request.set_outcome(event::v1::Event::OUTCOME_REFUSED);
  if (outcome.empty() || request.outcome() != event::v1::Event::OUTCOME_UNSPECIFIED) return request;
  return WrongCommandLine("--outcome is ok or refused.",
                          "--outcome には ok か refused を指定してください。");
}

absl::Status ForEachEntry(Session& session, v1::ListEntriesRequest request,
                          const std::function<absl::Status(const v1::Entry&)>& visit) {
  request.set_page_size(kPageSize);
  do {
    ASSIGN_OR_RETURN(const auto page, session.Read(&v1::AuditService::Stub::ListEntries, request));
    for (const v1::Entry& entry : page.entries()) RETURN_IF_ERROR(visit(entry));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

EntryTables::EntryTables()
    : table_{"audit",
             {{"番号", "index"},
              {"日時", "time"},
              {"内容", "type"},
              {"誰が", "actor"},
              {"氏名", "actor_name"},
              {"誰がの所属", "actor_department"},
              {"対象", "resource"},
              {"関連", "related"},
              {"所属", "department"},
              {"サービス", "service"},
              {"呼び出し", "rpc"},
              {"結果", "outcome"},
              {"理由", "reason"},
              {"変更", "changes"},
              {"request_id", "request_id"},
              {"イベント", "event_id"},
              {"葉のハッシュ", "leaf_hash"}},
             {}} {}

void EntryTables::Add(const v1::Entry& entry) {
  const event::v1::Event& event = entry.event();
  table_.rows.push_back(
      {absl::StrCat(entry.index()), TimeText(event.event_time()), event.type(),
       event.actor().subject(), event.actor().display_name(), event.actor().department(),
       event.resource(), absl::StrJoin(event.related_resources(), "\n"), event.department(),
       event.service(), event.rpc(), EnumLabel(event.outcome()), event.reason(), ChangesText(event),
       event.request_id(), event.event_id(), HashText(entry.leaf_hash())});
  std::string json;
  if (google::protobuf::util::MessageToJsonString(entry, &json).ok()) {
    absl::StrAppend(&json_lines_, json, "\n");
  }
}

std::string EntryTables::Csv() const { return sheet::WriteCsvUtf8(table_); }

}  // namespace daicho::cli
