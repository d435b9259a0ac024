-- Official accounts. Nothing is ever deleted: a closed account is a tombstone.

-- key is the canonical identity ("x:akitavision"), canonical_url its URL; both NULL while the URL
-- is only planned. fields is the flat map of GovernedFields: path to value as text.
-- NULL besides: identity_changed_on until a form gave it another identity; last_form while no form changed it; opened_on where not known; closing_* until it
-- is agreed to close; evidence_* until it is shown to be gone; the sightings until it was seen.
CREATE TABLE accounts (
  id                         uuid        NOT NULL CONSTRAINT accounts_pkey PRIMARY KEY,
  revision                   bigint      NOT NULL CONSTRAINT accounts_revision_positive CHECK (revision > 0),
  change_sequence            bigint      NOT NULL CONSTRAINT accounts_change_sequence_unique UNIQUE,
  state                      text        NOT NULL CONSTRAINT accounts_state_known CHECK (state IN
                                           ('PREPARING', 'ACTIVE', 'CLOSING', 'CLOSED', 'MERGED')),
  condition                  text        NOT NULL CONSTRAINT accounts_condition_known CHECK (condition IN
                                           ('NORMAL', 'SUSPENDED_BY_PLATFORM', 'SUSPENDED_INTERNALLY',
                                            'COMPROMISED')),
  department                 text        NOT NULL CONSTRAINT accounts_department_exists
                                         REFERENCES departments (code),
  platform                   text        NOT NULL CONSTRAINT accounts_platform_present CHECK (platform <> ''),
  key                        text        CONSTRAINT accounts_key_present CHECK (key <> ''),
  canonical_url              text        CONSTRAINT accounts_canonical_url_form CHECK (canonical_url ~ '^https?://'),
  identity_changed_on        date,
  fields                     jsonb       NOT NULL CONSTRAINT accounts_fields_are_a_map
                                         CHECK (jsonb_typeof(fields) = 'object'),
  origin_kind                text        NOT NULL CONSTRAINT accounts_origin_kind_known
                                         CHECK (origin_kind IN ('FORM', 'IMPORT')),
  origin_form                uuid,
  origin_source              text,
  last_form                  uuid,
  opened_on                  date,
  closing_reason             text        CONSTRAINT accounts_closing_reason_known CHECK (closing_reason IN
                                           ('INACTIVE', 'TERM_ENDED', 'MERGED', 'SECURITY', 'QUALITY', 'OTHER')),
  closing_reason_detail      text,
  closing_successor          uuid        CONSTRAINT accounts_closing_successor_exists REFERENCES accounts (id)
                                         CONSTRAINT accounts_closing_successor_is_another
                                         CHECK (closing_successor <> id),
  closing_effective_on       date,
  evidence_removal           text        CONSTRAINT accounts_evidence_removal_present CHECK (evidence_removal <> ''),
  evidence_unlisted_on       date,
  evidence_handle_protection text        CONSTRAINT accounts_evidence_handle_protection_present
                                         CHECK (evidence_handle_protection <> ''),
  organization_page_url      text        CONSTRAINT accounts_organization_page_url_form
                                         CHECK (organization_page_url ~ '^https?://'),
  organization_page_seen_on  date,
  section_page_url           text        CONSTRAINT accounts_section_page_url_form
                                         CHECK (section_page_url ~ '^https?://'),
  section_page_seen_on       date,
  create_time                timestamptz NOT NULL,
  update_time                timestamptz NOT NULL,
  CONSTRAINT accounts_identity_changed_with_key CHECK (identity_changed_on IS NULL OR key IS NOT NULL),
  CONSTRAINT accounts_key_with_url CHECK ((key IS NULL) = (canonical_url IS NULL)),
  -- Only an account that never opened can be without a URL.
  CONSTRAINT accounts_key_unless_planned
    CHECK (key IS NOT NULL OR (state <> 'ACTIVE' AND opened_on IS NULL)),
  CONSTRAINT accounts_origin_form_iff_by_form
    CHECK ((origin_kind = 'FORM') = (origin_form IS NOT NULL)),
  CONSTRAINT accounts_origin_source_iff_by_import
    CHECK ((origin_kind = 'IMPORT') = (origin_source IS NOT NULL)),
  CONSTRAINT accounts_closing_from_closing_on
    CHECK ((state IN ('CLOSING', 'CLOSED', 'MERGED')) = (closing_reason IS NOT NULL)),
  CONSTRAINT accounts_closing_effective_on_with_reason
    CHECK ((closing_reason IS NULL) = (closing_effective_on IS NULL)),
  CONSTRAINT accounts_closing_detail_with_reason
    CHECK (closing_reason IS NOT NULL OR (closing_reason_detail IS NULL AND closing_successor IS NULL)),
  -- T 5-9-3: merging names what takes over.
  CONSTRAINT accounts_merging_names_its_successor
    CHECK (closing_reason <> 'MERGED' OR closing_successor IS NOT NULL),
  CONSTRAINT accounts_merged_iff_closed_with_successor
    CHECK (state NOT IN ('CLOSED', 'MERGED') OR (state = 'MERGED') = (closing_successor IS NOT NULL)),
  -- A tombstone has all three pieces of evidence, everything else none.
  CONSTRAINT accounts_evidence_iff_gone
    CHECK (num_nonnulls(evidence_removal, evidence_unlisted_on, evidence_handle_protection)
           = CASE WHEN state IN ('CLOSED', 'MERGED') THEN 3 ELSE 0 END),
  CONSTRAINT accounts_organization_page_whole
    CHECK ((organization_page_url IS NULL) = (organization_page_seen_on IS NULL)),
  CONSTRAINT accounts_section_page_whole
    CHECK ((section_page_url IS NULL) = (section_page_seen_on IS NULL))
);
-- One live account for each identity.
CREATE UNIQUE INDEX accounts_key_unique_while_alive ON accounts (key)
  WHERE state IN ('PREPARING', 'ACTIVE', 'CLOSING');
