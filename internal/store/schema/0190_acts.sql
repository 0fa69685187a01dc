-- An action that goes to one target alone, such as the webhook that a rule
-- names; 0 goes to all that take its kind.
ALTER TABLE actions ADD COLUMN target_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX actions_event ON actions (event_id);
-- What a rule does about a finding is done once: by digests of the version of
-- the rule, the finding and the action.
CREATE TABLE action_once (
  key TEXT PRIMARY KEY,
  at  BIGINT NOT NULL
) {{norowid}};
CREATE INDEX action_once_at ON action_once (at);
-- Items of cases whose file was to be kept and could not be.
CREATE TABLE evidence_lost (
  item    TEXT PRIMARY KEY,
  case_id BIGINT NOT NULL,
  at      BIGINT NOT NULL
) {{norowid}};
CREATE INDEX evidence_lost_at ON evidence_lost (at);
-- Second opinions of language models about findings of cases: what was rated and
-- how, never words.
CREATE TABLE opinions (
  id      {{identity}},
  case_id BIGINT NOT NULL,
  finding TEXT NOT NULL,
  who     TEXT NOT NULL,
  at      BIGINT NOT NULL,
  plugin  TEXT NOT NULL,
  model   TEXT NOT NULL,
  answers TEXT NOT NULL,
  said    BIGINT NOT NULL,
  why     TEXT NOT NULL,
  signs   TEXT NOT NULL,
  scores  TEXT NOT NULL,
  lines   BIGINT NOT NULL,
  took    BIGINT NOT NULL
);
CREATE INDEX opinions_case ON opinions (case_id, id);
CREATE INDEX opinions_finding ON opinions (finding, id);
