#include "services/cli/session.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/sha256.h"
#include "common/base/uuid.h"
#include "common/rpc/channel.h"
#include "common/rpc/token.h"
#include "common/server/config.h"
#include "common/wire/fields.h"
#include "services/cli/labels.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

absl::Status UnreadableFile(absl::string_view what) {
  return Refuse(absl::StatusCode::kInvalidArgument, "UNREADABLE_FILE",
                {absl::StrCat("The file cannot be used: ", what),
                 absl::StrCat("ファイルを使えません: ", what)});
}

absl::Status MissingProfile(const std::string& path) {
  return Refuse(
      absl::StatusCode::kInvalidArgument, "PROFILE_MISSING",
      {absl::StrCat("There is no profile ", path,
                    ". Name one with --profile or DAICHO_PROFILE, or start the suite: make up."),
       absl::StrCat("プロファイル ", path,
                    " がありません。--profile か DAICHO_PROFILE で指定するか、make up "
                    "で起動してください。")});
}

// "registry" for a message of package "daicho.registry.v1".
std::string ServiceOf(const google::protobuf::Descriptor& message) {
  const std::vector<std::string> parts = absl::StrSplit(message.file()->package(), '.');
  return parts.size() < 2 ? "" : parts[1];
}

absl::StatusOr<Format> ParseFormat(const std::string& text) {
  if (text == "table") return Format::kTable;
  if (text == "json") return Format::kJson;
  return WrongCommandLine("--format must be table or json.", "--format は table か json です。");
}

// What a field says that is not set: a number is 0, a switch false, anything else nothing.
std::string UnsetText(const google::protobuf::FieldDescriptor& field) {
  using google::protobuf::FieldDescriptor;
  if (field.is_repeated()) return "";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "0";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "false";
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "";
  }
  return "";
}

absl::Status NoSuchField(const google::protobuf::Descriptor& answer, const std::string& path) {
  return WrongCommandLine(
      absl::StrCat("The answer (", answer.name(), ") has no field \"", path, "\"."),
      absl::StrCat("応答(", answer.name(), ")に項目「", path, "」はありません。"));
}

// The token in a file. What is no JWT would not get through as a header.
absl::StatusOr<std::string> ReadToken(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  const std::string token(absl::StripAsciiWhitespace(text));
  const bool good = !token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
  });
  if (good) return token;
  return UnreadableFile(absl::StrCat(path, ": holds no token"));
}

}  // namespace

absl::Status SendUntilKnown(const Retry& retry, const std::function<absl::Status()>& send,
                            const std::function<void(int attempt)>& notice) {
  absl::Duration pause = retry.pause;
  absl::Status status = send();
  for (int attempt = 2; attempt <= retry.attempts && IsWorthRepeating(status); ++attempt) {
    notice(attempt);
    absl::SleepFor(pause);
    pause *= 2;
    status = send();
  }
  return status;
}

Session::Session(const Arguments& arguments, const Surroundings& around)
    : arguments_(arguments),
      around_(around),
      request_id_(arguments.Get("request-id")),
      etag_(arguments.Get("etag")),
      profile_path_(arguments.Get("profile", around.default_profile)) {}

absl::StatusOr<std::unique_ptr<Session>> Session::Make(const Arguments& arguments,
                                                       const Surroundings& around) {
  std::unique_ptr<Session> session(new Session(arguments, around));
  if (!arguments.own_format) {
    ASSIGN_OR_RETURN(session->format_, ParseFormat(arguments.Get("format", "table")));
  }
  if (arguments.Has("as") && arguments.Has("token-file")) {
    return WrongCommandLine("Give either --as or --token-file.",
                            "--as と --token-file は同時に指定できません。");
  }
  if (!absl::ParseDuration(arguments.Get("timeout", "30s"), &session->timeout_) ||
      session->timeout_ <= absl::ZeroDuration()) {
    return WrongCommandLine("--timeout must be a duration like 30s or 2m.",
                            "--timeout は 30s や 2m のように指定してください。");
  }
  if (session->request_id_.empty()) session->request_id_ = NewUuid(around.now);
  if (!IsUuid(session->request_id_)) {
    return WrongCommandLine("--request-id must be a UUID in lower case.",
                            "--request-id は小文字のUUIDです。");
  }
  // A shell eats the quotes that belong to an etag.
  const bool bare = !session->etag_.empty() &&
                    std::all_of(session->etag_.begin(), session->etag_.end(), absl::ascii_isdigit);
  if (bare) session->etag_ = absl::StrCat("\"", session->etag_, "\"");
  return session;
}

