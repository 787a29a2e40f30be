-- The tables and the one writing function of a store, in the schema `annals` of its database.
-- Decision 17 explains them. The script can run any number of times.

CREATE SCHEMA IF NOT EXISTS annals;

-- One row. `layout` counts the layouts of the tables.
CREATE TABLE IF NOT EXISTS annals.store (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    store_id uuid NOT NULL DEFAULT gen_random_uuid(),
    layout   integer NOT NULL
);

-- One row: the end of the log. Every append locks it first and until its commit, so positions have
-- no holes and stand in commit order. Times are microseconds since 1970. A leap is a step of the
-- clock that is not confirmed yet (law 18); `leap_to` is NULL if there is none. `moves_to` is NULL, or
-- the new place of the log: then the store is frozen.
CREATE TABLE IF NOT EXISTS annals.head (
    only_one    boolean PRIMARY KEY DEFAULT true,
    position    bigint NOT NULL,
    recorded_at bigint,
    leap_from   bigint,
    leap_to     bigint,
    moves_to    text
) WITH (fillfactor = 10);

CREATE TABLE IF NOT EXISTS annals.events (
    position       bigint PRIMARY KEY,
    stream         text COLLATE "C" NOT NULL,
    version        bigint NOT NULL,
    event_id       uuid NOT NULL UNIQUE,
    event_type     text COLLATE "C" NOT NULL,
    schema_version bigint NOT NULL,
    recorded_at    bigint NOT NULL,
    metadata       bytea NOT NULL,
    payload        bytea NOT NULL,
    UNIQUE (stream, version)
);

