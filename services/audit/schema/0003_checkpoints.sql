-- The checkpoint signed last, and the one that is served, which its witnesses may have to cosign first;
-- in the only row. Whoever holds its lock signs.

CREATE TABLE checkpoints (
  only_row     boolean  NOT NULL CONSTRAINT checkpoints_only_row CHECK (only_row),
  -- C2SP signed notes. Empty: none yet.
  signed_note  text     NOT NULL,
  served_note  text     NOT NULL,
  CONSTRAINT checkpoints_pkey PRIMARY KEY (only_row)
);

INSERT INTO checkpoints (only_row, signed_note, served_note) VALUES (true, '', '');