absl::StatusOr<std::string> Session::EtagOr(
    const std::function<absl::StatusOr<std::string>()>& read_current) {
  if (etag_.empty()) {
    ASSIGN_OR_RETURN(etag_, read_current());
  }
  return etag_;
}

absl::CivilDay Session::Today() const { return TokyoDay(around_.now); }

absl::StatusOr<const config::v1::CliProfile*> Session::Profile() {
  if (!profile_.has_value()) {
    if (!std::filesystem::exists(profile_path_)) return MissingProfile(profile_path_);
    config::v1::CliProfile profile;
    RETURN_IF_ERROR(ReadTextFile(profile_path_, &profile));
    profile_ = std::move(profile);
  }
  return &*profile_;
}

std::string Session::PathBesideProfile(absl::string_view file_name) const {
  return std::filesystem::path(profile_path_).parent_path() / std::string(file_name);
}

absl::StatusOr<const config::v1::Identity*> Session::Caller() {
  ASSIGN_OR_RETURN(const config::v1::CliProfile* profile, Profile());
  if (arguments_.Has("token-file")) return nullptr;
  const std::string name = arguments_.Get("as", profile->default_identity());
  if (name.empty()) return nullptr;
  std::vector<std::string> names;
  for (const auto& identity : profile->identities()) {
    if (identity.name() == name) return &identity;
    names.push_back(identity.name());
  }
  const std::string all = absl::StrJoin(names, ", ");
  return WrongCommandLine(
      absl::StrCat("The profile knows nobody called \"", name, "\", only: ", all),
      absl::StrCat("プロファイルに「", name, "」はありません。指定できる名前: ", all));
}

absl::StatusOr<std::string> Session::Token() {
  if (token_.has_value()) return *token_;
  if (arguments_.Has("token-file")) {
    ASSIGN_OR_RETURN(token_, ReadToken(arguments_.Get("token-file")));
    return *token_;
  }
  if (prefer_anonymous_ && !arguments_.Has("as")) return "";
  ASSIGN_OR_RETURN(const config::v1::Identity* identity, Caller());
  if (identity == nullptr) return "";
  if (profile_->signing_key_file().empty()) {
    return WrongCommandLine(
        "This profile has no local issuer; give a token of yours as --token-file.",
        "このプロファイルには発行者の鍵がありません。--token-file でトークンを指定してください。");
  }
  ASSIGN_OR_RETURN(const std::string jwk, ReadWholeFile(profile_->signing_key_file()));
  rpc::TokenClaims claims;
  claims.issuer = profile_->issuer();
  claims.audience = profile_->audience();
  claims.subject = identity->name();
  claims.display_name = identity->display_name();
  claims.roles.assign(identity->roles().begin(), identity->roles().end());
  claims.department = identity->department();
  claims.issued = around_.now;
  ASSIGN_OR_RETURN(token_, rpc::SignToken(jwk, claims));
  return *token_;
}

absl::StatusOr<std::string> Session::DepartmentOr(const std::string& flag) {
  if (arguments_.Has(flag)) return FullName("departments", arguments_.Get(flag));
  ASSIGN_OR_RETURN(const config::v1::Identity* identity, Caller());
  if (identity != nullptr && !identity->department().empty()) {
    return absl::StrCat("departments/", identity->department());
  }
  return WrongCommandLine(absl::StrCat("Name the department with --", flag, "."),
                          absl::StrCat("--", flag, " で所属を指定してください。"));
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::ChannelTo(const std::string& service) {
  auto& channel = channels_[service];
  if (channel != nullptr) return channel;
  ASSIGN_OR_RETURN(const config::v1::CliProfile* profile, Profile());
  const config::v1::Tls& tls = profile->tls();
  if (tls.ca_file().empty() || tls.certificate_file().empty() || tls.private_key_file().empty()) {
    return UnreadableFile(absl::StrCat(profile_path_, ": tls lacks a file"));
  }
  for (const auto& target : profile->targets()) {
    if (target.service() != service) continue;
    channel = rpc::MakeChannel(
        target.address(), target.uri(),
        {tls.ca_file(), tls.certificate_file(), tls.private_key_file(), tls.crl_file()});
    return channel;
  }
  return UnreadableFile(absl::StrCat(profile_path_, ": targets lacks ", service));
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::ChannelFor(
    const google::protobuf::Descriptor& request) {
  // Lookups may have a process of their own.
  if (absl::EndsWith(request.file()->name(), "/lookup_service.proto")) {
    absl::StatusOr<std::shared_ptr<grpc::Channel>> lookup = ChannelTo("lookup");
    if (lookup.ok()) return lookup;
  }
  return ChannelTo(ServiceOf(request));
}

std::string Session::RequestIdOf(int part) const {
  if (part == 0) return request_id_;
  const std::string hex = absl::BytesToHexString(Sha256(absl::StrCat(request_id_, "/", part)));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20, 12));
}

