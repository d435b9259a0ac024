// The log as its readers see it, and how it grows: which events become entries, and where.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/audit/domain/merkle.h"

namespace daicho::audit::domain {

enum class Outcome { kOk, kRefused };

// What the log is searched by. Not what is hashed: that is the leaf.
struct SearchFields {
  absl::Time event_time;
  std::string service;
  std::string rpc;
  std::string type;
  std::vector<std::string> resources;  // The event's own and the related ones, each once.
  std::string department;
  std::string actor;
  Outcome outcome = Outcome::kOk;
  std::string reason;
  std::string request_id;

  friend bool operator==(const SearchFields&, const SearchFields&) = default;
};

// A value that is kept beside an entry; its salted hash is in the leaf.
struct Body {
  std::string path;
  std::string salt;
  std::string value;
  std::string person;  // Whose data it is: "users/…". May be empty.

  friend bool operator==(const Body&, const Body&) = default;
};

// Personal data of somebody who left, as it is kept beside the log.
struct PersonData {
  std::string person;               // "users/…".
  std::vector<std::string> values;  // What others entered about the person, exactly.
};

// An event on its way into the log.
struct NewEvent {
  std::string event_id;
  std::string leaf;
  std::vector<Body> bodies;
  SearchFields search;

  friend bool operator==(const NewEvent&, const NewEvent&) = default;
};

struct NewEntry {
  std::int64_t index = 0;
  Hash leaf_hash = {};
  NewEvent event;

  friend bool operator==(const NewEntry&, const NewEntry&) = default;
};

// What is to be stored so that the log holds a batch.
struct Growth {
  std::vector<NewEntry> entries;
  std::vector<Node> nodes;  // Subtrees the entries complete.
  Frontier frontier;        // Of the log afterwards.
};

// Puts the events that are not in the log yet at its end, in their order. `known` are the leaf
// hashes of the events of this batch that are. Refuses with FAILED_PRECONDITION (EVENT_ALTERED)
// when an event came before, in the log or in the batch, with other bytes; then none is taken.
absl::StatusOr<Growth> Grow(Frontier frontier, std::map<std::string, Hash> known,
                            std::vector<NewEvent> batch);

// One stored entry.
struct Entry {
  std::int64_t index = 0;
  std::string leaf;
  Hash leaf_hash = {};
  absl::Time append_time;
  std::vector<Body> bodies;  // Those that were not redacted.

  friend bool operator==(const Entry&, const Entry&) = default;
};

// The log as it is now.
struct Head {
  TreeHead tree;
  absl::Time update_time;  // When it had this size first.

  friend bool operator==(const Head&, const Head&) = default;
};

// Where an event is.
struct Position {
  std::int64_t index = 0;
  Hash leaf_hash = {};
  std::int64_t tree_size = 0;  // Of the log now.
};

// Part of the log, in its order.
struct Query {
  std::int64_t begin = 0;  // The first position to show.
  std::int64_t end = 0;    // The position to stop before.
  int page_size = 0;       // At most this many entries.
  // Conditions that hold together; empty means any.
  std::string resource;
  std::string timeline_of;  // About this resource, or a form or an advice named together with it.
  std::string actor;
  std::string department;
  std::string rpc;
  std::string type;
  std::string service;
  std::optional<Outcome> outcome;
  std::optional<absl::Time> from_time;
  std::optional<absl::Time> until_time;  // Not included.
};

struct Page {
  std::vector<Entry> entries;
  bool has_more = false;
};

// `text` as the log is searched by it: with U+FFFD for NUL and broken UTF-8, which the database
// cannot hold, and cut to 1,000 bytes, which an index can. Callers choose such texts freely, and an
// event must never be impossible to store.
std::string SearchText(absl::string_view text);

}  // namespace daicho::audit::domain
