#include "services/policy/domain/checks.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/base/civil.h"
#include "services/policy/domain/text.h"

namespace daicho::policy::domain {
namespace {

// Calls `visit(path, value)` for every value at `path` that is not blank.
template <typename Visit>
void ForEachFilled(const Path& path, const Subject& subject, const Visit& visit) {
  ForEach(subject.fields, path, [&](const std::string& field, const std::string& value) {
    if (!IsBlank(value)) visit(field, value);
  });
}

template <typename Visit>
void ForEachFilled(const std::vector<Path>& paths, const Subject& subject, const Visit& visit) {
  for (const Path& path : paths) ForEachFilled(path, subject, visit);
}

// The text of a field, folded once for all rules that read it.
const std::string& Folded(const Subject& subject, const std::string& field,
                          const std::string& value) {
  const auto [folded, added] = subject.memo.folded.try_emplace(field);
  if (added) folded->second = Fold(value);
  return folded->second;
}

// A person as far as a form names one.
struct NamedPerson {
  std::string subject;
  std::string display_name;  // Folded.
};

std::optional<NamedPerson> PersonAt(const FieldsView& fields, const std::string& path) {
  NamedPerson person{ValueAt(fields, absl::StrCat(path, ".subject")),
                     Fold(ValueAt(fields, absl::StrCat(path, ".display_name")))};
  if (IsBlank(person.subject) && IsBlank(person.display_name)) return std::nullopt;
  return person;
}

// By subject where both have one: two people may share a name. Otherwise by name: better to ask
// once too often than to take one person for two.
bool SamePerson(const NamedPerson& a, const NamedPerson& b) {
  if (!a.subject.empty() && !b.subject.empty()) return a.subject == b.subject;
  return a.display_name == b.display_name;
}

std::vector<NamedPerson> PeopleIn(const FieldsView& fields, const std::string& list) {
  std::vector<NamedPerson> people;
  for (const std::string& entry : EntriesOf(fields, list)) {
    const std::optional<NamedPerson> person = PersonAt(fields, entry);
    if (!person) continue;
    const bool known = std::any_of(people.begin(), people.end(), [&](const NamedPerson& other) {
      return SamePerson(*person, other);
    });
    if (!known) people.push_back(*person);
  }
  return people;
}

}  // namespace

std::vector<Fault> Run(const RequiredFields& check, const Subject& subject) {
  std::vector<Fault> faults;
  for (const Path& path : check.fields) {
    const bool in_each_entry = path.in_list && !path.rest.empty();
    if (!in_each_entry) {
      if (!HasValue(subject.fields, path)) faults.push_back({path.text, {}});
      continue;
    }
    ForEach(subject.fields, path, [&](const std::string& field, const std::string& value) {
      if (IsBlank(value)) faults.push_back({field, {}});
    });
  }
  return faults;
}

std::vector<Fault> Run(const OneOfFields& check, const Subject& subject) {
  for (const Path& path : check.fields) {
    if (HasValue(subject.fields, path)) return {};
  }
  return {{check.fields.front().text, {}}};
}

std::vector<Fault> Run(const AllowedValues& check, const Subject& subject) {
  std::vector<Fault> faults;
  ForEachFilled(check.field, subject, [&](const std::string& field, const std::string& value) {
    const bool allowed =
        std::find(check.values.begin(), check.values.end(), value) != check.values.end();
    if (!allowed) faults.push_back({field, {{"value", value}}});
  });
  return faults;
}

std::vector<Fault> Run(const RequiredText& check, const Subject& subject) {
  std::vector<Fault> faults;
  ForEachFilled(check.fields, subject, [&](const std::string& field, const std::string& value) {
    const std::string& folded = Folded(subject, field, value);
    const bool found =
        std::any_of(check.any_of.begin(), check.any_of.end(),
                    [&](const std::string& text) { return absl::StrContains(folded, text); });
    if (!found) faults.push_back({field, {}});
  });
  return faults;
}

std::vector<Fault> Run(const ForbiddenText& check, const Subject& subject) {
  std::vector<Fault> faults;
  ForEachFilled(check.fields, subject, [&](const std::string& field, const std::string& value) {
    const std::string& folded = Folded(subject, field, value);
    const auto text =
        std::find_if(check.texts.begin(), check.texts.end(),
                     [&](const std::string& text) { return absl::StrContains(folded, text); });
    if (text != check.texts.end()) faults.push_back({field, {{"text", *text}}});
  });
  return faults;
}

std::vector<Fault> Run(const ForbiddenHosts& check, const Subject& subject) {
  std::vector<Fault> faults;
  ForEachFilled(check.fields, subject, [&](const std::string& field, const std::string& value) {
    for (const std::string& host : HostsIn(value)) {
      if (Covering(check.hosts, host).empty()) continue;
      faults.push_back({field, {{"host", host}}});
      return;
    }
  });
  return faults;
}

std::vector<Fault> Run(const TextLength& check, const Subject& subject) {
  std::vector<Fault> faults;
  ForEachFilled(check.fields, subject, [&](const std::string& field, const std::string& value) {
    const int length = static_cast<int>(CharacterCount(value));
    const bool short_of = check.minimum && length < *check.minimum;
    const bool beyond = check.maximum && length > *check.maximum;
    if (!short_of && !beyond) return;
    Fault fault{field, {{"length", absl::StrCat(length)}}};
    if (check.minimum) fault.facts["minimum"] = absl::StrCat(*check.minimum);
    if (check.maximum) fault.facts["maximum"] = absl::StrCat(*check.maximum);
    faults.push_back(std::move(fault));
  });
  return faults;
}

std::vector<Fault> Run(const HeadCount& check, const Subject& subject) {
  const int count = static_cast<int>(check.people ? PeopleIn(subject.fields, check.list).size()
                                                  : FilledEntries(subject.fields, check.list));
  if (count == 0 || count >= check.minimum) return {};
  return {{check.list, {{"count", absl::StrCat(count)}, {"minimum", absl::StrCat(check.minimum)}}}};
}

std::vector<Fault> Run(const DistinctPeople& check, const Subject& subject) {
  const std::optional<NamedPerson> person = PersonAt(subject.fields, check.person);
  const std::vector<NamedPerson> people = PeopleIn(subject.fields, check.list);
  if (!person || people.empty()) return {};
  const bool only_that_person =
      std::all_of(people.begin(), people.end(),
                  [&](const NamedPerson& other) { return SamePerson(*person, other); });
  if (!only_that_person) return {};
  return {{check.list, {}}};
}

std::vector<Fault> Run(const DateLimit& check, const Subject& subject) {
  const std::optional<absl::CivilDay> day = ParseDay(ValueAt(subject.fields, check.field));
  const std::optional<absl::CivilDay> base = check.base == "today"
                                                 ? std::optional<absl::CivilDay>(subject.today)
                                                 : ParseDay(ValueAt(subject.fields, check.base));
  if (!day || !base) return {};
  const absl::civil_diff_t days = *day - *base;
  const bool too_early = check.minimum_days && days < *check.minimum_days;
  const bool too_late = check.maximum_days && days > *check.maximum_days;
  if (!too_early && !too_late) return {};
  Fault fault{
      check.field,
      {{"date", FormatDay(*day)}, {"base", FormatDay(*base)}, {"days", absl::StrCat(days)}}};
  if (check.minimum_days) fault.facts["minimum"] = absl::StrCat(*check.minimum_days);
  if (check.maximum_days) fault.facts["maximum"] = absl::StrCat(*check.maximum_days);
  return {std::move(fault)};
}

std::vector<Fault> Run(const UrlOnHosts& check, const Subject& subject) {
  std::vector<Fault> faults;
  ForEachFilled(check.fields, subject, [&](const std::string& field, const std::string& value) {
    const std::optional<std::string> host =
        HostOfUrl(absl::StripAsciiWhitespace(value), check.schemes);
    if (host && !Covering(check.hosts, *host).empty()) return;
    faults.push_back({field, {{"value", value}}});
  });
  return faults;
}

std::vector<Fault> Run(const NumberLimit& check, const Subject& subject) {
  std::int64_t value = 0;
  if (!absl::SimpleAtoi(ValueAt(subject.fields, check.field), &value)) return {};
  const bool too_small = check.minimum && value < *check.minimum;
  const bool too_great = check.maximum && value > *check.maximum;
  if (!too_small && !too_great) return {};
  Fault fault{check.field, {{"value", absl::StrCat(value)}}};
  if (check.minimum) fault.facts["minimum"] = absl::StrCat(*check.minimum);
  if (check.maximum) fault.facts["maximum"] = absl::StrCat(*check.maximum);
  return {std::move(fault)};
}

std::vector<Fault> Run(const RequiredTopics& check, const Subject& subject) {
  std::vector<Fault> faults;
  ForEachFilled(check.field, subject, [&](const std::string& field, const std::string& value) {
    const std::string& folded = Folded(subject, field, value);
    std::string missing, missing_ja;
    for (const Topic& topic : check.topics) {
      const bool found =
          std::any_of(topic.any_of.begin(), topic.any_of.end(),
                      [&](const std::string& word) { return absl::StrContains(folded, word); });
      if (found) continue;
      absl::StrAppend(&missing, missing.empty() ? "" : ", ", topic.name);
      absl::StrAppend(&missing_ja, missing_ja.empty() ? "" : "、", topic.name_ja);
    }
    if (!missing.empty())
      faults.push_back({field, {{"topics", missing}, {"topics_ja", missing_ja}}});
  });
  return faults;
}

std::vector<Fault> Run(const ForbiddenPersonalData& check, const Subject& subject) {
  std::vector<Fault> faults;
  ForEachFilled(check.fields, subject, [&](const std::string& field, const std::string& value) {
    const std::string& folded = Folded(subject, field, value);
    for (const PersonalData kind : check.kinds) {
      if (!Holds(folded, kind, check.own_hosts)) continue;
      faults.push_back({field, {{"data", NameOf(kind)}, {"data_ja", JapaneseNameOf(kind)}}});
      return;
    }
  });
  return faults;
}

namespace {

const std::string& kAbsorbedAccounts = *new std::string("absorbed_accounts");
const std::string& kAccount = *new std::string("account");

}  // namespace

std::vector<Fault> Run(const SimilarAccounts& check, const Subject& subject) {
  // A form that merges accounts is what the overlap asks for.
  if (FilledEntries(subject.fields, kAbsorbedAccounts) > 0) return {};
  const TextIndex* others =
      subject.neighbours == nullptr ? nullptr : subject.neighbours->By(check.fields);
  if (others == nullptr) return {};
  const std::optional<Nearest> nearest = others->Find(
      PairsOf(subject.fields.all, check.fields), ValueAt(subject.fields, kAccount), check.percent);
  if (!nearest) return {};
  return {{check.fields.front(),
           {{"account", nearest->name},
            {"name", nearest->display_name},
            {"percent", absl::StrCat(nearest->percent)},
            {"limit", absl::StrCat(check.percent)}}}};
}

namespace {

const std::string& kLastPostTime = *new std::string("account.activity.last_post_time");
const std::string& kObserveTime = *new std::string("account.activity.observe_time");
const std::string& kOpenedOn = *new std::string("account.opened_on");
const std::string& kTermLastDay = *new std::string("account.fields.term.last_day");
const std::string& kExemptUntil = *new std::string("exemption.end_date");

// A timestamp's text begins with its day in UTC; the day in Tokyo, nine hours ahead, is what
// counts.
std::optional<absl::CivilDay> DayOfTime(const std::string& text) {
  int hour = 0;
  if (text.size() >= 25 && absl::EndsWith(text, "+00:00") &&
      absl::SimpleAtoi(text.substr(11, 2), &hour)) {
    const auto day = ParseDay(text.substr(0, 10));
    return day && hour >= 15 ? *day + 1 : day;
  }
  absl::Time time;
  if (text.empty() || !absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
    return std::nullopt;
  }
  return TokyoDay(time);
}

Silence SilenceOf(const FieldsView& fields, const Ladder& ladder, absl::CivilDay today) {
  return Classify({.last_post = DayOfTime(ValueAt(fields, kLastPostTime)),
                   .opened = ParseDay(ValueAt(fields, kOpenedOn)),
                   .observed = DayOfTime(ValueAt(fields, kObserveTime)),
                   .term_last_day = ParseDay(ValueAt(fields, kTermLastDay)),
                   .exempt_until = ParseDay(ValueAt(fields, kExemptUntil))},
                  ladder, today);
}

}  // namespace

std::vector<Fault> Run(const Inactivity& check, const Subject& subject) {
  auto& known = subject.memo.silence;
  if (!known || known->first != check.ladder) {
    known.emplace(check.ladder, SilenceOf(subject.fields, check.ladder, subject.today));
  }
  const Silence& silence = known->second;
  if (std::find(check.buckets.begin(), check.buckets.end(), silence.bucket) ==
      check.buckets.end()) {
    return {};
  }
  Fault fault{kLastPostTime, {}};
  fault.facts["base"] = silence.base ? FormatDay(*silence.base) : "-";
  fault.facts["due"] = silence.due ? FormatDay(*silence.due) : "-";
  fault.facts["days"] = absl::StrCat(silence.days);
  return {std::move(fault)};
}

std::vector<Fault> Run(const Concurrence& check, const Subject& subject) {
  const Fields* ledger = subject.ledger;
  const bool filled = !IsBlank(ValueAt(subject.fields, check.field)) ||
                      (ledger != nullptr && !IsBlank(ValueAt(*ledger, check.field)));
  const bool as_it_was =
      ledger != nullptr && !check.changed.empty() &&
      std::all_of(check.changed.begin(), check.changed.end(), [&](const std::string& path) {
        return ValueAt(subject.fields, path) == ValueAt(*ledger, path);
      });
  if (!filled || as_it_was) return {};
  return {{check.field, {{"desks", absl::StrJoin(check.desks, ", ")}}}};
}

namespace {

Paths PathsOf(const Path& path) { return {path.in_list ? &path.list : &path.text}; }

Paths PathsOf(const std::vector<Path>& paths) {
  Paths all;
  for (const Path& path : paths) all.push_back(PathsOf(path).front());
  return all;
}

}  // namespace

Paths PathsOf(const RequiredFields& check) { return PathsOf(check.fields); }
Paths PathsOf(const OneOfFields& check) { return PathsOf(check.fields); }
Paths PathsOf(const AllowedValues& check) { return PathsOf(check.field); }
Paths PathsOf(const RequiredText& check) { return PathsOf(check.fields); }
Paths PathsOf(const ForbiddenText& check) { return PathsOf(check.fields); }
Paths PathsOf(const ForbiddenHosts& check) { return PathsOf(check.fields); }
Paths PathsOf(const TextLength& check) { return PathsOf(check.fields); }
Paths PathsOf(const HeadCount& check) { return {&check.list}; }
Paths PathsOf(const DistinctPeople& check) { return {&check.person, &check.list}; }
Paths PathsOf(const DateLimit& check) { return {&check.field, &check.base}; }
Paths PathsOf(const UrlOnHosts& check) { return PathsOf(check.fields); }
Paths PathsOf(const NumberLimit& check) { return {&check.field}; }
Paths PathsOf(const RequiredTopics& check) { return PathsOf(check.field); }
Paths PathsOf(const ForbiddenPersonalData& check) { return PathsOf(check.fields); }
Paths PathsOf(const SimilarAccounts& check) {
  Paths paths = {&kAbsorbedAccounts, &kAccount};
  for (const std::string& field : check.fields) paths.push_back(&field);
  return paths;
}
Paths PathsOf(const Concurrence& check) {
  Paths paths = {&check.field};
  for (const std::string& field : check.changed) paths.push_back(&field);
  return paths;
}
Paths PathsOf(const Inactivity&) {
  return {&kLastPostTime, &kObserveTime, &kOpenedOn, &kTermLastDay, &kExemptUntil};
}

}  // namespace daicho::policy::domain
