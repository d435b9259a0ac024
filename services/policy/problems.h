// What is wrong with a text-format file, and where.
#pragma once

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daicho::policy {

// Collects problems. Keeps the first 20, each up to 300 bytes, and says when there are more.
class Problems : public google::protobuf::io::ErrorCollector {
 public:
  explicit Problems(absl::string_view file) : file_(file) {}

  // `line` counts from 1.
  void Add(int line, absl::string_view problem);
  // For the parser, which counts from 0.
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override;

  // OK, or INVALID_ARGUMENT with a line for each problem.
  absl::Status ToStatus() const;

 private:
  std::string file_;
  std::vector<std::string> lines_;
  int dropped_ = 0;
};

// Where a message stands in its file.
class Place {
 public:
  using Tree = google::protobuf::TextFormat::ParseInfoTree;
  Place(const Tree* tree, const google::protobuf::Descriptor* type, int line)
      : tree_(tree), type_(type), line_(line) {}

  int line() const { return line_; }
  // Line of a field, or the message's own where the field is unset. `index` is for lists.
  int LineOf(const std::string& field, int index = -1) const;
  // Place of the message in a field.
  Place In(const std::string& field, int index = -1) const;

 private:
  const Tree* tree_;  // Null when the file does not have the message.
  const google::protobuf::Descriptor* type_;
  int line_;
};

}  // namespace daicho::policy
