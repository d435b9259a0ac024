#include "services/policy/problems.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace daicho::policy {
namespace {

constexpr std::size_t kMaxProblems = 20;
constexpr std::size_t kMaxBytes = 300;

// What a hostile file puts into a message shall not fill the screen. Cut between characters.
absl::string_view Shortened(absl::string_view text) {
  if (text.size() <= kMaxBytes) return text;
  std::size_t end = kMaxBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

void Problems::Add(int line, absl::string_view problem) {
  if (lines_.size() == kMaxProblems) {
    ++dropped_;
    return;
  }
  lines_.push_back(absl::StrCat(file_, ":", line, ": ", Shortened(problem)));
}

void Problems::AddError(int line, google::protobuf::io::ColumnNumber column,
                        const std::string& message) {
  Add(line + 1, absl::StrCat("column ", column + 1, ": ", message));
}

absl::Status Problems::ToStatus() const {
  if (lines_.empty()) return absl::OkStatus();
  std::string text = absl::StrJoin(lines_, "\n");
  if (dropped_ > 0) absl::StrAppend(&text, "\n", file_, ": and ", dropped_, " more");
  return absl::InvalidArgumentError(text);
}

int Place::LineOf(const std::string& field, int index) const {
  const auto* descriptor = type_->FindFieldByName(field);
  if (tree_ == nullptr || descriptor == nullptr) return line_;
  int line = tree_->GetLocation(descriptor, index).line;
  // A list in brackets has one location for all its values.
  if (line < 0 && index > 0) line = tree_->GetLocation(descriptor, 0).line;
  return line < 0 ? line_ : line + 1;
}

Place Place::In(const std::string& field, int index) const {
  const auto* descriptor = type_->FindFieldByName(field);
  const Tree* nested = tree_ == nullptr ? nullptr : tree_->GetTreeForNested(descriptor, index);
  return Place(nested, descriptor->message_type(), LineOf(field, index));
}

}  // namespace daicho::policy
