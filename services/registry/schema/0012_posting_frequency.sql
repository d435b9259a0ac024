-- How often an account posts (domain.md §5): posts in the 90 days up to the observation. NULL: not
-- counted.
ALTER TABLE account_activity
  ADD COLUMN posts_in_90_days integer
             CONSTRAINT account_activity_posts_not_negative CHECK (posts_in_90_days >= 0);
ALTER TABLE activity_batch ADD COLUMN posts_in_90_days integer;
