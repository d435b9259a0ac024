-- Reorganisations (組織改編, domain.md §2), and departments that end with successors.

-- Codes of the departments that took over when it ended; the first takes over what is about no
-- account.
ALTER TABLE departments
  ADD COLUMN successor_codes text[] NOT NULL DEFAULT '{}'
             CONSTRAINT departments_successors_of_ended
             CHECK (successor_codes = '{}' OR valid_until IS NOT NULL);

-- effective_on: first day on which the version holds; a version entered late is effective earlier
-- than it was stored. reason: NULL where none was given.
ALTER TABLE department_revisions
  ADD COLUMN successor_codes text[] NOT NULL DEFAULT '{}',
  ADD COLUMN effective_on date,
  ADD COLUMN reason text;
UPDATE department_revisions SET effective_on = (update_time AT TIME ZONE 'Asia/Tokyo')::date;
ALTER TABLE department_revisions ALTER COLUMN effective_on SET NOT NULL;

-- steps and outcome are flat: path to value as text. outcome: what it moved, or why it failed.
-- reason: NULL where none was given. settle_time: NULL while it is scheduled.
CREATE TABLE reorganizations (
  id           uuid        NOT NULL CONSTRAINT reorganizations_pkey PRIMARY KEY,
  revision     bigint      NOT NULL CONSTRAINT reorganizations_revision_positive CHECK (revision > 0),
  state        text        NOT NULL CONSTRAINT reorganizations_state_known CHECK (state IN
                             ('SCHEDULED', 'IN_EFFECT', 'CANCELLED', 'FAILED')),
  effective_on date        NOT NULL,
  reason       text        CONSTRAINT reorganizations_reason_present CHECK (reason <> ''),
  steps        jsonb       NOT NULL CONSTRAINT reorganizations_steps_are_a_map
                           CHECK (jsonb_typeof(steps) = 'object'),
  outcome      jsonb       NOT NULL CONSTRAINT reorganizations_outcome_is_a_map
                           CHECK (jsonb_typeof(outcome) = 'object'),
  actor        text        NOT NULL CONSTRAINT reorganizations_actor_present CHECK (actor <> ''),
  create_time  timestamptz NOT NULL,
  settle_time  timestamptz,
  CONSTRAINT reorganizations_settled_at_a_time
    CHECK ((state = 'SCHEDULED') = (settle_time IS NULL))
);
CREATE INDEX reorganizations_scheduled ON reorganizations (effective_on, id)
  WHERE state = 'SCHEDULED';
