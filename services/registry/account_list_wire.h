// Lists of accounts, and moments to read them as of, between what is on the wire and what the
// domain speaks of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daicho/registry/v1/account_service.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "services/registry/domain/account_filter.h"
#include "services/registry/domain/platform.h"

namespace daicho::registry::wire {

// The instant to read as of: `read_time`, or the end of the day `read_on` in Tokyo; nullopt when
// neither is set. Refuses with INVALID_ARGUMENT (INVALID_FIELD) both at once, and what has not come
// by `now`.
absl::StatusOr<std::optional<absl::Time>> ParseReadTime(
    const google::protobuf::Timestamp* read_time, const google::type::Date& read_on,
    absl::Time now);

template <typename Request>
absl::StatusOr<std::optional<absl::Time>> ParseReadTime(const Request& request, absl::Time now) {
  return ParseReadTime(request.has_read_time() ? &request.read_time() : nullptr, request.read_on(),
                       now);
}

// Refuses with INVALID_ARGUMENT (INVALID_FILTER, INVALID_ORDER_BY), and (INVALID_FIELD) what cannot
// be read as of an earlier moment.
absl::StatusOr<domain::AccountQuery> Parse(const v1::ListAccountsRequest& request,
                                           const domain::PlatformTable& platforms);

// INVALID_ARGUMENT (INVALID_FIELD): neither moment is set.
absl::Status ReadTimeMissing();
absl::Status DepartmentNotAsOf();

// What a page token says: where the list was read, how many it holds, after which account to go on.
struct ListPosition {
  std::int64_t change = 0;
  int total_size = 0;
  std::vector<std::string> after;
};
std::vector<std::string> ToTexts(const ListPosition& position);
// nullopt at the beginning of a list.
std::optional<ListPosition> ParseListPosition(const std::vector<std::string>& texts);

}  // namespace daicho::registry::wire
