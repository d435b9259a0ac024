#include "services/cli/errors.h"

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/refusal.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/cli/labels.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

struct Sentence {
  std::string ja;
  std::string en;
};

// One field, or one finding, at fault.
struct Fault {
  std::string field;
  std::string reason;
  std::string description;
};

struct Trouble {
  std::string reason;
  std::map<std::string, std::string> facts;
  Sentence sentence;
  std::vector<Fault> faults;
  Sentence remedy;
};

// What a code means when the service gave no reason: the fault is not the caller's.
Sentence SentenceFor(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return {"サービスにつながりません。", "A service cannot be reached."};
    case absl::StatusCode::kDeadlineExceeded:
      return {"時間内に応答がありませんでした。", "There was no answer in time."};
    case absl::StatusCode::kUnauthenticated:
      return {"本人確認ができません。", "Who is calling could not be established."};
    case absl::StatusCode::kPermissionDenied:
      return {"この操作は許可されていません。", "This is not permitted."};
    case absl::StatusCode::kResourceExhausted:
      return {"サービスが混み合っています。", "The service is too busy."};
    case absl::StatusCode::kUnimplemented:
      return {"サービスがこの操作を知りません。", "The service does not know this call."};
    default:  // Whatever else may come from outside.
      return {"サービスで障害が起きました。", "The service failed."};
  }
}

// How to mend what a refusal's own sentence does not say, by reason.
Sentence RemedyForReason(const std::string& reason) {
  static const auto* const remedies = new std::map<std::string, Sentence>{
      {"WRONG_COMMAND_LINE", {"daicho help で使い方を確認してください。", "See daicho help."}},
      {"ETAG_MISMATCH",
       {"--etag を付けずにもう一度実行すると、現在の版を読み直します。",
        "Run it again without --etag: the current version is then read first."}},
      {"POLICY_BLOCKS",
       {"daicho form check で指摘を、daicho policy explain で規程を確認し、form update "
        "で直してください。",
        "See the findings with daicho form check and the rules with daicho policy explain, then "
        "mend the form with form update."}},
      {"FORM_INCOMPLETE",
       {"daicho form update の --set で記入してください。",
        "Fill the fields in with --set of daicho form update."}},
      {"ATTACHMENTS_DIFFER",
       {"daicho form attach で添付するか、form detach で外してください。"
        "--attach は名前とSHA-256を記載するだけです。",
        "Add the files with daicho form attach, or take them off with form detach; --attach only "
        "names them."}},
      {"DEPUTY_IN_OWN_NAME",
       {"daicho form absence-record で不在を記録し、form decide に --deputy と --reason を"
        "付けてください。",
        "Record the absence with daicho form absence-record, then give form decide --deputy and "
        "--reason."}},
      {"AUDIT_NOT_VERIFIED",
       {"ログに触れず、監査委員とシステム管理者に知らせ、控えと照合してください。",
        "Leave the log as it is, tell the auditors and the administrator, and compare it with a "
        "copy."}},
      {"WARNINGS_NEED_REASON",
       {"理由を --comment に書いて、もう一度実行してください。",
        "Run it again with the reason as --comment."}},
      {"COMMENT_REQUIRED",
       {"--comment に理由を書いてください。", "Write the reason as --comment."}},
      {"TOKEN_EXPIRED", {"新しいトークンを使ってください。", "Use a new token."}},
      {"TOKEN_INVALID",
       {"--as か --token-file と、プロファイルの発行者を確認してください。",
        "Check --as or --token-file, and the issuer in the profile."}},
  };
  const auto found = remedies->find(reason);
  return found == remedies->end() ? Sentence{} : found->second;
}

Sentence RemedyForCode(absl::StatusCode code) {
  if (code == absl::StatusCode::kUnavailable) {
    return {
        "サービスが動いているか、プロファイルの宛先を確認し、しばらくしてから実行してください。",
        "Check that the services run and the addresses in the profile, then try again later."};
  }
  if (code == absl::StatusCode::kDeadlineExceeded) {
    return {"--timeout を長くして、もう一度実行してください。",
            "Try again with a longer --timeout."};
  }
  if (code == absl::StatusCode::kUnauthenticated) {
    return {"--as か --token-file を付けてください。", "Give --as or --token-file."};
  }
  return {};
}

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const auto payload =
      status.GetPayload(absl::StrCat("type.googleapis.com/", Detail::descriptor()->full_name()));
  if (!payload || !detail.ParseFromString(std::string(*payload))) detail.Clear();
  return detail;
}

