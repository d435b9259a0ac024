-- The GRANT form that asked for a grant (Y 2-2). NULL: none did.
ALTER TABLE account_grants ADD COLUMN form uuid;
