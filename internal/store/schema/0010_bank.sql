-- Banks: lists of hashes with what people said of them.
CREATE TABLE banks (
  id            {{identity}},
  name          TEXT NOT NULL,
  role          TEXT NOT NULL,
  form          TEXT NOT NULL,
  band          BIGINT NOT NULL,
  enabled_ratio DOUBLE PRECISION NOT NULL,
  threshold     BIGINT NOT NULL,
  note          TEXT NOT NULL,
  entries       BIGINT NOT NULL DEFAULT 0,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL,
  deleted_at    BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX banks_name ON banks (name) WHERE deleted_at = 0;
-- One row for every import, and one for each name under which entries were
-- added by hand. Entries of a source that is still loading do not exist yet.
CREATE TABLE bank_sources (
  id         {{identity}},
  bank_id    BIGINT NOT NULL REFERENCES banks (id),
  name       TEXT NOT NULL,
  licence    TEXT NOT NULL,
  state      TEXT NOT NULL,
  entries    BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
);
CREATE INDEX bank_sources_bank ON bank_sources (bank_id);
CREATE TABLE bank_sequence (
  id   BIGINT PRIMARY KEY CHECK (id = 1),
  next BIGINT NOT NULL
);
INSERT INTO bank_sequence (id, next) VALUES (1, 1);
-- One row for every hash; several rows with one id are one entry with several
-- hashes. There is no index on value: look-ups go through the engine.
CREATE TABLE entries (
  bank_id    BIGINT NOT NULL,
  id         BIGINT NOT NULL,
  type       BIGINT NOT NULL,
  source_id  BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  value      {{blob}} NOT NULL,
  PRIMARY KEY (bank_id, id, type)
) {{norowid}};
-- What differs from a plain entry.
CREATE TABLE entry_facts (
  entry_id       BIGINT PRIMARY KEY,
  bank_id        BIGINT NOT NULL,
  note           TEXT NOT NULL DEFAULT '',
  metadata       TEXT NOT NULL DEFAULT '',
  disable_until  BIGINT NOT NULL DEFAULT 1,
  expires_at     BIGINT NOT NULL DEFAULT 0,
  quarantined_at BIGINT NOT NULL DEFAULT 0,
  quarantine_why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX entry_facts_bank ON entry_facts (bank_id, entry_id);
CREATE TABLE entry_opinions (
  entry_id BIGINT NOT NULL,
  who      TEXT NOT NULL,
  verdict  TEXT NOT NULL,
  note     TEXT NOT NULL,
  at       BIGINT NOT NULL,
  PRIMARY KEY (entry_id, who)
);
-- Deletions, so that a snapshot of the index can catch up.
CREATE TABLE bank_deletions (
  seq      {{identity}},
  entry_id BIGINT NOT NULL,
  bank_id  BIGINT NOT NULL,
  type     BIGINT NOT NULL,
  value    {{blob}} NOT NULL
);
