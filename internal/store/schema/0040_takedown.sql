-- Cases of people who want pictures of them found. Number and PIN are kept as
-- keyed digests only, and nothing says who or where somebody is.
CREATE TABLE takedown_cases (
  id         {{identity}},
  number     {{blob}} NOT NULL UNIQUE,
  pin        {{blob}} NOT NULL,
  state      TEXT NOT NULL,
  reason     TEXT NOT NULL DEFAULT '',
  codes      BIGINT NOT NULL,
  seen       BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  decided_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX takedown_cases_state ON takedown_cases (state, id);
-- The codes of a case. entry_id is the entry that looks for one, in the bank of
-- bank_id, and 0 while nothing does; cases with the same code share it.
CREATE TABLE takedown_codes (
  case_id  BIGINT NOT NULL,
  type     TEXT NOT NULL,
  value    {{blob}} NOT NULL,
  bank_id  BIGINT NOT NULL DEFAULT 0,
  entry_id BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (case_id, type, value)
) {{norowid}};
CREATE INDEX takedown_codes_value ON takedown_codes (type, value);
CREATE INDEX takedown_codes_entry ON takedown_codes (entry_id) WHERE entry_id > 0;
