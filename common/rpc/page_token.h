// Page tokens that cannot be forged, and are good for one query of one caller alone.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daicho::rpc {

// AES-256-GCM over the keyset position, bound to the method, the caller and every field of the
// request but page_token and page_size. Thread-safe.
class PageTokens {
 public:
  // `key` is 32 random bytes. Any other length is brought to 32 by zeros or cut: callers check it.
  explicit PageTokens(std::string key) : key_(std::move(key)) { key_.resize(32); }

  // `position` is where the next page starts: the last row's sort key.
  std::string Make(absl::string_view method, absl::string_view caller,
                   const google::protobuf::Message& request,
                   const std::vector<std::string>& position) const;

  // The position in the request's page_token; empty for the first page. Refuses with
  // INVALID_ARGUMENT (INVALID_PAGE_TOKEN).
  absl::StatusOr<std::vector<std::string>> Read(absl::string_view method, absl::string_view caller,
                                                const google::protobuf::Message& request) const;

 private:
  std::string key_;
};

// `page_size` of a request: 0 means 50, more than 1000 means 1000. Refuses a negative one with
// INVALID_ARGUMENT (INVALID_FIELD).
absl::StatusOr<int> PageSize(int requested);

}  // namespace daicho::rpc
