-- Conversations. The journal holds messages that were acknowledged and are
-- not in a state yet, sealed; they are deleted as soon as the states are
-- written. States hold no text.
CREATE TABLE talk_journal (
  seq    {{identity}},
  at     BIGINT NOT NULL,
  sealed {{blob}} NOT NULL
);
CREATE TABLE talk_states (
  conversation TEXT PRIMARY KEY,
  at           BIGINT NOT NULL,
  state        {{blob}} NOT NULL
);
CREATE INDEX talk_states_at ON talk_states (at);
CREATE TABLE talk_senders (
  account TEXT PRIMARY KEY,
  at      BIGINT NOT NULL,
  sketch  {{blob}} NOT NULL
);
-- One row for each conversation, direction and form. The excerpt is sealed
-- and is opened for a person only.
CREATE TABLE talk_findings (
  id           TEXT PRIMARY KEY,
  conversation TEXT NOT NULL,
  account      TEXT NOT NULL,
  target       TEXT NOT NULL,
  form         TEXT NOT NULL,
  band         BIGINT NOT NULL,
  source       TEXT NOT NULL,
  at           BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  finding      TEXT NOT NULL,
  excerpt      {{blob}} NOT NULL
);
CREATE UNIQUE INDEX talk_findings_what ON talk_findings (conversation, account, target, form);
CREATE INDEX talk_findings_band ON talk_findings (band, updated_at);
CREATE INDEX talk_findings_updated ON talk_findings (updated_at);
