// One run of the command line: the profile, who is calling, channels, and what is printed.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "daicho/config/v1/config.pb.h"
#include "services/cli/command.h"
#include "services/cli/errors.h"

namespace daicho::cli {

// What the program finds around it.
struct Surroundings {
  std::ostream& out;
  std::ostream& err;
  int terminal_width = 0;       // Of standard output; 0 when it is no terminal.
  std::string default_profile;  // Used without --profile.
  std::string command_line;     // As typed, quoted for a shell.
  absl::Time now;
  bool err_is_terminal = false;
};

// How often a change is sent, and how long to wait before the second time; doubles each time.
struct Retry {
  int attempts = 4;
  absl::Duration pause = absl::Milliseconds(500);
};

// Sends a change until its outcome is known: repeats `send` while that is worth it. `notice` is
// called before each repetition. Only for calls that carry a request_id.
absl::Status SendUntilKnown(const Retry& retry, const std::function<absl::Status()>& send,
                            const std::function<void(int attempt)>& notice);

enum class Format { kTable, kJson };

class Session {
 public:
  // Refuses with INVALID_ARGUMENT (WRONG_COMMAND_LINE) a global flag that makes no sense. `global`
  // flags are read at once, the profile when it is first needed. `arguments` outlives the session.
  static absl::StatusOr<std::unique_ptr<Session>> Make(const Arguments& arguments,
                                                       const Surroundings& around);

  // Calls an RPC that changes nothing: session.Read(&v1::AccountService::Stub::GetAccount,
  // request).
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Read(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    Response response;
    RETURN_IF_ERROR(Send(*Request::descriptor(), BoundCall(method, request, &response)));
    return response;
  }

  // Calls an RPC that answers with many messages and hands each to `take`. What was taken counts
  // only when this is OK.
  template <typename Stub, typename Request, typename Response>
  absl::Status ReadStream(std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(
                              grpc::ClientContext*, const Request&),
                          const Request& request,
                          const std::function<void(const Response&)>& take) {
    return Send(*Request::descriptor(),
                [&](const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& context) {
                  Stub stub(channel);
                  const auto reader = (stub.*method)(&context, request);
                  Response message;
                  while (reader->Read(&message)) take(message);
                  return reader->Finish();
                });
  }

  // Like Read, over all pages: one response with the entries of all of them and no page token.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> ReadAll(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                                   Request request) {
    Response all;
    RETURN_IF_ERROR(
        ReadPages(method, std::move(request), [&](const Response& page) { all.MergeFrom(page); }));
    all.clear_next_page_token();
    return all;
  }

  // The same, with each page given to `take` as it comes.
  template <typename Stub, typename Request, typename Response, typename Take>
  absl::Status ReadPages(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                         Request request, const Take& take) {
    request.set_page_size(kPageSize);
    do {
      ASSIGN_OR_RETURN(const Response page, Read(method, request));
      take(page);
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return absl::OkStatus();
  }

  // Calls an RPC that changes something, with this run's request_id, until its outcome is known.
  // What is sent in several parts names each by a number of its own.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Write(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                                 Request request, int part = 0) {
    Response response;
    // Found out afterwards, a wrong path would look like a change that was not made.
    RETURN_IF_ERROR(CheckWantedField(*Response::descriptor()));
    request.set_request_id(RequestIdOf(part));
    RETURN_IF_ERROR(SendChange(*Request::descriptor(), BoundCall(method, request, &response)));
    return response;
  }

