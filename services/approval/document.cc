#include "services/approval/document.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/civil.h"
#include "services/approval/document_items.h"
#include "services/approval/document_words.h"

namespace daicho::approval {
namespace {

using domain::Act;
using domain::ActKind;
using domain::Form;
using domain::State;
using domain::Step;
using domain::StepKind;

// Across each page of a form that is neither on its way nor in effect.
std::string NoticeOf(State state) {
  switch (state) {
    case State::kDraft:
      return "下書き";
    case State::kReturned:
      return "差戻し";
    case State::kPulledBack:
      return "引戻し";
    case State::kWithdrawn:
      return "取下げ";
    case State::kRejected:
      return "却下";
    case State::kConflict:
      return "台帳不一致";
    case State::kExpired:
      return "失効";
    case State::kNone:
    case State::kInRoute:
    case State::kUnderReview:
    case State::kAdvised:
    case State::kAgreed:
    case State::kApplied:
      return "";
  }
  return "";
}

// "秘書課長 様", "秘書課(広報戦略担当) 御中"; as it is when it has a title already.
std::string Addressed(const std::string& addressee) {
  if (addressee.empty()) return "(宛先 記載なし)";
  for (const char* end : {"様", "殿", "御中", "宛", "あて"}) {
    if (absl::EndsWith(addressee, end)) return addressee;
  }
  return absl::StrCat(addressee, absl::EndsWith(addressee, "長") ? " 様" : " 御中");
}

// Who decided at the step, as a stamp says it.
paper::Stamps::Box BoxOf(const Step& step) {
  paper::Stamps::Box box = {WordOf(step.kind), "", {}};
  if (step.decider) box.name = step.decider->display_name;
  box.lines.push_back(step.department_display_name);
  if (step.decide_time) box.lines.push_back(StampDay(*step.decide_time));
  if (!step.deputy) return box;
  box.lines.push_back("代決");
  box.lines.push_back(step.deputy->review_time
                          ? absl::StrCat("後閲 ", StampDay(*step.deputy->review_time))
                          : "後閲 未了");
  return box;
}

// Y 2-2 asks for an application and gives no form.
const char* FormCodeOf(domain::Action action) {
  return action == domain::Action::kGrant ? "利用申請書" : "様式第1号";
}

// 却下; null when the form was not rejected. A head may read afterwards what a deputy agreed to.
const Act* RejectionOf(const Form& form) {
  const auto found = std::find_if(form.acts.rbegin(), form.acts.rend(),
                                  [](const Act& act) { return act.kind == ActKind::kRejected; });
  return found == form.acts.rend() ? nullptr : &*found;
}

paper::Stamps StampsOf(const DocumentSource& source) {
  const Form& form = source.form;
  paper::Stamps stamps = {"決裁欄", FormCodeOf(source.form.draft.action), {}};
  stamps.boxes.push_back(
      {"起案", form.drafter.display_name, {source.department_name, StampDay(form.create_time)}});
  for (const Step& step : form.steps) stamps.boxes.push_back(BoxOf(step));
  // 却下 is in the box of whoever rejected it.
  const Act* rejection = RejectionOf(form);
  if (rejection == nullptr) return stamps;
  const auto box = static_cast<std::size_t>(rejection->step) + 1;
  if (rejection->step < 0 || box >= stamps.boxes.size()) return stamps;
  stamps.boxes[box].name = rejection->actor.display_name;
  stamps.boxes[box].lines.push_back(StampDay(rejection->time));
  stamps.boxes[box].lines.push_back("却下");
  return stamps;
}

std::string ActionBoxes(domain::Action action) {
  if (action == domain::Action::kGrant) return WordOf(action);  // Y 2-2: a form of its own.
  std::string boxes;
  for (const auto one : {domain::Action::kOpen, domain::Action::kChange, domain::Action::kClose}) {
    absl::StrAppend(&boxes, boxes.empty() ? "" : "  ", one == action ? "■" : "□", WordOf(one));
  }
  return boxes;
}

std::string DepartmentsAt(const Form& form, StepKind kind) {
  std::string names;
  for (const Step& step : form.steps) {
    if (step.kind != kind) continue;
    absl::StrAppend(&names, names.empty() ? "" : "、", step.department_display_name);
  }
  return names;
}

// 5 経由, with the desks that concur and those that get a copy.
paper::Field RouteOf(const Form& form) {
  if (form.steps.empty()) return {"5 経由", "提出の際に定まります。", {}};
  paper::Field field = {"5 経由", "", {}};
  for (const StepKind kind : {StepKind::kVia, StepKind::kConcurrence, StepKind::kCirculation}) {
    const std::string names = DepartmentsAt(form, kind);
    field.parts.push_back({WordOf(kind), names.empty() ? "なし" : names});
  }
  return field;
}

// Items 1 to 28.
paper::FieldTable TableOf(const DocumentSource& source) {
  const Fields& content = source.form.draft.content;
  paper::FieldTable table;
  table.fields = {
      {"1 協議区分", ActionBoxes(source.form.draft.action), {}},
      {"2 協議年月日", DayAt(content, "submitted_on"), {}},
      {"3 宛先", TextAt(content, "addressee"), {}},
      {"4 所属名・所属長",
       "",
       {{"所属名", source.department_name}, {"所属長", TextAt(content, "department_head")}}},
      RouteOf(source.form)};
  for (paper::Field& field : ItemsOf(source)) table.fields.push_back(std::move(field));
  return table;
}

void AppendAdvice(const Act& act, std::vector<paper::Field::Part>& parts) {
  if (act.kind == ActKind::kAdvised && act.advice) {
    parts.push_back(
        {"助言", absl::StrCat(WordOf(act.advice->kind), "(", WarekiDay(TokyoDay(act.time)),
                              "、回答期限 ", WarekiDay(act.advice->due_on), ")\n", act.comment)});
  }
  if (act.kind == ActKind::kAnswered) {
    parts.push_back({"回答", absl::StrCat(WarekiDay(TokyoDay(act.time)), "\n", act.comment)});
  }
}

// The warnings in spite of which the PR office agreed, and why it did.
std::string WarningsOf(const Act& agreement) {
  std::string text;
  for (const domain::Finding& finding : agreement.findings) {
    if (finding.severity != domain::Severity::kWarn) continue;
    absl::StrAppend(&text, "\n[", finding.clause, "] ", finding.message_ja);
  }
  return text.empty() ? "" : absl::StrCat("\n注意事項", text, "\n同意の理由: ", agreement.comment);
}

std::string Outcome(const Form& form) {
  if (const Act* rejection = RejectionOf(form); rejection != nullptr) {
    return absl::StrCat("却下(", WarekiDay(TokyoDay(rejection->time)), ")");
  }
  const auto agreement = AgreementOf(form);
  if (!agreement) return "";
  return absl::StrCat("同意(", WarekiDay(TokyoDay(agreement->time)), ")",
                      WarningsOf(form.acts[static_cast<std::size_t>(agreement->revision) - 1]));
}

std::string LedgerEntry(const Form& form) {
  if (!form.application) return "";
  const std::string day = WarekiDay(TokyoDay(form.application->time));
  if (form.application->conflict_reason.empty()) {
    return absl::StrCat(day, " 反映\n", form.application->account);
  }
  return absl::StrCat(day, " 不一致のため反映せず\n", form.application->conflict_message);
}

std::string OrDash(std::string text) { return text.empty() ? "―" : std::move(text); }

// 29 秘書課処理欄. T 5-3.
paper::FieldTable OfficeTable(const Form& form) {
  std::vector<paper::Field::Part> parts = {
      {"受付番号", OrDash(NumberOf(form))},
      {"受付年月日", form.reception ? WarekiDay(form.reception->received_on) : "―"}};
  for (const Act& act : form.acts) AppendAdvice(act, parts);
  if (parts.size() == 2) {
    parts.push_back({"助言", "―"});
  }
  parts.push_back({"結果", OrDash(Outcome(form))});
  parts.push_back({"台帳", OrDash(LedgerEntry(form))});
  return {"", {{"29 秘書課処理欄", "", std::move(parts)}}};
}

// What a path of a form outside its content is called: "steps[0].reviewer".
std::string PlaceOf(const std::string& path) {
  if (path == "keeper") return "担当";
  if (path == "department") return "所属";
  absl::string_view rest = path;
  const std::size_t end = path.find("].");
  int step = 0;
  if (!absl::ConsumePrefix(&rest, "steps[") || end == path.npos ||
      !absl::SimpleAtoi(rest.substr(0, rest.find(']')), &step)) {
    return LabelOf(path);
  }
  const absl::string_view what = absl::string_view(path).substr(end + 2);
  return absl::StrCat("経路の", step + 1, "番目の",
                      what == "reviewer" ? "後閲"
                      : what == "heir"   ? "引継ぎ先"
                                         : "所属");
}

// 組織改編 and 異動 say by paths what followed.
std::string FollowedText(const std::string& comment) {
  std::vector<std::string> lines;
  for (const absl::string_view note : absl::StrSplit(comment, "; ")) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(note, absl::MaxSplits(": ", 1));
    lines.push_back(absl::StrCat(PlaceOf(parts.first), ": ", parts.second));
  }
  return absl::StrJoin(lines, "\n");
}

std::string RemarkOf(const Act& act) {
  if (act.kind == ActKind::kRerouted || act.kind == ActKind::kTransferred) {
    return FollowedText(act.comment);
  }
  std::string remark;
  if (!act.deputy_reason.empty()) remark = absl::StrCat("不在の理由: ", act.deputy_reason);
  if (act.comment.empty()) return remark;
  return absl::StrCat(remark, remark.empty() ? "" : "\n", act.comment);
}

std::string NameOf(const domain::Person& person) {
  if (!person.display_name.empty()) return person.display_name;
  return absl::StartsWith(person.subject, "services/") ? "システム" : person.subject;
}

paper::DataTable HistoryOf(const Form& form) {
  paper::DataTable table{
      "別表 処理の経過", {{"日時", 2.2}, {"処理", 1.8}, {"氏名", 1.8}, {"意見・理由", 4.2}}, {}};
  for (const Act& act : form.acts) {
    if (act.kind == ActKind::kUpdated) continue;
    table.rows.push_back({StampTime(act.time), WordOf(act.kind), NameOf(act.actor), RemarkOf(act)});
  }
  return table;
}

std::string TitleOf(const Form& form) {
  return absl::StrCat("ソーシャルメディア公式アカウント", WordOf(form.draft.action),
                      form.draft.action == domain::Action::kGrant ? "書" : "協議書");
}

std::string RequestOf(domain::Action action) {
  if (action == domain::Action::kGrant) return "\u3000次のとおり公式アカウントの利用を申請します。";
  return absl::StrCat("\u3000次のとおり公式アカウントを", WordOf(action),
                      "したいので、協議します。");
}

}  // namespace

