#include "common/rpc/token.h"

#include <fcntl.h>
#include <google/protobuf/struct.pb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "services/cli/commands.h"
#include "services/cli/session.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

constexpr char kSigningKeyFile[] = "signing.jwk";
constexpr char kJwksFile[] = "jwks.json";

absl::StatusOr<Exit> Token(Session& session, const Arguments&) {
  ASSIGN_OR_RETURN(const std::string token, session.Token());
  if (token.empty()) {
    return WrongCommandLine("Say whose token with --as.",
                            "--as で誰のトークンか指定してください。");
  }
  google::protobuf::Struct answer;
  (*answer.mutable_fields())["token"].set_string_value(token);
  RETURN_IF_ERROR(session.Show(answer, [&](int) { return token + "\n"; }));
  return Exit::kOk;
}

absl::Status CannotWrite(const std::string& path, absl::string_view why) {
  return Refuse(absl::StatusCode::kInvalidArgument, "UNWRITABLE_FILE",
                {absl::StrCat(path, " cannot be written: ", why),
                 absl::StrCat(path, " に書き込めません: ", why)});
}

// Writes a new file with exactly these rights. A file that exists is left alone: a key that tokens
// were signed with must not be lost.
absl::Status WriteNewFile(const std::string& path, const std::string& text, mode_t mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0 && errno == EEXIST) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "FILE_EXISTS",
                  {absl::StrCat(path, " exists; remove it first to make a new key."),
                   absl::StrCat(path, " がすでにあります。作り直すには先に削除してください。")});
  }
  if (file < 0) return CannotWrite(path, std::strerror(errno));
  const bool written = fchmod(file, mode) == 0 &&
                       write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       fsync(file) == 0;
  const int error = errno;
  close(file);
  return written ? absl::OkStatus() : CannotWrite(path, std::strerror(error));
}

absl::StatusOr<Exit> Init(Session& session, const Arguments& arguments) {
  const std::filesystem::path folder = arguments.operands[0];
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return CannotWrite(folder, error.message());
  ASSIGN_OR_RETURN(const rpc::SigningKey key, rpc::MakeSigningKey());
  RETURN_IF_ERROR(WriteNewFile(folder / kSigningKeyFile, key.jwk, 0600));
  RETURN_IF_ERROR(WriteNewFile(folder / kJwksFile, key.jwks, 0644));
  google::protobuf::Struct answer;
  (*answer.mutable_fields())["signing_key_file"].set_string_value(folder / kSigningKeyFile);
  (*answer.mutable_fields())["jwks_file"].set_string_value(folder / kJwksFile);
  RETURN_IF_ERROR(session.Show(answer, [&](int) {
    return Render(
        Details{{"署名鍵(秘密)", folder / kSigningKeyFile}, {"公開鍵", folder / kJwksFile}});
  }));
  return Exit::kOk;
}

}  // namespace

Group TokenCommands() {
  return {"token",
          "トークンの発行(手元の環境用)",
          "Tokens of the local issuer",
          {{"token",
            "",
            "署名したトークンを表示します。一時間有効です。",
            "Prints a signed token, good for an hour.",
            {},
            {"daicho token --as hirose", "daicho token --as hirose > token.txt"},
            Token},
           {"token init",
            "DIR",
            "発行者の鍵を作ります: signing.jwk(秘密)と jwks.json(公開)。",
            "Makes the local issuer's key: signing.jwk (private) and jwks.json (public).",
            {},
            {"daicho token init var/issuer"},
            Init}}};
}

}  // namespace daicho::cli
