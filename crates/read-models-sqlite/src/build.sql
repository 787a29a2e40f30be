-- The tables of a build that this crate keeps. A projection adds its own beside them.
CREATE TABLE annals_build (
  name TEXT NOT NULL -- for example open_lamps.v3.2
) STRICT;

-- One row for each segment. The columns from position to reason are NULL unless it has stopped.
CREATE TABLE annals_progress (
  segment    INTEGER PRIMARY KEY,
  through    INTEGER NOT NULL,           -- every event up to here was considered
  last_event TEXT,                       -- the event of the log at `through`
  status     TEXT NOT NULL DEFAULT 'never run'
             CHECK (status IN ('never run', 'building', 'live', 'stopped')),
  position   INTEGER,
  stream     TEXT,
  version    INTEGER,
  event_id   TEXT,
  event_type TEXT,
  reason     TEXT,
  term       INTEGER NOT NULL DEFAULT 0, -- the number of the last lease; 0 before the first
  holder     TEXT,
  expires_at TEXT,                       -- NULL once the lease was released
  ttl_nanos  INTEGER
) STRICT;

CREATE TABLE annals_parked (
  position   INTEGER PRIMARY KEY,
  stream     TEXT NOT NULL,
  version    INTEGER NOT NULL,
  event_id   TEXT NOT NULL UNIQUE,
  event_type TEXT NOT NULL,
  reason     TEXT NOT NULL,
  was_tried  INTEGER NOT NULL
) STRICT;

CREATE TABLE annals_skipped (
  position   INTEGER PRIMARY KEY,
  stream     TEXT NOT NULL,
  version    INTEGER NOT NULL,
  event_id   TEXT NOT NULL UNIQUE,
  event_type TEXT NOT NULL,
  reason     TEXT NOT NULL,
  why        TEXT NOT NULL
) STRICT;

-- The documents of projections that use no tables of their own.
CREATE TABLE annals_rows (
  name     TEXT NOT NULL,
  key      TEXT NOT NULL,
  document BLOB NOT NULL,
  PRIMARY KEY (name, key)
) STRICT, WITHOUT ROWID;
