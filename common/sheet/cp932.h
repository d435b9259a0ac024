// CP932 (Windows-31J), as Japanese Windows programs write CSV: to and from UTF-8 by glibc's iconv.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daicho::sheet {

// `bytes` in UTF-8. Refuses with INVALID_ARGUMENT (UNREADABLE_FILE) bytes that are no character
// (NOT_DECODABLE) and user-defined characters (USER_DEFINED_CHARACTER, 外字), which only the
// machine they were made on can show; the facts name `line` and `byte` (of the line), both from 1.
absl::StatusOr<std::string> DecodeCp932(absl::string_view bytes);

// A character that CP932 does not have.
struct Loss {
  std::string character;  // In UTF-8.
  char32_t code_point = 0;
  // What stands for it: 〓 (U+3013), or for the few that two code points share in Japanese practice
  // the other one (〜 U+301C as ～ U+FF5E).
  std::string written;
  bool is_twin = false;

  friend bool operator==(const Loss&, const Loss&) = default;
};

// Turns text into CP932. Not for two threads at once.
class Cp932Encoder {
 public:
  static absl::StatusOr<Cp932Encoder> Make();

  // `text`, which is UTF-8, with what stands for characters that CP932 lacks; they are appended to
  // `losses`, each time they occur.
  std::string Fit(absl::string_view text, std::vector<Loss>& losses);

  // `text` in CP932, characters it lacks as 〓.
  std::string Encode(absl::string_view text);

 private:
  struct Close {
    void operator()(void* converter) const;
  };
  struct Character {
    std::string bytes;    // In CP932.
    std::string written;  // In UTF-8: what `bytes` are read as.
    bool is_twin = false;
  };
  Cp932Encoder() = default;
  const Character& Find(absl::string_view character);

  std::unique_ptr<void, Close> encode_;
  std::unique_ptr<void, Close> decode_;
  absl::flat_hash_map<std::string, Character> known_;
};

}  // namespace daicho::sheet
