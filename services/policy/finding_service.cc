#include "services/policy/finding_service.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/base/uuid.h"
#include "common/wire/fields.h"
#include "services/policy/finding_store.h"
#include "services/policy/finding_wire.h"

namespace daicho::policy {
namespace {

constexpr rpc::Method kGetFinding{"daicho.policy.v1.FindingService.GetFinding"};
constexpr rpc::Method kListFindings{"daicho.policy.v1.FindingService.ListFindings"};
constexpr rpc::Method kSummarizeFindings{"daicho.policy.v1.FindingService.SummarizeFindings"};
constexpr rpc::Method kAcknowledgeFinding{"daicho.policy.v1.FindingService.AcknowledgeFinding"};

// Departments that an answer is limited to; nullopt: none. `code` is the one asked for, if any.
absl::StatusOr<std::optional<std::vector<std::string>>> DepartmentsOf(const rpc::Call& call,
                                                                      pg::Transaction& tx,
                                                                      const std::string& code,
                                                                      bool include_subtree) {
  using Departments = std::optional<std::vector<std::string>>;
  if (!code.empty()) RETURN_IF_ERROR(call.AdmitDepartment(absl::StrCat("departments/", code)));
  if (const auto only = call.OnlyDepartment()) {
    ASSIGN_OR_RETURN(const std::string own, wire::ParseDepartment(*only));
    return Departments({own});
  }
  if (code.empty()) return Departments();
  if (!include_subtree) return Departments({code});
  ASSIGN_OR_RETURN(std::vector<std::string> under, store::DepartmentsUnder(tx, code));
  return Departments(std::move(under));
}

Event EventOf(const store::Finding& finding) {
  const domain::Acknowledgement& given = *finding.acknowledgement;
  return {
      .type = "finding.acknowledged",
      .resource = absl::StrCat("findings/", finding.id),
      .related = {absl::StrCat("accounts/", finding.account)},
      .department = absl::StrCat("departments/", finding.department),
      .reason = given.reason,
      .changes = {
          {.path = "acknowledgement.end_date", .before = "", .after = FormatDay(given.end_date)},
          {.path = "rule_id", .before = "", .after = finding.trouble.rule_id}}};
}

}  // namespace

grpc::Status FindingServiceImpl::GetFinding(grpc::ServerContext* context,
                                            const v1::GetFindingRequest* request,
                                            v1::StandingFinding* response) {
  return rpc::Read(
      env_, *context, kGetFinding, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::StandingFinding> {
        ASSIGN_OR_RETURN(const std::string id,
                         daicho::wire::ParseUuidName("findings", request->name(), "name"));
        ASSIGN_OR_RETURN(const store::Finding finding, store::GetFinding(tx, id));
        RETURN_IF_ERROR(call.AdmitDepartment(absl::StrCat("departments/", finding.department)));
        return wire::ToProto(finding, guideline_.domain, TokyoDay(call.now()));
      });
}

grpc::Status FindingServiceImpl::ListFindings(grpc::ServerContext* context,
                                              const v1::ListFindingsRequest* request,
                                              v1::ListFindingsResponse* response) {
  return rpc::Read(
      env_, *context, kListFindings, *request, response,
      [&](const rpc::Call& call, pg::Transaction& tx) -> absl::StatusOr<v1::ListFindingsResponse> {
        const absl::CivilDay today = TokyoDay(call.now());
        ASSIGN_OR_RETURN(wire::FindingList list, wire::Parse(*request, today));
        ASSIGN_OR_RETURN(list.query.departments,
                         DepartmentsOf(call, tx, list.department, request->include_subtree()));
        ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size()));
        const std::string& caller = call.caller().subject;
        ASSIGN_OR_RETURN(const std::vector<std::string> position,
                         env_.page_tokens->Read(kListFindings.name, caller, *request));
        // The last finding of the page before, and how many the first page counted.
        std::optional<std::string> before;
        std::int64_t total = 0;
        if (position.size() == 2 && absl::SimpleAtoi(position[1], &total)) {
          before = position[0];
        } else {
          ASSIGN_OR_RETURN(total, store::CountFindings(tx, list.query));
        }
        ASSIGN_OR_RETURN(std::vector<store::Finding> findings,
                         store::ListFindings(tx, list.query, before, size + 1));
        v1::ListFindingsResponse answer;
        answer.set_total_size(total);
        if (static_cast<int>(findings.size()) > size) {
          findings.pop_back();
          answer.set_next_page_token(env_.page_tokens->Make(
              kListFindings.name, caller, *request, {findings.back().id, absl::StrCat(total)}));
        }
        for (const store::Finding& finding : findings) {
          *answer.add_findings() = wire::ToProto(finding, guideline_.domain, today);
        }
        return answer;
      });
}

grpc::Status FindingServiceImpl::SummarizeFindings(grpc::ServerContext* context,
                                                   const v1::SummarizeFindingsRequest* request,
                                                   v1::SummarizeFindingsResponse* response) {
  return rpc::Read(
      env_, *context, kSummarizeFindings, *request, response,
      [&](const rpc::Call& call,
          pg::Transaction& tx) -> absl::StatusOr<v1::SummarizeFindingsResponse> {
        ASSIGN_OR_RETURN(const std::string code, wire::ParseDepartment(request->department()));
        ASSIGN_OR_RETURN(const auto departments,
                         DepartmentsOf(call, tx, code, request->include_subtree()));
        ASSIGN_OR_RETURN(const auto run, store::LastRun(tx));
        ASSIGN_OR_RETURN(
            const auto counts,
            store::CountByRule(tx, departments,
                               run ? std::optional<absl::Time>(run->start) : std::nullopt,
                               TokyoDay(call.now())));
        v1::SummarizeFindingsResponse answer;
        for (const store::FindingCount& count : counts) {
          *answer.add_counts() = wire::ToProto(count);
        }
        if (run) {
          *answer.mutable_since_time() = daicho::wire::ToTimestamp(run->start);
          answer.set_guideline_version(run->guideline_version);
          answer.set_account_count(run->account_count);
        }
        return answer;
      });
}

grpc::Status FindingServiceImpl::AcknowledgeFinding(grpc::ServerContext* context,
                                                    const v1::AcknowledgeFindingRequest* request,
                                                    v1::StandingFinding* response) {
  return rpc::Write(
      env_, *context, kAcknowledgeFinding, *request, response,
      [&](const rpc::Call& call, work::UnitOfWork& unit) -> absl::StatusOr<v1::StandingFinding> {
        const absl::CivilDay today = TokyoDay(call.now());
        ASSIGN_OR_RETURN(const wire::AcknowledgeCommand command, wire::Parse(*request));
        ASSIGN_OR_RETURN(store::Finding finding, store::GetFinding(unit.tx(), command.id));
        if (finding.revision != command.revision) return EtagMismatch();
        RETURN_IF_ERROR(domain::CheckAcknowledgement(!finding.mended, command.end_date, today));
        ++finding.revision;
        finding.acknowledgement = {command.reason, command.end_date, call.caller().subject,
                                   call.now()};
        store::SaveAcknowledgement(unit.tx(), NewUuid(call.now()), finding);
        RETURN_IF_ERROR(unit.Announce(EventOf(finding)));
        return wire::ToProto(finding, guideline_.domain, today);
      });
}

}  // namespace daicho::policy