CREATE INDEX accounts_by_key ON accounts (key);
CREATE INDEX accounts_by_department ON accounts (department, platform, id);

-- Every version an account ever had; the newest is the row of `accounts`.
CREATE TABLE account_revisions (
  id                         uuid        NOT NULL,
  revision                   bigint      NOT NULL,
  change_sequence            bigint      NOT NULL,
  state                      text        NOT NULL,
  condition                  text        NOT NULL,
  department                 text        NOT NULL,
  platform                   text        NOT NULL,
  key                        text,
  canonical_url              text,
  identity_changed_on        date,
  fields                     jsonb       NOT NULL,
  origin_kind                text        NOT NULL,
  origin_form                uuid,
  origin_source              text,
  last_form                  uuid,
  opened_on                  date,
  closing_reason             text,
  closing_reason_detail      text,
  closing_successor          uuid,
  closing_effective_on       date,
  evidence_removal           text,
  evidence_unlisted_on       date,
  evidence_handle_protection text,
  organization_page_url      text,
  organization_page_seen_on  date,
  section_page_url           text,
  section_page_seen_on       date,
  create_time                timestamptz NOT NULL,
  update_time                timestamptz NOT NULL,
  actor                      text        NOT NULL CONSTRAINT account_revisions_actor_present CHECK (actor <> ''),
  act                        text        NOT NULL CONSTRAINT account_revisions_act_present CHECK (act <> ''),
  reason                     text,
  CONSTRAINT account_revisions_pkey PRIMARY KEY (id, revision),
  CONSTRAINT account_revisions_of_account FOREIGN KEY (id) REFERENCES accounts (id)
);
-- What an import first wrote, so that the same file again is known as such.
CREATE INDEX account_revisions_first_import ON account_revisions (key)
  WHERE revision = 1 AND origin_kind = 'IMPORT';

-- Identities that an account has given up by being renamed. They were official until then and are
-- never answered official again on its account.
CREATE TABLE account_former_keys (
  key      text NOT NULL CONSTRAINT account_former_keys_key_present CHECK (key <> ''),
  account  uuid NOT NULL CONSTRAINT account_former_keys_of_account REFERENCES accounts (id),
  until_on date NOT NULL,
  CONSTRAINT account_former_keys_pkey PRIMARY KEY (key, account, until_on)
);
CREATE INDEX account_former_keys_by_account ON account_former_keys (account);
