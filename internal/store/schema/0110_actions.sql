-- A lane is a row of jobs that share something, such as the server that they
-- are sent to. Only so many of a lane run at a time.
ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT '';
CREATE INDEX jobs_kind ON jobs (kind, id) WHERE state IN ('ready', 'running');
-- Servers that are told of what happens. The secrets are sealed; the older one
-- is used as well until previous_until.
CREATE TABLE hook_targets (
  id             {{identity}},
  name           TEXT NOT NULL UNIQUE,
  url            TEXT NOT NULL,
  kinds          TEXT NOT NULL,
  secret         {{blob}} NOT NULL,
  secret_file    TEXT NOT NULL DEFAULT '',
  previous       {{blob}},
  previous_until BIGINT NOT NULL DEFAULT 0,
  enabled        BIGINT NOT NULL DEFAULT 1,
  created_at     BIGINT NOT NULL,
  removed_at     BIGINT NOT NULL DEFAULT 0
);
-- What happened. The body is what is sent, byte for byte, at every try.
CREATE TABLE hook_events (
  id   TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  at   BIGINT NOT NULL
);
CREATE INDEX hook_events_at ON hook_events (at);
CREATE TABLE hook_deliveries (
  id        {{identity}},
  event_id  TEXT NOT NULL,
  target_id BIGINT NOT NULL,
  state     TEXT NOT NULL,
  attempts  BIGINT NOT NULL DEFAULT 0,
  status    BIGINT NOT NULL DEFAULT 0,
  error     TEXT NOT NULL DEFAULT '',
  at        BIGINT NOT NULL,
  tried_at  BIGINT NOT NULL DEFAULT 0,
  next_at   BIGINT NOT NULL DEFAULT 0,
  done_at   BIGINT NOT NULL DEFAULT 0,
  round     BIGINT NOT NULL DEFAULT 0,
  UNIQUE (event_id, target_id)
);
CREATE INDEX hook_deliveries_target ON hook_deliveries (target_id, id);
CREATE INDEX hook_deliveries_state ON hook_deliveries (state, id);
CREATE INDEX hook_deliveries_at ON hook_deliveries (at);
-- What people and rules asked the platform to do, and what it answered.
CREATE TABLE actions (
  id        TEXT PRIMARY KEY,
  kind      TEXT NOT NULL,
  case_id   BIGINT NOT NULL,
  decision  TEXT NOT NULL,
  rule      TEXT NOT NULL,
  account   TEXT NOT NULL,
  reason    TEXT NOT NULL,
  who       TEXT NOT NULL,
  automatic BIGINT NOT NULL,
  undoes    TEXT NOT NULL DEFAULT '',
  undone_by TEXT NOT NULL DEFAULT '',
  event_id  TEXT NOT NULL,
  body      TEXT NOT NULL,
  at        BIGINT NOT NULL
);
CREATE INDEX actions_case ON actions (case_id, id);
CREATE TABLE action_results (
  id        {{identity}},
  action_id TEXT NOT NULL,
  who       TEXT NOT NULL,
  status    TEXT NOT NULL,
  note      TEXT NOT NULL,
  at        BIGINT NOT NULL
);
CREATE INDEX action_results_action ON action_results (action_id, id);
-- What plugins cost, by the day, for their budgets.
CREATE TABLE plugin_days (
  plugin TEXT NOT NULL,
  day    TEXT NOT NULL,
  source TEXT NOT NULL,
  asked  BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  PRIMARY KEY (plugin, day, source)
) {{norowid}};
