-- Lists of accounts: searched, ordered, and read as of an earlier moment.

-- What people take for the same text: width and compatibility forms (NFKC), case, kana; white space
-- is one. The same as domain::FoldSearch, which is quicker: this is for what it did not store.
CREATE FUNCTION folded(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN translate(
    lower(normalize(COALESCE(given, ''), NFKC) COLLATE "und-x-icu"),
    E'\n\tァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶヽヾ',
    '  ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんゔゕゖゝゞ');

-- What a text search looks through: display name, handle, URL and purpose, folded, a line each.
CREATE FUNCTION account_search_text(fields jsonb, canonical_url text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN folded(fields ->> 'display_name') || E'\n' || folded(fields ->> 'handle') || E'\n'
         || folded(COALESCE(canonical_url, fields ->> 'url')) || E'\n'
         || folded(fields ->> 'purpose');

ALTER TABLE accounts ADD COLUMN search_text text COLLATE "C" NOT NULL DEFAULT '';
UPDATE accounts SET search_text = account_search_text(fields, canonical_url);

-- What was last seen of an account's posts (domain.md §5): the newest observation. last_post_time is
-- NULL when it was seen never to have posted; there is no row while nobody has looked.
CREATE TABLE account_activity (
  account        uuid        NOT NULL CONSTRAINT account_activity_pkey PRIMARY KEY
                             CONSTRAINT account_activity_of_account REFERENCES accounts (id),
  last_post_time timestamptz,
  observe_time   timestamptz NOT NULL,
  source         text        NOT NULL CONSTRAINT account_activity_source_present CHECK (source <> ''),
  CONSTRAINT account_activity_post_before_observation CHECK (last_post_time <= observe_time)
);

-- One index for each order, but for last_post_time, which needs both tables.
CREATE INDEX accounts_by_display_name
  ON accounts (left(COALESCE(fields ->> 'display_name', ''), 100) COLLATE "C", id);
CREATE INDEX accounts_by_update_time ON accounts (update_time, id);

-- Which change was the last one at an instant; what became of an account by then.
CREATE INDEX account_revisions_by_sequence ON account_revisions (change_sequence, update_time);
CREATE INDEX department_revisions_by_sequence
  ON department_revisions (change_sequence, update_time);
-- Who had an identity at an instant.
CREATE INDEX account_revisions_by_key ON account_revisions (key, change_sequence);
