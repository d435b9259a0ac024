#include "services/approval/document_items.h"

#include <cstdint>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "services/approval/document_words.h"

namespace daicho::approval {
namespace {

using domain::Action;

enum class Kind {
  kText,
  kTexts,  // A list, one line for each.
  kDay,
  kCode,
  kFlag,
  kPerson,
  kPersons,
  kTerm,
  kGoals,
  kPlatform,
  kEtag,
  kAccount,
  kAccounts,
  kAttachments,
};

struct Part {
  const char* path;
  const char* label;
  Kind kind = Kind::kText;
  bool always = true;  // Shown when it is empty, too.
};

// With which actions an item is asked for.
enum class Asked { kAlways, kOfFields, kChanging, kClosing, kGranting, kNotClosing };

constexpr int kUseItem = 0;  // Y 2-2: on no form but a GRANT, without a number.

struct Item {
  int number;
  const char* label;
  Asked asked;
  std::vector<Part> parts;  // One without a label is the whole item.
};

const std::vector<Item>& Items() {
  static const auto* const items = new std::vector<Item>{
      {6,
       "担当者",
       Asked::kAlways,
       {{"contact.display_name", "氏名"},
        {"contact.extension", "内線"},
        {"contact.email", "メール"}}},
      {7,
       "運用主体・受託者",
       Asked::kOfFields,
       {{"fields.operator_type", "運用主体", Kind::kCode},
        {"fields.contractor.display_name", "受託者名", Kind::kText, false},
        {"fields.contractor.start_date", "委託の開始日", Kind::kDay, false},
        {"fields.contractor.end_date", "委託の終了日", Kind::kDay, false},
        {"fields.kind", "アカウントの区分", Kind::kCode},
        {"fields.personal_exception.reason", "例外の理由", Kind::kText, false},
        {"fields.personal_exception.approver", "例外の承認者", Kind::kPerson, false},
        {"fields.personal_exception.end_date", "例外の終了日", Kind::kDay, false}}},
      {8, "ソーシャルメディアの種類", Asked::kAlways, {{"fields.platform", "", Kind::kPlatform}}},
      {9,
       "アカウント名・ユーザー名",
       Asked::kAlways,
       {{"fields.display_name", "アカウント名"},
        {"fields.handle", "ユーザー名"},
        {"fields.platform_account_id", "固有のID", Kind::kText, false},
        {"account", "台帳の番号", Kind::kText, false},
        {"account_etag", "台帳の版", Kind::kEtag, false}}},
      {10, "アカウントURL", Asked::kAlways, {{"fields.url", ""}}},
      {11, "(予定)年月日", Asked::kAlways, {{"effective_on", "", Kind::kDay}}},
      {12, "運用期間", Asked::kOfFields, {{"fields.term", "", Kind::kTerm}}},
      {13, "目的", Asked::kOfFields, {{"fields.purpose", ""}}},
      {14, "対象者", Asked::kOfFields, {{"fields.audience", ""}}},
      {15, "発信する項目・内容", Asked::kOfFields, {{"fields.topics", ""}}},
      {16,
       "発信方法",
       Asked::kOfFields,
       {{"fields.publishing_method.publishing_department", "担当所属"},
        {"fields.publishing_method.account_manager", "運用責任者", Kind::kPerson},
        {"fields.publishing_method.operators", "運用担当者", Kind::kPersons},
        {"fields.publishing_method.frequency", "頻度"},
        {"fields.publishing_method.timing", "タイミング"},
        {"fields.publishing_method.operating_hours", "運用時間"}}},
      {17,
       "決裁権者等",
       Asked::kOfFields,
       {{"fields.decision_makers.head", "所属長", Kind::kPerson},
        {"fields.decision_makers.deputy", "職務代理者", Kind::kPerson},
        {"fields.decision_makers.team_leader", "担当リーダー", Kind::kPerson}}},
      {18, "意見・質問への対応", Asked::kOfFields, {{"fields.reply_policy", ""}}},
      {19,
       "個人情報の取扱い",
       Asked::kOfFields,
       {{"fields.personal_data.collected", "収集", Kind::kFlag},
        {"fields.personal_data.handling", "取扱い"}}},
      {20, "既存アカウントとの重複・必要性", Asked::kOfFields, {{"fields.overlap_statement", ""}}},
      {21, "目標と分析方法", Asked::kOfFields, {{"fields.goals", "", Kind::kGoals}}},
      {22, "認証アカウント", Asked::kOfFields, {{"fields.verification_plan", ""}}},
      {23,
       "掲載ページ・利用方針",
       Asked::kAlways,
       {{"fields.listing_urls", "掲載ページ", Kind::kTexts},
        {"fields.policy_url", "利用方針のURL"},
        {"fields.policy_published_on", "利用方針の公表日", Kind::kDay, false},
        {"fields.terms_of_use.obligations", "利用規約 遵守事項", Kind::kText, false},
        {"fields.terms_of_use.ownership", "利用規約 権利の帰属", Kind::kText, false},
        {"fields.terms_of_use.disclaimer", "利用規約 免責事項", Kind::kText, false},
        {"fields.terms_of_use.url", "利用規約のURL", Kind::kText, false},
        {"closing_plan.unlist_on", "掲載の終了日", Kind::kDay, false}}},
      {24,
       "緊急時の運用",
       Asked::kOfFields,
       {{"fields.emergency_clause", "緊急時の運用"},
        {"fields.notes", "その他の留意事項", Kind::kText, false}}},
      {25,
       "変更の理由・内容",
       Asked::kChanging,
       {{"change_reason", "変更の理由"},
        {"absorbed_accounts", "統合されるアカウント", Kind::kAccounts, false}}},
      {26,
       "廃止の理由・統合先",
       Asked::kClosing,
       {{"closing.reason", "廃止の理由", Kind::kCode},
        {"closing.reason_detail", "理由の説明", Kind::kText, false},
        {"closing.successor", "統合先", Kind::kAccount},
        {"urgent", "即時停止", Kind::kFlag, false}}},
      {27,
       "廃止の進め方",
       Asked::kClosing,
       {{"closing_plan.last_post_on", "最終投稿日", Kind::kDay},
        {"closing_plan.notice", "周知方法"},
        {"closing_plan.notice_until", "周知期間の末日", Kind::kDay},
        {"closing_plan.removal", "削除方法"},
        {"closing_plan.handle_protection", "ユーザー名の保護"},
        {"closing_plan.data_retention", "データの保存"}}},
      {kUseItem,
       "利用申請",
       Asked::kGranting,
       {{"use.users", "利用者", Kind::kPersons},
        {"use.purpose", "直接発信する理由"},
        {"use.safekeeping", "ID・パスワードの管理"},
        {"use.last_day", "利用期間の末日", Kind::kDay}}},
      {28, "添付", Asked::kNotClosing, {{"attachments", "", Kind::kAttachments}}},
  };
  return *items;
}

// A CLOSE and a GRANT say of the account which it is, and no more.
bool CarriesFields(Action action) { return action == Action::kOpen || action == Action::kChange; }

bool IsAsked(Asked asked, Action action) {
  switch (asked) {
    case Asked::kAlways:
      return true;
    case Asked::kOfFields:
      return CarriesFields(action);
    case Asked::kChanging:
      return action == Action::kChange;
    case Asked::kClosing:
      return action == Action::kClose;
    case Asked::kGranting:
      return action == Action::kGrant;
    case Asked::kNotClosing:
      return action != Action::kClose;
  }
  return true;
}

// "50,000".
std::string Grouped(const std::string& digits) {
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0 && digits[i - 1] != '-') grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string GoalAt(const Fields& content, const std::string& path) {
  const std::string period = TextAt(content, path + ".period");
  const std::string method = TextAt(content, path + ".analysis_method");
  return absl::StrCat(TextAt(content, path + ".metric"), " ",
                      Grouped(TextAt(content, path + ".target")),
                      period.empty() ? "" : absl::StrCat("(", period, ")"),
                      method.empty() ? "" : absl::StrCat("\n分析方法: ", method));
}

// "DOCX" for the long name of what it is.
std::string FileType(const std::string& media_type) {
  for (const auto& [end, name] :
       {std::pair("pdf", "PDF"), std::pair("png", "PNG"), std::pair("jpeg", "JPEG"),
        std::pair("wordprocessingml.document", "DOCX"), std::pair("spreadsheetml.sheet", "XLSX")}) {
    if (absl::EndsWith(media_type, end)) return name;
  }
  return media_type;
}

// The hash in two lines of the same length.
std::string AttachmentAt(const Fields& content, const std::string& path) {
  const std::string sha256 = TextAt(content, path + ".sha256");
  const std::size_t half = sha256.size() / 2;
  return absl::StrCat(TextAt(content, path + ".file_name"), "(",
                      FileType(TextAt(content, path + ".media_type")), "、",
                      Grouped(TextAt(content, path + ".size_bytes")), "バイト)\nSHA-256 ",
                      sha256.substr(0, half), "\n        ", sha256.substr(half));
}

template <typename ToText>
std::string Lines(const Fields& content, const std::string& path, ToText to_text) {
  std::string lines;
  for (const std::string& entry : EntriesAt(content, path)) {
    absl::StrAppend(&lines, lines.empty() ? "" : "\n", to_text(entry));
  }
  return lines;
}

std::string ValueOf(const DocumentSource& source, const Fields& content, const Part& part) {
  const std::string path = part.path;
  switch (part.kind) {
    case Kind::kText:
      return TextAt(content, path);
    case Kind::kTexts:
      return Lines(content, path, [&](const std::string& at) { return TextAt(content, at); });
    case Kind::kDay:
      return DayAt(content, path);
    case Kind::kCode:
      return CodeInWords(TextAt(content, path));
    case Kind::kFlag:
      return FlagInWords(TextAt(content, path));
    case Kind::kPerson:
      return PersonAt(content, path);
    case Kind::kPersons:
      return Lines(content, path, [&](const std::string& at) { return PersonAt(content, at); });
    case Kind::kTerm:
      return TermAt(content);
    case Kind::kGoals:
      return Lines(content, path, [&](const std::string& at) { return GoalAt(content, at); });
    case Kind::kPlatform:
      return PlatformName(TextAt(content, path));
    case Kind::kEtag:
      return absl::StrReplaceAll(TextAt(content, path), {{"\"", ""}});
    case Kind::kAccount:
      return AccountIn(source, TextAt(content, path));
    case Kind::kAccounts:
      return Lines(content, path, [&](const std::string& at) {
        return AccountIn(source, TextAt(content, at + ".account"));
      });
    case Kind::kAttachments:
      return Lines(content, path, [&](const std::string& at) { return AttachmentAt(content, at); });
  }
  return "";
}

// "13 目的".
std::string LabelOf(const Item& item) {
  return item.number == kUseItem ? item.label : absl::StrCat(item.number, " ", item.label);
}

paper::Field FieldOf(const DocumentSource& source, const Fields& content, const Item& item) {
  paper::Field field = {LabelOf(item), "", {}};
  if (item.number == 11)
    field.label = absl::StrCat("11 ", WordOf(source.form.draft.action), item.label);
  if (!IsAsked(item.asked, source.form.draft.action)) {
    field.value = "―";
    return field;
  }
  const bool carries_fields = CarriesFields(source.form.draft.action);
  for (const Part& part : item.parts) {
    std::string value = ValueOf(source, content, part);
    const bool always = part.always && (carries_fields || !absl::StartsWith(part.path, "fields."));
    if (*part.label == '\0') {
      field.value = std::move(value);
    } else if (always || !value.empty()) {
      field.parts.push_back({part.label, std::move(value)});
    }
  }
  return field;
}

// 氏名 for the last part of "fields.decision_makers.head.display_name".
std::string LeafLabel(absl::string_view leaf) {
  constexpr std::pair<absl::string_view, absl::string_view> kLeaves[] = {
      {"display_name", "氏名"},
      {"title", "職名"},
      {"subject", "ID"},
      {"metric", "指標"},
      {"target", "値"},
      {"period", "期間"},
      {"analysis_method", "分析方法"},
      {"permanent", "常設"},
      {"last_day", "最終日"}};
  for (const auto& [name, label] : kLeaves) {
    if (leaf == name) return absl::StrCat(" ", label);
  }
  return leaf.empty() ? "" : absl::StrCat(" ", leaf);
}

// The part that `field` is, or is below; `rest` is what is below it.
const Part* PartOf(const std::string& field, const Item** item, std::string* rest) {
  for (const Item& one : Items()) {
    for (const Part& part : one.parts) {
      absl::string_view below = field;
      if (!absl::ConsumePrefix(&below, part.path)) continue;
      if (!below.empty() && below[0] != '.' && below[0] != '[') continue;
      *item = &one;
      *rest = std::string(below);
      return &part;
    }
  }
  return nullptr;
}

}  // namespace

std::string LabelOf(const std::string& field) {
  const Item* item = nullptr;
  std::string rest;
  const Part* part = PartOf(field, &item, &rest);
  if (part == nullptr) return field;
  std::string label = LabelOf(*item);
  if (*part->label != '\0') absl::StrAppend(&label, " ", part->label);
  absl::string_view below = rest;
  int index = 0;
  if (absl::ConsumePrefix(&below, "[")) {
    const std::size_t end = below.find(']');
    if (absl::SimpleAtoi(below.substr(0, end), &index)) absl::StrAppend(&label, " ", index + 1);
    below.remove_prefix(end == absl::string_view::npos ? below.size() : end + 1);
  }
  absl::ConsumePrefix(&below, ".");
  return absl::StrCat(label, LeafLabel(below));
}

namespace {

std::string ChangedValue(const std::string& field, const std::string& value) {
  const Item* item = nullptr;
  std::string rest;
  const Part* part = PartOf(field, &item, &rest);
  if (part == nullptr) return value;
  const Fields one = {{field, value}};
  if (part->kind == Kind::kCode) return CodeInWords(value);
  if (part->kind == Kind::kPlatform) return PlatformName(value);
  if (part->kind == Kind::kDay || absl::EndsWith(field, ".last_day")) return DayAt(one, field);
  if (part->kind == Kind::kFlag || absl::EndsWith(field, ".permanent")) return FlagInWords(value);
  return value;
}

}  // namespace

std::vector<paper::Field> ItemsOf(const DocumentSource& source) {
  Fields content = source.form.draft.content;
  content.insert(source.named_account.begin(), source.named_account.end());
  std::vector<paper::Field> fields;
  const bool grants = source.form.draft.action == Action::kGrant;
  for (const Item& item : Items()) {
    if (item.number != kUseItem || grants) fields.push_back(FieldOf(source, content, item));
  }
  return fields;
}

std::vector<std::vector<std::string>> ChangesOf(const std::vector<FieldChange>& changes) {
  std::vector<std::vector<std::string>> rows;
  for (const FieldChange& change : changes) {
    rows.push_back({LabelOf(change.path), ChangedValue(change.path, change.before),
                    ChangedValue(change.path, change.after)});
  }
  return rows;
}

}  // namespace daicho::approval
