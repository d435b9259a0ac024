-- Incidents (事故・炎上・なりすまし), what was done about them and what was learnt. Nothing is ever deleted.

-- due_time: the earliest time by which an open, mandatory duty is to be done; NULL: none has a limit.
-- url: NULL where none was given.
CREATE TABLE incidents (
  id          uuid        CONSTRAINT incidents_pkey PRIMARY KEY,
  revision    bigint      NOT NULL CONSTRAINT incidents_revision_positive CHECK (revision > 0),
  kind        text        NOT NULL CONSTRAINT incidents_kind_known CHECK (
                kind IN ('FLAMING', 'IMPERSONATION', 'TAMPERING', 'TAKEOVER', 'PLATFORM_SUSPENSION',
                         'MISTAKEN_POST', 'LEAK')),
  state       text        NOT NULL CONSTRAINT incidents_state_known CHECK (state IN ('OPEN', 'CLOSED')),
  department  text        NOT NULL CONSTRAINT incidents_department_exists REFERENCES departments (code),
  url         text        CONSTRAINT incidents_url_form CHECK (url ~ '^https?://'),
  detect_time timestamptz NOT NULL,
  seen_at     text        NOT NULL CONSTRAINT incidents_seen_at_present CHECK (seen_at <> ''),
  summary     text        NOT NULL CONSTRAINT incidents_summary_present CHECK (summary <> ''),
  due_time    timestamptz CONSTRAINT incidents_due_while_open CHECK (state = 'OPEN' OR due_time IS NULL),
  create_time timestamptz NOT NULL,
  update_time timestamptz NOT NULL,
  CONSTRAINT incidents_detected_before_opened CHECK (detect_time <= create_time)
);
CREATE INDEX incidents_by_department ON incidents (department, id DESC);
CREATE INDEX incidents_open ON incidents (id DESC) WHERE state = 'OPEN';

-- The accounts an incident is about; named when it is opened, and never after.
CREATE TABLE incident_accounts (
  incident uuid    NOT NULL CONSTRAINT incident_accounts_of_incident REFERENCES incidents (id),
  position integer NOT NULL CONSTRAINT incident_accounts_position_not_negative CHECK (position >= 0),
  account  uuid    NOT NULL CONSTRAINT incident_accounts_account_exists REFERENCES accounts (id),
  CONSTRAINT incident_accounts_pkey PRIMARY KEY (incident, position),
  CONSTRAINT incident_accounts_once UNIQUE (incident, account)
);
CREATE INDEX incident_accounts_by_account ON incident_accounts (account, incident);

-- What was done, append-only. act_time is when it happened, record_time when it was recorded. NULL:
-- duty but with DUTY_…; cause and clauses but with CLOSED; content, url and warning where none was
-- given.
CREATE TABLE incident_acts (
  incident    uuid        NOT NULL CONSTRAINT incident_acts_of_incident REFERENCES incidents (id),
  position    integer     NOT NULL CONSTRAINT incident_acts_position_not_negative CHECK (position >= 0),
  kind        text        NOT NULL CONSTRAINT incident_acts_kind_known CHECK (
                kind IN ('OPENED', 'DUTY_DONE', 'DUTY_NOT_NEEDED', 'NOTED', 'CLOSED', 'REOPENED')),
  duty        text        CONSTRAINT incident_acts_duty_present CHECK (duty <> ''),
  act_time    timestamptz NOT NULL,
  record_time timestamptz NOT NULL,
  actor       text        NOT NULL CONSTRAINT incident_acts_actor_present CHECK (actor <> ''),
  actor_name  text        NOT NULL,
  content     text        CONSTRAINT incident_acts_content_present CHECK (content <> ''),
  url         text        CONSTRAINT incident_acts_url_form CHECK (url ~ '^https?://'),
  cause       text        CONSTRAINT incident_acts_cause_present CHECK (cause <> ''),
  clauses     text[],
  warning     uuid        CONSTRAINT incident_acts_warning_exists REFERENCES impersonation_warnings (id),
  CONSTRAINT incident_acts_pkey PRIMARY KEY (incident, position),
  CONSTRAINT incident_acts_happened_before_recorded CHECK (act_time <= record_time),
  CONSTRAINT incident_acts_duty_named CHECK ((duty IS NOT NULL) = (kind IN ('DUTY_DONE', 'DUTY_NOT_NEEDED'))),
  CONSTRAINT incident_acts_closed_with_cause
    CHECK ((kind = 'CLOSED') = (cause IS NOT NULL) AND (kind = 'CLOSED') = (clauses IS NOT NULL)),
  CONSTRAINT incident_acts_with_content CHECK (content IS NOT NULL OR kind = 'DUTY_DONE')
);
