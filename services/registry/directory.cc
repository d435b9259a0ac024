#include "services/registry/directory.h"

#include <future>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "common/base/log.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::registry {
namespace {

// For one page of changes.
constexpr absl::Duration kReadTimeout = absl::Seconds(10);

absl::StatusOr<store::DirectoryChanges> ReadChanges(pg::Pool& pool,
                                                    const store::DirectoryCursor& since) {
  const absl::Time deadline = absl::Now() + kReadTimeout;
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, pool.Acquire(deadline));
  pg::Transaction tx = lease->Begin(deadline);
  return store::ReadDirectoryChanges(tx, since);
}

void Apply(store::DirectoryChanges changes, domain::DirectorySnapshot::Editor& editor) {
  for (domain::LookupEntry& entry : changes.accounts) editor.Put(std::move(entry));
  for (const domain::FormerHolding& former : changes.former) editor.Put(former);
  for (domain::PublicDepartment& department : changes.departments) {
    editor.Put(std::move(department));
  }
  for (domain::PublicWarning& warning : changes.warnings) editor.Put(std::move(warning));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Directory>> Directory::Open(const Options& options) {
  std::unique_ptr<Directory> directory(new Directory(options));
  directory->view_.snapshot = std::make_shared<const domain::DirectorySnapshot>();
  RETURN_IF_ERROR(directory->Refresh());
  directory->thread_ = std::thread([raw = directory.get()] { raw->KeepFresh(); });
  return directory;
}

Directory::~Directory() {
  {
    const absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Directory::Wake() {
  const absl::MutexLock lock(&mutex_);
  woken_ = true;
}

absl::StatusOr<Directory::View> Directory::Current(absl::Time now) const {
  View view;
  {
    const absl::ReaderMutexLock lock(&view_mutex_);
    view = view_;
  }
  if (now - view.as_of > options_.max_age) {
    return Refuse(absl::StatusCode::kUnavailable, "DIRECTORY_STALE",
                  {"The ledger cannot be read at present, so that no answer would be safe; please "
                   "try again in a minute.",
                   "現在、台帳を参照できないため、確実な回答ができません。しばらくしてからもう一度"
                   "お試しください。"});
  }
  return view;
}

absl::Status Directory::Refresh() {
  // Every statement that begins after now sees what was stored before now.
  const absl::Time begin = options_.clock->Now();
  std::shared_ptr<const domain::DirectorySnapshot> snapshot = Latest();
  std::optional<domain::DirectorySnapshot::Editor> editor;
  store::DirectoryCursor cursor = cursor_;
  const auto read = [this](const store::DirectoryCursor& since) {
    return ReadChanges(*options_.pool, since);
  };
  absl::StatusOr<store::DirectoryChanges> changes = read(cursor);
  while (changes.ok() && !(changes->next == cursor)) {
    cursor = changes->next;
    // The database reads the next page while this one is taken up.
    std::future<absl::StatusOr<store::DirectoryChanges>> next;
    if (!changes->complete) next = std::async(std::launch::async, read, cursor);
    if (!editor) editor.emplace(*snapshot);
    Apply(*std::move(changes), *editor);
    if (!next.valid()) break;
    changes = next.get();
  }
  RETURN_IF_ERROR(changes.status());
  if (editor) {
    snapshot = std::make_shared<const domain::DirectorySnapshot>(std::move(*editor).Finish());
  }
  cursor_ = cursor;
  const absl::MutexLock lock(&view_mutex_);
  view_ = {std::move(snapshot), begin};
  return absl::OkStatus();
}

std::shared_ptr<const domain::DirectorySnapshot> Directory::Latest() const {
  const absl::ReaderMutexLock lock(&view_mutex_);
  return view_.snapshot;
}

void Directory::KeepFresh() {
  bool failing = false;
  while (AwaitNext()) {
    const absl::Status status = Refresh();
    if (!status.ok() && !failing) {
      Log(LogLevel::kError, "the directory cannot be refreshed", {{"error", status.ToString()}});
    }
    if (status.ok() && failing) Log(LogLevel::kInfo, "the directory is fresh again");
    failing = !status.ok();
  }
}

bool Directory::AwaitNext() {
  const absl::MutexLock lock(&mutex_);
  const auto due = [this] { return woken_ || stopped_; };
  mutex_.AwaitWithTimeout(absl::Condition(&due), options_.interval);
  woken_ = false;
  return !stopped_;
}

}  // namespace daicho::registry
