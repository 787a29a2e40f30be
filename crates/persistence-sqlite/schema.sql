-- The layout of a store. docs/sqlite-file.md explains each table, with pictures. The script runs in
-- one transaction, and again it changes nothing: several processes may open a new file at once.
-- Times are microseconds since 1970-01-01T00:00:00Z.

-- `file_id` never changes. `store_id` is the id of the log, which an import can bring along.
-- `moves_to` is NULL, or the new place of the log: then the store is frozen.
CREATE TABLE IF NOT EXISTS store (
    only_one  INTEGER PRIMARY KEY CHECK (only_one = 1),
    file_id   BLOB NOT NULL CHECK (length(file_id) = 16),
    store_id  BLOB NOT NULL CHECK (length(store_id) = 16),
    is_backup INTEGER NOT NULL CHECK (is_backup IN (0, 1)),
    moves_to  TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS streams (
    stream_key INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE
) STRICT;

-- A batch: up to 128 events that one append wrote to one stream. `events` is a JSON array:
-- [first position, "stream", first version, recorded_at, [event], [event], ...].
-- `payload` is NULL, or the payload of the only event, which is then stored out of line.
-- `leap` is NULL, or [from, to]: the log leapt from one time to the other, and is not confirmed yet.
-- The first event of a log is a leap from nowhere: it has only `to`, as a number.
CREATE TABLE IF NOT EXISTS batches (
    last_position INTEGER PRIMARY KEY,
    count         INTEGER NOT NULL CHECK (count > 0),
    recorded_at   INTEGER NOT NULL,
    events        TEXT NOT NULL,
    payload       ANY,
    leap          ANY
) STRICT;

-- The stream index. New batches go to recent_batches, which is small, so that a commit to many
-- streams changes few pages; DELETE moves its rows to stream_batches.
CREATE TABLE IF NOT EXISTS stream_batches (
    stream_key    INTEGER NOT NULL,
    last_version  INTEGER NOT NULL,
    last_position INTEGER NOT NULL,
    PRIMARY KEY (stream_key, last_version)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS recent_batches (
    stream_key    INTEGER NOT NULL,
    last_version  INTEGER NOT NULL,
    last_position INTEGER NOT NULL,
    PRIMARY KEY (stream_key, last_version)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS event_ids (
    event_id BLOB PRIMARY KEY CHECK (length(event_id) = 16),
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The way from a time to a position: the earliest recorded_at of each stretch of the log, a stretch
-- being the batches after the mark before it, up to and including last_position.
CREATE TABLE IF NOT EXISTS time_marks (
    last_position INTEGER PRIMARY KEY,
    earliest      INTEGER NOT NULL
) STRICT;

-- A cache: rows may come and go.
CREATE TABLE IF NOT EXISTS snapshots (
    stream   TEXT NOT NULL,
    schema   TEXT NOT NULL,
    version  INTEGER NOT NULL CHECK (version >= 0),
    taken_at INTEGER NOT NULL,
    payload  BLOB NOT NULL,
    PRIMARY KEY (stream, schema, version)
) STRICT;

-- The last lease of each name, for example worker/17. `released` is the first time that a later
-- lease may use, once the lease was handed back. `floor` is the same before the lease, and
-- passed_from to passed_to the span of earlier leases from clocks far ahead. A named lease, for
-- example named/claim-7, uses only term, holder and expires_at.
CREATE TABLE IF NOT EXISTS leases (
    name        TEXT PRIMARY KEY,
    term        INTEGER NOT NULL CHECK (term > 0),
    holder      TEXT NOT NULL,
    not_before  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    released    INTEGER,
    floor       INTEGER NOT NULL,
    passed_from INTEGER,
    passed_to   INTEGER
) STRICT;

-- 0 to 127: the places of the events in a batch.
CREATE TABLE IF NOT EXISTS offsets (n INTEGER PRIMARY KEY) STRICT;
INSERT OR IGNORE INTO offsets
    WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < 127)
    SELECT n FROM counted;

-- The write path. A commit is one INSERT into this view, with one row for each batch; new_stream
-- is the name of a stream that the batch begins, and NULL otherwise; event_ids has 16 bytes for
-- each event.
CREATE VIEW IF NOT EXISTS append AS
    SELECT NULL AS stream_key, NULL AS new_stream, NULL AS last_version, NULL AS last_position,
        NULL AS count, NULL AS recorded_at, NULL AS event_ids, NULL AS events, NULL AS payload,
        NULL AS leap;

CREATE TRIGGER IF NOT EXISTS append_a_batch INSTEAD OF INSERT ON append
BEGIN
    INSERT INTO event_ids
        SELECT substr(NEW.event_ids, 16 * n + 1, 16), NEW.last_position - NEW.count + 1 + n
        FROM offsets WHERE n < NEW.count;
    INSERT INTO batches
        VALUES (NEW.last_position, NEW.count, NEW.recorded_at, NEW.events, NEW.payload, NEW.leap);
    INSERT INTO recent_batches VALUES (NEW.stream_key, NEW.last_version, NEW.last_position);
END;

CREATE TRIGGER IF NOT EXISTS append_a_stream INSTEAD OF INSERT ON append
WHEN NEW.new_stream IS NOT NULL
BEGIN
    INSERT INTO streams VALUES (NEW.stream_key, NEW.new_stream);
END;

-- Every 4,096 positions.
CREATE TRIGGER IF NOT EXISTS append_a_time_mark INSTEAD OF INSERT ON append
WHEN NEW.last_position / 4096 > (NEW.last_position - NEW.count) / 4096
BEGIN
    INSERT INTO time_marks
        SELECT NEW.last_position, min(recorded_at) FROM batches
        WHERE last_position > coalesce((SELECT max(last_position) FROM time_marks), 0);
END;

CREATE TRIGGER IF NOT EXISTS recent_batches_move AFTER DELETE ON recent_batches
BEGIN
    INSERT INTO stream_batches VALUES (OLD.stream_key, OLD.last_version, OLD.last_position);
END;

-- Positions have no holes, so a batch begins right after the last one. That also refuses INSERT OR
-- REPLACE, which would delete a recorded batch without firing a delete trigger, and the commit of
-- a writer that has not seen the last commit of another process. ROLLBACK ends the transaction of
-- such a writer, so that it holds no lock.
CREATE TRIGGER IF NOT EXISTS batches_are_contiguous BEFORE INSERT ON batches
WHEN NEW.last_position - NEW.count IS NOT (SELECT coalesce(max(last_position), 0) FROM batches)
BEGIN
    SELECT RAISE (ROLLBACK, 'a batch must begin right after the last one: events are never replaced');
END;

CREATE TRIGGER IF NOT EXISTS a_frozen_store_takes_no_batch BEFORE INSERT ON batches
WHEN (SELECT moves_to FROM store) IS NOT NULL
BEGIN
    SELECT RAISE (ROLLBACK, 'the store is frozen: its log moves to another place');
END;

CREATE TRIGGER IF NOT EXISTS a_log_keeps_its_id BEFORE UPDATE OF store_id ON store
WHEN EXISTS (SELECT 1 FROM batches)
BEGIN
    SELECT RAISE (ROLLBACK, 'the id of a log with events never changes');
END;

CREATE TRIGGER IF NOT EXISTS batches_are_never_updated BEFORE UPDATE ON batches
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: UPDATE refused');
END;

CREATE TRIGGER IF NOT EXISTS batches_are_never_deleted BEFORE DELETE ON batches
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: DELETE refused');
END;

CREATE TRIGGER IF NOT EXISTS streams_are_never_replaced BEFORE INSERT ON streams
WHEN EXISTS (SELECT 1 FROM streams WHERE stream_key = NEW.stream_key)
    OR EXISTS (SELECT 1 FROM streams WHERE name = NEW.name)
BEGIN
    SELECT RAISE (ROLLBACK, 'streams are immutable: a stream cannot be replaced');
END;

CREATE TRIGGER IF NOT EXISTS streams_are_never_updated BEFORE UPDATE ON streams
BEGIN
    SELECT RAISE (ABORT, 'streams are immutable: UPDATE refused');
END;

CREATE TRIGGER IF NOT EXISTS streams_are_never_deleted BEFORE DELETE ON streams
BEGIN
    SELECT RAISE (ABORT, 'streams are immutable: DELETE refused');
END;

CREATE TRIGGER IF NOT EXISTS stream_batches_are_never_updated BEFORE UPDATE ON stream_batches
BEGIN
    SELECT RAISE (ABORT, 'the stream index is immutable: UPDATE refused');
END;

CREATE TRIGGER IF NOT EXISTS stream_batches_are_never_deleted BEFORE DELETE ON stream_batches
BEGIN
    SELECT RAISE (ABORT, 'the stream index is immutable: DELETE refused');
END;

CREATE TRIGGER IF NOT EXISTS recent_batches_are_never_updated BEFORE UPDATE ON recent_batches
BEGIN
    SELECT RAISE (ABORT, 'the stream index is immutable: UPDATE refused');
END;

CREATE TRIGGER IF NOT EXISTS event_ids_are_never_updated BEFORE UPDATE ON event_ids
BEGIN
    SELECT RAISE (ABORT, 'event ids are immutable: UPDATE refused');
END;

CREATE TRIGGER IF NOT EXISTS event_ids_are_never_deleted BEFORE DELETE ON event_ids
BEGIN
    SELECT RAISE (ABORT, 'event ids are immutable: DELETE refused');
END;

-- Both halves of the stream index.
CREATE VIEW IF NOT EXISTS stream_index AS
    SELECT stream_key, last_version, last_position FROM stream_batches
    UNION ALL
    SELECT stream_key, last_version, last_position FROM recent_batches;

CREATE VIEW IF NOT EXISTS stream_versions AS
    SELECT stream_key, name, max(
        coalesce((SELECT max(last_version) FROM stream_batches AS i
            WHERE i.stream_key = s.stream_key), 0),
        coalesce((SELECT max(last_version) FROM recent_batches AS i
            WHERE i.stream_key = s.stream_key), 0)) AS version
    FROM streams AS s;

-- For people with an SQL shell, SQLite 3.38 or newer: an event per row.
CREATE VIEW IF NOT EXISTS events AS
    SELECT
        b.last_position - b.count - 3 + e.key AS position,
        s.name AS stream,
        i.last_version - b.count - 3 + e.key AS version,
        b.recorded_at,
        e.value ->> 0 AS event_id,
        e.value ->> 2 AS event_type,
        e.value ->> 3 AS schema_version,
        e.value -> 4 AS metadata,
        iif(e.value ->> 1 IS NULL, b.payload, e.value -> 5) AS payload
    FROM streams AS s
    JOIN stream_index AS i ON i.stream_key = s.stream_key
    JOIN batches AS b ON b.last_position = i.last_position
    JOIN json_each(b.events) AS e ON e.key > 3;

-- The same for reading: times as text, and only payloads that are JSON.
CREATE VIEW IF NOT EXISTS history AS
    SELECT
        position,
        stream,
        substr(stream, 1, instr(stream || '-', '-') - 1) AS category,
        version,
        strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at / 1000000.0, 'unixepoch') AS recorded_at,
        event_id,
        event_type,
        schema_version,
        iif(typeof(payload) = 'text', payload, NULL) AS payload,
        metadata
    FROM events;

INSERT OR IGNORE INTO store VALUES (1, randomblob(16), randomblob(16), 0, NULL);
PRAGMA application_id = 1095650892;
PRAGMA user_version = 1;
