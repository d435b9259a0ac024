#include "services/audit/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/work/unit_of_work.h"
#include "services/audit/schema.h"
#include "tests/support/database.h"

namespace daicho::audit::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

domain::NewEvent EventOf(const std::string& id, const std::string& leaf) {
  return {.event_id = id,
          .leaf = leaf,
          .search = {.event_time = kNow, .service = "registry", .type = "account.opened"}};
}

std::vector<domain::NewEvent> NewEvents(int count) {
  std::vector<domain::NewEvent> events;
  for (int i = 0; i < count; ++i) {
    const std::string id = NewUuid(kNow);
    events.push_back(EventOf(id, absl::StrCat("leaf of ", id)));
  }
  return events;
}

class StoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<Appended> AppendAll(const std::vector<domain::NewEvent>& events) {
    Appended appended;
    const absl::Status status = work::Run(database_.pool(), testing::Soon(), nullptr,
                                          [&](work::UnitOfWork& unit) -> absl::Status {
                                            auto done = Append(unit.tx(), events, kNow);
                                            if (done.ok()) appended = *done;
                                            return done.status();
                                          });
    if (!status.ok()) return status;
    return appended;
  }

  template <typename Body>
  auto Read(Body body) {
    auto lease = database_.pool().Acquire(testing::Soon());
    pg::Transaction tx = (*lease)->Begin(testing::Soon());
    return body(tx);
  }

  domain::Head HeadNow() {
    return Read([](pg::Transaction& tx) { return GetHead(tx); }).value();
  }

  std::vector<domain::Entry> AllEntries(domain::Query query = {}) {
    query.end = query.end == 0 ? HeadNow().tree.size : query.end;
    query.page_size = 1000;
    std::vector<domain::Entry> entries;
    domain::Page page{.has_more = true};
    while (page.has_more) {
      page = Read([&](pg::Transaction& tx) { return ListEntries(tx, query); }).value();
      entries.insert(entries.end(), page.entries.begin(), page.entries.end());
      query.begin = entries.empty() ? 0 : entries.back().index + 1;
    }
    return entries;
  }

  // Computes the tree anew from the entries alone, and compares it with all that is stored of it.
  void ExpectConsistentTree() {
    const domain::Head head = HeadNow();
    domain::Frontier frontier;
    domain::Nodes nodes;
    for (const domain::Entry& entry : AllEntries()) {
      EXPECT_EQ(entry.index, frontier.size);
      EXPECT_EQ(entry.leaf_hash, domain::LeafHash(entry.leaf));
      for (const auto& node : domain::Append(frontier, domain::LeafHash(entry.leaf))) {
        nodes[node.id] = node.hash;
      }
    }
    EXPECT_EQ(head.tree.size, frontier.size);
    EXPECT_EQ(head.tree.root, RootOf(frontier));
    EXPECT_EQ(database_.Value("SELECT count(*) FROM entries"), absl::StrCat(frontier.size));
    EXPECT_EQ(database_.Value("SELECT count(*) FROM tree_nodes"), absl::StrCat(nodes.size()));
    std::vector<domain::NodeId> ids;
    for (const auto& [id, hash] : nodes) ids.push_back(id);
    EXPECT_EQ(Read([&](pg::Transaction& tx) { return GetNodes(tx, ids); }).value(), nodes);
  }

  testing::Database database_{Schema()};
};

