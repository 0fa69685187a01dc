-- Settings that take two people. value is what is in force; wish is what brought
-- it, 0 where the program took it by itself, from a setting that is safer.
CREATE TABLE agreed_settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  wish  BIGINT NOT NULL,
  at    BIGINT NOT NULL
);
-- Wishes to change one, which a second person agrees to or refuses. words, the
-- reason, is sealed.
CREATE TABLE setting_wishes (
  id         {{identity}},
  name       TEXT NOT NULL,
  was        TEXT NOT NULL,
  wanted     TEXT NOT NULL,
  words      {{blob}} NOT NULL,
  state      TEXT NOT NULL,
  asked_by   TEXT NOT NULL,
  asked_at   BIGINT NOT NULL,
  decided_by TEXT NOT NULL DEFAULT '',
  decided_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX setting_wishes_asked ON setting_wishes (name) WHERE state = 'asked';
