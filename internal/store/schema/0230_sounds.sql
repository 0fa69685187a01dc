-- Words of sound, in the compressed text form of fpcalc, beside the rows that name
-- them by their digest: those are gone through by the million.
CREATE TABLE entry_sounds (
  entry_id BIGINT PRIMARY KEY,
  bank_id  BIGINT NOT NULL,
  words    {{blob}} NOT NULL
);
CREATE INDEX entry_sounds_bank ON entry_sounds (bank_id, entry_id);
CREATE TABLE item_sounds (
  item_id TEXT PRIMARY KEY,
  words   {{blob}} NOT NULL
);
