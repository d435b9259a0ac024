// An exported log: C2SP tlog-tiles as plain files, and the values kept beside the log. What each
// file is: services/audit/ENCODING.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daicho/audit/v1/audit_service.pb.h"
#include "services/audit/domain/export_check.h"
#include "services/audit/domain/note.h"
#include "services/audit/domain/tile.h"

namespace daicho::cli {

using IndexedBodies = std::map<std::int64_t, google::protobuf::RepeatedPtrField<event::v1::Body>>;

class AuditFolder {
 public:
  explicit AuditFolder(std::string path) : path_(std::move(path)) {}

  // Refuses with NOT_FOUND (NO_EXPORT) when there is no such file.
  absl::StatusOr<std::string> Read(const std::string& name) const;
  // Writes a file whole or not at all, with its folders; one that has these bytes stays.
  absl::Status Write(const std::string& name, absl::string_view bytes) const;
  void Remove(const std::string& name) const;

  audit::domain::ReadTile Reader() const;

  // Keys that the export brings along.
  absl::StatusOr<std::vector<audit::domain::VerifierKey>> Keys() const;

  // Bodies of the entries of a bundle; empty when they have none. DATA_LOSS (AUDIT_NOT_VERIFIED)
  // when the file does not hold bodies of these entries.
  absl::StatusOr<IndexedBodies> ReadBodies(const audit::domain::TileId& bundle) const;
  absl::Status WriteBodies(const audit::domain::TileId& bundle, const IndexedBodies& bodies) const;

 private:
  std::string path_;
};

// Takes entries in order and writes what they make: bundles, bodies, tiles. What an earlier export
// has whole already is taken over.
class ExportWriter {
 public:
  explicit ExportWriter(AuditFolder folder) : folder_(std::move(folder)) {}

  // Takes over the full bundles there are of a log of `size`. Returns how many entries that are.
  absl::StatusOr<std::int64_t> Resume(std::int64_t size);
  absl::Status Add(const audit::v1::Entry& entry);
  // Writes what is left.
  absl::Status Finish();
  // Removes the partial files of the log when it was smaller: once its new checkpoint is there.
  void RemoveSuperseded() const;

 private:
  absl::Status AddHash(int level, const audit::domain::Hash& hash);
  absl::Status WriteTile(int level);
  absl::Status WriteBundle();

  AuditFolder folder_;
  std::int64_t size_ = 0;
  std::vector<std::string> leaves_;  // Of the bundle that is not full yet.
  IndexedBodies bodies_;
  struct Level {
    std::int64_t index = 0;  // Of the tile that is not full yet.
    std::vector<audit::domain::Hash> hashes;
  };
  std::map<int, Level> levels_;
};

}  // namespace daicho::cli
