-- View sessions, what was really shown, and to whom. Files stand here as keyed
-- digests. How long something was shown is counted by a clock that only goes
-- forward, so that it does not depend on the times in these columns: held is how
-- long the browser had bytes of the file, shown how long something was on the
-- screen, and clear how long that was without blur, in microseconds.
CREATE TABLE look_sessions (
  id           {{identity}},
  case_id      BIGINT NOT NULL,
  person       TEXT NOT NULL,
  purpose      TEXT NOT NULL,
  needs_second BIGINT NOT NULL,
  second       TEXT NOT NULL DEFAULT '',
  second_at    BIGINT NOT NULL DEFAULT 0,
  opened_at    BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  closed_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX look_sessions_case ON look_sessions (case_id, id);
CREATE TABLE look_reveals (
  id         {{identity}},
  session_id BIGINT NOT NULL,
  case_id    BIGINT NOT NULL,
  person     TEXT NOT NULL,
  file_key   TEXT NOT NULL,
  kind       TEXT NOT NULL,
  class      TEXT NOT NULL,
  began_at   BIGINT NOT NULL,
  beat_at    BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL DEFAULT 0,
  served     BIGINT NOT NULL DEFAULT 0,
  held       BIGINT NOT NULL DEFAULT 0,
  shown      BIGINT NOT NULL DEFAULT 0,
  clear      BIGINT NOT NULL DEFAULT 0,
  width      BIGINT NOT NULL DEFAULT 0,
  height     BIGINT NOT NULL DEFAULT 0,
  blur       BIGINT NOT NULL DEFAULT 0,
  grey       BIGINT NOT NULL DEFAULT 0,
  sound      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX look_reveals_person ON look_reveals (person, began_at);
CREATE INDEX look_reveals_file ON look_reveals (file_key, clear);
CREATE INDEX look_reveals_open ON look_reveals (id) WHERE ended_at = 0;
CREATE INDEX look_reveals_began ON look_reveals (began_at);
CREATE TABLE look_exif (
  file_key   TEXT NOT NULL,
  person     TEXT NOT NULL,
  session_id BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (file_key, person, session_id)
) {{norowid}};
CREATE TABLE look_decisions (
  file_key TEXT PRIMARY KEY,
  person   TEXT NOT NULL,
  case_id  BIGINT NOT NULL,
  at       BIGINT NOT NULL
) {{norowid}};
CREATE TABLE look_limits (
  id     {{identity}},
  at     BIGINT NOT NULL,
  person TEXT NOT NULL,
  limits TEXT NOT NULL
);
CREATE TABLE look_opt_outs (
  person TEXT NOT NULL,
  class  TEXT NOT NULL,
  at     BIGINT NOT NULL,
  PRIMARY KEY (person, class)
) {{norowid}};
CREATE TABLE look_clock (
  id BIGINT PRIMARY KEY,
  at BIGINT NOT NULL
);
INSERT INTO look_clock (id, at) VALUES (1, 0);
