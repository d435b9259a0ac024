#include "common/base/refusal.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace daicho {
namespace {

constexpr absl::string_view kTypeUrl = "type.googleapis.com/";

template <typename Detail>
void Attach(absl::Status& status, const Detail& detail) {
  status.SetPayload(absl::StrCat(kTypeUrl, Detail::descriptor()->full_name()),
                    absl::Cord(detail.SerializeAsString()));
}

// The detail of that type; an empty one when `status` has none.
template <typename T>
T Detail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload =
      status.GetPayload(absl::StrCat(kTypeUrl, T::descriptor()->full_name()));
  T detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return {};
  return detail;
}

}  // namespace

absl::Status Refuse(absl::StatusCode code, absl::string_view reason, Message message,
                    RefusalFacts facts) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain("daicho");
  for (const auto& [key, value] : facts) {
    (*info.mutable_metadata())[std::string(key)] = std::string(value);
  }
  google::rpc::LocalizedMessage localized;
  localized.set_locale("ja");
  localized.set_message(std::string(message.ja));
  absl::Status status(code, message.en);
  Attach(status, info);
  Attach(status, localized);
  return status;
}

absl::Status RefuseFields(const std::vector<Violation>& violations, absl::string_view reason) {
  google::rpc::BadRequest bad;
  for (const Violation& violation : violations) {
    auto* out = bad.add_field_violations();
    out->set_field(violation.field);
    out->set_description(absl::StrCat(violation.reason, ": ", violation.ja, " / ", violation.en));
  }
  const Violation& first = violations.front();
  absl::Status status =
      Refuse(absl::StatusCode::kInvalidArgument, reason,
             {absl::StrCat(first.field, ": ", first.en), absl::StrCat(first.field, ": ", first.ja)},
             {{"field", first.field}, {"problem", first.reason}});
  Attach(status, bad);
  return status;
}

absl::Status RefusePreconditions(absl::string_view reason, Message message,
                                 const std::vector<Violation>& violations) {
  google::rpc::PreconditionFailure failure;
  for (const Violation& violation : violations) {
    auto* out = failure.add_violations();
    out->set_type(violation.reason);
    out->set_subject(violation.field);
    out->set_description(absl::StrCat(violation.ja, " / ", violation.en));
  }
  absl::Status status = Refuse(absl::StatusCode::kFailedPrecondition, reason, message);
  Attach(status, failure);
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  return Detail<google::rpc::ErrorInfo>(status).reason();
}

std::string JapaneseOf(const absl::Status& status) {
  return Detail<google::rpc::LocalizedMessage>(status).message();
}

absl::Status EtagMismatch() {
  return Refuse(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                {"Somebody else changed it meanwhile; read it again, then repeat the change.",
                 "ほかの人が先に変更しています。読み直してから、もう一度変更してください。"});
}

}  // namespace daicho
