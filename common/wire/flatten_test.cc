#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include <random>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "common/wire/fields.h"
#include "daicho/approval/v1/form.pb.h"
#include "daicho/registry/v1/account.pb.h"

namespace daicho::wire {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using registry::v1::GovernedFields;
using ::testing::ElementsAre;
using ::testing::Pair;

// Fills messages with whatever values their types allow.
class Filler {
 public:
  explicit Filler(unsigned seed) : random_(seed) {}

  // Leaves at least one field set, as a message without any counts as unset.
  void Fill(Message* message) {
    if (auto* date = google::protobuf::DynamicCastToGenerated<google::type::Date>(message)) {
      *date = ToDate(absl::CivilDay(1, 1, 1) + Below(9999 * 365));
      return;
    }
    if (auto* time =
            google::protobuf::DynamicCastToGenerated<google::protobuf::Timestamp>(message)) {
      time->set_seconds(Below(400000000000) - 62000000000);
      time->set_nanos(static_cast<int>(Below(1000000000)));
      return;
    }
    const auto* descriptor = message->GetDescriptor();
    const int sure = static_cast<int>(Below(descriptor->field_count()));
    for (int i = 0; i < descriptor->field_count(); ++i) {
      if (i == sure || Below(3) > 0) FillField(message, *descriptor->field(i));
    }
  }

 private:
  std::int64_t Below(std::int64_t limit) {
    return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
  }

  std::string Text(const FieldDescriptor& field) {
    static const char* const kPieces[] = {"台", "帳", "a", "\n", "[0]", ".", "\"", "𠮷", " ", "='"};
    std::string text;
    do {
      text += field.type() == FieldDescriptor::TYPE_BYTES
                  ? std::string(1, static_cast<char>(Below(256)))
                  : kPieces[Below(std::size(kPieces))];
    } while (Below(4) > 0);
    return text;
  }

  void FillField(Message* message, const FieldDescriptor& field) {
    const auto& r = *message->GetReflection();
    // Twelve entries make "[10]" sort before "[2]".
    const int entries = field.is_repeated() ? static_cast<int>(1 + Below(12)) : 1;
    const bool list = field.is_repeated();
    for (int i = 0; i < entries; ++i) {
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          // An entry of a list may be empty, and is there all the same.
          if (list && Below(4) == 0) {
            r.AddMessage(message, &field);
          } else {
            Fill(list ? r.AddMessage(message, &field) : r.MutableMessage(message, &field));
          }
          break;
        case FieldDescriptor::CPPTYPE_STRING: {
          const std::string text = list && Below(4) == 0 ? "" : Text(field);
          list ? r.AddString(message, &field, text) : r.SetString(message, &field, text);
          break;
        }
        case FieldDescriptor::CPPTYPE_ENUM: {
          const auto& type = *field.enum_type();
          const int number =
              type.value(static_cast<int>(Below(type.value_count() - 1)) + 1)->number();
          list ? r.AddEnumValue(message, &field, number) : r.SetEnumValue(message, &field, number);
          break;
        }
        case FieldDescriptor::CPPTYPE_BOOL:
          r.SetBool(message, &field, true);
          break;
        case FieldDescriptor::CPPTYPE_INT64:
          r.SetInt64(message, &field, 1 + Below(std::numeric_limits<std::int64_t>::max()));
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          r.SetInt32(message, &field, static_cast<int>(-1 - Below(1 << 30)));
          break;
        case FieldDescriptor::CPPTYPE_UINT32:
        case FieldDescriptor::CPPTYPE_UINT64:
        case FieldDescriptor::CPPTYPE_DOUBLE:
        case FieldDescriptor::CPPTYPE_FLOAT:
          FAIL() << "no contract used this type when the test was written: " << field.full_name();
      }
    }
  }

  std::mt19937 random_;
};

template <typename M>
void ExpectInverse() {
  for (unsigned seed = 0; seed < 300; ++seed) {
    M message;
    Filler(seed).Fill(&message);
    const Fields fields = Flatten(message);
    M again;
    const absl::Status status = Unflatten(fields, &again);
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_TRUE(google::protobuf::util::MessageDifferencer::Equals(message, again))
        << "seed " << seed << "\n"
        << message.DebugString() << "\n"
        << again.DebugString();
    ASSERT_EQ(Flatten(again), fields);
  }
}

TEST(FlattenTest, IsUndoneByUnflattenForGovernedFields) { ExpectInverse<GovernedFields>(); }

TEST(FlattenTest, IsUndoneByUnflattenForFormContent) { ExpectInverse<approval::v1::FormContent>(); }

