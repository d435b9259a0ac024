-- Advice about accounts that is not closed, as approval last reported it (T 5-3). Not versioned with
-- the account: approval keeps its history.
CREATE TABLE account_open_advice (
  account         uuid        NOT NULL CONSTRAINT account_open_advice_pkey PRIMARY KEY
                              CONSTRAINT account_open_advice_of_account REFERENCES accounts (id),
  -- Of the last report that was taken.
  report_number   bigint      NOT NULL CONSTRAINT account_open_advice_report_positive CHECK (
                    report_number > 0),
  open_count      integer     NOT NULL CONSTRAINT account_open_advice_count_not_negative CHECK (
                    open_count >= 0),
  -- NULL: none waits for an answer.
  earliest_due_on date,
  -- The newest of them: ["advices/…"].
  advices         jsonb       NOT NULL CONSTRAINT account_open_advice_advices_is_list CHECK (
                    jsonb_typeof(advices) = 'array'),
  report_time     timestamptz NOT NULL,
  CONSTRAINT account_open_advice_none_due CHECK (open_count > 0 OR earliest_due_on IS NULL)
);
