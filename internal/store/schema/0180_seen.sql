-- How many files a case had when it was decided, and how many of them somebody of
-- the house had viewed.
ALTER TABLE case_decisions ADD COLUMN files BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_decisions ADD COLUMN viewed BIGINT NOT NULL DEFAULT 0;
