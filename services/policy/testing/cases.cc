#include "services/policy/testing/cases.h"

#include <google/protobuf/text_format.h>

#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/wire/fields.h"
#include "daicho/approval/v1/form.pb.h"
#include "daicho/policy/v1/subject.pb.h"
#include "daicho/registry/v1/department.pb.h"

namespace daicho::policy::testing {
namespace {

using Found = std::set<std::string>;

std::string ActionName(char sample) {
  return sample == 'O' ? "ACTION_OPEN" : sample == 'C' ? "ACTION_CHANGE" : "ACTION_CLOSE";
}

template <typename Message>
Message ReadMessage(const std::string& path) {
  Message message;
  google::protobuf::TextFormat::ParseFromString(ReadFile(path), &message);
  return message;
}

Fields ReadSample(char sample) {
  if (sample == 'A') {
    return wire::Flatten(
        ReadMessage<v1::AccountToCheck>("services/policy/guidelines/account.sample.textproto"));
  }
  const std::string name = sample == 'O' ? "open" : sample == 'C' ? "change" : "close";
  auto content = ReadMessage<approval::v1::FormContent>(
      absl::StrCat("deploy/sample/forms/", name, ".textproto"));
  if (sample != 'O') content.set_account("accounts/019a0000-0000-7000-8000-000000000001");
  return wire::Flatten(content);
}

// Sets a field; "" unsets it with all that is in it.
void Set(Fields& fields, const std::string& path, const std::string& value) {
  std::erase_if(fields, [&](const auto& field) {
    return field.first == path || absl::StartsWith(field.first, path + ".") ||
           absl::StartsWith(field.first, path + "[");
  });
  if (!value.empty()) fields[path] = value;
}

template <typename Edits>
Fields With(Fields fields, const Edits& edits) {
  for (const std::string& edit : edits) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(edit, absl::MaxSplits('=', 1));
    Set(fields, parts.first, parts.second);
  }
  return fields;
}

Fields With(Fields fields, const std::string& path, const std::string& value) {
  Set(fields, path, value);
  return fields;
}

// What of `fields` is at one of `paths` or under it.
Fields AtOrUnder(const std::set<std::string>& paths, const Fields& fields) {
  Fields out;
  for (const auto& field : fields) {
    for (std::size_t end = 0; end != std::string::npos;) {
      end = field.first.find_first_of(".[", end + 1);
      if (paths.count(field.first.substr(0, end)) > 0) out.insert(field);
    }
  }
  return out;
}

// One case on one sample and one field.
class Attempt {
 public:
  Attempt(const v1::GuidelineCases& cases, const v1::RuleCases& rule, const v1::Case& c,
          const domain::Guideline& guideline, Trial trial)
      : cases_(cases),
        rule_(rule),
        case_(c),
        guideline_(guideline),
        trial_(trial),
        neighbours_(ComparedFields(guideline)) {
    if (c.other_account_size() == 0) return;
    neighbours_.Put({"accounts/other", "ほかのアカウント", With(Fields{}, c.other_account())});
  }

  // Whose concurrence its findings asked for.
  const std::set<std::string>& desks() const { return desks_; }

  std::vector<std::string> Run(char sample, const std::string& field) {
    where_ = absl::StrCat(rule_.rule(), " on ", std::string(1, sample), " at ", field);
    sample_ = sample;
    if (case_.ledger_size() > 0) ledger_ = With(Sample(cases_, sample), case_.ledger());
    const Fields set_up = With(Sample(cases_, sample), case_.setup());
    const Fields base = case_.met().empty() ? set_up : With(set_up, field, case_.met(0));
    Want(!Finds(base), "is found where it is met");
    for (const std::string& value : case_.met()) {
      Want(!Finds(With(set_up, field, value)), absl::StrCat("is found with ", value));
    }
    std::vector<std::string> broken(case_.broken().begin(), case_.broken().end());
    if (broken.empty()) broken.emplace_back();
    for (const std::string& value : broken)
      TryBroken(base, With(set_up, field, value), field, value);
    return std::move(failures_);
  }

 private:
  void Want(bool holds, const std::string& otherwise) {
    if (!holds) failures_.push_back(absl::StrCat(where_, ": ", otherwise));
  }

