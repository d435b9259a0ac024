// A closed loop of calls: as soon as one ends, the next begins.
#pragma once

#include <grpcpp/support/status.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/pg/pg.h"
#include "tests/e2e/suite.h"

namespace daicho::bench {

// Says why there is nothing to measure, and ends the process.
[[noreturn]] void Fail(const std::string& why);
// Fails with `what` and the status unless it is OK.
void Check(const absl::Status& status, const char* what);

struct Load {
  int under_way = 64;
  absl::Duration warm_up = absl::Seconds(1);
  absl::Duration measured = absl::Seconds(4);
  pid_t server = 0;  // Whose processor time is counted; 0 for nobody's.
};

struct Rate {
  double per_second = 0;
  absl::Duration median;  // Of one call.
  absl::Duration slowest_percent;
  absl::Duration server_cpu;  // Of `Load::server`, per call.
};

using Done = std::function<void(const grpc::Status&)>;
// Begins one call without waiting for it, and tells `done` when it has ended. `slot` is below
// Load::under_way; a slot has one call at a time.
using Start = std::function<void(int slot, Done done)>;

// Processor time `process` has used so far.
absl::Duration CpuOf(pid_t process);
// A figure of /proc/PROCESS/FILE ("status": "VmRSS:") in MB; 0 when it cannot be read.
double MegabytesOf(pid_t process, const char* file, absl::string_view label);

// Keeps `load.under_way` calls going and counts those that end while measured. Ends the process
// when a call fails: a rate of failures says nothing.
Rate Drive(const Load& load, const Start& start);

// The middle one by rate.
Rate Median(std::vector<Rate> rates);
double Median(std::vector<double> values);

// To the database of `service`.
pg::Connection Connect(const testing::Suite& suite, const std::string& service);
// Runs `sql` in the database of `service`.
void Execute(const testing::Suite& suite, const std::string& service, const std::string& sql);

}  // namespace daicho::bench