std::optional<Agreement> AgreementOf(const Form& form) {
  if (form.state != State::kAgreed && form.state != State::kApplied &&
      form.state != State::kConflict) {
    return std::nullopt;
  }
  for (std::size_t i = form.acts.size(); i > 0; --i) {
    const Act& act = form.acts[i - 1];
    if (act.kind != ActKind::kAgreed && act.kind != ActKind::kAgreedAsDeputy) continue;
    return Agreement{static_cast<std::int64_t>(i), act.time};
  }
  return std::nullopt;
}

paper::Document FormDocument(const DocumentSource& source) {
  const Form& form = source.form;
  const Fields& content = form.draft.content;
  const std::string number = NumberOf(form);
  const std::string submitted_on = DayAt(content, "submitted_on");
  const std::string head = TextAt(content, "department_head");
  paper::Document document = {
      .title = TitleOf(form),
      .header = absl::StrCat("協議書 ", form.id, number.empty() ? "" : "  ", number),
      .notice = NoticeOf(form.state),
      .created = form.update_time};
  auto& blocks = document.blocks;
  blocks = {StampsOf(source),
            paper::Paragraph{submitted_on.empty() ? "令和\u3000年\u3000月\u3000日" : submitted_on,
                             paper::Align::kEnd},
            paper::Paragraph{Addressed(TextAt(content, "addressee"))},
            paper::Paragraph{absl::StrCat(source.department_name, "\n", head), paper::Align::kEnd},
            paper::Heading{1, TitleOf(form)},
            paper::Paragraph{RequestOf(form.draft.action)},
            TableOf(source),
            OfficeTable(form)};
  if (!form.changes.empty()) {
    blocks.push_back(paper::DataTable{"別表 変更前・変更後",
                                      {{"項目", 3}, {"変更前", 3.5}, {"変更後", 3.5}},
                                      ChangesOf(form.changes)});
  }
  blocks.push_back(HistoryOf(form));
  return document;
}

}  // namespace daicho::approval
