-- Consultation forms (様式第1号), their routes, what was done to them, and their numbers.
-- Nothing is ever deleted. Departments and accounts are resource names: another service owns them.

CREATE TABLE forms (
  id                  uuid        CONSTRAINT forms_pkey PRIMARY KEY,
  revision            bigint      NOT NULL CONSTRAINT forms_revision_positive CHECK (revision > 0),
  state               text        NOT NULL CONSTRAINT forms_state_known CHECK (state IN (
                        'DRAFT', 'IN_ROUTE', 'UNDER_REVIEW', 'ADVISED', 'RETURNED', 'PULLED_BACK',
                        'WITHDRAWN', 'REJECTED', 'AGREED', 'APPLIED', 'CONFLICT', 'EXPIRED')),
  action              text        NOT NULL CONSTRAINT forms_action_known CHECK (
                        action IN ('OPEN', 'CHANGE', 'CLOSE')),
  department          text        NOT NULL CONSTRAINT forms_department_named CHECK (
                        department LIKE 'departments/_%'),
  -- NULL: the account does not exist yet.
  account             text        CONSTRAINT forms_account_named CHECK (account LIKE 'accounts/_%'),
  -- Flat: path to value as text.
  content             jsonb       NOT NULL CONSTRAINT forms_content_is_flat CHECK (
                        jsonb_typeof(content) = 'object'),
  drafter             text        NOT NULL CONSTRAINT forms_drafter_named CHECK (drafter <> ''),
  drafter_name        text        NOT NULL,
  -- How often it was submitted; the route in force is that of this round.
  round               integer     NOT NULL CONSTRAINT forms_round_not_negative CHECK (round >= 0),
  -- Before and after of a CHANGE, as of the last submission: [{"path", "before", "after"}].
  changes             jsonb       NOT NULL CONSTRAINT forms_changes_is_list CHECK (
                        jsonb_typeof(changes) = 'array'),
  -- NULL until the form first reaches the PR office.
  reception_year      integer,
  reception_number    integer     CONSTRAINT forms_reception_number_positive CHECK (
                        reception_number > 0),
  received_on         date,
  -- NULL until the ledger has answered.
  apply_time          timestamptz,
  ledger_account      text        CONSTRAINT forms_ledger_account_named CHECK (
                        ledger_account LIKE 'accounts/_%'),
  conflict_reason     text        CONSTRAINT forms_conflict_reason_given CHECK (
                        conflict_reason <> ''),
  conflict_message    text,
  create_time         timestamptz NOT NULL,
  update_time         timestamptz NOT NULL,

  CONSTRAINT forms_account_unless_open CHECK ((action = 'OPEN') = (account IS NULL)),
  CONSTRAINT forms_received_at_once CHECK (
    num_nonnulls(reception_year, reception_number, received_on) IN (0, 3)),
  CONSTRAINT forms_received_before_agreed CHECK (
    reception_year IS NOT NULL OR state NOT IN ('UNDER_REVIEW', 'AGREED', 'APPLIED', 'CONFLICT')),
  CONSTRAINT forms_answered_when_final CHECK (
    (apply_time IS NOT NULL) = (state IN ('APPLIED', 'CONFLICT'))),
  CONSTRAINT forms_applied_to_an_account CHECK (state <> 'APPLIED' OR ledger_account IS NOT NULL),
  CONSTRAINT forms_conflict_with_reason CHECK (
    (state = 'CONFLICT') = (conflict_reason IS NOT NULL)
    AND (conflict_reason IS NULL) = (conflict_message IS NULL)),
  CONSTRAINT forms_reception_unique UNIQUE (reception_year, reception_number)
);

-- One account, one form on its way at a time.
CREATE UNIQUE INDEX forms_one_in_route ON forms (account)
  WHERE state IN ('IN_ROUTE', 'UNDER_REVIEW', 'ADVISED', 'AGREED');
CREATE INDEX forms_by_department ON forms (department, id DESC);
CREATE INDEX forms_by_account ON forms (account, id DESC) WHERE account IS NOT NULL;

-- Routes, one per round. A step has agreed if, and only if, it has a decider.
CREATE TABLE form_steps (
  form_id         uuid        NOT NULL CONSTRAINT form_steps_of_form REFERENCES forms (id),
  round           integer     NOT NULL CONSTRAINT form_steps_round_positive CHECK (round > 0),
  position        integer     NOT NULL CONSTRAINT form_steps_position_not_negative CHECK (
                    position >= 0),
  kind            text        NOT NULL CONSTRAINT form_steps_kind_known CHECK (
                    kind IN ('HEAD', 'VIA', 'CONCURRENCE', 'PR_OFFICE', 'CIRCULATION')),
  department      text        NOT NULL CONSTRAINT form_steps_department_named CHECK (
                    department LIKE 'departments/_%'),
  department_name text        NOT NULL,
  decider         text        CONSTRAINT form_steps_decider_named CHECK (decider <> ''),
  decider_name    text,
  decide_time     timestamptz,

  CONSTRAINT form_steps_pkey PRIMARY KEY (form_id, round, position),
  CONSTRAINT form_steps_decided_at_once CHECK (
    num_nonnulls(decider, decider_name, decide_time) IN (0, 3)),
  -- Four eyes: one person agrees at one step of a route.
  CONSTRAINT form_steps_decider_once UNIQUE (form_id, round, decider)
);
CREATE INDEX form_steps_by_department ON form_steps (department, form_id);

-- What was done, append-only.
CREATE TABLE form_acts (
  form_id    uuid        NOT NULL CONSTRAINT form_acts_of_form REFERENCES forms (id),
  position   integer     NOT NULL CONSTRAINT form_acts_position_not_negative CHECK (position >= 0),
  kind       text        NOT NULL CONSTRAINT form_acts_kind_known CHECK (kind IN (
               'CREATED', 'UPDATED', 'SUBMITTED', 'AGREED', 'RETURNED', 'WITHDRAWN', 'APPLIED',
               'CONFLICTED')),
  actor      text        NOT NULL CONSTRAINT form_acts_actor_named CHECK (actor <> ''),
  actor_name text        NOT NULL,
  role       text        NOT NULL CONSTRAINT form_acts_role_known CHECK (role IN (
               'DEPARTMENT_STAFF', 'DEPARTMENT_HEAD', 'PR_OFFICE', 'SYSTEM')),
  act_time   timestamptz NOT NULL,
  round      integer     NOT NULL CONSTRAINT form_acts_round_not_negative CHECK (round >= 0),
  -- NULL: outside the route.
  step       integer     CONSTRAINT form_acts_step_not_negative CHECK (step >= 0),
  comment    text        NOT NULL,

  CONSTRAINT form_acts_pkey PRIMARY KEY (form_id, position)
);

-- Last number given in each fiscal year. The row lock of whoever takes the next one lasts until
-- commit, so that a number is used if, and only if, it is committed: no gaps.
CREATE TABLE reception_counters (
  fiscal_year integer CONSTRAINT reception_counters_pkey PRIMARY KEY,
  last_number integer NOT NULL CONSTRAINT reception_counters_positive CHECK (last_number > 0)
);
