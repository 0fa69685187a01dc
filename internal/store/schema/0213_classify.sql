-- Words of messages that wait for classifiers, sealed, until those were asked; and
-- how many were not asked about, or had no answer, by day and why.
CREATE TABLE classify_waiting (
  id     {{identity}},
  at     BIGINT NOT NULL,
  n      BIGINT NOT NULL,
  sealed {{blob}} NOT NULL
);
CREATE TABLE classify_missed (
  day BIGINT NOT NULL,
  why TEXT NOT NULL,
  n   BIGINT NOT NULL,
  PRIMARY KEY (day, why)
);
