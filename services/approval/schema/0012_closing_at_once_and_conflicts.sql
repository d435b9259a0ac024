-- Urgent closings, applications for the use of shared accounts, and conflicts that wait for the PR
-- office.
ALTER TABLE form_acts DROP CONSTRAINT form_acts_kind_known;
ALTER TABLE form_acts ADD CONSTRAINT form_acts_kind_known CHECK (kind IN (
  'CREATED', 'UPDATED', 'SUBMITTED', 'AGREED', 'RETURNED', 'WITHDRAWN', 'APPLIED', 'CONFLICTED',
  'REROUTED', 'AGREED_AS_DEPUTY', 'REVIEWED_AFTERWARDS', 'RETURNED_TO_STEP', 'PULLED_BACK',
  'ADVISED', 'ANSWERED', 'REJECTED', 'EXPIRED', 'SUBMITTED_URGENTLY', 'SETTLED'));
ALTER TABLE form_acts DROP CONSTRAINT form_acts_role_known;
ALTER TABLE form_acts ADD CONSTRAINT form_acts_role_known CHECK (role IN (
  'DEPARTMENT_STAFF', 'DEPARTMENT_HEAD', 'PR_OFFICE', 'SYSTEM', 'IT_SECURITY'));
DROP INDEX form_acts_of_authors;
CREATE INDEX form_acts_of_authors ON form_acts (form_id, actor)
  WHERE kind IN ('CREATED', 'UPDATED', 'SUBMITTED', 'SUBMITTED_URGENTLY');

ALTER TABLE forms DROP CONSTRAINT forms_action_known;
ALTER TABLE forms ADD CONSTRAINT forms_action_known CHECK (
  action IN ('OPEN', 'CHANGE', 'CLOSE', 'GRANT'));
-- Several departments may ask for the use of one account at a time.
DROP INDEX forms_one_in_route;
CREATE UNIQUE INDEX forms_one_in_route ON forms (account)
  WHERE action <> 'GRANT' AND state IN ('IN_ROUTE', 'UNDER_REVIEW', 'ADVISED', 'AGREED');

-- What form and ledger say of each field: [{"path", "agreed_on", "ledger", "wanted"}].
ALTER TABLE forms ADD COLUMN differences jsonb NOT NULL DEFAULT '[]'
  CONSTRAINT forms_differences_is_list CHECK (jsonb_typeof(differences) = 'array');
-- A conflict waits until it is settled.
ALTER TABLE forms DROP CONSTRAINT forms_due_with_department;
ALTER TABLE forms ADD CONSTRAINT forms_due_while_waited_for CHECK (
  due_on IS NULL OR state IN ('ADVISED', 'RETURNED', 'PULLED_BACK', 'CONFLICT'));
UPDATE forms
   SET due_on = (apply_time AT TIME ZONE 'Asia/Tokyo')::date + 14
 WHERE state = 'CONFLICT';
CREATE INDEX forms_in_conflict ON forms (due_on, id)
  WHERE due_on IS NOT NULL AND state = 'CONFLICT';
