-- Inactivity reports and exemptions (domain.md §5; T 5-9-3). Nothing is ever changed or deleted, but
-- for an exemption that is revoked. Departments and accounts are resource names or codes and ids of
-- the registry.

-- One row for each day that has a report, written first: whoever else makes it waits for the row and
-- then finds the report.
CREATE TABLE inactivity_report_days (
  report_on date NOT NULL CONSTRAINT inactivity_report_days_pkey PRIMARY KEY
);

CREATE TABLE inactivity_reports (
  report_on         date        NOT NULL CONSTRAINT inactivity_reports_pkey PRIMARY KEY
                                CONSTRAINT inactivity_reports_day REFERENCES inactivity_report_days (report_on),
  guideline_version text        NOT NULL CONSTRAINT inactivity_reports_guideline_named CHECK (guideline_version <> ''),
  change_number     bigint      NOT NULL CONSTRAINT inactivity_reports_change_not_negative CHECK (change_number >= 0),
  snapshot_time     timestamptz NOT NULL,
  answer_due_on     date        NOT NULL,
  creator           text        NOT NULL CONSTRAINT inactivity_reports_creator_present CHECK (creator <> ''),
  account_count     bigint      NOT NULL CONSTRAINT inactivity_reports_count_not_negative CHECK (account_count >= 0)
);

-- How many accounts of a department stand in a bucket; none without accounts.
CREATE TABLE inactivity_report_counts (
  report_on     date   NOT NULL CONSTRAINT inactivity_report_counts_day REFERENCES inactivity_report_days (report_on),
  department    text   NOT NULL CONSTRAINT inactivity_report_counts_department_present CHECK (department <> ''),
  display_name  text   NOT NULL,
  bucket        text   NOT NULL,
  account_count bigint NOT NULL CONSTRAINT inactivity_report_counts_positive CHECK (account_count > 0),
  CONSTRAINT inactivity_report_counts_pkey PRIMARY KEY (report_on, department, bucket)
);

-- An account in a report. NULL where nothing is known; exempt_until and exemption_reason where it is
-- not exempt; display_name of a person's own account. Which buckets and frequencies there are is
-- domain/inactivity_report.h's: a check would cost a report of a million a second.
CREATE TABLE inactivity_report_rows (
  report_on         date    NOT NULL,
  department        text    NOT NULL,
  account           uuid    NOT NULL,
  platform          text    NOT NULL,
  display_name      text    NOT NULL,
  url               text    NOT NULL,
  state             text    NOT NULL,
  bucket            text    NOT NULL,
  base_on           date,
  days_silent       integer NOT NULL,
  due_on            date,
  last_post_on      date,
  opened_on         date,
  observed_on       date,
  activity_source   text    NOT NULL,
  term_last_day     date,
  exempt_until      date,
  exemption_reason  text    NOT NULL,
  open_advice_count integer NOT NULL,
  frequency         text    NOT NULL,
  password_rotated  boolean NOT NULL,
  watched           boolean NOT NULL,
  CONSTRAINT inactivity_report_rows_pkey PRIMARY KEY (report_on, department, account)
);

-- Accounts that were ever exempted. Whoever exempts one again holds its row until commit, so that one
-- exemption of each is in force.
CREATE TABLE inactivity_exempted_accounts (
  account uuid NOT NULL CONSTRAINT inactivity_exempted_accounts_pkey PRIMARY KEY
);

-- revoked_*: NULL while nobody ended it early.
CREATE TABLE inactivity_exemptions (
  id            uuid        NOT NULL CONSTRAINT inactivity_exemptions_pkey PRIMARY KEY,
  account       uuid        NOT NULL,
  account_name  text        NOT NULL,
  department    text        NOT NULL CONSTRAINT inactivity_exemptions_department_named CHECK (department LIKE 'departments/_%'),
  reason        text        NOT NULL CONSTRAINT inactivity_exemptions_reason_present CHECK (reason <> ''),
  end_date      date        NOT NULL,
  granted_by    text        NOT NULL CONSTRAINT inactivity_exemptions_granted_by_present CHECK (granted_by <> ''),
  grant_time    timestamptz NOT NULL,
  revoked_by    text        CONSTRAINT inactivity_exemptions_revoked_by_present CHECK (revoked_by <> ''),
  revoke_time   timestamptz,
  revoke_reason text        CONSTRAINT inactivity_exemptions_revoke_reason_present CHECK (revoke_reason <> ''),
  CONSTRAINT inactivity_exemptions_revocation_whole
    CHECK (num_nonnulls(revoked_by, revoke_time, revoke_reason) IN (0, 3))
);
CREATE INDEX inactivity_exemptions_by_account ON inactivity_exemptions (account, id DESC);
