#include <sys/mman.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/sheet/package.h"
#include "common/sheet/table.h"
#include "common/sheet/xml.h"

namespace daicho::sheet {
namespace {

constexpr int kNarrowest = 8;
constexpr int kWidest = 60;
constexpr std::size_t kMostCharacters = 32'767;

// A file that is in memory alone.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("workbook", MFD_CLOEXEC)) {}
  MemoryFile(const MemoryFile&) = delete;
  ~MemoryFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  bool ok() const { return descriptor_ >= 0; }
  std::string path() const { return absl::StrCat("/proc/self/fd/", descriptor_); }

  absl::StatusOr<std::string> Read() const {
    const off_t size = lseek(descriptor_, 0, SEEK_END);
    if (size < 0) return absl::InternalError("cannot measure the workbook");
    std::string bytes(static_cast<std::size_t>(size), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t count =
          pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return absl::InternalError("cannot read the workbook back");
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

 private:
  const int descriptor_;
};

// How many half-width columns the widest line of `text` takes: UAX #11, wide and full-width 2.
int WidthOf(const std::string& text) {
  int widest = 0, width = 0;
  for (int32_t at = 0; at < static_cast<int32_t>(text.size());) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, static_cast<int32_t>(text.size()), c);
    if (c == '\n') {
      width = 0;
      continue;
    }
    const int kind = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
    width += kind == U_EA_WIDE || kind == U_EA_FULLWIDTH ? 2 : 1;
    widest = std::max(widest, width);
  }
  return widest;
}

std::size_t CharactersOf(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

absl::Status TooLong(const Address& address) {
  const std::string cell = ToText(address);
  return Refuse(absl::StatusCode::kInvalidArgument, "CELL_TOO_LONG",
                {absl::StrCat("Cell ", cell, " has more than 32,767 characters; export CSV."),
                 absl::StrCat(cell, "セルが32,767文字を超えます。CSVで出力してください。")},
                {{"cell", cell}});
}

class Writer {
 public:
  // The workbook is freed by workbook_close, which is to be called whatever happens.
  Writer(const std::string& path, const Table& table)
      : workbook_(workbook_new(path.c_str())), table_(table) {}
  Writer(const Writer&) = delete;
  ~Writer() {
    if (workbook_ != nullptr) workbook_close(workbook_);
  }

  absl::Status Write(absl::Time created) {
    if (workbook_ == nullptr) return absl::InternalError("cannot make a workbook");
    lxw_doc_properties properties = {};
    properties.created = absl::ToTimeT(created);
    workbook_set_properties(workbook_, &properties);
    sheet_ = workbook_add_worksheet(workbook_, table_.name.c_str());
    if (sheet_ == nullptr) return absl::InternalError("cannot make a worksheet");
    bold_ = workbook_add_format(workbook_);
    format_set_bold(bold_);
    worksheet_freeze_panes(sheet_, 1, 0);
    for (std::size_t i = 0; i < table_.columns.size(); ++i) RETURN_IF_ERROR(WriteColumn(i));
    const lxw_error error = workbook_close(std::exchange(workbook_, nullptr));
    if (error == LXW_NO_ERROR) return absl::OkStatus();
    return absl::InternalError(absl::StrCat("cannot write the workbook: ", lxw_strerror(error)));
  }

 private:
  absl::Status WriteColumn(std::size_t column) {
    int width = kNarrowest;
    RETURN_IF_ERROR(WriteCell(0, column, table_.columns[column].heading, bold_, width));
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      const std::string empty;
      const auto& cells = table_.rows[row];
      const std::string& cell = column < cells.size() ? cells[column] : empty;
      RETURN_IF_ERROR(WriteCell(row + 1, column, cell, nullptr, width));
    }
    const auto number = static_cast<lxw_col_t>(column);
    worksheet_set_column(sheet_, number, number, std::min(width, kWidest) + 1, nullptr);
    return absl::OkStatus();
  }

  absl::Status WriteCell(std::size_t row, std::size_t column, const std::string& text,
                         lxw_format* format, int& width) {
    if (text.empty()) return absl::OkStatus();
    const std::string safe = SafeText(text);
    const Address address{static_cast<int>(column) + 1, static_cast<int>(row) + 1};
    if (CharactersOf(safe) > kMostCharacters) return TooLong(address);
    width = std::max(width, WidthOf(safe));
    const lxw_error error =
        worksheet_write_string(sheet_, static_cast<lxw_row_t>(row), static_cast<lxw_col_t>(column),
                               EscapedText(safe).c_str(), format);
    if (error == LXW_NO_ERROR) return absl::OkStatus();
    return absl::InternalError(
        absl::StrCat("cannot write cell ", ToText(address), ": ", lxw_strerror(error)));
  }

  lxw_workbook* workbook_;
  const Table& table_;
  lxw_worksheet* sheet_ = nullptr;
  lxw_format* bold_ = nullptr;
};

// libxlsxwriter goes through temporary files and does not look whether they took everything.
absl::Status CheckWhole(const std::string& bytes) {
  ASSIGN_OR_RETURN(Package package, Package::Open(bytes, SIZE_MAX));
  for (const auto& [part, end] : {std::pair{"xl/worksheets/sheet1.xml", "</worksheet>"},
                                  std::pair{"xl/sharedStrings.xml", "</sst>"}}) {
    const auto xml = package.Read(part);
    if (xml.ok() && absl::EndsWith(*xml, end)) continue;
    return absl::InternalError(
        "the workbook was not written whole: is the folder for temporary files full?");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> WriteXlsx(const Table& table, absl::Time created) {
  const MemoryFile file;
  if (!file.ok()) return absl::InternalError("cannot make a file in memory");
  RETURN_IF_ERROR(Writer(file.path(), table).Write(created));
  ASSIGN_OR_RETURN(std::string bytes, file.Read());
  RETURN_IF_ERROR(CheckWhole(bytes));
  return bytes;
}

}  // namespace daicho::sheet
