-- What is left to do once all events are in runs. Never edited once released.

DROP VIEW history;
DROP TABLE events;

-- An event per row, as the first layout had them.
CREATE VIEW events AS
SELECT
    r.position + e.key - 4 AS position,
    r.events ->> 1 AS stream_key,
    (r.events ->> 2) + e.key - 4 AS version,
    r.events ->> 3 AS recorded_at,
    e.value ->> 2 AS schema_version,
    substr(r.event_ids, (e.key - 4) * 16 + 1, 16) AS event_id,
    e.value ->> 1 AS event_type,
    json_patch('{}', json_object(
        'correlation', e.value ->> '$[3][0]',
        'causation', e.value ->> '$[3][1]',
        'actor', json(iif(e.value ->> '$[3][2]' IS NULL, 'null', json_object(
            'kind', e.value ->> '$[3][2]', 'name', e.value ->> '$[3][3]'))),
        'pairs', json(coalesce(e.value -> '$[3][4]', 'null')))) AS metadata,
    coalesce(r.payload, e.value -> 4) AS payload
FROM runs AS r, json_each(r.events) AS e
WHERE e.key >= 4;

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

PRAGMA user_version = 2;
