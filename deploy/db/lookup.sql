-- The role of a registry that answers lookups alone: it reads what the public may ask about.
SELECT 'CREATE ROLE lookup_app LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lookup_app') \gexec
GRANT CONNECT ON DATABASE daicho_registry TO lookup_app;
GRANT USAGE ON SCHEMA public TO lookup_app;
GRANT SELECT ON accounts, account_former_keys, departments, impersonation_warnings, schema_migration
   TO lookup_app;
