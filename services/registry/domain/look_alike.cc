#include "services/registry/domain/look_alike.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "absl/hash/hash.h"
#include "absl/strings/strip.h"
#include "services/registry/domain/text.h"

namespace daicho::registry::domain {
namespace {

// Old forms of characters that names of public bodies are written with.
constexpr std::pair<char32_t, char32_t> kOldForms[] = {
    {U'縣', U'県'}, {U'廳', U'庁'}, {U'國', U'国'}, {U'區', U'区'}, {U'廣', U'広'},
    {U'嶋', U'島'}, {U'澤', U'沢'}, {U'濱', U'浜'}, {U'會', U'会'}, {U'學', U'学'}};

char32_t NewForm(char32_t character) {
  if (character < 0x80) return character;
  for (const auto& [old_form, new_form] : kOldForms) {
    if (character == old_form) return new_form;
  }
  return character;
}

bool Separates(char32_t character) {
  return character == '_' || character == '-' || character == '.' || character == ' ' ||
         character == U'・' || character == U'·';
}

std::u32string CodePointsOf(const icu::UnicodeString& text) {
  std::u32string points(static_cast<std::size_t>(text.countChar32()), U'\0');
  UErrorCode error = U_ZERO_ERROR;
  text.toUTF32(reinterpret_cast<UChar32*>(points.data()), static_cast<int32_t>(points.size()),
               error);
  return U_FAILURE(error) ? std::u32string() : points;
}

// NFKC_Casefold, then the confusables' prototypes, then case again: "0" is "O" to UTS 39.
std::u32string Fold(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  static const USpoofChecker* const checker = uspoof_open(&error);
  const icu::Normalizer2* const fold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_FAILURE(error) || checker == nullptr) return {};
  const icu::UnicodeString source =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
  icu::UnicodeString skeleton;
  uspoof_getSkeletonUnicodeString(checker, 0, fold->normalize(source, error), skeleton, &error);
  const icu::UnicodeString folded = fold->normalize(skeleton, error);
  return U_FAILURE(error) ? std::u32string() : CodePointsOf(folded);
}

// The folds of ASCII, character by character, which is what UTS 39 does with ASCII.
const std::array<std::u32string, 128>& AsciiFolds() {
  static const auto* const folds = [] {
    auto* made = new std::array<std::u32string, 128>;
    for (int c = 0; c < 128; ++c) {
      const char character = static_cast<char>(c);
      (*made)[c] = Fold(absl::string_view(&character, 1));
    }
    return made;
  }();
  return *folds;
}

std::uint64_t HashOfHalf(char end, std::size_t length, const char32_t* begin, std::size_t size) {
  return absl::Hash<std::tuple<char, std::size_t, absl::string_view>>()(
      {end, length, {reinterpret_cast<const char*>(begin), size * sizeof(char32_t)}});
}

std::uint64_t Front(const std::u32string& text, std::size_t length) {
  return HashOfHalf('<', length, text.data(), length / 2);
}

std::uint64_t Back(const std::u32string& text, std::size_t length) {
  const std::size_t size = length - length / 2;
  return HashOfHalf('>', length, text.data() + (text.size() - size), size);
}

}  // namespace

std::u32string SkeletonOf(absl::string_view handle) {
  std::u32string skeleton;
  skeleton.reserve(handle.size() + 4);  // "m" is "rn".
  const auto append = [&skeleton](const std::u32string& folded) {
    for (const char32_t character : folded) {
      if (!Separates(character)) skeleton.push_back(NewForm(character));
    }
  };
  if (!IsAscii(handle)) {
    append(Fold(handle));
    return skeleton;
  }
  const auto& folds = AsciiFolds();
  for (const char c : handle) append(folds[static_cast<unsigned char>(c)]);
  return skeleton;
}

int EditsBetween(const std::u32string& a, const std::u32string& b) {
  const std::u32string& shorter = a.size() <= b.size() ? a : b;
  const std::u32string& longer = a.size() <= b.size() ? b : a;
  if (longer.size() - shorter.size() > 1) return 2;
  const auto [left, right] = std::mismatch(shorter.begin(), shorter.end(), longer.begin());
  if (left == shorter.end() && shorter.size() == longer.size()) return 0;
  const bool same_length = shorter.size() == longer.size();
  const auto rest = left + (same_length ? 1 : 0);
  return std::equal(rest, shorter.end(), right + 1, longer.end()) ? 1 : 2;
}

std::uint64_t Likeness::Characters() const {
  std::uint64_t bits = 0;
  for (const char32_t character : skeleton_) bits |= std::uint64_t{1} << (character % 64);
  return bits;
}

std::vector<std::uint64_t> Likeness::HalvesToKeep() const {
  if (skeleton_.empty()) return {};
  return {Front(skeleton_, skeleton_.size()), Back(skeleton_, skeleton_.size())};
}

std::vector<std::uint64_t> Likeness::HalvesToAsk() const {
  std::vector<std::uint64_t> hashes;
  if (skeleton_.empty()) return hashes;
  hashes.reserve(6);
  // The other has one character fewer, as many, or one more.
  for (std::size_t length = skeleton_.size() - 1; length <= skeleton_.size() + 1; ++length) {
    if (length == 0) continue;
    hashes.push_back(Front(skeleton_, length));
    if (length - length / 2 <= skeleton_.size()) hashes.push_back(Back(skeleton_, length));
  }
  return hashes;
}

absl::string_view HandleOf(const LookupEntry& entry) {
  if (!entry.handle.empty() || entry.platform.view() == kOtherPlatform) return entry.handle;
  const absl::string_view key = entry.key;
  return key.substr(key.rfind(':') + 1);
}

absl::string_view HandleOf(const CanonicalUrl& asked) {
  absl::string_view identity = asked.identity;
  if (asked.platform != kOtherPlatform) return identity;
  identity = identity.substr(0, identity.find_first_of("?#"));
  absl::ConsumePrefix(&identity, "https://");
  const std::size_t slash = identity.rfind('/');
  return slash == absl::string_view::npos ? "" : absl::StripPrefix(identity.substr(slash + 1), "@");
}

const LookupEntry* NearestOfficial(const CanonicalUrl& asked, const Likeness& likeness,
                                   const std::vector<const LookupEntry*>& candidates,
                                   absl::CivilDay today) {
  using Rank = std::tuple<int, bool, absl::string_view>;
  std::optional<Rank> best_rank;
  const LookupEntry* best = nullptr;
  for (const LookupEntry* entry : candidates) {
    if (entry->personal || Decide(*entry, today) != Verdict::kOfficial) continue;
    const std::u32string skeleton = SkeletonOf(HandleOf(*entry));
    const int edits = EditsBetween(likeness.skeleton(), skeleton);
    const bool close =
        edits == 0 ||
        (edits == 1 && std::min(skeleton.size(), likeness.skeleton().size()) >= kLeastCharacters);
    if (!close) continue;
    const Rank rank(edits, entry->platform.view() != asked.platform, entry->key.view());
    if (best_rank && *best_rank <= rank) continue;
    best_rank = rank;
    best = entry;
  }
  return best;
}

}  // namespace daicho::registry::domain
