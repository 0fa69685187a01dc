-- Frames of films, in the compact form of package vpdq, beside the rows that name
-- them by their digest: those are gone through by the million.
CREATE TABLE entry_films (
  entry_id BIGINT PRIMARY KEY,
  bank_id  BIGINT NOT NULL,
  frames   {{blob}} NOT NULL
);
CREATE INDEX entry_films_bank ON entry_films (bank_id, entry_id);
CREATE TABLE item_films (
  item_id TEXT PRIMARY KEY,
  frames  {{blob}} NOT NULL
);
-- How much two films must have in common: shares in percent of the frames of the
-- film that came in and of the entry's; film_both is 1 where both are asked for.
ALTER TABLE banks ADD COLUMN film_query BIGINT NOT NULL DEFAULT 50;
ALTER TABLE banks ADD COLUMN film_stored BIGINT NOT NULL DEFAULT 50;
ALTER TABLE banks ADD COLUMN film_both BIGINT NOT NULL DEFAULT 0;
