#include "services/cli/form_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/cli/labels.h"
#include "services/cli/table.h"
#include "services/cli/time.h"

namespace daicho::cli {
namespace {

using approval::v1::Form;

std::string Named(const registry::v1::Person& person) {
  if (person.subject().empty()) return person.display_name();
  return absl::StrCat(person.display_name(), person.display_name().empty() ? "" : " ", "(",
                      person.subject(), ")");
}

// A label, a heading's worth of space, and what is below it.
std::string Section(absl::string_view heading, const std::string& text) {
  return text.empty() ? "" : absl::StrCat("\n【", heading, "】\n", text);
}

void AddDates(const Form& form, Details* details) {
  if (form.has_reception()) {
    details->emplace_back("受付", absl::StrCat(form.reception().display_number(), "  ",
                                               DayText(form.reception().received_on())));
  }
  if (form.has_due_on()) details->emplace_back("期限", DayText(form.due_on()));
}

Details Head(const Form& form) {
  Details details = {{"協議書", form.name()},
                     {"状態", EnumLabel(form.state())},
                     {"所属", form.department()},
                     {"起案者", Named(form.drafter())},
                     {"版", form.etag()}};
  if (form.keeper().subject() != form.drafter().subject()) {
    details.insert(details.end() - 1, {"担当", Named(form.keeper())});
  }
  AddDates(form, &details);
  if (form.has_advice()) {
    details.emplace_back(
        "助言", absl::StrCat(EnumLabel(form.advice().kind()), "  ", DayText(form.advice().due_on()),
                             " まで\n", form.advice().text()));
  }
  if (form.has_application()) {
    details.emplace_back("台帳", form.application().account());
    if (!form.application().conflict_reason().empty()) {
      details.emplace_back("不一致", absl::StrCat(form.application().conflict_reason(), "\n",
                                                  form.application().conflict_message()));
    }
  }
  details.emplace_back("起案日時", TimeText(form.create_time()));
  details.emplace_back("更新日時", TimeText(form.update_time()));
  return details;
}

// The comment, after what the act has besides it.
std::string RemarkOf(const approval::v1::FormAct& act) {
  std::string text;
  if (act.has_advice()) {
    absl::StrAppend(&text, EnumLabel(act.advice().kind()), "、", DayText(act.advice().due_on()),
                    " まで: ");
  }
  if (!act.deputy_reason().empty()) absl::StrAppend(&text, "(", act.deputy_reason(), ") ");
  if (act.kind() == approval::v1::FormAct::KIND_RETURNED_TO_STEP) {
    absl::StrAppend(&text, "段階 ", act.to_step() + 1, " へ: ");
  }
  return absl::StrCat(text, act.comment());
}

bool IsCurrent(const Form& form, int step) {
  return std::find(form.current_steps().begin(), form.current_steps().end(), step) !=
         form.current_steps().end();
}

// "代決(課長 出張中、後閲済)", "代決(課長 出張中、後閲待ち 後任 新課長)"; empty when the decider
// decided in their own name.
std::string DeputyText(const approval::v1::RouteStep& step) {
  if (!step.has_absent()) return "";
  const bool moved = step.reviewer().subject() != step.absent().subject();
  return absl::StrCat("代決(", Named(step.absent()), " ", step.deputy_reason(), "、後閲",
                      step.has_review_time() ? "済" : "待ち", moved ? " 後任 " : "",
                      moved ? Named(step.reviewer()) : "", ")");
}

// "合議 CONCURRENCE T 7-4 (T-7-4)": what step it is, and which rules asked for it.
std::string StepText(const approval::v1::RouteStep& step) {
  std::string text = EnumLabel(step.kind());
  for (const auto& rule : step.asked_by()) {
    absl::StrAppend(&text, " ", rule.clause(), " (", rule.rule_id(), ")");
  }
  return text;
}

// "防災課(現 危機管理課)": as it was called, and who stands for it today.
std::string HeirText(const approval::v1::RouteStep& step) {
  if (step.heir().empty()) return step.department_display_name();
  return absl::StrCat(step.department_display_name(), "(現 ", step.heir_display_name(), ")");
}

std::string RouteText(const Form& form, int width) {
  if (form.steps().empty()) return "";
  Table table{{"", "番号", "段階", "所属", "所属名", "承認者", "日時", "代決"}, {}};
  for (int i = 0; i < form.steps_size(); ++i) {
    const auto& step = form.steps(i);
    table.rows.push_back({IsCurrent(form, i) ? "→" : "", absl::StrCat(i + 1), StepText(step),
                          step.department(), HeirText(step), Named(step.decider()),
                          TimeText(step.decide_time()), DeputyText(step)});
  }
  return Render(table, width);
}

// What a field is called; its path where it has no name.
std::string LabelOr(const std::string& field) {
  const std::string label = FieldLabel(field);
  return label.empty() ? field : label;
}

std::string ChangesText(const Form& form, int width) {
  if (form.changes().empty()) return "";
  Table table{{"項目", "変更前", "変更後"}, {}};
  for (const auto& change : form.changes()) {
    table.rows.push_back({LabelOr(change.field()), change.before(), change.after()});
  }
  return Render(table, width);
}

// What the guideline said at each submission, and when the PR office agreed.
std::string ActFindingsText(const Form& form, int width) {
  Table table{{"日時", "行為", "規則", "重さ", "項目", "指摘", "コメント"}, {}};
  for (const auto& act : form.acts()) {
    for (const auto& finding : act.findings()) {
      table.rows.push_back({TimeText(act.act_time()), EnumLabel(act.kind()),
                            absl::StrCat(finding.rule_id(), " (", finding.clause(), ")"),
                            EnumLabel(finding.severity()), LabelOr(finding.field()),
                            finding.message_ja(), act.comment()});
    }
  }
  return table.rows.empty() ? "" : Render(table, width);
}

std::string DifferencesText(const Form& form, int width) {
  if (form.application().differences().empty()) return "";
  Table table{{"項目", "提出時の台帳", "現在の台帳", "協議書"}, {}};
  for (const auto& one : form.application().differences()) {
    table.rows.push_back({LabelOr(one.field()), one.agreed_on(), one.ledger(), one.wanted()});
  }
  return Render(table, width);
}

std::string FactsText(const policy::v1::Finding& finding) {
  std::string text;
  for (const auto& [key, value] : finding.facts()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", key, "=", value);
  }
  return text;
}

}  // namespace

std::string FormText(const Form& form, int width) {
  return absl::StrCat(Render(Head(form)), Section("内容", Render(LabelledFields(form.content()))),
                      Section("経路", RouteText(form, width)),
                      Section("変更前・変更後", ChangesText(form, width)),
                      Section("ガイドラインの指摘", ActFindingsText(form, width)),
                      Section("台帳との不一致", DifferencesText(form, width)));
}

std::string FormListText(const approval::v1::ListFormsResponse& list, int width) {
  Table table{{"更新日時", "区分", "状態", "期限", "所属", "アカウント名", "受付", "協議書"}, {}};
  for (const Form& form : list.forms()) {
    const auto& content = form.content();
    table.rows.push_back(
        {TimeText(form.update_time()), EnumLabel(content.action()), EnumLabel(form.state()),
         DayText(form.due_on()), form.department(),
         content.has_fields() ? content.fields().display_name() : content.account(),
         form.reception().display_number(), form.name()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

std::string PreviewText(const approval::v1::PreviewRouteResponse& route, int width) {
  Form form;
  *form.mutable_steps() = route.steps();
  return RouteText(form, width);
}

std::string InboxText(const approval::v1::ListInboxResponse& inbox, int width) {
  Table table{{"期限", "", "状態", "区分", "所属", "アカウント名", "受付", "協議書"}, {}};
  for (const auto& entry : inbox.entries()) {
    const Form& form = entry.form();
    const auto& content = form.content();
    table.rows.push_back(
        {DayText(entry.due_on()), entry.overdue() ? "超過" : "", EnumLabel(form.state()),
         EnumLabel(content.action()), form.department(),
         content.has_fields() ? content.fields().display_name() : content.account(),
         form.reception().display_number(), form.name()});
  }
  const auto& counts = inbox.counts();
  return absl::StrCat(Render(table, width), "自分 ", counts.mine(), " 件、所属 ",
                      counts.department(), " 件、期限超過 ", counts.overdue(), " 件、後閲 ",
                      counts.review(), " 件、台帳との不一致 ", counts.conflict(),
                      " 件、助言への回答待ち ", counts.reminder(), " 件\n");
}

std::string LapsedText(const approval::v1::ExpireFormsResponse& lapsed) {
  std::string text;
  for (const std::string& form : lapsed.forms()) absl::StrAppend(&text, form, "\n");
  return absl::StrCat(text, lapsed.forms_size(), " 件を失効させました。\n");
}

std::string AbsencesText(const approval::v1::ListAbsencesResponse& list, int width) {
  Table table{{"所属", "不在の人", "初日", "最終日", "理由", "記録者", "終了", "不在"}, {}};
  for (const auto& absence : list.absences()) {
    table.rows.push_back({absence.department(), Named(absence.person()), DayText(absence.from_on()),
                          DayText(absence.until_on()), absence.reason(), Named(absence.recorder()),
                          TimeText(absence.end_time()), absence.name()});
  }
  return absl::StrCat(Render(table, width), list.absences_size(), " 件\n");
}

std::string TimelineText(const Form& form, int width) {
  Table table{{"日時", "行為", "誰が", "役割", "コメント"}, {}};
  for (const auto& act : form.acts()) {
    table.rows.push_back({TimeText(act.act_time()), EnumLabel(act.kind()), Named(act.actor()),
                          EnumLabel(act.role()), RemarkOf(act)});
  }
  Details head = {{"協議書", form.name()}, {"状態", EnumLabel(form.state())}};
  AddDates(form, &head);
  return absl::StrCat(Render(head), Section("経過", Render(table, width)),
                      Section("経路", RouteText(form, width)),
                      Section("ガイドラインの指摘", ActFindingsText(form, width)));
}

std::string FindingsText(const policy::v1::CheckFormResponse& answer) {
  std::string text = Render(
      Details{{"規程 Guideline", answer.guideline_version()},
              {"確認した規則 Rules", absl::StrCat(answer.rule_count())},
              {"指摘 Findings",
               answer.findings().empty() ? "なし None" : absl::StrCat(answer.findings_size())}});
  for (const auto& finding : answer.findings()) {
    Details details = {{"規則", absl::StrCat(finding.rule_id(), "  (", finding.clause(), ")  ",
                                             EnumLabel(finding.severity()))}};
    if (!finding.field().empty()) {
      details.emplace_back("項目",
                           absl::StrCat(FieldLabel(finding.field()), "  ", finding.field()));
    }
    details.emplace_back("内容", absl::StrCat(finding.message_ja(), "\n", finding.message()));
    details.emplace_back("対処", absl::StrCat(finding.remedy_ja(), "\n", finding.remedy()));
    if (!finding.facts().empty()) details.emplace_back("事実", FactsText(finding));
    absl::StrAppend(&text, "\n", Render(details));
  }
  return text;
}

bool Blocks(const policy::v1::CheckFormResponse& answer) {
  return std::any_of(answer.findings().begin(), answer.findings().end(), [](const auto& finding) {
    return finding.severity() == policy::v1::SEVERITY_BLOCK;
  });
}

}  // namespace daicho::cli
