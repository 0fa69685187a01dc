-- Entries that wait for a person are few among the facts of many; every page
-- of the console counts them.
CREATE INDEX entry_facts_waiting ON entry_facts (bank_id) WHERE quarantined_at > 0;
