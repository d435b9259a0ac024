// The folder a publication stands in, replaced as a whole.
//
// A new folder is written beside the old one, brought to the disk, and the two change places in one
// step of the kernel (renameat2 with RENAME_EXCHANGE). So whoever opens a path gets a file of the
// one or of the other publication, and whoever walks through the open folder stays in the old one,
// which is kept until the next publication. When anything fails before that step, a full disk for
// one, the old publication stands untouched.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daicho::cli::publish {

class Folder {
 public:
  // Takes `path` for itself: nobody else publishes there meanwhile. It may not exist yet, but the
  // folder above must. Refuses with FAILED_PRECONDITION: FOLDER_NOT_OURS when it holds anything but
  // an earlier publication, PUBLICATION_IN_PROGRESS, FOLDER_UNUSABLE.
  static absl::StatusOr<std::unique_ptr<Folder>> Open(const std::string& path);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // Puts `files` (path below the folder to content) in the place of what was there. Refuses with
  // FAILED_PRECONDITION (FOLDER_UNUSABLE), naming what went wrong.
  absl::Status Replace(const std::map<std::string, std::string>& files);

 private:
  Folder(std::string path, int parent);
  absl::Status Swap();

  const std::string path_;  // Without symbolic links.
  const std::string new_;   // ".NAME.new" beside it.
  const std::string old_;   // ".NAME.previous".
  const int parent_;        // The folder above, locked.
};

}  // namespace daicho::cli::publish
