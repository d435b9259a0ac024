-- What the app role of a service may do. Run as the owner after each migration.
-- psql -v app=registry_app
GRANT USAGE ON SCHEMA public TO :"app";
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"app";
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO :"app";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"app";
-- Nothing is ever deleted but what the relay has delivered.
GRANT DELETE ON outbox TO :"app";
-- What was stored once stays as it was, but for what is the present state of something.
SELECT format('GRANT UPDATE ON %I TO %I', relname, :'app')
  FROM pg_class
 WHERE relnamespace = 'public'::regnamespace
   AND relname IN ('outbox', 'relay_lease', 'ledger_sequence', 'departments', 'accounts',
                   'account_activity', 'account_grants', 'impersonation_warnings', 'incidents', 'reorganizations',
                   'forms', 'form_steps', 'absences', 'reception_counters', 'tree_head',
                   'attachments', 'advices', 'advice_reports', 'account_open_advice',
                   'inactivity_exemptions', 'inactivity_exempted_accounts', 'inactivity_report_turn', 'checkpoints',
                   'ledger_departments',
                   'checked_accounts', 'standing_findings', 'finding_runs', 'finding_turn') \gexec
-- Redaction removes what is kept beside the log; the log itself has only its hash.
SELECT format('GRANT EXECUTE ON FUNCTION redact_bodies(text, bytea[]) TO %I', :'app')
 WHERE to_regprocedure('redact_bodies(text, bytea[])') IS NOT NULL \gexec
-- Batches of observations go through a temporary table.
SELECT format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), :'app')
 WHERE to_regclass('activity_batch') IS NOT NULL \gexec
-- The owner alone migrates.
REVOKE ALL ON schema_migration, schema_turn FROM :"app";
GRANT SELECT ON schema_migration TO :"app";
