-- Decisions as offices take them: by deputies, read afterwards, returned to a step, advised on.
ALTER TABLE form_acts DROP CONSTRAINT form_acts_kind_known;
ALTER TABLE form_acts ADD CONSTRAINT form_acts_kind_known CHECK (kind IN (
  'CREATED', 'UPDATED', 'SUBMITTED', 'AGREED', 'RETURNED', 'WITHDRAWN', 'APPLIED', 'CONFLICTED',
  'REROUTED', 'AGREED_AS_DEPUTY', 'REVIEWED_AFTERWARDS', 'RETURNED_TO_STEP', 'PULLED_BACK',
  'ADVISED', 'ANSWERED', 'REJECTED', 'EXPIRED'));

-- NULL: the act has none.
ALTER TABLE form_acts ADD COLUMN deputy_reason text;
ALTER TABLE form_acts ADD COLUMN advice_kind text CONSTRAINT form_acts_advice_known CHECK (
  advice_kind IN ('RECONSIDER', 'IMPROVE', 'CLOSE_OR_MERGE'));
ALTER TABLE form_acts ADD COLUMN advice_due_on date;
ALTER TABLE form_acts ADD COLUMN to_step integer CONSTRAINT form_acts_to_step_not_negative CHECK (
  to_step >= 0);
ALTER TABLE form_acts ADD CONSTRAINT form_acts_reason_of_deputy CHECK (
  (kind = 'AGREED_AS_DEPUTY') = (deputy_reason IS NOT NULL));
ALTER TABLE form_acts ADD CONSTRAINT form_acts_advice_whole CHECK (
  num_nonnulls(advice_kind, advice_due_on) = CASE WHEN kind = 'ADVISED' THEN 2 ELSE 0 END);
ALTER TABLE form_acts ADD CONSTRAINT form_acts_to_step_of_return CHECK (
  (kind = 'RETURNED_TO_STEP') = (to_step IS NOT NULL));

-- 代決: for whom, why, and when they read it (後閲). NULL: the decider decided in their own name.
ALTER TABLE form_steps ADD COLUMN absent text CONSTRAINT form_steps_absent_named CHECK (
  absent <> '');
ALTER TABLE form_steps ADD COLUMN absent_name text;
ALTER TABLE form_steps ADD COLUMN deputy_reason text;
ALTER TABLE form_steps ADD COLUMN review_time timestamptz;
ALTER TABLE form_steps ADD CONSTRAINT form_steps_deputy_whole CHECK (
  num_nonnulls(absent, absent_name, deputy_reason) IN (0, 3));
ALTER TABLE form_steps ADD CONSTRAINT form_steps_deputy_decided CHECK (
  absent IS NULL OR (decider IS NOT NULL AND decider <> absent));
ALTER TABLE form_steps ADD CONSTRAINT form_steps_review_of_deputy CHECK (
  review_time IS NULL OR absent IS NOT NULL);
