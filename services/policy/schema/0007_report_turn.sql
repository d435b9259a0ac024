-- One row. Whoever makes a report holds it until commit, so that reports are made one at a time.
CREATE TABLE inactivity_report_turn (
  one boolean NOT NULL CONSTRAINT inactivity_report_turn_pkey PRIMARY KEY
              CONSTRAINT inactivity_report_turn_one_row CHECK (one)
);
INSERT INTO inactivity_report_turn (one) VALUES (true);
