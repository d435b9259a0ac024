// InactivityService: reports. Exemptions are in exemption_service.cc.
#include "services/policy/inactivity_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/rpc/cancel_at.h"
#include "common/wire/fields.h"
#include "services/policy/exemption_store.h"
#include "services/policy/inactivity_advice.h"
#include "services/policy/inactivity_run.h"
#include "services/policy/inactivity_store.h"
#include "services/policy/inactivity_wire.h"

namespace daicho::policy {
namespace {

constexpr rpc::Method kCreate{"daicho.policy.v1.InactivityService.CreateInactivityReport"};
constexpr rpc::Method kPreview{"daicho.policy.v1.InactivityService.PreviewInactivityReport"};
constexpr rpc::Method kGet{"daicho.policy.v1.InactivityService.GetInactivityReport"};
constexpr rpc::Method kListReports{"daicho.policy.v1.InactivityService.ListInactivityReports"};
constexpr rpc::Method kListRows{"daicho.policy.v1.InactivityService.ListInactivityReportRows"};
constexpr rpc::Method kCompare{"daicho.policy.v1.InactivityService.CompareInactivityReports"};
constexpr rpc::Method kAssess{"daicho.policy.v1.InactivityService.AssessAccount"};
constexpr rpc::Method kPosting{"daicho.policy.v1.InactivityService.GetPostingTable"};

// Rows that go to the database at a time, and to a client.
constexpr int kRowsAtOnce = 10'000;
constexpr int kRowsInMessage = 500;
constexpr int kMostYearsAhead = 10;

absl::Status CheckLadder(const domain::Guideline& guideline) {
  if (guideline.ladder) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "NO_LADDER",
                {"The guideline does not say when silence counts; give it a ladder.",
                 "ガイドラインに、投稿のない期間の基準(ladder)がありません。追加してください。"},
                {{"guideline", guideline.version}});
}

absl::Status CheckNotAhead(absl::CivilDay as_of, absl::CivilDay today) {
  if (as_of <= today) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "AS_OF_IN_FUTURE",
                {"A report is about today or a day before; look ahead with a preview (--what-if).",
                 "報告書の基準日は本日以前に限ります。将来の日は試算(--what-if)で確認して"
                 "ください。"},
                {{"as_of", FormatDay(as_of)}});
}

absl::Status CheckNotTooFar(absl::CivilDay as_of, absl::CivilDay today) {
  if (as_of.year() <= today.year() + kMostYearsAhead) return absl::OkStatus();
  return RefuseFields({{.field = "as_of",
                        .reason = "DATE_TOO_FAR",
                        .en = "Look at most ten years ahead.",
                        .ja = "10年先までの日を指定してください。"}});
}

// The guideline that a preview follows: a draft, or `in_force`.
absl::StatusOr<domain::Guideline> GuidelineOf(const std::string& draft,
                                              const domain::Guideline& in_force) {
  if (draft.empty()) return in_force;
  const absl::StatusOr<LoadedGuideline> loaded = ParseGuideline("guideline_text", draft);
  if (loaded.ok()) return loaded->domain;
  const std::string problems(loaded.status().message());
  return Refuse(absl::StatusCode::kInvalidArgument, "INVALID_GUIDELINE",
                {absl::StrCat("The draft cannot be followed; mend it:\n", problems),
                 absl::StrCat("ガイドラインの案に誤りがあります。直してください。\n", problems)});
}

// Makes the report for a day that is taken, in `unit`, and has it kept.
class ReportMaker {
 public:
  ReportMaker(const rpc::Call& call, work::UnitOfWork& unit, const domain::Guideline& guideline,
              absl::CivilDay as_of)
      : call_(call), unit_(unit), guideline_(guideline), as_of_(as_of), rows_(unit.tx(), as_of) {}

  absl::StatusOr<v1::InactivityReport> Make(
      const Ledger& ledger,
      const std::function<absl::Status(std::int64_t, std::int64_t)>& progress) {
    RunInput input{.as_of = as_of_, .guideline = &guideline_, .exemptions = {}};
    ASSIGN_OR_RETURN(input.exemptions, store::LoadExemptions(unit_.tx(), as_of_));
    ASSIGN_OR_RETURN(const bool has_later, store::HasLater(unit_.tx(), as_of_));
    advises_ = !has_later;
    const RunOutput output{.row =
                               [this](const domain::ReportRow& row) {
                                 Take(row);
                                 return absl::OkStatus();
                               },
                           .progress = [&](std::int64_t done, std::int64_t total) -> absl::Status {
                             if (rows_.pending() < kRowsAtOnce && done < total)
                               return absl::OkStatus();
                             RETURN_IF_ERROR(HandOver());
                             return progress(done, total);
                           }};
    ASSIGN_OR_RETURN(RunResult result, RunOverLedger(ledger, call_, input, output));
    RETURN_IF_ERROR(HandOver());
    RETURN_IF_ERROR(rows_.Await());
    result.report.creator = call_.caller().subject;
    RETURN_IF_ERROR(store::InsertReport(unit_.tx(), result.report, result.departments));
    v1::InactivityReport report = wire::ToProto(result.report, result.departments);
    RETURN_IF_ERROR(unit_.Announce(EventOf(report)));
    return report;
  }

