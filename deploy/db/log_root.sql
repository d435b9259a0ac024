-- Computes the root of the audit log anew (RFC 6962: leaves under 0x00, pairs under 0x01, the odd one
-- goes up as it is) and says in which respects the stored head differs; nothing when it does not.
SET client_min_messages = warning;
CREATE TEMPORARY TABLE nodes AS
SELECT log_index AS place, sha256('\x00'::bytea || leaf) AS hash
  FROM entries;
DO $$
BEGIN
  WHILE (SELECT count(*) FROM nodes) > 1 LOOP
    CREATE TEMPORARY TABLE above AS
    SELECT place / 2 AS place,
           CASE count(*)
             WHEN 2 THEN sha256('\x01'::bytea || string_agg(hash, ''::bytea ORDER BY place))
             ELSE (array_agg(hash))[1]
           END AS hash
      FROM nodes
     GROUP BY nodes.place / 2;
    DROP TABLE nodes;
    ALTER TABLE above RENAME TO nodes;
  END LOOP;
END
$$;
SELECT 'the audit log has ' || count(*) || ' entries up to ' || coalesce(max(log_index), -1)
       || ', its head says ' || tree_size
  FROM tree_head LEFT JOIN entries ON true
 GROUP BY tree_size
HAVING count(log_index) <> tree_size OR coalesce(max(log_index), -1) <> tree_size - 1;
SELECT 'the root of the audit log is not what its head says'
  FROM tree_head LEFT JOIN nodes ON true
 WHERE root_hash <> coalesce(hash, sha256(''::bytea));
