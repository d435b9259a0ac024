#include "services/registry/domain/account_filter.h"

#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "common/base/filter.h"
#include "common/base/nearest.h"
#include "common/base/status_macros.h"
#include "services/registry/domain/canonical_url.h"
#include "services/registry/domain/department.h"
#include "services/registry/domain/text.h"

namespace daicho::registry::domain {
namespace {

using Op = FilterOperator;

enum class Type { kDepartment, kPlatform, kEnum, kText, kUrl, kDay, kTime, kSwitch };

struct FieldSpec {
  const char* name;
  AccountField field;
  Type type;
  const char* prefix = "";          // kEnum: what values of the enum begin with.
  bool prefix_stored = false;       // Whether they are stored with it.
  std::vector<std::string> values;  // kEnum: without the prefix.
};

const std::vector<FieldSpec>& Specs() {
  static const auto* const specs = new std::vector<FieldSpec>{
      {"department", AccountField::kDepartment, Type::kDepartment},
      {"platform", AccountField::kPlatform, Type::kPlatform},
      {"state",
       AccountField::kState,
       Type::kEnum,
       "STATE_",
       false,
       {"PREPARING", "ACTIVE", "CLOSING", "CLOSED", "MERGED"}},
      {"condition",
       AccountField::kCondition,
       Type::kEnum,
       "CONDITION_",
       false,
       {"NORMAL", "SUSPENDED_BY_PLATFORM", "SUSPENDED_INTERNALLY", "COMPROMISED"}},
      {"verification",
       AccountField::kVerification,
       Type::kEnum,
       "STATE_",
       true,
       {"NOT_OFFERED", "NOT_APPLIED", "APPLIED", "VERIFIED", "REFUSED", "LAPSED"}},
      {"kind", AccountField::kKind, Type::kEnum, "KIND_", true, {"OFFICIAL", "PERSONAL_EXCEPTION"}},
      {"operator_type",
       AccountField::kOperatorType,
       Type::kEnum,
       "OPERATOR_TYPE_",
       true,
       {"DIRECT", "COMMISSIONED", "AFFILIATED"}},
      {"handle", AccountField::kHandle, Type::kText},
      {"display_name", AccountField::kDisplayName, Type::kText},
      {"url", AccountField::kUrl, Type::kUrl},
      {"opened_on", AccountField::kOpenedOn, Type::kDay},
      {"create_time", AccountField::kCreateTime, Type::kTime},
      {"update_time", AccountField::kUpdateTime, Type::kTime},
      {"last_post_time", AccountField::kLastPostTime, Type::kTime},
      {"listed", AccountField::kListed, Type::kSwitch}};
  return *specs;
}

std::vector<std::string> FieldNames() {
  std::vector<std::string> names;
  for (const FieldSpec& spec : Specs()) names.push_back(spec.name);
  return names;
}

AccountCondition Ask(AccountTest test) {
  AccountCondition condition;
  condition.test = std::move(test);
  return condition;
}

AccountCondition Join(AccountCondition::Kind kind, std::vector<AccountCondition> parts) {
  AccountCondition condition;
  condition.kind = kind;
  condition.parts = std::move(parts);
  return condition;
}

AccountCondition Not(AccountCondition condition) {
  return Join(AccountCondition::Kind::kNot, {std::move(condition)});
}

absl::Status UnknownField(const FilterText& field) {
  const std::vector<std::string> names = FieldNames();
  const std::string nearest = Nearest(absl::AsciiStrToLower(field.text), names);
  const std::string all = absl::StrJoin(names, ", ");
  return RefuseFilter(
      field.position, "UNKNOWN_FIELD",
      absl::StrCat("There is no field \"", field.text, "\"",
                   nearest.empty() ? "" : absl::StrCat("; did you mean \"", nearest, "\"?"),
                   nearest.empty() ? ". " : " ", "Fields: ", all,
                   ". To search for the text itself, put it in quotes."),
      absl::StrCat("「", field.text, "」という項目はありません。",
                   nearest.empty() ? "" : absl::StrCat("「", nearest, "」のことですか。"),
                   "使える項目: ", all, "。文字列そのものを探すときは引用符で囲んでください。"));
}

// What may stand between a field of this type and its value.
std::vector<Op> OperatorsOf(Type type) {
  switch (type) {
    case Type::kDay:
    case Type::kTime:
      return {Op::kEqual,   Op::kNotEqual,       Op::kLess, Op::kLessOrEqual,
              Op::kGreater, Op::kGreaterOrEqual, Op::kHas};
    case Type::kDepartment:
    case Type::kPlatform:
    case Type::kEnum:
    case Type::kText:
    case Type::kUrl:
    case Type::kSwitch:
      return {Op::kEqual, Op::kNotEqual, Op::kHas};
  }
  return {};
}

absl::Status CheckOperator(const FieldSpec& spec, const FilterNode& node) {
  const std::vector<Op> allowed = OperatorsOf(spec.type);
  if (std::find(allowed.begin(), allowed.end(), node.op) != allowed.end()) {
    return absl::OkStatus();
  }
  const std::string all = absl::StrJoin(
      allowed, " ", [](std::string* out, Op op) { absl::StrAppend(out, ToText(op)); });
  return RefuseFilter(node.field.position, "INVALID_COMPARISON",
                      absl::StrCat(spec.name, " cannot be compared by \"", ToText(node.op),
                                   "\"; use one of ", all, "."),
                      absl::StrCat(spec.name, " は「", ToText(node.op), "」で比較できません。",
                                   "使えるもの: ", all));
}

absl::Status InvalidValue(const FieldSpec& spec, const FilterText& value, absl::string_view en,
                          absl::string_view ja) {
  return RefuseFilter(value.position, "INVALID_VALUE",
                      absl::StrCat(spec.name, " cannot be \"", value.text, "\": ", en),
                      absl::StrCat(spec.name, " に「", value.text, "」は使えません。", ja));
}

std::string DidYouMean(absl::string_view text, const std::vector<std::string>& candidates) {
  const std::string nearest = Nearest(text, candidates);
  return nearest.empty() ? "" : absl::StrCat(" (", nearest, "?)");
}

absl::StatusOr<AccountCondition> ReadDepartment(const FieldSpec& spec, const FilterNode& node) {
  const absl::string_view code = absl::StripPrefix(node.value.text, "departments/");
  if (!IsDepartmentCode(code)) {
    return InvalidValue(spec, node.value,
                        "a department's code is expected, such as 0303 or departments/0303; "
                        "to search for a name, write the name alone.",
                        "0303 や departments/0303 のような所属コードを指定してください。"
                        "名称で探すときは名称だけを書いてください。");
  }
  return Ask({.kind = node.op == Op::kHas ? AccountTest::Kind::kWithin : AccountTest::Kind::kIs,
              .field = spec.field,
              .text = std::string(code)});
}

absl::StatusOr<AccountCondition> ReadPlatform(const FieldSpec& spec, const FilterNode& node,
                                              const PlatformTable& platforms) {
  const Platform* platform = platforms.ByName(node.value.text);
  if (platform != nullptr)
    return Ask({.kind = AccountTest::Kind::kIs, .field = spec.field, .text = platform->id});
  std::vector<std::string> ids;
  for (const Platform& known : platforms.platforms()) ids.push_back(known.id);
  std::sort(ids.begin(), ids.end());
  const std::string all = absl::StrCat(absl::StrJoin(ids, ", "),
                                       DidYouMean(absl::AsciiStrToLower(node.value.text), ids));
  return InvalidValue(spec, node.value, absl::StrCat("the platforms are ", all, "."),
                      absl::StrCat("使える種類: ", all));
}

absl::StatusOr<AccountCondition> ReadEnum(const FieldSpec& spec, const FilterNode& node) {
  const std::string upper = absl::AsciiStrToUpper(node.value.text);
  const std::string name(absl::StripPrefix(upper, spec.prefix));
  if (std::find(spec.values.begin(), spec.values.end(), name) != spec.values.end()) {
    return Ask({.kind = AccountTest::Kind::kIs,
                .field = spec.field,
                .text = absl::StrCat(spec.prefix_stored ? spec.prefix : "", name)});
  }
  const std::string all =
      absl::StrCat(absl::StrJoin(spec.values, ", "), DidYouMean(name, spec.values));
  return InvalidValue(spec, node.value, absl::StrCat("its values are ", all, "."),
                      absl::StrCat("使える値: ", all));
}

absl::Status NothingToFind(const FilterText& value) {
  return RefuseFilter(value.position, "INVALID_VALUE", "Write what to search for.",
                      "検索する語を指定してください。");
}

absl::StatusOr<AccountCondition> ReadText(const FieldSpec& spec, const FilterNode& node) {
  absl::string_view text = node.value.text;
  if (spec.field == AccountField::kHandle) absl::ConsumePrefix(&text, "@");
  AccountTest test{
      .kind = node.op == Op::kHas ? AccountTest::Kind::kContains : AccountTest::Kind::kSameText,
      .field = spec.field,
      .text = FoldSearch(text)};
  if (test.kind == AccountTest::Kind::kContains && test.text.empty()) {
    return NothingToFind(node.value);
  }
  return Ask(std::move(test));
}

absl::StatusOr<AccountCondition> ReadUrl(const FieldSpec& spec, const FilterNode& node,
                                         const PlatformTable& platforms) {
  if (node.op == Op::kHas) return ReadText(spec, node);
  const absl::StatusOr<CanonicalUrl> url = Canonicalize(platforms, node.value.text);
  if (url.ok()) return Ask({.kind = AccountTest::Kind::kIs, .field = spec.field, .text = url->key});
  return InvalidValue(spec, node.value,
                      "this is no address of an account; to search for a part of one, write url: "
                      "and the part.",
                      "アカウントのURLとして読み取れません。一部で探すときは「url:一部」と"
                      "書いてください。");
}

// `field` in [begin, end).
AccountCondition Between(AccountTest begin, AccountTest end) {
  begin.kind = AccountTest::Kind::kFrom;
  end.kind = AccountTest::Kind::kBefore;
  return Join(AccountCondition::Kind::kAll, {Ask(std::move(begin)), Ask(std::move(end))});
}

// `begin` and `end` hold the first moment that the value stands for, and the first after it.
AccountCondition Compare(Op op, AccountTest begin, AccountTest end) {
  const auto as = [](AccountTest test, AccountTest::Kind kind) {
    test.kind = kind;
    return Ask(std::move(test));
  };
  switch (op) {
    case Op::kLess:
      return as(std::move(begin), AccountTest::Kind::kBefore);
    case Op::kLessOrEqual:
      return as(std::move(end), AccountTest::Kind::kBefore);
    case Op::kGreater:
      return as(std::move(end), AccountTest::Kind::kFrom);
    case Op::kGreaterOrEqual:
      return as(std::move(begin), AccountTest::Kind::kFrom);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kHas:
      break;
  }
  return Between(std::move(begin), std::move(end));
}

// Years that accounts can have anything to do with.
bool IsPlausible(absl::CivilYear year) { return year.year() >= 1900 && year.year() <= 9998; }

std::optional<absl::CivilDay> PlausibleDay(absl::string_view text) {
  const std::optional<absl::CivilDay> day = ParseDay(text);
  return day && IsPlausible(absl::CivilYear(*day)) ? day : std::nullopt;
}

absl::StatusOr<AccountCondition> ReadDay(const FieldSpec& spec, const FilterNode& node) {
  if (const auto day = PlausibleDay(node.value.text)) {
    return Compare(node.op, {.field = spec.field, .day = *day},
                   {.field = spec.field, .day = *day + 1});
  }
  return InvalidValue(spec, node.value, "a day is expected, such as 2026-04-01.",
                      "2026-04-01 のような日付を指定してください。");
}

absl::StatusOr<AccountCondition> ReadTime(const FieldSpec& spec, const FilterNode& node) {
  const bool posts = spec.field == AccountField::kLastPostTime;
  if (posts && node.op == Op::kEqual && absl::EqualsIgnoreCase(node.value.text, "never")) {
    return Ask({.kind = AccountTest::Kind::kNever, .field = spec.field});
  }
  if (const auto day = PlausibleDay(node.value.text)) {
    return Compare(node.op, {.field = spec.field, .time = StartOfTokyoDay(*day)},
                   {.field = spec.field, .time = StartOfTokyoDay(*day + 1)});
  }
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, node.value.text, &time, &error) &&
      IsPlausible(absl::ToCivilYear(time, absl::UTCTimeZone()))) {
    time = absl::FromUnixMicros(absl::ToUnixMicros(time));
    return Compare(node.op, {.field = spec.field, .time = time},
                   {.field = spec.field, .time = time + absl::Microseconds(1)});
  }
  return InvalidValue(
      spec, node.value,
      absl::StrCat("a day (2026-04-01) or an instant (2026-04-01T09:00:00+09:00) is expected",
                   posts ? ", or \"= never\"." : "."),
      absl::StrCat("日付(2026-04-01)または日時(2026-04-01T09:00:00+09:00)を指定してください。",
                   posts ? "一度も投稿がないものは「= never」です。" : ""));
}

