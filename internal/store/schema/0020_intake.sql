-- What came in, what was measured of it and what that meant. Bytes are never
-- stored.
CREATE TABLE items (
  id          TEXT PRIMARY KEY,
  at          BIGINT NOT NULL,
  source      TEXT NOT NULL,
  ref         TEXT NOT NULL,
  kind        TEXT NOT NULL,
  type        TEXT NOT NULL,
  bytes       BIGINT NOT NULL,
  width       BIGINT NOT NULL,
  height      BIGINT NOT NULL,
  orientation BIGINT NOT NULL,
  author      TEXT NOT NULL,
  audience    TEXT NOT NULL,
  state       TEXT NOT NULL,
  band        BIGINT NOT NULL,
  late        BIGINT NOT NULL DEFAULT 0,
  outcome     TEXT NOT NULL
);
CREATE INDEX items_at ON items (at);
CREATE INDEX items_state ON items (state, id);
CREATE INDEX items_late ON items (at) WHERE late = 1;
CREATE INDEX items_ref ON items (ref);
CREATE TABLE item_signals (
  item_id TEXT NOT NULL,
  type    BIGINT NOT NULL,
  variant TEXT NOT NULL,
  quality BIGINT NOT NULL,
  value   {{blob}} NOT NULL,
  PRIMARY KEY (item_id, type, variant, value)
) {{norowid}};
-- How many items of each state came in, by the hour: the plots outlive the
-- items.
CREATE TABLE item_hours (
  hour  BIGINT NOT NULL,
  state TEXT NOT NULL,
  n     BIGINT NOT NULL,
  PRIMARY KEY (hour, state)
);
