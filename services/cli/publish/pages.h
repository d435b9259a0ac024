// The published pages.
#pragma once

#include <string>

#include "services/cli/publish/arrangement.h"

namespace daicho::cli::publish {

std::string IndexPage(const Arrangement& arrangement);     // index.html
std::string WarningsPage(const Arrangement& arrangement);  // warnings.html
std::string ClosedPage(const Arrangement& arrangement);    // closed.html
// departments/CODE.html of a department with anything on the list.
std::string DepartmentPage(const Arrangement& arrangement, const Department& department);

}  // namespace daicho::cli::publish