absl::StatusOr<AccountCondition> ReadSwitch(const FieldSpec& spec, const FilterNode& node) {
  const std::string text = absl::AsciiStrToLower(node.value.text);
  AccountCondition yes = Ask({.kind = AccountTest::Kind::kHas, .field = spec.field});
  if (text == "true") return yes;
  if (text == "false") return Not(std::move(yes));
  return InvalidValue(spec, node.value, "it is true or false.",
                      "true か false を指定してください。");
}

absl::StatusOr<AccountCondition> ReadValue(const FieldSpec& spec, const FilterNode& node,
                                           const PlatformTable& platforms) {
  if (node.op == Op::kHas && node.value.text == "*" && !node.value.quoted) {
    return Ask({.kind = AccountTest::Kind::kHas, .field = spec.field});
  }
  switch (spec.type) {
    case Type::kDepartment:
      return ReadDepartment(spec, node);
    case Type::kPlatform:
      return ReadPlatform(spec, node, platforms);
    case Type::kEnum:
      return ReadEnum(spec, node);
    case Type::kText:
      return ReadText(spec, node);
    case Type::kUrl:
      return ReadUrl(spec, node, platforms);
    case Type::kDay:
      return ReadDay(spec, node);
    case Type::kTime:
      return ReadTime(spec, node);
    case Type::kSwitch:
      return ReadSwitch(spec, node);
  }
  return absl::InternalError("a field of the filter has no type");
}

