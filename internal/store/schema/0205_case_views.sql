-- When files of a case were viewed, for the plot of the case.
CREATE INDEX look_reveals_case ON look_reveals (case_id, id);
