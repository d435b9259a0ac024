#include "services/approval/document_words.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/civil.h"

namespace daicho::approval {
namespace {

using domain::Action;
using domain::ActKind;
using domain::AdviceKind;
using domain::StepKind;

struct Word {
  absl::string_view code;
  absl::string_view ja;
};

constexpr Word kPlatforms[] = {{"x", "X"},
                               {"facebook", "Facebook"},
                               {"instagram", "Instagram"},
                               {"youtube", "YouTube"},
                               {"line", "LINE"},
                               {"tiktok", "TikTok"},
                               {"threads", "Threads"},
                               {"bluesky", "Bluesky"},
                               {"other", "その他"}};

constexpr Word kCodes[] = {{"KIND_OFFICIAL", "公式アカウント"},
                           {"KIND_PERSONAL_EXCEPTION", "個人アカウント(例外)"},
                           {"OPERATOR_TYPE_DIRECT", "所属による直接の運用"},
                           {"OPERATOR_TYPE_COMMISSIONED", "受託団体による運用"},
                           {"OPERATOR_TYPE_AFFILIATED", "関係団体による運用"},
                           {"REASON_INACTIVE", "1年以上投稿がないため"},
                           {"REASON_TERM_ENDED", "運用期間が終了するため"},
                           {"REASON_MERGED", "他のアカウントに統合するため"},
                           {"REASON_SECURITY", "セキュリティ上の脅威があるため"},
                           {"REASON_QUALITY", "内容の質を確保できないため"},
                           {"REASON_OTHER", "その他"}};

template <std::size_t N>
std::string Find(const Word (&words)[N], const std::string& code) {
  for (const Word& word : words) {
    if (word.code == code) return std::string(word.ja);
  }
  return code;
}

}  // namespace

std::string WordOf(Action action) {
  switch (action) {
    case Action::kOpen:
      return "開設";
    case Action::kChange:
      return "変更";
    case Action::kClose:
      return "廃止";
    case Action::kGrant:
      return "利用申請";
  }
  return "";
}

std::string WordOf(ActKind kind) {
  switch (kind) {
    case ActKind::kCreated:
      return "起案";
    case ActKind::kUpdated:
      return "更新";
    case ActKind::kSubmitted:
      return "提出";
    case ActKind::kAgreed:
      return "承認・同意";
    case ActKind::kReturned:
      return "差戻し";
    case ActKind::kWithdrawn:
      return "取下げ";
    case ActKind::kApplied:
      return "台帳反映";
    case ActKind::kConflicted:
      return "台帳不一致";
    case ActKind::kRerouted:
      return "所属変更";
    case ActKind::kAgreedAsDeputy:
      return "代決";
    case ActKind::kReviewedAfterwards:
      return "後閲";
    case ActKind::kReturnedToStep:
      return "段階への差戻し";
    case ActKind::kPulledBack:
      return "引戻し";
    case ActKind::kAdvised:
      return "助言";
    case ActKind::kAnswered:
      return "助言への回答";
    case ActKind::kRejected:
      return "却下";
    case ActKind::kExpired:
      return "失効";
    case ActKind::kSubmittedUrgently:
      return "提出(即時停止)";
    case ActKind::kTransferred:
      return "異動";
    case ActKind::kSettled:
      return "台帳不一致の処理";
  }
  return "";
}

std::string WordOf(AdviceKind kind) {
  switch (kind) {
    case AdviceKind::kReconsider:
      return "再検討";
    case AdviceKind::kImprove:
      return "改善";
    case AdviceKind::kCloseOrMerge:
      return "廃止・統合";
  }
  return "";
}

std::string WordOf(StepKind kind) {
  switch (kind) {
    case StepKind::kHead:
      return "所属長";
    case StepKind::kVia:
      return "経由";
    case StepKind::kConcurrence:
      return "合議";
    case StepKind::kPrOffice:
      return "秘書課";
    case StepKind::kCirculation:
      return "回覧";
  }
  return "";
}

std::string StampDay(absl::Time time) {
  constexpr Word kEras[] = {{"令和", "R"}, {"平成", "H"}, {"昭和", "S"}};
  const absl::CivilDay day = TokyoDay(time);
  const std::string wareki = WarekiDay(day);
  for (const Word& era : kEras) {
    if (!absl::StartsWith(wareki, era.code)) continue;
    const std::string year = wareki.substr(era.code.size(), wareki.find("年") - era.code.size());
    return absl::StrCat(era.ja, year, ".", day.month(), ".", day.day());
  }
  return FormatDay(day);
}

std::string StampTime(absl::Time time) {
  const auto minutes = absl::ToInt64Minutes(time - StartOfTokyoDay(TokyoDay(time)));
  return absl::StrFormat("%s %d:%02d", StampDay(time), minutes / 60, minutes % 60);
}

std::string PlatformName(const std::string& id) { return Find(kPlatforms, id); }

std::string TextAt(const Fields& fields, const std::string& path) {
  const auto found = fields.find(path);
  return found == fields.end() ? "" : found->second;
}

std::string DayAt(const Fields& fields, const std::string& path) {
  const std::string text = TextAt(fields, path);
  const auto day = ParseDay(text);
  return day ? WarekiDay(*day) : text;
}

std::string PersonAt(const Fields& fields, const std::string& path) {
  const std::string title = TextAt(fields, path + ".title");
  const std::string name = TextAt(fields, path + ".display_name");
  const std::string subject = TextAt(fields, path + ".subject");
  return absl::StrCat(title, title.empty() || name.empty() ? "" : " ", name,
                      subject.empty() ? "" : absl::StrCat("(", subject, ")"));
}

std::string TermAt(const Fields& fields) {
  if (!TextAt(fields, "fields.term.permanent").empty()) return "常設";
  const std::string last_day = DayAt(fields, "fields.term.last_day");
  return last_day.empty() ? "" : absl::StrCat(last_day, "まで");
}

std::vector<std::string> EntriesAt(const Fields& fields, const std::string& path) {
  std::vector<std::string> entries;
  for (int i = 0;; ++i) {
    std::string entry = absl::StrCat(path, "[", i, "]");
    const auto next = fields.lower_bound(entry);
    if (next == fields.end() || !absl::StartsWith(next->first, entry)) return entries;
    entries.push_back(std::move(entry));
  }
}

std::string CodeInWords(const std::string& code) { return Find(kCodes, code); }

std::string FlagInWords(const std::string& flag) { return flag.empty() ? "なし" : "あり"; }

std::string AccountIn(const DocumentSource& source, const std::string& account) {
  const auto found = source.account_names.find(account);
  if (found == source.account_names.end() || found->second.empty()) return account;
  return absl::StrCat(found->second, "(", account, ")");
}

std::string NumberOf(const domain::Form& form) {
  return form.reception ? DisplayNumber(*form.reception) : "";
}

}  // namespace daicho::approval
