// What commands about accounts share.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/status_macros.h"
#include "daicho/registry/v1/account_service.pb.h"
#include "services/cli/command.h"
#include "services/cli/session.h"

namespace daicho::cli {

// Which accounts a command is about, and the flags that say so.
absl::StatusOr<registry::v1::ListAccountsRequest> ListRequest(const Arguments& arguments);
std::vector<Flag> ListFlags();

// The account that `text` names: "accounts/UUID" or the UUID.
absl::StatusOr<registry::v1::Account> LoadAccount(Session& session, const std::string& text);

// Name and etag of a request about one account.
template <typename Request>
absl::Status AddressAccount(Session& session, const std::string& text, Request* request) {
  const auto read_etag = [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const registry::v1::Account account, LoadAccount(session, text));
    return account.etag();
  };
  ASSIGN_OR_RETURN(*request->mutable_name(), FullName("accounts", text));
  ASSIGN_OR_RETURN(*request->mutable_etag(), session.EtagOr(read_etag));
  return absl::OkStatus();
}

// `account export`.
Command ExportCommand();

}  // namespace daicho::cli
