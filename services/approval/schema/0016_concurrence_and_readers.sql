-- 合議: the rules that asked for a step, [{"rule_id", "clause"}]. Empty for all other steps.
ALTER TABLE form_steps ADD COLUMN asked_by jsonb NOT NULL DEFAULT '[]'
  CONSTRAINT form_steps_asked_by_is_list CHECK (jsonb_typeof(asked_by) = 'array');

-- 組織改編: departments that took over from one that a form names, and so may read it. Nobody who takes
-- over decides what was decided.
CREATE TABLE form_readers (
  form_id        uuid NOT NULL CONSTRAINT form_readers_of_form REFERENCES forms (id),
  department     text NOT NULL CONSTRAINT form_readers_department_named CHECK (
                   department LIKE 'departments/_%'),
  predecessor    text NOT NULL CONSTRAINT form_readers_predecessor_named CHECK (
                   predecessor LIKE 'departments/_%'),
  reorganization text NOT NULL CONSTRAINT form_readers_reorganization_named CHECK (
                   reorganization LIKE 'reorganizations/_%'),
  CONSTRAINT form_readers_pkey PRIMARY KEY (form_id, department, predecessor)
);
CREATE INDEX form_readers_by_department ON form_readers (department, form_id);
