-- A row is an item as its last event left it. `item` is the position of the event that created it.
CREATE TABLE items (
  item       INTEGER PRIMARY KEY,
  stream     TEXT    NOT NULL UNIQUE,
  snowflake  INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  title      TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  type       TEXT    NOT NULL,
  priority   INTEGER NOT NULL, -- 0 low … 3 critical
  risk       TEXT    NOT NULL,
  parent     INTEGER,          -- the snowflake
  assignee   TEXT,             -- the name without its kind
  assignee_kind TEXT,          -- person, agent or system; NULL if unknown
  claim_until INTEGER,         -- the end of the claim without a renewal; NULL without a claim
  created_at INTEGER NOT NULL, -- microseconds since 1970, as updated_at
  day        INTEGER NOT NULL, -- the day of the creation (UTC), counted from 1970
  updated_at INTEGER NOT NULL,
  moved      INTEGER NOT NULL, -- the position of the last change of status, or of the creation
  rank       INTEGER NOT NULL, -- the place in a column of the board, the largest first
  text       TEXT    NOT NULL, -- title and description in lower case
  state      BLOB    NOT NULL  -- the aggregate, as a snapshot has it
) STRICT;

CREATE INDEX items_by_number   ON items (number);
CREATE INDEX items_by_status   ON items (status, number);
CREATE INDEX items_by_priority ON items (priority DESC, number);
CREATE INDEX items_by_update   ON items (updated_at DESC, number);
CREATE INDEX items_by_assignee ON items (assignee, number);
CREATE INDEX items_by_parent   ON items (parent, number, status);
CREATE INDEX items_by_snowflake ON items (snowflake, status);
-- The order of the queue, of the items that can be ready, with all columns that it needs.
CREATE INDEX items_by_turn
  ON items (priority DESC, day, number, status, claim_until, assignee, snowflake)
  WHERE status IN ('pending', 'in_progress');
-- The columns after `number` let a board count filtered items in the index alone.
CREATE INDEX items_by_rank
  ON items (status, rank DESC, number, type, parent, assignee, assignee_kind);

-- The present texts of an item; its rowid is items.item. Words are found without accents.
CREATE VIRTUAL TABLE texts USING fts5 (
  title, description, notes, tokenize = 'unicode61 remove_diacritics 2'
);
-- A word in a title weighs more than one in a description or a note.
INSERT INTO texts (texts, rank) VALUES ('rank', 'bm25(10.0, 4.0, 1.0)');

-- A row is a fact that statistics count: see `Fact` of work-tracking.
CREATE TABLE facts (
  name       TEXT    NOT NULL, -- created, completed, … or a requirement that a test run missed
  at         INTEGER NOT NULL, -- the time of the event, in microseconds since 1970
  position   INTEGER NOT NULL, -- the position of the event
  nth        INTEGER NOT NULL, -- the facts of one event are numbered from 0
  cycle_time INTEGER,          -- of a completion, in microseconds
  PRIMARY KEY (name, at, position, nth)
) STRICT, WITHOUT ROWID;

CREATE INDEX facts_by_cycle_time ON facts (cycle_time, at) WHERE name = 'completed';
