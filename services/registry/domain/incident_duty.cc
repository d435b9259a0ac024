#include "services/registry/domain/incident_duty.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace daicho::registry::domain {
namespace {

constexpr auto kFlaming = IncidentKind::kFlaming;
constexpr auto kImpersonation = IncidentKind::kImpersonation;
constexpr auto kTampering = IncidentKind::kTampering;
constexpr auto kTakeover = IncidentKind::kTakeover;
constexpr auto kSuspension = IncidentKind::kPlatformSuspension;
constexpr auto kMistakenPost = IncidentKind::kMistakenPost;
constexpr auto kLeak = IncidentKind::kLeak;

constexpr bool kMandatory = true;
constexpr bool kWhenItApplies = false;

// The texts say 直ちに and 速やかに, and name no hours: what is said to somebody in the house or
// stops the harm comes at once, the rest within the day.
constexpr int kAtOnce = 3;
constexpr int kWithinADay = 24;
constexpr int kNoLimit = 0;

struct Act {
  absl::string_view id;
  absl::string_view ja;
  absl::string_view en;
};
constexpr Act kReport = {"superior_report", "上司への報告", "Report to the superior"};
constexpr Act kOffices = {"offices_contact", "秘書課とスマート県庁推進課への連絡",
                          "Contact the PR office and IT security"};
constexpr Act kSiteNotice = {"site_notice", "公式サイトでの周知と注意喚起",
                             "Notice on the official site, public warning"};
constexpr Act kPress = {"press", "報道機関への資料提供", "Material for the press"};
constexpr Act kSecure = {"secure_access", "パスワードの変更と連携アプリの確認",
                         "Change passwords, look through linked apps"};
constexpr Act kCorrect = {"correction", "訂正と謝罪", "Correction and apology"};
constexpr Act kExplain = {"delay_explanation", "時間を要する旨の説明",
                          "Say that an answer takes time"};
constexpr Act kReview = {"review", "原因の分析と再発防止策の検討",
                         "Find the cause and what prevents it"};

constexpr Duty Of(IncidentKind kind, const Act& act, absl::string_view clauses, bool mandatory,
                  int hours) {
  return {kind, act.id, act.ja, act.en, clauses, mandatory, hours};
}

// By kind, and within one in the order in which they are to be done.
constexpr Duty kDuties[] = {
    Of(kFlaming, kReport, "T 5-6, T 6-2-1", kMandatory, kAtOnce),
    Of(kFlaming, {"pr_office_contact", "秘書課への連絡", "Contact the PR office"}, "Y 3-3-1",
       kMandatory, kAtOnce),
    Of(kFlaming,
       {"analysis", "問題となった内容の冷静な分析", "Look calmly at what was found fault with"},
       "T 6-2-1-1, M 6-4-1, U 4-1-1", kMandatory, kWithinADay),
    Of(kFlaming, kCorrect, "T 6-2-1-2, M 6-4-1, Y 3-3-1, U 4-1-2", kWhenItApplies, kNoLimit),
    Of(kFlaming, kExplain, "T 6-2-1-3, M 6-4-2, Y 3-3-2", kWhenItApplies, kNoLimit),
    Of(kFlaming, {"moderation", "悪質な投稿の非表示・削除", "Hide or remove malicious posts"},
       "T 6-2-1-4", kWhenItApplies, kNoLimit),
    Of(kFlaming, kReview, "U 4-1-4, U 6", kMandatory, kNoLimit),

    Of(kImpersonation, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    Of(kImpersonation, kOffices, "T 6-2-2-2, Y 3-4", kMandatory, kAtOnce),
    Of(kImpersonation, {"removal_request", "運営者への削除依頼", "Ask the platform to remove it"},
       "T 6-2-2-3, M 6-3-1, U 4-3-1", kMandatory, kWithinADay),
    Of(kImpersonation, kSiteNotice, "T 6-2-2-4, M 6-3-1, U 4-3-1", kMandatory, kWithinADay),
    Of(kImpersonation, kPress, "T 6-2-2-4, M 6-3-2", kWhenItApplies, kNoLimit),
    Of(kImpersonation, kReview, "T 8, U 6", kMandatory, kNoLimit),

    Of(kTampering, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    Of(kTampering, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    Of(kTampering, kSecure, "T 4-5, M 4-4, U 5-6", kMandatory, kAtOnce),
    Of(kTampering, {"restoration", "改ざんされた内容の復旧", "Restore what was altered"},
       "T 4-4, T 6-2-2", kMandatory, kWithinADay),
    Of(kTampering, kSiteNotice, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    Of(kTampering, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    Of(kTampering, kReview, "T 8, U 6", kMandatory, kNoLimit),

    Of(kTakeover, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    Of(kTakeover, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    Of(kTakeover,
       {"recovery_request", "運営者への停止・回復の依頼",
        "Ask the platform to stop it and give it back"},
       "T 5-9-4, T 6-2-2", kMandatory, kAtOnce),
    Of(kTakeover, kSiteNotice, "T 6-2-2-4, U 5-2", kMandatory, kWithinADay),
    Of(kTakeover, kSecure, "T 4-5, M 4-4, U 5-6", kMandatory, kWithinADay),
    Of(kTakeover, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    Of(kTakeover, kReview, "T 8, U 6", kMandatory, kNoLimit),

    Of(kSuspension, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    Of(kSuspension, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    Of(kSuspension, {"appeal", "運営者への照会と異議申立て", "Ask the platform why, and appeal"},
       "T 6-2-2", kMandatory, kWithinADay),
    Of(kSuspension, kSiteNotice, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    Of(kSuspension, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    Of(kSuspension, kReview, "T 8, U 6", kMandatory, kNoLimit),

    Of(kMistakenPost, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    Of(kMistakenPost, kCorrect, "T 6-1-6, A 3-3-1, M 6-1, Y 3-1, U 3-5-1", kMandatory, kAtOnce),
    Of(kMistakenPost, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    Of(kMistakenPost, {"repeated_correction", "訂正の繰り返し", "Repeat the correction"}, "U 3-5-2",
       kWhenItApplies, kNoLimit),
    Of(kMistakenPost, kSiteNotice, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    Of(kMistakenPost, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    Of(kMistakenPost, kExplain, "T 6-2-1-3", kWhenItApplies, kNoLimit),
    Of(kMistakenPost, kReview, "T 8, U 6", kMandatory, kNoLimit),

    Of(kLeak, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    Of(kLeak, {"content_removal", "漏えいした内容の削除", "Remove what leaked"}, "T 4-5, Y 1-9-1",
       kMandatory, kAtOnce),
    Of(kLeak, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    Of(kLeak,
       {"personal_data_desk", "個人情報の窓口への連絡", "Contact the desk for personal data"},
       "T 5-8, T 7-4", kWhenItApplies, kNoLimit),
    Of(kLeak,
       {"apology_to_persons", "本人への説明と謝罪", "Explain and apologize to those concerned"},
       "T 4-6, M 2-5-1, Y 1-6-1", kWhenItApplies, kNoLimit),
    Of(kLeak, kSiteNotice, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    Of(kLeak, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    Of(kLeak, kReview, "T 8, U 6", kMandatory, kNoLimit),
};

}  // namespace

absl::string_view ToText(IncidentKind kind) {
  switch (kind) {
    case kFlaming:
      return "FLAMING";
    case kImpersonation:
      return "IMPERSONATION";
    case kTampering:
      return "TAMPERING";
    case kTakeover:
      return "TAKEOVER";
    case kSuspension:
      return "PLATFORM_SUSPENSION";
    case kMistakenPost:
      return "MISTAKEN_POST";
    case kLeak:
      return "LEAK";
  }
  return "";
}

std::optional<IncidentKind> ParseIncidentKind(absl::string_view text) {
  for (const IncidentKind kind : kAllIncidentKinds) {
    if (ToText(kind) == text) return kind;
  }
  return std::nullopt;
}

absl::Span<const Duty> DutiesOf(IncidentKind kind) {
  const auto of_kind = [kind](const Duty& duty) { return duty.kind == kind; };
  const auto* const first = std::find_if(std::begin(kDuties), std::end(kDuties), of_kind);
  const auto* const last = std::find_if_not(first, std::end(kDuties), of_kind);
  return absl::MakeConstSpan(first, last);
}

const Duty* FindDuty(IncidentKind kind, absl::string_view id) {
  for (const Duty& duty : DutiesOf(kind)) {
    if (duty.id == id) return &duty;
  }
  return nullptr;
}

std::vector<std::string> ClausesOf(const Duty& duty) { return absl::StrSplit(duty.clauses, ", "); }

bool IsClause(absl::string_view text) {
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
  if (words.size() != 2 || words[0].size() != 1 || !absl::ascii_isupper(words[0][0])) return false;
  for (const absl::string_view part : absl::StrSplit(words[1], '-')) {
    if (part.empty() || part.size() > 3 ||
        !(part == "N" || std::all_of(part.begin(), part.end(), absl::ascii_isdigit))) {
      return false;
    }
  }
  return true;
}

}  // namespace daicho::registry::domain
