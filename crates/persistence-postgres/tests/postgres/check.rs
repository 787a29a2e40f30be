//! The examination of a store: a superuser damages the tables past the triggers, and each kind of
//! damage is found.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use persistence_postgres::{CheckReport, PostgresOptions, PostgresStore, Problem};
use shared_kernel::event::EventType;
use shared_kernel::time::ManualClock;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent};

use crate::fixture::{Place, event, log, stream};

const MORNING: &str = "2026-01-05T08:00:00Z";

fn morning() -> Timestamp {
    MORNING.parse().unwrap()
}

async fn check(store: &PostgresStore) -> CheckReport {
    store.check(|_| {}).await.unwrap()
}

async fn append(store: &PostgresStore, name: &str, count: usize) {
    let events = (0..count).map(|_| event()).collect();
    store
        .append_to(stream(name), ExpectedVersion::Any, events)
        .await
        .unwrap();
}

/// A sound store with two streams, three events and more than one time mark.
async fn with_events(place: &Place) -> PostgresStore {
    let clock = Arc::new(ManualClock::at(morning()));
    let store = place
        .store_with(PostgresOptions::new().with_clock(clock))
        .await;
    append(&store, "a-1", 2).await;
    append(&store, "b-1", 1).await;
    append(&store, "a-1", 1).await;
    store
}

/// Runs statements as a superuser without triggers.
fn damage(place: &Place, statements: &str) {
    place
        .sql(&format!(
            "SET session_replication_role = replica; {statements}"
        ))
        .unwrap();
}

#[tokio::test]
async fn a_sound_store_has_no_problem() {
    let place = Place::new();
    let store = place.store().await;
    assert_eq!(check(&store).await, CheckReport::default());
    let store = with_events(&place).await;
    append(&store, "c-1", 5_000).await;
    append(&store, "c-1", 5_000).await;
    let mut seen = Vec::new();
    let report = store.check(|at| seen.push((at.read, at.total))).await;
    let report = report.unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.events, report.streams), (10_004, 3));
    assert_eq!(seen.last(), Some(&(10_004, 10_004)));
    assert!(seen.len() > 1);
}

#[tokio::test]
async fn payloads_that_are_no_json_are_no_problem() {
    let place = Place::new();
    let store = place.store().await;
    let payloads = [&b"\xff\xfe\x00"[..], b"", b"[1e400"];
    let events = payloads.map(|payload| {
        let event_type = EventType::new("Happened").unwrap();
        NewEvent::with_fresh_id(event_type, payload.to_vec()).unwrap()
    });
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, events.to_vec())
        .await
        .unwrap();
    assert_eq!(check(&store).await.problems, []);
}

