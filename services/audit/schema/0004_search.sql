-- What entries are searched by, besides actor and resource.

CREATE INDEX entries_by_department ON entries (department, log_index);
CREATE INDEX entries_by_rpc ON entries (rpc, log_index);
CREATE INDEX entries_by_event_time ON entries (event_time);
