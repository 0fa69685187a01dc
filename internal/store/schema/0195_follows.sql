-- What a decision brings with it although nobody asked for it: telling other
-- servers of it, and taking back what was done before. It keeps no case open.
ALTER TABLE case_outbox ADD COLUMN follows BIGINT NOT NULL DEFAULT 0;
-- How many servers were told when an action was started, as deliveries are not
-- kept for as long as actions; -1 where that was not counted.
ALTER TABLE actions ADD COLUMN told BIGINT NOT NULL DEFAULT -1;
