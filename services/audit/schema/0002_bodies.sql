-- Values kept beside the log, of which the leaves hold the salted hashes: personal data, which can be
-- redacted, and what is too large for a leaf.

ALTER TABLE entries
  ADD COLUMN body_bytes integer NOT NULL DEFAULT 0 CONSTRAINT entries_body_bytes_not_negative CHECK (
               body_bytes >= 0);

CREATE TABLE entry_bodies (
  log_index  bigint  NOT NULL,
  -- The field of the event the value belongs to; "*" for a part that was too large.
  path       text    NOT NULL,
  salt       bytea   NOT NULL,
  value      bytea   NOT NULL,
  -- Whose data it is; empty when it is nobody's, or the event does not say.
  person     text    NOT NULL,
  CONSTRAINT entry_bodies_pkey PRIMARY KEY (log_index, path),
  CONSTRAINT entry_bodies_entry FOREIGN KEY (log_index) REFERENCES entries (log_index)
);
