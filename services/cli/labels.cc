#include "services/cli/labels.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/wire/fields.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/cli/command.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

struct Label {
  absl::string_view key;
  absl::string_view ja;
};

// Paths without list positions, in the order in which a form shows them.
constexpr Label kFields[] = {
    {"name", "名前"},
    {"state", "状態"},
    {"condition", "状況"},
    {"action", "協議区分"},
    {"account", "対象アカウント"},
    {"account_etag", "対象アカウントの版"},
    {"submitted_on", "協議年月日"},
    {"addressee", "宛先"},
    {"department", "所属"},
    {"department_head", "所属長"},
    {"contact.display_name", "担当者"},
    {"contact.extension", "内線"},
    {"contact.email", "メール"},
    {"effective_on", "(予定)年月日"},
    {"url", "報告されたURL"},
    {"platform", "種類"},
    {"notice_ja", "注意文"},
    {"notice", "注意文(英語)"},
    {"evidence", "根拠(非公開)"},
    {"reported_on", "報告日"},
    {"starts_on", "開始日"},
    {"removed_on", "削除された日"},
    {"withdrawn_on", "取下げ日"},
    {"withdrawal_reason", "取下げの理由"},
    {"created_by", "登録者"},
    {"fields.platform", "種類"},
    {"fields.handle", "ユーザー名"},
    {"fields.display_name", "アカウント名"},
    {"fields.url", "URL"},
    {"canonical_url", "正規URL"},
    {"fields.platform_account_id", "サービス側のID"},
    {"fields.kind", "区分"},
    {"fields.personal_exception.reason", "個人アカウントの理由"},
    {"fields.personal_exception.approver.display_name", "個人アカウントの承認者"},
    {"fields.personal_exception.end_date", "個人アカウントの期限"},
    {"fields.operator_type", "運用主体"},
    {"fields.contractor.display_name", "受託者名"},
    {"fields.contractor.start_date", "委託開始日"},
    {"fields.contractor.end_date", "委託終了日"},
    {"fields.term", "運用期間"},
    {"fields.term.permanent", "運用期間 常設"},
    {"fields.term.last_day", "運用期間 最終日"},
    {"fields.purpose", "目的"},
    {"fields.audience", "対象者"},
    {"fields.topics", "発信する項目・内容"},
    {"fields.publishing_method", "発信方法"},
    {"fields.publishing_method.publishing_department", "担当所属"},
    {"fields.publishing_method.account_manager", "運用責任者"},
    {"fields.publishing_method.account_manager.subject", "運用責任者 ID"},
    {"fields.publishing_method.account_manager.display_name", "運用責任者"},
    {"fields.publishing_method.account_manager.title", "運用責任者 職名"},
    {"fields.publishing_method.operators", "運用担当者"},
    {"fields.publishing_method.operators.subject", "運用担当者 ID"},
    {"fields.publishing_method.operators.display_name", "運用担当者"},
    {"fields.publishing_method.operators.title", "運用担当者 職名"},
    {"fields.publishing_method.frequency", "頻度"},
    {"fields.publishing_method.timing", "タイミング"},
    {"fields.publishing_method.operating_hours", "運用時間"},
    {"fields.decision_makers", "決裁権者等"},
    {"fields.decision_makers.head.subject", "決裁 所属長 ID"},
    {"fields.decision_makers.head.display_name", "決裁 所属長"},
    {"fields.decision_makers.head.title", "決裁 所属長 職名"},
    {"fields.decision_makers.deputy.subject", "決裁 代理者 ID"},
    {"fields.decision_makers.deputy.display_name", "決裁 代理者"},
    {"fields.decision_makers.deputy.title", "決裁 代理者 職名"},
    {"fields.decision_makers.team_leader.subject", "決裁 リーダー ID"},
    {"fields.decision_makers.team_leader.display_name", "決裁 リーダー"},
    {"fields.decision_makers.team_leader.title", "決裁 リーダー 職名"},
    {"fields.reply_policy", "意見・質問への対応"},
    {"fields.personal_data", "個人情報の取扱い"},
    {"fields.personal_data.collected", "個人情報の収集"},
    {"fields.personal_data.handling", "個人情報の取扱い"},
    {"fields.overlap_statement", "重複・必要性"},
    {"fields.goals", "目標と分析方法"},
    {"fields.goals.metric", "目標 指標"},
    {"fields.goals.target", "目標 値"},
    {"fields.goals.period", "目標 期間"},
    {"fields.goals.analysis_method", "分析方法"},
    {"fields.verification_plan", "認証アカウント"},
    {"fields.listing_urls", "掲載ページ"},
    {"fields.policy_url", "利用方針のURL"},
    {"fields.policy_published_on", "利用方針の公表日"},
    {"fields.emergency_clause", "緊急時の運用"},
    {"fields.notes", "留意事項"},
    {"fields.terms_of_use.obligations", "利用規約 遵守事項"},
    {"fields.terms_of_use.ownership", "利用規約 権利の帰属"},
    {"fields.terms_of_use.disclaimer", "利用規約 免責"},
    {"fields.terms_of_use.url", "利用規約のURL"},
    {"change_reason", "変更の理由"},
    {"absorbed_accounts", "統合されるアカウント"},
    {"absorbed_accounts.account", "統合されるアカウント"},
    {"absorbed_accounts.etag", "統合されるアカウントの版"},
    {"closing", "廃止"},
    {"closing.reason", "廃止理由"},
    {"closing.reason_detail", "廃止理由の説明"},
    {"closing.successor", "統合先"},
    {"closing.effective_on", "廃止年月日"},
    {"closing.evidence.removal", "削除の確認"},
    {"closing.evidence.unlisted_on", "掲載終了日"},
    {"closing.evidence.handle_protection", "ユーザー名の保護"},
    {"closing_plan", "廃止の進め方"},
    {"closing_plan.last_post_on", "最終投稿日"},
    {"closing_plan.notice", "周知方法"},
    {"closing_plan.notice_until", "周知期間"},
    {"closing_plan.removal", "削除方法"},
    {"closing_plan.handle_protection", "ユーザー名の保護"},
    {"closing_plan.data_retention", "データ保存"},
    {"closing_plan.unlist_on", "掲載終了日"},
    {"use", "利用申請"},
    {"use.users", "利用する職員"},
    {"use.users.display_name", "利用する職員"},
    {"use.users.subject", "利用する職員のID"},
    {"use.users.title", "利用する職員の職名"},
    {"use.purpose", "利用の目的"},
    {"use.safekeeping", "ID・パスワードの管理"},
    {"use.last_day", "利用の最終日"},
    {"urgent", "即時停止"},
    {"file_name", "ファイル名"},
    {"media_type", "形式"},
    {"size_bytes", "バイト数"},
    {"sha256", "SHA-256"},
    {"uploader", "添付者"},
    {"uploader_display_name", "添付者の氏名"},
    {"remove_time", "外した日時"},
    {"attachments", "添付"},
    {"attachments.file_name", "添付 ファイル名"},
    {"attachments.media_type", "添付 形式"},
    {"attachments.sha256", "添付 SHA-256"},
    {"attachments.size_bytes", "添付 バイト数"},
    {"opened_on", "開設日"},
    {"facts.condition_report.since", "状況の開始日"},
    {"facts.condition_report.reason", "状況の理由"},
    {"facts.condition_report.successor", "代わりのアカウント"},
    {"facts.condition_report.notice", "お知らせ"},
    {"open_advice.count", "未完了の助言"},
    {"open_advice.earliest_due_on", "助言の回答期限"},
    {"open_advice.advices", "助言"},
    {"listing.organization_page.url", "公式一覧"},
    {"listing.organization_page.seen_on", "公式一覧 確認日"},
    {"listing.section_page.url", "所属のページ"},
    {"listing.section_page.seen_on", "所属のページ 確認日"},
    {"origin.kind", "登録の経緯"},
    {"origin.form", "開設の協議書"},
    {"origin.source", "出典"},
    {"last_form", "最新の協議書"},
    {"display_name", "名称"},
    {"kana", "かな"},
    {"kind", "種別"},
    {"parent", "上位の所属"},
    {"via_department", "経由"},
    {"page_url", "ページ"},
    {"contact_desk", "窓口"},
    {"valid_from", "設置日"},
    {"valid_until", "最終日"},
    {"successors", "引継ぎ先"},
    {"local_government_code", "団体コード"},
    {"create_time", "登録日時"},
    {"update_time", "更新日時"},
    {"etag", "版"},
};

