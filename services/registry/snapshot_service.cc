#include "services/registry/snapshot_service.h"

#include <future>
#include <map>
#include <string>
#include <vector>

#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/wire/fields.h"
#include "services/registry/account_list_store.h"
#include "services/registry/account_service.h"
#include "services/registry/account_store.h"
#include "services/registry/account_wire.h"
#include "services/registry/department_store.h"
#include "services/registry/snapshot_store.h"
#include "services/registry/snapshot_wire.h"

namespace daicho::registry {
namespace {

constexpr rpc::Method kStreamSnapshot{"daicho.registry.v1.SnapshotService.StreamSnapshot"};

// Rows in a message; two messages are in memory at a time.
constexpr int kAccountsAtOnce = 2000;
constexpr int kWholeAccountsAtOnce = 500;
// Accounts with long texts travel one by one where a message of many would be larger.
constexpr std::size_t kMostBytes = rpc::kMaxMessageBytes / 2;

using SendPart = rpc::Send<v1::StreamSnapshotResponse>;

absl::Status SendHeader(const rpc::Call& call, pg::Transaction& tx,
                        const v1::StreamSnapshotRequest& request, const SendPart& send) {
  v1::StreamSnapshotResponse part;
  v1::SnapshotHeader& header = *part.mutable_header();
  ASSIGN_OR_RETURN(const std::int64_t change, store::LastChange(tx));
  header.set_change_number(change);
  *header.mutable_snapshot_time() = daicho::wire::ToTimestamp(call.now());
  ASSIGN_OR_RETURN(const std::int64_t count,
                   request.changed_after() > 0
                       ? store::CountChanged(tx, request.changed_after())
                       : store::CountSnapshot(tx, request.include_closed()));
  header.set_account_count(count);
  return send(part);
}

absl::Status SendDepartments(pg::Transaction& tx, const SendPart& send) {
  std::string after;
  for (;;) {
    ASSIGN_OR_RETURN(const auto page, store::ListDepartments(tx, {}, after, kAccountsAtOnce));
    if (page.empty()) return absl::OkStatus();
    v1::StreamSnapshotResponse part;
    for (const auto& department : page) wire::Fill(department, part.add_departments());
    RETURN_IF_ERROR(send(part));
    after = page.back().code;
  }
}

absl::Status AddWholeAccounts(pg::Transaction& tx, const std::vector<domain::SnapshotAccount>& page,
                              v1::StreamSnapshotResponse* part) {
  std::vector<std::string> ids;
  std::map<std::string, v1::SnapshotAccount*> rows;
  for (std::size_t i = 0; i < page.size(); ++i) {
    ids.push_back(page[i].id);
    rows[page[i].id] = part->mutable_accounts(static_cast<int>(i));
  }
  ASSIGN_OR_RETURN(const std::vector<domain::Account> accounts, store::FindAccounts(tx, ids));
  std::vector<v1::Account*> whole;
  for (const domain::Account& account : accounts) {
    whole.push_back(rows.at(account.id)->mutable_account());
    ASSIGN_OR_RETURN(*whole.back(), wire::ToProto(account));
  }
  return AddPresent(tx, whole);
}

// Where a snapshot goes on.
struct Position {
  std::string account = store::kBeforeAll;
  std::int64_t change = 0;
};

// Fills `part` with the accounts after `position`, as many as go into a message, and moves
// `position` behind them.
absl::Status ReadPart(pg::Transaction& tx, const v1::StreamSnapshotRequest& request,
                      Position* position, v1::StreamSnapshotResponse* part) {
  const int limit = request.whole_accounts() ? kWholeAccountsAtOnce : kAccountsAtOnce;
  ASSIGN_OR_RETURN(const auto page, request.changed_after() > 0
                                        ? store::ListChanged(tx, position->change, limit)
                                        : store::ListSnapshot(tx, request.include_closed(),
                                                              position->account, limit));
  part->Clear();
  if (page.empty()) return absl::OkStatus();
  for (const auto& account : page) wire::Fill(account, part->add_accounts());
  *position = {page.back().id, page.back().change};
  return request.whole_accounts() ? AddWholeAccounts(tx, page, part) : absl::OkStatus();
}

absl::Status SendAll(const v1::StreamSnapshotResponse& part, const SendPart& send) {
  if (part.ByteSizeLong() <= kMostBytes) return send(part);
  for (const v1::SnapshotAccount& account : part.accounts()) {
    v1::StreamSnapshotResponse one;
    *one.add_accounts() = account;
    RETURN_IF_ERROR(send(one));
  }
  return absl::OkStatus();
}

// Each part is read while the one before is on its way. Two messages take turns, so that what they
// hold in memory is used again.
absl::Status SendAccounts(pg::Transaction& tx, const v1::StreamSnapshotRequest& request,
                          const SendPart& send) {
  Position position{.change = request.changed_after()};
  v1::StreamSnapshotResponse parts[2];
  const auto read = [&](int turn) {
    return std::async(std::launch::async,
                      [&, turn] { return ReadPart(tx, request, &position, &parts[turn]); });
  };
  std::future<absl::Status> reading = read(0);
  for (int turn = 0;; turn = 1 - turn) {
    RETURN_IF_ERROR(reading.get());
    if (parts[turn].accounts().empty()) return absl::OkStatus();
    reading = read(1 - turn);
    RETURN_IF_ERROR(SendAll(parts[turn], send));
  }
}

}  // namespace

grpc::Status SnapshotServiceImpl::StreamSnapshot(
    grpc::ServerContext* context, const v1::StreamSnapshotRequest* request,
    grpc::ServerWriter<v1::StreamSnapshotResponse>* writer) {
  return rpc::ReadStream(
      env_, *context, kStreamSnapshot, *request, writer,
      [&](const rpc::Call& call, pg::Transaction& tx, const SendPart& send) -> absl::Status {
        RETURN_IF_ERROR(SendHeader(call, tx, *request, send));
        RETURN_IF_ERROR(SendDepartments(tx, send));
        return SendAccounts(tx, *request, send);
      });
}

}  // namespace daicho::registry
