-- Redaction, and no other way to remove anything: the service may run this function and not delete.
-- It removes what is kept about one person beside the log, and values that were named; never a value
-- that is nobody's for being so, nor a part that was only too large for its leaf.

CREATE FUNCTION redact_bodies(of_person text, named bytea[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
  WITH gone AS (
    DELETE FROM public.entry_bodies
     WHERE path <> '*'
       AND ((person = of_person AND of_person LIKE 'users/%') OR value = ANY(named))
    RETURNING log_index)
  SELECT count(*)
    FROM gone;
END;

REVOKE ALL ON FUNCTION redact_bodies(text, bytea[]) FROM PUBLIC;
