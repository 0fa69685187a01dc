-- The custody log is read by actor, action and time as well as by subject, and
-- its checkpoints are kept elsewhere and stamped by a third party.
CREATE INDEX custody_records_actor ON custody_records (actor, seq);
CREATE INDEX custody_records_both ON custody_records (actor, action, seq);
CREATE INDEX custody_records_action ON custody_records (action, seq);
CREATE INDEX custody_records_at ON custody_records (at, seq);
CREATE TABLE custody_stamps (
  size      BIGINT PRIMARY KEY,
  token     {{blob}} NOT NULL,
  at        BIGINT NOT NULL,
  authority TEXT NOT NULL
);
CREATE TABLE custody_copies (
  place TEXT NOT NULL,
  size  BIGINT NOT NULL,
  at    BIGINT NOT NULL,
  PRIMARY KEY (place, size)
);
CREATE TABLE custody_outside (
  place  TEXT PRIMARY KEY,
  tried  BIGINT NOT NULL,
  size   BIGINT NOT NULL,
  ok_at  BIGINT NOT NULL,
  error  TEXT NOT NULL,
  grave  BIGINT NOT NULL
);
