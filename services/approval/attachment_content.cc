#include "services/approval/attachment_content.h"

#include <magic.h>
#include <zip.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <pugixml.hpp>
#include <type_traits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::approval {
namespace {

// A file begins and ends with its marks. Some writers put a few bytes behind the last.
struct Marks {
  absl::string_view media_type;
  absl::string_view begin;
  absl::string_view end;
};
constexpr Marks kMarks[] = {
    {"application/pdf", "%PDF-", "%%EOF"},
    {"image/png", "\x89PNG\r\n\x1a\n", "IEND\xae\x42\x60\x82"},
    {"image/jpeg", "\xff\xd8\xff", "\xff\xd9"},
};
constexpr std::int64_t kEndBytes = 1024;
constexpr absl::string_view kZipMark = "PK\x03\x04";
constexpr std::size_t kStep = 1 << 16;
constexpr std::size_t kMostTypesBytes = 1 << 20;

constexpr char kDocx[] = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
constexpr char kXlsx[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

absl::Status RefuseContent(absl::string_view reason, Message message) {
  return Refuse(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status RefuseType(absl::string_view looks_like) {
  return Refuse(absl::StatusCode::kInvalidArgument, "TYPE_NOT_ACCEPTED",
                {"By its content this is no PDF, PNG, JPEG, DOCX or XLSX; save it as one of these. "
                 "Its name does not count.",
                 "内容がPDF・PNG・JPEG・DOCX・XLSXのいずれでもありません(ファイル名では判断しま"
                 "せん)。いずれかの形式で保存し直してください。"},
                {{"looks_like", looks_like}});
}

absl::Status RefuseTruncated() {
  return RefuseContent("ATTACHMENT_TRUNCATED",
                       {"The end of the file is missing; save it again, or copy it anew.",
                        "ファイルの末尾が欠けています。保存し直すか、コピーし直してください。"});
}

absl::Status RefuseDamaged() {
  return RefuseContent("ATTACHMENT_DAMAGED",
                       {"The document cannot be unpacked; open it and save it again.",
                        "文書を展開できません。開いて保存し直してください。"});
}

absl::Status RefuseEncrypted() {
  return RefuseContent("ATTACHMENT_ENCRYPTED", {"The document is encrypted; save it without a "
                                                "password.",
                                                "文書が暗号化されています。パスワードなしで保存し"
                                                "直してください。"});
}

absl::Status RefuseMacros() {
  return RefuseContent("ATTACHMENT_HAS_MACROS",
                       {"The document has macros; save it as DOCX or XLSX without them.",
                        "文書にマクロが含まれています。マクロのない形式(DOCX・XLSX)で保存し直して"
                        "ください。"});
}

absl::Status RefuseBomb() {
  return RefuseContent("UNPACKS_TOO_LARGE",
                       {"The document unpacks to more than 200 MB or has more than 5,000 parts; "
                        "make it smaller, or attach a PDF.",
                        "展開すると200MBまたは5,000部品を超えます。小さくするか、PDFにして"
                        "ください。"});
}

struct CloseMagic {
  void operator()(magic_t magic) const { magic_close(magic); }
};

// What libmagic takes `head` for. It looks into no archive and runs no other check of its own that
// works on more than the bytes given.
absl::StatusOr<std::string> LooksLike(absl::string_view head) {
  const std::unique_ptr<std::remove_pointer_t<magic_t>, CloseMagic> magic(magic_open(
      MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_ELF));
  if (magic == nullptr || magic_load(magic.get(), nullptr) != 0) {
    return absl::InternalError("libmagic has no database: is the package libmagic-mgc there?");
  }
  const char* found = magic_buffer(magic.get(), head.data(), head.size());
  if (found == nullptr) return absl::InternalError("libmagic cannot look at a file");
  return std::string(found);
}

// The last bytes, at most `count`.
absl::StatusOr<std::string> EndOf(const Content& content, std::int64_t count) {
  const auto block = static_cast<std::int64_t>(content.block_bytes);
  const int last = static_cast<int>((content.size_bytes - 1) / block);
  ASSIGN_OR_RETURN(std::string end, content.read_block(last));
  if (static_cast<std::int64_t>(end.size()) < count && last > 0) {
    ASSIGN_OR_RETURN(const std::string before, content.read_block(last - 1));
    end = absl::StrCat(before, end);
  }
  return end.substr(end.size() - std::min<std::size_t>(end.size(), count));
}

// Content as libzip reads it.
class ZipSource {
 public:
  explicit ZipSource(const Content& content) : content_(content) { zip_error_init(&error_); }
  ZipSource(const ZipSource&) = delete;
  ~ZipSource() { zip_error_fini(&error_); }

  // Why a block could not be read; OK while all could.
  const absl::Status& status() const { return status_; }

  static zip_int64_t Answer(void* self, void* data, zip_uint64_t size, zip_source_cmd_t command) {
    return static_cast<ZipSource*>(self)->Do(data, size, command);
  }

 private:
  zip_int64_t Do(void* data, zip_uint64_t size, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_OPEN:
        at_ = 0;
        return 0;
      case ZIP_SOURCE_READ:
        return Read(static_cast<char*>(data), size);
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE:
        return 0;
      case ZIP_SOURCE_STAT: {
        auto* stat = static_cast<zip_stat_t*>(data);
        zip_stat_init(stat);
        stat->size = static_cast<zip_uint64_t>(content_.size_bytes);
        stat->valid = ZIP_STAT_SIZE;
        return sizeof(*stat);
      }
      case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&error_, data, size);
      case ZIP_SOURCE_SEEK: {
        const zip_int64_t to = zip_source_seek_compute_offset(
            static_cast<zip_uint64_t>(at_), static_cast<zip_uint64_t>(content_.size_bytes), data,
            size, &error_);
        if (to < 0) return -1;
        at_ = to;
        return 0;
      }
      case ZIP_SOURCE_TELL:
        return at_;
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
      default:
        zip_error_set(&error_, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
  }

  zip_int64_t Read(char* out, zip_uint64_t size) {
    const auto block_bytes = static_cast<std::int64_t>(content_.block_bytes);
    zip_uint64_t done = 0;
    while (done < size && at_ < content_.size_bytes) {
      const int position = static_cast<int>(at_ / block_bytes);
      if (position != position_ && !Load(position)) return -1;
      const auto from = static_cast<std::size_t>(at_ % block_bytes);
      if (from >= block_.size()) break;
      const std::size_t count = std::min<std::size_t>(size - done, block_.size() - from);
      std::memcpy(out + done, block_.data() + from, count);
      done += count;
      at_ += static_cast<std::int64_t>(count);
    }
    return static_cast<zip_int64_t>(done);
  }

  bool Load(int position) {
    auto block = content_.read_block(position);
    if (block.ok()) {
      block_ = *std::move(block);
      position_ = position;
      return true;
    }
    status_ = block.status();
    zip_error_set(&error_, ZIP_ER_READ, 0);
    return false;
  }

  const Content& content_;
  absl::Status status_;
  zip_error_t error_;
  std::int64_t at_ = 0;
  int position_ = -1;  // Of block_; -1 when there is none.
  std::string block_;
};

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

absl::StatusOr<Archive> Open(ZipSource& source) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* zip_source = zip_source_function_create(&ZipSource::Answer, &source, &error);
  zip_t* archive =
      zip_source == nullptr ? nullptr : zip_open_from_source(zip_source, ZIP_RDONLY, &error);
  if (archive == nullptr && zip_source != nullptr) zip_source_free(zip_source);
  zip_error_fini(&error);
  if (archive == nullptr) return RefuseDamaged();
  return Archive(archive);
}

// Unpacks one part, counts its bytes against `remaining`, and keeps them in `text` unless that is
// null.
absl::Status Unpack(zip_t* archive, zip_uint64_t index, std::int64_t* remaining,
                    std::string* text) {
  const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive, index, 0));
  if (file == nullptr) return RefuseDamaged();
  std::string buffer(kStep, '\0');
  for (;;) {
    const zip_int64_t count = zip_fread(file.get(), buffer.data(), buffer.size());
    if (count < 0) return RefuseDamaged();  // Also when the check sum is wrong.
    if (count == 0) return absl::OkStatus();
    *remaining -= count;
    if (*remaining < 0) return RefuseBomb();
    if (text == nullptr) continue;
    text->append(buffer.data(), static_cast<std::size_t>(count));
    if (text->size() > kMostTypesBytes) return RefuseBomb();
  }
}

// What [Content_Types].xml says the main part is.
absl::StatusOr<std::string> TypeIn(const std::string& types, zip_t* archive) {
  pugi::xml_document document;
  if (!document.load_buffer(types.data(), types.size())) return RefuseDamaged();
  std::string found;
  for (const pugi::xml_node& part : document.child("Types").children("Override")) {
    const absl::string_view type = part.attribute("ContentType").value();
    if (absl::StrContains(type, "macroEnabled") || absl::StrContains(type, "vbaProject")) {
      return RefuseMacros();
    }
    const bool docx = type == absl::StrCat(kDocx, ".main+xml");
    const bool xlsx = type == absl::StrCat(kXlsx, ".main+xml");
    if (!docx && !xlsx) continue;
    const absl::string_view name = part.attribute("PartName").value();
    if (!absl::StartsWith(name, "/") ||
        zip_name_locate(archive, std::string(name.substr(1)).c_str(), ZIP_FL_NOCASE) < 0) {
      return RefuseDamaged();
    }
    if (!found.empty()) return RefuseType("application/zip");
    found = docx ? kDocx : kXlsx;
  }
  if (found.empty()) return RefuseType("application/zip");
  return found;
}

absl::StatusOr<std::string> UnpackAll(zip_t* archive) {
  const zip_int64_t parts = zip_get_num_entries(archive, 0);
  if (parts > kMostParts) return RefuseBomb();
  std::int64_t remaining = kMostUnpackedBytes;
  std::string types;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(parts); ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(archive, i, 0, &stat) != 0 || (stat.valid & ZIP_STAT_NAME) == 0) {
      return RefuseDamaged();
    }
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
      return RefuseEncrypted();
    }
    const absl::string_view name = stat.name;
    if (absl::EndsWithIgnoreCase(name, "vbaProject.bin")) return RefuseMacros();
    const bool is_types = absl::EqualsIgnoreCase(name, "[Content_Types].xml");
    RETURN_IF_ERROR(Unpack(archive, i, &remaining, is_types ? &types : nullptr));
  }
  if (types.empty()) return RefuseType("application/zip");
  return TypeIn(types, archive);
}

