-- Standing findings (domain.md §6): what is wrong with which account, since when and until when.
-- Nothing is deleted: what is mended says when.

-- Departments as the ledger last called them. NULL: parent at the top.
CREATE TABLE ledger_departments (
  code         text NOT NULL CONSTRAINT ledger_departments_pkey PRIMARY KEY,
  parent       text,
  display_name text NOT NULL,
  kind         text NOT NULL
);

-- Accounts as they were last checked. display_name is '' for a person's own account (T 5-1).
CREATE TABLE checked_accounts (
  id           uuid NOT NULL CONSTRAINT checked_accounts_pkey PRIMARY KEY,
  department   text NOT NULL CONSTRAINT checked_accounts_department_present CHECK (department <> ''),
  platform     text NOT NULL,
  display_name text NOT NULL
);

-- faults: a list of {"field", "facts"}, without what moves with the day. seen_time: when it was found
-- or last altered; while it stands, each run over all accounts has seen it too. NULL: mended_time
-- while it stands; acknowledged_* until somebody took note, and then the newest.
CREATE TABLE standing_findings (
  id                uuid        NOT NULL CONSTRAINT standing_findings_pkey PRIMARY KEY,
  revision          bigint      NOT NULL CONSTRAINT standing_findings_revision_positive CHECK (revision > 0),
  account           uuid        NOT NULL CONSTRAINT standing_findings_of_account REFERENCES checked_accounts (id),
  department        text        NOT NULL CONSTRAINT standing_findings_department_present CHECK (department <> ''),
  rule_id           text        NOT NULL CONSTRAINT standing_findings_rule_present CHECK (rule_id <> ''),
  clause            text        NOT NULL,
  severity          text        NOT NULL CONSTRAINT standing_findings_severity_known
                                CHECK (severity IN ('BLOCK', 'WARN', 'INFO')),
  faults            json        NOT NULL,
  first_seen_time   timestamptz NOT NULL,
  seen_time         timestamptz NOT NULL,
  mended_time       timestamptz,
  acknowledged_until date,
  acknowledge_reason text,
  acknowledged_by    text,
  acknowledge_time   timestamptz,
  CONSTRAINT standing_findings_acknowledgement_whole
    CHECK (num_nonnulls(acknowledged_until, acknowledge_reason, acknowledged_by, acknowledge_time) IN (0, 4))
);
-- One that stands for each account and rule.
CREATE UNIQUE INDEX standing_findings_one_stands ON standing_findings (account, rule_id)
  WHERE mended_time IS NULL;
CREATE INDEX standing_findings_by_account ON standing_findings (account, id);
CREATE INDEX standing_findings_by_rule ON standing_findings (rule_id, id);
CREATE INDEX standing_findings_by_department ON standing_findings (department, id);
CREATE INDEX standing_findings_by_mending ON standing_findings (mended_time, id)
  WHERE mended_time IS NOT NULL;

-- Every acknowledgement there was.
CREATE TABLE finding_acknowledgements (
  id       uuid        NOT NULL CONSTRAINT finding_acknowledgements_pkey PRIMARY KEY,
  finding  uuid        NOT NULL CONSTRAINT finding_acknowledgements_of_finding REFERENCES standing_findings (id),
  reason   text        NOT NULL CONSTRAINT finding_acknowledgements_reason_present CHECK (reason <> ''),
  end_date date        NOT NULL,
  actor    text        NOT NULL CONSTRAINT finding_acknowledgements_actor_present CHECK (actor <> ''),
  act_time timestamptz NOT NULL
);

-- Guidelines that accounts were checked by, in the order in which they were taken up.
CREATE TABLE adopted_guidelines (
  digest     text        NOT NULL CONSTRAINT adopted_guidelines_pkey PRIMARY KEY,
  version    text        NOT NULL,
  adopt_time timestamptz NOT NULL
);

-- Runs over all accounts. NULL: finish_time and what is counted until the end; a run that was cut off
-- is taken up again under its start_time.
CREATE TABLE finding_runs (
  id                uuid        NOT NULL CONSTRAINT finding_runs_pkey PRIMARY KEY,
  guideline_version text        NOT NULL,
  checked_on        date        NOT NULL,
  start_time        timestamptz NOT NULL,
  finish_time       timestamptz,
  account_count     bigint,
  CONSTRAINT finding_runs_counted_at_the_end CHECK ((finish_time IS NULL) = (account_count IS NULL))
);
CREATE UNIQUE INDEX finding_runs_one_under_way ON finding_runs ((true)) WHERE finish_time IS NULL;
CREATE INDEX finding_runs_by_start ON finding_runs (start_time) WHERE finish_time IS NOT NULL;

-- One row: who checks accounts now and until when, by PostgreSQL's clock; the last change of the
-- ledger that was followed; the guideline and the day of the last whole run. NULL: none yet.
CREATE TABLE finding_turn (
  only_row        boolean     NOT NULL DEFAULT true CONSTRAINT finding_turn_pkey PRIMARY KEY
                              CONSTRAINT finding_turn_one_row CHECK (only_row),
  holder          text,
  held_until      timestamptz,
  followed_change bigint,
  digest          text        CONSTRAINT finding_turn_digest_adopted REFERENCES adopted_guidelines (digest),
  checked_on      date
);
INSERT INTO finding_turn DEFAULT VALUES;
