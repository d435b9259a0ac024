#include "tests/bench/load.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/server/config.h"

namespace daicho::bench {
namespace {

class Loop {
 public:
  Loop(const Load& load, const Start& start)
      : start_(start), took_(load.under_way), under_way_(load.under_way) {
    begin_ = absl::Now() + load.warm_up;
    end_ = begin_ + load.measured;
  }

  void Run() {
    const int slots = under_way_;
    for (int slot = 0; slot < slots; ++slot) Next(slot);
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* under_way) { return *under_way == 0; }, &under_way_));
  }

  std::int64_t calls() const { return calls_; }

  Rate Result() {
    std::vector<absl::Duration> all;
    for (const auto& slot : took_) all.insert(all.end(), slot.begin(), slot.end());
    if (all.empty()) return {};
    std::sort(all.begin(), all.end());
    return {.per_second = all.size() / absl::ToDoubleSeconds(ended_ - begin_),
            .median = all[all.size() / 2],
            .slowest_percent = all[all.size() * 99 / 100]};
  }

 private:
  void Next(int slot) {
    const absl::Time began = absl::Now();
    start_(slot, [this, slot, began](const grpc::Status& status) { Ended(slot, began, status); });
  }

  void Ended(int slot, absl::Time began, const grpc::Status& status) {
    if (!status.ok()) {
      std::cerr << "bench: a call failed: " << status.error_code() << " " << status.error_message()
                << std::endl;
      std::_Exit(1);
    }
    ++calls_;
    const absl::Time now = absl::Now();
    if (now >= begin_) took_[slot].push_back(now - began);
    if (now < end_) return Next(slot);
    absl::MutexLock lock(&mutex_);
    ended_ = std::max(ended_, now);
    --under_way_;
  }

  const Start& start_;
  absl::Time begin_;
  absl::Time end_;                                 // No call begins after it.
  absl::Time ended_;                               // Of the last call.
  std::vector<std::vector<absl::Duration>> took_;  // By slot, so that none is shared.
  std::atomic<std::int64_t> calls_ = 0;            // All, those of the warm-up included.
  absl::Mutex mutex_;
  int under_way_;
};

}  // namespace

absl::Duration CpuOf(pid_t process) {
  if (process == 0) return absl::ZeroDuration();
  const std::string stat = server::ReadFile(absl::StrCat("/proc/", process, "/stat")).value_or("");
  // The second field is the program's name in brackets; utime and stime are the 14th and 15th.
  const std::vector<absl::string_view> fields =
      absl::StrSplit(stat.substr(std::min(stat.size(), stat.rfind(')') + 2)), ' ');
  std::int64_t user = 0;
  std::int64_t system = 0;
  if (fields.size() < 13 || !absl::SimpleAtoi(fields[11], &user) ||
      !absl::SimpleAtoi(fields[12], &system)) {
    return absl::ZeroDuration();
  }
  return absl::Seconds(user + system) / sysconf(_SC_CLK_TCK);
}

double MegabytesOf(pid_t process, const char* file, absl::string_view label) {
  const std::string text =
      server::ReadFile(absl::StrCat("/proc/", process, "/", file)).value_or("");
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, label)) continue;
    double kilobytes = 0;
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (!words.empty() && absl::SimpleAtod(words[0], &kilobytes)) return kilobytes / 1024;
  }
  return 0;
}

void Fail(const std::string& why) {
  std::cerr << "bench: " << why << std::endl;
  std::exit(1);
}

void Check(const absl::Status& status, const char* what) {
  if (!status.ok()) Fail(absl::StrCat(what, ": ", status.ToString()));
}

Rate Drive(const Load& load, const Start& start) {
  Loop loop(load, start);
  const absl::Duration cpu_before = CpuOf(load.server);
  loop.Run();
  Rate rate = loop.Result();
  rate.server_cpu = (CpuOf(load.server) - cpu_before) / loop.calls();
  return rate;
}

Rate Median(std::vector<Rate> rates) {
  std::sort(rates.begin(), rates.end(),
            [](const Rate& a, const Rate& b) { return a.per_second < b.per_second; });
  return rates.empty() ? Rate{} : rates[rates.size() / 2];
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

pg::Connection Connect(const testing::Suite& suite, const std::string& service) {
  auto connection = pg::Connection::Open(suite.Conninfo(service), absl::Now() + absl::Minutes(1));
  Check(connection.status(), "PostgreSQL");
  return *std::move(connection);
}

void Execute(const testing::Suite& suite, const std::string& service, const std::string& sql) {
  Check(Connect(suite, service).ExecuteScript(sql, absl::Now() + absl::Hours(1)), sql.c_str());
}

}  // namespace daicho::bench
