-- What came of reading the sealed files again to look for damage: how many were
-- looked at, were bad or could not be checked, and why, in short words.
CREATE TABLE vault_checks (
  id        {{identity}},
  began_at  BIGINT NOT NULL,
  ended_at  BIGINT NOT NULL,
  actor     TEXT NOT NULL,
  content   BIGINT NOT NULL,
  files     BIGINT NOT NULL,
  bytes     BIGINT NOT NULL,
  bad       BIGINT NOT NULL,
  unchecked BIGINT NOT NULL,
  why       TEXT NOT NULL
);