TEST_F(StoreTest, EveryStatementFitsTheSchema) {
  const absl::Status status = testing::PrepareAll(database_.conninfo());
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(StoreTest, AnEmptyLogHasTheEmptyRoot) {
  EXPECT_EQ(HeadNow().tree, (domain::TreeHead{.size = 0, .root = domain::EmptyRoot()}));
  ExpectConsistentTree();
}

TEST_F(StoreTest, AppendsAtConsecutivePositionsInTheOrderGiven) {
  const auto first = NewEvents(5);
  const auto second = NewEvents(3);
  ASSERT_TRUE(AppendAll(first).ok());
  const auto appended = AppendAll(second);
  ASSERT_TRUE(appended.ok()) << appended.status();
  EXPECT_EQ(appended->count, 3);
  EXPECT_EQ(appended->tree_size, 8);

  std::vector<std::string> expected, leaves;
  for (const auto& event : first) expected.push_back(event.leaf);
  for (const auto& event : second) expected.push_back(event.leaf);
  for (const auto& entry : AllEntries()) leaves.push_back(entry.leaf);
  EXPECT_EQ(leaves, expected);
  EXPECT_EQ(HeadNow().update_time, kNow);
  ExpectConsistentTree();
}

TEST_F(StoreTest, ARepeatedBatchChangesNothing) {
  const auto events = NewEvents(7);
  ASSERT_TRUE(AppendAll(events).ok());
  const domain::Head before = HeadNow();
  const auto repeat = AppendAll(events);
  ASSERT_TRUE(repeat.ok()) << repeat.status();
  EXPECT_EQ(repeat->count, 0);
  EXPECT_EQ(repeat->tree_size, 7);
  EXPECT_EQ(HeadNow(), before);
  ExpectConsistentTree();
}

TEST_F(StoreTest, AnOverlappingBatchAddsOnlyWhatIsNew) {
  auto events = NewEvents(7);
  ASSERT_TRUE(AppendAll({events.begin(), events.begin() + 4}).ok());
  const auto appended = AppendAll({events.begin() + 2, events.end()});
  ASSERT_TRUE(appended.ok()) << appended.status();
  EXPECT_EQ(appended->count, 3);
  ExpectConsistentTree();
}

TEST_F(StoreTest, AnAlteredEventIsRefusedWithItsWholeBatch) {
  const auto events = NewEvents(2);
  ASSERT_TRUE(AppendAll(events).ok());
  auto altered = NewEvents(1);
  altered.push_back(EventOf(events[1].event_id, "other bytes"));
  EXPECT_EQ(ReasonOf(AppendAll(altered).status()), "EVENT_ALTERED");
  EXPECT_EQ(HeadNow().tree.size, 2);
  ExpectConsistentTree();
}

TEST_F(StoreTest, OverlappingBatchesFromFourThreadsAreEachStoredOnce) {
  constexpr int kEvents = 200;
  const auto events = NewEvents(kEvents);
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 4; ++sender) {
    senders.emplace_back([&, sender] {
      const int size = 7 + sender;  // So that no two senders cut the events alike.
      for (int begin = 0; begin < kEvents; begin += size) {
        const auto end = events.begin() + std::min(kEvents, begin + size);
        const auto appended = AppendAll({events.begin() + begin, end});
        EXPECT_TRUE(appended.ok()) << appended.status();
      }
    });
  }
  for (std::thread& sender : senders) sender.join();

  std::set<std::string> leaves;
  for (const auto& entry : AllEntries()) leaves.insert(entry.leaf);
  EXPECT_EQ(leaves.size(), static_cast<std::size_t>(kEvents));
  EXPECT_EQ(HeadNow().tree.size, kEvents);
  ExpectConsistentTree();
}

TEST_F(StoreTest, ConnectionsKilledInTheMiddleLeaveAConsistentTree) {
  constexpr int kKills = 30;
  std::atomic<bool> killed_enough = false;
  std::vector<domain::NewEvent> events;
  std::thread sender([&] {
    const absl::Time give_up = testing::Soon();
    while (!killed_enough && absl::Now() < give_up) {
      const auto batch = NewEvents(10);
      events.insert(events.end(), batch.begin(), batch.end());
      while (!AppendAll(batch).ok() && absl::Now() < give_up) continue;
    }
  });
  pg::Connection killer = database_.Connect();
  for (int kills = 0; kills < kKills;) {
    const auto killed = killer.QueryOnce(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'",
        testing::Soon());
    EXPECT_TRUE(killed.ok()) << killed.status();
    if (!killed.ok()) break;
    kills += killed->size();
  }
  killed_enough = true;
  sender.join();

  std::vector<std::string> expected, leaves;
  for (const auto& event : events) expected.push_back(event.leaf);
  for (const auto& entry : AllEntries()) leaves.push_back(entry.leaf);
  EXPECT_EQ(leaves, expected);
  ExpectConsistentTree();
}

