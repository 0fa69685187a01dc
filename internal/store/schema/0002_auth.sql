-- Who may do what. Secrets are kept as SHA-256 digests only: they are 32
-- random bytes, so nothing slower is needed against guessing.
CREATE TABLE people (
  id         {{identity}},
  name       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE api_keys (
  id         {{identity}},
  label      TEXT NOT NULL,
  scopes     TEXT NOT NULL,
  hint       TEXT NOT NULL,
  digest     {{blob}} NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL DEFAULT 0,
  used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE sign_in_links (
  digest     {{blob}} PRIMARY KEY,
  person_id  BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE sessions (
  digest     {{blob}} PRIMARY KEY,
  person_id  BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
