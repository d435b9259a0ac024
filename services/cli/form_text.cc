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

Details Head(const Form& form) {
  Details details = {{"協議書", form.name()},
                     {"状態", EnumLabel(form.state())},
                     {"所属", form.department()},
                     {"起案者", Named(form.drafter())},
                     {"版", form.etag()}};
  if (form.has_reception()) {
    details.emplace_back("受付", absl::StrCat(form.reception().display_number(), "  ",
                                              DayText(form.reception().received_on())));
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

std::string RouteText(const Form& form, int width) {
  if (form.steps().empty()) return "";
  Table table{{"", "段階", "所属", "所属名", "承認者", "日時"}, {}};
  for (int i = 0; i < form.steps_size(); ++i) {
    const auto& step = form.steps(i);
    table.rows.push_back({i == form.current_step() ? "→" : "", EnumLabel(step.kind()),
                          step.department(), step.department_display_name(), Named(step.decider()),
                          TimeText(step.decide_time())});
  }
  return Render(table, width);
}

std::string ChangesText(const Form& form, int width) {
  if (form.changes().empty()) return "";
  Table table{{"項目", "変更前", "変更後"}, {}};
  for (const auto& change : form.changes()) {
    const std::string label = FieldLabel(change.field());
    table.rows.push_back({label.empty() ? change.field() : label, change.before(), change.after()});
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
                      Section("変更前・変更後", ChangesText(form, width)));
}

std::string FormListText(const approval::v1::ListFormsResponse& list, int width) {
  Table table{{"更新日時", "区分", "状態", "所属", "アカウント名", "受付", "協議書"}, {}};
  for (const Form& form : list.forms()) {
    const auto& content = form.content();
    table.rows.push_back(
        {TimeText(form.update_time()), EnumLabel(content.action()), EnumLabel(form.state()),
         form.department(),
         content.has_fields() ? content.fields().display_name() : content.account(),
         form.reception().display_number(), form.name()});
  }
  return absl::StrCat(Render(table, width), list.total_size(), " 件\n");
}

std::string TimelineText(const Form& form, int width) {
  Table table{{"日時", "行為", "誰が", "役割", "コメント"}, {}};
  for (const auto& act : form.acts()) {
    table.rows.push_back({TimeText(act.act_time()), EnumLabel(act.kind()), Named(act.actor()),
                          EnumLabel(act.role()), act.comment()});
  }
  return absl::StrCat(Render(Details{{"協議書", form.name()}, {"状態", EnumLabel(form.state())}}),
                      Section("経過", Render(table, width)),
                      Section("経路", RouteText(form, width)));
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
