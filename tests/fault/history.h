// People who work while things break, and what they were told.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/e2e/world.h"

namespace daicho::testing {

// What people were told. Guarded by `mutex` while they work.
struct History {
  std::mutex mutex;
  std::set<std::string> created;  // Forms.
  std::set<std::string> submitted;
  std::map<std::string, int> agreed;  // Form to number of agreements.
  std::set<std::string> done;         // Forms agreed by the PR office.
  int answers = 0;
  int ambiguous = 0;  // Requests of which it was unknown for a while whether they had happened.
  absl::Time last_answer = absl::Now();
  absl::Duration longest_gap;          // In which nobody got an answer.
  std::vector<std::string> surprises;  // Refusals that should not have been.
};

// Each carries one form after another from draft to the PR office's agreement, and repeats a
// request with its request_id until it is answered.
class People {
 public:
  People(World& world, History& history, int count);
  ~People();

  // Lets them finish the form they are at.
  void Stop();

 private:
  absl::StatusOr<approval::v1::Form> Insist(
      const std::function<absl::StatusOr<approval::v1::Form>(const std::string&)>& send);
  absl::Status OneForm();

  World& world_;
  History& history_;
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

// The audit log as somebody saw it while people worked.
struct SeenLog {
  std::int64_t size = 0;
  std::string root;
};
// The log as it is now. Nothing when it cannot be asked.
std::vector<SeenLog> SeeLog(World& world);

// What a comparison of the history with the databases found.
struct Comparison {
  int lost = 0;
  int doubled = 0;
  int in_ledger = 0;
};

// Compares what people were told with forms, ledger and audit log: once everything is delivered,
// every act is there once, and the log is one to which each of `seen` was a beginning. What differs
// fails the test.
Comparison Compare(World& world, const History& history, const std::vector<SeenLog>& seen);

}  // namespace daicho::testing
