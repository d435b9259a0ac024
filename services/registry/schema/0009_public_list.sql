-- What the public list tells of the last months is read by age, oldest first.
CREATE INDEX account_revisions_by_update_time ON account_revisions (update_time, id, revision);
