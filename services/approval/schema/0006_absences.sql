-- 不在: while one is in force, deputies of the department may decide.
CREATE TABLE absences (
  id            uuid        CONSTRAINT absences_pkey PRIMARY KEY,
  department    text        NOT NULL CONSTRAINT absences_department_named CHECK (
                  department LIKE 'departments/_%'),
  person        text        NOT NULL CONSTRAINT absences_person_named CHECK (person <> ''),
  person_name   text        NOT NULL,
  reason        text        NOT NULL CONSTRAINT absences_reason_given CHECK (reason <> ''),
  from_on       date        NOT NULL,
  until_on      date        NOT NULL,
  recorder      text        NOT NULL CONSTRAINT absences_recorder_named CHECK (recorder <> ''),
  recorder_name text        NOT NULL,
  record_time   timestamptz NOT NULL,
  -- NULL unless it was ended before its last day.
  end_time      timestamptz,

  CONSTRAINT absences_days_in_order CHECK (from_on <= until_on)
);
CREATE INDEX absences_by_department ON absences (department, until_on);
