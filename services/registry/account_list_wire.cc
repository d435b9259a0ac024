#include "services/registry/account_list_wire.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"

namespace daicho::registry::wire {
namespace {

absl::Status NotYet(absl::string_view field, absl::string_view en, absl::string_view ja) {
  return RefuseFields({{.field = std::string(field),
                        .reason = "IN_FUTURE",
                        .en = std::string(en),
                        .ja = std::string(ja)}});
}

}  // namespace

absl::StatusOr<std::optional<absl::Time>> ParseReadTime(
    const google::protobuf::Timestamp* read_time, const google::type::Date& read_on,
    absl::Time now) {
  const std::optional<absl::CivilDay> day = daicho::wire::FromDate(read_on);
  if (read_time != nullptr && day) {
    return RefuseFields({{.field = "read_on",
                          .reason = "NOT_WITH_READ_TIME",
                          .en = "Give either read_time or read_on.",
                          .ja = "read_timeとread_onは、どちらか一方だけを指定してください。"}});
  }
  if (read_time != nullptr) {
    const absl::Time time = daicho::wire::FromTimestamp(*read_time);
    if (time <= now) return std::optional<absl::Time>(time);
    return NotYet("read_time", "This instant has not come; leave it out to read the present.",
                  "まだ来ていない時点です。現在の内容を読むときは指定しないでください。");
  }
  if (!day) return std::nullopt;
  const absl::Time end = StartOfTokyoDay(*day + 1) - absl::Microseconds(1);
  if (end <= now) return std::optional<absl::Time>(end);
  return NotYet("read_on", "This day has not ended; leave it out to read the present.",
                "まだ終わっていない日です。現在の内容を読むときは指定しないでください。");
}

absl::StatusOr<domain::AccountQuery> Parse(const v1::ListAccountsRequest& request,
                                           const domain::PlatformTable& platforms) {
  domain::AccountQuery query;
  ASSIGN_OR_RETURN(query.condition, domain::ReadAccountFilter(request.filter(), platforms));
  ASSIGN_OR_RETURN(query.order, domain::ReadAccountOrder(request.order_by()));
  const bool earlier = request.has_read_time() || daicho::wire::FromDate(request.read_on());
  if (!earlier || !domain::DependsOnPosts(query)) return query;
  return RefuseFields(
      {{.field = request.has_read_time() ? "read_time" : "read_on",
        .reason = "NOT_WITH_LAST_POST_TIME",
        .en = "Of posts the ledger keeps the newest alone; leave last_post_time out, or read the "
              "present.",
        .ja = "投稿は最新のものだけを記録しています。last_post_timeを使わないか、"
              "現在の内容を読んでください。"}});
}

absl::Status ReadTimeMissing() {
  return RefuseFields({{.field = "read_time",
                        .reason = "REQUIRED",
                        .en = "Give read_time or read_on.",
                        .ja = "read_timeまたはread_onを指定してください。"}});
}

absl::Status DepartmentNotAsOf() {
  return RefuseFields({{.field = "lookup.department",
                        .reason = "UNWANTED",
                        .en = "Of an earlier moment, only an account can be looked up; list the "
                              "department's accounts as of it instead.",
                        .ja = "過去の時点の照会はアカウントに限ります。所属のアカウントは一覧で確認"
                              "してください。"}});
}

std::vector<std::string> ToTexts(const ListPosition& position) {
  std::vector<std::string> texts = {absl::StrCat(position.change),
                                    absl::StrCat(position.total_size)};
  texts.insert(texts.end(), position.after.begin(), position.after.end());
  return texts;
}

std::optional<ListPosition> ParseListPosition(const std::vector<std::string>& texts) {
  ListPosition position;
  if (texts.size() < 2 || !absl::SimpleAtoi(texts[0], &position.change) ||
      !absl::SimpleAtoi(texts[1], &position.total_size)) {
    return std::nullopt;
  }
  position.after.assign(texts.begin() + 2, texts.end());
  return position;
}

}  // namespace daicho::registry::wire
