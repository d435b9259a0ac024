#include "services/policy/inactivity_run.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "services/policy/inactivity_wire.h"

namespace daicho::policy {
namespace {

class Run {
 public:
  Run(const rpc::Call& call, const RunInput& input, const RunOutput& output)
      : input_(input), output_(output) {
    result_.report.as_of = input.as_of;
    result_.report.guideline_version = input.guideline->version;
    result_.report.answer_due_on = TokyoDay(call.now()) + input.guideline->answer_days;
  }

  absl::Status Take(const registry::v1::StreamSnapshotResponse& part) {
    if (part.has_header()) TakeHeader(part.header());
    for (const auto& department : part.departments()) {
      names_[std::string(absl::StripPrefix(department.name(), "departments/"))] =
          department.display_name();
    }
    for (const auto& account : part.accounts()) {
      const domain::ReportRow row = MakeRow(wire::ToDomain(account), input_.exemptions,
                                            *input_.guideline->ladder, {input_.as_of, read_on_});
      counts_.Add(row);
      RETURN_IF_ERROR(output_.row(row));
    }
    return output_.progress(counts_.total(), total_);
  }

  RunResult Finish() && {
    result_.report.account_count = counts_.total();
    for (const auto& [code, counts] : counts_.by_department()) {
      result_.departments.push_back({code, names_[code], counts});
    }
    return std::move(result_);
  }

 private:
  void TakeHeader(const registry::v1::SnapshotHeader& header) {
    result_.report.change_number = header.change_number();
    result_.report.snapshot_time = daicho::wire::FromTimestamp(header.snapshot_time());
    read_on_ = TokyoDay(result_.report.snapshot_time);
    total_ = header.account_count();
  }

  const RunInput& input_;
  const RunOutput& output_;
  RunResult result_;
  std::map<std::string, std::string> names_;  // Of departments, by code.
  domain::ReportCounts counts_;
  absl::CivilDay read_on_;
  std::int64_t total_ = 0;
};

}  // namespace

absl::StatusOr<RunResult> RunOverLedger(const Ledger& ledger, const rpc::Call& call,
                                        const RunInput& input, const RunOutput& output) {
  Run run(call, input, output);
  RETURN_IF_ERROR(ledger.ReadSnapshot(
      call, {}, [&](const registry::v1::StreamSnapshotResponse& part) { return run.Take(part); }));
  return std::move(run).Finish();
}

}  // namespace daicho::policy
