-- What an installation is, its tamper-evident log, and its jobs.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE custody_head (
  id   BIGINT PRIMARY KEY CHECK (id = 1),
  size BIGINT NOT NULL
);
INSERT INTO custody_head (id, size) VALUES (1, 0);
CREATE TABLE custody_records (
  seq     BIGINT PRIMARY KEY,
  at      BIGINT NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail  TEXT NOT NULL,
  leaf    {{blob}} NOT NULL
);
CREATE INDEX custody_records_subject ON custody_records (subject, seq);
CREATE TABLE custody_hashes (
  id   BIGINT PRIMARY KEY,
  hash {{blob}} NOT NULL
);
CREATE TABLE custody_checkpoints (
  size BIGINT PRIMARY KEY,
  at   BIGINT NOT NULL,
  note TEXT NOT NULL
);
CREATE TABLE jobs (
  id          {{identity}},
  kind        TEXT NOT NULL,
  args        TEXT NOT NULL,
  unique_key  TEXT,
  state       TEXT NOT NULL,
  run_at      BIGINT NOT NULL,
  attempts    BIGINT NOT NULL DEFAULT 0,
  lease_until BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL,
  started_at  BIGINT NOT NULL DEFAULT 0,
  finished_at BIGINT NOT NULL DEFAULT 0,
  done        BIGINT NOT NULL DEFAULT 0,
  total       BIGINT NOT NULL DEFAULT 0,
  text        TEXT NOT NULL DEFAULT '',
  error       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX jobs_ready ON jobs (state, run_at);
CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key) WHERE unique_key IS NOT NULL AND state IN ('ready', 'running');
