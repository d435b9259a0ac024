-- One database and two roles of a service: the owner migrates, the app role serves.
-- psql -v service=registry
SELECT format('CREATE ROLE %I LOGIN', :'service' || '_owner')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'service' || '_owner') \gexec
SELECT format('CREATE ROLE %I LOGIN', :'service' || '_app')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'service' || '_app') \gexec
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' LOCALE ''C.UTF-8'' TEMPLATE template0',
              'daicho_' || :'service', :'service' || '_owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'daicho_' || :'service') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', 'daicho_' || :'service') \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', 'daicho_' || :'service', :'service' || '_app') \gexec
-- An app role has no business in the databases that come with the server.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', datname)
  FROM pg_database WHERE datname IN ('postgres', 'template1') \gexec
