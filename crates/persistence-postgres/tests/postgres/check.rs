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

fn version(stream: &str, position: u64, expected: u64, found: i64) -> Problem {
    Problem::VersionMisleads {
        stream: stream.to_owned(),
        position,
        expected,
        found,
    }
}

fn changed(name: &str) -> Problem {
    Problem::LayoutChanged {
        name: name.to_owned(),
    }
}

/// Damages a sound store, and compares the problems that are found.
async fn find(statements: &str, expected: &[Problem]) {
    let place = Place::new();
    let store = with_events(&place).await;
    let locale = match place.sql("SELECT 'a' COLLATE \"en_US\"") {
        Ok(_) => "en_US",
        Err(_) => "POSIX",
    };
    damage(&place, &statements.replace("{locale}", locale));
    assert_eq!(check(&store).await.problems, expected);
}

/// A test for each kind of damage.
macro_rules! damages {
    ($($name:ident: $statements:literal => $expected:expr;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                find($statements, &$expected).await;
            }
        )*
    };
}

mod the_log {
    use super::{Problem, changed, find, version};

    damages! {
        a_missing_event:
            "DELETE FROM annals.events WHERE position = 3"
            => [Problem::PositionGap { missing: 3 }];
        an_event_at_position_0:
            "UPDATE annals.events SET position = 0 WHERE position = 1"
            => [Problem::PositionGap { missing: 1 }];
        a_missing_last_event:
            "DELETE FROM annals.events WHERE position = 4"
            => [Problem::HeadMisleads { head: 4, last: 3 }];
        an_end_of_the_log_that_was_set_back:
            "UPDATE annals.head SET position = 3"
            => [Problem::HeadMisleads { head: 3, last: 4 }];
        a_missing_end_of_the_log:
            "DELETE FROM annals.head"
            => [Problem::HeadMissing];
        a_version_too_high:
            "UPDATE annals.events SET version = 7 WHERE position = 4"
            => [version("a-1", 4, 3, 7)];
        versions_in_another_order:
            "UPDATE annals.events SET version = 10 - version WHERE stream = 'a-1'"
            => [version("a-1", 1, 1, 9)];
        an_event_in_another_stream:
            "UPDATE annals.events SET stream = 'b-1', version = 3 WHERE position = 4"
            => [version("b-1", 4, 2, 3)];
        a_time_that_went_back:
            "UPDATE annals.events SET recorded_at = recorded_at - 5 WHERE position = 3"
            => [Problem::TimeWentBack { position: 3 }];
        another_time_at_the_end_of_the_log:
            "UPDATE annals.head SET recorded_at = recorded_at + 1"
            => [Problem::HeadTimeDiffers { position: 4 }];
        a_missing_leap:
            "UPDATE annals.head SET leap_to = NULL"
            => [Problem::LeapDiffers { position: 4 }];
        a_wrong_time_mark:
            "INSERT INTO annals.time_marks SELECT 3, recorded_at + 1 FROM annals.head"
            => [Problem::TimeMarkMisleads { position: 3 }];
        an_id_that_two_events_have:
            "ALTER TABLE annals.events DROP CONSTRAINT events_event_id_key;
             UPDATE annals.events SET event_id = (
                SELECT event_id FROM annals.events WHERE position = 1) WHERE position = 3"
            => [changed("events_event_id_key"), Problem::IdTwice { position: 3 }];
    }
}

mod the_layout {
    use super::{changed, find};