// Full names of enum values.
constexpr Label kValues[] = {
    {"daicho.policy.v1.RuleChange.KIND_ADDED", "追加"},
    {"daicho.policy.v1.RuleChange.KIND_REMOVED", "削除"},
    {"daicho.policy.v1.RuleChange.KIND_CHANGED", "変更"},
    {"daicho.policy.v1.RuleChange.KIND_REWORDED", "文言"},
    {"daicho.approval.v1.Form.ACTION_OPEN", "開設"},
    {"daicho.approval.v1.Form.ACTION_CHANGE", "変更"},
    {"daicho.approval.v1.Form.ACTION_CLOSE", "廃止"},
    {"daicho.approval.v1.Form.ACTION_GRANT", "利用申請"},
    {"daicho.approval.v1.Advice.KIND_RECONSIDER", "再検討"},
    {"daicho.approval.v1.Advice.KIND_IMPROVE", "改善"},
    {"daicho.approval.v1.Advice.KIND_CLOSE_OR_MERGE", "廃止・統合"},
    {"daicho.approval.v1.Advice.STATE_OPEN", "回答待ち"},
    {"daicho.approval.v1.Advice.STATE_ANSWERED", "回答済"},
    {"daicho.approval.v1.Advice.STATE_ACCEPTED", "了承"},
    {"daicho.approval.v1.Advice.STATE_WITHDRAWN", "取下げ"},
    {"daicho.approval.v1.AdviceAct.KIND_CREATED", "助言"},
    {"daicho.approval.v1.AdviceAct.KIND_ANSWERED", "回答"},
    {"daicho.approval.v1.AdviceAct.KIND_ACCEPTED", "了承"},
    {"daicho.approval.v1.AdviceAct.KIND_WITHDRAWN", "取下げ"},
    {"daicho.approval.v1.AdviceAct.KIND_REROUTED", "所属変更"},
    {"daicho.approval.v1.Form.STATE_DRAFT", "起案中"},
    {"daicho.approval.v1.Form.STATE_IN_ROUTE", "回付中"},
    {"daicho.approval.v1.Form.STATE_UNDER_REVIEW", "審査中"},
    {"daicho.approval.v1.Form.STATE_ADVISED", "助言"},
    {"daicho.approval.v1.Form.STATE_RETURNED", "差戻し"},
    {"daicho.approval.v1.Form.STATE_PULLED_BACK", "引戻し"},
    {"daicho.approval.v1.Form.STATE_WITHDRAWN", "取下げ"},
    {"daicho.approval.v1.Form.STATE_REJECTED", "却下"},
    {"daicho.approval.v1.Form.STATE_AGREED", "同意"},
    {"daicho.approval.v1.Form.STATE_APPLIED", "台帳反映済"},
    {"daicho.approval.v1.Form.STATE_CONFLICT", "台帳と不一致"},
    {"daicho.approval.v1.Form.STATE_EXPIRED", "期限切れ"},
    {"daicho.approval.v1.RouteStep.KIND_HEAD", "所属長決裁"},
    {"daicho.approval.v1.RouteStep.KIND_VIA", "経由"},
    {"daicho.approval.v1.RouteStep.KIND_CONCURRENCE", "合議"},
    {"daicho.approval.v1.RouteStep.KIND_PR_OFFICE", "秘書課"},
    {"daicho.approval.v1.RouteStep.KIND_CIRCULATION", "回覧"},
    {"daicho.approval.v1.FormAct.KIND_CREATED", "起案"},
    {"daicho.approval.v1.FormAct.KIND_UPDATED", "更新"},
    {"daicho.approval.v1.FormAct.KIND_SUBMITTED", "提出"},
    {"daicho.approval.v1.FormAct.KIND_AGREED", "承認・同意"},
    {"daicho.approval.v1.FormAct.KIND_RETURNED", "差戻し"},
    {"daicho.approval.v1.FormAct.KIND_WITHDRAWN", "取下げ"},
    {"daicho.approval.v1.FormAct.KIND_REJECTED", "却下"},
    {"daicho.approval.v1.FormAct.KIND_PULLED_BACK", "引戻し"},
    {"daicho.approval.v1.FormAct.KIND_ADVISED", "助言"},
    {"daicho.approval.v1.FormAct.KIND_ANSWERED", "回答"},
    {"daicho.approval.v1.FormAct.KIND_APPLIED", "台帳反映"},
    {"daicho.approval.v1.FormAct.KIND_CONFLICTED", "台帳と不一致"},
    {"daicho.approval.v1.FormAct.KIND_EXPIRED", "期限切れ"},
    {"daicho.approval.v1.FormAct.KIND_REROUTED", "所属変更"},
    {"daicho.approval.v1.FormAct.KIND_AGREED_AS_DEPUTY", "代決"},
    {"daicho.approval.v1.FormAct.KIND_REVIEWED_AFTERWARDS", "後閲"},
    {"daicho.approval.v1.FormAct.KIND_RETURNED_TO_STEP", "段階への差戻し"},
    {"daicho.approval.v1.FormAct.KIND_SUBMITTED_URGENTLY", "提出(即時停止)"},
    {"daicho.approval.v1.FormAct.KIND_SETTLED", "不一致の整理"},
    {"daicho.approval.v1.FormAct.KIND_TRANSFERRED", "異動"},
    {"daicho.approval.v1.TransferEffect.WHAT_REVIEW_GIVEN", "後閲を後任へ"},
    {"daicho.approval.v1.TransferEffect.WHAT_REVIEW_LEFT", "後閲は本人のまま(後任は関与済み)"},
    {"daicho.approval.v1.TransferEffect.WHAT_FORM_GIVEN", "担当を後任へ"},
    {"daicho.approval.v1.TransferEffect.WHAT_NAMED", "協議書に氏名あり"},
    {"daicho.approval.v1.TransferEffect.WHAT_ABSENCE_ENDED", "不在の終了"},
    {"daicho.approval.v1.FormAdvice.KIND_RECONSIDER", "再検討"},
    {"daicho.approval.v1.FormAdvice.KIND_IMPROVE", "改善"},
    {"daicho.approval.v1.FormAdvice.KIND_CLOSE_OR_MERGE", "廃止・統合"},
    {"daicho.access.v1.ROLE_PUBLIC", "県民"},
    {"daicho.access.v1.ROLE_DEPARTMENT_STAFF", "所属担当者"},
    {"daicho.access.v1.ROLE_DEPARTMENT_HEAD", "所属長"},
    {"daicho.access.v1.ROLE_PR_OFFICE", "秘書課"},
    {"daicho.access.v1.ROLE_IT_SECURITY", "スマート県庁推進課"},
    {"daicho.access.v1.ROLE_AUDITOR", "監察・監査委員"},
    {"daicho.access.v1.ROLE_ADMIN", "システム管理者"},
    {"daicho.access.v1.ROLE_SYSTEM", "システム"},
    {"daicho.event.v1.Event.OUTCOME_OK", "実行"},
    {"daicho.event.v1.Event.OUTCOME_REFUSED", "拒否"},
    {"daicho.policy.v1.INACTIVITY_BUCKET_ACTIVE", "活動中"},
    {"daicho.policy.v1.INACTIVITY_BUCKET_NOTICE", "注意"},
    {"daicho.policy.v1.INACTIVITY_BUCKET_WARNING", "警告"},
    {"daicho.policy.v1.INACTIVITY_BUCKET_CANDIDATE", "候補(長期間投稿なし)"},
    {"daicho.policy.v1.INACTIVITY_BUCKET_NEVER_POSTED", "候補(一度も投稿なし)"},
    {"daicho.policy.v1.INACTIVITY_BUCKET_TERM_ENDED", "候補(運用期間の終了)"},
    {"daicho.policy.v1.INACTIVITY_BUCKET_NEEDS_CHECK", "要確認"},
    {"daicho.policy.v1.INACTIVITY_BUCKET_EXEMPT", "免除(特段の理由)"},
    {"daicho.policy.v1.INACTIVITY_BUCKET_NOT_RUNNING", "準備中・廃止手続中"},
    {"daicho.policy.v1.POSTING_FREQUENCY_DAILY", "毎日"},
    {"daicho.policy.v1.POSTING_FREQUENCY_WEEKLY", "週1回以上"},
    {"daicho.policy.v1.POSTING_FREQUENCY_MORE_THAN_MONTHLY", "月1回を超える"},
    {"daicho.policy.v1.POSTING_FREQUENCY_MONTHLY_OR_LESS", "月1回以下"},
    {"daicho.policy.v1.POSTING_FREQUENCY_SILENT_A_YEAR", "1年以上投稿なし"},
    {"daicho.policy.v1.POSTING_FREQUENCY_NEVER_POSTED", "投稿なし"},
    {"daicho.approval.v1.FormFinding.SEVERITY_BLOCK", "不可"},
    {"daicho.approval.v1.FormFinding.SEVERITY_WARN", "要理由"},
    {"daicho.approval.v1.FormFinding.SEVERITY_INFO", "参考"},
    {"daicho.policy.v1.SEVERITY_BLOCK", "不可"},
    {"daicho.policy.v1.SEVERITY_WARN", "要理由"},
    {"daicho.policy.v1.SEVERITY_INFO", "参考"},
    {"daicho.registry.v1.Account.STATE_PREPARING", "開設準備中"},
    {"daicho.registry.v1.Account.STATE_ACTIVE", "運用中"},
    {"daicho.registry.v1.Account.STATE_CLOSING", "廃止手続中"},
    {"daicho.registry.v1.Account.STATE_CLOSED", "廃止"},
    {"daicho.registry.v1.Account.STATE_MERGED", "統合"},
    {"daicho.registry.v1.Account.CONDITION_NORMAL", "正常"},
    {"daicho.registry.v1.Account.CONDITION_SUSPENDED_BY_PLATFORM", "凍結"},
    {"daicho.registry.v1.Account.CONDITION_SUSPENDED_INTERNALLY", "緊急停止"},
    {"daicho.registry.v1.Account.CONDITION_COMPROMISED", "乗っ取り"},
    {"daicho.registry.v1.GovernedFields.KIND_OFFICIAL", "公式アカウント"},
    {"daicho.registry.v1.GovernedFields.KIND_PERSONAL_EXCEPTION", "個人アカウント"},
    {"daicho.registry.v1.GovernedFields.OPERATOR_TYPE_DIRECT", "所属"},
    {"daicho.registry.v1.GovernedFields.OPERATOR_TYPE_COMMISSIONED", "受託団体"},
    {"daicho.registry.v1.GovernedFields.OPERATOR_TYPE_AFFILIATED", "関係団体"},
    {"daicho.registry.v1.Closing.REASON_INACTIVE", "1年以上投稿がない"},
    {"daicho.registry.v1.Closing.REASON_TERM_ENDED", "運用期間の終了"},
    {"daicho.registry.v1.Closing.REASON_MERGED", "統合"},
    {"daicho.registry.v1.Closing.REASON_SECURITY", "セキュリティ上の脅威"},
    {"daicho.registry.v1.Closing.REASON_QUALITY", "品質が担保できない"},
    {"daicho.registry.v1.Closing.REASON_OTHER", "その他"},
    {"daicho.registry.v1.Origin.KIND_FORM", "協議書"},
    {"daicho.registry.v1.Origin.KIND_IMPORT", "既存台帳の取込み"},
    {"daicho.registry.v1.Incident.KIND_FLAMING", "炎上"},
    {"daicho.registry.v1.Incident.KIND_IMPERSONATION", "なりすまし"},
    {"daicho.registry.v1.Incident.KIND_TAMPERING", "改ざん"},
    {"daicho.registry.v1.Incident.KIND_TAKEOVER", "乗っ取り"},
    {"daicho.registry.v1.Incident.KIND_PLATFORM_SUSPENSION", "凍結"},
    {"daicho.registry.v1.Incident.KIND_MISTAKEN_POST", "誤投稿"},
    {"daicho.registry.v1.Incident.KIND_LEAK", "情報の漏えい"},
    {"daicho.registry.v1.Incident.STATE_OPEN", "対応中"},
    {"daicho.registry.v1.Incident.STATE_CLOSED", "完了"},
    {"daicho.registry.v1.Incident.STATE_WITHDRAWN", "取下げ"},
    {"daicho.registry.v1.IncidentAct.KIND_OPENED", "認知"},
    {"daicho.registry.v1.IncidentAct.KIND_DUTY_DONE", "実施"},
    {"daicho.registry.v1.IncidentAct.KIND_DUTY_NOT_NEEDED", "不要"},
    {"daicho.registry.v1.IncidentAct.KIND_NOTED", "経過"},
    {"daicho.registry.v1.IncidentAct.KIND_CLOSED", "完了"},
    {"daicho.registry.v1.IncidentAct.KIND_REOPENED", "再開"},
    {"daicho.registry.v1.IncidentAct.KIND_WITHDRAWN", "取下げ"},
    {"daicho.registry.v1.Department.KIND_PREFECTURAL_OFFICE", "知事部局"},
    {"daicho.registry.v1.Department.KIND_EDUCATION_BOARD", "教育委員会事務局"},
    {"daicho.registry.v1.Department.KIND_COMMISSIONED_BODY", "受託団体"},
    {"daicho.registry.v1.Department.KIND_AFFILIATED_BODY", "関係団体"},
    {"daicho.registry.v1.Department.KIND_OUT_OF_SCOPE", "対象外"},
    {"daicho.registry.v1.Reorganization.STATE_SCHEDULED", "予定"},
    {"daicho.registry.v1.Reorganization.STATE_IN_EFFECT", "実施済"},
    {"daicho.registry.v1.Reorganization.STATE_CANCELLED", "取消"},
    {"daicho.registry.v1.Reorganization.STATE_FAILED", "失敗"},
    {"daicho.registry.v1.DepartmentEffect.CHANGE_CREATED", "新設"},
    {"daicho.registry.v1.DepartmentEffect.CHANGE_ENDED", "廃止"},
    {"daicho.registry.v1.DepartmentEffect.CHANGE_RENAMED", "名称変更"},
    {"daicho.registry.v1.DepartmentEffect.CHANGE_PARENT", "上位変更"},
    {"daicho.registry.v1.DepartmentEffect.CHANGE_VIA", "経由変更"},
    {"daicho.registry.v1.TransferFinding.ROLE_ACCOUNT_MANAGER", "運用責任者"},
    {"daicho.registry.v1.TransferFinding.ROLE_OPERATOR", "運用担当者"},
    {"daicho.registry.v1.TransferFinding.ROLE_HEAD", "決裁 所属長"},
    {"daicho.registry.v1.TransferFinding.ROLE_DEPUTY", "決裁 代理者"},
    {"daicho.registry.v1.TransferFinding.ROLE_TEAM_LEADER", "決裁 リーダー"},
    {"daicho.registry.v1.TransferFinding.ROLE_GRANT_HOLDER", "利用を認められた職員"},
    {"daicho.registry.v1.LOOKUP_VERDICT_OFFICIAL", "公式"},
    {"daicho.registry.v1.LOOKUP_VERDICT_OFFICIAL_BUT_SUSPENDED", "公式(停止中)"},
    {"daicho.registry.v1.LOOKUP_VERDICT_COMPROMISED", "乗っ取り"},
    {"daicho.registry.v1.LOOKUP_VERDICT_FORMERLY_OFFICIAL", "かつて公式"},
    {"daicho.registry.v1.LOOKUP_VERDICT_UNCONFIRMED", "未確認"},
    {"daicho.registry.v1.LOOKUP_VERDICT_KNOWN_IMPERSONATION", "なりすまし"},
    {"daicho.registry.v1.LOOKUP_VERDICT_DEPARTMENT_HAS_NO_ACCOUNT", "アカウントなし"},
    {"daicho.registry.v1.LOOKUP_VERDICT_UNKNOWN", "台帳になし"},
};