TEST_F(StoreTest, NothingIsAppendedToAHeadThatContradictsItself) {
  ASSERT_TRUE(AppendAll(NewEvents(3)).ok());
  database_.Execute("UPDATE tree_head SET root_hash = sha256('forged')");
  EXPECT_EQ(AppendAll(NewEvents(1)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(StoreTest, TheDatabaseRefusesALeafThatDoesNotFitItsHash) {
  ASSERT_TRUE(AppendAll(NewEvents(1)).ok());
  pg::Connection connection = database_.Connect();
  EXPECT_FALSE(
      connection.ExecuteScript("UPDATE entries SET leaf = 'forged'", testing::Soon()).ok());
}

TEST_F(StoreTest, ListsTheEntriesOfAResourceTheRelatedOnesIncluded) {
  auto events = NewEvents(4);
  events[0].search.resources = {"forms/1", "accounts/1"};
  events[1].search.resources = {"forms/2"};
  events[2].search.resources = {"accounts/1"};
  events[2].search.actor = "users/hirose";
  ASSERT_TRUE(AppendAll(events).ok());

  const auto indexes = [&](const domain::Query& query) {
    std::vector<std::int64_t> found;
    for (const auto& entry : AllEntries(query)) found.push_back(entry.index);
    return found;
  };
  EXPECT_THAT(indexes({.resource = "accounts/1"}), ElementsAre(0, 2));
  EXPECT_THAT(indexes({.resource = "accounts/1", .actor = "users/hirose"}), ElementsAre(2));
  EXPECT_THAT(indexes({.actor = "users/hirose"}), ElementsAre(2));
  EXPECT_THAT(indexes({.resource = "accounts/"}), IsEmpty());
  EXPECT_THAT(indexes({.begin = 1, .end = 3}), ElementsAre(1, 2));
}

TEST_F(StoreTest, APageEndsAtItsSizeAndAtItsBytes) {
  std::vector<domain::NewEvent> events;
  for (int i = 0; i < 5; ++i) {
    events.push_back(EventOf(NewUuid(kNow), std::string(kMaxPageBytes / 2, 'a' + i)));
  }
  ASSERT_TRUE(AppendAll(events).ok());
  const auto page = [&](const domain::Query& query) {
    return Read([&](pg::Transaction& tx) { return ListEntries(tx, query); }).value();
  };
  EXPECT_EQ(page({.end = 5, .page_size = 1}).entries.size(), 1u);
  EXPECT_TRUE(page({.end = 5, .page_size = 1}).has_more);
  EXPECT_EQ(page({.end = 5, .page_size = 5}).entries.size(), 2u);
  EXPECT_TRUE(page({.end = 5, .page_size = 5}).has_more);
  EXPECT_FALSE(page({.begin = 3, .end = 5, .page_size = 2}).has_more);
  EXPECT_THAT(page({.end = 0, .page_size = 5}).entries, IsEmpty());
}

// Callers name resources as they like; none of it may stop the log.
TEST_F(StoreTest, StoresTheLongestSearchTextsAndQuotesAndBackslashes) {
  auto events = NewEvents(1);
  domain::SearchFields& search = events[0].search;
  search.actor = domain::SearchText(std::string(5000, '"'));
  search.resources = {domain::SearchText("a\\{,}\"'\n\t"), domain::SearchText(std::string(900, 1))};
  search.reason = "NULL";
  ASSERT_TRUE(AppendAll(events).ok());
  EXPECT_EQ(AllEntries({.resource = "a\\{,}\"'\n\t", .actor = search.actor}).size(), 1u);
  EXPECT_EQ(database_.Value("SELECT reason FROM entries"), "NULL");
}

TEST_F(StoreTest, AnEventTheLogLacksIsNotFound) {
  const auto status =
      Read([](pg::Transaction& tx) { return GetEntry(tx, NewUuid(kNow)); }).status();
  EXPECT_EQ(ReasonOf(status), "EVENT_NOT_FOUND");
}

}  // namespace
}  // namespace daicho::audit::store
