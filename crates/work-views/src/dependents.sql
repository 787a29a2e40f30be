-- The items that depend on another one, or did: `item` is items.item, `on_item` the snowflake of the other one.
CREATE TABLE dependents (
  on_item INTEGER NOT NULL,
  item    INTEGER NOT NULL,
  PRIMARY KEY (on_item, item)
) STRICT, WITHOUT ROWID;

-- The present blockers of an item, with the same columns. A row goes when its dependency is removed.
CREATE TABLE waits (
  item    INTEGER NOT NULL,
  on_item INTEGER NOT NULL,
  is_open INTEGER NOT NULL, -- whether the item is open
  PRIMARY KEY (item, on_item)
) STRICT, WITHOUT ROWID;

CREATE INDEX waits_on ON waits (on_item, is_open);
