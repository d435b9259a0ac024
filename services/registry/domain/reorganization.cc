#include "services/registry/domain/reorganization.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/civil.h"

namespace daicho::registry::domain {
namespace {

std::string DepartmentName(const std::string& code) {
  return code.empty() ? "" : absl::StrCat("departments/", code);
}

// What an event compares.
Fields FactsOf(const Department& department) {
  Fields facts = {{"display_name", department.display_name},
                  {"kana", department.kana},
                  {"kind", std::string(ToText(department.kind))},
                  {"parent", DepartmentName(department.parent)},
                  {"via_department", DepartmentName(department.via)},
                  {"page_url", department.page_url},
                  {"contact_desk", department.contact_desk},
                  {"local_government_code", department.local_government_code}};
  if (department.valid_from) facts["valid_from"] = FormatDay(*department.valid_from);
  if (department.valid_until) facts["valid_until"] = FormatDay(*department.valid_until);
  for (std::size_t i = 0; i < department.successors.size(); ++i) {
    facts[absl::StrCat("successors[", i, "]")] = DepartmentName(department.successors[i]);
  }
  return facts;
}

void AddLosing(const ReorganizationStep& step, std::set<std::string>& losing) {
  if (const auto* rename = std::get_if<RenameStep>(&step); rename && !rename->new_code.empty()) {
    losing.insert(rename->department);
  } else if (const auto* merge = std::get_if<MergeStep>(&step)) {
    losing.insert(merge->departments.begin(), merge->departments.end());
    losing.erase(merge->into);
  } else if (const auto* split = std::get_if<SplitStep>(&step)) {
    losing.insert(split->department);
  } else if (const auto* abolish = std::get_if<AbolishStep>(&step)) {
    losing.insert(abolish->department);
  }
}

}  // namespace

std::set<std::string> LosingDepartments(const std::vector<ReorganizationStep>& steps) {
  std::set<std::string> all;
  for (const ReorganizationStep& step : steps) {
    std::set<std::string> losing;
    AddLosing(step, losing);
    all.insert(losing.begin(), losing.end());
  }
  return all;
}

std::set<std::string> HeirsOf(const DepartmentsByCode& departments, const std::string& code,
                              absl::CivilDay day) {
  std::set<std::string> heirs, seen;
  std::vector<std::string> open = {code};
  while (!open.empty()) {
    const std::string at = std::move(open.back());
    open.pop_back();
    const auto department = departments.find(at);
    if (department == departments.end() || !seen.insert(at).second) continue;
    if (ExistsOn(department->second, day)) heirs.insert(at);
    const std::vector<std::string>& successors = department->second.successors;
    if (!ExistsOn(department->second, day)) {
      open.insert(open.end(), successors.begin(), successors.end());
    }
  }
  return heirs;
}

absl::string_view ToText(ReorganizationState state) {
  switch (state) {
    case ReorganizationState::kScheduled:
      return "SCHEDULED";
    case ReorganizationState::kInEffect:
      return "IN_EFFECT";
    case ReorganizationState::kCancelled:
      return "CANCELLED";
    case ReorganizationState::kFailed:
      return "FAILED";
  }
  return "";
}

std::optional<ReorganizationState> ParseReorganizationState(absl::string_view text) {
  for (const ReorganizationState state : kAllReorganizationStates) {
    if (ToText(state) == text) return state;
  }
  return std::nullopt;
}

std::string NameOf(const Reorganization& reorganization) {
  return absl::StrCat("reorganizations/", reorganization.id);
}

Event EventOf(const DepartmentChange& change, const Reorganization& reorganization) {
  const Fields before = change.before ? FactsOf(*change.before) : Fields();
  return {.type = "department.reorganized",
          .resource = DepartmentName(change.after.code),
          .related = {NameOf(reorganization)},
          .department = DepartmentName(change.after.code),
          .reason = reorganization.reason,
          .changes = Diff(before, FactsOf(change.after))};
}

Change MoveAccount(const AccountMove& move, const Reorganization& reorganization, absl::Time now) {
  Account after = move.before;
  after.department = move.to;
  after.revision = move.before.revision + 1;
  after.update_time = now;
  Event event{.type = "account.reorganized",
              .resource = absl::StrCat("accounts/", after.id),
              .related = {NameOf(reorganization)},
              .department = DepartmentName(move.to),
              .reason = reorganization.reason,
              .changes = Diff(Facts(move.before), Facts(after))};
  return {.after = std::move(after), .event = std::move(event)};
}

Event EventOf(absl::string_view type, const std::optional<Reorganization>& before,
              const Reorganization& after) {
  const auto facts = [](const Reorganization& one) {
    Fields fields = one.steps;
    fields["state"] = std::string(ToText(one.state));
    fields["effective_on"] = FormatDay(one.effective_on);
    for (const auto& [path, value] : one.outcome) {
      if (absl::string_view(path).substr(0, 9) == "problems[") fields[path] = value;
    }
    return fields;
  };
  return {.type = std::string(type),
          .resource = NameOf(after),
          .reason = after.reason,
          .changes = Diff(before ? facts(*before) : Fields(), facts(after))};
}

}  // namespace daicho::registry::domain
