#include "services/registry/domain/import.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "services/registry/domain/canonical_url.h"

namespace daicho::registry::domain {
namespace {

constexpr ColumnSpec kColumns[] = {{"department", "所属", true},
                                   {"service", "サービス", true},
                                   {"account_name", "アカウント名", true},
                                   {"url", "URL", true},
                                   {"source", "出典", false}};

std::string FieldOf(const ImportedAccount& account, const std::string& path) {
  const auto field = account.fields.find(path);
  return field == account.fields.end() ? "" : field->second;
}

class Reader {
 public:
  Reader(std::vector<CsvRecord> records, const DepartmentNames& departments,
         const PlatformTable& platforms)
      : departments_(departments), platforms_(platforms) {
    file_.table = ReadTable(std::move(records), kColumns);
  }

  AccountFile Read() {
    for (const CsvRecord& row : file_.table.rows) ReadRow(row);
    return std::move(file_);
  }

 private:
  void ReadRow(const CsvRecord& row) {
    const std::size_t problems = file_.table.problems.size();
    ImportedAccount account{.line = row.line,
                            .department = ReadDepartment(row),
                            .source = std::string(file_.table.Cell(row, "source"))};
    ReadIdentity(row, account);
    if (file_.table.problems.size() > problems || FieldOf(account, "display_name").empty()) return;
    TakeOnce(row, std::move(account));
  }

  std::string ReadDepartment(const CsvRecord& row) {
    const absl::string_view text = file_.table.Cell(row, "department");
    std::string code = departments_.Find(text).code;
    if (code.empty() && !text.empty()) {
      file_.table.Add(row, "department", UnknownDepartment(departments_, text));
    }
    return code;
  }

  void ReadIdentity(const CsvRecord& row, ImportedAccount& account) {
    const absl::string_view url = file_.table.Cell(row, "url");
    const absl::string_view service = file_.table.Cell(row, "service");
    const Platform* named = platforms_.ByName(service);
    if (named == nullptr && !service.empty()) {
      file_.table.Add(row, "service",
                      {.reason = "UNKNOWN_SERVICE",
                       .en = "The platform table has no such service; use \"other\" for the "
                             "organisation's own sites.",
                       .ja = "このサービス名は登録されていません。独自のサイト等は「other」と"
                             "記入してください。"});
    }
    if (url.empty()) return;
    const auto canonical = Canonicalize(platforms_, url);
    if (!canonical.ok()) {
      file_.table.Add(row, "url",
                      {.reason = ReasonOf(canonical.status()),
                       .en = std::string(canonical.status().message()),
                       .ja = JapaneseOf(canonical.status())});
      return;
    }
    if (named != nullptr && named->id != canonical->platform) {
      const Platform* actual = platforms_.ById(canonical->platform);
      file_.table.Add(row, "service",
                      {.reason = "SERVICE_DIFFERS",
                       .en = "The URL is of another service than the row says; one of them is "
                             "wrong.",
                       .ja = "URLとサービス名が食い違っています。どちらかを直してください。",
                       .suggestion = actual == nullptr ? "" : actual->display_name});
    }
    Describe(row, *canonical, account);
  }

  void Describe(const CsvRecord& row, const CanonicalUrl& canonical, ImportedAccount& account) {
    account.platform = canonical.platform;
    account.identity = {.key = canonical.key, .canonical_url = canonical.url};
    account.fields["platform"] = canonical.platform;
    account.fields["url"] = std::string(file_.table.Cell(row, "url"));
    account.fields["display_name"] = std::string(file_.table.Cell(row, "account_name"));
    const Platform* platform = platforms_.ById(canonical.platform);
    if (canonical.name_space.empty() && platform != nullptr && platform->handle_pattern) {
      account.fields["handle"] = canonical.identity;
    }
  }

  // Keeps `account` unless an earlier row has said it.
  void TakeOnce(const CsvRecord& row, ImportedAccount account) {
    const auto [place, fresh] = place_.emplace(account.identity.key, file_.accounts.size());
    if (fresh) {
      file_.accounts.push_back(std::move(account));
      return;
    }
    const ImportedAccount& earlier = file_.accounts[place->second];
    const std::string line = absl::StrCat(earlier.line);
    if (earlier.department != account.department) {
      file_.table.Add(row, "url",
                      {.reason = "CLAIMED_TWICE",
                       .en = absl::StrCat("Line ", line,
                                          " gives this account to another "
                                          "department; settle whose it is."),
                       .ja = absl::StrCat(line,
                                          "行目では別の所属のアカウントになっています。"
                                          "どちらの所属か確定してください。")});
    } else if (FieldOf(earlier, "display_name") != FieldOf(account, "display_name")) {
      file_.table.Add(row, "account_name",
                      {.reason = "REPEATED_ROW_DIFFERS",
                       .en = absl::StrCat("Line ", line,
                                          " has the same account under another "
                                          "name; keep one."),
                       .ja = absl::StrCat(line,
                                          "行目に同じアカウントが別の名称で載っています。"
                                          "一つにしてください。"),
                       .suggestion = FieldOf(earlier, "display_name")});
    } else {
      ++file_.repeated_count;
    }
  }

