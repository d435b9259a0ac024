// What the guideline says about a form, and what it takes to go on in spite of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daicho::approval::domain {

enum class Severity { kBlock, kWarn, kInfo };

// In storage and, behind the enum's prefix, on the wire: "WARN".
absl::string_view NameOf(Severity severity);
std::optional<Severity> SeverityNamed(absl::string_view name);

struct Finding {
  std::string rule_id;  // "T-5-9-3"
  std::string clause;   // "T 5-9-3"
  Severity severity = Severity::kInfo;
  std::string field;  // "fields.purpose"; empty when no single field is at fault.
  std::string message;
  std::string message_ja;
  std::string remedy;
  std::string remedy_ja;
  std::map<std::string, std::string> facts;  // That the rule used, as text.
  std::string guideline_version;             // "tokushima@2023-03-31"
  std::vector<std::string> concurrence;  // Desks the rule asks for, as the guideline calls them.

  friend bool operator==(const Finding&, const Finding&) = default;
};

// FAILED_PRECONDITION (POLICY_BLOCKS) that names every BLOCK finding, when there is one.
absl::Status RefuseBlocks(const std::vector<Finding>& findings);

// FAILED_PRECONDITION (WARNINGS_NEED_REASON) that names every WARN finding, when there is one and
// `comment` is blank: who agrees in spite of a warning says why.
absl::Status RefuseUnexplainedWarnings(const std::vector<Finding>& findings,
                                       absl::string_view comment);

}  // namespace daicho::approval::domain
