// 受付番号: numbers of forms received by the PR office, per fiscal year. T 5-3.
#pragma once

#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace daicho::approval::domain {

struct Reception {
  int fiscal_year = 0;  // 年度: the year in which it begins.
  int number = 0;       // Within the fiscal year, from 1, without gaps.
  absl::CivilDay received_on;

  friend bool operator==(const Reception&, const Reception&) = default;
};

// The fiscal year, 1 April to 31 March in Asia/Tokyo, a form received at `time` is numbered in.
int ReceptionYear(absl::Time time);

// `number` is the next of ReceptionYear(time).
Reception Receive(int number, absl::Time time);

// As printed: "令和8年度 第12号".
std::string DisplayNumber(const Reception& reception);

}  // namespace daicho::approval::domain
