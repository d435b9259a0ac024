#include "common/paper/fonts.h"

#include <fontconfig/fontconfig.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/paper/visible.h"

namespace daicho::paper {
namespace {

struct File {
  const char* path;
  const char* package;
};

// The first two set all but rare characters; the third those that JIS has not, as 𠮷 and 한; the
// last emoji, in black.
constexpr File kFiles[] = {
    {"opentype/ipaexfont-mincho/ipaexm.ttf", "fonts-ipaexfont"},
    {"opentype/ipaexfont-gothic/ipaexg.ttf", "fonts-ipaexfont"},
    {"opentype/noto/NotoSerifCJK-Regular.ttc", "fonts-noto-cjk"},
    {"truetype/ancient-scripts/Symbola_hint.ttf", "fonts-symbola"},
};

absl::Status RefuseMissing(const std::string& path, const char* package) {
  return Refuse(absl::StatusCode::kFailedPrecondition, "FONT_MISSING",
                {absl::StrCat("The font ", path,
                              " cannot be read; without it documents would be "
                              "printed as boxes. Install the Debian package ",
                              package, "."),
                 absl::StrCat("フォント ", path,
                              " を読み込めません。このままでは文書の文字が□に"
                              "なります。Debianパッケージ ",
                              package, " をインストールしてください。")},
                {{"file", path}, {"package", package}});
}

}  // namespace

absl::StatusOr<Fonts> Fonts::Load() { return LoadFrom("/usr/share/fonts"); }

absl::StatusOr<Fonts> Fonts::LoadFrom(const std::string& folder) {
  Fonts fonts;
  fonts.config_ = {FcConfigCreate(), FcConfigDestroy};
  fonts.characters_ = {FcCharSetCreate(), FcCharSetDestroy};
  for (const File& file : kFiles) {
    const std::string path = absl::StrCat(folder, "/", file.path);
    const auto* name = reinterpret_cast<const FcChar8*>(path.c_str());
    if (!FcConfigAppFontAddFile(fonts.config_.get(), name)) {
      return RefuseMissing(path, file.package);
    }
  }
  const FcFontSet* set = FcConfigGetFonts(fonts.config_.get(), FcSetApplication);
  for (int i = 0; i < set->nfont; ++i) {
    FcCharSet* characters = nullptr;
    if (FcPatternGetCharSet(set->fonts[i], FC_CHARSET, 0, &characters) == FcResultMatch) {
      FcCharSetMerge(fonts.characters_.get(), characters, nullptr);
    }
  }
  return fonts;
}

std::string Fonts::Printable(absl::string_view text) const {
  return VisibleWith(text, [this](std::uint32_t point) {
    return FcCharSetHasChar(characters_.get(), point) == FcTrue;
  });
}

}  // namespace daicho::paper
