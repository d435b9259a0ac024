#include "services/audit/store.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"

namespace daicho::audit::store {
namespace {

// The row lock makes appends take turns; the next one sees what this one stored.
const pg::Statement kLockHead{"audit_lock_head", R"sql(
  SELECT tree_size, root_hash, frontier
    FROM tree_head
     FOR UPDATE
)sql"};

const pg::Statement kSelectKnown{"audit_select_known", R"sql(
  SELECT event_id, leaf_hash
    FROM entries
   WHERE event_id = ANY($1::uuid[])
)sql"};

const pg::Statement kInsertEntries{"audit_insert_entries", R"sql(
  INSERT INTO entries (log_index, event_id, leaf, leaf_hash, append_time, event_time, service, rpc,
                       type, department, actor, outcome, reason, request_id, body_bytes)
  SELECT log_index, event_id, leaf, leaf_hash, $1, event_time, service, rpc,
         type, department, actor, outcome, reason, request_id, body_bytes
    FROM unnest($2::bigint[], $3::uuid[], $4::bytea[], $5::bytea[], $6::timestamptz[], $7::text[],
                $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
                $14::text[], $15::integer[])
      AS entry (log_index, event_id, leaf, leaf_hash, event_time, service, rpc,
                type, department, actor, outcome, reason, request_id, body_bytes)
)sql"};

const pg::Statement kInsertBodies{"audit_insert_bodies", R"sql(
  INSERT INTO entry_bodies (log_index, path, salt, value, person)
  SELECT log_index, path, salt, value, person
    FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[], $5::text[])
      AS body (log_index, path, salt, value, person)
)sql"};

const pg::Statement kInsertResources{"audit_insert_resources", R"sql(
  INSERT INTO entry_resources (resource, log_index)
  SELECT resource, log_index
    FROM unnest($1::text[], $2::bigint[]) AS entry (resource, log_index)
)sql"};

const pg::Statement kInsertNodes{"audit_insert_nodes", R"sql(
  INSERT INTO tree_nodes (level, node_index, hash)
  SELECT level, node_index, hash
    FROM unnest($1::integer[], $2::bigint[], $3::bytea[]) AS node (level, node_index, hash)
)sql"};

const pg::Statement kReplaceHead{"audit_replace_head", R"sql(
  UPDATE tree_head
     SET tree_size = $1, root_hash = $2, frontier = $3, update_time = $4
)sql"};

const pg::Statement kSelectHead{"audit_select_head", R"sql(
  SELECT tree_size, root_hash, update_time
    FROM tree_head
)sql"};

const pg::Statement kSelectEntry{"audit_select_entry", R"sql(
  SELECT log_index, leaf, leaf_hash, append_time
    FROM entries
   WHERE event_id = $1
)sql"};

const pg::Statement kSelectPosition{"audit_select_position", R"sql(
  SELECT entries.log_index, entries.leaf_hash, tree_head.tree_size
    FROM entries
   CROSS JOIN tree_head
   WHERE entries.event_id = $1
)sql"};

const pg::Statement kSelectBodies{"audit_select_bodies", R"sql(
  SELECT log_index, path, salt, value, person
    FROM entry_bodies
   WHERE log_index = ANY($1::bigint[])
   ORDER BY log_index, path
)sql"};

// What a timeline is about: a resource, and the forms and advices that an entry names with it.
const pg::Statement kSelectTimeline{"audit_select_timeline", R"sql(
  SELECT $1
  UNION
  SELECT other.resource
    FROM entry_resources AS named
    JOIN entry_resources AS other ON other.log_index = named.log_index
   WHERE named.resource = $1
     AND (other.resource LIKE 'forms/%' OR other.resource LIKE 'advices/%')
)sql"};

const pg::Statement kRedactBodies{"audit_redact_bodies", R"sql(
  SELECT redact_bodies($1, $2::bytea[])
)sql"};

const pg::Statement kSelectNodes{"audit_select_nodes", R"sql(
  SELECT 0, log_index, leaf_hash
    FROM entries
   WHERE log_index = ANY($1::bigint[])
  UNION ALL
  SELECT tree_nodes.level, tree_nodes.node_index, tree_nodes.hash
    FROM unnest($2::integer[], $3::bigint[]) AS wanted (level, node_index)
    JOIN tree_nodes ON tree_nodes.level = wanted.level
                   AND tree_nodes.node_index = wanted.node_index
)sql"};

absl::string_view ToText(domain::Outcome outcome) {
  switch (outcome) {
    case domain::Outcome::kOk:
      return "OK";
    case domain::Outcome::kRefused:
      return "REFUSED";
  }
  return "";
}

absl::StatusOr<domain::Hash> HashFromRow(const pg::Row& row, int column) {
  const std::optional<domain::Hash> hash = domain::HashFromBytes(row.Bytes(column));
  if (!hash.has_value()) return absl::DataLossError("a stored hash is not 32 bytes long");
  return *hash;
}

absl::StatusOr<domain::Frontier> LockHead(pg::Transaction& tx) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kLockHead, {}));
  if (rows.size() != 1) return absl::DataLossError("the log has no head");
  ASSIGN_OR_RETURN(const domain::Hash root, HashFromRow(rows[0], 1));
  domain::Frontier frontier{.size = rows[0].Int64(0)};
  const std::string bytes = rows[0].Bytes(2);
  for (std::size_t begin = 0; begin < bytes.size(); begin += root.size()) {
    const auto hash = domain::HashFromBytes(absl::string_view(bytes).substr(begin, root.size()));
    if (!hash.has_value()) return absl::DataLossError("the head's hashes are not whole");
    frontier.hashes.push_back(*hash);
  }
  // Never build on a head somebody tampered with.
  if (!domain::IsWellFormed(frontier) || domain::RootOf(frontier) != root) {
    return absl::DataLossError("the head of the log contradicts itself");
  }
  return frontier;
}

