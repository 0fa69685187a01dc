-- Cases. What a row says of a case's state follows from its events; the lease
-- and the number of the lease (fence) are the row's own.
CREATE TABLE cases (
  id          {{identity}},
  state       TEXT NOT NULL,
  round       BIGINT NOT NULL,
  cycle       BIGINT NOT NULL,
  queue       TEXT NOT NULL,
  form        TEXT NOT NULL,
  band        BIGINT NOT NULL,
  risk        BIGINT NOT NULL,
  path        TEXT NOT NULL,
  held        BIGINT NOT NULL,
  hold_until  BIGINT NOT NULL,
  assignee    TEXT NOT NULL,
  escalated   TEXT NOT NULL,
  acknowledged BIGINT NOT NULL,
  merged_into BIGINT NOT NULL,
  outcome     TEXT NOT NULL,
  findings    BIGINT NOT NULL,
  events      BIGINT NOT NULL,
  opened_at   BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  found_at    BIGINT NOT NULL,
  due_at      BIGINT NOT NULL DEFAULT 0,
  gold        BIGINT NOT NULL DEFAULT 0,
  -- 0 nobody can take it, 1 it waits, 2 it is leased.
  ready       BIGINT NOT NULL,
  lease_by    TEXT NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  fence       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX cases_risk ON cases (queue, risk, opened_at, id) WHERE ready = 1 AND assignee = '';
CREATE INDEX cases_age ON cases (queue, opened_at, id) WHERE ready = 1 AND assignee = '';
CREATE INDEX cases_mine ON cases (queue, risk, opened_at, id) WHERE ready = 1 AND assignee <> '';
CREATE INDEX cases_leased ON cases (lease_until) WHERE ready = 2;
CREATE INDEX cases_assigned ON cases (assignee, id) WHERE assignee <> '';
CREATE INDEX cases_due ON cases (due_at, id) WHERE due_at > 0;
CREATE INDEX cases_held ON cases (hold_until) WHERE held = 1;
CREATE INDEX cases_order ON cases (risk, opened_at, id);
CREATE INDEX cases_state ON cases (state, risk, opened_at, id);
CREATE INDEX cases_updated ON cases (updated_at, id);
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into > 0;
CREATE TABLE case_events (
  id      {{identity}},
  case_id BIGINT NOT NULL,
  seq     BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  actor   TEXT NOT NULL,
  kind    TEXT NOT NULL,
  data    TEXT NOT NULL,
  sealed  {{blob}},
  UNIQUE (case_id, seq)
);
CREATE TABLE case_hours (
  hour BIGINT NOT NULL,
  what TEXT NOT NULL,
  n    BIGINT NOT NULL,
  PRIMARY KEY (hour, what)
);
-- How many cases there are, so that nobody has to count them; gold cases and
-- those that were merged are not in it.
CREATE TABLE case_counts (
  queue TEXT NOT NULL,
  state TEXT NOT NULL,
  form  TEXT NOT NULL,
  risk  BIGINT NOT NULL,
  n     BIGINT NOT NULL,
  PRIMARY KEY (queue, state, form, risk)
);
-- Each finding is linked to one case, once.
CREATE TABLE case_findings (
  id      {{identity}},
  case_id BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  ref     TEXT NOT NULL,
  at      BIGINT NOT NULL,
  form    TEXT NOT NULL,
  band    BIGINT NOT NULL,
  risk    BIGINT NOT NULL,
  account TEXT NOT NULL,
  conversation TEXT NOT NULL,
  source  TEXT NOT NULL,
  sealed  {{blob}}
);
CREATE UNIQUE INDEX case_findings_ref ON case_findings (kind, ref);
CREATE INDEX case_findings_case ON case_findings (case_id, id);
-- What findings are joined by, as keyed digests.
CREATE TABLE case_keys (
  key        BIGINT NOT NULL,
  finding_id BIGINT NOT NULL,
  PRIMARY KEY (key, finding_id)
) {{norowid}};
CREATE INDEX case_keys_finding ON case_keys (finding_id);
-- Cases that have a key in common and were not joined.
CREATE TABLE case_related (
  case_id  BIGINT NOT NULL,
  other_id BIGINT NOT NULL,
  why      TEXT NOT NULL,
  PRIMARY KEY (case_id, other_id)
) {{norowid}};
CREATE INDEX case_related_other ON case_related (other_id);
CREATE TABLE case_clocks (
  case_id BIGINT NOT NULL,
  what    TEXT NOT NULL,
  profile TEXT NOT NULL,
  start_at BIGINT NOT NULL,
  due_at  BIGINT NOT NULL,
  met_at  BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (case_id, what, profile)
) {{norowid}};
-- Who is not offered a case: because they skipped it, or decided on it.
CREATE TABLE case_barred (
  case_id BIGINT NOT NULL,
  actor   TEXT NOT NULL,
  why     TEXT NOT NULL,
  PRIMARY KEY (case_id, actor, why)
) {{norowid}};
CREATE TABLE case_decisions (
  id         {{identity}},
  case_id    BIGINT NOT NULL,
  cycle      BIGINT NOT NULL,
  round      BIGINT NOT NULL,
  actor      TEXT NOT NULL,
  at         BIGINT NOT NULL,
  outcome    TEXT NOT NULL,
  facts      TEXT NOT NULL,
  actions    TEXT NOT NULL,
  table_version BIGINT NOT NULL,
  derived    TEXT NOT NULL,
  sealed     {{blob}},
  agrees     BIGINT NOT NULL DEFAULT 0,
  final      BIGINT NOT NULL,
  undo_until BIGINT NOT NULL,
  undone_at  BIGINT NOT NULL DEFAULT 0,
  bulk_id    BIGINT NOT NULL DEFAULT 0,
  gold       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX case_decisions_case ON case_decisions (case_id, id);
CREATE INDEX case_decisions_second ON case_decisions (at) WHERE round = 2 AND undone_at = 0 AND gold = 0;
CREATE INDEX case_decisions_gold ON case_decisions (at) WHERE gold > 0;
CREATE TABLE case_golds (
  case_id BIGINT PRIMARY KEY,
  outcome TEXT NOT NULL
);
-- What a refused or unfinished decision held, sealed, for its author alone.
CREATE TABLE case_drafts (
  case_id BIGINT NOT NULL,
  actor   TEXT NOT NULL,
  at      BIGINT NOT NULL,
  sealed  {{blob}} NOT NULL,
  PRIMARY KEY (case_id, actor)
) {{norowid}};
-- What goes out because of a decision, and not before due_at.
CREATE TABLE case_outbox (
  id          {{identity}},
  case_id     BIGINT NOT NULL,
  decision_id BIGINT NOT NULL,
  action      TEXT NOT NULL,
  due_at      BIGINT NOT NULL,
  state       TEXT NOT NULL,
  handed_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX case_outbox_due ON case_outbox (due_at, id) WHERE state = 'waiting';
CREATE INDEX case_outbox_case ON case_outbox (case_id);
CREATE TABLE case_notes (
  id      {{identity}},
  case_id BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  actor   TEXT NOT NULL,
  sealed  {{blob}} NOT NULL
);
CREATE INDEX case_notes_case ON case_notes (case_id, id);
CREATE TABLE case_mentions (
  id      {{identity}},
  person  TEXT NOT NULL,
  case_id BIGINT NOT NULL,
  note_id BIGINT NOT NULL,
  why     TEXT NOT NULL,
  at      BIGINT NOT NULL,
  seen_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX case_mentions_person ON case_mentions (person, id) WHERE seen_at = 0;
CREATE INDEX case_mentions_case ON case_mentions (case_id);
CREATE TABLE case_words (
  word    BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  PRIMARY KEY (word, case_id)
) {{norowid}};
CREATE TABLE case_filters (
  id     {{identity}},
  owner  TEXT NOT NULL,
  name   TEXT NOT NULL,
  shared BIGINT NOT NULL,
  filter TEXT NOT NULL,
  UNIQUE (owner, name)
);
CREATE INDEX case_filters_shared ON case_filters (shared);
CREATE TABLE case_bulks (
  id         {{identity}},
  at         BIGINT NOT NULL,
  actor      TEXT NOT NULL,
  what       TEXT NOT NULL,
  undo_until BIGINT NOT NULL,
  undone_at  BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE case_bulk_items (
  bulk_id BIGINT NOT NULL,
  case_id BIGINT NOT NULL,
  decision_id BIGINT NOT NULL,
  before  TEXT NOT NULL,
  after_seq BIGINT NOT NULL,
  PRIMARY KEY (bulk_id, case_id)
) {{norowid}};
-- The turns of each set of queues, for the share that goes by age alone.
CREATE TABLE case_turns (
  queues TEXT PRIMARY KEY,
  n      BIGINT NOT NULL
);
