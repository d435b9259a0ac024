-- Departments (所属), and the one sequence that orders every change of the ledger.

-- One row. Whoever changes the ledger takes the next value by UPDATE and holds the row until
-- commit, so that values become visible in their own order: a reader that asks for
-- `change_sequence > last seen` misses nothing.
CREATE TABLE ledger_sequence (
  one   boolean NOT NULL CONSTRAINT ledger_sequence_pkey PRIMARY KEY
                CONSTRAINT ledger_sequence_has_one_row CHECK (one),
  value bigint  NOT NULL CONSTRAINT ledger_sequence_not_negative CHECK (value >= 0)
);
INSERT INTO ledger_sequence (one, value) VALUES (true, 0);

-- NULL: parent_code at the top; via_code where forms go straight to the PR office; the texts where
-- nothing was given; valid_from since before the ledger; valid_until still exists.
CREATE TABLE departments (
  code                  text        NOT NULL CONSTRAINT departments_pkey PRIMARY KEY
                                    CONSTRAINT departments_code_form CHECK (code ~ '^[0-9A-Za-z-]{1,32}$'),
  revision              bigint      NOT NULL CONSTRAINT departments_revision_positive CHECK (revision > 0),
  change_sequence       bigint      NOT NULL CONSTRAINT departments_change_sequence_unique UNIQUE,
  display_name          text        NOT NULL CONSTRAINT departments_display_name_present CHECK (display_name <> ''),
  kana                  text        CONSTRAINT departments_kana_present CHECK (kana <> ''),
  kind                  text        NOT NULL CONSTRAINT departments_kind_known CHECK (kind IN
                                      ('PREFECTURAL_OFFICE', 'EDUCATION_BOARD', 'COMMISSIONED_BODY',
                                       'AFFILIATED_BODY', 'OUT_OF_SCOPE')),
  parent_code           text        CONSTRAINT departments_parent_exists REFERENCES departments (code)
                                    CONSTRAINT departments_parent_is_another CHECK (parent_code <> code),
  via_code              text        CONSTRAINT departments_via_exists REFERENCES departments (code)
                                    CONSTRAINT departments_via_is_another CHECK (via_code <> code),
  page_url              text        CONSTRAINT departments_page_url_form CHECK (page_url ~ '^https?://'),
  contact_desk          text        CONSTRAINT departments_contact_desk_present CHECK (contact_desk <> ''),
  local_government_code text        CONSTRAINT departments_local_government_code_form
                                    CHECK (local_government_code ~ '^[0-9]{6}$'),
  valid_from            date,
  valid_until           date,
  update_time           timestamptz NOT NULL,
  CONSTRAINT departments_valid_days_in_order CHECK (valid_from <= valid_until),
  -- T 5-7: a commissioned body's forms go via the department that commissions it.
  CONSTRAINT departments_commissioned_body_goes_via
    CHECK (kind <> 'COMMISSIONED_BODY' OR via_code IS NOT NULL)
);
CREATE INDEX departments_by_parent ON departments (parent_code, code);
CREATE INDEX departments_by_display_name ON departments (display_name);

-- Every version a department ever had; the newest is the row of `departments`.
CREATE TABLE department_revisions (
  code                  text        NOT NULL,
  revision              bigint      NOT NULL,
  change_sequence       bigint      NOT NULL,
  display_name          text        NOT NULL,
  kana                  text,
  kind                  text        NOT NULL,
  parent_code           text,
  via_code              text,
  page_url              text,
  contact_desk          text,
  local_government_code text,
  valid_from            date,
  valid_until           date,
  update_time           timestamptz NOT NULL,
  actor                 text        NOT NULL CONSTRAINT department_revisions_actor_present CHECK (actor <> ''),
  act                   text        NOT NULL CONSTRAINT department_revisions_act_present CHECK (act <> ''),
  CONSTRAINT department_revisions_pkey PRIMARY KEY (code, revision),
  CONSTRAINT department_revisions_of_department FOREIGN KEY (code) REFERENCES departments (code)
);
