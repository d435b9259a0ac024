// The container of an XLSX file: a zip archive of named parts, read with limits.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct zip;

namespace daicho::sheet {

class Package {
 public:
  // What all parts that are read may unpack to together.
  static constexpr std::size_t kMostBytes = 64'000'000;
  static constexpr int kMostParts = 10'000;

  // `bytes` outlives the package. Refuses with INVALID_ARGUMENT (UNREADABLE_FILE): DAMAGED,
  // TOO_MANY_PARTS.
  static absl::StatusOr<Package> Open(absl::string_view bytes, std::size_t most_bytes = kMostBytes);

  bool Has(const std::string& part) const;

  // The part called so ("xl/workbook.xml"). Refuses with INVALID_ARGUMENT (UNREADABLE_FILE):
  // DAMAGED (also when there is none), ENCRYPTED, UNPACKS_TOO_LARGE.
  absl::StatusOr<std::string> Read(const std::string& part);

 private:
  struct Discard {
    void operator()(zip* archive) const;
  };
  Package(zip* archive, std::size_t most_bytes) : archive_(archive), remaining_(most_bytes) {}

  std::unique_ptr<zip, Discard> archive_;
  std::size_t remaining_;
};

}  // namespace daicho::sheet