absl::StatusOr<std::map<std::string, domain::Hash>> KnownOf(
    pg::Transaction& tx, const std::vector<domain::NewEvent>& batch) {
  std::vector<std::string> ids;
  for (const domain::NewEvent& event : batch) ids.push_back(event.event_id);
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectKnown, {ids}));
  std::map<std::string, domain::Hash> known;
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(known[rows[i].Text(0)], HashFromRow(rows[i], 1));
  }
  return known;
}

std::vector<pg::Bytes> ToBytes(const std::vector<std::string>& texts) {
  std::vector<pg::Bytes> bytes;
  for (const std::string& text : texts) bytes.push_back({text});
  return bytes;
}

std::int64_t SizeOf(const std::vector<domain::Body>& bodies) {
  std::int64_t bytes = 0;
  for (const domain::Body& body : bodies) {
    bytes += static_cast<std::int64_t>(body.path.size() + body.salt.size() + body.value.size() +
                                       body.person.size());
  }
  return bytes;
}

void InsertEntries(pg::Transaction& tx, const std::vector<domain::NewEntry>& entries,
                   absl::Time now) {
  std::vector<std::string> indexes, ids, times, services, rpcs, types, departments, actors,
      outcomes, reasons, request_ids, body_bytes;
  std::vector<pg::Bytes> leaves, hashes;
  for (const domain::NewEntry& entry : entries) {
    const domain::SearchFields& search = entry.event.search;
    indexes.push_back(absl::StrCat(entry.index));
    ids.push_back(entry.event.event_id);
    leaves.push_back({entry.event.leaf});
    hashes.push_back({domain::BytesOf(entry.leaf_hash)});
    times.push_back(absl::FormatTime(search.event_time, absl::UTCTimeZone()));
    services.push_back(search.service);
    rpcs.push_back(search.rpc);
    types.push_back(search.type);
    departments.push_back(search.department);
    actors.push_back(search.actor);
    outcomes.emplace_back(ToText(search.outcome));
    reasons.push_back(search.reason);
    request_ids.push_back(search.request_id);
    body_bytes.push_back(absl::StrCat(SizeOf(entry.event.bodies)));
  }
  tx.Queue(kInsertEntries, {now, indexes, ids, leaves, hashes, times, services, rpcs, types,
                            departments, actors, outcomes, reasons, request_ids, body_bytes});
}

