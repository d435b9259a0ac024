-- What the guideline said when a form was submitted, and when the PR office agreed to it.
ALTER TABLE form_acts ADD COLUMN findings jsonb NOT NULL DEFAULT '[]'
  CONSTRAINT form_acts_findings_are_list CHECK (jsonb_typeof(findings) = 'array');

-- Whom the account that a CLOSE is about named as the head's deputy. NULL: nobody by user name.
ALTER TABLE forms ADD COLUMN deputy text CONSTRAINT forms_deputy_named CHECK (
  deputy LIKE 'users/_%');