template <std::size_t N>
const Label* Find(const Label (&labels)[N], absl::string_view key) {
  const auto* found = std::find_if(std::begin(labels), std::end(labels),
                                   [key](const Label& label) { return label.key == key; });
  return found == std::end(labels) ? nullptr : found;
}

// "content.fields.goals[0].metric" → "fields.goals.metric".
std::string Bare(absl::string_view path) {
  static const auto* const position = new re2::RE2(R"(\[\d+\])");
  std::string bare(absl::StripPrefix(path, "content."));
  re2::RE2::GlobalReplace(&bare, *position, "");
  return bare;
}

// "STATE_DRAFT" of enum State → "DRAFT": the prefix is the name of the value 0.
std::string WithoutPrefix(const google::protobuf::EnumValueDescriptor& value) {
  const auto* zero = value.type()->FindValueByNumber(0);
  absl::string_view prefix = zero == nullptr ? "" : absl::string_view(zero->name());
  if (!absl::ConsumeSuffix(&prefix, "UNSPECIFIED")) return value.name();
  return std::string(absl::StripPrefix(value.name(), prefix));
}

// A flattened value as people read it: enum values by name, times in Asia/Tokyo.
std::string Shown(const std::string& value, const FieldDescriptor* field) {
  if (field == nullptr) return value;
  if (field->enum_type() != nullptr) {
    const auto* named = field->enum_type()->FindValueByName(value);
    return named == nullptr ? value : EnumLabel(*named);
  }
  absl::Time time;
  if (field->message_type() != google::protobuf::Timestamp::descriptor() ||
      !absl::ParseTime(absl::RFC3339_full, value, &time, nullptr)) {
    return value;
  }
  return TimeText(wire::ToTimestamp(time));
}