    damages! {
        a_trigger_that_is_switched_off:
            "ALTER TABLE annals.events DISABLE TRIGGER events_are_never_changed"
            => [changed("events_are_never_changed")];
        a_missing_trigger:
            "DROP TRIGGER events_are_never_truncated ON annals.events"
            => [changed("events_are_never_truncated")];
        a_function_of_another_text:
            "CREATE OR REPLACE FUNCTION annals.refuse() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN RETURN NEW; END $$"
            => [changed("refuse")];
        a_function_without_its_search_path:
            "ALTER FUNCTION annals.append_1 RESET search_path"
            => [changed("append_1 (settings)")];
        a_function_with_the_rights_of_its_caller:
            "ALTER FUNCTION annals.append_1 SECURITY INVOKER"
            => [changed("append_1 (settings)")];
        a_missing_key:
            "ALTER TABLE annals.events DROP CONSTRAINT events_stream_version_key"
            => [changed("events_stream_version_key")];
        names_that_do_not_sort_by_bytes:
            "DROP VIEW annals.history;
             ALTER TABLE annals.events ALTER COLUMN event_type TYPE text COLLATE \"{locale}\""
            => [changed("events.event_type")];
    }
}

/// Makes an event unreadable, and compares the problem that is found.
async fn find_unreadable(change: &str) {
    let place = Place::new();
    let store = with_events(&place).await;
    damage(
        &place,
        &format!("UPDATE annals.events SET {change} WHERE position = 3"),
    );
    let problems = check(&store).await.problems;
    assert!(
        matches!(&problems[..], [Problem::Unreadable { message }] if message.contains("position 3")),
        "{problems:?}"
    );
}

#[tokio::test]
async fn a_stream_without_a_name_is_found() {
    find_unreadable("stream = ''").await;
}

#[tokio::test]
async fn an_event_without_a_type_is_found() {
    find_unreadable("event_type = ''").await;
}

#[tokio::test]
async fn a_schema_version_0_is_found() {
    find_unreadable("schema_version = 0").await;
}

#[tokio::test]
async fn metadata_that_is_no_json_is_found() {
    find_unreadable("metadata = 'no json'").await;
}

#[tokio::test]
async fn an_invalid_event_id_is_found() {
    find_unreadable("event_id = '00000000-0000-0000-0000-000000000000'").await;
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
        .sql(&format!(
            "GRANT EXECUTE ON FUNCTION annals.freeze_1 TO {role}"
        ))
        .unwrap();
    let problems = check(&store).await.problems;
    assert!(
        matches!(&problems[..], [Problem::RightTooWide { object, .. }] if object == "freeze_1"),
        "{problems:?}"
    );
    place
        .sql(&format!(
            "REVOKE EXECUTE ON FUNCTION annals.freeze_1 FROM {role}"
        ))
        .unwrap();
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
async fn objects_with_which_the_laws_would_not_hold_are_found() {
    let place = Place::new();
    let store = with_events(&place).await;
    let (role, _) = place.role("app");
    let trigger = "CREATE FUNCTION public.skip() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER skip BEFORE INSERT ON annals.events
            FOR EACH ROW EXECUTE FUNCTION public.skip()";
    for (statement, name, undone) in [
        (
            "CREATE RULE lost AS ON INSERT TO annals.events DO INSTEAD NOTHING",
            "lost on events",
            "DROP RULE lost ON annals.events",
        ),
        (
            trigger,
            "skip on events",
            "DROP TRIGGER skip ON annals.events",
        ),
        (
            "ALTER TABLE annals.snapshots SET UNLOGGED",
            "snapshots (unlogged)",
            "ALTER TABLE annals.snapshots SET LOGGED",
        ),
        (
            &format!("ALTER TABLE annals.time_marks OWNER TO {role}"),
            "time_marks (owner)",
            "ALTER TABLE annals.time_marks OWNER TO annals",
        ),
    ] {
        place.sql(statement).unwrap();
        assert_eq!(check(&store).await.problems, [changed(name)], "{statement}");
        place.sql(undone).unwrap();
        assert_eq!(check(&store).await.problems, [], "{undone}");
    }
    // A trigger that looks on is no problem.
    place
        .sql(
            "CREATE TRIGGER copy AFTER INSERT ON annals.events
            FOR EACH ROW EXECUTE FUNCTION public.skip()",
        )
        .unwrap();
    assert_eq!(check(&store).await.problems, []);
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