void InsertBodies(pg::Transaction& tx, const std::vector<domain::NewEntry>& entries) {
  std::vector<std::string> indexes, paths, people;
  std::vector<pg::Bytes> salts, values;
  for (const domain::NewEntry& entry : entries) {
    for (const domain::Body& body : entry.event.bodies) {
      indexes.push_back(absl::StrCat(entry.index));
      paths.push_back(body.path);
      salts.push_back({body.salt});
      values.push_back({body.value});
      people.push_back(body.person);
    }
  }
  if (!indexes.empty()) tx.Queue(kInsertBodies, {indexes, paths, salts, values, people});
}

void InsertResources(pg::Transaction& tx, const std::vector<domain::NewEntry>& entries) {
  std::vector<std::string> resources, indexes;
  for (const domain::NewEntry& entry : entries) {
    for (const std::string& resource : entry.event.search.resources) {
      resources.push_back(resource);
      indexes.push_back(absl::StrCat(entry.index));
    }
  }
  if (!resources.empty()) tx.Queue(kInsertResources, {resources, indexes});
}

void InsertNodes(pg::Transaction& tx, const std::vector<domain::Node>& nodes) {
  std::vector<std::string> levels, indexes;
  std::vector<pg::Bytes> hashes;
  for (const domain::Node& node : nodes) {
    levels.push_back(absl::StrCat(node.id.level));
    indexes.push_back(absl::StrCat(node.id.index));
    hashes.push_back({domain::BytesOf(node.hash)});
  }
  if (!nodes.empty()) tx.Queue(kInsertNodes, {levels, indexes, hashes});
}

void ReplaceHead(pg::Transaction& tx, const domain::Frontier& frontier, absl::Time now) {
  std::string hashes;
  for (const domain::Hash& hash : frontier.hashes) absl::StrAppend(&hashes, domain::BytesOf(hash));
  tx.Queue(kReplaceHead, {frontier.size, pg::Bytes{domain::BytesOf(domain::RootOf(frontier))},
                          pg::Bytes{hashes}, now});
}

absl::Status EventNotFound(absl::string_view event_id) {
  return Refuse(
      absl::StatusCode::kNotFound, "EVENT_NOT_FOUND",
      {.en = "The log holds no event with this id. Events arrive a moment after they "
             "happened; check the id or try again shortly.",
       .ja = "この識別子の事象は記録にありません。事象は発生の少し後に届きます。識別子を確"
             "かめるか、しばらくしてからもう一度お試しください。"},
      {{"event_id", event_id}});
}

absl::StatusOr<domain::Entry> EntryFromRow(const pg::Row& row) {
  domain::Entry entry{.index = row.Int64(0), .leaf = row.Bytes(1)};
  ASSIGN_OR_RETURN(entry.leaf_hash, HashFromRow(row, 2));
  entry.append_time = row.Time(3).value_or(absl::InfinitePast());
  return entry;
}

// The bodies of `entries`, each to its own.
absl::Status AddBodies(pg::Transaction& tx, std::vector<domain::Entry>& entries) {
  std::vector<std::string> indexes;
  for (const domain::Entry& entry : entries) indexes.push_back(absl::StrCat(entry.index));
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectBodies, {indexes}));
  int row = 0;
  for (domain::Entry& entry : entries) {
    for (; row < rows.size() && rows[row].Int64(0) == entry.index; ++row) {
      entry.bodies.push_back({.path = rows[row].Text(1),
                              .salt = rows[row].Bytes(2),
                              .value = rows[row].Bytes(3),
                              .person = rows[row].Text(4)});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> TimelineOf(pg::Transaction& tx,
                                                    const std::string& resource) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectTimeline, {resource}));
  std::vector<std::string> resources;
  for (int i = 0; i < rows.size(); ++i) resources.push_back(rows[i].Text(0));
  return resources;
}