std::ptrdiff_t Order(const std::string& path) {
  const Label* label = Find(kFields, Bare(path));
  return label == nullptr ? std::size(kFields) : label - kFields;
}

}  // namespace

std::string FieldLabel(absl::string_view path) {
  const Label* label = Find(kFields, Bare(path));
  return label == nullptr ? "" : std::string(label->ja);
}

std::string EnumLabel(const google::protobuf::EnumValueDescriptor& value) {
  if (value.number() == 0) return "";
  const Label* label = Find(kValues, value.full_name());
  return absl::StrCat(label == nullptr ? "" : label->ja, label == nullptr ? "" : " ",
                      WithoutPrefix(value));
}

absl::StatusOr<int> ParseEnum(const google::protobuf::EnumDescriptor& type, absl::string_view text,
                              absl::string_view flag) {
  const std::string wanted = absl::AsciiStrToUpper(text);
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const auto& value = *type.value(i);
    if (value.number() == 0) continue;
    if (wanted == value.name() || wanted == WithoutPrefix(value)) return value.number();
    names.push_back(WithoutPrefix(value));
  }
  const std::string all = absl::StrJoin(names, ", ");
  return WrongCommandLine(absl::StrCat("--", flag, " must be one of ", all, "."),
                          absl::StrCat("--", flag, " は次のいずれかです: ", all));
}

