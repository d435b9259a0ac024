#include "services/cli/audit_folder.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/server/config.h"
#include "services/cli/audit_verify.h"
#include "services/cli/output_file.h"

namespace daicho::cli {
namespace {

namespace domain = audit::domain;
namespace fs = std::filesystem;

// A bundle of 256 entries of 64 KB; a body may have 1 MB.
constexpr std::size_t kMaxFileBytes = std::size_t{512} << 20;

std::string BodiesName(const domain::TileId& bundle) {
  return absl::StrCat("bodies", domain::PathOf(bundle).substr(sizeof("tile/entries") - 1));
}

absl::Status BadBodies(const domain::TileId& bundle) {
  const std::string name = BodiesName(bundle);
  return NotVerified(absl::StrCat(name, " does not hold values of these entries."),
                     absl::StrCat(name, " の内容が、該当する記録のものではありません。"));
}

}  // namespace

absl::StatusOr<std::string> AuditFolder::Read(const std::string& name) const {
  absl::StatusOr<std::string> bytes =
      server::ReadFile(absl::StrCat(path_, "/", name), kMaxFileBytes);
  if (bytes.ok()) return bytes;
  return Refuse(absl::StatusCode::kNotFound, "NO_EXPORT",
                {absl::StrCat(path_, "/", name, " cannot be read: name the folder of an export."),
                 absl::StrCat(path_, "/", name,
                              " を読めません。書き出した監査ログのフォルダーを指定してください。")},
                {{"file", name}});
}

absl::Status AuditFolder::Write(const std::string& name, absl::string_view bytes) const {
  const fs::path path = fs::path(path_) / name;
  const absl::StatusOr<std::string> there = server::ReadFile(path, kMaxFileBytes);
  if (there.ok() && *there == bytes) return absl::OkStatus();
  std::error_code ignored;  // WriteOutput says what is wrong.
  fs::create_directories(path.parent_path(), ignored);
  return WriteOutput(path, bytes);
}

void AuditFolder::Remove(const std::string& name) const {
  std::error_code ignored;
  fs::remove_all(fs::path(path_) / name, ignored);
}

domain::ReadTile AuditFolder::Reader() const {
  return [folder = *this](const domain::TileId& tile) { return folder.Read(domain::PathOf(tile)); };
}

absl::StatusOr<std::vector<domain::VerifierKey>> AuditFolder::Keys() const {
  ASSIGN_OR_RETURN(const std::string text, Read("keys"));
  std::vector<domain::VerifierKey> keys;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const auto key = domain::ParseVerifierKey(line);
    if (key.ok()) keys.push_back(*key);
  }
  return keys;
}

absl::StatusOr<IndexedBodies> AuditFolder::ReadBodies(const domain::TileId& bundle) const {
  IndexedBodies bodies;
  const absl::StatusOr<std::string> text = Read(BodiesName(bundle));
  if (!text.ok()) return bodies;
  const std::int64_t first = bundle.index * domain::kTileWidth;
  for (const absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    const auto text_of = [&](const char* name) {
      return json.is_object() && json.contains(name) && json[name].is_string()
                 ? json[name].get<std::string>()
                 : std::string();
    };
    const bool has_index =
        json.is_object() && json.contains("index") && json["index"].is_number_integer();
    const std::int64_t index = has_index ? json["index"].get<std::int64_t>() : -1;
    if (index < first || index >= first + bundle.width) return BadBodies(bundle);
    event::v1::Body& body = *bodies[index].Add();
    body.set_path(text_of("path"));
    body.set_person(text_of("person"));
    if (!absl::Base64Unescape(text_of("salt"), body.mutable_salt()) ||
        !absl::Base64Unescape(text_of("value"), body.mutable_value())) {
      return BadBodies(bundle);
    }
  }
  return bodies;
}

absl::Status AuditFolder::WriteBodies(const domain::TileId& bundle,
                                      const IndexedBodies& bodies) const {
  std::string text;
  for (const auto& [index, of_entry] : bodies) {
    for (const event::v1::Body& body : of_entry) {
      const nlohmann::ordered_json json = {{"index", index},
                                           {"path", body.path()},
                                           {"salt", absl::Base64Escape(body.salt())},
                                           {"value", absl::Base64Escape(body.value())},
                                           {"person", body.person()}};
      absl::StrAppend(&text, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                      "\n");
    }
  }
  return text.empty() ? absl::OkStatus() : Write(BodiesName(bundle), text);
}

