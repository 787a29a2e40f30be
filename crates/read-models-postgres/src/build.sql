-- The tables of a build that this crate keeps. A projection adds its own beside them.
CREATE SCHEMA {schema};

-- One row, which transactions lock that read documents while other segments may write them.
CREATE TABLE {schema}.annals_build (
  name text NOT NULL -- for example open_lamps.v3.2
);

-- One row for each segment. The columns from position to reason are NULL unless it has stopped.
CREATE TABLE {schema}.annals_progress (
  segment    integer PRIMARY KEY,
  through    bigint NOT NULL,           -- every event up to here was considered
  last_event text,                      -- the event of the log at `through`
  status     text NOT NULL DEFAULT 'never run'
             CHECK (status IN ('never run', 'building', 'live', 'stopped')),
  position   bigint,
  stream     text,
  version    bigint,
  event_id   text,
  event_type text,
  reason     text,
  term       bigint NOT NULL DEFAULT 0, -- the number of the last lease; 0 before the first
  holder     text,
  expires_at text,                      -- NULL once the lease was released
  ttl_nanos  bigint
) WITH (fillfactor = 50);

CREATE TABLE {schema}.annals_parked (
  position   bigint PRIMARY KEY,
  stream     text NOT NULL,
  version    bigint NOT NULL,
  event_id   text NOT NULL UNIQUE,
  event_type text NOT NULL,
  reason     text NOT NULL,
  was_tried  boolean NOT NULL
);

CREATE TABLE {schema}.annals_skipped (
  position   bigint PRIMARY KEY,
  stream     text NOT NULL,
  version    bigint NOT NULL,
  event_id   text NOT NULL UNIQUE,
  event_type text NOT NULL,
  reason     text NOT NULL,
  why        text NOT NULL
);

-- The documents of projections that use no tables of their own.
CREATE TABLE {schema}.annals_rows (
  name     text COLLATE "C" NOT NULL,
  key      text COLLATE "C" NOT NULL,
  document bytea NOT NULL,
  PRIMARY KEY (name, key)
);
