-- People, how they prove who they are, and what they may do. Whoever was there
-- before rights existed had all of them and keeps them.
ALTER TABLE people ADD COLUMN login TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN handle {{blob}};
ALTER TABLE people ADD COLUMN disabled_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX people_login ON people (login) WHERE login <> '';
CREATE UNIQUE INDEX people_handle ON people (handle) WHERE handle IS NOT NULL;
CREATE TABLE grants (
  person_id BIGINT NOT NULL,
  role      TEXT NOT NULL,
  queue     TEXT NOT NULL,
  source    TEXT NOT NULL,
  PRIMARY KEY (person_id, role, queue, source)
);
INSERT INTO grants (person_id, role, queue, source) SELECT id, 'administrator', '*', 'hand' FROM people;
INSERT INTO grants (person_id, role, queue, source) SELECT id, 'senior', '*', 'hand' FROM people;
CREATE TABLE passkeys (
  id         {{identity}},
  person_id  BIGINT NOT NULL,
  credential {{blob}} NOT NULL UNIQUE,
  data       TEXT NOT NULL,
  name       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0,
  suspect_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX passkeys_person ON passkeys (person_id);
CREATE TABLE passwords (
  person_id  BIGINT PRIMARY KEY,
  hash       TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE TABLE identities (
  issuer    TEXT NOT NULL,
  subject   TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  linked_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE TABLE sign_in_failures (
  day       BIGINT NOT NULL,
  method    TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  count     BIGINT NOT NULL,
  PRIMARY KEY (day, method, person_id)
);
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN method TEXT NOT NULL DEFAULT 'link';
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN old_digest {{blob}};
ALTER TABLE api_keys ADD COLUMN old_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN rotated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN rotated_by TEXT NOT NULL DEFAULT '';
CREATE INDEX api_keys_old ON api_keys (old_digest) WHERE old_digest IS NOT NULL;
