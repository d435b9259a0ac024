#include "services/registry/public_list_service.h"

#include <optional>
#include <string>
#include <vector>

#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/registry/department_store.h"
#include "services/registry/public_list_store.h"
#include "services/registry/public_list_wire.h"
#include "services/registry/warning_store.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kStreamPublicList{"daicho.registry.v1.PublicListService.StreamPublicList"};

// Rows held in memory at a time.
constexpr int kPage = 500;

using Send = rpc::Send<v1::StreamPublicListResponse>;

absl::Status CheckConfigured(const domain::Organization& organization) {
  if (!organization.name.empty()) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "ORGANIZATION_NOT_CONFIGURED",
                {"Nobody has said whose list it is; set organization_name in the configuration of "
                 "the registry.",
                 "どの団体の一覧かが設定されていません。registryの設定にorganization_nameを"
                 "記入してください。"});
}

// Sends the list in one transaction, page by page.
class Sender {
 public:
  Sender(pg::Transaction& tx, const domain::PublicListQuery& query,
         const domain::PlatformTable& platforms, const Send& send)
      : tx_(tx), query_(query), platforms_(platforms), send_(send) {}

  // Those that have ended too: their names stand beside what they once had.
  absl::Status SendDepartments() const {
    std::string after;
    for (;;) {
      ASSIGN_OR_RETURN(const auto page, store::ListDepartments(tx_, {}, after, kPage));
      if (page.empty()) return absl::OkStatus();
      for (const auto& department : page) RETURN_IF_ERROR(send_(wire::ToPart(department)));
      after = page.back().code;
    }
  }

  absl::Status SendAccounts() const {
    domain::PublicListPosition after;
    for (;;) {
      ASSIGN_OR_RETURN(const auto page, store::ListPublicFacts(tx_, after, kPage));
      if (page.empty()) return absl::OkStatus();
      for (const domain::PublicFacts& facts : page) {
        RETURN_IF_ERROR(SendListed(domain::Place(facts, today_, query_.former_days)));
      }
      after = {page.back().department, page.back().platform, page.back().account};
    }
  }

  absl::Status SendFormerNames() const {
    std::string after;
    const absl::CivilDay from = today_ - query_.former_days;
    for (;;) {
      ASSIGN_OR_RETURN(const auto page, store::ListFormerNames(tx_, from, after, kPage));
      if (page.names.empty()) return absl::OkStatus();
      for (const domain::FormerName& name : page.names) {
        RETURN_IF_ERROR(SendListed(domain::Place(name, today_, query_.former_days)));
      }
      after = page.last_key;
    }
  }

  absl::Status SendWarnings() const {
    std::string before;
    for (;;) {
      ASSIGN_OR_RETURN(const auto page,
                       store::ListWarnings(tx_, /*withdrawn_too=*/false, before, kPage));
      if (page.empty()) return absl::OkStatus();
      for (const domain::Warning& warning : page) {
        RETURN_IF_ERROR(send_(wire::ToPart(warning, platforms_)));
      }
      before = page.back().id;
    }
  }

  absl::Status SendChanges() const {
    store::StepPosition after{.time = changes_from_};
    for (;;) {
      ASSIGN_OR_RETURN(const auto page, store::ListSteps(tx_, after, kPage));
      if (page.empty()) return absl::OkStatus();
      for (const domain::Step& step : page) {
        for (const auto& change : domain::ChangesOf(step)) {
          RETURN_IF_ERROR(send_(wire::ToPart(change, platforms_)));
        }
      }
      after = {page.back().time, page.back().after.account, page.back().revision};
    }
  }

 private:
  // An account that ceased to be official on a day has no version of that day: the change is told
  // beside the account.
  absl::Status SendListed(const std::optional<domain::ListedAccount>& listed) const {
    if (!listed) return absl::OkStatus();
    RETURN_IF_ERROR(send_(wire::ToPart(*listed, platforms_)));
    const auto closed = domain::ClosedChangeOf(*listed);
    if (!closed || closed->time < changes_from_) return absl::OkStatus();
    return send_(wire::ToPart(*closed, platforms_));
  }

  pg::Transaction& tx_;
  const domain::PublicListQuery& query_;
  const domain::PlatformTable& platforms_;
  const Send& send_;
  const absl::CivilDay today_ = TokyoDay(query_.as_of);
  const absl::Time changes_from_ = query_.as_of - query_.change_days * absl::Hours(24);
};

}  // namespace

grpc::Status PublicListServiceImpl::StreamPublicList(
    grpc::ServerContext* context, const v1::StreamPublicListRequest* request,
    grpc::ServerWriter<v1::StreamPublicListResponse>* writer) {
  return rpc::ReadStream(
      env_, *context, kStreamPublicList, *request, writer,
      [&](const rpc::Call& call, pg::Transaction& tx, const Send& send) -> absl::Status {
        ASSIGN_OR_RETURN(const auto query, wire::Parse(*request, call.now()));
        RETURN_IF_ERROR(CheckConfigured(organization_));
        RETURN_IF_ERROR(send(wire::ToPart(query, organization_)));
        const Sender sender(tx, query, *platforms_, send);
        RETURN_IF_ERROR(sender.SendDepartments());
        RETURN_IF_ERROR(sender.SendAccounts());
        RETURN_IF_ERROR(sender.SendFormerNames());
        RETURN_IF_ERROR(sender.SendWarnings());
        return sender.SendChanges();
      });
}

}  // namespace daicho::registry
