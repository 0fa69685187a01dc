-- Rules of policy. A version is never changed but for its state; its text is
-- the file as it was submitted.
CREATE TABLE policy_versions (
  rule        TEXT NOT NULL,
  version     BIGINT NOT NULL,
  state       TEXT NOT NULL,
  share       BIGINT NOT NULL DEFAULT 0,
  author      TEXT NOT NULL,
  source      TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL,
  replaced    BIGINT NOT NULL DEFAULT 0,
  asked_state TEXT NOT NULL DEFAULT '',
  asked_share BIGINT NOT NULL DEFAULT 0,
  asked_by    TEXT NOT NULL DEFAULT '',
  asked_at    BIGINT NOT NULL DEFAULT 0,
  approved_by TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (rule, version)
);
CREATE INDEX policy_versions_state ON policy_versions (state);
-- Every change of the rules counts up, so that processes see that they must
-- read them again.
CREATE TABLE policy_head (
  id    BIGINT PRIMARY KEY CHECK (id = 1),
  stamp BIGINT NOT NULL
);
INSERT INTO policy_head (id, stamp) VALUES (1, 0);
-- What rules and actions did, by the hour: rule:NAME and its version,
-- act:ACTION, and all for everything that was evaluated.
CREATE TABLE policy_counts (
  what      TEXT NOT NULL,
  version   BIGINT NOT NULL,
  hour      BIGINT NOT NULL,
  fired     BIGINT NOT NULL DEFAULT 0,
  shadow    BIGINT NOT NULL DEFAULT 0,
  undecided BIGINT NOT NULL DEFAULT 0,
  acted     BIGINT NOT NULL DEFAULT 0,
  stopped   BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (what, version, hour)
);
CREATE INDEX policy_counts_hour ON policy_counts (hour);
-- Breakers that are open. A person closes one by removing its row; the custody
-- log remembers it.
CREATE TABLE policy_breakers (
  what      TEXT PRIMARY KEY,
  opened_at BIGINT NOT NULL,
  why       TEXT NOT NULL,
  n         BIGINT NOT NULL,
  most      BIGINT NOT NULL
);
-- Why somebody took a step, in their words. The custody log has the digest.
CREATE TABLE policy_reasons (
  what   TEXT NOT NULL,
  at     BIGINT NOT NULL,
  actor  TEXT NOT NULL,
  step   TEXT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX policy_reasons_what ON policy_reasons (what, at);
-- Back-tests: one version, or two that are compared, on what is stored.
CREATE TABLE policy_backtests (
  id          {{identity}},
  rule        TEXT NOT NULL,
  before      BIGINT NOT NULL,
  after       BIGINT NOT NULL,
  since       BIGINT NOT NULL,
  asked_by    TEXT NOT NULL,
  asked_at    BIGINT NOT NULL,
  finished_at BIGINT NOT NULL DEFAULT 0,
  result      TEXT NOT NULL DEFAULT '',
  fault       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX policy_backtests_rule ON policy_backtests (rule, id);
-- Rules ask what was found about an account before.
CREATE INDEX talk_findings_account ON talk_findings (account, at);
CREATE INDEX items_author ON items (author, at) WHERE author <> '';