 private:
  void Take(const domain::ReportRow& row) {
    rows_.Add(row);
    if (!advises_ || !domain::IsCandidate(row.standing)) return;
    advice_.emplace_back(row.account.id, AdviceFor(row, guideline_, as_of_, TokyoDay(call_.now())));
  }

  // What was taken goes to the database, which stores the rows while more are read.
  absl::Status HandOver() {
    RETURN_IF_ERROR(rows_.Await());
    for (const auto& [account, advice] : advice_) {
      RETURN_IF_ERROR(SendAdvice(unit_, account, advice, call_.now()));
    }
    advice_.clear();
    rows_.HandOver();
    return absl::OkStatus();
  }

  static Event EventOf(const v1::InactivityReport& report) {
    Event event{.type = "inactivity_report.created",
                .resource = report.name(),
                .related = {},
                .department = "",
                .reason = "",
                .changes = {}};
    event.changes.push_back({"account_count", "", absl::StrCat(report.account_count())});
    event.changes.push_back({"change_number", "", absl::StrCat(report.change_number())});
    for (const v1::BucketCount& count : report.counts()) {
      event.changes.push_back({absl::StrCat("counts.", v1::InactivityBucket_Name(count.bucket())),
                               "", absl::StrCat(count.count())});
    }
    event.changes.push_back({"guideline_version", "", report.guideline_version()});
    return event;
  }

  const rpc::Call& call_;
  work::UnitOfWork& unit_;
  const domain::Guideline& guideline_;
  const absl::CivilDay as_of_;
  store::RowWriter rows_;
  std::vector<std::pair<std::string, domain::ClosingAdvice>> advice_;  // By account, not sent yet.
  bool advises_ = false;                                               // It is the newest report.
};

absl::StatusOr<v1::InactivityReport> LoadReport(pg::Transaction& tx, absl::CivilDay as_of) {
  ASSIGN_OR_RETURN(const domain::Report report, store::GetReport(tx, as_of));
  ASSIGN_OR_RETURN(const auto departments, store::LoadCounts(tx, as_of));
  return wire::ToProto(report, departments);
}

// Where a page token says that a list goes on.
domain::Position PositionOf(const std::vector<std::string>& texts) {
  return texts.size() == 2 ? domain::Position{texts[0], texts[1]} : domain::Position{};
}

}  // namespace

grpc::Status InactivityServiceImpl::CreateInactivityReport(
    grpc::ServerContext* context, const v1::CreateInactivityReportRequest* request,
    grpc::ServerWriter<v1::CreateInactivityReportResponse>* writer) {
  v1::CreateInactivityReportResponse last;
  const grpc::Status status = rpc::Write(
      env_, *context, kCreate, *request, &last,
      [&](const rpc::Call& call,
          work::UnitOfWork& unit) -> absl::StatusOr<v1::CreateInactivityReportResponse> {
        const absl::CivilDay today = TokyoDay(call.now());
        const absl::CivilDay as_of = daicho::wire::FromDate(request->as_of()).value_or(today);
        RETURN_IF_ERROR(CheckNotAhead(as_of, today));
        RETURN_IF_ERROR(CheckLadder(guideline_.domain));
        v1::CreateInactivityReportResponse answer;
        ASSIGN_OR_RETURN(const bool taken, store::TakeDay(unit.tx(), as_of));
        if (!taken) {
          answer.set_existed(true);
          ASSIGN_OR_RETURN(*answer.mutable_report(), LoadReport(unit.tx(), as_of));
          return answer;
        }
        const rpc::CancelAt cancel_at(*context, call.deadline());
        const auto tell = [&](std::int64_t done, std::int64_t total) -> absl::Status {
          v1::CreateInactivityReportResponse progress;
          progress.set_done_count(done);
          progress.set_total_count(total);
          if (writer->Write(progress)) return absl::OkStatus();
          return absl::CancelledError("the client has gone");
        };
        ASSIGN_OR_RETURN(*answer.mutable_report(),
                         ReportMaker(call, unit, guideline_.domain, as_of).Make(ledger_, tell));
        return answer;
      });
  if (!status.ok()) return status;
  last.set_done_count(last.report().account_count());
  last.set_total_count(last.report().account_count());
  writer->Write(last);
  return status;
}

