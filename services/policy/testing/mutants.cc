#include "services/policy/testing/mutants.h"

#include <google/protobuf/text_format.h>

#include <functional>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/policy/guideline.h"

namespace daicho::policy::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Of names to put in another's place.
constexpr int kMaxTries = 15;

class Maker {
 public:
  explicit Maker(v1::Guideline guideline) : guideline_(std::move(guideline)) {}

  // Changes `message`, which is part of guideline_, in every way, one at a time.
  void Change(Message* message, const std::string& path) {
    const Reflection& reflection = *message->GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(*message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (Texts().count(field->name()) > 0) continue;
      const std::string at = absl::StrCat(path, ".", field->name());
      if (field->is_repeated()) {
        ChangeList(message, field, at);
      } else {
        ChangeOne(message, field, at);
      }
    }
  }

  std::vector<Mutant> Take() { return std::move(mutants_); }
  v1::Guideline* guideline() { return &guideline_; }

 private:
  // What only readers see.
  static const std::set<std::string>& Texts() {
    static const auto& texts = *new std::set<std::string>{
        "id", "message", "message_ja", "remedy", "remedy_ja", "name", "name_ja"};
    return texts;
  }

  void Keep(const std::string& what) {
    std::string text;
    google::protobuf::TextFormat::PrintToString(guideline_, &text);
    mutants_.push_back({what, std::move(text)});
  }

  // Keeps the guideline as `change` makes it, and puts `message` back.
  void Try(Message* message, const std::string& what, const std::function<void()>& change) {
    const std::unique_ptr<Message> before(message->New());
    before->CopyFrom(*message);
    change();
    Keep(what);
    message->CopyFrom(*before);
  }

  void ChangeOne(Message* message, const FieldDescriptor* field, const std::string& at) {
    const Reflection& reflection = *message->GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (field->containing_oneof() == nullptr) {
          Try(message, at + " is gone", [&] { reflection.ClearField(message, field); });
        }
        return Change(reflection.MutableMessage(message, field), at);
      case FieldDescriptor::CPPTYPE_INT32:
        for (const int by : {-1, 1}) {
          const int value = reflection.GetInt32(*message, field) + by;
          Try(message, absl::StrCat(at, " is ", value),
              [&] { reflection.SetInt32(message, field, value); });
        }
        return;
      case FieldDescriptor::CPPTYPE_INT64:
        for (const int by : {-1, 1}) {
          const std::int64_t value = reflection.GetInt64(*message, field) + by;
          Try(message, absl::StrCat(at, " is ", value),
              [&] { reflection.SetInt64(message, field, value); });
        }
        return;
      case FieldDescriptor::CPPTYPE_ENUM:
        for (int i = 0; i < field->enum_type()->value_count(); ++i) {
          const auto* value = field->enum_type()->value(i);
          // The two names of a form.
          if (value->number() == reflection.GetEnumValue(*message, field)) continue;
          Try(message, absl::StrCat(at, " is ", value->name()),
              [&] { reflection.SetEnum(message, field, value); });
        }
        return;
      case FieldDescriptor::CPPTYPE_STRING:
        return ChangeName(message, field, at);
      default:
        return;
    }
  }

  // Another field, date, list of hosts or clause that the loader takes.
  void ChangeName(Message* message, const FieldDescriptor* field, const std::string& at) {
    const Reflection& reflection = *message->GetReflection();
    const std::string own = reflection.GetString(*message, field);
    std::vector<std::string> others = {"today"};
    for (const auto& name : guideline_.field_names()) others.push_back(name.path());
    for (const auto& list : guideline_.host_lists()) others.push_back(list.id());
    for (const auto& clause : guideline_.clauses()) others.push_back(clause.id());
    int tries = 0;
    for (const std::string& other : others) {
      if (other == own || ++tries > kMaxTries) continue;
      reflection.SetString(message, field, other);
      std::string text;
      google::protobuf::TextFormat::PrintToString(guideline_, &text);
      if (!ParseGuideline("mutant", text).ok()) continue;
      mutants_.push_back({absl::StrCat(at, " is ", other), std::move(text)});
      break;
    }
    reflection.SetString(message, field, own);
  }

  void ChangeList(Message* message, const FieldDescriptor* field, const std::string& at) {
    const Reflection& reflection = *message->GetReflection();
    for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
      const std::string entry = absl::StrCat(at, "[", i, "]");
      Try(message, entry + " is gone", [&] {
        const int last = reflection.FieldSize(*message, field) - 1;
        for (int j = i; j < last; ++j) reflection.SwapElements(message, field, j, j + 1);
        reflection.RemoveLast(message, field);
      });
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Change(reflection.MutableRepeatedMessage(message, field, i), entry);
      }
    }
    if (field->name() == "desks") {
      Try(message, at + " has another one",
          [&] { reflection.AddString(message, field, "departments/9999"); });
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return;
    for (int i = 0; i < field->enum_type()->value_count(); ++i) {
      const auto* value = field->enum_type()->value(i);
      bool has = false;
      for (int j = 0; j < reflection.FieldSize(*message, field); ++j) {
        has = has || reflection.GetRepeatedEnumValue(*message, field, j) == value->number();
      }
      // No sample is a grant.
      if (has || value->name() == "ACTION_GRANT") continue;
      Try(message, absl::StrCat(at, " has ", value->name(), " too"),
          [&] { reflection.AddEnum(message, field, value); });
    }
  }

  v1::Guideline guideline_;
  std::vector<Mutant> mutants_;
};

}  // namespace

std::vector<Mutant> MutantsOf(const v1::Guideline& guideline, const std::string& rule) {
  v1::Guideline alone = guideline;
  alone.clear_rules();
  for (const v1::Rule& one : guideline.rules()) {
    if (one.id() == rule) *alone.add_rules() = one;
  }
  // One other clause will do, and makes every mutant quicker to read.
  v1::Guideline clauses;
  for (const v1::Clause& clause : guideline.clauses()) {
    const bool own = clause.id() == alone.rules(0).clause();
    if (own || clauses.clauses_size() == 0) *clauses.add_clauses() = clause;
  }
  *alone.mutable_clauses() = clauses.clauses();
  Maker maker(std::move(alone));
  maker.Change(maker.guideline()->mutable_rules(0), rule);
  return maker.Take();
}

std::vector<Mutant> LadderMutantsOf(const v1::Guideline& guideline) {
  if (!guideline.has_ladder()) return {};
  v1::Guideline silence = guideline;
  silence.clear_rules();
  for (const v1::Rule& rule : guideline.rules()) {
    if (rule.has_inactivity()) *silence.add_rules() = rule;
  }
  Maker maker(std::move(silence));
  maker.Change(maker.guideline()->mutable_ladder(), "ladder");
  return maker.Take();
}

}  // namespace daicho::policy::testing
