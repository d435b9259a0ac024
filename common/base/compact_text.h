// Text for what is held in memory a million times over.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace daicho {

// Text of its own in eight bytes and one allocation, none when empty. At most 4 GB.
class CompactText {
 public:
  CompactText() = default;
  CompactText(absl::string_view text) { Set(text); }   // NOLINT
  CompactText(const std::string& text) { Set(text); }  // NOLINT
  CompactText(const char* text) { Set(text); }         // NOLINT
  CompactText(const CompactText& other) { Set(other.view()); }
  CompactText(CompactText&&) noexcept = default;
  CompactText& operator=(const CompactText& other) {
    if (this != &other) Set(other.view());
    return *this;
  }
  CompactText& operator=(CompactText&&) noexcept = default;

  absl::string_view view() const {
    if (bytes_ == nullptr) return {};
    std::uint32_t size;
    std::memcpy(&size, bytes_.get(), sizeof(size));
    return {bytes_.get() + sizeof(size), size};
  }
  bool empty() const { return bytes_ == nullptr; }
  operator absl::string_view() const { return view(); }  // NOLINT
  explicit operator std::string() const { return std::string(view()); }

  friend bool operator==(const CompactText& a, const CompactText& b) {
    return a.view() == b.view();
  }

 private:
  void Set(absl::string_view text) {
    if (text.empty()) return bytes_.reset();
    const auto size = static_cast<std::uint32_t>(text.size());
    std::unique_ptr<char[]> bytes(new char[sizeof(size) + size]);
    std::memcpy(bytes.get(), &size, sizeof(size));
    std::memcpy(bytes.get() + sizeof(size), text.data(), size);
    bytes_ = std::move(bytes);
  }

  std::unique_ptr<char[]> bytes_;  // Its size, then the text.
};

// Text that many share, kept once until the process ends: department codes, pages of the
// organisation. For values of which there are few, however long the process runs. Thread-safe.
class InternedText {
 public:
  InternedText() = default;
  InternedText(absl::string_view text) : text_(Intern(text)) {}   // NOLINT
  InternedText(const std::string& text) : text_(Intern(text)) {}  // NOLINT
  InternedText(const char* text) : text_(Intern(text)) {}         // NOLINT

  absl::string_view view() const { return text_ == nullptr ? absl::string_view() : *text_; }
  bool empty() const { return text_ == nullptr; }
  operator absl::string_view() const { return view(); }  // NOLINT
  explicit operator std::string() const { return std::string(view()); }

  // Equal texts are one.
  friend bool operator==(const InternedText& a, const InternedText& b) = default;

 private:
  // Null for empty text.
  static const std::string* Intern(absl::string_view text);

  const std::string* text_ = nullptr;
};

}  // namespace daicho
