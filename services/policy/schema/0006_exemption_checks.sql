-- An exemption bears no number of the ledger's changes, so that its account is checked for its own
-- sake. changed: how often one was granted or revoked; checked: how many of these the standing
-- findings know.
ALTER TABLE inactivity_exempted_accounts
  ADD COLUMN changed bigint NOT NULL DEFAULT 0,
  ADD COLUMN checked bigint NOT NULL DEFAULT 0;
CREATE INDEX inactivity_exempted_accounts_unchecked ON inactivity_exempted_accounts (account)
  WHERE changed <> checked;
