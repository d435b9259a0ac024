#include "services/registry/account_list_store.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/status_macros.h"
#include "services/registry/account_store.h"

namespace daicho::registry::store {
namespace {

using domain::AccountCondition;
using domain::AccountField;
using domain::AccountOrderBy;
using domain::AccountTest;

const pg::Statement kLastChange{"registry_last_change", R"sql(
  SELECT value FROM ledger_sequence
)sql"};

const pg::Statement kLastChangeBy{"registry_last_change_by", R"sql(
  SELECT GREATEST((SELECT change_sequence
                     FROM account_revisions
                    WHERE update_time <= $1
                    ORDER BY change_sequence DESC
                    LIMIT 1),
                  (SELECT change_sequence
                     FROM department_revisions
                    WHERE update_time <= $1
                    ORDER BY change_sequence DESC
                    LIMIT 1),
                  (SELECT change_sequence
                     FROM warning_revisions
                    WHERE update_time <= $1
                    ORDER BY change_sequence DESC
                    LIMIT 1),
                  0)
)sql"};

const pg::Statement kDirectory{"registry_list_directory", R"sql(
  SELECT code, parent_code, display_name || ' ' || COALESCE(kana, '')
    FROM departments
   WHERE change_sequence <= $1
  UNION ALL
  SELECT version.code, version.parent_code,
         version.display_name || ' ' || COALESCE(version.kana, '')
    FROM departments AS newer
   CROSS JOIN LATERAL (SELECT code, parent_code, display_name, kana
                         FROM department_revisions
                        WHERE code = newer.code
                          AND change_sequence <= $1
                        ORDER BY revision DESC
                        LIMIT 1) AS version
   WHERE newer.change_sequence > $1
)sql"};

// Parts of composed statements. `a` is a version of an account, `posts` what was seen of its posts.

constexpr char kPresentAccounts[] = "accounts AS a";

// Accounts that changed after $1, as they were then.
constexpr char kEarlierAccounts[] = R"sql(
  (SELECT id AS newer_id FROM accounts WHERE change_sequence > $1) AS newer
   CROSS JOIN LATERAL (SELECT $COLUMNS,
                              account_search_text(fields, canonical_url) AS search_text
                         FROM account_revisions
                        WHERE id = newer.newer_id
                          AND change_sequence <= $1
                        ORDER BY revision DESC
                        LIMIT 1) AS a)sql";

constexpr char kPosts[] = R"sql(
  LEFT JOIN (SELECT account, last_post_time FROM account_activity) AS posts
    ON posts.account = a.id)sql";

// What an order goes by: expressions, and the types of their texts.
struct SortKey {
  const char* expression;
  const char* type;
};

std::vector<SortKey> SortKeysOf(AccountOrderBy by) {
  switch (by) {
    case AccountOrderBy::kDepartment:
      return {{"a.department", "text"}, {"a.platform", "text"}, {"a.id", "uuid"}};
    case AccountOrderBy::kDisplayName:
      return {{R"(left(COALESCE(a.fields ->> 'display_name', ''), 100) COLLATE "C")", "text"},
              {"a.id", "uuid"}};
    case AccountOrderBy::kLastPostTime:
      return {{"COALESCE(posts.last_post_time, '-infinity'::timestamptz)", "timestamptz"},
              {"a.id", "uuid"}};
    case AccountOrderBy::kUpdateTime:
      return {{"a.update_time", "timestamptz"}, {"a.id", "uuid"}};
  }
  return {};
}

// The column or line of the search text that a field is; comparisons of it are never NULL.
const char* TextOf(AccountField field) {
  switch (field) {
    case AccountField::kDepartment:
      return "a.department";
    case AccountField::kPlatform:
      return "a.platform";
    case AccountField::kState:
      return "a.state";
    case AccountField::kCondition:
      return "a.condition";
    case AccountField::kVerification:
      return "COALESCE(a.facts ->> 'verification.state', '')";
    case AccountField::kKind:
      return "COALESCE(a.fields ->> 'kind', 'KIND_OFFICIAL')";
    case AccountField::kOperatorType:
      return "COALESCE(a.fields ->> 'operator_type', '')";
    case AccountField::kDisplayName:
      return R"(split_part(a.search_text, E'\n', 1))";
    case AccountField::kHandle:
      return R"(split_part(a.search_text, E'\n', 2))";
    case AccountField::kUrl:
      return R"(split_part(a.search_text, E'\n', 3))";
    case AccountField::kOpenedOn:
    case AccountField::kCreateTime:
    case AccountField::kUpdateTime:
    case AccountField::kLastPostTime:
    case AccountField::kListed:
      break;
  }
  return "NULL";
}

