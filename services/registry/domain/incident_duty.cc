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

struct DutyText {
  absl::string_view id;
  absl::string_view ja;
  absl::string_view en;
};
constexpr DutyText kReport = {"superior_report", "上司への報告", "Report to the superior"};
constexpr DutyText kOffices = {"offices_contact", "秘書課とスマート県庁推進課への連絡",
                               "Contact the PR office and IT security"};
constexpr DutyText kSiteNotice = {"site_notice", "公式サイトでの周知と注意喚起",
                                  "Notice on the official site, public warning"};
constexpr DutyText kPress = {"press", "報道機関への資料提供", "Material for the press"};
constexpr DutyText kSecure = {"secure_access", "パスワードの変更と連携アプリの確認",
                              "Change passwords, look through linked apps"};
constexpr DutyText kCorrect = {"correction", "訂正と謝罪", "Correction and apology"};
constexpr DutyText kExplain = {"delay_explanation", "時間を要する旨の説明",
                               "Say that an answer takes time"};
constexpr DutyText kReview = {"review", "原因の分析と再発防止策の検討",
                              "Find the cause and what prevents it"};

constexpr Duty DutyOf(IncidentKind kind, const DutyText& text, absl::string_view clauses,
                      bool mandatory, int hours) {
  return {kind, text.id, text.ja, text.en, clauses, mandatory, hours};
}

// By kind, and within one in the order in which they are to be done.
constexpr Duty kDuties[] = {
    DutyOf(kFlaming, kReport, "T 5-6, T 6-2-1", kMandatory, kAtOnce),
    DutyOf(kFlaming, {"pr_office_contact", "秘書課への連絡", "Contact the PR office"}, "Y 3-3-1",
           kMandatory, kAtOnce),
    DutyOf(kFlaming,
           {"analysis", "問題となった内容の冷静な分析", "Look calmly at what was found fault with"},
           "T 6-2-1-1, M 6-4-1, U 4-1-1", kMandatory, kWithinADay),
    DutyOf(kFlaming, kCorrect, "T 6-2-1-2, M 6-4-1, Y 3-3-1, U 4-1-2", kWhenItApplies, kNoLimit),
    DutyOf(kFlaming, kExplain, "T 6-2-1-3, M 6-4-2, Y 3-3-2", kWhenItApplies, kNoLimit),
    DutyOf(kFlaming, {"moderation", "悪質な投稿の非表示・削除", "Hide or remove malicious posts"},
           "T 6-2-1-4", kWhenItApplies, kNoLimit),
    DutyOf(kFlaming, kReview, "U 4-1-4, U 6", kMandatory, kNoLimit),

    DutyOf(kImpersonation, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    DutyOf(kImpersonation, kOffices, "T 6-2-2-2, Y 3-4", kMandatory, kAtOnce),
    DutyOf(kImpersonation,
           {"removal_request", "運営者への削除依頼", "Ask the platform to remove it"},
           "T 6-2-2-3, M 6-3-1, U 4-3-1", kMandatory, kWithinADay),
    DutyOf(kImpersonation, kSiteNotice, "T 6-2-2-4, M 6-3-1, U 4-3-1", kMandatory, kWithinADay),
    DutyOf(kImpersonation, kPress, "T 6-2-2-4, M 6-3-2", kWhenItApplies, kNoLimit),
    DutyOf(kImpersonation, kReview, "T 8, U 6", kMandatory, kNoLimit),

    DutyOf(kTampering, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    DutyOf(kTampering, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    DutyOf(kTampering, kSecure, "T 4-5, M 4-4, U 5-6", kMandatory, kAtOnce),
    DutyOf(kTampering, {"restoration", "改ざんされた内容の復旧", "Restore what was altered"},
           "T 4-4, T 6-2-2", kMandatory, kWithinADay),
    DutyOf(kTampering, kSiteNotice, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    DutyOf(kTampering, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    DutyOf(kTampering, kReview, "T 8, U 6", kMandatory, kNoLimit),

    DutyOf(kTakeover, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    DutyOf(kTakeover, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    DutyOf(kTakeover,
           {"recovery_request", "運営者への停止・回復の依頼",
            "Ask the platform to stop it and give it back"},
           "T 5-9-4, T 6-2-2", kMandatory, kAtOnce),
    DutyOf(kTakeover, kSiteNotice, "T 6-2-2-4, U 5-2", kMandatory, kWithinADay),
    DutyOf(kTakeover, kSecure, "T 4-5, M 4-4, U 5-6", kMandatory, kWithinADay),
    DutyOf(kTakeover, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    DutyOf(kTakeover, kReview, "T 8, U 6", kMandatory, kNoLimit),

    DutyOf(kSuspension, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    DutyOf(kSuspension, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    DutyOf(kSuspension,
           {"appeal", "運営者への照会と異議申立て", "Ask the platform why, and appeal"}, "T 6-2-2",
           kMandatory, kWithinADay),
    DutyOf(kSuspension, kSiteNotice, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    DutyOf(kSuspension, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    DutyOf(kSuspension, kReview, "T 8, U 6", kMandatory, kNoLimit),

    DutyOf(kMistakenPost, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    DutyOf(kMistakenPost, kCorrect, "T 6-1-6, A 3-3-1, M 6-1, Y 3-1, U 3-5-1", kMandatory, kAtOnce),
    DutyOf(kMistakenPost, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    DutyOf(kMistakenPost, {"repeated_correction", "訂正の繰り返し", "Repeat the correction"},
           "U 3-5-2", kWhenItApplies, kNoLimit),
    DutyOf(kMistakenPost, kSiteNotice, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    DutyOf(kMistakenPost, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    DutyOf(kMistakenPost, kExplain, "T 6-2-1-3", kWhenItApplies, kNoLimit),
    DutyOf(kMistakenPost, kReview, "T 8, U 6", kMandatory, kNoLimit),

    DutyOf(kLeak, kReport, "T 6-2-2-1", kMandatory, kAtOnce),
    DutyOf(kLeak, {"content_removal", "漏えいした内容の削除", "Remove what leaked"},
           "T 4-5, Y 1-9-1", kMandatory, kAtOnce),
    DutyOf(kLeak, kOffices, "T 6-2-2-2", kMandatory, kAtOnce),
    DutyOf(kLeak,
           {"personal_data_desk", "個人情報の窓口への連絡", "Contact the desk for personal data"},
           "T 5-8, T 7-4", kWhenItApplies, kNoLimit),
    DutyOf(kLeak,
           {"apology_to_persons", "本人への説明と謝罪", "Explain and apologize to those concerned"},
           "T 4-6, M 2-5-1, Y 1-6-1", kWhenItApplies, kNoLimit),
    DutyOf(kLeak, kSiteNotice, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    DutyOf(kLeak, kPress, "T 6-2-2-4", kWhenItApplies, kNoLimit),
    DutyOf(kLeak, kReview, "T 8, U 6", kMandatory, kNoLimit),
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
