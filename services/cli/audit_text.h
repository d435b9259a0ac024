// Entries of the audit log as text.
#pragma once

#include <string>

#include "daicho/audit/v1/audit_service.pb.h"

namespace daicho::cli {

// One entry a line.
std::string EntriesText(const audit::v1::ListEntriesResponse& list, int width);

// All of one entry.
std::string EntryText(const audit::v1::Entry& entry);

std::string HeadText(const audit::v1::TreeHead& head);

// A hash as hexadecimal digits.
std::string HashText(const std::string& hash);

}  // namespace daicho::cli
