#include "tests/bench/tables.h"

#include <cstdlib>
#include <functional>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/base/uuid.h"
#include "common/sheet/table.h"
#include "tests/bench/load.h"

namespace daicho::bench {
namespace {

using testing::World;

constexpr int kRows = 10'000;
constexpr int kPageSize = 500;

sheet::Table Ledger() {
  sheet::Table table{"accounts",
                     {{"所属", "department"},
                      {"サービス", "service"},
                      {"アカウント名", "account_name"},
                      {"URL", "url"},
                      {"出典", "source"}},
                     {}};
  for (int i = 0; i < kRows; ++i) {
    table.rows.push_back({World::kOtherSection, "X", absl::StrCat("観光だより ", i),
                          absl::StrCat("https://x.com/table", i), "県の一覧"});
  }
  return table;
}

// Rows of `content` that the ledger said already.
int Import(World& world, const std::string& content) {
  registry::v1::ImportAccountsRequest request;
  request.set_content(content);
  request.set_request_id(NewUuid(absl::Now()));
  registry::v1::ImportAccountsResponse response;
  const auto context = world.suite().Context(&world.pr_office, absl::Minutes(2));
  const grpc::Status status =
      registry::v1::AccountService::NewStub(world.suite().Channel("registry"))
          ->ImportAccounts(context.get(), request, &response);
  if (!status.ok()) Fail(status.error_message());
  return response.unchanged_count();
}

// Every account of the ledger as the rows of a table.
sheet::Table Export(World& world) {
  sheet::Table table{"accounts", {{"アカウント名", "account_name"}, {"URL", "url"}}, {}};
  const auto stub = registry::v1::AccountService::NewStub(world.suite().Channel("registry"));
  registry::v1::ListAccountsRequest request;
  request.set_page_size(kPageSize);
  do {
    registry::v1::ListAccountsResponse page;
    const auto context = world.suite().Context(&world.pr_office, absl::Minutes(1));
    const grpc::Status status = stub->ListAccounts(context.get(), request, &page);
    if (!status.ok()) Fail(status.error_message());
    for (const auto& account : page.accounts()) {
      table.rows.push_back({account.fields().display_name(), account.fields().url()});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return table;
}

void Time(const std::string& what, const std::function<void()>& run) {
  const absl::Time begun = absl::Now();
  run();
  std::cout << absl::StrFormat("  %-34s %8.2f s\n", what,
                               absl::ToDoubleSeconds(absl::Now() - begun))
            << std::flush;
}

}  // namespace

void MeasureTables(World& world) {
  const sheet::Table ledger = Ledger();
  const std::string utf8 = sheet::WriteCsvUtf8(ledger);
  const std::string cp932 = sheet::WriteCsvCp932(ledger)->bytes;
  const std::string xlsx = *sheet::WriteXlsx(ledger, absl::Now());
  std::cout << "\nA ledger of " << kRows << " rows as a table (aim: seconds)\n";
  Time("import CSV in UTF-8, all new", [&] { Import(world, utf8); });
  for (const auto& [what, content] :
       {std::pair{"CSV in UTF-8", &utf8}, std::pair{"CSV in CP932", &cp932},
        std::pair{"XLSX", &xlsx}}) {
    Time(absl::StrCat("import ", what, ", nothing new"), [&, file = content] {
      if (Import(world, *file) != kRows) Fail("a second import found something new");
    });
  }
  sheet::Table read;
  Time("read all pages", [&] { read = Export(world); });
  Time("write CSV in UTF-8", [&] { sheet::WriteCsvUtf8(read); });
  Time("write CSV in CP932", [&] { (void)sheet::WriteCsvCp932(read); });
  Time("write XLSX", [&] { (void)sheet::WriteXlsx(read, absl::Now()); });
  Time("write JSON", [&] { sheet::WriteJson(read); });
  world.suite().Settle();
}

}  // namespace daicho::bench
