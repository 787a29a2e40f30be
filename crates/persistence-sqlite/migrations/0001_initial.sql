-- The first layout of a store. Applied inside one transaction; never edited once released.

CREATE TABLE streams (
    stream_key INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    category   TEXT NOT NULL GENERATED ALWAYS AS (substr(name, 1, instr(name || '-', '-') - 1)) VIRTUAL
) STRICT;

-- payload is TEXT where the bytes are JSON, so that SQL can look into it
-- (payload ->> '$.title'), and BLOB otherwise; the bytes are those that were appended.
-- recorded_at counts microseconds since 1970-01-01T00:00:00Z.
CREATE TABLE events (
    position       INTEGER PRIMARY KEY CHECK (position > 0),
    stream_key     INTEGER NOT NULL REFERENCES streams (stream_key),
    version        INTEGER NOT NULL CHECK (version > 0),
    recorded_at    INTEGER NOT NULL,
    schema_version INTEGER NOT NULL CHECK (schema_version > 0),
    event_id       BLOB NOT NULL UNIQUE CHECK (length(event_id) = 16),
    event_type     TEXT NOT NULL,
    metadata       TEXT NOT NULL,
    payload        ANY NOT NULL CHECK (typeof(payload) IN ('text', 'blob')),
    UNIQUE (stream_key, version)
) STRICT;

CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: UPDATE refused');
END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: DELETE refused');
END;

-- INSERT OR REPLACE deletes the row in its way without firing a delete trigger.
CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE position >= NEW.position)
    OR EXISTS (SELECT 1 FROM events WHERE event_id = NEW.event_id)
    OR EXISTS (SELECT 1 FROM events WHERE stream_key = NEW.stream_key AND version = NEW.version)
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: a recorded event cannot be replaced');
END;

CREATE TRIGGER streams_are_never_updated BEFORE UPDATE ON streams
BEGIN
    SELECT RAISE (ABORT, 'streams are immutable: UPDATE refused');
END;

CREATE TRIGGER streams_are_never_deleted BEFORE DELETE ON streams
BEGIN
    SELECT RAISE (ABORT, 'streams are immutable: DELETE refused');
END;

CREATE TRIGGER streams_are_never_replaced BEFORE INSERT ON streams
WHEN EXISTS (SELECT 1 FROM streams WHERE stream_key = NEW.stream_key)
    OR EXISTS (SELECT 1 FROM streams WHERE name = NEW.name)
BEGIN
    SELECT RAISE (ABORT, 'streams are immutable: a stream cannot be replaced');
END;

-- What somebody with an SQL shell wants to see.
CREATE VIEW history AS
SELECT
    e.position,
    s.name AS stream,
    s.category,
    e.version,
    strftime('%Y-%m-%dT%H:%M:%fZ', e.recorded_at / 1000000.0, 'unixepoch') AS recorded_at,
    lower(hex(e.event_id)) AS event_id,
    e.event_type,
    e.schema_version,
    iif(typeof(e.payload) = 'text', e.payload, NULL) AS payload,
    e.metadata
FROM events AS e
JOIN streams AS s ON s.stream_key = e.stream_key;

-- A cache: rows may come and go.
CREATE TABLE snapshots (
    stream   TEXT NOT NULL,
    schema   TEXT NOT NULL,
    version  INTEGER NOT NULL CHECK (version >= 0),
    taken_at INTEGER NOT NULL,
    payload  BLOB NOT NULL,
    PRIMARY KEY (stream, schema, version)
) STRICT;

-- The last lease of each worker that was ever leased; times in microseconds since 1970. A lease
-- that was handed back has in released the first time that a later lease may use.
CREATE TABLE worker_leases (
    worker     INTEGER PRIMARY KEY CHECK (worker BETWEEN 0 AND 1023),
    term       INTEGER NOT NULL CHECK (term > 0),
    holder     TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    released   INTEGER
) STRICT;

PRAGMA application_id = 1095650892;
PRAGMA user_version = 1;
