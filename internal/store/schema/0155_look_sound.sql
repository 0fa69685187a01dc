-- How long a file's sound was on, in microseconds: hearing is counted beside
-- seeing.
ALTER TABLE look_reveals ADD COLUMN heard BIGINT NOT NULL DEFAULT 0;
-- Sessions that wait for a second person are few, and found by when they began.
CREATE INDEX look_sessions_second ON look_sessions (opened_at) WHERE needs_second = 1 AND second = '';
