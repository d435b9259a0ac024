#include "services/policy/compile.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/wire/fields.h"
#include "services/policy/domain/text.h"
#include "services/policy/form_field.h"

namespace daicho::policy {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::RepeatedPtrField;
using Type = FormField::Type;

constexpr int kMaxMonths = 120;
constexpr int kMaxUnobservedDays = 3660;

// One check while it is compiled.
struct Work {
  const Shared& shared;
  domain::SubjectKind subject;
  Place place;
  Problems* problems;
  std::set<std::string> field_paths;
  std::set<std::string> placeholders = {"field"};

  void Refuse(int line, absl::string_view problem) { problems->Add(line, problem); }
  void Refuse(absl::string_view problem) { Refuse(place.line(), problem); }
};

// The field at `path`, if `suits` says the check can be made on it; `otherwise` says on what.
template <typename Suits>
std::optional<FormField> Find(domain::SubjectKind subject, const std::string& path, int line,
                              absl::string_view otherwise, Problems* problems, const Suits& suits) {
  absl::StatusOr<FormField> field = FindField(subject, path);
  if (!field.ok()) {
    problems->Add(line, field.status().message());
    return std::nullopt;
  }
  if (suits(*field)) return *std::move(field);
  problems->Add(line, absl::StrCat("\"", path, "\" is not ", otherwise));
  return std::nullopt;
}

bool IsText(const FormField& field) { return field.type == Type::kText; }
bool IsDate(const FormField& field) { return field.type == Type::kDate && field.IsSingleValue(); }
bool CanBeRequired(const FormField& field) { return field.IsValue() || field.IsList(); }

// The paths of a check that is made on several fields.
template <typename Suits>
std::vector<domain::Path> Paths(const RepeatedPtrField<std::string>& fields, Work& work,
                                absl::string_view otherwise, const Suits& suits) {
  std::vector<domain::Path> paths;
  std::set<std::string> seen;
  if (fields.empty()) work.Refuse("fields is empty");
  for (int i = 0; i < fields.size(); ++i) {
    const int line = work.place.LineOf("fields", i);
    if (!seen.insert(fields[i]).second) {
      work.Refuse(line, absl::StrCat("\"", fields[i], "\" is named twice"));
    }
    const std::optional<FormField> field =
        Find(work.subject, fields[i], line, otherwise, work.problems, suits);
    if (!field) continue;
    paths.push_back(field->path);
    work.field_paths.insert(field->path.text);
  }
  return paths;
}

std::vector<domain::Path> TextPaths(const RepeatedPtrField<std::string>& fields, Work& work) {
  return Paths(fields, work, "a text", IsText);
}

// Texts of a check, folded.
std::vector<std::string> Folded(const RepeatedPtrField<std::string>& texts, const char* name,
                                Work& work) {
  std::vector<std::string> folded;
  if (texts.empty()) work.Refuse(absl::StrCat(name, " is empty"));
  for (int i = 0; i < texts.size(); ++i) {
    if (domain::IsBlank(texts[i])) {
      work.Refuse(work.place.LineOf(name, i), absl::StrCat(name, " has a blank entry"));
    }
    folded.push_back(domain::Fold(texts[i]));
  }
  return folded;
}

// Domains under which anybody of a kind registers: not one organisation's own.
bool IsSharedDomain(const std::string& host) {
  static const std::set<std::string>& shared = *new std::set<std::string>{
      "ac.jp", "ad.jp", "co.jp", "ed.jp", "go.jp", "gr.jp", "lg.jp", "ne.jp", "or.jp"};
  const bool one_label = host.find('.') == std::string::npos;
  return (one_label && host != "example") || shared.count(host) > 0;
}

domain::HostSet Hosts(const std::string& host_list, Work& work) {
  const auto found = work.shared.host_lists.find(host_list);
  if (found != work.shared.host_lists.end()) return found->second;
  work.Refuse(work.place.LineOf("host_list"),
              absl::StrCat("\"", host_list, "\" is not among the host_lists"));
  return {};
}

// Hosts of a list of those that are the organisation's own.
domain::HostSet OwnHosts(const std::string& host_list, Work& work) {
  domain::HostSet hosts = Hosts(host_list, work);
  for (const std::string& host : hosts) {
    if (!IsSharedDomain(host)) continue;
    work.Refuse(work.place.LineOf("host_list"),
                absl::StrCat("\"", host, "\" in host_list \"", host_list,
                             "\" belongs to many organisations; name your own hosts under it"));
  }
  return hosts;
}

// Whether `value` is something `field` can hold.
bool CanHold(const FormField& field, const std::string& value) {
  if (field.type == Type::kBool) return value == "true";
  if (field.type != Type::kEnum) return !domain::IsBlank(value);
  const EnumValueDescriptor* found = field.descriptor->enum_type()->FindValueByName(value);
  return found != nullptr && found->number() != 0;
}

domain::Check Compile(const v1::RequiredFields& check, Work& work) {
  return domain::RequiredFields{Paths(check.fields(), work, "a field or a list", CanBeRequired)};
}

domain::Check Compile(const v1::OneOfFields& check, Work& work) {
  if (check.fields_size() == 1) work.Refuse("fields has one entry; use required_fields");
  return domain::OneOfFields{Paths(check.fields(), work, "a field or a list", CanBeRequired)};
}

domain::Check Compile(const v1::AllowedValues& check, Work& work) {
  work.placeholders.insert("value");
  const std::optional<FormField> field =
      Find(work.subject, check.field(), work.place.LineOf("field"), "a field with a value",
           work.problems, [](const FormField& f) { return f.IsValue(); });
  if (check.values().empty()) work.Refuse("values is empty");
  if (!field) return domain::AllowedValues{};
  for (int i = 0; i < check.values_size(); ++i) {
    if (CanHold(*field, check.values(i))) continue;
    work.Refuse(work.place.LineOf("values", i),
                absl::StrCat("\"", check.field(), "\" is never \"", check.values(i), "\""));
  }
  work.field_paths.insert(field->path.text);
  return domain::AllowedValues{field->path, {check.values().begin(), check.values().end()}};
}

domain::Check Compile(const v1::RequiredText& check, Work& work) {
  return domain::RequiredText{TextPaths(check.fields(), work),
                              Folded(check.any_of(), "any_of", work)};
}

domain::Check Compile(const v1::ForbiddenText& check, Work& work) {
  work.placeholders.insert("text");
  return domain::ForbiddenText{TextPaths(check.fields(), work),
                               Folded(check.texts(), "texts", work)};
}

domain::Check Compile(const v1::ForbiddenHosts& check, Work& work) {
  work.placeholders.insert("host");
  return domain::ForbiddenHosts{TextPaths(check.fields(), work), Hosts(check.host_list(), work)};
}

domain::Check Compile(const v1::UrlOnHosts& check, Work& work) {
  work.placeholders.insert("value");
  domain::UrlOnHosts out{
      TextPaths(check.fields(), work), OwnHosts(check.host_list(), work), {"https"}};
  if (!check.schemes().empty()) out.schemes.assign(check.schemes().begin(), check.schemes().end());
  return out;
}

// Notes which limits a check has.
template <typename Number>
void CheckLimits(const std::optional<Number>& minimum, const std::optional<Number>& maximum,
                 Work& work) {
  if (!minimum && !maximum) work.Refuse("has neither a minimum nor a maximum");
  if (minimum && maximum && *minimum > *maximum) {
    work.Refuse("the minimum is greater than the maximum");
  }
  if (minimum) work.placeholders.insert("minimum");
  if (maximum) work.placeholders.insert("maximum");
}

domain::Check Compile(const v1::TextLength& check, Work& work) {
  work.placeholders.insert("length");
  domain::TextLength out{TextPaths(check.fields(), work), std::nullopt, std::nullopt};
  if (check.has_minimum()) out.minimum = check.minimum();
  if (check.has_maximum()) out.maximum = check.maximum();
  CheckLimits(out.minimum, out.maximum, work);
  if (out.minimum.value_or(1) < 1 || out.maximum.value_or(1) < 1) {
    work.Refuse("a length is less than 1");
  }
  return out;
}

domain::Check Compile(const v1::HeadCount& check, Work& work) {
  work.placeholders.insert({"count", "minimum"});
  const std::optional<FormField> list =
      Find(work.subject, check.list(), work.place.LineOf("list"), "a list", work.problems,
           [](const FormField& f) { return f.IsList(); });
  if (check.minimum() < 2) {
    work.Refuse(work.place.LineOf("minimum"), "minimum is less than 2; use required_fields for 1");
  }
  if (list) work.field_paths.insert(list->path.text);
  return domain::HeadCount{check.list(), list && list->type == Type::kPerson, check.minimum()};
}

domain::Check Compile(const v1::DistinctPeople& check, Work& work) {
  const auto is_person = [](const FormField& f) {
    return f.type == Type::kPerson && !f.path.in_list;
  };
  const auto are_people = [](const FormField& f) { return f.type == Type::kPerson && f.IsList(); };
  Find(work.subject, check.person(), work.place.LineOf("person"), "a person", work.problems,
       is_person);
  if (Find(work.subject, check.list(), work.place.LineOf("list"), "a list of people", work.problems,
           are_people)) {
    work.field_paths.insert(check.list());
  }
  return domain::DistinctPeople{check.person(), check.list()};
}

domain::Check Compile(const v1::DateLimit& check, Work& work) {
  work.placeholders.insert({"date", "base", "days"});
  domain::DateLimit out{check.field(), check.base(), std::nullopt, std::nullopt};
  if (check.has_minimum_days()) out.minimum_days = check.minimum_days();
  if (check.has_maximum_days()) out.maximum_days = check.maximum_days();
  CheckLimits(out.minimum_days, out.maximum_days, work);
  if (Find(work.subject, check.field(), work.place.LineOf("field"), "a date", work.problems,
           IsDate)) {
    work.field_paths.insert(check.field());
  }
  if (check.base() != "today") {
    Find(work.subject, check.base(), work.place.LineOf("base"), "a date", work.problems, IsDate);
  }
  return out;
}

domain::Check Compile(const v1::NumberLimit& check, Work& work) {
  work.placeholders.insert("value");
  domain::NumberLimit out{check.field(), std::nullopt, std::nullopt};
  if (check.has_minimum()) out.minimum = check.minimum();
  if (check.has_maximum()) out.maximum = check.maximum();
  CheckLimits(out.minimum, out.maximum, work);
  const auto is_number = [](const FormField& f) {
    return f.type == Type::kNumber && f.IsSingleValue();
  };
  if (Find(work.subject, check.field(), work.place.LineOf("field"), "a single number",
           work.problems, is_number)) {
    work.field_paths.insert(check.field());
  }
  return out;
}

domain::Check Compile(const v1::RequiredTopics& check, Work& work) {
  work.placeholders.insert({"topics", "topics_ja"});
  domain::RequiredTopics out;
  if (check.topics().empty()) work.Refuse("topics is empty");
  const Place at = work.place;
  for (int i = 0; i < check.topics_size(); ++i) {
    const v1::Topic& topic = check.topics(i);
    work.place = at.In("topics", i);
    if (domain::IsBlank(topic.name())) work.Refuse("name is missing");
    if (domain::IsBlank(topic.name_ja())) work.Refuse("name_ja is missing");
    out.topics.push_back({topic.name(), topic.name_ja(), Folded(topic.any_of(), "any_of", work)});
  }
  work.place = at;
  const std::optional<FormField> field =
      Find(work.subject, check.field(), at.LineOf("field"), "a text", work.problems, IsText);
  if (!field) return out;
  out.field = field->path;
  work.field_paths.insert(field->path.text);
  return out;
}

domain::Check Compile(const v1::ForbiddenPersonalData& check, Work& work) {
  work.placeholders.insert({"data", "data_ja"});
  domain::ForbiddenPersonalData out{TextPaths(check.fields(), work), {}, {}};
  if (check.kinds().empty()) work.Refuse("kinds is empty");
  bool email = false;
  for (int i = 0; i < check.kinds_size(); ++i) {
    switch (check.kinds(i)) {
      case v1::ForbiddenPersonalData::KIND_MOBILE_PHONE:
        out.kinds.push_back(domain::PersonalData::kMobilePhone);
        break;
      case v1::ForbiddenPersonalData::KIND_MY_NUMBER:
        out.kinds.push_back(domain::PersonalData::kMyNumber);
        break;
      case v1::ForbiddenPersonalData::KIND_EMAIL:
        out.kinds.push_back(domain::PersonalData::kEmail);
        email = true;
        break;
      case v1::ForbiddenPersonalData::KIND_UNSPECIFIED:
      case v1::ForbiddenPersonalData_Kind_ForbiddenPersonalData_Kind_INT_MIN_SENTINEL_DO_NOT_USE_:
      case v1::ForbiddenPersonalData_Kind_ForbiddenPersonalData_Kind_INT_MAX_SENTINEL_DO_NOT_USE_:
        work.Refuse(work.place.LineOf("kinds", i), "kinds has UNSPECIFIED");
    }
  }
  if (email) out.own_hosts = OwnHosts(check.host_list(), work);
  if (!email && !check.host_list().empty()) work.Refuse("host_list is for KIND_EMAIL alone");
  return out;
}

domain::Check Compile(const v1::SimilarAccounts& check, Work& work) {
  work.placeholders.insert({"account", "name", "percent", "limit"});
  domain::SimilarAccounts out;
  for (const domain::Path& path : TextPaths(check.fields(), work)) {
    if (path.in_list || path.text.rfind("fields.", 0) != 0) {
      work.Refuse(absl::StrCat("\"", path.text, "\" is not a single text of an account"));
    }
    out.fields.push_back(path.text);
  }
  out.percent = check.percent();
  if (out.percent < 1 || out.percent > 100) {
    work.Refuse(work.place.LineOf("percent"), "percent is not from 1 to 100");
  }
  return out;
}

std::optional<domain::Bucket> BucketOf(v1::Inactivity::Bucket bucket) {
  switch (bucket) {
    case v1::Inactivity::BUCKET_NOTICE:
      return domain::Bucket::kNotice;
    case v1::Inactivity::BUCKET_WARNING:
      return domain::Bucket::kWarning;
    case v1::Inactivity::BUCKET_CANDIDATE:
      return domain::Bucket::kCandidate;
    case v1::Inactivity::BUCKET_NEVER_POSTED:
      return domain::Bucket::kNeverPosted;
    case v1::Inactivity::BUCKET_TERM_ENDED:
      return domain::Bucket::kTermEnded;
    case v1::Inactivity::BUCKET_NEEDS_CHECK:
      return domain::Bucket::kNeedsCheck;
    case v1::Inactivity::BUCKET_UNSPECIFIED:
    case v1::Inactivity_Bucket_Inactivity_Bucket_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::Inactivity_Bucket_Inactivity_Bucket_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return std::nullopt;
}

domain::Check Compile(const v1::Inactivity& check, Work& work) {
  work.placeholders.insert({"base", "due", "days"});
  work.field_paths.insert("account.activity.last_post_time");
  domain::Inactivity out;
  if (work.subject != domain::SubjectKind::kAccount) work.Refuse("only accounts can be silent");
  if (!work.shared.ladder) work.Refuse("the guideline has no ladder");
  if (check.buckets().empty()) work.Refuse("buckets is empty");
  for (int i = 0; i < check.buckets_size(); ++i) {
    const std::optional<domain::Bucket> bucket = BucketOf(check.buckets(i));
    if (bucket) {
      out.buckets.push_back(*bucket);
    } else {
      work.Refuse(work.place.LineOf("buckets", i), "buckets has UNSPECIFIED");
    }
  }
  out.ladder = work.shared.ladder.value_or(domain::Ladder{});
  return out;
}

// Whether `desk` is one that approval can be configured with, or a department.
bool IsDesk(const std::string& desk) {
  return desk == "personal-data" || desk == "it-security" ||
         daicho::wire::ParseDepartmentName(desk, "desks").ok();
}

domain::Check Compile(const v1::Concurrence& check, Work& work) {
  work.placeholders.insert("desks");
  const auto is_value = [](const FormField& f) { return f.IsSingleValue(); };
  domain::Concurrence out{.field = check.field(),
                          .desks = {check.desks().begin(), check.desks().end()},
                          .changed = {check.changed().begin(), check.changed().end()}};
  if (work.subject != domain::SubjectKind::kForm) work.Refuse("only forms are concurred with");
  if (Find(work.subject, check.field(), work.place.LineOf("field"), "a single value", work.problems,
           is_value)) {
    work.field_paths.insert(check.field());
  }
  if (check.desks().empty()) work.Refuse("desks is empty");
  std::set<std::string> seen;
  for (int i = 0; i < check.desks_size(); ++i) {
    const std::string& desk = check.desks(i);
    const int line = work.place.LineOf("desks", i);
    if (!IsDesk(desk)) {
      work.Refuse(line, absl::StrCat("\"", desk,
                                     "\" is neither \"personal-data\" nor \"it-security\" nor a "
                                     "department: \"departments/0104\""));
    }
    if (!seen.insert(desk).second) {
      work.Refuse(line, absl::StrCat("\"", desk, "\" is named twice"));
    }
  }
  for (int i = 0; i < check.changed_size(); ++i) {
    Find(work.subject, check.changed(i), work.place.LineOf("changed", i), "a single value",
         work.problems, is_value);
  }
  return out;
}

domain::Check CompileOneof(const v1::Rule& rule, Work& work) {
  switch (rule.check_case()) {
    case v1::Rule::kRequiredFields:
      return Compile(rule.required_fields(), work);
    case v1::Rule::kOneOfFields:
      return Compile(rule.one_of_fields(), work);
    case v1::Rule::kAllowedValues:
      return Compile(rule.allowed_values(), work);
    case v1::Rule::kRequiredText:
      return Compile(rule.required_text(), work);
    case v1::Rule::kForbiddenText:
      return Compile(rule.forbidden_text(), work);
    case v1::Rule::kForbiddenHosts:
      return Compile(rule.forbidden_hosts(), work);
    case v1::Rule::kTextLength:
      return Compile(rule.text_length(), work);
    case v1::Rule::kHeadCount:
      return Compile(rule.head_count(), work);
    case v1::Rule::kDistinctPeople:
      return Compile(rule.distinct_people(), work);
    case v1::Rule::kDateLimit:
      return Compile(rule.date_limit(), work);
    case v1::Rule::kUrlOnHosts:
      return Compile(rule.url_on_hosts(), work);
    case v1::Rule::kNumberLimit:
      return Compile(rule.number_limit(), work);
    case v1::Rule::kRequiredTopics:
      return Compile(rule.required_topics(), work);
    case v1::Rule::kForbiddenPersonalData:
      return Compile(rule.forbidden_personal_data(), work);
    case v1::Rule::kSimilarAccounts:
      return Compile(rule.similar_accounts(), work);
    case v1::Rule::kInactivity:
      return Compile(rule.inactivity(), work);
    case v1::Rule::kConcurrence:
      return Compile(rule.concurrence(), work);
    case v1::Rule::CHECK_NOT_SET:
      work.Refuse("the rule has no check");
      break;
  }
  return {};
}

// Names of enum values, as flat fields have them.
template <typename Values, typename NameOf>
std::vector<std::string> Names(const Values& values, const char* field, const Place& place,
                               Problems* problems, const NameOf& name_of) {
  std::vector<std::string> names;
  for (int i = 0; i < values.size(); ++i) {
    if (values[i] == 0)
      problems->Add(place.LineOf(field, i), absl::StrCat(field, " has UNSPECIFIED"));
    names.push_back(name_of(values[i]));
  }
  return names;
}

}  // namespace

HostLists CompileHostLists(const v1::Guideline& guideline, const Place& place, Problems* problems) {
  HostLists out;
  for (int i = 0; i < guideline.host_lists_size(); ++i) {
    const v1::HostList& list = guideline.host_lists(i);
    const Place at = place.In("host_lists", i);
    domain::HostSet hosts;
    for (int j = 0; j < list.hosts_size(); ++j) {
      const std::string& host = list.hosts(j);
      if (domain::HostOfUrl(absl::StrCat("https://", host), {"https"}) != host) {
        problems->Add(at.LineOf("hosts", j),
                      absl::StrCat("\"", host, "\" is not a host name in lower case"));
      } else if (!hosts.insert(host).second) {
        problems->Add(at.LineOf("hosts", j), absl::StrCat("\"", host, "\" is named twice"));
      }
    }
    if (hosts.empty()) problems->Add(at.line(), "hosts is empty");
    if (!out.emplace(list.id(), std::move(hosts)).second) {
      problems->Add(at.LineOf("id"), absl::StrCat("duplicate host list \"", list.id(), "\""));
    }
  }
  return out;
}

std::optional<domain::Ladder> CompileLadder(const v1::Guideline& guideline, const Place& place,
                                            Problems* problems) {
  if (!guideline.has_ladder()) return std::nullopt;
  const v1::Ladder& ladder = guideline.ladder();
  const Place at = place.In("ladder");
  const bool in_order = 1 <= ladder.notice_months() &&
                        ladder.notice_months() < ladder.warning_months() &&
                        ladder.warning_months() < ladder.candidate_months() &&
                        ladder.candidate_months() <= kMaxMonths;
  if (!in_order) {
    problems->Add(at.line(), absl::StrCat("the months of the ladder do not rise from 1 to ",
                                          kMaxMonths, " at most"));
  }
  if (ladder.unobserved_days() < 1 || ladder.unobserved_days() > kMaxUnobservedDays) {
    problems->Add(at.LineOf("unobserved_days"),
                  absl::StrCat("unobserved_days is not from 1 to ", kMaxUnobservedDays));
  }
  return domain::Ladder{.notice_months = ladder.notice_months(),
                        .warning_months = ladder.warning_months(),
                        .candidate_months = ladder.candidate_months(),
                        .unobserved_days = ladder.unobserved_days()};
}

int CompileAnswerDays(const v1::Guideline& guideline, const Place& place, Problems* problems) {
  constexpr int kUsual = 30;
  constexpr int kMost = 366;
  if (guideline.answer_days() == 0) return kUsual;
  if (guideline.answer_days() < 0 || guideline.answer_days() > kMost) {
    problems->Add(place.LineOf("answer_days"),
                  absl::StrCat("answer_days is not from 1 to ", kMost));
  }
  return guideline.answer_days();
}

domain::SubjectKind SubjectOf(const v1::Rule& rule) {
  return rule.subject() == v1::SUBJECT_ACCOUNT ? domain::SubjectKind::kAccount
                                               : domain::SubjectKind::kForm;
}

CompiledCheck CompileCheck(const v1::Rule& rule, const Shared& shared, const Place& place,
                           Problems* problems) {
  const auto* field = v1::Rule::descriptor()->FindFieldByNumber(rule.check_case());
  Work work{shared, SubjectOf(rule), field == nullptr ? place : place.In(field->name()), problems};
  domain::Check check = CompileOneof(rule, work);
  return {std::move(check), std::move(work.field_paths), std::move(work.placeholders)};
}

domain::AppliesTo CompileAppliesTo(const v1::Rule& rule, const Place& rule_place,
                                   Problems* problems) {
  const v1::AppliesTo& applies_to = rule.applies_to();
  const Place place = rule_place.In("applies_to");
  domain::AppliesTo out;
  if (SubjectOf(rule) == domain::SubjectKind::kAccount && applies_to.actions_size() > 0) {
    problems->Add(place.LineOf("actions", 0), "accounts have no actions");
  }
  out.actions = Names(applies_to.actions(), "actions", place, problems,
                      [](int value) { return approval::v1::Form::Action_Name(value); });
  out.department_kinds =
      Names(applies_to.department_kinds(), "department_kinds", place, problems,
            [](int value) { return registry::v1::Department::Kind_Name(value); });
  out.platforms.assign(applies_to.platforms().begin(), applies_to.platforms().end());
  out.except_platforms.assign(applies_to.except_platforms().begin(),
                              applies_to.except_platforms().end());
  for (int i = 0; i < applies_to.when_size(); ++i) {
    const v1::FieldValue& when = applies_to.when(i);
    const Place at = place.In("when", i);
    const std::optional<FormField> field =
        Find(SubjectOf(rule), when.field(), at.LineOf("field"), "a single value", problems,
             [](const FormField& f) { return f.IsSingleValue(); });
    for (int j = 0; field && j < when.any_of_size(); ++j) {
      if (CanHold(*field, when.any_of(j))) continue;
      problems->Add(at.LineOf("any_of", j),
                    absl::StrCat("\"", when.field(), "\" is never \"", when.any_of(j), "\""));
    }
    out.when.push_back({when.field(), {when.any_of().begin(), when.any_of().end()}});
  }
  return out;
}

}  // namespace daicho::policy