absl::StatusOr<AccountCondition> ReadComparison(const FilterNode& node,
                                                const PlatformTable& platforms) {
  const auto& specs = Specs();
  const auto spec = std::find_if(specs.begin(), specs.end(), [&](const FieldSpec& known) {
    return known.name == node.field.text;
  });
  if (spec == specs.end()) return UnknownField(node.field);
  RETURN_IF_ERROR(CheckOperator(*spec, node));
  if (node.op != Op::kNotEqual) return ReadValue(*spec, node, platforms);
  FilterNode equal = node;
  equal.op = Op::kEqual;
  ASSIGN_OR_RETURN(AccountCondition condition, ReadValue(*spec, equal, platforms));
  return Not(std::move(condition));
}

absl::StatusOr<AccountCondition> Read(const FilterNode& node, const PlatformTable& platforms) {
  AccountCondition condition;
  switch (node.kind) {
    case FilterNode::Kind::kComparison:
      return ReadComparison(node, platforms);
    case FilterNode::Kind::kWord: {
      AccountTest word{.kind = AccountTest::Kind::kWord, .text = FoldSearch(node.value.text)};
      if (word.text.empty()) return NothingToFind(node.value);
      return Ask(std::move(word));
    }
    case FilterNode::Kind::kAnd:
      condition.kind = AccountCondition::Kind::kAll;
      break;
    case FilterNode::Kind::kOr:
      condition.kind = AccountCondition::Kind::kAny;
      break;
    case FilterNode::Kind::kNot:
      condition.kind = AccountCondition::Kind::kNot;
      break;
  }
  for (const FilterNode& child : node.children) {
    ASSIGN_OR_RETURN(condition.parts.emplace_back(), Read(child, platforms));
  }
  return condition;
}

