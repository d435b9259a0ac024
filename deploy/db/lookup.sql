-- The role of a registry that answers lookups alone: it reads what they need, and writes nothing.
SELECT 'CREATE ROLE lookup_app LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lookup_app') \gexec
GRANT CONNECT ON DATABASE daicho_registry TO lookup_app;
GRANT USAGE ON SCHEMA public TO lookup_app;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM lookup_app;
GRANT SELECT ON public_accounts, account_former_keys, schema_migration TO lookup_app;
GRANT SELECT (change_sequence, code, display_name, contact_desk, parent_code, valid_until,
              successor_codes)
   ON departments TO lookup_app;
GRANT SELECT (change_sequence, id, key, canonical_url, platform, department, notice_ja, notice,
              reported_on, removed_on, withdrawn_on)
   ON impersonation_warnings TO lookup_app;
