-- Incidents that were opened by mistake and withdrawn. They stay, with all that was done about them.
ALTER TABLE incidents DROP CONSTRAINT incidents_state_known;
ALTER TABLE incidents ADD CONSTRAINT incidents_state_known CHECK (state IN ('OPEN', 'CLOSED', 'WITHDRAWN'));
ALTER TABLE incident_acts DROP CONSTRAINT incident_acts_kind_known;
ALTER TABLE incident_acts ADD CONSTRAINT incident_acts_kind_known CHECK (
  kind IN ('OPENED', 'DUTY_DONE', 'DUTY_NOT_NEEDED', 'NOTED', 'CLOSED', 'REOPENED', 'WITHDRAWN'));

-- Whether another incident stands behind a warning.
CREATE INDEX incident_acts_by_warning ON incident_acts (warning, incident) WHERE warning IS NOT NULL;
