#include "tests/bench/print.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/paper/html.h"
#include "common/paper/pdf.h"
#include "daicho/approval/v1/document_service.grpc.pb.h"
#include "tests/bench/load.h"

namespace daicho::bench {
namespace {

using approval::v1::DocumentService;
using Request = approval::v1::RenderDocumentRequest;

// Median and longest of `times` runs of `print`, which gives the number of bytes.
void Measure(const std::string& what, int times, const std::function<std::size_t()>& print) {
  std::vector<absl::Duration> took;
  std::size_t bytes = 0;
  for (int i = 0; i <= times; ++i) {
    const absl::Time begin = absl::Now();
    bytes = print();
    if (i > 0) took.push_back(absl::Now() - begin);  // The first opens connections.
  }
  std::sort(took.begin(), took.end());
  std::cout << absl::StrFormat("  %-34s %9.1f %9.1f %9.0f\n", what,
                               absl::ToDoubleMilliseconds(took[took.size() / 2]),
                               absl::ToDoubleMilliseconds(took.back()),
                               static_cast<double>(bytes) / 1024)
            << std::flush;
}

std::size_t Print(testing::World& world, DocumentService::Stub& stub, const Request& request) {
  const auto context = world.suite().Context(&world.staff, absl::Minutes(1));
  const auto reader = stub.RenderDocument(context.get(), request);
  approval::v1::RenderDocumentResponse message;
  std::size_t bytes = 0;
  while (reader->Read(&message)) bytes += message.chunk().size();
  const grpc::Status status = reader->Finish();
  if (!status.ok()) Fail("cannot print: " + status.error_message());
  return bytes;
}

paper::Document Report(int rows) {
  paper::DataTable table{"公式アカウント一覧",
                         {{"番号", 1, paper::Align::kEnd},
                          {"種類", 2},
                          {"アカウント名", 5},
                          {"所属", 4},
                          {"最終投稿日", 3},
                          {"日数", 1, paper::Align::kEnd}},
                         {}};
  for (int i = 0; i < rows; ++i) {
    table.rows.push_back({absl::StrCat(i + 1), "YouTube", absl::StrCat("県民だより ", i),
                          "教育委員会 生涯学習課", "令和8年11月22日", absl::StrCat(i % 400)});
  }
  return {.title = "一覧", .created = absl::UnixEpoch(), .blocks = {std::move(table)}};
}

}  // namespace

void MeasurePrinting(testing::World& world) {
  const auto form = world.Agreed(world.OpenContent("bench_print"));
  if (!form.ok()) Fail("cannot print: " + form.status().ToString());
  const auto stub = DocumentService::NewStub(world.suite().Channel("approval"));
  std::cout << "\nPrinting (aim: a PDF of a form in 100 ms)\n"
            << absl::StrFormat("  %-34s %9s %9s %9s\n", "", "p50 ms", "most ms", "KB");
  Request request;
  request.set_name(form->name());
  for (const auto& [document, name] :
       {std::pair(Request::DOCUMENT_FORM, "form"), std::pair(Request::DOCUMENT_POLICY, "policy"),
        std::pair(Request::DOCUMENT_TERMS, "terms")}) {
    for (const auto& [format, suffix] :
         {std::pair(Request::FORMAT_PDF, "PDF"), std::pair(Request::FORMAT_HTML, "HTML")}) {
      request.set_document(document);
      request.set_format(format);
      Measure(absl::StrCat(name, ", ", suffix), 30, [&] { return Print(world, *stub, request); });
    }
  }
  const auto fonts = paper::Fonts::Load();
  if (!fonts.ok()) Fail("cannot print: " + fonts.status().ToString());
  const paper::Document report = Report(10'000);
  Measure("10,000 rows of 6 cells, PDF", 3, [&] { return RenderPdf(*fonts, report)->size(); });
  Measure("10,000 rows of 6 cells, HTML", 3, [&] { return RenderHtml(report).size(); });
}

}  // namespace daicho::bench
