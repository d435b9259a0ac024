#include "services/approval/domain/reception.h"

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"

namespace daicho::approval::domain {

int ReceptionYear(absl::Time time) { return FiscalYear(TokyoDay(time)); }

Reception Receive(int number, absl::Time time) {
  return {.fiscal_year = ReceptionYear(time), .number = number, .received_on = TokyoDay(time)};
}

std::string DisplayNumber(const Reception& reception) {
  return absl::StrCat(WarekiFiscalYear(reception.fiscal_year), " 第", reception.number, "号");
}

}  // namespace daicho::approval::domain
