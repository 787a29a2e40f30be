-- A row is an item as its last event left it. `item` is the position of the event that created it.
CREATE TABLE items (
  item       INTEGER PRIMARY KEY,
  stream     TEXT    NOT NULL UNIQUE,
  version    INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  title      TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  type       TEXT    NOT NULL,
  priority   INTEGER NOT NULL, -- 0 low … 3 critical
  risk       TEXT    NOT NULL,
  parent     INTEGER,          -- the snowflake
  assignee   TEXT,             -- the name without its kind
  created_at INTEGER NOT NULL, -- microseconds since 1970, as updated_at
  updated_at INTEGER NOT NULL,
  text       TEXT    NOT NULL, -- title and description in lower case
  state      BLOB    NOT NULL  -- the aggregate, as a snapshot has it
) STRICT;

CREATE INDEX items_by_number   ON items (number);
CREATE INDEX items_by_status   ON items (status, number);
CREATE INDEX items_by_priority ON items (priority DESC, number);
CREATE INDEX items_by_update   ON items (updated_at DESC, number);
CREATE INDEX items_by_assignee ON items (assignee, number);
CREATE INDEX items_by_parent   ON items (parent, number);

-- The present texts of an item; its rowid is items.item. Words are found without accents.
CREATE VIRTUAL TABLE texts USING fts5 (
  title, description, notes, tokenize = 'unicode61 remove_diacritics 2'
);
-- A word in a title weighs more than one in a description or a note.
INSERT INTO texts (texts, rank) VALUES ('rank', 'bm25(10.0, 4.0, 1.0)');