  const DepartmentNames& departments_;
  const PlatformTable& platforms_;
  AccountFile file_;
  std::map<std::string, std::size_t> place_;  // In file_.accounts, by key.
};

// Whether the ledger says what `account` says; else why it cannot be imported.
struct Comparison {
  bool unchanged = false;
  std::optional<ImportProblem> problem;
};

bool SameRow(const ImportedAccount& account, const KnownAccount& known) {
  return known.department == account.department &&
         known.display_name == FieldOf(account, "display_name");
}

ImportProblem ProblemOf(const ImportedAccount& account, const KnownAccount& known) {
  switch (known.as) {
    case KnownAccount::As::kTombstone:
      return {.reason = "ACCOUNT_CLOSED",
              .en = "The account was closed; open it anew with an OPEN form.",
              .ja = "廃止済みのアカウントです。再び使うには開設の協議をしてください。"};
    case KnownAccount::As::kFormer:
      return {.reason = "ACCOUNT_RENAMED",
              .en =
                  "An account of the ledger had this URL until it was renamed; open it anew with "
                  "an OPEN form.",
              .ja = "台帳のアカウントの変更前のURLです。再び使うには開設の協議をしてください。"};
    case KnownAccount::As::kImpersonator:
      return {
          .reason = "KEY_UNDER_WARNING",
          .en =
              "The public is warned of this URL as an impersonation; check it, and withdraw the "
              "warning if it is a mistake.",
          .ja =
              "なりすましとして注意喚起中のURLです。URLを確かめ、誤りであれば注意喚起を取り下げて"
              "ください。"};
    case KnownAccount::As::kLive:
    case KnownAccount::As::kImported:
      break;
  }
  if (known.department != account.department) {
    return {.reason = "ACCOUNT_TAKEN",
            .en = "The ledger gives this account to another department; settle whose it is.",
            .ja = "台帳では別の所属のアカウントです。どちらの所属か確定してください。",
            .suggestion = known.department};
  }
  return {.reason = "ACCOUNT_DIFFERS",
          .en = "The ledger has this account under another name; changing it takes a CHANGE form.",
          .ja = "台帳では別の名称です。変更するには変更の協議をしてください。",
          .suggestion = known.display_name};
}

Comparison Compare(const ImportedAccount& account, const std::vector<const KnownAccount*>& known) {
  Comparison comparison;
  for (const KnownAccount* entry : known) {
    const bool counts =
        entry->as == KnownAccount::As::kImported || entry->as == KnownAccount::As::kLive;
    if (counts && SameRow(account, *entry)) return {.unchanged = true};
    // A live account says best why not; what an import once stored says nothing by itself.
    if (entry->as == KnownAccount::As::kImported) continue;
    if (!comparison.problem || entry->as == KnownAccount::As::kLive) {
      comparison.problem = ProblemOf(account, *entry);
    }
  }
  return comparison;
}

absl::string_view ColumnOf(const ImportProblem& problem) {
  if (problem.reason == "ACCOUNT_TAKEN") return "department";
  return problem.reason == "ACCOUNT_DIFFERS" ? "account_name" : "url";
}

}  // namespace

AccountFile ReadAccountFile(std::vector<CsvRecord> records, const DepartmentNames& departments,
                            const PlatformTable& platforms) {
  return Reader(std::move(records), departments, platforms).Read();
}

AccountImport PlanAccountImport(AccountFile file, const std::vector<KnownAccount>& known) {
  std::map<std::string, std::vector<const KnownAccount*>> by_key;
  for (const KnownAccount& entry : known) by_key[entry.key].push_back(&entry);

  AccountImport plan{.row_count = file.table.row_count, .unchanged_count = file.repeated_count};
  for (ImportedAccount& account : file.accounts) {
    Comparison comparison = Compare(account, by_key[account.identity.key]);
    if (comparison.problem) {
      const std::string column(ColumnOf(*comparison.problem));
      file.table.Add({.line = account.line}, column, *std::move(comparison.problem));
    } else if (comparison.unchanged) {
      ++plan.unchanged_count;
    } else {
      plan.created.push_back(std::move(account));
    }
  }
  plan.problems = std::move(file.table.problems);
  std::stable_sort(plan.problems.begin(), plan.problems.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  return plan;
}

Account NewAccount(const ImportedAccount& imported, std::string id, absl::Time now) {
  return {.id = std::move(id),
          .revision = 1,
          .state = AccountState::kActive,
          .department = imported.department,
          .platform = imported.platform,
          .identity = imported.identity,
          .fields = imported.fields,
          .origin = {.kind = OriginKind::kImport, .source = imported.source},
          .create_time = now,
          .update_time = now};
}

}  // namespace daicho::registry::domain
