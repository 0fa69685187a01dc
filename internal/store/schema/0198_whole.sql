-- The queue in which a case is read: its own, or, where it was merged, that of
-- the case it became part of. A list of findings asks for it in one step.
ALTER TABLE cases ADD COLUMN whole_queue TEXT NOT NULL DEFAULT '';
UPDATE cases SET whole_queue = queue WHERE merged_into = 0;
UPDATE cases SET whole_queue = (
  WITH RECURSIVE up(id, at) AS (
    SELECT cases.id, cases.merged_into
    UNION SELECT up.id, c.merged_into FROM up JOIN cases c ON c.id = up.at WHERE c.merged_into > 0)
  SELECT MAX(c.queue) FROM up JOIN cases c ON c.id = up.at WHERE c.merged_into = 0)
WHERE merged_into > 0;
