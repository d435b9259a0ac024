-- Accounts that are to close, the longest overdue first (domain.md §12.3).
CREATE INDEX accounts_closing_by_day ON accounts (closing_effective_on, id)
  WHERE state = 'CLOSING';
