#include "common/wire/sealed_event.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "daicho/approval/v1/form_service.pb.h"
#include "daicho/registry/v1/fact_service.pb.h"

namespace daicho::wire {
namespace {

using event::v1::Event;
using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Event SampleEvent() {
  Event event;
  event.set_event_id("0197b1f0-0000-7000-8000-000000000001");
  event.set_type("account.changed");
  event.add_related_resources("forms/1");
  event.mutable_actor()->set_subject("users/hirose");
  event.mutable_actor()->set_display_name("広瀬 花子");
  const auto add = [&](const char* path, const char* before, const char* after) {
    auto* change = event.add_changes();
    change->set_path(path);
    change->set_before(before);
    change->set_after(after);
  };
  add("fields.publishing_method.operators[0].display_name", "坂本 一郎", "坂本 次郎");
  add("fields.publishing_method.operators[0].subject", "users/ichiro", "users/jiro");
  add("fields.purpose", "知らせる", "広く知らせる");
  return event;
}

// As it comes out of the log: the leaf's bytes parsed, the bodies beside.
struct Stored {
  Event leaf;
  Bodies bodies;
};
Stored Store(Event event) {
  const std::vector<event::v1::Body> bodies = SealValues(event);
  return {event, {bodies.begin(), bodies.end()}};
}

TEST(SealedEventTest, NamesOfPeopleAreNotInTheLeaf) {
  const Stored stored = Store(SampleEvent());
  EXPECT_THAT(stored.leaf.SerializeAsString(), Not(HasSubstr("花子")));
  EXPECT_THAT(stored.leaf.SerializeAsString(), Not(HasSubstr("坂本")));
  EXPECT_EQ(stored.leaf.changes(2).after(), "広く知らせる");
  std::vector<std::string> owners;
  for (const auto& body : stored.bodies) owners.push_back(body.person());
  EXPECT_THAT(owners, ElementsAre("users/hirose", "users/ichiro", "users/jiro"));
}

TEST(SealedEventTest, TheSameNameIsSealedDifferentlyEachTime) {
  EXPECT_NE(Store(SampleEvent()).leaf.sealed(0).hash(), Store(SampleEvent()).leaf.sealed(0).hash());
}

TEST(SealedEventTest, WhatWasSealedIsPutBack) {
  Stored stored = Store(SampleEvent());
  const auto missing = UnsealValues(stored.bodies, stored.leaf);
  ASSERT_TRUE(missing.ok()) << missing.status();
  EXPECT_THAT(*missing, IsEmpty());
  stored.leaf.clear_encoding();
  stored.leaf.clear_sealed();
  EXPECT_TRUE(MessageDifferencer::Equals(stored.leaf, SampleEvent()));
}

TEST(SealedEventTest, ARedactedValueIsNamedAndTheRestIsThere) {
  Stored stored = Store(SampleEvent());
  stored.bodies.DeleteSubrange(1, 1);
  const auto missing = UnsealValues(stored.bodies, stored.leaf);
  ASSERT_TRUE(missing.ok()) << missing.status();
  EXPECT_THAT(*missing, ElementsAre("changes[0].before"));
  EXPECT_EQ(stored.leaf.actor().display_name(), "広瀬 花子");
  EXPECT_EQ(stored.leaf.changes(0).before(), "");
}

TEST(SealedEventTest, AnotherValueThanTheSealedOneIsRefused) {
  const Stored stored = Store(SampleEvent());
  for (int i = 0; i < stored.bodies.size(); ++i) {
    for (const bool salt : {true, false}) {
      Bodies bodies = stored.bodies;
      (salt ? bodies[i].mutable_salt() : bodies[i].mutable_value())->back() ^= 1;
      Event leaf = stored.leaf;
      EXPECT_EQ(UnsealValues(bodies, leaf).status().code(), absl::StatusCode::kDataLoss);
    }
  }
  Bodies twice = stored.bodies;
  *twice.Add() = twice[0];
  Event leaf = stored.leaf;
  EXPECT_FALSE(UnsealValues(twice, leaf).ok());
  Bodies foreign = stored.bodies;
  foreign.Add()->set_path("changes[2].after");
  leaf = stored.leaf;
  EXPECT_FALSE(UnsealValues(foreign, leaf).ok());
}

TEST(SealedEventTest, ALargeEventLeavesASmallLeaf) {
  Event event = SampleEvent();
  for (int i = 0; i < 2000; ++i) {
    event.add_related_resources(absl::StrCat("accounts/", i));
    auto* change = event.add_changes();
    change->set_path(absl::StrCat("fields.operators[", i, "].display_name"));
    change->set_after(absl::StrCat("職員 ", i));
  }
  event.set_reason(std::string(80'000, 'r'));
  Stored stored = Store(event);
  EXPECT_LT(stored.leaf.ByteSizeLong(), 1000u);
  const auto missing = UnsealValues(stored.bodies, stored.leaf);
  ASSERT_TRUE(missing.ok()) << missing.status();
  EXPECT_THAT(*missing, IsEmpty());
  stored.leaf.clear_encoding();
  stored.leaf.clear_sealed();
  EXPECT_TRUE(MessageDifferencer::Equals(stored.leaf, event));
}

TEST(SealedEventTest, AParcelIsToldFromAnEvent) {
  const Event event = SampleEvent();
  event::v1::Parcel parcel;
  ASSERT_TRUE(ReadParcel(event.SerializeAsString(), parcel));
  EXPECT_EQ(parcel.leaf(), event.SerializeAsString());
  const Stored stored = Store(event);
  event::v1::Parcel sent;
  sent.set_leaf(stored.leaf.SerializeAsString());
  *sent.mutable_bodies() = stored.bodies;
  ASSERT_TRUE(ReadParcel(sent.SerializeAsString(), parcel));
  EXPECT_TRUE(MessageDifferencer::Equals(parcel, sent));
  EXPECT_TRUE(EventIn(parcel).ok());
  parcel.mutable_bodies()->RemoveLast();
  EXPECT_FALSE(EventIn(parcel).ok()) << "nothing may be missing on the way in";
  EXPECT_FALSE(ReadParcel(event.SerializeAsString() + sent.SerializeAsString(), parcel));
}

// Whatever is stored of a person in a form or in the ledger comes by a field of one of these types.
void FindHolders(const google::protobuf::Descriptor& message, std::set<std::string>& seen,
                 std::set<std::string>& holders) {
  if (!seen.insert(message.full_name()).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const auto* type = message.field(i)->message_type();
    if (type == nullptr) continue;
    if (type->full_name() == "daicho.registry.v1.Person" ||
        type->full_name() == "daicho.approval.v1.Contact") {
      holders.insert(message.field(i)->name());
    }
    FindHolders(*type, seen, holders);
  }
}

TEST(SealedEventTest, EveryFieldThatHoldsAPersonIsPersonal) {
  std::set<std::string> seen, holders;
  FindHolders(*approval::v1::Form::descriptor(), seen, holders);
  FindHolders(*approval::v1::Absence::descriptor(), seen, holders);
  FindHolders(*registry::v1::Account::descriptor(), seen, holders);
  FindHolders(*registry::v1::Grant::descriptor(), seen, holders);
  EXPECT_GE(holders.size(), 8u);
  for (const std::string& holder : holders) {
    EXPECT_TRUE(IsPersonal(absl::StrCat(holder, ".display_name"))) << holder;
    EXPECT_TRUE(IsPersonal(absl::StrCat("fields.", holder, "[12].title"))) << holder;
  }
  for (const char* path :
       {"fields.department_head", "fields.contact.email", "fields.contact.extension"}) {
    EXPECT_TRUE(IsPersonal(path)) << path;
  }
  for (const char* path : {"fields.display_name", "display_name", "fields.handle",
                           "fields.contractor.display_name", "operators[0].subject"}) {
    EXPECT_FALSE(IsPersonal(path)) << path;
  }
}

}  // namespace
}  // namespace daicho::wire