// Conditions as SQL, with their parameters behind the first three.
class Conditions {
 public:
  explicit Conditions(std::vector<pg::Param> first) : params_(std::move(first)) {}

  // `sql` has a "?" where the parameter goes.
  void Add(absl::string_view sql, pg::Param param) {
    params_.push_back(std::move(param));
    absl::StrAppend(&sql_, " AND ",
                    absl::StrReplaceAll(sql, {{"?", absl::StrCat("$", params_.size())}}));
  }
  void AddText(absl::string_view sql, const std::string& text) {
    if (!text.empty()) Add(sql, text);
  }

  const std::string& sql() const { return sql_; }
  std::vector<pg::Param> TakeParams() { return std::move(params_); }

 private:
  std::string sql_;
  std::vector<pg::Param> params_;
};

// A page and one row more, which tells that there are more. Rows past the bytes of a page come
// without their leaf.
absl::StatusOr<pg::Result> SelectPage(pg::Transaction& tx, const domain::Query& query) {
  Conditions conditions({query.begin, query.end, std::int64_t{query.page_size} + 1, kMaxPageBytes});
  conditions.AddText(
      "log_index IN (SELECT log_index FROM entry_resources WHERE resource = ?"
      " AND log_index >= $1 AND log_index < $2)",
      query.resource);
  if (!query.timeline_of.empty()) {
    ASSIGN_OR_RETURN(const auto resources, TimelineOf(tx, query.timeline_of));
    conditions.Add(
        "log_index IN (SELECT log_index FROM entry_resources WHERE resource = ANY(?::text[])"
        " AND log_index >= $1 AND log_index < $2)",
        resources);
  }
  conditions.AddText("actor = ?", query.actor);
  conditions.AddText("department = ?", query.department);
  conditions.AddText("rpc = ?", query.rpc);
  conditions.AddText("type = ?", query.type);
  conditions.AddText("service = ?", query.service);
  if (query.outcome) conditions.Add("outcome = ?", ToText(*query.outcome));
  if (query.from_time) conditions.Add("event_time >= ?", *query.from_time);
  if (query.until_time) conditions.Add("event_time < ?", *query.until_time);
  const std::string sql = absl::StrCat(
      "SELECT log_index, CASE WHEN page_bytes <= $4 THEN leaf END, leaf_hash, append_time"
      " FROM (SELECT log_index, leaf, leaf_hash, append_time,"
      " sum(octet_length(leaf) + body_bytes) OVER (ORDER BY log_index) AS page_bytes"
      " FROM entries WHERE log_index >= $1 AND log_index < $2",
      conditions.sql(), " ORDER BY log_index LIMIT $3) AS page ORDER BY log_index");
  return tx.ExecuteComposed("audit_list_entries", sql, conditions.TakeParams());
}

}  // namespace

absl::StatusOr<Appended> Append(pg::Transaction& tx, std::vector<domain::NewEvent> batch,
                                absl::Time now) {
  ASSIGN_OR_RETURN(domain::Frontier frontier, LockHead(tx));
  ASSIGN_OR_RETURN(auto known, KnownOf(tx, batch));
  ASSIGN_OR_RETURN(const domain::Growth growth,
                   domain::Grow(std::move(frontier), std::move(known), std::move(batch)));
  if (!growth.entries.empty()) {
    InsertEntries(tx, growth.entries, now);
    InsertBodies(tx, growth.entries);
    InsertResources(tx, growth.entries);
    InsertNodes(tx, growth.nodes);
    ReplaceHead(tx, growth.frontier, now);
  }
  return Appended{.count = static_cast<int>(growth.entries.size()),
                  .tree_size = growth.frontier.size};
}

