-- Who read which part of which case within the last hour, so that the custody log
-- has each reading once and not every load of a page.
CREATE TABLE case_reads (
  actor   TEXT NOT NULL,
  case_id BIGINT NOT NULL,
  action  TEXT NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (actor, case_id, action)
);