grpc::Status InactivityServiceImpl::PreviewInactivityReport(
    grpc::ServerContext* context, const v1::PreviewInactivityReportRequest* request,
    grpc::ServerWriter<v1::PreviewInactivityReportResponse>* writer) {
  return rpc::ReadStream(
      env_, *context, kPreview, *request, writer,
      [&](const rpc::Call& call, pg::Transaction& tx,
          const rpc::Send<v1::PreviewInactivityReportResponse>& send) -> absl::Status {
        const absl::CivilDay today = TokyoDay(call.now());
        RunInput input;
        input.as_of = daicho::wire::FromDate(request->as_of()).value_or(today);
        RETURN_IF_ERROR(CheckNotTooFar(input.as_of, today));
        ASSIGN_OR_RETURN(const domain::Guideline guideline,
                         GuidelineOf(request->guideline_text(), guideline_.domain));
        RETURN_IF_ERROR(CheckLadder(guideline));
        input.guideline = &guideline;
        ASSIGN_OR_RETURN(input.exemptions, store::LoadExemptions(tx, input.as_of));
        v1::PreviewInactivityReportResponse part;
        const auto flush = [&]() -> absl::Status {
          RETURN_IF_ERROR(send(part));
          part.Clear();
          return absl::OkStatus();
        };
        const RunOutput output{
            .row = [&](const domain::ReportRow& row) -> absl::Status {
              wire::Fill(row, part.add_rows());
              return part.rows_size() < kRowsInMessage ? absl::OkStatus() : flush();
            },
            .progress = [](std::int64_t, std::int64_t) { return absl::OkStatus(); }};
        ASSIGN_OR_RETURN(const RunResult result, RunOverLedger(ledger_, call, input, output));
        *part.mutable_report() = wire::ToProto(result.report, result.departments);
        return flush();
      });
}

// Changes nothing; the registry is asked before the transaction all the same.
grpc::Status InactivityServiceImpl::AssessAccount(grpc::ServerContext* context,
                                                  const v1::AssessAccountRequest* request,
                                                  v1::InactivityRow* response) {
  return rpc::WriteAfter(
      env_, *context, kAssess, *request, response,
      [&](const rpc::Call& call) -> absl::StatusOr<registry::v1::Account> {
        RETURN_IF_ERROR(CheckLadder(guideline_.domain));
        RETURN_IF_ERROR(
            daicho::wire::ParseUuidName("accounts", request->account(), "account").status());
        return ledger_.GetAccount(call, request->account());
      },
      [&](const rpc::Call& call, work::UnitOfWork& unit,
          const registry::v1::Account& account) -> absl::StatusOr<v1::InactivityRow> {
        const absl::CivilDay today = TokyoDay(call.now());
        ASSIGN_OR_RETURN(const domain::ExemptionsByAccount exemptions,
                         store::LoadExemptions(unit.tx(), today));
        v1::InactivityRow row;
        wire::Fill(MakeRow(wire::ToDomain(account), exemptions, *guideline_.domain.ladder,
                           {.as_of = today, .read_on = today}),
                   &row);
        return row;
      });
}

grpc::Status InactivityServiceImpl::GetInactivityReport(
    grpc::ServerContext* context, const v1::GetInactivityReportRequest* request,
    v1::InactivityReport* response) {
  return rpc::Read(
      env_, *context, kGet, *request, response,
      [&](const rpc::Call&, pg::Transaction& tx) -> absl::StatusOr<v1::InactivityReport> {
        ASSIGN_OR_RETURN(const absl::CivilDay as_of,
                         wire::ParseReportName(request->name(), "name"));
        return LoadReport(tx, as_of);
      });
}

