-- The items that depend on another one, or did: `item` is items.item, `on_item` the snowflake of the other one.
CREATE TABLE dependents (
  on_item INTEGER NOT NULL,
  item    INTEGER NOT NULL,
  PRIMARY KEY (on_item, item)
) STRICT, WITHOUT ROWID;
