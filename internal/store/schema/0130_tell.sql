-- Conversations between people who do not say who they are and the operator's
-- team. Number and PIN are keyed digests, all that was written is sealed, and
-- times of what a writer did are whole hours.
CREATE TABLE tell_threads (
  id          {{identity}},
  number      {{blob}} NOT NULL UNIQUE,
  pin         {{blob}} NOT NULL,
  lang        TEXT NOT NULL,
  state       TEXT NOT NULL,
  urgent      BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL,
  waiting_at  BIGINT NOT NULL DEFAULT 0,
  due_at      BIGINT NOT NULL DEFAULT 0,
  lease_by    TEXT NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  draft       {{blob}},
  case_id     BIGINT NOT NULL DEFAULT 0,
  old_at      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX tell_threads_state ON tell_threads (state, urgent, due_at, id);
CREATE TABLE tell_messages (
  thread_id BIGINT NOT NULL,
  seq       BIGINT NOT NULL,
  team      BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  sealed    {{blob}} NOT NULL,
  PRIMARY KEY (thread_id, seq)
) {{norowid}};
-- Answers that a team has ready, where it changed the ones that come with the
-- program.
CREATE TABLE tell_templates (
  name TEXT NOT NULL,
  lang TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (name, lang)
) {{norowid}};
-- What happened since the last custody record, as numbers alone.
CREATE TABLE tell_tally (
  what TEXT NOT NULL PRIMARY KEY,
  n    BIGINT NOT NULL
) {{norowid}};
