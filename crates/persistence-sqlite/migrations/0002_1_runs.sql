-- The second layout keeps together what was appended together. What stands here is made first, then the
-- events of the first layout move over, then 0002_2_views.sql takes the first layout away. All of it
-- inside one transaction; never edited once released.

-- A run: events of one stream that one append brought, side by side in the stream and in the log.
-- position is that of its first event, event_ids has 16 bytes for each event, and events is a JSON array:
--   [position, stream_key, version of its first event, recorded_at, event, event, ...]
-- recorded_at counts microseconds since 1970-01-01T00:00:00Z. Each event is an array too:
--   [bytes of the payload, event type, schema version, metadata, payload]
-- and its metadata:
--   [correlation, causation, kind of the actor, name of the actor, free pairs]
-- without what is null at the end. Payloads stand there byte for byte. One that is no JSON, or large, stands
-- in the column payload instead, as TEXT where it is JSON and as BLOB otherwise; its event has a run for
-- itself, null for the bytes of the payload, and nothing after the metadata.
--
-- A reader that wants many runs has SQLite string one column of them together: that is why the column has
-- everything, and why nothing stands beside it that SQL could be asked for faster.
CREATE TABLE runs (
    position  INTEGER PRIMARY KEY CHECK (position > 0),
    event_ids BLOB NOT NULL CHECK (length(event_ids) > 0 AND length(event_ids) % 16 = 0),
    events    TEXT NOT NULL,
    payload   ANY CHECK (typeof(payload) IN ('null', 'text', 'blob'))
) STRICT;

CREATE TRIGGER runs_are_never_updated BEFORE UPDATE ON runs
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: UPDATE refused');
END;

CREATE TRIGGER runs_are_never_deleted BEFORE DELETE ON runs
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: DELETE refused');
END;

-- INSERT OR REPLACE deletes the row in its way without firing a delete trigger. A run begins where the
-- last one ends or later, so there is never one in its way.
CREATE TRIGGER runs_are_never_replaced BEFORE INSERT ON runs
WHEN (SELECT position + length(event_ids) / 16 FROM runs ORDER BY position DESC LIMIT 1) > NEW.position
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: a recorded event cannot be replaced');
END;

-- Everything from here on leads to events and can be told from them.

CREATE TABLE event_ids (
    event_id BLOB PRIMARY KEY CHECK (length(event_id) = 16),
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER event_ids_are_never_updated BEFORE UPDATE ON event_ids
BEGIN
    SELECT RAISE (ABORT, 'event ids are immutable: UPDATE refused');
END;

CREATE TRIGGER event_ids_are_never_deleted BEFORE DELETE ON event_ids
BEGIN
    SELECT RAISE (ABORT, 'event ids are immutable: DELETE refused');
END;

-- Where the end of each stream is: its version, and the newest of its runs, from first_version on, as a
-- JSON array of their positions. That is the only row that an append changes.
CREATE TABLE stream_heads (
    stream_key    INTEGER PRIMARY KEY,
    version       INTEGER NOT NULL,
    first_version INTEGER NOT NULL,
    runs          TEXT NOT NULL
) STRICT;

-- Only a store replaces a head; nobody has to update one.
CREATE TRIGGER stream_heads_are_never_updated BEFORE UPDATE ON stream_heads
BEGIN
    SELECT RAISE (ABORT, 'heads of streams are replaced by appends: UPDATE refused');
END;

CREATE TRIGGER stream_heads_are_never_deleted BEFORE DELETE ON stream_heads
BEGIN
    SELECT RAISE (ABORT, 'heads of streams are replaced by appends: DELETE refused');
END;

-- The runs before those, in parts.
CREATE TABLE stream_parts (
    stream_key    INTEGER NOT NULL,
    first_version INTEGER NOT NULL,
    runs          TEXT NOT NULL,
    PRIMARY KEY (stream_key, first_version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER stream_parts_are_never_updated BEFORE UPDATE ON stream_parts
BEGIN
    SELECT RAISE (ABORT, 'parts of streams are immutable: UPDATE refused');
END;

CREATE TRIGGER stream_parts_are_never_deleted BEFORE DELETE ON stream_parts
BEGIN
    SELECT RAISE (ABORT, 'parts of streams are immutable: DELETE refused');
END;
