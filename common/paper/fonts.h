// The fonts documents are printed with. No other font of the machine is ever taken, so that a page
// looks the same, to the byte, wherever it is printed.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct _FcCharSet;
struct _FcConfig;

namespace daicho::paper {

class Fonts {
 public:
  // FAILED_PRECONDITION (FONT_MISSING), naming the Debian package, when a file is not there. Called
  // once when a program starts: a page without the font would have boxes in place of its text.
  static absl::StatusOr<Fonts> Load();
  // As above; `folder` stands for /usr/share/fonts.
  static absl::StatusOr<Fonts> LoadFrom(const std::string& folder);

  // `text` as it can be printed: Visible, with the number of a character that no font has in its
  // place.
  std::string Printable(absl::string_view text) const;

  _FcConfig* config() const { return config_.get(); }

 private:
  Fonts() = default;

  std::shared_ptr<_FcConfig> config_;
  std::shared_ptr<_FcCharSet> characters_;
};

}  // namespace daicho::paper
