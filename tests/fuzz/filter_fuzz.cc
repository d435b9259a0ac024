// A filter is refused by name, or becomes a statement in which nothing of it stands but what the
// program itself put there.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/filter.h"
#include "common/base/refusal.h"
#include "services/registry/account_list_store.h"
#include "services/registry/platforms.h"
#include "tests/fuzz/check.h"

namespace {

namespace domain = daicho::registry::domain;
namespace store = daicho::registry::store;

const domain::PlatformTable& Platforms() {
  static const auto& platforms = *new absl::StatusOr<domain::PlatformTable>(
      daicho::registry::wire::LoadPlatforms("services/registry/platforms"));
  if (!platforms.ok()) {
    std::cerr << platforms.status() << ": run from the top of the tree\n";
    std::exit(2);
  }
  return *platforms;
}

// The literals of the closed table.
std::string WithoutLiterals(const std::string& sql) {
  return absl::StrReplaceAll(sql, {{"''", ""},
                                   {"' '", ""},
                                   {"'kind'", ""},
                                   {"'operator_type'", ""},
                                   {"'display_name'", ""},
                                   {"'verification.state'", ""},
                                   {"'-infinity'", ""},
                                   {"E'\\n'", ""}});
}

void CheckStatement(const store::ComposedStatement& statement) {
  for (std::size_t i = 1; i <= statement.params.size(); ++i) {
    DAICHO_FUZZ_CHECK(absl::StrContains(statement.sql, absl::StrCat("$", i)));
  }
  const std::string rest = WithoutLiterals(statement.sql);
  for (const char c : rest) DAICHO_FUZZ_CHECK(c == '\n' || (c >= ' ' && c <= '~'));
  for (const char* sign : {"'", ";", "--", "/*", "\\"}) {
    DAICHO_FUZZ_CHECK(!absl::StrContains(rest, sign));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view text = daicho::fuzz::Text(data, size);
  const auto condition = domain::ReadAccountFilter(text, Platforms());
  if (!condition.ok()) {
    DAICHO_FUZZ_CHECK(daicho::ReasonOf(condition.status()) == "INVALID_FILTER");
    return 0;
  }
  const store::DepartmentRows departments = {{"0101", "", "ひしょか"}, {"0102", "0101", "x"}};
  for (const bool present : {true, false}) {
    for (const domain::AccountOrderBy by : domain::kAllAccountOrders) {
      domain::AccountQuery query{.condition = *condition};
      query.order.by = by;
      for (const int total : {1, 1'000'000}) {
        CheckStatement(
            store::ComposePage(query, departments, {7, present}, {.size = 50, .total = total}));
      }
      CheckStatement(store::ComposeCount(query, departments, {7, present}));
    }
  }
  return 0;
}
