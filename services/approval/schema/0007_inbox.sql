-- What waits for whom, until when. NULL: nothing does. Few rows of many have a day, and the indexes
-- have those alone.
ALTER TABLE forms ADD COLUMN due_on date;
ALTER TABLE form_steps ADD COLUMN due_on date;
ALTER TABLE forms ADD CONSTRAINT forms_due_with_department CHECK (
  due_on IS NULL OR state IN ('ADVISED', 'RETURNED', 'PULLED_BACK'));
ALTER TABLE form_steps ADD CONSTRAINT form_steps_due_until_decided CHECK (
  due_on IS NULL OR decider IS NULL);

-- Forms on their way get the days that they would have got.
UPDATE forms
   SET due_on = (update_time AT TIME ZONE 'Asia/Tokyo')::date + 30
 WHERE state = 'RETURNED';
UPDATE form_steps
   SET due_on = (forms.update_time AT TIME ZONE 'Asia/Tokyo')::date + 14
  FROM forms
 WHERE forms.id = form_steps.form_id
   AND forms.round = form_steps.round
   AND forms.state IN ('IN_ROUTE', 'UNDER_REVIEW')
   AND form_steps.position = (SELECT min(open.position)
                                FROM form_steps AS open
                               WHERE open.form_id = forms.id
                                 AND open.round = forms.round
                                 AND open.decider IS NULL);

CREATE INDEX forms_with_department ON forms (department, due_on, id) WHERE due_on IS NOT NULL;
CREATE INDEX forms_lapsing ON forms (due_on, id)
  WHERE due_on IS NOT NULL AND state IN ('ADVISED', 'RETURNED');
CREATE INDEX form_steps_waiting ON form_steps (department, due_on, form_id)
  WHERE due_on IS NOT NULL;
CREATE INDEX form_steps_to_review ON form_steps (absent, form_id)
  WHERE absent IS NOT NULL AND review_time IS NULL;
-- Who wrote a form does not decide it: asked of every step that waits.
CREATE INDEX form_acts_of_authors ON form_acts (form_id, actor)
  WHERE kind IN ('CREATED', 'UPDATED', 'SUBMITTED');
