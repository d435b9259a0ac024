#include "common/sheet/xml.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/base/utf8.h"
#include "common/sheet/unreadable.h"

namespace daicho::sheet {
namespace {

absl::string_view WithoutPrefix(absl::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

struct Tag {
  absl::string_view name;  // Without its prefix.
  std::size_t size = 0;    // From "<" to ">".
  bool closes = false;
  bool empty = false;  // "<c/>".
};

// The tag that `text` begins with; nullopt when it never ends or has a "<" inside.
std::optional<Tag> ReadTag(absl::string_view text) {
  Tag tag;
  char quote = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '<') return std::nullopt;
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '>') {
      tag.size = i + 1;
      break;
    }
  }
  if (tag.size == 0) return std::nullopt;
  tag.closes = text[1] == '/';
  tag.empty = text[tag.size - 2] == '/';
  const absl::string_view inner = text.substr(tag.closes ? 2 : 1, tag.size);
  tag.name = WithoutPrefix(inner.substr(0, inner.find_first_of(" \t\r\n/>")));
  return tag;
}

// Where the element ends whose opening tag, of that name, ends at `from`; npos when it does not.
std::size_t EndOf(absl::string_view xml, absl::string_view name, std::size_t from) {
  while (true) {
    const std::size_t at = xml.find("</", from);
    if (at == xml.npos) return xml.npos;
    const std::optional<Tag> tag = ReadTag(xml.substr(at));
    if (!tag) return xml.npos;
    from = at + tag->size;
    if (tag->name == name) return from;
  }
}

// A reference to U+0000, which would end a text early ("&#0;", "&#x00;").
bool RefersToNul(absl::string_view xml) {
  for (std::size_t at = xml.find("&#"); at != xml.npos; at = xml.find("&#", at + 2)) {
    absl::string_view digits = xml.substr(at + 2);
    absl::ConsumePrefix(&digits, "x");
    const std::size_t first = digits.find_first_not_of('0');
    if (first == digits.npos || !absl::ascii_isxdigit(digits[first])) return true;
  }
  return false;
}

// The code unit of "_x000D_" at the front of `text`.
std::optional<std::uint32_t> EscapedUnit(absl::string_view text) {
  if (text.size() < 7 || !absl::StartsWith(text, "_x") || text[6] != '_') return std::nullopt;
  std::uint32_t unit = 0;
  for (const char digit : text.substr(2, 4)) {
    if (!absl::ascii_isxdigit(digit)) return std::nullopt;
    const char lower = absl::ascii_tolower(digit);
    unit = unit * 16 +
           static_cast<std::uint32_t>(absl::ascii_isdigit(lower) ? lower - '0' : lower - 'a' + 10);
  }
  return unit;
}

}  // namespace

absl::Status CheckXml(absl::string_view xml) {
  if (!IsUtf8(xml) || absl::StrContains(xml, "<!") || xml.find('\0') != xml.npos ||
      RefersToNul(xml)) {
    return Damaged();
  }
  const std::size_t first = xml.find("<?");
  if (first != xml.npos && xml.find("<?", first + 2) != xml.npos) return Damaged();
  return absl::OkStatus();
}

absl::Status ForEachElement(absl::string_view xml, absl::string_view name,
                            absl::FunctionRef<absl::Status(absl::string_view)> visit) {
  for (std::size_t at = xml.find('<'); at != xml.npos; at = xml.find('<', at)) {
    const std::optional<Tag> tag = ReadTag(xml.substr(at));
    if (!tag) return Damaged();
    const std::size_t inner = at + tag->size;
    if (tag->closes || tag->name != name) {
      at = inner;
      continue;
    }
    const std::size_t end = tag->empty ? inner : EndOf(xml, name, inner);
    if (end == xml.npos) return Damaged();
    RETURN_IF_ERROR(visit(xml.substr(at, end - at)));
    at = end;
  }
  return absl::OkStatus();
}

absl::Status ForEachTree(absl::string_view xml, absl::string_view name,
                         absl::FunctionRef<absl::Status(pugi::xml_node)> visit) {
  pugi::xml_document document;
  return ForEachElement(xml, name, [&](absl::string_view element) -> absl::Status {
    if (element.size() > kMostElementBytes) {
      return Unreadable("ELEMENT_TOO_LARGE",
                        {"A row or a text of the workbook is far too long; copy the table into a "
                         "new workbook.",
                         "ブックに長すぎる行または文字列があります。表だけを新しいブックに写して"
                         "ください。"});
    }
    const auto parsed =
        document.load_buffer(element.data(), element.size(),
                             pugi::parse_default | pugi::parse_ws_pcdata, pugi::encoding_utf8);
    if (!parsed || !document.document_element()) return Damaged();
    return visit(document.document_element());
  });
}

absl::string_view LocalName(const pugi::xml_node& node) { return WithoutPrefix(node.name()); }

pugi::xml_node Child(const pugi::xml_node& node, absl::string_view name) {
  return node.find_child([name](const pugi::xml_node& child) { return LocalName(child) == name; });
}

absl::string_view Attribute(const pugi::xml_node& node, absl::string_view name) {
  const pugi::xml_attribute found = node.find_attribute(
      [name](const pugi::xml_attribute& one) { return WithoutPrefix(one.name()) == name; });
  return found.value();
}

std::string DecodedText(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::optional<std::uint32_t> unit = EscapedUnit(text);
    // Programs escape what XML cannot hold, and a "_" that would begin an escape.
    if (unit && *unit < 0x80) {
      out.push_back(static_cast<char>(*unit));
      text.remove_prefix(7);
    } else {
      out.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return absl::StrReplaceAll(out, {{"\r\n", "\n"}, {"\r", "\n"}});
}

std::string EscapedText(absl::string_view text) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(1)) {
    if (EscapedUnit(text)) {
      out += "_x005F_";
    } else {
      out.push_back(text.front());
    }
  }
  return out;
}

std::string StringItem(const pugi::xml_node& item) {
  std::string text;
  for (const pugi::xml_node& child : item.children()) {
    const absl::string_view name = LocalName(child);
    if (name == "t") text += child.text().get();
    if (name == "r") text += Child(child, "t").text().get();
  }
  return DecodedText(text);
}

}  // namespace daicho::sheet
