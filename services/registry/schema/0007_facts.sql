-- Facts about accounts that are not versioned with them: batches of posts seen, grants, samples of goals.

-- The shape of a batch of observations. Stays empty: each session puts its batches into a temporary
-- table of this name, which hides it.
CREATE TABLE activity_batch (
  account        uuid        NOT NULL,
  last_post_time timestamptz,
  observe_time   timestamptz NOT NULL,
  source         text        NOT NULL
);

-- The use of an account by one member of staff in one fiscal year (M 4-(4), Y). NULL: subject and
-- title where the person has none; revoked_by, revoke_time and revoke_reason while in force. holder
-- is what tells people apart: the subject, else the name.
CREATE TABLE account_grants (
  id            uuid        NOT NULL CONSTRAINT account_grants_pkey PRIMARY KEY,
  revision      bigint      NOT NULL CONSTRAINT account_grants_revision_positive CHECK (revision > 0),
  account       uuid        NOT NULL CONSTRAINT account_grants_of_account REFERENCES accounts (id),
  holder        text        NOT NULL CONSTRAINT account_grants_holder_present CHECK (holder <> ''),
  subject       text        CONSTRAINT account_grants_subject_form CHECK (subject ~ '^users/.'),
  display_name  text        NOT NULL CONSTRAINT account_grants_display_name_present CHECK (display_name <> ''),
  title         text,
  fiscal_year   integer     NOT NULL,
  valid_from    date        NOT NULL,
  valid_until   date        NOT NULL,
  granted_by    text        NOT NULL CONSTRAINT account_grants_granted_by_present CHECK (granted_by <> ''),
  grant_time    timestamptz NOT NULL,
  revoked_by    text        CONSTRAINT account_grants_revoked_by_present CHECK (revoked_by <> ''),
  revoke_time   timestamptz,
  revoke_reason text        CONSTRAINT account_grants_revoke_reason_present CHECK (revoke_reason <> ''),
  CONSTRAINT account_grants_days_in_order CHECK (valid_from <= valid_until),
  -- 31 March at the latest.
  CONSTRAINT account_grants_within_fiscal_year
    CHECK (valid_from >= make_date(fiscal_year, 4, 1) AND valid_until <= make_date(fiscal_year + 1, 3, 31)),
  CONSTRAINT account_grants_revocation_whole
    CHECK (num_nonnulls(revoked_by, revoke_time, revoke_reason) IN (0, 3))
);
-- One in force for each account, person and fiscal year.
CREATE UNIQUE INDEX account_grants_one_in_force ON account_grants (account, holder, fiscal_year)
  WHERE revoke_time IS NULL;
CREATE INDEX account_grants_by_account ON account_grants (account, id);
CREATE INDEX account_grants_by_holder ON account_grants (holder, id);

-- How much of a goal was reached on a day (T 5-5). The newest of a day counts; none is altered.
CREATE TABLE account_goal_samples (
  id          uuid        NOT NULL CONSTRAINT account_goal_samples_pkey PRIMARY KEY,
  account     uuid        NOT NULL CONSTRAINT account_goal_samples_of_account REFERENCES accounts (id),
  metric      text        NOT NULL CONSTRAINT account_goal_samples_metric_present CHECK (metric <> ''),
  value       bigint      NOT NULL CONSTRAINT account_goal_samples_value_not_negative CHECK (value >= 0),
  sampled_on  date        NOT NULL,
  recorded_by text        NOT NULL CONSTRAINT account_goal_samples_recorded_by_present CHECK (recorded_by <> ''),
  record_time timestamptz NOT NULL
);
CREATE INDEX account_goal_samples_by_day ON account_goal_samples (account, sampled_on, metric, id);