absl::Status Session::CheckWantedField(const google::protobuf::Descriptor& answer) const {
  const std::string path = arguments_.Get("get");
  if (path.empty() || FieldAt(answer, path) != nullptr) return absl::OkStatus();
  return NoSuchField(answer, path);
}

absl::Status Session::Send(const google::protobuf::Descriptor& request, const Call& call) {
  ASSIGN_OR_RETURN(const auto channel, ChannelFor(request));
  ASSIGN_OR_RETURN(const std::string token, Token());
  grpc::ClientContext context;
  rpc::Address(context, absl::Now() + timeout_, token);
  return StatusOf(call(channel, context));
}

absl::Status Session::SendChange(const google::protobuf::Descriptor& request, const Call& call) {
  absl::Status status = SendUntilKnown(
      Retry{}, [&] { return Send(request, call); },
      [&](int attempt) {
        around_.err
            << "応答がないため同じ番号で再送します / No answer; sending again with the same id ("
            << attempt << ")\n";
      });
  if (OutcomeIsUnknown(status)) {
    repeat_ = {request_id_, around_.command_line};
    if (!arguments_.Has("request-id")) {
      absl::StrAppend(&repeat_.command, " --request-id=", request_id_);
    }
    if (!etag_.empty() && !arguments_.Has("etag")) {
      absl::StrAppend(&repeat_.command, " --etag='", etag_, "'");
    }
  }
  return status;
}

absl::Status Session::Show(const google::protobuf::Message& answer,
                           const std::function<std::string(int width)>& table) {
  if (arguments_.Has("get")) {
    ASSIGN_OR_RETURN(const std::string text, FieldText(answer, arguments_.Get("get")));
    // A program gets the value itself, a terminal what it may show.
    around_.out << (around_.terminal_width > 0 ? Printable(text) : text) << "\n";
    return absl::OkStatus();
  }
  if (format_ == Format::kTable) {
    around_.out << table(around_.terminal_width);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string json, JsonText(answer));
  around_.out << json;
  return absl::OkStatus();
}

absl::StatusOr<std::string> JsonText(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return absl::InternalError("the answer cannot be written as JSON");
  return json;
}

absl::StatusOr<std::string> FullName(absl::string_view collection, absl::string_view text) {
  const std::string prefix = absl::StrCat(collection, "/");
  if (absl::StartsWith(text, prefix)) return std::string(text);
  if (!text.empty() && !absl::StrContains(text, "/")) return absl::StrCat(prefix, text);
  return WrongCommandLine(
      absl::StrCat("\"", text, "\" is not a name of ", collection, "; write ", prefix, "…"),
      absl::StrCat("「", text, "」は ", collection, " の名前ではありません。", prefix,
                   "… と指定してください。"));
}

absl::Status ReadTextFile(const std::string& path, google::protobuf::Message* message) {
  const absl::Status status = server::LoadTextProto(path, message);
  return status.ok() ? status : UnreadableFile(status.message());
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, std::size_t max_bytes) {
  absl::StatusOr<std::string> text = server::ReadFile(path, max_bytes);
  if (!text.ok()) return UnreadableFile(text.status().message());
  return text;
}

absl::StatusOr<std::string> FieldText(const google::protobuf::Message& answer,
                                      const std::string& path) {
  const google::protobuf::FieldDescriptor* field = FieldAt(*answer.GetDescriptor(), path);
  if (field == nullptr) return NoSuchField(*answer.GetDescriptor(), path);
  const Fields fields = wire::Flatten(answer);
  const auto found = fields.find(path);
  return found == fields.end() ? UnsetText(*field) : found->second;
}

absl::StatusOr<absl::CivilDay> DayFlag(const Arguments& arguments, const std::string& flag,
                                       absl::CivilDay otherwise) {
  if (!arguments.Has(flag)) return otherwise;
  const std::optional<absl::CivilDay> day = ParseDay(arguments.Get(flag));
  if (day.has_value()) return *day;
  return WrongCommandLine(absl::StrCat("--", flag, " must be a day that exists, like 2026-12-01."),
                          absl::StrCat("--", flag, " は 2026-12-01 の形の実在する日付です。"));
}

absl::StatusOr<std::string> RequiredFlag(const Arguments& arguments, const std::string& flag) {
  if (!arguments.Get(flag).empty()) return arguments.Get(flag);
  return WrongCommandLine(absl::StrCat("--", flag, " is missing."),
                          absl::StrCat("--", flag, " を指定してください。"));
}

}  // namespace daicho::cli
