-- Within a risk, cases of the band urgent come first: the rank is twice the risk,
-- less one for them (a band is 0 to 3).
DROP INDEX cases_risk;
DROP INDEX cases_mine;
DROP INDEX cases_order;
DROP INDEX cases_state;
CREATE INDEX cases_risk ON cases (queue, (risk * 2 - band / 3), opened_at, id) WHERE ready = 1 AND assignee = '';
CREATE INDEX cases_mine ON cases (queue, (risk * 2 - band / 3), opened_at, id) WHERE ready = 1 AND assignee <> '';
CREATE INDEX cases_order ON cases ((risk * 2 - band / 3), opened_at, id);
CREATE INDEX cases_state ON cases (state, (risk * 2 - band / 3), opened_at, id);
