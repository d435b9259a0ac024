-- The log of events and the Merkle tree over it. Entries and nodes are only ever inserted.

CREATE TABLE entries (
  log_index    bigint       NOT NULL CONSTRAINT entries_log_index_not_negative CHECK (
                 log_index >= 0),
  event_id     uuid         NOT NULL,
  -- The event's bytes as its service made them; the columns below are taken from them.
  leaf         bytea        NOT NULL,
  leaf_hash    bytea        NOT NULL,
  append_time  timestamptz  NOT NULL,
  event_time   timestamptz  NOT NULL,
  service      text         NOT NULL,
  rpc          text         NOT NULL,
  type         text         NOT NULL,
  department   text         NOT NULL,
  actor        text         NOT NULL,
  outcome      text         NOT NULL CONSTRAINT entries_outcome_known CHECK (
                 outcome IN ('OK', 'REFUSED')),
  reason       text         NOT NULL,
  request_id   text         NOT NULL,
  CONSTRAINT entries_pkey PRIMARY KEY (log_index),
  CONSTRAINT entries_event_id_once UNIQUE (event_id),
  CONSTRAINT entries_leaf_hash_fits CHECK (leaf_hash = sha256('\x00'::bytea || leaf))
);

CREATE INDEX entries_by_actor ON entries (actor, log_index);

-- What an entry is about: the resource of its event and the related ones.
CREATE TABLE entry_resources (
  resource   text    NOT NULL,
  log_index  bigint  NOT NULL,
  CONSTRAINT entry_resources_pkey PRIMARY KEY (resource, log_index),
  CONSTRAINT entry_resources_entry FOREIGN KEY (log_index) REFERENCES entries (log_index)
);

-- Complete subtrees above the leaves: a node covers the entries from node_index << level to just
-- before (node_index + 1) << level.
CREATE TABLE tree_nodes (
  level       integer  NOT NULL CONSTRAINT tree_nodes_level_above_leaves CHECK (level > 0),
  node_index  bigint   NOT NULL CONSTRAINT tree_nodes_index_not_negative CHECK (node_index >= 0),
  hash        bytea    NOT NULL CONSTRAINT tree_nodes_hash_is_sha256 CHECK (
                octet_length(hash) = 32),
  CONSTRAINT tree_nodes_pkey PRIMARY KEY (level, node_index)
);

-- The log as it is now, in the only row.
CREATE TABLE tree_head (
  only_row     boolean      NOT NULL CONSTRAINT tree_head_only_row CHECK (only_row),
  tree_size    bigint       NOT NULL CONSTRAINT tree_head_size_not_negative CHECK (tree_size >= 0),
  root_hash    bytea        NOT NULL CONSTRAINT tree_head_root_is_sha256 CHECK (
                 octet_length(root_hash) = 32),
  -- Hashes of the complete subtrees that make up the log, largest first, 32 bytes each.
  frontier     bytea        NOT NULL CONSTRAINT tree_head_frontier_is_hashes CHECK (
                 octet_length(frontier) % 32 = 0),
  update_time  timestamptz  NOT NULL,
  CONSTRAINT tree_head_pkey PRIMARY KEY (only_row)
);

INSERT INTO tree_head (only_row, tree_size, root_hash, frontier, update_time)
VALUES (true, 0, sha256(''::bytea), ''::bytea, now());
