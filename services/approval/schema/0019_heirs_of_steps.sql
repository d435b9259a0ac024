-- 組織改編: who took over from the department of a step since it was decided. NULL: nobody.
ALTER TABLE form_steps ADD COLUMN heir text CONSTRAINT form_steps_heir_named CHECK (
  heir LIKE 'departments/_%');
ALTER TABLE form_steps ADD COLUMN heir_name text;
ALTER TABLE form_steps ADD CONSTRAINT form_steps_heir_whole CHECK (
  num_nonnulls(heir, heir_name) IN (0, 2));
ALTER TABLE form_steps ADD CONSTRAINT form_steps_heir_of_decided CHECK (
  heir IS NULL OR decider IS NOT NULL);

-- Four eyes: who acted at one step of a round decides no other.
CREATE INDEX form_acts_in_route ON form_acts (form_id, actor, round) WHERE step IS NOT NULL;
