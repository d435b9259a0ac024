#include <grpcpp/support/status.h>

#include <array>

#include "absl/algorithm/container.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/log.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/handle.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace daicho::rpc {
namespace {

constexpr char kInternal[] = "INTERNAL";
constexpr char kBackendUnavailable[] = "BACKEND_UNAVAILABLE";
constexpr char kDeadlineExceeded[] = "DEADLINE_EXCEEDED";
constexpr char kTryAgain[] = "TRY_AGAIN";
constexpr std::array kFaultReasons = {kInternal, kBackendUnavailable, kDeadlineExceeded, kTryAgain};

grpc::Status Encode(const absl::Status& status) {
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    auto* detail = wire.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  return {static_cast<grpc::StatusCode>(status.code()), wire.message(), wire.SerializeAsString()};
}

// What a client may know of a fault: whether to try again, and the id under which it was logged.
absl::Status Shield(const absl::Status& fault, const std::string& id) {
  const auto say = [&](absl::StatusCode code, absl::string_view reason, absl::string_view en,
                       absl::string_view ja) {
    return Refuse(
        code, reason,
        {absl::StrCat(en, " (error id ", id, ")"), absl::StrCat(ja, "(エラー番号 ", id, ")")},
        {{"error_id", id}});
  };
  if (absl::IsUnavailable(fault)) {
    return say(fault.code(), kBackendUnavailable,
               "This is not available for the moment; try again shortly.",
               "現在利用できません。しばらくしてからやり直してください。");
  }
  if (absl::IsDeadlineExceeded(fault)) {
    return say(fault.code(), kDeadlineExceeded,
               "This took too long; repeat it with the same request_id to learn how it ended.",
               "時間内に終わりませんでした。同じrequest_idでやり直すと結果を確認できます。");
  }
  if (absl::IsAborted(fault)) {
    return say(fault.code(), kTryAgain, "Others changed the same at that moment; try again.",
               "ほかの処理と重なりました。もう一度やり直してください。");
  }
  return say(absl::StatusCode::kInternal, kInternal,
             "An internal error happened; give the administrator this id.",
             "内部エラーが発生しました。この番号をシステム管理者に伝えてください。");
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status, absl::string_view rpc) {
  if (status.ok()) return grpc::Status::OK;
  if (!ReasonOf(status).empty()) return Encode(status);
  const std::string id = NewUuid(absl::Now());
  Log(LogLevel::kError, "fault",
      {{"error_id", id},
       {"rpc", std::string(rpc)},
       {"code", absl::StatusCodeToString(status.code())},
       {"detail", std::string(status.message())}});
  return Encode(Shield(status, id));
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status wire;
  absl::Status out(code, status.error_message());
  if (status.error_details().empty() || !wire.ParseFromString(status.error_details())) return out;
  for (const auto& detail : wire.details()) {
    out.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  // A fault of the peer's is a fault here: it is logged, and no refusal of ours.
  const std::string reason = ReasonOf(out);
  if (!absl::c_linear_search(kFaultReasons, reason)) return out;
  return absl::Status(code, absl::StrCat("peer: ", status.error_message()));
}

}  // namespace daicho::rpc