absl::StatusOr<domain::Head> GetHead(pg::Transaction& tx) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectHead, {}));
  if (rows.size() != 1) return absl::DataLossError("the log has no head");
  domain::Head head{.tree = {.size = rows[0].Int64(0)}};
  ASSIGN_OR_RETURN(head.tree.root, HashFromRow(rows[0], 1));
  head.update_time = rows[0].Time(2).value_or(absl::InfinitePast());
  return head;
}

absl::StatusOr<domain::Entry> GetEntry(pg::Transaction& tx, absl::string_view event_id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectEntry, {event_id}));
  if (rows.size() == 0) return EventNotFound(event_id);
  ASSIGN_OR_RETURN(domain::Entry entry, EntryFromRow(rows[0]));
  std::vector<domain::Entry> entries = {std::move(entry)};
  RETURN_IF_ERROR(AddBodies(tx, entries));
  return std::move(entries[0]);
}

absl::StatusOr<domain::Position> GetPosition(pg::Transaction& tx, absl::string_view event_id) {
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectPosition, {event_id}));
  if (rows.size() == 0) return EventNotFound(event_id);
  domain::Position position{.index = rows[0].Int64(0), .tree_size = rows[0].Int64(2)};
  ASSIGN_OR_RETURN(position.leaf_hash, HashFromRow(rows[0], 1));
  return position;
}

absl::StatusOr<domain::Page> ListEntries(pg::Transaction& tx, const domain::Query& query) {
  ASSIGN_OR_RETURN(const pg::Result rows, SelectPage(tx, query));
  domain::Page page;
  for (int i = 0; i < rows.size(); ++i) {
    if (i == query.page_size || rows[i].IsNull(1)) {
      page.has_more = true;
      break;
    }
    ASSIGN_OR_RETURN(domain::Entry entry, EntryFromRow(rows[i]));
    page.entries.push_back(std::move(entry));
  }
  RETURN_IF_ERROR(AddBodies(tx, page.entries));
  return page;
}

absl::StatusOr<int> RedactBodies(pg::Transaction& tx, const domain::PersonData& data) {
  ASSIGN_OR_RETURN(const pg::Result rows,
                   tx.Execute(kRedactBodies, {data.person, ToBytes(data.values)}));
  return static_cast<int>(rows[0].Int64(0));
}

absl::StatusOr<domain::Nodes> GetNodes(pg::Transaction& tx,
                                       const std::vector<domain::NodeId>& ids) {
  std::vector<std::string> leaves, levels, indexes;
  for (const domain::NodeId& id : ids) {
    if (id.level == 0) {
      leaves.push_back(absl::StrCat(id.index));
    } else {
      levels.push_back(absl::StrCat(id.level));
      indexes.push_back(absl::StrCat(id.index));
    }
  }
  ASSIGN_OR_RETURN(const pg::Result rows, tx.Execute(kSelectNodes, {leaves, levels, indexes}));
  domain::Nodes nodes;
  for (int i = 0; i < rows.size(); ++i) {
    const domain::NodeId id{.level = static_cast<int>(rows[i].Int64(0)), .index = rows[i].Int64(1)};
    ASSIGN_OR_RETURN(nodes[id], HashFromRow(rows[i], 2));
  }
  return nodes;
}

absl::StatusOr<std::vector<domain::Hash>> GetRangeHashes(pg::Transaction& tx,
                                                         const std::vector<domain::Range>& ranges) {
  ASSIGN_OR_RETURN(const domain::Nodes nodes, GetNodes(tx, domain::NodesOf(ranges)));
  return domain::HashesOf(ranges, nodes);
}

}  // namespace daicho::audit::store