bool Holds(const AccountCondition& condition, const std::function<bool(const AccountTest&)>& test) {
  if (condition.kind == AccountCondition::Kind::kTest) return test(condition.test);
  return std::any_of(condition.parts.begin(), condition.parts.end(),
                     [&](const AccountCondition& part) { return Holds(part, test); });
}

absl::string_view Find(const Fields& fields, const std::string& path) {
  const auto field = fields.find(path);
  return field == fields.end() ? absl::string_view() : absl::string_view(field->second);
}

// U+30A1 to U+30F6 and the iteration marks have their hiragana 0x60 before them; U+30F7 to U+30FC
// have none.
char16_t ToHiragana(char16_t unit) {
  const bool katakana = (unit >= 0x30A1 && unit <= 0x30F6) || unit == 0x30FD || unit == 0x30FE;
  return katakana ? static_cast<char16_t>(unit - 0x60) : unit;
}

}  // namespace

absl::StatusOr<std::optional<AccountCondition>> ReadAccountFilter(absl::string_view filter,
                                                                  const PlatformTable& platforms) {
  ASSIGN_OR_RETURN(const std::optional<FilterNode> node, ParseFilter(filter));
  if (!node) return std::nullopt;
  ASSIGN_OR_RETURN(AccountCondition condition, Read(*node, platforms));
  return std::optional<AccountCondition>(std::move(condition));
}

