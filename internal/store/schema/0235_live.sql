-- Live streams that are watched, or were. source is the address, sealed: it may
-- hold the key of the stream; shown is what people see of it. people is who did
-- what in the stream, sealed, so that a watch goes on where it was.
CREATE TABLE live_watches (
  id        TEXT NOT NULL PRIMARY KEY,
  at        BIGINT NOT NULL,
  by_actor  TEXT NOT NULL,
  state     TEXT NOT NULL,
  kind      TEXT NOT NULL,
  shown     TEXT NOT NULL,
  source    {{blob}} NOT NULL,
  ref       TEXT NOT NULL,
  account   TEXT NOT NULL,
  settings  TEXT NOT NULL,
  ended_at  BIGINT NOT NULL DEFAULT 0,
  why       TEXT NOT NULL DEFAULT '',
  counts    TEXT NOT NULL DEFAULT '{}',
  people    {{blob}}
);
CREATE INDEX live_watches_state ON live_watches (state, id);
-- What happened in a stream, in slots of ten seconds.
CREATE TABLE live_slots (
  watch     TEXT NOT NULL,
  at        BIGINT NOT NULL,
  chat      BIGINT NOT NULL,
  directing BIGINT NOT NULL,
  gifts     BIGINT NOT NULL,
  frames    BIGINT NOT NULL,
  matches   BIGINT NOT NULL,
  PRIMARY KEY (watch, at)
) {{norowid}};
-- Stretches of a stream: frames that matched a bank (match), findings of its
-- conversation (talk), and what was not checked (gap).
CREATE TABLE live_marks (
  watch    TEXT NOT NULL,
  id       TEXT NOT NULL,
  kind     TEXT NOT NULL,
  from_at  BIGINT NOT NULL,
  until_at BIGINT NOT NULL,
  mark     TEXT NOT NULL,
  PRIMARY KEY (watch, id)
) {{norowid}};
