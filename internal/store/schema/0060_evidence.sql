-- Sealed evidence. The payload is in the blob store under the id; header is what
-- opens it, and is emptied when a file is destroyed. record holds name, origin
-- and real digests, sealed under the file's own key; digest is the keyed digest
-- of the SHA-256. case_id is 0 in quarantine, version counts the wrappings.
CREATE TABLE evidence (
  id           TEXT PRIMARY KEY,
  case_id      BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  parent       TEXT NOT NULL DEFAULT '',
  state        TEXT NOT NULL,
  digest       {{blob}} NOT NULL,
  size         BIGINT NOT NULL,
  key_id       TEXT NOT NULL,
  officers     BIGINT NOT NULL,
  header       {{blob}} NOT NULL,
  record       {{blob}} NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  missing_at   BIGINT NOT NULL DEFAULT 0,
  destroyed_at BIGINT NOT NULL DEFAULT 0
) {{norowid}};
CREATE INDEX evidence_case ON evidence (case_id, id);
CREATE INDEX evidence_digest ON evidence (digest);
CREATE INDEX evidence_parent ON evidence (parent) WHERE parent <> '';
CREATE INDEX evidence_key ON evidence (key_id, officers, id);
CREATE INDEX evidence_quarantine ON evidence (created_at) WHERE state = 'quarantine';
-- Who may open a file, for what, until when.
CREATE TABLE evidence_grants (
  id          {{identity}},
  evidence_id TEXT NOT NULL,
  person      TEXT NOT NULL,
  purpose     TEXT NOT NULL,
  until       BIGINT NOT NULL,
  granted_by  TEXT NOT NULL,
  granted_at  BIGINT NOT NULL,
  revoked_at  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX evidence_grants_file ON evidence_grants (evidence_id);
-- How long files must be kept, as the profiles of the law say. Scope is a file,
-- or all files of a case where evidence_id is empty.
CREATE TABLE evidence_clocks (
  id          {{identity}},
  case_id     BIGINT NOT NULL,
  evidence_id TEXT NOT NULL,
  profile     TEXT NOT NULL,
  version     TEXT NOT NULL,
  what        TEXT NOT NULL,
  started_at  BIGINT NOT NULL,
  until       BIGINT NOT NULL,
  set_by      TEXT NOT NULL,
  set_at      BIGINT NOT NULL
);
CREATE INDEX evidence_clocks_file ON evidence_clocks (evidence_id);
CREATE INDEX evidence_clocks_case ON evidence_clocks (case_id);
-- Legal holds, with the same scopes. words is sealed: reason, authority, letter.
-- until is 0 while the hold has no end.
CREATE TABLE evidence_holds (
  id          {{identity}},
  case_id     BIGINT NOT NULL,
  evidence_id TEXT NOT NULL,
  words       {{blob}} NOT NULL,
  starts_at   BIGINT NOT NULL,
  until       BIGINT NOT NULL,
  renewals    BIGINT NOT NULL DEFAULT 0,
  set_by      TEXT NOT NULL,
  set_at      BIGINT NOT NULL,
  released_by TEXT NOT NULL DEFAULT '',
  released_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX evidence_holds_file ON evidence_holds (evidence_id);
CREATE INDEX evidence_holds_case ON evidence_holds (case_id);
-- Wishes to destroy a file, which a second person carries out or refuses. words
-- is sealed: reason, authority, letter.
CREATE TABLE evidence_destructions (
  id          {{identity}},
  evidence_id TEXT NOT NULL,
  grounds     TEXT NOT NULL,
  words       {{blob}} NOT NULL,
  state       TEXT NOT NULL,
  asked_by    TEXT NOT NULL,
  asked_at    BIGINT NOT NULL,
  decided_by  TEXT NOT NULL DEFAULT '',
  decided_at  BIGINT NOT NULL DEFAULT 0,
  certificate TEXT NOT NULL DEFAULT ''
);
CREATE INDEX evidence_destructions_file ON evidence_destructions (evidence_id);
CREATE UNIQUE INDEX evidence_destructions_asked ON evidence_destructions (evidence_id) WHERE state = 'asked';
-- Secrets of the installation, sealed in the vault: that of sealed columns and
-- keyed digests.
CREATE TABLE vault_secrets (
  name     TEXT PRIMARY KEY,
  version  BIGINT NOT NULL,
  header   {{blob}} NOT NULL,
  payload  {{blob}} NOT NULL
);
-- The break-glass recipient, and for every pair of officers the identity that
-- they can restore together. The last row counts.
CREATE TABLE vault_officers (
  id        {{identity}},
  recipient TEXT NOT NULL,
  escrow    TEXT NOT NULL,
  people    BIGINT NOT NULL,
  set_by    TEXT NOT NULL,
  set_at    BIGINT NOT NULL
);