-- A mark for each stretch of about 4,096 positions: its last position and its earliest time. It
-- leads from a time to a position, although a leap can put times out of order.
CREATE TABLE IF NOT EXISTS annals.time_marks (
    last_position bigint PRIMARY KEY,
    earliest      bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS annals.snapshots (
    stream   text COLLATE "C" NOT NULL,
    schema   text COLLATE "C" NOT NULL,
    version  bigint NOT NULL CHECK (version >= 0),
    taken_at bigint NOT NULL,
    payload  bytea NOT NULL,
    PRIMARY KEY (stream, schema, version)
);

-- The last lease of each name: of workers (worker/17), and named leases (named/claim-7), which use
-- only term, holder and expires_at.
CREATE TABLE IF NOT EXISTS annals.leases (
    name        text COLLATE "C" PRIMARY KEY,
    term        bigint NOT NULL CHECK (term > 0),
    holder      text NOT NULL,
    not_before  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    released    bigint,
    floor       bigint NOT NULL,
    passed_from bigint,
    passed_to   bigint
);

INSERT INTO annals.store (layout) VALUES (1) ON CONFLICT DO NOTHING;
INSERT INTO annals.head (position) VALUES (0) ON CONFLICT DO NOTHING;

-- Events, and the end of the log but for its function, are immutable (law 11).
CREATE OR REPLACE FUNCTION annals.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are immutable: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER events_are_never_changed
    BEFORE UPDATE OR DELETE ON annals.events FOR EACH ROW EXECUTE FUNCTION annals.refuse();
CREATE OR REPLACE TRIGGER events_are_never_truncated
    BEFORE TRUNCATE ON annals.events FOR EACH STATEMENT EXECUTE FUNCTION annals.refuse();

CREATE OR REPLACE TRIGGER head_is_never_removed
    BEFORE DELETE OR TRUNCATE ON annals.head FOR EACH STATEMENT EXECUTE FUNCTION annals.refuse();

-- Judges the appends of a group one after the other, and writes those that it accepts. It is the
-- only statement that writes events, and a transaction of its own.
--
-- streams[i] is a stream of the group, each once. The append a has the expectations
-- expectations_end[a - 1] + 1 .. expectations_end[a], each with the index of its stream and the
-- expected version (-1: any, -2: at least 1), and the writes writes_end[a - 1] + 1 ..
-- writes_end[a], each with the index of its stream and the number of its events. The events of all
-- writes follow one another.
--
-- Answers the end of the log and the versions of the streams before the group, and the writes with
-- an event id that is recorded already: their appends write nothing. The caller draws the verdicts
-- and the receipts from that, by the same rule. In a frozen store it writes nothing, and answers the
-- new place of the log.
CREATE OR REPLACE FUNCTION annals.append_1(
    lock_timeout_ms integer, notifies boolean, clock bigint, streams text[],
    expectations_end integer[], expected_streams integer[], expected_versions bigint[],
    writes_end integer[], write_streams integer[], write_counts integer[],
    event_writes integer[], event_streams text[], event_numbers integer[], event_ids uuid[],
    event_types text[], event_schemas bigint[], event_metadata bytea[], event_payloads bytea[],
    OUT head_before bigint, OUT versions bigint[], OUT recorded integer[], OUT frozen_for text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    -- The plans are made once, perhaps for empty tables, so they must use the indexes. A sequential
    -- scan of the one row of the head then seems dear enough to be compiled, which takes 50 ms.
    day      CONSTANT bigint := 86400000000;
    the_end  annals.head;
    running  bigint[];
    -- Of each accepted write: the version of its stream and the end of the log before it.
    before   bigint[];
    offsets  bigint[];
    accepts  boolean;
    expected bigint;
    actual   bigint;
    added    bigint := 0;
    recorded_time bigint;
    previous bigint;
    x        integer;
BEGIN
    -- Each statement below sees all commits before it: it begins after the lock was taken.
    SELECT * INTO the_end FROM annals.head FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        PERFORM set_config('lock_timeout', lock_timeout_ms::text, true);
        SELECT * INTO STRICT the_end FROM annals.head FOR UPDATE;
    END IF;
    head_before := the_end.position;
    versions := ARRAY(SELECT coalesce(
            (SELECT e.version FROM annals.events AS e
             WHERE e.stream = s.name ORDER BY e.version DESC LIMIT 1), 0)
        FROM unnest(streams) AS s (name));
    recorded := '{}';
    IF EXISTS (SELECT FROM annals.events AS e WHERE e.event_id = ANY (event_ids)) THEN
        recorded := ARRAY(SELECT DISTINCT i.write FROM unnest(event_writes, event_ids) AS i (write, id)
            WHERE EXISTS (SELECT FROM annals.events AS e WHERE e.event_id = i.id));
    END IF;

    frozen_for := the_end.moves_to;
    IF frozen_for IS NOT NULL THEN
        RETURN;
    END IF;
    running := versions;
    before := array_fill(-1::bigint, ARRAY[cardinality(write_streams)]);
    offsets := before;
    FOR a IN 1 .. cardinality(writes_end) LOOP
        accepts := true;
        IF recorded <> '{}' THEN
            FOR w IN coalesce(writes_end[a - 1], 0) + 1 .. writes_end[a] LOOP
                accepts := accepts AND NOT w = ANY (recorded);
            END LOOP;
        END IF;
        FOR e IN coalesce(expectations_end[a - 1], 0) + 1 .. expectations_end[a] LOOP
            EXIT WHEN NOT accepts;
            expected := expected_versions[e];
            actual := running[expected_streams[e]];
            accepts := expected = -1 OR expected = actual OR (expected = -2 AND actual > 0);
        END LOOP;
        CONTINUE WHEN NOT accepts;
        FOR w IN coalesce(writes_end[a - 1], 0) + 1 .. writes_end[a] LOOP
            x := write_streams[w];
            before[w] := running[x];
            offsets[w] := head_before + added;
            running[x] := running[x] + write_counts[w];
            added := added + write_counts[w];
        END LOOP;
    END LOOP;
    IF added = 0 THEN
        RETURN;
    END IF;

    -- The rule of recorded times, as in shared_kernel::time::RecordedTimes.
    recorded_time := greatest(the_end.recorded_at, clock);
    IF the_end.leap_to IS NOT NULL AND the_end.recorded_at - clock > day
            AND NOT coalesce(the_end.leap_from - clock > day, false) THEN
        recorded_time := greatest(the_end.leap_from, clock);
    END IF;
    previous := the_end.recorded_at;
    IF the_end.leap_to IS NOT NULL AND recorded_time < previous THEN
        previous := the_end.leap_from;
        the_end.leap_from := NULL;
        the_end.leap_to := NULL;
    END IF;
    IF the_end.leap_to IS NOT NULL AND recorded_time - the_end.leap_to
            >= coalesce(the_end.leap_to - the_end.leap_from, day) THEN
        the_end.leap_from := NULL;
        the_end.leap_to := NULL;
    END IF;
    IF the_end.leap_to IS NULL AND NOT coalesce(recorded_time - previous <= day, false) THEN
        the_end.leap_from := previous;
        the_end.leap_to := recorded_time;
    END IF;

    INSERT INTO annals.events
        SELECT offsets[e.write] + e.number, e.stream, before[e.write] + e.number, e.id, e.type,
            e.schema, recorded_time, e.metadata, e.payload
        FROM unnest(event_writes, event_streams, event_numbers, event_ids, event_types,
                event_schemas, event_metadata, event_payloads)
            AS e (write, stream, number, id, type, schema, metadata, payload)
        WHERE before[e.write] >= 0;
    UPDATE annals.head SET position = head_before + added, recorded_at = recorded_time,
        leap_from = the_end.leap_from, leap_to = the_end.leap_to;
    IF (head_before + added) / 4096 > head_before / 4096 THEN
        INSERT INTO annals.time_marks
            SELECT head_before + added, min(e.recorded_at) FROM annals.events AS e
            WHERE e.position > coalesce((SELECT max(last_position) FROM annals.time_marks), 0);
    END IF;
    IF notifies THEN
        PERFORM pg_notify('annals', (head_before + added)::text);
    END IF;
END $$;

REVOKE ALL ON FUNCTION annals.append_1 FROM PUBLIC;

-- Writes events of another log behind the end of this one, with their positions and times, in one
-- transaction. `before_id` is the id of the event at `begins_after`; it is NULL at the beginning of
-- the log, which takes over `log_id` then. `versions_before` has the versions that the streams must
-- have. `last_time` and the leap are those behind the last event: the caller computes them from the
-- head row, which cannot change while the log ends at the same position.
--
-- Answers what it has found. It writes the events if the log ends at `begins_after` and is the same
-- one, the versions are right, no event id is recorded, and the store is not frozen.
CREATE OR REPLACE FUNCTION annals.import_1(
    lock_timeout_ms integer, notifies boolean, log_id uuid, begins_after bigint, before_id uuid,
    streams text[], versions_before bigint[], last_time bigint, last_leap_from bigint,
    last_leap_to bigint, event_streams text[], event_versions bigint[], event_ids uuid[],
    event_types text[], event_schemas bigint[], event_times bigint[], event_metadata bytea[],
    event_payloads bytea[],
    OUT head_before bigint, OUT is_other boolean, OUT versions bigint[], OUT recorded uuid,
    OUT frozen_for text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    the_end  annals.head;
    head_now bigint;
BEGIN
    PERFORM set_config('lock_timeout', lock_timeout_ms::text, true);
    SELECT * INTO STRICT the_end FROM annals.head FOR UPDATE;
    head_before := the_end.position;
    frozen_for := the_end.moves_to;
    is_other := before_id IS NOT NULL AND NOT (
        EXISTS (SELECT FROM annals.store AS s WHERE s.store_id = log_id)
        AND EXISTS (SELECT FROM annals.events AS e
            WHERE e.position = begins_after AND e.event_id = before_id));
    versions := ARRAY(SELECT coalesce(
            (SELECT e.version FROM annals.events AS e
             WHERE e.stream = s.name ORDER BY e.version DESC LIMIT 1), 0)
        FROM unnest(streams) AS s (name));
    recorded := (SELECT e.event_id FROM annals.events AS e WHERE e.event_id = ANY (event_ids) LIMIT 1);
    IF frozen_for IS NOT NULL OR head_before <> begins_after OR is_other
            OR versions <> versions_before OR recorded IS NOT NULL THEN
        RETURN;
    END IF;

    IF before_id IS NULL THEN
        UPDATE annals.store SET store_id = log_id;
    END IF;
    head_now := head_before + cardinality(event_ids);
    IF head_now = head_before THEN
        RETURN;
    END IF;
    INSERT INTO annals.events
        SELECT head_before + e.nth, e.stream, e.version, e.id, e.type, e.schema, e.recorded_at,
            e.metadata, e.payload
        FROM unnest(event_streams, event_versions, event_ids, event_types, event_schemas,
                event_times, event_metadata, event_payloads) WITH ORDINALITY
            AS e (stream, version, id, type, schema, recorded_at, metadata, payload, nth);
    UPDATE annals.head SET position = head_now, recorded_at = last_time,
        leap_from = last_leap_from, leap_to = last_leap_to;
    IF head_now / 4096 > head_before / 4096 THEN
        INSERT INTO annals.time_marks
            SELECT head_now, min(e.recorded_at) FROM annals.events AS e
            WHERE e.position > coalesce((SELECT max(last_position) FROM annals.time_marks), 0);
    END IF;
    IF notifies THEN
        PERFORM pg_notify('annals', head_now::text);
    END IF;
END $$;

REVOKE ALL ON FUNCTION annals.import_1 FROM PUBLIC;

-- Freezes the store for a destination, or lets it take appends again if that is NULL. Answers the end
-- of the log, which no append moves as long as the store is frozen, and the destination.
CREATE OR REPLACE FUNCTION annals.freeze_1(
    lock_timeout_ms integer, destination text, OUT head bigint, OUT frozen_for text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('lock_timeout', lock_timeout_ms::text, true);
    UPDATE annals.head AS h
        SET moves_to = CASE WHEN destination IS NOT NULL THEN coalesce(h.moves_to, destination) END
        RETURNING h.position, h.moves_to INTO head, frozen_for;
END $$;

REVOKE ALL ON FUNCTION annals.freeze_1 FROM PUBLIC;

-- For people: payloads as JSON, where they are JSON.
CREATE OR REPLACE FUNCTION annals.as_json(bytes bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN convert_from(bytes, 'UTF8')::jsonb;
EXCEPTION WHEN others THEN
    RETURN NULL;
END $$;

CREATE OR REPLACE VIEW annals.history AS
    SELECT position, stream, version, to_timestamp(recorded_at / 1e6) AS recorded_at, event_id,
        event_type, schema_version, annals.as_json(metadata) AS metadata,
        annals.as_json(payload) AS payload
    FROM annals.events;
