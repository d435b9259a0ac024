-- T 5-1: a person's own account is official until the last day of its exception, whether or not anybody
-- closes it. The first day on which an account is no longer official, if there is one.
CREATE FUNCTION account_official_end(closing_effective_on date, fields jsonb) RETURNS date
LANGUAGE sql STABLE AS $$
  SELECT LEAST(closing_effective_on,
               CASE WHEN fields->>'kind' = 'KIND_PERSONAL_EXCEPTION'
                    THEN (fields->>'personal_exception.end_date')::date + 1 END)
$$;

CREATE OR REPLACE VIEW public_accounts AS
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
       account_official_end(closing_effective_on, fields) AS closing_effective_on,
       evidence_unlisted_on,
       COALESCE(CASE WHEN condition <> 'NORMAL' AND state NOT IN ('CLOSED', 'MERGED')
                     THEN split_part(facts->>'condition_report.successor', '/', 2) END,
                closing_successor::text) AS successor,
       facts->>'condition_report.notice' AS notice,
       fields->>'platform_account_id' AS platform_account_id,
       COALESCE(fields->>'kind' = 'KIND_PERSONAL_EXCEPTION', false) AS personal
  FROM accounts;
