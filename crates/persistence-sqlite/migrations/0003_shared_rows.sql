-- The third layout: appends that share a commit may share rows of runs too. What lies in the file already stays
-- as it is. Never edited once released.
--
-- A row whose runs are of several streams has as its events, instead of one run, the array
--   [events, bytes, run, events, bytes, run, ...]
-- with how many events and how many bytes the run after them has, so that a reader can pass over it. Each of them
-- begins where the one before it ends, all were recorded at the same time, no stream has two of them, and none has
-- a payload that stands apart. A list of runs names the position of the row, which is that of its first event.

DROP VIEW history;
DROP VIEW events;

-- An event per row. A row of runs that nobody shares is looked at as one that one run has for itself.
CREATE VIEW events AS
SELECT
    (e.run ->> 0) + e.key - 4 AS position,
    e.run ->> 1 AS stream_key,
    (e.run ->> 2) + e.key - 4 AS version,
    e.run ->> 3 AS recorded_at,
    e.value ->> 2 AS schema_version,
    substr(e.event_ids, ((e.run ->> 0) - e.row + e.key - 4) * 16 + 1, 16) AS event_id,
    e.value ->> 1 AS event_type,
    json_patch('{}', json_object(
        'correlation', e.value ->> '$[3][0]',
        'causation', e.value ->> '$[3][1]',
        'actor', json(iif(e.value ->> '$[3][2]' IS NULL, 'null', json_object(
            'kind', e.value ->> '$[3][2]', 'name', e.value ->> '$[3][3]'))),
        'pairs', json(coalesce(e.value -> '$[3][4]', 'null')))) AS metadata,
    coalesce(e.payload, e.value -> 4) AS payload
FROM (
    SELECT r.position AS row, r.event_ids, r.payload, run.value AS run, event.key, event.value
    FROM runs AS r,
        json_each(iif(json_type(r.events, '$[2]') = 'array', r.events, '[' || r.events || ']')) AS run,
        json_each(run.value) AS event
    WHERE run.type = 'array' AND event.key >= 4
) AS e;

CREATE TRIGGER events_are_never_inserted INSTEAD OF INSERT ON events
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: only a store appends');
END;

CREATE TRIGGER events_are_never_updated INSTEAD OF UPDATE ON events
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: UPDATE refused');
END;

CREATE TRIGGER events_are_never_deleted INSTEAD OF DELETE ON events
BEGIN
    SELECT RAISE (ABORT, 'events are immutable: DELETE refused');
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

PRAGMA user_version = 3;
