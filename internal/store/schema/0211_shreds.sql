-- What of a case is no longer kept: of which kind, since when, and how many texts
-- or rows that were. A case that is closed again later has it done again.
CREATE TABLE case_shreds (
  case_id BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  at      BIGINT NOT NULL,
  n       BIGINT NOT NULL,
  PRIMARY KEY (case_id, kind)
);
CREATE INDEX cases_closed ON cases (updated_at, id) WHERE state = 'closed';
-- That files were viewed, heard, and their EXIF data seen, of reveals that are no
-- longer kept: how often, without by whom.
CREATE TABLE look_kept (
  file_key TEXT PRIMARY KEY,
  views    BIGINT NOT NULL,
  heard    BIGINT NOT NULL,
  exif     BIGINT NOT NULL,
  first_at BIGINT NOT NULL
);
