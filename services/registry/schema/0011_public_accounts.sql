-- What lookups are answered from: of each account no more than the public may see. A person's own
-- account (T 5-1) goes without its display name, which may be theirs.
--
-- An imported account was open when the ledger took it over, though no day is known. The page of
-- the whole organisation is the one to show; either will do. What stands in for an account somebody
-- else holds was reported ("accounts/UUID") rather than agreed.
CREATE VIEW public_accounts AS
SELECT change_sequence,
       id,
       key,
       platform,
       fields->>'handle' AS handle,
       CASE WHEN fields->>'kind' = 'KIND_PERSONAL_EXCEPTION' THEN ''
            ELSE fields->>'display_name' END AS display_name,
       canonical_url,
       department,
       COALESCE(organization_page_url, section_page_url) AS listing_url,
       state,
       condition,
       opened_on IS NOT NULL OR origin_kind = 'IMPORT' AS opened,
       closing_effective_on,
       evidence_unlisted_on,
       COALESCE(CASE WHEN condition <> 'NORMAL' AND state NOT IN ('CLOSED', 'MERGED')
                     THEN split_part(facts->>'condition_report.successor', '/', 2) END,
                closing_successor::text) AS successor,
       facts->>'condition_report.notice' AS notice,
       fields->>'platform_account_id' AS platform_account_id,
       COALESCE(fields->>'kind' = 'KIND_PERSONAL_EXCEPTION', false) AS personal
  FROM accounts;