#[tokio::test]
async fn every_damage_to_the_log_is_found() {
    for (statements, expected) in [
        (
            "DELETE FROM annals.events WHERE position = 3",
            vec![Problem::PositionGap { missing: 3 }],
        ),
        (
            "UPDATE annals.events SET position = 0 WHERE position = 1",
            vec![Problem::PositionGap { missing: 1 }],
        ),
        (
            "DELETE FROM annals.events WHERE position = 4",
            vec![Problem::HeadMisleads { head: 4, last: 3 }],
        ),
        (
            "UPDATE annals.head SET position = 3",
            vec![Problem::HeadMisleads { head: 3, last: 4 }],
        ),
        ("DELETE FROM annals.head", vec![Problem::HeadMissing]),
        (
            "UPDATE annals.events SET version = 7 WHERE position = 4",
            vec![Problem::VersionMisleads {
                stream: "a-1".to_owned(),
                position: 4,
                expected: 3,
                found: 7,
            }],
        ),
        (
            "UPDATE annals.events SET version = 10 - version WHERE stream = 'a-1'",
            vec![Problem::VersionMisleads {
                stream: "a-1".to_owned(),
                position: 1,
                expected: 1,
                found: 9,
            }],
        ),
        (
            "UPDATE annals.events SET stream = 'b-1', version = 3 WHERE position = 4",
            vec![Problem::VersionMisleads {
                stream: "b-1".to_owned(),
                position: 4,
                expected: 2,
                found: 3,
            }],
        ),
        (
            "UPDATE annals.events SET recorded_at = recorded_at - 5 WHERE position = 3",
            vec![Problem::TimeWentBack { position: 3 }],
        ),
        (
            "UPDATE annals.head SET recorded_at = recorded_at + 1",
            vec![Problem::HeadTimeDiffers { position: 4 }],
        ),
        (
            "UPDATE annals.head SET leap_to = NULL",
            vec![Problem::LeapDiffers { position: 4 }],
        ),
        (
            "INSERT INTO annals.time_marks SELECT 3, recorded_at + 1 FROM annals.head",
            vec![Problem::TimeMarkMisleads { position: 3 }],
        ),
        (
            "ALTER TABLE annals.events DROP CONSTRAINT events_event_id_key;
             UPDATE annals.events SET event_id = (
                SELECT event_id FROM annals.events WHERE position = 1) WHERE position = 3",
            vec![
                Problem::LayoutChanged {
                    name: "events_event_id_key".to_owned(),
                },
                Problem::IdTwice { position: 3 },
            ],
        ),
    ] {
        let place = Place::new();
        let store = with_events(&place).await;
        damage(&place, statements);
        assert_eq!(check(&store).await.problems, expected, "{statements}");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_found() {
    for change in [
        "stream = ''",
        "event_type = ''",
        "schema_version = 0",
        "metadata = 'no json'",
        "event_id = '00000000-0000-0000-0000-000000000000'",
    ] {
        let place = Place::new();
        let store = with_events(&place).await;
        damage(
            &place,
            &format!("UPDATE annals.events SET {change} WHERE position = 3"),
        );
        let problems = check(&store).await.problems;
        assert!(
            matches!(&problems[..], [Problem::Unreadable { message }] if message.contains("position 3")),
            "{change}: {problems:?}"
        );
    }
}

#[tokio::test]
async fn a_changed_layout_is_found() {
    for (statements, name) in [
        (
            "ALTER TABLE annals.events DISABLE TRIGGER events_are_never_changed",
            "events_are_never_changed",
        ),
        (
            "DROP TRIGGER events_are_never_truncated ON annals.events",
            "events_are_never_truncated",
        ),
        (
            "CREATE OR REPLACE FUNCTION annals.refuse() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN RETURN NEW; END $$",
            "refuse",
        ),
        (
            "ALTER FUNCTION annals.append_1 RESET search_path",
            "append_1 (settings)",
        ),
        (
            "ALTER FUNCTION annals.append_1 SECURITY INVOKER",
            "append_1 (settings)",
        ),
        (
            "ALTER TABLE annals.events DROP CONSTRAINT events_stream_version_key",
            "events_stream_version_key",
        ),
        (
            "DROP VIEW annals.history;
             ALTER TABLE annals.events ALTER COLUMN event_type TYPE text COLLATE \"en_US\"",
            "events.event_type",
        ),
    ] {
        let place = Place::new();
        let store = with_events(&place).await;
        let statements = match place.sql("SELECT 'a' COLLATE \"en_US\"") {
            Ok(_) => statements.to_owned(),
            Err(_) => statements.replace("en_US", "POSIX"),
        };
        place.sql(&statements).unwrap();
        let name = name.to_owned();
        assert_eq!(
            check(&store).await.problems,
            [Problem::LayoutChanged { name }],
            "{statements}"
        );
    }
}

#[tokio::test]
async fn a_right_past_the_function_is_found() {
    let place = Place::new();
    let store = with_events(&place).await;
    let (role, _) = place.role("app");
    store.grant_to(&role).await.unwrap();
    assert_eq!(check(&store).await.problems, []);
    for (right, object, statement) in [
        (
            "UPDATE",
            "events.payload",
            "UPDATE (payload) ON annals.events",
        ),
        ("DELETE", "events", "DELETE ON annals.events"),
        ("INSERT", "time_marks", "INSERT ON annals.time_marks"),
    ] {
        place.sql(&format!("GRANT {statement} TO {role}")).unwrap();
        let problem = Problem::RightTooWide {
            role: role.clone(),
            right: right.to_owned(),
            object: object.to_owned(),
        };
        assert_eq!(check(&store).await.problems, [problem], "{statement}");
        place
            .sql(&format!("REVOKE {statement} FROM {role}"))
            .unwrap();
    }
    place
        .sql("GRANT EXECUTE ON FUNCTION annals.append_1 TO PUBLIC")
        .unwrap();
    let problems = check(&store).await.problems;
    assert!(
        matches!(&problems[..], [Problem::RightTooWide { role, .. }] if role == "PUBLIC"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn a_missing_table_is_found() {
    let place = Place::new();
    let store = with_events(&place).await;
    damage(&place, "DROP TABLE annals.time_marks");
    let problems = check(&store).await.problems;
    assert!(
        matches!(
            &problems[..],
            [Problem::LayoutChanged { name }, Problem::Database { message }]
                if name == "time_marks_pkey" && message.contains("time_marks")
        ),
        "{problems:?}"
    );
}

/// Times far ahead are no damage, and neither are times that go back after them.
#[tokio::test]
async fn events_of_a_clock_far_ahead_are_named() {
    let place = Place::new();
    let clock = Arc::new(ManualClock::at(morning()));
    let options = PostgresOptions::new().with_clock(clock.clone());
    let store = place.store_with(options).await;
    append(&store, "a-1", 2).await;
    clock.set(morning() + SignedDuration::from_hours(24 * 365));
    append(&store, "a-1", 2).await;
    clock.set(morning() + SignedDuration::from_secs(60));
    let report = check(&store).await;
    assert_eq!(report.problems, []);
    assert_eq!(
        (report.far_ahead[0].first, report.far_ahead[0].last),
        (3, 4)
    );
    append(&store, "a-1", 1).await;
    let report = check(&store).await;
    assert_eq!(report.problems, []);
    assert_eq!(
        (report.far_ahead[0].first, report.far_ahead[0].last),
        (3, 4)
    );
    assert_eq!(report.far_ahead[0].next, log(&store).await[4].recorded_at);
}

/// The role of a program can look, and so can a standby.
#[tokio::test]
async fn a_role_that_may_only_read_can_examine_the_store() {
    let place = Place::new();
    let store = with_events(&place).await;
    let (role, address) = place.role("app");
    store.grant_to(&role).await.unwrap();
    let database = place.address.rsplit('/').next().unwrap();
    place
        .sql(&format!(
            "ALTER DATABASE {database} SET default_transaction_read_only = on"
        ))
        .unwrap();
    let standby = PostgresStore::connect(&address).await.unwrap();
    let report = check(&standby).await;
    assert_eq!((report.events, report.problems), (4, Vec::new()));
}
