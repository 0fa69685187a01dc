-- Reports to somebody outside that people file themselves, and what came of them.
-- sealed holds to whom, the reference and what went wrong. keep_until is how long
-- laws have the reference kept, 0 where none says so.
CREATE TABLE case_reports (
  id         {{identity}},
  case_id    BIGINT NOT NULL,
  profile    TEXT NOT NULL,
  receiver   TEXT NOT NULL,
  follows    BIGINT NOT NULL DEFAULT 0,
  state      TEXT NOT NULL,
  begun_by   TEXT NOT NULL,
  begun_at   BIGINT NOT NULL,
  ended_by   TEXT NOT NULL DEFAULT '',
  ended_at   BIGINT NOT NULL DEFAULT 0,
  sent_at    BIGINT NOT NULL DEFAULT 0,
  keep_until BIGINT NOT NULL DEFAULT 0,
  sealed     {{blob}} NOT NULL
);
CREATE INDEX case_reports_case ON case_reports (case_id, id);
-- How a clock ended: '' while it runs, met or dropped, at met_at. words is
-- sealed: whose demand it is, and the number of the letter.
ALTER TABLE case_clocks ADD COLUMN ended TEXT NOT NULL DEFAULT '';
ALTER TABLE case_clocks ADD COLUMN words {{blob}};
UPDATE case_clocks SET ended = 'met' WHERE met_at > 0;
-- Nothing is due in a case that is closed.
UPDATE case_clocks SET ended = 'dropped', met_at = (SELECT c.updated_at FROM cases c WHERE c.id = case_clocks.case_id)
  WHERE met_at = 0 AND case_id IN (SELECT id FROM cases WHERE state = 'closed');
UPDATE cases SET due_at = 0 WHERE state = 'closed';