std::string Has(AccountField field) {
  switch (field) {
    case AccountField::kOpenedOn:
      return "a.opened_on IS NOT NULL";
    case AccountField::kCreateTime:
    case AccountField::kUpdateTime:
      return "true";
    case AccountField::kLastPostTime:
      return "posts.account IS NOT NULL";
    case AccountField::kListed:
      return "(a.organization_page_url IS NOT NULL OR a.section_page_url IS NOT NULL)";
    case AccountField::kDepartment:
    case AccountField::kPlatform:
    case AccountField::kState:
    case AccountField::kCondition:
    case AccountField::kVerification:
    case AccountField::kKind:
    case AccountField::kOperatorType:
    case AccountField::kDisplayName:
    case AccountField::kHandle:
    case AccountField::kUrl:
      break;
  }
  return absl::StrCat(TextOf(field), " <> ''");
}

std::vector<std::string> CodesWithin(const DepartmentRows& departments, const std::string& top) {
  std::set<std::string> within = {top};
  for (std::size_t before = 0; before != within.size();) {
    before = within.size();
    for (const DepartmentRow& department : departments) {
      if (within.count(department.parent) > 0) within.insert(department.code);
    }
  }
  return {within.begin(), within.end()};
}

std::vector<std::string> CodesNamed(const DepartmentRows& departments, const std::string& word) {
  std::vector<std::string> codes;
  for (const DepartmentRow& department : departments) {
    if (absl::StrContains(department.searchable, word)) codes.push_back(department.code);
  }
  return codes;
}

bool AnyTest(const AccountCondition& condition,
             const std::function<bool(AccountTest::Kind)>& is_one) {
  if (condition.kind == AccountCondition::Kind::kTest) return is_one(condition.test.kind);
  return std::any_of(condition.parts.begin(), condition.parts.end(),
                     [&](const AccountCondition& part) { return AnyTest(part, is_one); });
}

bool NeedsDepartments(const AccountCondition& condition) {
  return AnyTest(condition, [](AccountTest::Kind kind) {
    return kind == AccountTest::Kind::kWithin || kind == AccountTest::Kind::kWord;
  });
}

bool SearchesText(const AccountCondition& condition) {
  return AnyTest(condition, [](AccountTest::Kind kind) {
    return kind == AccountTest::Kind::kWord || kind == AccountTest::Kind::kContains ||
           kind == AccountTest::Kind::kSameText;
  });
}

// PostgreSQL takes any text for common and walks an index in the list's order until it has a page
// of finds. When there are so few in all, it is quicker to look for them first and sort then.
constexpr int kFew = 1000;

class Composer {
 public:
  Composer(const domain::AccountQuery& query, const DepartmentRows& departments, Moment moment)
      : query_(query),
        departments_(departments),
        moment_(moment),
        sort_keys_(SortKeysOf(query.order.by)) {
    if (!moment_.present) Bind(moment_.change);  // $1
    where_ = "true";
    if (!query.only_department.empty()) {
      absl::StrAppend(&where_, " AND a.department = ", Bind(query.only_department));
    }
    if (query.condition) absl::StrAppend(&where_, " AND ", Compose(*query.condition));
  }

  ComposedStatement Count() {
    const auto count = [&](const std::string& from) {
      return absl::StrCat("(SELECT count(*) FROM ", from, ")");
    };
    statement_.sql = absl::StrCat("SELECT ", count(Unchanged()));
    if (!moment_.present) absl::StrAppend(&statement_.sql, " + ", count(Changed()));
    return std::move(statement_);
  }

  // One account more than the window holds, to see whether there is one.
  ComposedStatement Page(const Window& window) {
    if (window.after.size() == sort_keys_.size()) {
      absl::StrAppend(&where_, " AND ", After(window.after));
    }
    const std::string limit = absl::StrCat(" LIMIT ", Bind(window.size + 1));
    const auto select = [&](const std::string& from) {
      return absl::StrCat("SELECT ", kAccountColumns, Keys(), " FROM ", from);
    };
    const auto page = [&](const std::string& from) {
      return absl::StrCat(select(from), " ORDER BY ", Order(), limit);
    };
    const std::string by_keys = absl::StrCat(" ORDER BY ", KeyNames(Direction()), limit);
    if (query_.condition && SearchesText(*query_.condition) && window.total <= kFew) {
      statement_.sql =
          absl::StrCat("WITH found AS MATERIALIZED (", select(Unchanged()),
                       moment_.present ? "" : absl::StrCat(" UNION ALL ", select(Changed())),
                       ") SELECT ", kAccountColumns, ", ", KeyNames(""), " FROM found", by_keys);
    } else if (moment_.present) {
      statement_.sql = page(Unchanged());
    } else {
      statement_.sql =
          absl::StrCat("(", page(Unchanged()), ") UNION ALL (", page(Changed()), ")", by_keys);
    }
    return std::move(statement_);
  }

