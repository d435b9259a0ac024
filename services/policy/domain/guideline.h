// A guideline as the rules are run: texts folded, paths taken apart, once, when it is loaded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/base/event.h"
#include "services/policy/domain/hosts.h"
#include "services/policy/domain/inactivity.h"
#include "services/policy/domain/neighbours.h"
#include "services/policy/domain/path.h"
#include "services/policy/domain/personal_data.h"

namespace daicho::policy::domain {

enum class SubjectKind { kForm, kAccount };

// What the checks of one subject work out once and use again.
struct Memo {
  std::map<std::string, std::string> folded;  // Texts by the path of their field.
  std::optional<std::pair<Ladder, Silence>> silence;
};

// What is checked. `fields` is the content of a form or what is known of an account, enums by name.
struct Subject {
  FieldsView fields;
  std::string department_kind;  // "KIND_EDUCATION_BOARD"
  absl::CivilDay today;         // In Asia/Tokyo.
  SubjectKind kind = SubjectKind::kForm;
  const Neighbours* neighbours = nullptr;  // Null: no other account is known.
  const Fields* ledger = nullptr;  // What a form would change: "fields.…". Null: not known.
  mutable Memo memo = {};          // So that a subject is of one thread alone.
};

// What a check found wrong, before a rule puts words to it.
struct Fault {
  std::string field;                         // "fields.goals[1].metric". May be empty.
  std::map<std::string, std::string> facts;  // What the check read or compared with.

  friend bool operator==(const Fault&, const Fault&) = default;
};

// The kinds of check; contracts in daicho/policy/v1/guideline.proto.

struct RequiredFields {
  std::vector<Path> fields;
};

struct OneOfFields {
  std::vector<Path> fields;
};

struct AllowedValues {
  Path field;
  std::vector<std::string> values;
};

struct RequiredText {
  std::vector<Path> fields;
  std::vector<std::string> any_of;  // Folded.
};

struct ForbiddenText {
  std::vector<Path> fields;
  std::vector<std::string> texts;  // Folded.
};

struct ForbiddenHosts {
  std::vector<Path> fields;
  HostSet hosts;
};

struct TextLength {
  std::vector<Path> fields;
  std::optional<int> minimum;
  std::optional<int> maximum;
};

struct HeadCount {
  std::string list;
  bool people = false;  // Entries are people: one named twice counts once.
  int minimum = 0;
};

struct DistinctPeople {
  std::string person;
  std::string list;
};

struct DateLimit {
  std::string field;
  std::string base;  // A path, or "today".
  std::optional<int> minimum_days;
  std::optional<int> maximum_days;
};

struct UrlOnHosts {
  std::vector<Path> fields;
  HostSet hosts;
  std::vector<std::string> schemes;
};

struct NumberLimit {
  std::string field;
  std::optional<std::int64_t> minimum;
  std::optional<std::int64_t> maximum;
};

struct Topic {
  std::string name;
  std::string name_ja;
  std::vector<std::string> any_of;  // Folded.
};

struct RequiredTopics {
  Path field;
  std::vector<Topic> topics;
};

struct ForbiddenPersonalData {
  std::vector<Path> fields;
  std::vector<PersonalData> kinds;
  HostSet own_hosts;
};

struct SimilarAccounts {
  std::vector<std::string> fields;
  int percent = 100;
};

struct Inactivity {
  std::vector<Bucket> buckets;
  Ladder ladder;
};

struct Concurrence {
  std::string field;
  std::vector<std::string> desks;
  std::vector<std::string> changed;
};

using Check = std::variant<RequiredFields, OneOfFields, AllowedValues, RequiredText, ForbiddenText,
                           ForbiddenHosts, TextLength, HeadCount, DistinctPeople, DateLimit,
                           UrlOnHosts, NumberLimit, RequiredTopics, ForbiddenPersonalData,
                           SimilarAccounts, Inactivity, Concurrence>;

enum class Severity { kBlock, kWarn, kInfo };

// A field and the values of which it has one; no values: it is unset.
struct FieldValue {
  std::string path;
  std::vector<std::string> any_of;
};

// When a rule applies: when all of these hold. An empty list asks for nothing.
struct AppliesTo {
  std::vector<std::string> actions;           // "ACTION_OPEN"
  std::vector<std::string> department_kinds;  // "KIND_COMMISSIONED_BODY"
  std::vector<std::string> platforms;
  std::vector<std::string> except_platforms;
  std::vector<FieldValue> when;
};

// The same in both languages.
struct Words {
  std::string en;
  std::string ja;

  friend bool operator==(const Words&, const Words&) = default;
};

struct Rule {
  std::string id;
  std::string clause;
  SubjectKind subject = SubjectKind::kForm;
  Severity severity = Severity::kBlock;
  AppliesTo applies_to;
  Check check;
  Words message;  // With "{field}" and "{fact}" to be filled in.
  Words remedy;
};

struct Guideline {
  std::string version;  // "tokushima@2023-03-31"
  std::vector<Rule> rules;
  std::map<std::string, Words> field_names;  // By path, without indexes.
  std::optional<Ladder> ladder;
  int answer_days = 30;  // To answer advice to close a silent account.
};

struct Finding {
  std::string rule_id;
  std::string clause;
  Severity severity = Severity::kBlock;
  std::string field;
  std::map<std::string, std::string> facts;
  Words message;
  Words remedy;
  std::vector<std::string> concurrence;  // Desks that are asked to concur.

  friend bool operator==(const Finding&, const Finding&) = default;
};

struct Findings {
  std::vector<Finding> findings;  // In the order of the rules.
  int rule_count = 0;             // Rules that applied.
};

// What the rules of `guideline` compare with other accounts; for Neighbours.
std::vector<std::vector<std::string>> ComparedFields(const Guideline& guideline);

// What the rules about such subjects read of their fields: all of it is at or under these paths; a
// list is named without index.
std::set<std::string> PathsReadBy(const Guideline& guideline, SubjectKind kind);

// Where in `fields` the values are that those rules read, as far as they are there. For as long as
// the guideline and these entries of `fields` stay.
Places PlacesIn(const Fields& fields, const Guideline& guideline, SubjectKind kind);

bool Applies(const AppliesTo& applies_to, const Subject& subject);

// What one rule found; no faults: it applied and is met.
struct Outcome {
  const Rule* rule = nullptr;
  std::vector<Fault> faults;
};

// Runs every rule about such a subject that applies, in their order.
std::vector<Outcome> RunRules(const Guideline& guideline, const Subject& subject);
// Puts the rule's words to a fault of it.
Finding InWords(const Guideline& guideline, const Rule& rule, const Fault& fault);
// Both.
Findings Evaluate(const Guideline& guideline, const Subject& subject);

// `text` with "{field}" and "{key}" of every fact replaced.
std::string Fill(const std::string& text, const std::string& field_name,
                 const std::map<std::string, std::string>& facts);

}  // namespace daicho::policy::domain
