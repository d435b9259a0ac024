#include "common/sheet/package.h"

#include <zip.h>

#include <algorithm>

#include "common/sheet/unreadable.h"

namespace daicho::sheet {
namespace {

constexpr std::size_t kStep = 1 << 16;

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

void Package::Discard::operator()(zip* archive) const { zip_discard(archive); }

absl::StatusOr<Package> Package::Open(absl::string_view bytes, std::size_t most_bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive == nullptr && source != nullptr) zip_source_free(source);
  zip_error_fini(&error);
  if (archive == nullptr) return Damaged();
  Package package(archive, most_bytes);
  if (zip_get_num_entries(archive, 0) > kMostParts) {
    return Unreadable("TOO_MANY_PARTS",
                      {"The workbook has too many parts; copy the table into a new workbook.",
                       "ブックの構成が複雑すぎます。表だけを新しいブックに写してください。"});
  }
  return package;
}

bool Package::Has(const std::string& part) const {
  return zip_name_locate(archive_.get(), part.c_str(), ZIP_FL_NOCASE) >= 0;
}

absl::StatusOr<std::string> Package::Read(const std::string& part) {
  const zip_int64_t index = zip_name_locate(archive_.get(), part.c_str(), ZIP_FL_NOCASE);
  if (index < 0) return Damaged();
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(index), 0, &stat) != 0) {
    return Damaged();
  }
  if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
    return Unreadable("ENCRYPTED", {"The workbook is encrypted; save it without a password.",
                                    "ブックが暗号化されています。パスワードなしで保存し直して"
                                    "ください。"});
  }
  const std::unique_ptr<zip_file_t, CloseFile> file(
      zip_fopen_index(archive_.get(), static_cast<zip_uint64_t>(index), 0));
  if (file == nullptr) return Damaged();
  // What the archive says of sizes is not believed: only what comes out counts.
  std::string text;
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + kStep);
    const zip_int64_t count = zip_fread(file.get(), text.data() + before, kStep);
    if (count < 0) return Damaged();
    text.resize(before + static_cast<std::size_t>(count));
    if (text.size() > remaining_) {
      return Unreadable("UNPACKS_TOO_LARGE",
                        {"The workbook unpacks to more than 64 MB; copy the table into a new "
                         "workbook, or split it.",
                         "展開すると64MBを超えます。表だけを新しいブックに写すか、分割して"
                         "ください。"});
    }
    if (count == 0) break;
  }
  remaining_ -= text.size();
  return text;
}

}  // namespace daicho::sheet
