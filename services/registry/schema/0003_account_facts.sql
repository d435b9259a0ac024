-- What was reported about an account, as a flat map of registry.v1.AccountFacts: path to value as
-- text. Versioned with the account, so that what was known on a day can be read again.
ALTER TABLE accounts
  ADD COLUMN facts jsonb NOT NULL DEFAULT '{}'
             CONSTRAINT accounts_facts_are_a_map CHECK (jsonb_typeof(facts) = 'object');
ALTER TABLE account_revisions ADD COLUMN facts jsonb NOT NULL DEFAULT '{}';
