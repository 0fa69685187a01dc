-- Files that programs handed in, by a keyed digest of who did and of their own
-- reference, so that a file that is sent again is kept once.
CREATE TABLE evidence_handed (
  ref         {{blob}} PRIMARY KEY,
  evidence_id TEXT NOT NULL,
  at          BIGINT NOT NULL
);
CREATE INDEX evidence_handed_file ON evidence_handed (evidence_id);
