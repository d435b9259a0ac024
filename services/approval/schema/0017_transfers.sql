-- 異動: what waited for somebody by name waits for who took over from them.
ALTER TABLE form_acts DROP CONSTRAINT form_acts_kind_known;
ALTER TABLE form_acts ADD CONSTRAINT form_acts_kind_known CHECK (kind IN (
  'CREATED', 'UPDATED', 'SUBMITTED', 'AGREED', 'RETURNED', 'WITHDRAWN', 'APPLIED', 'CONFLICTED',
  'REROUTED', 'AGREED_AS_DEPUTY', 'REVIEWED_AFTERWARDS', 'RETURNED_TO_STEP', 'PULLED_BACK',
  'ADVISED', 'ANSWERED', 'REJECTED', 'EXPIRED', 'SUBMITTED_URGENTLY', 'SETTLED', 'TRANSFERRED'));
ALTER TABLE form_acts DROP CONSTRAINT form_acts_role_known;
ALTER TABLE form_acts ADD CONSTRAINT form_acts_role_known CHECK (role IN (
  'DEPARTMENT_STAFF', 'DEPARTMENT_HEAD', 'PR_OFFICE', 'SYSTEM', 'IT_SECURITY', 'ADMIN'));

-- 担当: who minds the form at its department. NULL: the drafter.
ALTER TABLE forms ADD COLUMN keeper text CONSTRAINT forms_keeper_named CHECK (keeper <> '');
ALTER TABLE forms ADD COLUMN keeper_name text;
ALTER TABLE forms ADD CONSTRAINT forms_keeper_whole CHECK (
  num_nonnulls(keeper, keeper_name) IN (0, 2));

-- 後閲: who reads afterwards what a deputy decided. NULL: `absent`, also where a server writes that
-- does not know of this column yet.
ALTER TABLE form_steps ADD COLUMN reviewer text CONSTRAINT form_steps_reviewer_named CHECK (
  reviewer <> '');
ALTER TABLE form_steps ADD COLUMN reviewer_name text;
ALTER TABLE form_steps ADD CONSTRAINT form_steps_reviewer_whole CHECK (
  num_nonnulls(reviewer, reviewer_name) IN (0, 2));
DROP INDEX form_steps_to_review;
CREATE INDEX form_steps_to_review ON form_steps ((coalesce(reviewer, absent)), form_id)
  WHERE absent IS NOT NULL AND review_time IS NULL;
