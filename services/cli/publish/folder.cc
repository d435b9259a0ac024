#include "services/cli/publish/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::cli::publish {
namespace {

namespace fs = std::filesystem;

// What tells a publication from any other folder.
constexpr const char* kMarks[] = {"SHA256SUMS", "index.html", "accounts.csv"};

absl::Status Unusable(const std::string& path, int error) {
  const std::string why = std::generic_category().message(error);
  std::string ja = "公開用のフォルダーを確認してください。以前の公開内容はそのままです。";
  std::string en = "Look at the folder; what was published before stands untouched.";
  if (error == ENOSPC || error == EDQUOT) {
    ja = "ディスクの空きを作ってから再実行してください。以前の公開内容はそのままです。";
    en = "Make room on the disk and try again; what was published before stands untouched.";
  } else if (error == EINVAL || error == ENOSYS) {
    ja = "フォルダーを一度に入れ替えられないファイルシステムです。ローカルのディスクを指定してくだ"
         "さい。";
    en = "This file system cannot exchange folders in one step; publish to a local disk.";
  }
  return Refuse(absl::StatusCode::kFailedPrecondition, "FOLDER_UNUSABLE",
                {absl::StrCat(path, ": ", why, ". ", en), absl::StrCat(path, ": ", why, "。", ja)},
                {{"path", path}, {"error", why}});
}

absl::Status NotOurs(const std::string& path) {
  return Refuse(
      absl::StatusCode::kFailedPrecondition, "FOLDER_NOT_OURS",
      {absl::StrCat(path,
                    " holds something else than a publication, which would be lost; name a "
                    "folder that is empty or does not exist yet."),
       absl::StrCat(path,
                    " には公開した一覧以外のものがあり、失われてしまいます。空のフォルダーか、"
                    "まだないフォルダーを指定してください。")},
      {{"path", path}});
}

// Whether nothing would be lost if the folder went.
bool MayBeReplaced(const std::string& path) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return true;
  if (!fs::is_directory(path, error)) return false;
  if (fs::is_empty(path, error)) return !error;
  for (const char* mark : kMarks) {
    if (!fs::is_regular_file(fs::path(path) / mark, error)) return false;
  }
  return true;
}

absl::Status SyncFolder(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Unusable(path, errno);
  const bool synced = fsync(folder) == 0;
  const int error = errno;
  close(folder);
  return synced ? absl::OkStatus() : Unusable(path, error);
}

absl::Status WriteAll(int file, const std::string& path, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unusable(path, errno);
    written += static_cast<std::size_t>(count);
  }
  return absl::OkStatus();
}

// Everybody may read what is public, whatever the publisher's umask.
absl::Status WriteFile(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return Unusable(path, errno);
  absl::Status status = WriteAll(file, path, text);
  if (status.ok() && (fchmod(file, 0644) != 0 || fsync(file) != 0)) status = Unusable(path, errno);
  if (close(file) != 0 && status.ok()) status = Unusable(path, errno);
  return status;
}

absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0755) == 0 && chmod(path.c_str(), 0755) == 0) return absl::OkStatus();
  return Unusable(path, errno);
}

absl::Status WriteFiles(const std::string& folder,
                        const std::map<std::string, std::string>& files) {
  RETURN_IF_ERROR(MakeFolder(folder));
  std::set<std::string> below;
  for (const auto& [path, text] : files) {
    const std::string whole = absl::StrCat(folder, "/", path);
    const std::string parent = fs::path(whole).parent_path().string();
    if (parent != folder && below.insert(parent).second) RETURN_IF_ERROR(MakeFolder(parent));
    RETURN_IF_ERROR(WriteFile(whole, text));
  }
  for (const std::string& parent : below) RETURN_IF_ERROR(SyncFolder(parent));
  return SyncFolder(folder);
}

void Remove(const std::string& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

std::string Beside(const std::string& path, absl::string_view suffix) {
  const fs::path whole(path);
  return (whole.parent_path() / absl::StrCat(".", whole.filename().string(), suffix)).string();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Folder>> Folder::Open(const std::string& path) {
  std::error_code error;
  fs::path whole = fs::weakly_canonical(fs::absolute(path), error);
  if (error) return Unusable(path, error.value());
  if (whole.filename().empty()) whole = whole.parent_path();
  if (whole == whole.root_path()) return NotOurs(path);
  const std::string above = whole.parent_path().string();
  const int parent = open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return Unusable(above, errno);
  std::unique_ptr<Folder> folder(new Folder(whole.string(), parent));
  if (flock(parent, LOCK_EX | LOCK_NB) != 0) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "PUBLICATION_IN_PROGRESS",
                  {"Somebody else publishes here at this moment; wait until that has ended.",
                   "別の処理が公開中です。終わってから再実行してください。"},
                  {{"path", path}});
  }
  if (!MayBeReplaced(whole.string())) return NotOurs(path);
  return folder;
}

Folder::Folder(std::string path, int parent)
    : path_(std::move(path)),
      new_(Beside(path_, ".new")),
      old_(Beside(path_, ".previous")),
      parent_(parent) {}

Folder::~Folder() { close(parent_); }

absl::Status Folder::Replace(const std::map<std::string, std::string>& files) {
  Remove(new_);  // Left by a publisher that was killed.
  absl::Cleanup remove_new = [this] { Remove(new_); };
  RETURN_IF_ERROR(WriteFiles(new_, files));
  RETURN_IF_ERROR(Swap());
  std::move(remove_new).Cancel();
  if (fsync(parent_) != 0) return Unusable(path_, errno);
  return absl::OkStatus();
}

absl::Status Folder::Swap() {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(path_, ignored))) {
    if (renameat2(AT_FDCWD, new_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
      return absl::OkStatus();
    }
    return Unusable(path_, errno);
  }
  if (renameat2(AT_FDCWD, new_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) != 0) {
    return Unusable(path_, errno);
  }
  // Where `new_` was, the former publication is now.
  Remove(old_);
  if (rename(new_.c_str(), old_.c_str()) != 0) Remove(new_);
  return absl::OkStatus();
}

}  // namespace daicho::cli::publish
