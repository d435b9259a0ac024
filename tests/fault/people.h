// People who work while things break, and what they were told.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/e2e/world.h"

namespace daicho::testing {

// Events by type and resource, and how often each has to be in the log, or is.
using Events = std::map<std::pair<std::string, std::string>, int>;

// What people were told. Guarded by `mutex` while they work.
struct History {
  std::mutex mutex;
  Events events;                                          // Of the forms' acts.
  std::set<std::string> created;                          // Forms.
  std::set<std::string> done;                             // Forms agreed by the PR office.
  std::set<std::string> opened;                           // Those of them that open an account.
  std::map<std::string, std::set<std::string>> accounts;  // To what the ledger has: "changed".
  int answers = 0;
  int ambiguous = 0;  // Requests of which it was unknown for a while whether they had happened.
  absl::Time last_answer;              // Until the first, when they began.
  absl::Duration longest_gap;          // In which nobody got an answer.
  std::vector<std::string> surprises;  // Refusals that should not have been.

  int Answers() {
    const std::lock_guard<std::mutex> lock(mutex);
    return answers;
  }
};

// Each leads one account after another from 開設 over 変更 to an urgent 廃止, act by act, and
// repeats a request with its request_id until it is answered.
class People {
 public:
  People(World& world, History& history, int count);
  // Lets them finish the form they are at.
  ~People();

 private:
  class Course;

  absl::StatusOr<approval::v1::Form> Insist(
      const std::function<absl::StatusOr<approval::v1::Form>(const std::string&)>& send);

  // What a person does with an account, or to get one; its name. "" when the ledger is not known to
  // have it in time.
  absl::StatusOr<std::string> Open();
  absl::StatusOr<std::string> Change(const registry::v1::Account& account);
  absl::StatusOr<std::string> Close(const registry::v1::Account& account);
  absl::StatusOr<registry::v1::Account> AccountNow(const std::string& name);
  absl::Status Work();

  World& world_;
  History& history_;
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace daicho::testing
