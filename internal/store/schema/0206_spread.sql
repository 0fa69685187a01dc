-- How often platforms say that material that is known here was viewed, sent,
-- received or reported: numbers by the hour. subject is a keyed digest of a hash
-- or of an item's number; accounts and batches stand here as keyed digests, too.
CREATE TABLE spread_hours (
  subject TEXT NOT NULL,
  kind    TEXT NOT NULL,
  hour    BIGINT NOT NULL,
  n       BIGINT NOT NULL,
  PRIMARY KEY (subject, kind, hour)
) {{norowid}};
-- The entries of banks that a subject matched when it was told of.
CREATE TABLE spread_entries (
  entry   BIGINT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (entry, subject)
) {{norowid}};
CREATE INDEX spread_entries_subject ON spread_entries (subject);
-- Different accounts of a subject, up to a number at which it stops.
CREATE TABLE spread_accounts (
  subject TEXT NOT NULL,
  account TEXT NOT NULL,
  PRIMARY KEY (subject, account)
) {{norowid}};
-- Batches that were taken, so that one that is sent again counts once.
CREATE TABLE spread_batches (
  source  TEXT NOT NULL,
  batch   TEXT NOT NULL,
  content TEXT NOT NULL,
  at      BIGINT NOT NULL,
  counted BIGINT NOT NULL,
  ignored BIGINT NOT NULL,
  PRIMARY KEY (source, batch)
) {{norowid}};
CREATE INDEX spread_batches_at ON spread_batches (at);
