-- Advice (助言) about accounts, outside any form. Nothing is ever deleted. Departments and accounts
-- are resource names: another service owns them.

CREATE TABLE advices (
  id           uuid        CONSTRAINT advices_pkey PRIMARY KEY,
  revision     bigint      NOT NULL CONSTRAINT advices_revision_positive CHECK (revision > 0),
  state        text        NOT NULL CONSTRAINT advices_state_known CHECK (
                 state IN ('OPEN', 'ANSWERED', 'ACCEPTED', 'WITHDRAWN')),
  kind         text        NOT NULL CONSTRAINT advices_kind_known CHECK (
                 kind IN ('RECONSIDER', 'IMPROVE', 'CLOSE_OR_MERGE')),
  account      text        NOT NULL CONSTRAINT advices_account_named CHECK (
                 account LIKE 'accounts/_%'),
  -- As it was called when the advice was given.
  account_name text        NOT NULL,
  department   text        NOT NULL CONSTRAINT advices_department_named CHECK (
                 department LIKE 'departments/_%'),
  advice       text        NOT NULL CONSTRAINT advices_advice_given CHECK (advice <> ''),
  due_on       date        NOT NULL,
  -- Rules and findings: ["T-5-9-3"].
  findings     jsonb       NOT NULL CONSTRAINT advices_findings_is_list CHECK (
                 jsonb_typeof(findings) = 'array'),
  -- Of the last answer. NULL: no form follows.
  form         text        CONSTRAINT advices_form_named CHECK (form LIKE 'forms/_%'),
  create_time  timestamptz NOT NULL,
  update_time  timestamptz NOT NULL
);
CREATE INDEX advices_by_account ON advices (account, id DESC);
CREATE INDEX advices_by_department ON advices (department, id DESC);
CREATE INDEX advices_open_by_day ON advices (due_on, id) WHERE state = 'OPEN';

-- What was done, append-only.
CREATE TABLE advice_acts (
  advice_id  uuid        NOT NULL CONSTRAINT advice_acts_of_advice REFERENCES advices (id),
  position   integer     NOT NULL CONSTRAINT advice_acts_position_not_negative CHECK (position >= 0),
  kind       text        NOT NULL CONSTRAINT advice_acts_kind_known CHECK (
               kind IN ('CREATED', 'ANSWERED', 'ACCEPTED', 'WITHDRAWN', 'REROUTED')),
  actor      text        NOT NULL CONSTRAINT advice_acts_actor_named CHECK (actor <> ''),
  actor_name text        NOT NULL,
  act_time   timestamptz NOT NULL,
  content    text        NOT NULL,
  form       text        CONSTRAINT advice_acts_form_named CHECK (form LIKE 'forms/_%'),
  CONSTRAINT advice_acts_pkey PRIMARY KEY (advice_id, position)
);

-- Number of the last report to the ledger about each account. Whoever makes the next one holds the
-- row's lock until commit, so that reports are numbered in the order in which they commit and each
-- sees what the ones before it saw.
CREATE TABLE advice_reports (
  account     text   CONSTRAINT advice_reports_pkey PRIMARY KEY,
  last_number bigint NOT NULL CONSTRAINT advice_reports_positive CHECK (last_number > 0)
);
