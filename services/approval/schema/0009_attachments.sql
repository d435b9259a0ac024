-- Files that belong to forms. Content is written once and never deleted; a file that was taken off
-- its form stays.

-- What pieces belong to. Its row comes first, the pieces as they arrive, `attachments` last, all in
-- one transaction: a content without an attachment is never seen.
CREATE TABLE attachment_contents (
  id          uuid        CONSTRAINT attachment_contents_pkey PRIMARY KEY,
  create_time timestamptz NOT NULL
);

CREATE TABLE attachment_chunks (
  content  uuid    NOT NULL CONSTRAINT attachment_chunks_of_content REFERENCES attachment_contents (id),
  position integer NOT NULL CONSTRAINT attachment_chunks_position_not_negative CHECK (position >= 0),
  bytes    bytea   NOT NULL CONSTRAINT attachment_chunks_size CHECK (
             octet_length(bytes) BETWEEN 1 AND 262144),
  CONSTRAINT attachment_chunks_pkey PRIMARY KEY (content, position)
);
-- The formats taken are compressed already.
ALTER TABLE attachment_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE attachments (
  id            uuid        CONSTRAINT attachments_pkey PRIMARY KEY
                            CONSTRAINT attachments_of_content REFERENCES attachment_contents (id),
  form_id       uuid        NOT NULL CONSTRAINT attachments_of_form REFERENCES forms (id),
  file_name     text        NOT NULL CONSTRAINT attachments_file_name_size CHECK (
                  octet_length(file_name) BETWEEN 1 AND 200),
  -- The name without case and width: what files on one form do not share.
  name_key      text        NOT NULL CONSTRAINT attachments_name_key_given CHECK (name_key <> ''),
  media_type    text        NOT NULL CONSTRAINT attachments_media_type_known CHECK (media_type IN (
                  'application/pdf', 'image/png', 'image/jpeg',
                  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
                  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')),
  size_bytes    bigint      NOT NULL CONSTRAINT attachments_size CHECK (
                  size_bytes BETWEEN 1 AND 20971520),
  sha256        bytea       NOT NULL CONSTRAINT attachments_sha256_size CHECK (
                  octet_length(sha256) = 32),
  uploader      text        NOT NULL CONSTRAINT attachments_uploader_named CHECK (uploader <> ''),
  uploader_name text        NOT NULL,
  create_time   timestamptz NOT NULL,
  -- NULL while it is on the form.
  remove_time   timestamptz,
  remover       text        CONSTRAINT attachments_remover_named CHECK (remover <> ''),
  CONSTRAINT attachments_removed_at_once CHECK (num_nonnulls(remove_time, remover) IN (0, 2))
);
CREATE UNIQUE INDEX attachments_one_of_a_name ON attachments (form_id, name_key)
  WHERE remove_time IS NULL;
CREATE INDEX attachments_by_form ON attachments (form_id, id);
