// XLSX files made part by part, for tests and fuzzing.
#pragma once

#include <zip.h>

#include <cstdlib>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"

namespace daicho::sheet {

// A zip archive of these parts, by name.
inline std::string Zip(const std::map<std::string, std::string>& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(source);
  zip_t* archive = zip_open_from_source(source, ZIP_TRUNCATE, &error);
  if (archive == nullptr) std::abort();
  for (const auto& [name, text] : parts) {
    zip_source_t* part = zip_source_buffer(archive, text.data(), text.size(), 0);
    if (zip_file_add(archive, name.c_str(), part, ZIP_FL_ENC_UTF_8) < 0) std::abort();
  }
  if (zip_close(archive) != 0) std::abort();
  std::string bytes;
  zip_source_open(source);
  char buffer[1 << 16];
  for (zip_int64_t n; (n = zip_source_read(source, buffer, sizeof(buffer))) > 0;) {
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
  zip_source_close(source);
  zip_source_free(source);
  return bytes;
}

inline constexpr char kMain[] =
    "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";

// The parts of a workbook with one sheet of these rows ("<row>…</row>"); `rest` follows them.
inline std::map<std::string, std::string> WorkbookParts(const std::string& rows,
                                                        const std::string& strings = "",
                                                        const std::string& rest = "") {
  const std::string relation =
      "<Relationship Id=\"rId%\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
      "relationships/";
  const auto related = [&](int id, const std::string& type, const std::string& target) {
    std::string text = relation;
    text.replace(text.find('%'), 1, absl::StrCat(id));
    return absl::StrCat(text, type, "\" Target=\"", target, "\"/>");
  };
  const std::string open =
      "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";
  return {
      {"[Content_Types].xml", "<Types/>"},
      {"_rels/.rels",
       absl::StrCat(open, related(1, "officeDocument", "xl/workbook.xml"), "</Relationships>")},
      {"xl/_rels/workbook.xml.rels",
       absl::StrCat(open, related(1, "worksheet", "worksheets/sheet1.xml"),
                    related(2, "worksheet", "/xl/worksheets/sheet2.xml"),
                    related(3, "sharedStrings", "sharedStrings.xml"),
                    related(4, "styles", "styles.xml"), "</Relationships>")},
      {"xl/workbook.xml", absl::StrCat("<?xml version=\"1.0\"?><workbook ", kMain,
                                       " xmlns:r=\"r\"><sheets><sheet name=\"台帳\" sheetId=\"1\" "
                                       "r:id=\"rId1\"/></sheets></workbook>")},
      {"xl/worksheets/sheet1.xml",
       absl::StrCat("<?xml version=\"1.0\"?><worksheet ", kMain, "><sheetData>", rows,
                    "</sheetData>", rest, "</worksheet>")},
      {"xl/sharedStrings.xml", absl::StrCat("<sst ", kMain, ">", strings, "</sst>")},
      {"xl/styles.xml",
       absl::StrCat("<styleSheet ", kMain,
                    "><numFmts><numFmt numFmtId=\"164\" "
                    "formatCode=\"[$-411]ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\"/>"
                    "<numFmt numFmtId=\"165\" formatCode=\"0000\"/></numFmts>"
                    "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
                    "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/>"
                    "<xf numFmtId=\"22\"/></cellXfs></styleSheet>")}};
}

}  // namespace daicho::sheet
