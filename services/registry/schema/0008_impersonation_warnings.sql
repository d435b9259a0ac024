-- Public warnings about accounts and pages that pose as the organisation. Nothing is ever deleted.

-- In force until withdrawn. change_sequence is taken from ledger_sequence.
-- NULL: account where none is posed as; notice and evidence where none was given; removed_on while
-- the platform has not removed it; withdrawn_on and withdrawal_reason while it is in force.
CREATE TABLE impersonation_warnings (
  id                uuid        NOT NULL CONSTRAINT impersonation_warnings_pkey PRIMARY KEY,
  revision          bigint      NOT NULL CONSTRAINT impersonation_warnings_revision_positive CHECK (revision > 0),
  change_sequence   bigint      NOT NULL CONSTRAINT impersonation_warnings_change_sequence_unique UNIQUE,
  url               text        NOT NULL CONSTRAINT impersonation_warnings_url_present CHECK (url <> ''),
  key               text        NOT NULL CONSTRAINT impersonation_warnings_key_present CHECK (key <> ''),
  canonical_url     text        NOT NULL CONSTRAINT impersonation_warnings_canonical_url_form
                                CHECK (canonical_url ~ '^https?://'),
  platform          text        NOT NULL CONSTRAINT impersonation_warnings_platform_present CHECK (platform <> ''),
  department        text        NOT NULL CONSTRAINT impersonation_warnings_department_exists
                                REFERENCES departments (code),
  account           uuid        CONSTRAINT impersonation_warnings_account_exists REFERENCES accounts (id),
  notice_ja         text        NOT NULL CONSTRAINT impersonation_warnings_notice_ja_present CHECK (notice_ja <> ''),
  notice            text        CONSTRAINT impersonation_warnings_notice_present CHECK (notice <> ''),
  evidence          text        CONSTRAINT impersonation_warnings_evidence_present CHECK (evidence <> ''),
  reported_on       date        NOT NULL,
  starts_on         date        NOT NULL,
  removed_on        date        CONSTRAINT impersonation_warnings_removed_after_report CHECK (removed_on >= reported_on),
  withdrawn_on      date        CONSTRAINT impersonation_warnings_withdrawn_after_start CHECK (withdrawn_on >= starts_on),
  withdrawal_reason text        CONSTRAINT impersonation_warnings_withdrawal_reason_present CHECK (withdrawal_reason <> ''),
  created_by        text        NOT NULL CONSTRAINT impersonation_warnings_created_by_present CHECK (created_by <> ''),
  create_time       timestamptz NOT NULL,
  update_time       timestamptz NOT NULL,
  CONSTRAINT impersonation_warnings_starts_after_report CHECK (starts_on >= reported_on),
  CONSTRAINT impersonation_warnings_withdrawn_with_reason
    CHECK ((withdrawn_on IS NULL) = (withdrawal_reason IS NULL))
);
-- One warning in force for each identity.
CREATE UNIQUE INDEX impersonation_warnings_key_unique_in_force ON impersonation_warnings (key)
  WHERE withdrawn_on IS NULL;

-- Every version a warning ever had; the newest is the row of `impersonation_warnings`.
CREATE TABLE warning_revisions (
  id                uuid        NOT NULL,
  revision          bigint      NOT NULL,
  change_sequence   bigint      NOT NULL,
  url               text        NOT NULL,
  key               text        NOT NULL,
  canonical_url     text        NOT NULL,
  platform          text        NOT NULL,
  department        text        NOT NULL,
  account           uuid,
  notice_ja         text        NOT NULL,
  notice            text,
  evidence          text,
  reported_on       date        NOT NULL,
  starts_on         date        NOT NULL,
  removed_on        date,
  withdrawn_on      date,
  withdrawal_reason text,
  created_by        text        NOT NULL,
  create_time       timestamptz NOT NULL,
  update_time       timestamptz NOT NULL,
  actor             text        NOT NULL CONSTRAINT warning_revisions_actor_present CHECK (actor <> ''),
  act               text        NOT NULL CONSTRAINT warning_revisions_act_present CHECK (act <> ''),
  CONSTRAINT warning_revisions_pkey PRIMARY KEY (id, revision),
  CONSTRAINT warning_revisions_of_warning FOREIGN KEY (id) REFERENCES impersonation_warnings (id)
);
CREATE INDEX warning_revisions_by_sequence ON warning_revisions (change_sequence, update_time);
CREATE INDEX warning_revisions_by_key ON warning_revisions (key);