absl::StatusOr<AccountOrder> ReadAccountOrder(absl::string_view order_by) {
  static const auto* const orders = new std::vector<std::pair<std::string, AccountOrderBy>>{
      {"department", AccountOrderBy::kDepartment},
      {"display_name", AccountOrderBy::kDisplayName},
      {"last_post_time", AccountOrderBy::kLastPostTime},
      {"update_time", AccountOrderBy::kUpdateTime}};
  ASSIGN_OR_RETURN(const std::vector<OrderTerm> terms, ParseOrderBy(order_by));
  if (terms.empty()) return AccountOrder();
  if (terms.size() > 1) {
    return RefuseOrderBy("TOO_MANY_TERMS", "Order by one field; accounts that are equal go by age.",
                         "並び順の項目は一つだけ指定してください。同順は登録順になります。");
  }
  std::vector<std::string> names;
  for (const auto& [name, by] : *orders) {
    if (name == terms[0].field) return AccountOrder{by, terms[0].descending};
    names.push_back(name);
  }
  const std::string all =
      absl::StrCat(absl::StrJoin(names, ", "), DidYouMean(terms[0].field, names));
  return RefuseOrderBy(
      "UNKNOWN_FIELD",
      absl::StrCat("Accounts cannot be ordered by \"", terms[0].field, "\"; use one of ", all, "."),
      absl::StrCat("「", terms[0].field, "」では並べられません。使える項目: ", all));
}

bool DependsOnPosts(const AccountQuery& query) {
  return query.order.by == AccountOrderBy::kLastPostTime ||
         (query.condition && Holds(*query.condition, [](const AccountTest& test) {
            return test.kind != AccountTest::Kind::kWord &&
                   test.field == AccountField::kLastPostTime;
          }));
}

std::string FoldSearch(absl::string_view text) {
  std::string folded = Nfkc(text);
  if (IsAscii(folded)) {
    absl::AsciiStrToLower(&folded);
  } else {
    icu::UnicodeString wide = icu::UnicodeString::fromUTF8(
        icu::StringPiece(folded.data(), static_cast<int>(folded.size())));
    wide.toLower(icu::Locale::getRoot());
    for (int i = 0; i < wide.length(); ++i) wide.setCharAt(i, ToHiragana(wide.charAt(i)));
    folded.clear();
    wide.toUTF8String(folded);
  }
  std::replace_if(
      folded.begin(), folded.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return folded;
}

std::string SearchTextOf(const Account& account) {
  const absl::string_view url = account.identity
                                    ? absl::string_view(account.identity->canonical_url)
                                    : Find(account.fields, "url");
  return absl::StrCat(FoldSearch(Find(account.fields, "display_name")), "\n",
                      FoldSearch(Find(account.fields, "handle")), "\n", FoldSearch(url), "\n",
                      FoldSearch(Find(account.fields, "purpose")));
}

}  // namespace daicho::registry::domain
