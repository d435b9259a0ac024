-- 改正履歴 of an account: the forms that took effect in the ledger, in the order of their numbers.
CREATE INDEX forms_by_ledger_account ON forms (ledger_account, reception_year, reception_number)
  WHERE ledger_account IS NOT NULL;
