// The XML of a workbook's parts, read one element at a time so that a large part never becomes a
// tree as a whole. Declarations, comments and CDATA sections are refused, and with them every
// entity of one's own: spreadsheet programs write none.
#pragma once

#include <cstddef>
#include <pugixml.hpp>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daicho::sheet {

// One element may be this long.
inline constexpr std::size_t kMostElementBytes = 4'000'000;

// Refuses with INVALID_ARGUMENT (UNREADABLE_FILE: DAMAGED) what is no XML in UTF-8, or has one of
// the above.
absl::Status CheckXml(absl::string_view xml);

// Calls `visit` with the text of each element of that name, whatever its prefix, that does not lie
// inside another of that name. Ends with the first status that is not OK. `xml` was checked.
absl::Status ForEachElement(absl::string_view xml, absl::string_view name,
                            absl::FunctionRef<absl::Status(absl::string_view)> visit);

// The same with the element as a tree. Refuses UNREADABLE_FILE: DAMAGED, ELEMENT_TOO_LARGE.
absl::Status ForEachTree(absl::string_view xml, absl::string_view name,
                         absl::FunctionRef<absl::Status(pugi::xml_node)> visit);

// Names without their prefix.
absl::string_view LocalName(const pugi::xml_node& node);
// The child of that name; null when there is none.
pugi::xml_node Child(const pugi::xml_node& node, absl::string_view name);
// The value of the attribute of that name; empty when there is none.
absl::string_view Attribute(const pugi::xml_node& node, absl::string_view name);

// The text of a string item (`si`, `is`): its runs one after the other, without the reading (ruby)
// that Japanese spreadsheets keep beside them; `_x000D_` and the like decoded, CRLF as LF.
std::string StringItem(const pugi::xml_node& item);
// The text of an element, decoded likewise.
std::string DecodedText(absl::string_view text);
// `text` so that DecodedText, and Excel, read it as it is: what looks like an escape is escaped.
std::string EscapedText(absl::string_view text);

}  // namespace daicho::sheet