 private:
  std::string Bind(pg::Param param) {
    statement_.params.push_back(std::move(param));
    return absl::StrCat("$", statement_.params.size());
  }

  std::string From(const std::string& accounts, absl::string_view and_where) const {
    return absl::StrCat(accounts, domain::DependsOnPosts(query_) ? kPosts : "", " WHERE ", where_,
                        and_where);
  }

  // Accounts that are now as they were at the moment, and those that are not, as they were then.
  std::string Unchanged() const {
    return From(kPresentAccounts, moment_.present ? "" : " AND a.change_sequence <= $1");
  }
  std::string Changed() const {
    return From(absl::StrReplaceAll(kEarlierAccounts, {{"$COLUMNS", kAccountColumns}}), "");
  }

  std::string Keys() const {
    std::string keys;
    for (std::size_t i = 0; i < sort_keys_.size(); ++i) {
      absl::StrAppend(&keys, ", ", sort_keys_[i].expression, " AS key_", i);
    }
    return keys;
  }

  const char* Direction() const { return query_.order.descending ? " DESC" : ""; }

  std::string Order() const {
    return absl::StrJoin(sort_keys_, ", ", [&](std::string* out, const SortKey& key) {
      absl::StrAppend(out, key.expression, Direction());
    });
  }

  std::string KeyNames(absl::string_view direction) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < sort_keys_.size(); ++i) {
      names.push_back(absl::StrCat("key_", i, direction));
    }
    return absl::StrJoin(names, ", ");
  }

  std::string After(const std::vector<std::string>& position) {
    std::vector<std::string> expressions, values;
    for (std::size_t i = 0; i < sort_keys_.size(); ++i) {
      expressions.push_back(sort_keys_[i].expression);
      values.push_back(absl::StrCat(Bind(position[i]), "::", sort_keys_[i].type));
    }
    return absl::StrCat("(", absl::StrJoin(expressions, ", "), ")",
                        query_.order.descending ? " < " : " > ", "(", absl::StrJoin(values, ", "),
                        ")");
  }

  std::string Compose(const AccountCondition& condition) {
    std::vector<std::string> parts;
    for (const AccountCondition& part : condition.parts) parts.push_back(Compose(part));
    switch (condition.kind) {
      case AccountCondition::Kind::kAll:
        return absl::StrCat("(", absl::StrJoin(parts, " AND "), ")");
      case AccountCondition::Kind::kAny:
        return absl::StrCat("(", absl::StrJoin(parts, " OR "), ")");
      case AccountCondition::Kind::kNot:
        return absl::StrCat("NOT (", absl::StrJoin(parts, " AND "), ")");
      case AccountCondition::Kind::kTest:
        break;
    }
    return Compose(condition.test);
  }

  std::string Compose(const AccountTest& test) {
    switch (test.kind) {
      case AccountTest::Kind::kIs:
        if (test.field == AccountField::kUrl) {
          return absl::StrCat("(a.key IS NOT NULL AND a.key = ", Bind(test.text), ")");
        }
        return absl::StrCat(TextOf(test.field), " = ", Bind(test.text));
      case AccountTest::Kind::kSameText:
        return absl::StrCat(TextOf(test.field), " = ", Bind(test.text));
      case AccountTest::Kind::kWithin:
        return InOneOf(CodesWithin(departments_, test.text));
      case AccountTest::Kind::kContains:
        return absl::StrCat("strpos(", TextOf(test.field), ", ", Bind(test.text), ") > 0");
      case AccountTest::Kind::kWord:
        return Word(test.text);
      case AccountTest::Kind::kHas:
        return Has(test.field);
      case AccountTest::Kind::kNever:
        return "(posts.account IS NOT NULL AND posts.last_post_time IS NULL)";
      case AccountTest::Kind::kBefore:
      case AccountTest::Kind::kFrom:
        return Compare(test);
    }
    return "false";
  }

  std::string InOneOf(const std::vector<std::string>& codes) {
    return absl::StrCat("a.department = ANY (", Bind(codes), "::text[])");
  }

  std::string Word(const std::string& word) {
    const std::string found = absl::StrCat("strpos(a.search_text, ", Bind(word), ") > 0");
    const std::vector<std::string> codes = CodesNamed(departments_, word);
    return codes.empty() ? found : absl::StrCat("(", found, " OR ", InOneOf(codes), ")");
  }

  std::string Compare(const AccountTest& test) {
    const bool before = test.kind == AccountTest::Kind::kBefore;
    const std::string with =
        absl::StrCat(before ? " < " : " >= ", test.field == AccountField::kOpenedOn
                                                  ? absl::StrCat(Bind(test.day), "::date")
                                                  : absl::StrCat(Bind(test.time), "::timestamptz"));
    switch (test.field) {
      case AccountField::kOpenedOn:
        return absl::StrCat("(a.opened_on IS NOT NULL AND a.opened_on", with, ")");
      case AccountField::kCreateTime:
        return absl::StrCat("a.create_time", with);
      case AccountField::kUpdateTime:
        return absl::StrCat("a.update_time", with);
      case AccountField::kLastPostTime:
        return absl::StrCat("(posts.account IS NOT NULL AND COALESCE(posts.last_post_time", with,
                            before ? ", true))" : ", false))");
      case AccountField::kDepartment:
      case AccountField::kPlatform:
      case AccountField::kState:
      case AccountField::kCondition:
      case AccountField::kVerification:
      case AccountField::kKind:
      case AccountField::kOperatorType:
      case AccountField::kDisplayName:
      case AccountField::kHandle:
      case AccountField::kUrl:
      case AccountField::kListed:
        break;
    }
    return "false";
  }

  const domain::AccountQuery& query_;
  const DepartmentRows& departments_;
  const Moment moment_;
  const std::vector<SortKey> sort_keys_;
  ComposedStatement statement_;
  std::string where_;
};

}  // namespace