TEST(FlattenTest, WritesValuesAsPeopleReadThem) {
  GovernedFields fields;
  fields.set_purpose("県政の広報");
  fields.set_kind(GovernedFields::KIND_OFFICIAL);
  fields.mutable_term()->set_permanent(true);
  *fields.mutable_policy_published_on() = ToDate(absl::CivilDay(2026, 4, 1));
  fields.mutable_publishing_method()->add_operators()->set_display_name("山田");
  fields.add_goals()->set_target(1200);
  EXPECT_THAT(
      Flatten(fields, "fields"),
      ElementsAre(Pair("fields.goals[0].target", "1200"), Pair("fields.kind", "KIND_OFFICIAL"),
                  Pair("fields.policy_published_on", "2026-04-01"),
                  Pair("fields.publishing_method.operators[0].display_name", "山田"),
                  Pair("fields.purpose", "県政の広報"), Pair("fields.term.permanent", "true")));
}

TEST(FlattenTest, WritesTimesInUtcAndBytesInHex) {
  registry::v1::Activity activity;
  activity.mutable_last_post_time()->set_seconds(0);
  activity.mutable_last_post_time()->set_nanos(500000000);
  EXPECT_THAT(Flatten(activity),
              ElementsAre(Pair("last_post_time", "1970-01-01T00:00:00.5+00:00")));
  approval::v1::Attachment attachment;
  attachment.set_sha256("\x01\xff");
  EXPECT_THAT(Flatten(attachment), ElementsAre(Pair("sha256", "01ff")));
}

TEST(FlattenTest, LeavesOutWhatHasNoSetField) {
  GovernedFields fields;
  fields.mutable_term();
  fields.mutable_policy_published_on();
  EXPECT_THAT(Flatten(fields), ElementsAre());
}

TEST(FlattenTest, WritesWholeSecondsOfAnyYearAsAbslDoes) {
  for (const std::int64_t seconds :
       {-62135596800L, -30610224001L, -30610224000L, -1L, 1788134400L, 253402300799L}) {
    registry::v1::Activity activity;
    activity.mutable_observe_time()->set_seconds(seconds);
    EXPECT_EQ(
        Flatten(activity)["observe_time"],
        absl::FormatTime(absl::RFC3339_full, absl::FromUnixSeconds(seconds), absl::UTCTimeZone()));
  }
}

std::string WithoutIndexes(const std::string& path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    inside = inside ? c != ']' : c == '[';
    if (!inside && c != ']') out.push_back(c);
  }
  return out;
}

// What of `all` is at or under one of `paths`.
Fields Under(const std::set<std::string>& paths, const Fields& all) {
  Fields out;
  for (const auto& [path, value] : all) {
    const std::string plain = WithoutIndexes(path);
    for (const std::string& wanted : paths) {
      if (plain == wanted || absl::StartsWith(plain, wanted + ".")) out[path] = value;
    }
  }
  return out;
}

Fields WithoutEmptySingles(const Fields& fields) {
  Fields out;
  for (const auto& [path, value] : fields) {
    if (!value.empty() || absl::StrContains(path, "[")) out[path] = value;
  }
  return out;
}

TEST(FieldReaderTest, ReadsOfOneMessageAfterAnotherWhatFlattenGives) {
  const std::vector<std::set<std::string>> choices = {
      {},
      {"account.fields.purpose", "account.fields.goals", "account.nothing"},
      {"account.activity.last_post_time", "account.fields.policy_published_on",
       "account.fields.publishing_method.operators", "account.facts.custody.mfa_enabled"},
      {"account.fields.publishing_method", "account.listing", "account.name"},
      {"account"}};
  for (const std::set<std::string>& paths : choices) {
    FieldReader reader(*registry::v1::Account::descriptor(), "account", paths);
    for (unsigned seed = 0; seed < 100; ++seed) {
      registry::v1::Account message;
      Filler(seed).Fill(&message);
      ASSERT_EQ(WithoutEmptySingles(reader.Read(message)),
                WithoutEmptySingles(Under(paths, Flatten(message, "account"))))
          << seed;
    }
  }
}

TEST(UnflattenTest, NamesAPathOrValueTheMessageCannotTake) {
  const std::pair<std::string, std::string> kBad[] = {
      {"", ""},
      {"nothing", "x"},
      {"term", "x"},
      {"term.permanent", "yes"},
      {"purpose.x", "x"},
      {"purpose[0]", "x"},
      {"goals", "x"},
      {"goals[", ""},
      {"goals[]", ""},
      {"goals[-1]", ""},
      {"goals[+1]", ""},
      {"goals[999999999]", ""},
      {"goals[0].target", "12a"},
      {"kind", "KIND_NONE"},
      {"policy_published_on", "2026-02-30"},
  };
  for (const auto& [path, text] : kBad) {
    GovernedFields fields;
    const absl::Status status = Unflatten({{path, text}}, &fields);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_EQ(ReasonOf(status), "") << path;
  }
  approval::v1::Attachment attachment;
  EXPECT_FALSE(Unflatten({{"sha256", "abc"}}, &attachment).ok());
  EXPECT_FALSE(Unflatten({{"sha256", "zz"}}, &attachment).ok());
}

}  // namespace
}  // namespace daicho::wire
