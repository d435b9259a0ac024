#include "services/cli/progress.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace daicho::cli {
namespace {

constexpr std::chrono::milliseconds kTick(200);
constexpr int kBarWidth = 24;
constexpr char kClear[] = "\r\x1B[K";

}  // namespace

Progress::Progress(const Surroundings& around, std::string what)
    : shown_(around.err_is_terminal),
      err_(around.err),
      what_(std::move(what)),
      begun_(absl::Now()) {
  if (shown_) ticker_ = std::thread([this] { Run(); });
}

Progress::~Progress() { Stop(); }

void Progress::Set(int done, int total) {
  const std::lock_guard<std::mutex> lock(mutex_);
  done_ = done;
  total_ = total;
  if (shown_) Draw();
}

void Progress::Finish(int rows) {
  Stop();
  if (shown_) err_ << rows << " 行 rows, " << Elapsed() << std::endl;
}

void Progress::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_.wait_for(lock, kTick, [this] { return stopped_; })) Draw();
}

void Progress::Draw() {
  std::string line = absl::StrCat(kClear, what_, " ");
  if (total_ > 0) {
    const int filled = static_cast<int>(
        std::min<std::int64_t>(std::int64_t{kBarWidth} * done_ / total_, kBarWidth));
    absl::StrAppend(&line, "[", std::string(static_cast<std::size_t>(filled), '#'),
                    std::string(static_cast<std::size_t>(kBarWidth - filled), '.'), "] ", done_,
                    "/", total_, " ");
  }
  err_ << line << Elapsed() << std::flush;
}

void Progress::Stop() {
  if (!ticker_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_one();
  ticker_.join();
  err_ << kClear << std::flush;
}

std::string Progress::Elapsed() const {
  return absl::StrFormat("%.1f s", absl::ToDoubleSeconds(absl::Now() - begun_));
}

}  // namespace daicho::cli