absl::StatusOr<std::int64_t> LastChange(pg::Transaction& tx) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kLastChange, {}));
  return rows[0].Int64(0);
}

absl::StatusOr<std::int64_t> LastChangeBy(pg::Transaction& tx, absl::Time time) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kLastChangeBy, {time}));
  return rows[0].Int64(0);
}

absl::StatusOr<DepartmentRows> DepartmentsFor(pg::Transaction& tx,
                                              const domain::AccountQuery& query, Moment moment) {
  DepartmentRows departments;
  if (!query.condition || !NeedsDepartments(*query.condition)) return departments;
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kDirectory, {moment.change}));
  const bool by_name = AnyTest(
      *query.condition, [](AccountTest::Kind kind) { return kind == AccountTest::Kind::kWord; });
  for (int i = 0; i < rows.size(); ++i) {
    departments.push_back(
        {rows[i].Text(0), rows[i].Text(1), by_name ? domain::FoldSearch(rows[i].Text(2)) : ""});
  }
  return departments;
}

ComposedStatement ComposePage(const domain::AccountQuery& query, const DepartmentRows& departments,
                              Moment moment, const Window& window) {
  return Composer(query, departments, moment).Page(window);
}

ComposedStatement ComposeCount(const domain::AccountQuery& query, const DepartmentRows& departments,
                               Moment moment) {
  return Composer(query, departments, moment).Count();
}

absl::StatusOr<AccountPage> ListAccounts(pg::Transaction& tx, const domain::AccountQuery& query,
                                         const DepartmentRows& departments, Moment moment,
                                         const Window& window) {
  if (window.total == 0) return AccountPage();
  ComposedStatement statement = ComposePage(query, departments, moment, window);
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.ExecuteComposed("registry_list_accounts", statement.sql, std::move(statement.params)));
  AccountPage page{.more = rows.size() > window.size};
  const int keys = static_cast<int>(SortKeysOf(query.order.by).size());
  const int size = std::min(rows.size(), window.size);
  page.accounts.reserve(size);
  for (int i = 0; i < size; ++i) {
    ASSIGN_OR_RETURN(page.accounts.emplace_back(), ReadAccount(rows[i]));
    page.position.clear();
    for (int key = 0; key < keys; ++key) page.position.push_back(rows[i].Text(kVersionEnd + key));
  }
  return page;
}

absl::StatusOr<int> CountAccounts(pg::Transaction& tx, const domain::AccountQuery& query,
                                  const DepartmentRows& departments, Moment moment) {
  ComposedStatement statement = ComposeCount(query, departments, moment);
  ASSIGN_OR_RETURN(
      const pg::Result rows,
      tx.ExecuteComposed("registry_count_accounts", statement.sql, std::move(statement.params)));
  return static_cast<int>(rows[0].Int64(0));
}

}  // namespace daicho::registry::store
