#include "services/policy/compare.h"

#include <google/protobuf/util/message_differencer.h>

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/wire/fields.h"
#include "services/policy/wire.h"

namespace daicho::policy {
namespace {

using google::protobuf::util::MessageDifferencer;

v1::Rule WithoutWords(v1::Rule rule) {
  rule.clear_message();
  rule.clear_message_ja();
  rule.clear_remedy();
  rule.clear_remedy_ja();
  return rule;
}

v1::RuleChange::Kind ChangeOf(const v1::Rule* before, const v1::Rule* after) {
  if (before == nullptr) return v1::RuleChange::KIND_ADDED;
  if (after == nullptr) return v1::RuleChange::KIND_REMOVED;
  if (!MessageDifferencer::Equals(WithoutWords(*before), WithoutWords(*after))) {
    return v1::RuleChange::KIND_CHANGED;
  }
  return MessageDifferencer::Equals(*before, *after) ? v1::RuleChange::KIND_UNSPECIFIED
                                                     : v1::RuleChange::KIND_REWORDED;
}

// By rule, field and weight: the same finding in other words has not changed.
std::string KeyOf(const domain::Finding& finding) {
  return absl::StrCat(finding.rule_id, "\n", finding.field, "\n",
                      static_cast<int>(finding.severity));
}

// The findings of `findings` that `others` does not have.
void AddMissing(const domain::Findings& findings, const domain::Findings& others,
                const std::string& version,
                google::protobuf::RepeatedPtrField<v1::Finding>* missing) {
  std::set<std::string> known;
  for (const domain::Finding& other : others.findings) known.insert(KeyOf(other));
  for (const domain::Finding& finding : findings.findings) {
    if (known.count(KeyOf(finding)) == 0) *missing->Add() = wire::ToProto(finding, version);
  }
}

}  // namespace

Comparer::Comparer(const LoadedGuideline& before, const LoadedGuideline& after,
                   absl::CivilDay today)
    : before_(before), after_(after), today_(today) {
  comparison_.set_old_version(before.domain.version);
  comparison_.set_new_version(after.domain.version);
  std::map<std::string, std::pair<const v1::Rule*, const v1::Rule*>> rules;
  for (const v1::Rule& rule : before.proto.rules()) rules[rule.id()].first = &rule;
  for (const v1::Rule& rule : after.proto.rules()) rules[rule.id()].second = &rule;
  const bool same_ladder = MessageDifferencer::Equals(before.proto.ladder(), after.proto.ladder());
  for (const auto& [id, pair] : rules) {
    v1::RuleChange::Kind kind = ChangeOf(pair.first, pair.second);
    // What counts as silence is not in the rules about it.
    const bool stays = pair.first != nullptr && pair.second != nullptr;
    if (stays && pair.second->has_inactivity() && !same_ladder) {
      kind = v1::RuleChange::KIND_CHANGED;
    }
    if (kind == v1::RuleChange::KIND_UNSPECIFIED) continue;
    v1::RuleChange& change = *comparison_.add_rules();
    change.set_rule_id(id);
    change.set_kind(kind);
  }
}

void Comparer::AddForm(const approval::v1::Form& form, const std::string& department_kind) {
  const Fields fields = daicho::wire::Flatten(form.content());
  Add(form.name(), form.content().fields().display_name(), {fields, department_kind, today_});
}

void Comparer::AddAccount(const v1::AccountToCheck& account, const std::string& department_kind) {
  if (account.account().state() != registry::v1::Account::STATE_ACTIVE) return;
  const Fields fields = daicho::wire::Flatten(account);
  Add(account.account().name(), account.account().fields().display_name(),
      {fields, department_kind, today_, domain::SubjectKind::kAccount});
}

void Comparer::Add(const std::string& resource, const std::string& display_name,
                   const domain::Subject& subject) {
  comparison_.set_subject_count(comparison_.subject_count() + 1);
  const domain::Findings before = Evaluate(before_.domain, subject);
  const domain::Findings after = Evaluate(after_.domain, subject);
  v1::FindingsChange change;
  AddMissing(after, before, after_.domain.version, change.mutable_appeared());
  AddMissing(before, after, before_.domain.version, change.mutable_gone());
  if (change.appeared().empty() && change.gone().empty()) return;
  change.set_resource(resource);
  change.set_display_name(display_name);
  *comparison_.add_changes() = std::move(change);
}

}  // namespace daicho::policy