Trouble TroubleOf(const absl::Status& status) {
  Trouble trouble;
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  trouble.reason = info.reason();
  const auto bad_request = DetailOf<google::rpc::BadRequest>(status);
  for (const auto& violation : bad_request.field_violations()) {
    trouble.faults.push_back({violation.field(), "", violation.description()});
  }
  const auto failure = DetailOf<google::rpc::PreconditionFailure>(status);
  for (const auto& violation : failure.violations()) {
    trouble.faults.push_back({violation.subject(), violation.type(), violation.description()});
  }
  // The first fault is in the facts too; once is enough.
  if (trouble.faults.empty()) trouble.facts = {info.metadata().begin(), info.metadata().end()};
  if (trouble.reason.empty()) {
    trouble.sentence = SentenceFor(status.code());
    absl::StrAppend(&trouble.sentence.en, " ", std::string(status.message()));
    trouble.remedy = RemedyForCode(status.code());
  } else {
    trouble.sentence = {DetailOf<google::rpc::LocalizedMessage>(status).message(),
                        std::string(status.message())};
    trouble.remedy = RemedyForReason(trouble.reason);
  }
  return trouble;
}

std::string NamedField(const Fault& fault) {
  const std::string label = FieldLabel(fault.field);
  return absl::StrCat(fault.field, label.empty() ? "" : " ", label,
                      fault.reason.empty() || fault.field.empty() ? "" : " ", fault.reason);
}

// Reasons of faults, as services give them; every other reason is a refusal's.
constexpr absl::string_view kBackendUnavailable = "BACKEND_UNAVAILABLE";
constexpr absl::string_view kDeadlineExceeded = "DEADLINE_EXCEEDED";
constexpr absl::string_view kTryAgain = "TRY_AGAIN";

}  // namespace

absl::Status StatusOf(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status out(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return out;
  for (const auto& detail : details.details()) {
    out.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return out;
}

bool OutcomeIsUnknown(const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  if (!reason.empty()) return reason == kBackendUnavailable || reason == kDeadlineExceeded;
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status) || absl::IsUnknown(status);
}

bool IsWorthRepeating(const absl::Status& status) {
  return OutcomeIsUnknown(status) || ReasonOf(status) == kTryAgain;
}

Exit ExitOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Exit::kOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return Exit::kUsage;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
      return Exit::kRefused;
    case absl::StatusCode::kNotFound:
      return Exit::kNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return Exit::kNotPermitted;
    case absl::StatusCode::kAborted:
      return ReasonOf(status) == kTryAgain ? Exit::kFault : Exit::kChanged;
    case absl::StatusCode::kDataLoss:
      return Exit::kNotVerified;
    default:  // Everything else is a fault, codes of later versions included.
      return Exit::kFault;
  }
}

std::string ErrorText(const absl::Status& status, const Repeat& repeat) {
  const Trouble trouble = TroubleOf(status);
  Details details = {{"エラー", trouble.sentence.ja}, {"Error", trouble.sentence.en}};
  const std::string code = absl::StatusCodeToString(status.code());
  details.emplace_back(
      "理由 Reason", trouble.reason.empty() ? code : absl::StrCat(trouble.reason, " (", code, ")"));
  for (const auto& [key, value] : trouble.facts) {
    details.emplace_back("", absl::StrCat(key, ": ", value));
  }
  for (const Fault& fault : trouble.faults) {
    details.emplace_back("項目 Field", absl::StrCat(NamedField(fault), "\n  ", fault.description));
  }
  if (!trouble.remedy.ja.empty()) {
    details.emplace_back("対処 Remedy", absl::StrCat(trouble.remedy.ja, "\n", trouble.remedy.en));
  }
  if (!repeat.request_id.empty()) {
    details.emplace_back("結果不明", absl::StrCat("変更が行われたかどうか分かりません。次のとおり"
                                                  "実行すれば、二重にはなりません。\n",
                                                  repeat.command));
    details.emplace_back("Unknown outcome",
                         "Whether the change was made is not known. Run the line above: it is "
                         "made once, however often you do.");
    details.emplace_back("request_id", repeat.request_id);
  }
  return Render(details);
}

std::string ErrorJson(const absl::Status& status, const Repeat& repeat) {
  const Trouble trouble = TroubleOf(status);
  nlohmann::ordered_json error;
  error["code"] = absl::StatusCodeToString(status.code());
  error["exit_code"] = static_cast<int>(ExitOf(status));
  if (!trouble.reason.empty()) error["reason"] = trouble.reason;
  error["message_ja"] = trouble.sentence.ja;
  error["message"] = trouble.sentence.en;
  if (!trouble.facts.empty()) error["facts"] = trouble.facts;
  for (const Fault& fault : trouble.faults) {
    nlohmann::ordered_json entry = {{"field", fault.field}, {"description", fault.description}};
    if (!fault.reason.empty()) entry["reason"] = fault.reason;
    error["violations"].push_back(entry);
  }
  if (!trouble.remedy.ja.empty()) {
    error["remedy_ja"] = trouble.remedy.ja;
    error["remedy"] = trouble.remedy.en;
  }
  if (!repeat.request_id.empty()) {
    error["request_id"] = repeat.request_id;
    error["repeat"] = repeat.command;
  }
  const nlohmann::ordered_json whole = {{"error", error}};
  return whole.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace daicho::cli
