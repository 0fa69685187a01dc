-- Wishes to hand the content of sealed files out, which a second person approves.
-- words is sealed: reason, authority, letter, and the receiver's public keys.
-- until is when an approval ends; facts is the digest of what was handed out.
CREATE TABLE evidence_exports (
  id         {{identity}},
  case_id    BIGINT NOT NULL,
  words      {{blob}} NOT NULL,
  state      TEXT NOT NULL,
  asked_by   TEXT NOT NULL,
  asked_at   BIGINT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at BIGINT NOT NULL DEFAULT 0,
  until      BIGINT NOT NULL DEFAULT 0,
  began_at   BIGINT NOT NULL DEFAULT 0,
  ended_at   BIGINT NOT NULL DEFAULT 0,
  facts      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX evidence_exports_case ON evidence_exports (case_id, id);
CREATE TABLE evidence_export_files (
  export_id   BIGINT NOT NULL,
  evidence_id TEXT NOT NULL,
  PRIMARY KEY (export_id, evidence_id)
) {{norowid}};
