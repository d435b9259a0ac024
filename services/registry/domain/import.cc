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
                                   {"source", "出典", false},
                                   // What an export says besides.
                                   {"department_name", "所属名", false},
                                   {"state", "状態", false},
                                   {"condition", "状況", false},
                                   {"canonical_url", "正規URL", false},
                                   {"opened_on", "開設日", false},
                                   {"listing_page", "公式一覧", false},
                                   {"listing_seen_on", "公式一覧 確認日", false},
                                   {"section_page", "所属のページ", false},
                                   {"section_page_seen_on", "所属のページ 確認日", false},
                                   {"verification", "認証", false},
                                   {"last_post", "最終投稿", false}};

// The last word of a cell: exports write "運用中 ACTIVE".
absl::string_view LastWord(absl::string_view text) { return text.substr(text.rfind(' ') + 1); }

std::string FieldOf(const ImportedAccount& account, const std::string& path) {
  const auto field = account.fields.find(path);
  return field == account.fields.end() ? "" : field->second;
}

ImportClaim ClaimOf(const ImportedAccount& account, const DepartmentNames& departments) {
  return {.line = account.line,
          .position = account.position,
          .department = account.department,
          .department_name = departments.NameOf(account.department),
          .display_name = FieldOf(account, "display_name")};
}

class Reader {
 public:
  Reader(std::vector<CsvRecord> records, const DepartmentNames& departments,
         const PlatformTable& platforms)
      : departments_(departments), platforms_(platforms) {
    file_.table = ReadTable(std::move(records), kColumns);
    file_.departments = departments;
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
                            .source = std::string(file_.table.Cell(row, "source")),
                            .position = file_.table.at["department"] + 1};
    ReadIdentity(row, account);
    const AccountState state = ReadState(row, account);
    if (file_.table.problems.size() > problems || FieldOf(account, "display_name").empty()) return;
    if (IsTombstone(state)) {
      file_.tombstones.push_back(std::move(account));
    } else {
      TakeOnce(row, std::move(account));
    }
  }

  // The state that the row says the account has; ACTIVE when it says nothing.
  AccountState ReadState(const CsvRecord& row, ImportedAccount& account) {
    const absl::string_view state = file_.table.Cell(row, "state");
    const absl::string_view condition = file_.table.Cell(row, "condition");
    const auto parsed = ParseAccountState(LastWord(state));
    const auto parsed_condition = ParseCondition(LastWord(condition));
    if (!state.empty() && !parsed) AddUnknownState(row, "state", "運用中 ACTIVE");
    if (!condition.empty() && !parsed_condition) AddUnknownState(row, "condition", "正常 NORMAL");
    if (parsed_condition.value_or(Condition::kNormal) != Condition::kNormal) {
      account.hindrance = "condition";
    }
    if (parsed.value_or(AccountState::kActive) != AccountState::kActive) {
      account.hindrance = "state";
    }
    return parsed.value_or(AccountState::kActive);
  }

  void AddUnknownState(const CsvRecord& row, const std::string& column, const char* suggestion) {
    file_.table.Add(row, column,
                    {.reason = "UNKNOWN_STATE",
                     .en = "Write it as an export does, or leave it empty.",
                     .ja = "書き出した表と同じ書き方にするか、空欄にしてください。",
                     .suggestion = suggestion});
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
      AddClaim(earlier, account);
    } else if (!SameText(FieldOf(earlier, "display_name"), FieldOf(account, "display_name"))) {
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

  void AddClaim(const ImportedAccount& earlier, const ImportedAccount& account) {
    const auto [place, fresh] = conflict_.emplace(account.identity.key, file_.conflicts.size());
    if (fresh) {
      file_.conflicts.push_back(
          {.reason = "CLAIMED_TWICE",
           .canonical_url = account.identity.canonical_url,
           .en = "Rows of the file give this account to different departments; settle whose it is.",
           .ja = "ファイルの中で複数の所属のアカウントになっています。どの所属か確定してください。",
           .claims = {ClaimOf(earlier, departments_)}});
    }
    file_.conflicts[place->second].claims.push_back(ClaimOf(account, departments_));
  }

  const DepartmentNames& departments_;
  const PlatformTable& platforms_;
  AccountFile file_;
  std::map<std::string, std::size_t> conflict_;  // In file_.conflicts, by key.
  std::map<std::string, std::size_t> place_;     // In file_.accounts, by key.
};

// What the ledger says of an account of the file.
struct Comparison {
  bool unchanged = false;
  const KnownAccount* differs = nullptr;  // What it says instead.
};

bool SameRow(const ImportedAccount& account, const KnownAccount& known) {
  return known.department == account.department &&
         SameText(known.display_name, FieldOf(account, "display_name"));
}

