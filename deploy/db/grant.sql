-- What the app role of a service may do. Run as the owner after each migration.
-- psql -v app=registry_app
GRANT USAGE ON SCHEMA public TO :"app";
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO :"app";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"app";
-- Nothing is ever deleted but what the relay has delivered.
GRANT DELETE ON outbox TO :"app";
-- What was stored once stays as it was.
SELECT format('REVOKE UPDATE ON %I FROM %I', relname, :'app')
  FROM pg_class
 WHERE relnamespace = 'public'::regnamespace
   AND relname IN ('request_log', 'account_revisions', 'account_former_keys',
                   'department_revisions', 'form_acts', 'entries', 'entry_resources', 'tree_nodes') \gexec
