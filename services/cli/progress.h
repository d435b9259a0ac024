// How far a long command is: a line on a terminal's standard error, nothing anywhere else.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "services/cli/session.h"

namespace daicho::cli {

class Progress {
 public:
  // `what` is what goes on: "取込み中 Importing".
  Progress(const Surroundings& around, std::string what);
  Progress(const Progress&) = delete;
  // Takes the line away, unless Finish has said how it ended.
  ~Progress();

  // `done` of `total` rows; 0 when nobody knows how many.
  void Set(int done, int total);
  // Leaves behind how many rows there were and how long they took.
  void Finish(int rows);

 private:
  void Run();
  void Draw();  // With mutex_ held.
  void Stop();
  std::string Elapsed() const;

  const bool shown_;
  std::ostream& err_;
  const std::string what_;
  const absl::Time begun_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopped_ = false;
  int done_ = 0;
  int total_ = 0;
  std::thread ticker_;
};

}  // namespace daicho::cli
