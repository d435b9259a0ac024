#include "common/sheet/workbook.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/sheet/unreadable.h"
#include "common/sheet/xml.h"

namespace daicho::sheet {
namespace {

constexpr std::size_t kMostStrings = 2'000'000;
constexpr std::size_t kMostFormats = 100'000;

struct Relation {
  std::string type;  // The last word of its address: "worksheet".
  std::string part;
};
using Relations = std::map<std::string, Relation>;  // By id.

std::string FolderOf(absl::string_view part) {
  const std::size_t slash = part.rfind('/');
  return slash == part.npos ? "" : std::string(part.substr(0, slash + 1));
}

// Where `target`, as the part in `folder` writes it, lies.
std::string Resolve(absl::string_view folder, absl::string_view target) {
  if (absl::ConsumePrefix(&target, "/")) return std::string(target);
  std::string base(folder);
  while (absl::ConsumePrefix(&target, "../")) base = FolderOf(absl::StripSuffix(base, "/"));
  return absl::StrCat(base, absl::StripPrefix(target, "./"));
}

// What `part` ("" for the package) is related to.
absl::StatusOr<Relations> ReadRelations(Package& package, const std::string& part) {
  const std::string folder = FolderOf(part);
  ASSIGN_OR_RETURN(
      const std::string xml,
      package.Read(absl::StrCat(folder, "_rels/", absl::StripPrefix(part, folder), ".rels")));
  RETURN_IF_ERROR(CheckXml(xml));
  Relations relations;
  RETURN_IF_ERROR(ForEachTree(xml, "Relationship", [&](pugi::xml_node node) {
    if (Attribute(node, "TargetMode") == "External") return absl::OkStatus();
    const absl::string_view type = Attribute(node, "Type");
    relations[std::string(Attribute(node, "Id"))] = {
        std::string(type.substr(type.rfind('/') == type.npos ? 0 : type.rfind('/') + 1)),
        Resolve(folder, Attribute(node, "Target"))};
    return absl::OkStatus();
  }));
  return relations;
}

// The part related as `type`; empty when there is none.
std::string PartOf(const Relations& relations, absl::string_view type) {
  for (const auto& [id, relation] : relations) {
    if (relation.type == type) return relation.part;
  }
  return "";
}

absl::Status NotAWorkbook() {
  return Unreadable("NOT_A_WORKBOOK",
                    {"The file is a zip archive but no XLSX workbook; save the table as .xlsx.",
                     "XLSX形式ではありません。.xlsx形式で保存し直してください。"});
}

absl::StatusOr<std::string> ReadChecked(Package& package, const std::string& part) {
  ASSIGN_OR_RETURN(std::string xml, package.Read(part));
  RETURN_IF_ERROR(CheckXml(xml));
  return xml;
}

bool IsTrue(absl::string_view text) { return text == "1" || text == "true" || text == "on"; }

// The part of the first worksheet that is neither hidden nor a chart.
absl::StatusOr<std::string> FirstVisible(absl::string_view xml, const Relations& relations) {
  std::string part;
  RETURN_IF_ERROR(ForEachTree(xml, "sheet", [&](pugi::xml_node node) {
    const absl::string_view state = Attribute(node, "state");
    const auto relation = relations.find(std::string(Attribute(node, "id")));
    if (part.empty() && (state.empty() || state == "visible") && relation != relations.end() &&
        relation->second.type == "worksheet") {
      part = relation->second.part;
    }
    return absl::OkStatus();
  }));
  if (!part.empty()) return part;
  return Unreadable("NO_SHEET", {"The workbook has no visible worksheet; unhide the table's sheet.",
                                 "表示されているシートがありません。表のシートを再表示して保存し"
                                 "直してください。"});
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadStrings(absl::string_view xml) {
  RETURN_IF_ERROR(CheckXml(xml));
  std::vector<std::string> strings;
  RETURN_IF_ERROR(ForEachTree(xml, "si", [&](pugi::xml_node item) -> absl::Status {
    if (strings.size() == kMostStrings) return Damaged();
    strings.push_back(StringItem(item));
    return absl::OkStatus();
  }));
  return strings;
}

absl::StatusOr<std::vector<NumberFormat>> ReadFormats(absl::string_view xml) {
  RETURN_IF_ERROR(CheckXml(xml));
  std::map<int, NumberFormat> own;
  RETURN_IF_ERROR(ForEachTree(xml, "numFmt", [&](pugi::xml_node node) {
    int id = 0;
    if (absl::SimpleAtoi(Attribute(node, "numFmtId"), &id)) {
      own.emplace(id, ParseNumberFormat(Attribute(node, "formatCode")));
    }
    return absl::OkStatus();
  }));
  std::vector<NumberFormat> formats;
  const auto take = [&](pugi::xml_node node) -> absl::Status {
    if (formats.size() == kMostFormats) return Damaged();
    int id = 0;
    if (!absl::SimpleAtoi(Attribute(node, "numFmtId"), &id)) id = 0;
    const auto found = own.find(id);
    formats.push_back(found == own.end() ? BuiltInFormat(id) : found->second);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(ForEachElement(
      xml, "cellXfs", [&](absl::string_view styles) { return ForEachTree(styles, "xf", take); }));
  return formats;
}

absl::StatusOr<Workbook> ReadWorkbook(Package& package) {
  if (!package.Has("_rels/.rels")) return NotAWorkbook();
  ASSIGN_OR_RETURN(const Relations top, ReadRelations(package, ""));
  const std::string root = PartOf(top, "officeDocument");
  if (root.empty()) return NotAWorkbook();
  ASSIGN_OR_RETURN(const std::string xml, ReadChecked(package, root));
  ASSIGN_OR_RETURN(const Relations relations, ReadRelations(package, root));
  if (PartOf(relations, "worksheet").empty()) return NotAWorkbook();
  Workbook workbook;
  RETURN_IF_ERROR(ForEachTree(xml, "workbookPr", [&](pugi::xml_node node) {
    workbook.from_1904 = IsTrue(Attribute(node, "date1904"));
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(const std::string sheet, FirstVisible(xml, relations));
  ASSIGN_OR_RETURN(workbook.worksheet, package.Read(sheet));
  if (const std::string part = PartOf(relations, "sharedStrings"); !part.empty()) {
    ASSIGN_OR_RETURN(const std::string strings, package.Read(part));
    ASSIGN_OR_RETURN(workbook.strings, ReadStrings(strings));
  }
  if (const std::string part = PartOf(relations, "styles"); !part.empty()) {
    ASSIGN_OR_RETURN(const std::string styles, package.Read(part));
    ASSIGN_OR_RETURN(workbook.formats, ReadFormats(styles));
  }
  return workbook;
}

}  // namespace daicho::sheet
