-- The first answer to each request, for its repeats.
CREATE TABLE request_log (
  actor        text        NOT NULL,
  request_id   uuid        NOT NULL,
  request_hash bytea       NOT NULL,
  answer       bytea       NOT NULL,
  create_time  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT request_log_pkey PRIMARY KEY (actor, request_id)
);

-- What is to be delivered, written with the change that causes it and removed once delivered.
CREATE TABLE outbox (
  event_id          uuid        CONSTRAINT outbox_pkey PRIMARY KEY,
  position          bigint      GENERATED ALWAYS AS IDENTITY,
  destination       text        NOT NULL,
  subject           text        NOT NULL,
  payload           bytea       NOT NULL,
  create_time       timestamptz NOT NULL DEFAULT now(),
  attempt_count     integer     NOT NULL DEFAULT 0,
  next_attempt_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_destination_position ON outbox (destination, position);
-- Rows that hold up later ones of their subject: few, mostly none.
CREATE INDEX outbox_failed ON outbox (destination, subject, position) WHERE attempt_count > 0;

-- Whoever holds a row's lock delivers to that destination.
CREATE TABLE relay_lease (
  destination text CONSTRAINT relay_lease_pkey PRIMARY KEY
);