Comparison Compare(const ImportedAccount& account, const std::vector<const KnownAccount*>& known) {
  Comparison comparison;
  for (const KnownAccount* entry : known) {
    const bool counts =
        entry->as == KnownAccount::As::kImported || entry->as == KnownAccount::As::kLive;
    if (counts && SameRow(account, *entry)) return {.unchanged = true};
    // A live account says best why not; what an import once stored says nothing by itself.
    if (entry->as == KnownAccount::As::kImported) continue;
    if (comparison.differs == nullptr || entry->as == KnownAccount::As::kLive) {
      comparison.differs = entry;
    }
  }
  return comparison;
}

bool IsTaken(const ImportedAccount& account, const KnownAccount& known) {
  return known.as == KnownAccount::As::kLive && known.department != account.department;
}

ImportProblem ProblemOf(const KnownAccount& known) {
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
  return {.reason = "ACCOUNT_DIFFERS",
          .en = "The ledger has this account under another name; changing it takes a CHANGE form.",
          .ja = "台帳では別の名称です。変更するには変更の協議をしてください。",
          .suggestion = known.display_name};
}

ImportConflict TakenConflict(const ImportedAccount& account, const KnownAccount& known,
                             const DepartmentNames& departments) {
  return {.reason = "ACCOUNT_TAKEN",
          .canonical_url = account.identity.canonical_url,
          .en = "The ledger gives this account to another department; settle whose it is.",
          .ja = "台帳では別の所属のアカウントです。どちらの所属か確定してください。",
          .claims = {ClaimOf(account, departments),
                     {.department = known.department,
                      .department_name = departments.NameOf(known.department),
                      .display_name = known.display_name,
                      .account = known.account}}};
}

ImportProblem NotImported() {
  return {.reason = "STATE_NOT_IMPORTED",
          .en =
              "The ledger does not have this account, and an import adds accounts that are open "
              "and well; remove the row.",
          .ja =
              "台帳にないアカウントです。取込みで追加できるのは運用中で正常なものだけです。"
              "行を削ってください。"};
}

absl::string_view ColumnOf(const ImportProblem& problem) {
  return problem.reason == "ACCOUNT_DIFFERS" ? "account_name" : "url";
}

// Compares what the file says with what the ledger says.
class ImportPlanner {
 public:
  ImportPlanner(AccountFile file, const std::vector<KnownAccount>& known) : file_(std::move(file)) {
    for (const KnownAccount& entry : known) known_[entry.key].push_back(&entry);
  }

  AccountImport Plan() {
    plan_.row_count = file_.table.row_count;
    plan_.unchanged_count = file_.repeated_count;
    plan_.conflicts = std::move(file_.conflicts);
    for (ImportedAccount& account : file_.accounts) PlanAccount(account);
    for (const ImportedAccount& tombstone : file_.tombstones) PlanTombstone(tombstone);
    plan_.problems = std::move(file_.table.problems);
    std::stable_sort(plan_.problems.begin(), plan_.problems.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    std::stable_sort(
        plan_.conflicts.begin(), plan_.conflicts.end(),
        [](const auto& a, const auto& b) { return a.claims.front().line < b.claims.front().line; });
    return std::move(plan_);
  }

 private:
  void PlanAccount(ImportedAccount& account) {
    const Comparison comparison = Compare(account, known_[account.identity.key]);
    if (comparison.unchanged) {
      ++plan_.unchanged_count;
    } else if (comparison.differs != nullptr && IsTaken(account, *comparison.differs)) {
      plan_.conflicts.push_back(TakenConflict(account, *comparison.differs, file_.departments));
    } else if (comparison.differs != nullptr) {
      ImportProblem problem = ProblemOf(*comparison.differs);
      const std::string column(ColumnOf(problem));
      file_.table.Add({.line = account.line}, column, std::move(problem));
    } else if (!account.hindrance.empty()) {
      file_.table.Add({.line = account.line}, account.hindrance, NotImported());
    } else {
      plan_.created.push_back(std::move(account));
    }
  }

  // What the file says is closed changes nothing, if the ledger says so too.
  void PlanTombstone(const ImportedAccount& tombstone) {
    const auto& entries = known_[tombstone.identity.key];
    const bool known = std::any_of(entries.begin(), entries.end(), [&](const KnownAccount* entry) {
      return entry->as == KnownAccount::As::kTombstone && SameRow(tombstone, *entry);
    });
    if (known) {
      ++plan_.unchanged_count;
    } else {
      file_.table.Add({.line = tombstone.line}, "state", NotImported());
    }
  }

  AccountFile file_;
  std::map<std::string, std::vector<const KnownAccount*>> known_;  // By key.
  AccountImport plan_;
};

}  // namespace

AccountFile ReadAccountFile(std::vector<CsvRecord> records, const DepartmentNames& departments,
                            const PlatformTable& platforms) {
  return Reader(std::move(records), departments, platforms).Read();
}

AccountImport PlanAccountImport(AccountFile file, const std::vector<KnownAccount>& known) {
  return ImportPlanner(std::move(file), known).Plan();
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
