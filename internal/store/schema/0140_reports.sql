-- What users of platforms report. A report that says the same again is not
-- another row here; each one that was sent is a row of tip_sent. Who reported,
-- who was reported and what was said stand here as keyed digests alone.
CREATE TABLE tip_reports (
  id       TEXT PRIMARY KEY,
  same     TEXT NOT NULL,
  case_id  BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  times    BIGINT NOT NULL
);
CREATE INDEX tip_reports_same ON tip_reports (same, first_at);
-- Each report that was acknowledged, with what was answered.
CREATE TABLE tip_sent (
  source    TEXT NOT NULL,
  ref       TEXT NOT NULL,
  report_id TEXT NOT NULL,
  case_id   BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  content   TEXT NOT NULL,
  account   TEXT NOT NULL,
  reporter  TEXT NOT NULL,
  joined    BIGINT NOT NULL,
  times     BIGINT NOT NULL,
  PRIMARY KEY (source, ref)
) {{norowid}};
CREATE INDEX tip_sent_source ON tip_sent (source, at);
CREATE INDEX tip_sent_account ON tip_sent (account, at);
CREATE INDEX tip_sent_reporter ON tip_sent (reporter, at) WHERE reporter <> '';
CREATE INDEX tip_sent_case ON tip_sent (case_id, at);
CREATE INDEX tip_sent_report ON tip_sent (report_id);
-- How many reports came to a case, to list those with the most first.
CREATE TABLE tip_cases (
  case_id BIGINT PRIMARY KEY,
  sent    BIGINT NOT NULL
);
CREATE INDEX tip_cases_sent ON tip_cases (sent, case_id);
CREATE TABLE tip_appeals (
  source  TEXT NOT NULL,
  ref     TEXT NOT NULL,
  case_id BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (source, ref)
) {{norowid}};
-- What callers of a hotline said. All of it is sealed; the case has it, too, for
-- those who work on it.
CREATE TABLE tip_calls (
  id        {{identity}},
  number    TEXT NOT NULL UNIQUE,
  actor     TEXT NOT NULL,
  token     TEXT NOT NULL,
  at        BIGINT NOT NULL,
  case_id   BIGINT NOT NULL,
  opened    BIGINT NOT NULL,
  safe      TEXT NOT NULL,
  country   TEXT NOT NULL,
  call_back BIGINT NOT NULL,
  called_at BIGINT NOT NULL DEFAULT 0,
  sealed    {{blob}} NOT NULL,
  UNIQUE (actor, token)
);
CREATE INDEX tip_calls_actor ON tip_calls (actor, id);
CREATE TABLE tip_drafts (
  actor  TEXT PRIMARY KEY,
  at     BIGINT NOT NULL,
  sealed {{blob}} NOT NULL
);