  // The same for an RPC that takes many messages: `send` writes all of them, each time the change
  // is sent.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> WriteStream(
      std::unique_ptr<grpc::ClientWriter<Request>> (Stub::*method)(grpc::ClientContext*, Response*),
      const std::function<void(const std::string& request_id, grpc::ClientWriter<Request>&)>& send,
      int part = 0) {
    Response response;
    RETURN_IF_ERROR(CheckWantedField(*Response::descriptor()));
    const std::string request_id = RequestIdOf(part);
    RETURN_IF_ERROR(SendChange(
        *Request::descriptor(),
        [&](const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& context) {
          Stub stub(channel);
          const auto writer = (stub.*method)(&context, &response);
          send(request_id, *writer);
          writer->WritesDone();
          return writer->Finish();
        }));
    return response;
  }

  // The etag to guard a change with: --etag, else what `read_current` finds.
  absl::StatusOr<std::string> EtagOr(
      const std::function<absl::StatusOr<std::string>()>& read_current);

  // Prints the answer: as JSON, one field of it (--get), or what `table` makes for a terminal of
  // that width.
  absl::Status Show(const google::protobuf::Message& answer,
                    const std::function<std::string(int width)>& table);

  // The person of the profile who is calling: --as, else the profile's default. Null with
  // --token-file, or when the profile names nobody.
  absl::StatusOr<const config::v1::Identity*> Caller();
  // A token for that person, or the one in --token-file; empty when there is nobody.
  absl::StatusOr<std::string> Token();
  // From now on call without a token, unless --as or --token-file was given.
  void PreferAnonymous() { prefer_anonymous_ = true; }

  // `departments/…` named by `flag`, else the caller's own. Refuses when there is neither.
  absl::StatusOr<std::string> DepartmentOr(const std::string& flag);

  absl::StatusOr<const config::v1::CliProfile*> Profile();
  // A file beside the profile.
  std::string PathBesideProfile(absl::string_view file_name) const;

  // How to send the change again, when it was sent and its outcome is not known.
  const Repeat& repeat() const { return repeat_; }
  const Surroundings& around() const { return around_; }
  Format format() const { return format_; }
  // Today in Asia/Tokyo.
  absl::CivilDay Today() const;

 private:
  using Call =
      std::function<grpc::Status(const std::shared_ptr<grpc::Channel>&, grpc::ClientContext&)>;
  static constexpr int kPageSize = 500;

  Session(const Arguments& arguments, const Surroundings& around);

  template <typename Stub, typename Request, typename Response>
  static Call BoundCall(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                     Response*),
                        const Request& request, Response* response) {
    return [method, &request, response](const std::shared_ptr<grpc::Channel>& channel,
                                        grpc::ClientContext& context) {
      Stub stub(channel);
      return (stub.*method)(&context, request, response);
    };
  }

  // This run's request_id; another, always the same, for each part after the first.
  std::string RequestIdOf(int part) const;
  // Refuses a --get that an answer of this type cannot satisfy.
  absl::Status CheckWantedField(const google::protobuf::Descriptor& answer) const;
  // One call to the service whose package `request` is in.
  absl::Status Send(const google::protobuf::Descriptor& request, const Call& call);
  absl::Status SendChange(const google::protobuf::Descriptor& request, const Call& call);
  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelTo(const std::string& service);
  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelFor(
      const google::protobuf::Descriptor& request);

  const Arguments& arguments_;
  Surroundings around_;
  Format format_ = Format::kTable;
  absl::Duration timeout_ = absl::Seconds(30);
  std::string request_id_;
  std::string etag_;
  std::string profile_path_;
  std::optional<config::v1::CliProfile> profile_;
  std::optional<std::string> token_;
  bool prefer_anonymous_ = false;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;
  Repeat repeat_;
};

// "accounts/UUID" for either form of it; refuses with INVALID_ARGUMENT (WRONG_COMMAND_LINE) the
// name of something else.
absl::StatusOr<std::string> FullName(absl::string_view collection, absl::string_view text);

// `message` as JSON, indented, named as in the proto. The same message gives the same text.
absl::StatusOr<std::string> JsonText(const google::protobuf::Message& message);

// Reads text format from `path`. Refuses with INVALID_ARGUMENT (UNREADABLE_FILE), naming file, line
// and column.
absl::Status ReadTextFile(const std::string& path, google::protobuf::Message* message);
// No more than `max_bytes` is ever read into memory.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          std::size_t max_bytes = 64 << 20);

// The field at `path` of `answer` as text; unset, a number is "0", a switch "false", anything else
// "". Refuses with INVALID_ARGUMENT
// (WRONG_COMMAND_LINE) a path that it cannot have.
absl::StatusOr<std::string> FieldText(const google::protobuf::Message& answer,
                                      const std::string& path);

// A day given as `--flag`, else `otherwise`. Refuses with INVALID_ARGUMENT (WRONG_COMMAND_LINE).
absl::StatusOr<absl::CivilDay> DayFlag(const Arguments& arguments, const std::string& flag,
                                       absl::CivilDay otherwise);
// A flag the command cannot do without.
absl::StatusOr<std::string> RequiredFlag(const Arguments& arguments, const std::string& flag);

}  // namespace daicho::cli
