// 利用方針 and 利用規約 of one account. What is the same for every account is worded here; the text
// of an agreed document must not change, so another wording begins on a day of its own and is
// chosen by the day of agreement.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/approval/document.h"
#include "services/approval/document_words.h"

namespace daicho::approval {
namespace {

using domain::Action;
using domain::Form;
using domain::State;
using paper::Block;
using paper::Field;
using paper::FieldTable;
using paper::Heading;
using paper::Listing;
using paper::Paragraph;

// What users may not do: the union of A 禁止事項 1–10, Y (10) ア–カ and M 2-(6) ①–⑥, each once.
constexpr const char* kProhibited[] = {
    "著作権、商標権その他の第三者の知的財産権を侵害するおそれのあるもの",    // A 1
    "個人の私生活に関わる情報など、プライバシーを侵害するおそれのあるもの",  // A 2
    "他者の名誉を傷つけ、又は社会的評価を下げるもの",                        // A 3
    "他者を侮辱するもの",                                                    // Y ア, M ①
    "運用する団体の信用又は品位を損なうおそれのあるもの",                    // A 4
    "わいせつな文章、画像等に当たるおそれのあるもの",                        // A 5
    "不正アクセスを助けるおそれのあるもの",                                  // A 6
    "人種、思想、信条等による差別、又は差別を助長するおそれのあるもの",      // A 7, Y イ, M ②
    "機密又は職務上知り得た秘密を含むもの",                                  // A 8
    "違法な行為、又は違法な行為をあおるもの",                                // Y ウ, M ③
    "根拠のないもの",                                                        // Y エ
    "事実に反するもの",                                                      // M ④
    "閲覧者に損害を与えようとするサイト、又はわいせつな内容を含むサイトへのリンク",  // Y オ, M ⑤
    "公の秩序又は善良の風俗に反するもの",                // A 9, Y カ, M ⑥
    "その他このアカウントへの投稿として適当でないもの",  // A 10
};

constexpr char kOwnership[] =
    "このアカウントで発信する文章、画像、動画等の知的財産権は、運用する団体又は正当な権利を有する者"
    "に"
    "帰属します。各サービスの共有の機能による場合、引用その他法令で認められる場合を除き、"
    "無断で複製、改変又は転用することはできません。利用者が投稿した内容の権利は、その利用者に帰属し"
    "ます。";

constexpr char kDisclaimer[] =
    "発信する情報には正確を期しますが、その完全性及び有用性を保証するものではありません。"
    "利用者がこのアカウントの情報を用いて行う行為、利用者の投稿、利用者間又は利用者と第三者との間の"
    "紛争、及び各サービスの停止、仕様の変更等によって生じた損害について、責任を負いません。";

std::string Otherwise(std::string text, const char* standard) {
  return text.empty() ? standard : std::move(text);
}

absl::Status CheckApplicable(const Form& form) {
  if (form.draft.action == Action::kOpen || form.draft.action == Action::kChange) {
    return absl::OkStatus();
  }
  return Refuse(
      absl::StatusCode::kFailedPrecondition, "DOCUMENT_NOT_APPLICABLE",
      {"A form that closes an account or grants its use has no usage policy and no terms of "
       "use. Print the form itself, or those of the form by which the account was opened or "
       "changed.",
       "廃止の協議書・利用申請書に利用方針・利用規約はありません。協議書を印刷するか、開設・変更の"
       "協議書を指定してください。"},
      {{"form", NameOf(form)}});
}

std::string PolicyNoticeOf(State state) {
  switch (state) {
    case State::kAgreed:
    case State::kApplied:
      return "";
    case State::kConflict:
      return "台帳不一致";
    case State::kWithdrawn:
      return "取下げ";
    case State::kRejected:
      return "却下";
    case State::kExpired:
      return "失効";
    case State::kNone:
    case State::kDraft:
    case State::kInRoute:
    case State::kUnderReview:
    case State::kAdvised:
    case State::kReturned:
    case State::kPulledBack:
      return "案";
  }
  return "案";
}

std::string LineOf(const domain::Enactment& enactment) {
  const std::string number = DisplayNumber(enactment.reception);
  if (!enactment.effective_on) return absl::StrCat("(", number, ")");
  return absl::StrCat(WarekiDay(*enactment.effective_on), "(", number, ")");
}

// 制定・改正: those before this form, and this one.
std::vector<Field::Part> HistoryOf(const DocumentSource& source) {
  std::vector<Field::Part> parts;
  const bool opened_here = source.form.draft.action == Action::kOpen;
  if (!opened_here && (source.history.empty() || source.history[0].action != Action::kOpen)) {
    parts.push_back({"制定", "台帳への登録より前"});
  }
  for (const domain::Enactment& enactment : source.history) {
    parts.push_back({enactment.action == Action::kOpen ? "制定" : "改正", LineOf(enactment)});
  }
  const std::string day = DayAt(source.form.draft.content, "effective_on");
  const std::string number = NumberOf(source.form);
  const bool agreed = AgreementOf(source.form).has_value();
  parts.push_back({opened_here ? "制定" : "改正",
                   agreed ? absl::StrCat(day, "(", number, ")") : absl::StrCat(day, "(予定)")});
  return parts;
}

std::string VersionOf(const Form& form) {
  const auto agreement = AgreementOf(form);
  if (!agreement) return "案(同意の前のもの)";
  return absl::StrCat(NumberOf(form), "、", WarekiDay(TokyoDay(agreement->time)), "同意\n協議書 ",
                      form.id, " 第", agreement->revision, "版");
}

paper::Document Begin(const DocumentSource& source, const std::string& what) {
  const Form& form = source.form;
  const std::string name = TextAt(form.draft.content, "fields.display_name");
  const std::string title = absl::StrCat(name.empty() ? "公式アカウント" : name, " ", what);
  const std::string number = NumberOf(form);
  const auto agreement = AgreementOf(form);
  return {.title = title,
          .header = number,
          .notice = PolicyNoticeOf(form.state),
          .created = agreement ? agreement->time : form.update_time,
          .blocks = {Heading{1, title}, Paragraph{source.department_name, paper::Align::kEnd}}};
}

std::string ListingPages(const Fields& content) {
  std::string pages;
  for (const std::string& entry : EntriesAt(content, "fields.listing_urls")) {
    absl::StrAppend(&pages, pages.empty() ? "" : "\n", TextAt(content, entry));
  }
  return pages;
}

// Their office, never their name: the policy is for the public.
std::string ManagerOf(const Fields& content) {
  const std::string title = TextAt(content, "fields.publishing_method.account_manager.title");
  return title.empty() ? "所属長が指定する運用責任者" : title;
}

std::vector<Field> OperatorOf(const DocumentSource& source) {
  const Fields& content = source.form.draft.content;
  std::vector<Field> fields = {
      {"運用主体", CodeInWords(TextAt(content, "fields.operator_type")), {}},
      {"所属", source.department_name, {}},
      {"担当所属", TextAt(content, "fields.publishing_method.publishing_department"), {}},
      {"責任者", ManagerOf(content), {}}};
  const std::string contractor = TextAt(content, "fields.contractor.display_name");
  if (!contractor.empty()) {
    fields.push_back({"受託者",
                      absl::StrCat(contractor, "(", DayAt(content, "fields.contractor.start_date"),
                                   "から", DayAt(content, "fields.contractor.end_date"), "まで)"),
                      {}});
  }
  return fields;
}

std::string PersonalDataOf(const Fields& content) {
  const std::string handling = TextAt(content, "fields.personal_data.handling");
  if (!handling.empty()) return handling;
  return TextAt(content, "fields.personal_data.collected").empty()
             ? "このアカウントでは、個人情報を収集しません。"
             : "個人情報は、法令に従って適正に取り扱います。";
}

}  // namespace

absl::StatusOr<paper::Document> PolicyDocument(const DocumentSource& source) {
  RETURN_IF_ERROR(CheckApplicable(source.form));
  const Fields& content = source.form.draft.content;
  paper::Document document = Begin(source, "利用方針");
  std::vector<Block>& blocks = document.blocks;
  int number = 0;
  const auto section = [&](const std::string& heading) {
    blocks.push_back(Heading{2, absl::StrCat(++number, " ", heading)});
  };
  const auto text = [&](const std::string& words) {
    blocks.push_back(Paragraph{words.empty() ? paper::kNothing : words});
  };
  section("アカウント名・種類・URL");
  blocks.push_back(FieldTable{
      "",
      {{"アカウント名", TextAt(content, "fields.display_name"), {}},
       {"ソーシャルメディアの種類", PlatformName(TextAt(content, "fields.platform")), {}},
       {"ユーザー名", TextAt(content, "fields.handle"), {}},
       {"URL", TextAt(content, "fields.url"), {}}}});
  section("目的");
  text(TextAt(content, "fields.purpose"));
  section("対象者");
  text(TextAt(content, "fields.audience"));
  section("発信内容");
  text(TextAt(content, "fields.topics"));
  section("運用主体・責任者");
  blocks.push_back(FieldTable{"", OperatorOf(source)});
  section("運用時間・頻度・緊急時の運用");
  blocks.push_back(
      FieldTable{"",
                 {{"運用時間", TextAt(content, "fields.publishing_method.operating_hours"), {}},
                  {"頻度", TextAt(content, "fields.publishing_method.frequency"), {}},
                  {"タイミング", TextAt(content, "fields.publishing_method.timing"), {}},
                  {"緊急時", TextAt(content, "fields.emergency_clause"), {}}}});
  section("意見・質問・コメントへの対応");
  text(TextAt(content, "fields.reply_policy"));
  section("コメント削除の基準");
  text(
      "利用規約の「利用上の遵守事項」に反する投稿は、投稿した方に知らせることなく、非表示にし、削除"
      "し、"
      "又は投稿した方の利用を制限することがあります。意見や批判であることだけを理由に削除することは"
      "ありません。");
  section("個人情報の取扱い");
  text(PersonalDataOf(content));
  section("なりすましへの対応");
  text(
      "このアカウントが本物であることは、次のページで確かめられます。なりすましを見つけたときは、"
      "サービスの管理者に削除を依頼し、公式ページでお知らせします。友達申請や個別のメッセージで、"
      "個人情報や金銭を求めることはありません。");
  text(ListingPages(content));
  section("知的財産権");
  text(Otherwise(TextAt(content, "fields.terms_of_use.ownership"), kOwnership));
  section("免責事項");
  text(Otherwise(TextAt(content, "fields.terms_of_use.disclaimer"), kDisclaimer));
  section("運用の停止・廃止");
  const std::string term = TermAt(content);
  text(absl::StrCat(
      "運用期間: ", term.empty() ? paper::kNothing : term,
      "\n安全上の脅威があるときその他必要なときは、予告なく運用を停止することがあります。"
      "アカウントを廃止するときは、事前にこのアカウント及び公式ページでお知らせします。"));
  section("方針の変更と周知");
  const std::string url = TextAt(content, "fields.policy_url");
  text(absl::StrCat("この方針は、必要に応じて変更します。変更したときは、",
                    url.empty() ? "公式ページ" : absl::StrCat("次のページ(", url, ")"),
                    "でお知らせします。"));
  section("問い合わせ先");
  text(absl::StrCat(source.department_name,
                    "\n窓口の連絡先は、上の「なりすましへの対応」に示すページに掲載しています。"));
  const std::string notes = TextAt(content, "fields.notes");
  blocks.push_back(Heading{2, "制定・改正年月日"});
  std::vector<Field> history = {{"制定・改正", "", HistoryOf(source)},
                                {"この版", VersionOf(source.form), {}}};
  if (!notes.empty()) history.push_back({"その他の留意事項", notes, {}});
  blocks.push_back(FieldTable{"", std::move(history)});
  return document;
}

absl::StatusOr<paper::Document> TermsDocument(const DocumentSource& source) {
  RETURN_IF_ERROR(CheckApplicable(source.form));
  const Fields& content = source.form.draft.content;
  paper::Document document = Begin(source, "利用規約");
  std::vector<Block>& blocks = document.blocks;
  blocks.push_back(Paragraph{"このアカウントを利用する方は、次の事項に同意したものとします。"});
  blocks.push_back(Heading{2, "ア 利用上の遵守事項"});
  blocks.push_back(Paragraph{
      "次に当たる投稿をしないでください。当たると認めたものは、予告なく削除することがあります。"});
  Listing prohibited;
  int number = 0;
  for (const char* what : kProhibited) {
    prohibited.items.push_back({absl::StrCat("(", ++number, ")"), what});
  }
  blocks.push_back(std::move(prohibited));
  const std::string obligations = TextAt(content, "fields.terms_of_use.obligations");
  if (!obligations.empty()) {
    blocks.push_back(Heading{3, "このアカウントで定める事項"});
    blocks.push_back(Paragraph{obligations});
  }
  blocks.push_back(Heading{2, "イ 知的財産権の帰属"});
  blocks.push_back(
      Paragraph{Otherwise(TextAt(content, "fields.terms_of_use.ownership"), kOwnership)});
  blocks.push_back(Heading{2, "ウ 免責事項"});
  blocks.push_back(
      Paragraph{Otherwise(TextAt(content, "fields.terms_of_use.disclaimer"), kDisclaimer)});
  blocks.push_back(Heading{2, "適用日・改正履歴"});
  blocks.push_back(FieldTable{"",
                              {{"適用日", DayAt(content, "effective_on"), {}},
                               {"制定・改正", "", HistoryOf(source)},
                               {"この版", VersionOf(source.form), {}}}});
  return document;
}

}  // namespace daicho::approval