absl::StatusOr<std::string> OfficeTypeOf(const Content& content) {
  ZipSource source(content);
  const auto archive = Open(source);
  const absl::StatusOr<std::string> type =
      archive.ok() ? UnpackAll(archive->get()) : absl::StatusOr<std::string>(archive.status());
  // What could not be read is no fault of the document.
  RETURN_IF_ERROR(source.status());
  return type;
}

}  // namespace

absl::StatusOr<std::string> MediaTypeOf(const Content& content) {
  ASSIGN_OR_RETURN(const std::string head, content.read_block(0));
  ASSIGN_OR_RETURN(const std::string looks_like, LooksLike(head));
  for (const Marks& marks : kMarks) {
    if (looks_like != marks.media_type || !absl::StartsWith(head, marks.begin)) continue;
    ASSIGN_OR_RETURN(const std::string end, EndOf(content, kEndBytes));
    if (!absl::StrContains(end, marks.end)) return RefuseTruncated();
    return looks_like;
  }
  if (absl::StartsWith(head, kZipMark) &&
      (looks_like == kDocx || looks_like == kXlsx || looks_like == "application/zip" ||
       looks_like == "application/octet-stream")) {
    return OfficeTypeOf(content);
  }
  if (looks_like == "application/encrypted" || looks_like == "application/CDFV2-encrypted") {
    return RefuseEncrypted();
  }
  return RefuseType(looks_like);
}

}  // namespace daicho::approval
