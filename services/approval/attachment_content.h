// What a file is, by its content alone: libmagic says what it looks like, libzip and pugixml
// whether an office document really is one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daicho::approval {

// Content in pieces of `block_bytes`, but for the last: memory stays bounded whatever its size.
struct Content {
  std::int64_t size_bytes = 0;  // At least 1.
  std::size_t block_bytes = 0;
  std::function<absl::StatusOr<std::string>(int position)> read_block;
};

// What the parts of an office document may unpack to together, and how many there may be.
inline constexpr std::int64_t kMostUnpackedBytes = 200'000'000;
inline constexpr int kMostParts = 5'000;

// Media type of a PDF, PNG, JPEG, DOCX or XLSX. Refuses with INVALID_ARGUMENT: TYPE_NOT_ACCEPTED,
// ATTACHMENT_TRUNCATED (the mark of its end is missing); of office documents ATTACHMENT_DAMAGED,
// ATTACHMENT_ENCRYPTED, ATTACHMENT_HAS_MACROS, UNPACKS_TOO_LARGE (bytes or parts). What an archive
// says of its sizes is not believed: everything is unpacked, and only what comes out counts.
absl::StatusOr<std::string> MediaTypeOf(const Content& content);

}  // namespace daicho::approval