const FieldDescriptor* FieldAt(const Descriptor& type, absl::string_view path) {
  static const auto* const part = new re2::RE2(R"((\w+)(\[\d+\])?)");
  const Descriptor* at = &type;
  const FieldDescriptor* field = nullptr;
  for (const absl::string_view segment : absl::StrSplit(path, '.')) {
    std::string name, position;
    if (at == nullptr || !re2::RE2::FullMatch(re2::StringPiece(segment.data(), segment.size()),
                                              *part, &name, &position)) {
      return nullptr;
    }
    field = at->FindFieldByName(name);
    if (field == nullptr || (!position.empty() && !field->is_repeated())) return nullptr;
    at = field->message_type();
  }
  return field;
}

Details LabelledFields(const google::protobuf::Message& message) {
  std::vector<std::pair<std::string, std::string>> fields;
  int label_width = 0;
  for (auto& [path, value] : wire::Flatten(message)) {
    fields.emplace_back(path, value);
    label_width = std::max(label_width, DisplayWidth(FieldLabel(path)));
  }
  std::stable_sort(fields.begin(), fields.end(),
                   [](const auto& a, const auto& b) { return Order(a.first) < Order(b.first); });
  Details details;
  for (const auto& [path, value] : fields) {
    const std::string label = FieldLabel(path);
    const auto missing = static_cast<std::size_t>(label_width - DisplayWidth(label));
    details.emplace_back(absl::StrCat(label, std::string(missing, ' '), "  ", path),
                         Shown(value, FieldAt(*message.GetDescriptor(), path)));
  }
  return details;
}

}  // namespace daicho::cli
