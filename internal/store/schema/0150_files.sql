-- Which sealed file an item came with, so that the page of a case knows what a
-- file is without opening it. Several items may have come with the same content.
CREATE TABLE item_evidence (
  item_id     TEXT PRIMARY KEY,
  evidence_id TEXT NOT NULL
);
CREATE INDEX item_evidence_file ON item_evidence (evidence_id, item_id);