  Found All(const Fields& fields, const std::string& kind) {
    Found found;
    const domain::SubjectKind subject =
        sample_ == 'A' ? domain::SubjectKind::kAccount : domain::SubjectKind::kForm;
    const absl::CivilDay today = wire::FromDate(cases_.today()).value();
    // Rules read nothing but what PathsReadBy() says, or else a case finds something else.
    const Fields read = AtOrUnder(PathsReadBy(guideline_, subject), fields);
    for (const domain::Finding& finding :
         Evaluate(guideline_,
                  {read, kind, today, subject, &neighbours_, ledger_ ? &*ledger_ : nullptr})
             .findings) {
      if (finding.rule_id == rule_.rule()) {
        desks_.insert(finding.concurrence.begin(), finding.concurrence.end());
      }
      found.insert(absl::StrCat(finding.rule_id, " at ", finding.field));
    }
    return found;
  }

  std::string Kind() const {
    return case_.department_kind().empty() ? "KIND_EDUCATION_BOARD" : case_.department_kind();
  }

  bool Finds(const Fields& fields) { return Finds(fields, Kind()); }
  bool Finds(const Fields& fields, const std::string& kind) {
    for (const std::string& entry : All(fields, kind)) {
      if (absl::StartsWith(entry, rule_.rule() + " at ")) return true;
    }
    return false;
  }

  void TryBroken(const Fields& base, const Fields& broken, const std::string& field,
                 const std::string& value) {
    Found added = All(broken, Kind());
    for (const std::string& known : All(base, Kind())) added.erase(known);
    Found expected = {absl::StrCat(rule_.rule(), " at ", case_.at().empty() ? field : case_.at())};
    if (!trial_.alone) expected.insert(case_.also().begin(), case_.also().end());
    Want(added == expected,
         absl::StrCat("with \"", value, "\" finds ", absl::StrJoin(added, ", ")));
    if (!case_.unless().empty()) {
      Want(!Finds(With(broken, case_.unless())),
           absl::StrCat("with \"", value, "\" is found where it does not apply"));
    }
    if (!case_.department_kind().empty()) {
      const auto* kinds = registry::v1::Department::Kind_descriptor();
      for (int i = 0; i < kinds->value_count(); ++i) {
        const std::string& kind = kinds->value(i)->name();
        Want(kind == Kind() || !Finds(broken, kind), "is found for " + kind);
      }
    }
    if (sample_ == 'A' || field == "action") return;
    for (const char other : std::string("OCX")) {
      const bool applies = absl::StrContains(rule_.applies(), other);
      Want(Finds(With(broken, "action", ActionName(other))) == applies,
           absl::StrCat("with \"", value, "\" applies otherwise to ", ActionName(other)));
    }
  }

  const v1::GuidelineCases& cases_;
  const v1::RuleCases& rule_;
  const v1::Case& case_;
  const domain::Guideline& guideline_;
  const Trial trial_;
  domain::Neighbours neighbours_;
  std::optional<Fields> ledger_;
  std::set<std::string> desks_;
  std::string where_;
  char sample_ = 'O';
  std::vector<std::string> failures_;
};

v1::Severity SeverityOf(const domain::Rule& rule) {
  return rule.severity == domain::Severity::kBlock  ? v1::SEVERITY_BLOCK
         : rule.severity == domain::Severity::kWarn ? v1::SEVERITY_WARN
                                                    : v1::SEVERITY_INFO;
}

}  // namespace

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Fields Sample(const v1::GuidelineCases& cases, char sample) {
  static auto& samples = *new std::map<char, Fields>;
  auto found = samples.find(sample);
  if (found == samples.end()) found = samples.emplace(sample, ReadSample(sample)).first;
  if (sample == 'A') return With(found->second, cases.account_setup());
  return sample == 'X' ? found->second : With(found->second, cases.form_setup());
}

std::vector<std::string> Failures(const v1::GuidelineCases& cases, const v1::RuleCases& rule,
                                  const domain::Guideline& guideline, Trial trial) {
  std::vector<std::string> failures;
  for (const domain::Rule& found : guideline.rules) {
    if (found.id != rule.rule()) continue;
    if (found.clause != rule.clause()) failures.push_back(rule.rule() + ": another clause");
    if (SeverityOf(found) != rule.severity())
      failures.push_back(rule.rule() + ": another severity");
  }
  for (const v1::Case& c : rule.cases()) {
    for (const char sample : c.on()) {
      for (const std::string& field : c.fields()) {
        if (trial.first && !failures.empty()) return failures;
        Attempt attempt(cases, rule, c, guideline, trial);
        for (std::string& failure : attempt.Run(sample, field)) {
          failures.push_back(std::move(failure));
        }
        if (attempt.desks() != std::set(rule.concurrence().begin(), rule.concurrence().end())) {
          failures.push_back(rule.rule() + ": other desks");
        }
      }
    }
  }
  return failures;
}

}  // namespace daicho::policy::testing
