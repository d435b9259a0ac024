// `daicho account publish`: the public list as plain files.
#include "services/cli/publish.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/fields.h"
#include "daicho/registry/v1/public_list_service.grpc.pb.h"
#include "services/cli/publish/folder.h"
#include "services/cli/publish/public_list.h"
#include "services/cli/session.h"
#include "services/cli/table.h"

namespace daicho::cli {
namespace {

namespace v1 = registry::v1;
using PublicListStub = v1::PublicListService::Stub;

std::string IdOf(const std::string& name) { return name.substr(name.find('/') + 1); }

publish::Standing StandingOf(v1::PublicListAccount::Standing standing) {
  switch (standing) {
    case v1::PublicListAccount::STANDING_OFFICIAL:
      return publish::Standing::kOfficial;
    case v1::PublicListAccount::STANDING_SUSPENDED:
      return publish::Standing::kSuspended;
    case v1::PublicListAccount::STANDING_UNCONFIRMED:
      return publish::Standing::kUnconfirmed;
    case v1::PublicListAccount::STANDING_COMPROMISED:
      return publish::Standing::kCompromised;
    default:  // A standing this program does not know is no reason to call an account official.
      return publish::Standing::kFormer;
  }
}

std::optional<publish::ChangeKind> KindOf(v1::PublicListChange::Kind kind) {
  switch (kind) {
    case v1::PublicListChange::KIND_OPENED:
      return publish::ChangeKind::kOpened;
    case v1::PublicListChange::KIND_RENAMED:
      return publish::ChangeKind::kRenamed;
    case v1::PublicListChange::KIND_MOVED:
      return publish::ChangeKind::kMoved;
    case v1::PublicListChange::KIND_CLOSING:
      return publish::ChangeKind::kClosing;
    case v1::PublicListChange::KIND_CLOSED:
      return publish::ChangeKind::kClosed;
    case v1::PublicListChange::KIND_SUSPENDED:
      return publish::ChangeKind::kSuspended;
    case v1::PublicListChange::KIND_COMPROMISED:
      return publish::ChangeKind::kCompromised;
    case v1::PublicListChange::KIND_RESTORED:
      return publish::ChangeKind::kRestored;
    default:
      return std::nullopt;
  }
}

publish::Department DepartmentFrom(const v1::PublicListDepartment& in) {
  return {.code = IdOf(in.name()),
          .name = in.display_name(),
          .kana = in.kana(),
          .parent = in.parent().empty() ? "" : IdOf(in.parent()),
          .page_url = in.page_url(),
          .contact_desk = in.contact_desk(),
          .local_government_code = in.local_government_code()};
}

publish::Account AccountFrom(const v1::PublicListAccount& in) {
  return {.id = IdOf(in.name()),
          .department = IdOf(in.department()),
          .platform = in.platform(),
          .platform_name = in.platform_display_name(),
          .handle = in.handle(),
          .display_name = in.display_name(),
          .url = in.url(),
          .standing = StandingOf(in.standing()),
          .opened_on = wire::FromDate(in.opened_on()),
          .official_until = wire::FromDate(in.official_until()),
          .successor = in.successor().empty() ? "" : IdOf(in.successor()),
          .condition_since = wire::FromDate(in.condition_since()),
          .notice = in.notice(),
          .policy_url = in.policy_url(),
          .verified = in.verified(),
          .former_name = in.former_name()};
}

publish::Warning WarningFrom(const v1::PublicListWarning& in) {
  return {.platform_name = in.platform_display_name(),
          .handle = in.handle(),
          .url = in.url(),
          .imitated_account = in.imitated_account().empty() ? "" : IdOf(in.imitated_account()),
          .known_since = wire::FromDate(in.known_since()),
          .text = in.text()};
}

void TakeChange(const v1::PublicListChange& in, publish::PublicList& list) {
  const auto kind = KindOf(in.kind());
  if (!kind) return;
  list.changes.push_back(
      {.id = in.id(),
       .kind = *kind,
       .time = wire::FromTimestamp(in.change_time()),
       .account = AccountFrom(in.account()),
       .display_name_before = in.display_name_before(),
       .url_before = in.url_before(),
       .department_before = in.department_before().empty() ? "" : IdOf(in.department_before())});
}

void Take(const v1::StreamPublicListResponse& part, publish::PublicList& list) {
  switch (part.part_case()) {
    case v1::StreamPublicListResponse::kHeader:
      list.as_of = wire::FromTimestamp(part.header().as_of_time());
      list.organization_name = part.header().organization_name();
      list.local_government_code = part.header().local_government_code();
      break;
    case v1::StreamPublicListResponse::kDepartment: {
      publish::Department department = DepartmentFrom(part.department());
      std::string code = department.code;
      list.departments.emplace(std::move(code), std::move(department));
      break;
    }
    case v1::StreamPublicListResponse::kAccount:
      list.accounts.push_back(AccountFrom(part.account()));
      break;
    case v1::StreamPublicListResponse::kWarning:
      list.warnings.push_back(WarningFrom(part.warning()));
      break;
    case v1::StreamPublicListResponse::kChange:
      TakeChange(part.change(), list);
      break;
    case v1::StreamPublicListResponse::PART_NOT_SET:
      break;
  }
}

absl::StatusOr<int> DaysFlag(const Arguments& arguments, const std::string& flag) {
  int days = 0;
  if (!arguments.Has(flag)) return days;
  if (absl::SimpleAtoi(arguments.Get(flag), &days) && days > 0) return days;
  return WrongCommandLine(absl::StrCat("--", flag, " is a number of days, 1 or more."),
                          absl::StrCat("--", flag, " は1以上の日数です。"));
}

absl::StatusOr<publish::Site> SiteOf(const Arguments& arguments) {
  publish::Site site{.base_url = arguments.Get("base-url")};
  const bool web =
      absl::StartsWith(site.base_url, "https://") || absl::StartsWith(site.base_url, "http://");
  if (!site.base_url.empty() && !web) {
    return WrongCommandLine("--base-url begins with https://.",
                            "--base-url は https:// で始まるURLです。");
  }
  if (web && !absl::EndsWith(site.base_url, "/")) site.base_url += "/";
  if (arguments.Has("contact")) {
    ASSIGN_OR_RETURN(const std::string name, FullName("departments", arguments.Get("contact")));
    site.contact_department = IdOf(name);
  }
  return site;
}

absl::Status CheckContact(const publish::PublicList& list, const publish::Site& site) {
  if (site.contact_department.empty() || list.departments.contains(site.contact_department)) {
    return absl::OkStatus();
  }
  return WrongCommandLine(
      absl::StrCat("--contact: there is no department ", site.contact_department, "."),
      absl::StrCat("--contact: 所属 ", site.contact_department, " はありません。"));
}

std::string Summary(const std::string& path, std::size_t accounts,
                    const std::map<std::string, std::string>& files) {
  std::size_t bytes = 0;
  for (const auto& [name, text] : files) bytes += text.size();
  return Render(Details{{"公開先", path},
                        {"アカウント", absl::StrCat(accounts)},
                        {"ファイル", absl::StrCat(files.size())},
                        {"バイト", absl::StrCat(bytes)}});
}

absl::StatusOr<Exit> Publish(Session& session, const Arguments& arguments) {
  const std::string& path = arguments.operands[0];
  v1::StreamPublicListRequest request;
  ASSIGN_OR_RETURN(const int former_days, DaysFlag(arguments, "former-days"));
  ASSIGN_OR_RETURN(const int change_days, DaysFlag(arguments, "change-days"));
  request.set_former_days(former_days);
  request.set_change_days(change_days);
  ASSIGN_OR_RETURN(const publish::Site site, SiteOf(arguments));
  // Before the list is read: otherwise an older list could take the place of a newer one.
  ASSIGN_OR_RETURN(const std::unique_ptr<publish::Folder> folder, publish::Folder::Open(path));
  publish::PublicList list;
  const std::function<void(const v1::StreamPublicListResponse&)> take =
      [&list](const v1::StreamPublicListResponse& part) { Take(part, list); };
  RETURN_IF_ERROR(session.ReadStream(&PublicListStub::StreamPublicList, request, take));
  RETURN_IF_ERROR(CheckContact(list, site));
  const std::size_t accounts = list.accounts.size();
  const auto files = publish::Render(std::move(list), site);
  RETURN_IF_ERROR(folder->Replace(files));
  session.around().out << Summary(path, accounts, files);
  return Exit::kOk;
}

}  // namespace

Command PublishCommand() {
  return {"account publish",
          "DIR",
          "公式アカウント一覧(HTML、CSV、JSON、Atom)をフォルダーに書き出し、全体を一度に"
          "入れ替えます。失敗したときは以前の公開内容が残ります。",
          "Writes the public list as plain files and replaces the whole folder in one step; when "
          "anything fails, what was published before stands.",
          {{"base-url", "URL", "公開するURL。更新情報と正規URLに使用",
            "Where it is published; for the feed and canonical links"},
           {"contact", "DEPARTMENT", "一覧の問い合わせ先とする所属",
            "Department to ask about the list"},
           {"former-days", "N", "公式でなくなったアカウントを載せる日数。既定は365",
            "Days for which former accounts stay. Default: 365"},
           {"change-days", "N", "更新情報に載せる日数。既定は90",
            "Days of changes in the feed. Default: 90"}},
          {"daicho account publish /srv/www/sns --as pr-office",
           "daicho account publish /srv/www/sns --base-url=https://www.pref.example.lg.jp/sns/ "
           "--contact=0101 --profile=/etc/daicho/publisher.textproto"},
          Publish};
}

}  // namespace daicho::cli
