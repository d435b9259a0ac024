#include "services/approval/testing/files.h"

#include <zip.h>

#include <cstdlib>
#include <iostream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace daicho::testing {
namespace {

std::string TypesOf(const std::string& part, const std::string& type) {
  return absl::StrCat(
      R"(<?xml version="1.0" encoding="UTF-8"?>)"
      R"(<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">)"
      R"(<Default Extension="xml" ContentType="application/xml"/><Override PartName=")",
      part, R"(" ContentType="application/vnd.openxmlformats-officedocument.)", type,
      R"(.main+xml"/></Types>)");
}

}  // namespace

std::string Zip(const Parts& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  for (const auto& [name, bytes] : parts) {
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (bytes.size() < 1000) {
      zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
    }
  }
  if (zip_close(archive) != 0) {
    std::cerr << "no archive to test with: " << zip_strerror(archive) << std::endl;
    std::abort();
  }
  zip_stat_t stat;
  zip_source_stat(target, &stat);
  std::string out(stat.size, '\0');
  zip_source_open(target);
  zip_source_read(target, out.data(), out.size());
  zip_source_close(target);
  zip_source_free(target);
  return out;
}

std::string Pdf(const std::string& text) {
  return absl::StrCat(
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n% ", text,
      "\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
}

std::string Png() {
  std::string bytes;
  absl::Base64Unescape(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
      "gg==",
      &bytes);
  return bytes;
}

std::string Jpeg() {
  std::string bytes("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00", 20);
  bytes.append(200, '\x12');
  return bytes + "\xff\xd9";
}

std::string Docx(const std::string& text, const Parts& more) {
  Parts parts = {
      {"[Content_Types].xml", TypesOf("/word/document.xml", "wordprocessingml.document")},
      {"_rels/.rels", "<Relationships/>"},
      {"word/document.xml", absl::StrCat("<document>", text, "</document>")}};
  parts.insert(parts.end(), more.begin(), more.end());
  return Zip(parts);
}

std::string Xlsx() {
  std::string rows;
  for (int i = 0; i < 500; ++i) absl::StrAppend(&rows, "<row r=\"", i, "\"/>");
  return Zip({{"xl/workbook.xml", "<workbook/>"},
              {"xl/worksheets/sheet1.xml", rows},
              {"[Content_Types].xml", TypesOf("/xl/workbook.xml", "spreadsheetml.sheet")}});
}

}  // namespace daicho::testing
