#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "services/cli/publish/feed.h"
#include "services/cli/publish/open_data.h"
#include "services/cli/publish/pages.h"
#include "services/cli/publish/public_list.h"
#include "services/cli/publish/style.h"

namespace daicho::cli::publish {
namespace {

std::string Sums(const std::map<std::string, std::string>& files) {
  std::string sums;
  for (const auto& [path, text] : files) {
    absl::StrAppend(&sums, absl::BytesToHexString(Sha256(text)), "  ", path, "\n");
  }
  return sums;
}

}  // namespace

std::map<std::string, std::string> Render(PublicList list, const Site& site) {
  const Arrangement arrangement(std::move(list), site);
  std::map<std::string, std::string> files;
  files["index.html"] = IndexPage(arrangement);
  files["warnings.html"] = WarningsPage(arrangement);
  files["closed.html"] = ClosedPage(arrangement);
  for (const Department* department : arrangement.departments) {
    files[absl::StrCat("departments/", department->code, ".html")] =
        DepartmentPage(arrangement, *department);
  }
  files["style.css"] = kStyle;
  files["accounts.csv"] = AccountsCsv(arrangement);
  files["accounts.json"] = AccountsJson(arrangement);
  files["departments.json"] = DepartmentsJson(arrangement);
  files["feed.atom"] = Feed(arrangement);
  files["README.md"] = DataReadme();
  files["SHA256SUMS"] = Sums(files);
  return files;
}

}  // namespace daicho::cli::publish
