-- What people found out about the rows of the guide's help directory. An act is
-- never changed or deleted; its author may take the last one back, which stays
-- to be seen. Values that were replaced are superseded for good.
CREATE TABLE help_acts (
  id        {{identity}},
  row_id    TEXT NOT NULL,
  country   TEXT NOT NULL,
  act       TEXT NOT NULL,
  value     TEXT NOT NULL,
  new_value TEXT NOT NULL DEFAULT '',
  source    TEXT NOT NULL DEFAULT '',
  dated     TEXT NOT NULL DEFAULT '',
  channel   TEXT NOT NULL DEFAULT '',
  note      TEXT NOT NULL DEFAULT '',
  day       TEXT NOT NULL,
  who       TEXT NOT NULL,
  at        BIGINT NOT NULL,
  undone_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX help_acts_row ON help_acts (row_id, id);
