-- Until when the letter asks to keep that a hold was set for, 0 for none. The hold
-- does not end then: a person releases it.
ALTER TABLE evidence_holds ADD COLUMN asked_until BIGINT NOT NULL DEFAULT 0;