absl::StatusOr<std::int64_t> ExportWriter::Resume(std::int64_t size) {
  for (domain::TileId bundle{.is_bundle = true}; (bundle.index + 1) * domain::kTileWidth <= size;
       ++bundle.index) {
    const auto bytes = folder_.Read(domain::PathOf(bundle));
    if (!bytes.ok()) break;
    const domain::Bundle entries = domain::ParseBundle(*bytes);
    if (!entries.whole || entries.entries.size() != domain::kTileWidth) break;
    for (const absl::string_view leaf : entries.entries) {
      RETURN_IF_ERROR(AddHash(0, domain::LeafHash(leaf)));
    }
    size_ += domain::kTileWidth;
  }
  return size_;
}

absl::Status ExportWriter::Add(const audit::v1::Entry& entry) {
  if (entry.index() != size_) {
    return NotVerified(absl::StrCat("The service left out entry ", size_, "."),
                       absl::StrCat(size_, " 番の記録が届きませんでした。"));
  }
  if (entry.leaf().size() > domain::kMaxEntryBytes) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "ENTRY_TOO_LARGE",
                  {absl::StrCat("Entry ", size_, " is larger than tlog-tiles can hold."),
                   absl::StrCat(size_, " 番の記録が tlog-tiles の上限を超えています。")});
  }
  ++size_;
  leaves_.push_back(entry.leaf());
  if (entry.bodies_size() > 0) bodies_[entry.index()] = entry.bodies();
  RETURN_IF_ERROR(AddHash(0, domain::LeafHash(entry.leaf())));
  return leaves_.size() == domain::kTileWidth ? WriteBundle() : absl::OkStatus();
}

absl::Status ExportWriter::AddHash(int level, const domain::Hash& hash) {
  Level& tiles = levels_[level];
  tiles.hashes.push_back(hash);
  if (tiles.hashes.size() < domain::kTileWidth) return absl::OkStatus();
  RETURN_IF_ERROR(WriteTile(level));
  const domain::Hash above = domain::SubtreeOf(tiles.hashes, 0, domain::kTileWidth);
  tiles.hashes.clear();
  ++tiles.index;
  return AddHash(level + 1, above);
}

absl::Status ExportWriter::WriteTile(int level) {
  const Level& tiles = levels_[level];
  const domain::TileId tile{.level = level,
                            .index = tiles.index,
                            .width = static_cast<std::int64_t>(tiles.hashes.size())};
  return folder_.Write(domain::PathOf(tile), domain::TileOf(tiles.hashes));
}

absl::Status ExportWriter::WriteBundle() {
  const domain::TileId bundle{.is_bundle = true,
                              .index = (size_ - 1) / domain::kTileWidth,
                              .width = static_cast<std::int64_t>(leaves_.size())};
  RETURN_IF_ERROR(folder_.WriteBodies(bundle, bodies_));
  RETURN_IF_ERROR(folder_.Write(domain::PathOf(bundle), domain::BundleOf(leaves_)));
  leaves_.clear();
  bodies_.clear();
  return absl::OkStatus();
}

absl::Status ExportWriter::Finish() {
  if (!leaves_.empty()) RETURN_IF_ERROR(WriteBundle());
  for (const auto& [level, tiles] : levels_) {
    if (!tiles.hashes.empty()) RETURN_IF_ERROR(WriteTile(level));
  }
  return absl::OkStatus();
}

void ExportWriter::RemoveSuperseded() const {
  for (const auto& [level, tiles] : levels_) {
    for (std::int64_t index = 0; index < tiles.index; ++index) {
      folder_.Remove(domain::PathOf({.level = level, .index = index}) + ".p");
      if (level > 0) continue;
      const domain::TileId bundle{.is_bundle = true, .index = index};
      folder_.Remove(domain::PathOf(bundle) + ".p");
      folder_.Remove(BodiesName(bundle) + ".p");
    }
  }
}

}  // namespace daicho::cli
