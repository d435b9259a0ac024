-- Forms follow departments that were reorganised.
ALTER TABLE form_acts DROP CONSTRAINT form_acts_kind_known;
ALTER TABLE form_acts ADD CONSTRAINT form_acts_kind_known CHECK (kind IN (
  'CREATED', 'UPDATED', 'SUBMITTED', 'AGREED', 'RETURNED', 'WITHDRAWN', 'APPLIED', 'CONFLICTED',
  'REROUTED'));
