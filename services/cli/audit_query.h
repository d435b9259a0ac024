// Which entries of the audit log a command is about, and how they become tables.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sheet/table.h"
#include "daicho/audit/v1/audit_service.pb.h"
#include "services/cli/command.h"
#include "services/cli/session.h"

namespace daicho::cli {

// The flags of a command that selects entries, and the request they make. Refuses with
// INVALID_ARGUMENT (WRONG_COMMAND_LINE).
std::vector<Flag> QueryFlags();
absl::StatusOr<audit::v1::ListEntriesRequest> QueryOf(const Arguments& arguments);

// Calls `visit` for every entry that is asked for, page by page.
absl::Status ForEachEntry(Session& session, audit::v1::ListEntriesRequest request,
                          const std::function<absl::Status(const audit::v1::Entry&)>& visit);

// Entries as files for programs and for spreadsheets.
class EntryTables {
 public:
  EntryTables();
  void Add(const audit::v1::Entry& entry);
  // UTF-8 with BOM; what a spreadsheet would run is disarmed.
  std::string Csv() const;
  // One entry a line, as protobuf's JSON has it.
  const std::string& JsonLines() const { return json_lines_; }
  std::size_t size() const { return table_.rows.size(); }

 private:
  sheet::Table table_;
  std::string json_lines_;
};

}  // namespace daicho::cli
