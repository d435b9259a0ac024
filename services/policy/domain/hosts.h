// Host names in text that people write.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace daicho::policy::domain {

// Host names, in lower case.
using HostSet = std::set<std::string, std::less<>>;

// The host in `hosts` that is `host` or a domain above it, compared by whole labels: "bit.ly" for
// "www.bit.ly", nothing for "notbit.ly". Empty when there is none. A subdomain counts because
// whoever runs a domain runs what is under it.
absl::string_view Covering(const HostSet& hosts, absl::string_view host);

// Everything in running text that a reader or a browser could take for a host, in lower case:
// with or without a scheme, full-width, escaped by percent, after user-info, in a query, between
// Japanese words. Reads too much rather than too little; the path of a URL is left out.
std::vector<std::string> HostsIn(absl::string_view text);

// The host of `url`, in lower case; nullopt unless the whole text is one plain URL with one of
// `schemes`: no user-info, port, backslash, white space or host outside ASCII, with all of which
// a page can pretend to be on another host.
std::optional<std::string> HostOfUrl(absl::string_view url,
                                     const std::vector<std::string>& schemes);

}  // namespace daicho::policy::domain