grpc::Status InactivityServiceImpl::ListInactivityReports(
    grpc::ServerContext* context, const v1::ListInactivityReportsRequest* request,
    v1::ListInactivityReportsResponse* response) {
  return rpc::Read(env_, *context, kListReports, *request, response,
                   [&](const rpc::Call& call,
                       pg::Transaction& tx) -> absl::StatusOr<v1::ListInactivityReportsResponse> {
                     ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
                     ASSIGN_OR_RETURN(const std::vector<std::string> position,
                                      env_.page_tokens->Read(kListReports.name,
                                                             call.caller().subject, *request));
                     std::optional<absl::CivilDay> before;
                     if (!position.empty()) before = ParseDay(position.front());
                     ASSIGN_OR_RETURN(const auto reports, store::ListReports(tx, before, size));
                     v1::ListInactivityReportsResponse answer;
                     for (const domain::Report& report : reports) {
                       ASSIGN_OR_RETURN(const auto counts, store::LoadCounts(tx, report.as_of));
                       *answer.add_reports() = wire::ToProto(report, counts);
                       answer.mutable_reports()->rbegin()->clear_departments();
                     }
                     if (static_cast<int>(reports.size()) == size) {
                       answer.set_next_page_token(
                           env_.page_tokens->Make(kListReports.name, call.caller().subject,
                                                  *request, {FormatDay(reports.back().as_of)}));
                     }
                     return answer;
                   });
}

grpc::Status InactivityServiceImpl::ListInactivityReportRows(
    grpc::ServerContext* context, const v1::ListInactivityReportRowsRequest* request,
    v1::ListInactivityReportRowsResponse* response) {
  return rpc::Read(
      env_, *context, kListRows, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::ListInactivityReportRowsResponse> {
        ASSIGN_OR_RETURN(domain::RowQuery query, wire::Parse(*request));
        if (!request->department().empty()) {
          RETURN_IF_ERROR(call.AdmitDepartment(request->department()));
        } else if (const auto only = call.OnlyDepartment()) {
          ASSIGN_OR_RETURN(query.department,
                           daicho::wire::ParseDepartmentName(*only, "department"));
        }
        ASSIGN_OR_RETURN(query.limit, rpc::PageSize(request->page_size()));
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListRows.name, call.caller().subject, *request));
        query.after = PositionOf(position);
        RETURN_IF_ERROR(store::GetReport(tx, query.as_of).status());
        ASSIGN_OR_RETURN(const auto rows, store::ListRows(tx, query));
        v1::ListInactivityReportRowsResponse answer;
        for (const domain::ReportRow& row : rows) wire::Fill(row, answer.add_rows());
        if (static_cast<int>(rows.size()) == query.limit) {
          answer.set_next_page_token(
              env_.page_tokens->Make(kListRows.name, call.caller().subject, *request,
                                     {rows.back().account.department, rows.back().account.id}));
        }
        return answer;
      });
}

grpc::Status InactivityServiceImpl::CompareInactivityReports(
    grpc::ServerContext* context, const v1::CompareInactivityReportsRequest* request,
    v1::CompareInactivityReportsResponse* response) {
  return rpc::Read(
      env_, *context, kCompare, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::CompareInactivityReportsResponse> {
        ASSIGN_OR_RETURN(const absl::CivilDay as_of,
                         wire::ParseReportName(request->name(), "name"));
        ASSIGN_OR_RETURN(const absl::CivilDay earlier,
                         wire::ParseReportName(request->earlier(), "earlier"));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kCompare.name, call.caller().subject, *request));
        RETURN_IF_ERROR(store::GetReport(tx, as_of).status());
        RETURN_IF_ERROR(store::GetReport(tx, earlier).status());
        ASSIGN_OR_RETURN(const auto moves,
                         store::Compare(tx, as_of, earlier, PositionOf(position), size));
        v1::CompareInactivityReportsResponse answer;
        for (const domain::Move& move : moves) *answer.add_moves() = wire::ToProto(move);
        if (static_cast<int>(moves.size()) == size) {
          answer.set_next_page_token(
              env_.page_tokens->Make(kCompare.name, call.caller().subject, *request,
                                     {moves.back().department, moves.back().account}));
        }
        return answer;
      });
}

grpc::Status InactivityServiceImpl::GetPostingTable(grpc::ServerContext* context,
                                                    const v1::GetPostingTableRequest* request,
                                                    v1::PostingTable* response) {
  return rpc::Read(env_, *context, kPosting, *request, response,
                   [&](const rpc::Call&, pg::Transaction& tx) -> absl::StatusOr<v1::PostingTable> {
                     ASSIGN_OR_RETURN(const absl::CivilDay as_of,
                                      wire::ParseReportName(request->report(), "report"));
                     RETURN_IF_ERROR(store::GetReport(tx, as_of).status());
                     ASSIGN_OR_RETURN(const auto platforms, store::CountPosting(tx, as_of));
                     return wire::ToProto(as_of, platforms);
                   });
}

}  // namespace daicho::policy
