//! The problems that an examination of a store finds.

use std::sync::Arc;

use jiff::Timestamp;
use persistence_sqlite::{CheckProgress, Problem, SqliteOptions};
use shared_kernel::time::ManualClock;
use shared_kernel::{EventStoreExt, ExpectedVersion};
use sqlx::Executor;

use crate::fixture::{Place, event, events, stream};

async fn problems(place: &Place) -> Vec<Problem> {
    place.store().await.check(|_| ()).await.unwrap().problems
}

/// A store with appends of these numbers of events, one after the other.
async fn filled(place: &Place, appends: &[(&str, usize)]) {
    let store = place.store().await;
    for (name, count) in appends {
        store
            .append_to(stream(name), ExpectedVersion::Any, events(*count))
            .await
            .unwrap();
    }
    store.close().await;
}

async fn last_time(place: &Place) -> i64 {
    place.number("SELECT max(recorded_at) FROM batches").await
}

fn misleads(name: &str) -> Problem {
    Problem::StreamMisleads {
        stream: name.into(),
    }
}

#[tokio::test]
async fn a_sound_store_is_clean_and_the_progress_is_reported() {
    let place = Place::new();
    let store = place.store().await;
    let empty = store
        .check(|_| panic!("there is nothing to read"))
        .await
        .unwrap();
    assert!(empty.is_clean() && empty.events == 0);
    for name in ["a-1", "b-1"] {
        store
            .append_to(stream(name), ExpectedVersion::NoStream, events(4_000))
            .await
            .unwrap();
    }
    let mut reported = Vec::new();
    let report = store
        .check(|progress| reported.push(progress))
        .await
        .unwrap();
    assert!(report.is_clean());
    assert_eq!((report.events, report.streams), (8_000, 2));
    let at = |read| CheckProgress { read, total: 8_000 };
    assert_eq!(reported, [4_096, 8_000].map(at));
}

#[tokio::test]
async fn a_gap_in_the_positions_is_found() {
    let place = Place::new();
    filled(&place, &[("a-1", 1)]).await;
    place.forge("a-1", 2, 5, last_time(&place).await).await;
    let found = problems(&place).await;
    assert_eq!(found, [Problem::PositionGap { missing: 2 }]);

    let place = Place::new();
    filled(&place, &[("a-1", 2), ("a-1", 3), ("a-1", 4)]).await;
    place
        .tamper("DELETE FROM batches WHERE last_position = 5")
        .await;
    let found = problems(&place).await;
    assert_eq!(found, [Problem::PositionGap { missing: 3 }]);
}

#[tokio::test]
async fn a_gap_in_the_versions_is_found() {
    let place = Place::new();
    filled(&place, &[("a-1", 1)]).await;
    place.forge("a-1", 3, 2, last_time(&place).await).await;
    let gap = Problem::VersionGap {
        stream: "a-1".into(),
        events: 2,
        first: 1,
        last: 3,
    };
    assert_eq!(problems(&place).await, [gap]);
}

#[tokio::test]
async fn streams_and_events_that_do_not_belong_together_are_found() {
    let place = Place::new();
    filled(&place, &[]).await;
    let listed = "INSERT INTO streams (name) VALUES ('e-1')";
    place.shell().await.execute(listed).await.unwrap();
    let empty = Problem::EmptyStream {
        stream: "e-1".into(),
    };
    assert_eq!(problems(&place).await, [empty]);

    let place = Place::new();
    filled(&place, &[("a-1", 1), ("b-1", 1)]).await;
    place.tamper("DELETE FROM streams WHERE name = 'b-1'").await;
    let found = problems(&place).await;
    assert_eq!(found, [Problem::StreamIndexDiffers, misleads("b-1")]);
}

#[tokio::test]
async fn a_stream_index_that_misleads_is_found() {
    let misleading = [
        "UPDATE INDEX SET last_position = 1",
        "UPDATE INDEX SET last_position = 9 WHERE last_version = 2",
        "UPDATE INDEX SET last_version = 4 WHERE last_version = 3",
        "UPDATE INDEX SET last_version = 100 WHERE last_version = 3",
        "UPDATE INDEX SET last_version = -1 WHERE last_version = 1",
        "UPDATE INDEX SET stream_key = 2 WHERE last_version = 3",
        "DELETE FROM INDEX",
        "DELETE FROM INDEX WHERE last_version = 1",
        "DELETE FROM INDEX WHERE last_version = 2",
        "DELETE FROM INDEX WHERE last_version = 3",
        "INSERT INTO INDEX VALUES (1, 4, 3)",
        "INSERT INTO OTHER VALUES (1, 2, 2)",
    ];
    for index in ["recent_batches", "stream_batches"] {
        for statement in misleading {
            let place = Place::new();
            filled(&place, &[("a-1", 1), ("a-1", 1), ("a-1", 1)]).await;
            let mut other = "stream_batches";
            if index == other {
                let moved = "DELETE FROM recent_batches";
                place.shell().await.execute(moved).await.unwrap();
                other = "recent_batches";
            }
            let statement = statement.replace("INDEX", index).replace("OTHER", other);
            place.tamper(&statement).await;
            let found = problems(&place).await;
            // The entry of a batch that has two is right, and the versions are counted twice.
            let is_twice =
                |problem: &Problem| matches!(problem, Problem::VersionGap { events: 4, .. });
            let is_found = match statement.starts_with("INSERT INTO") && statement.contains("2, 2")
            {
                true => found.iter().any(is_twice),
                false => found.contains(&misleads("a-1")),
            };
            assert!(is_found, "{statement}: {found:?}");
        }
    }
}

/// The second row has the key of the next new stream, and would belong to it.
#[tokio::test]
async fn an_index_row_of_no_batch_is_found() {
    for index in ["recent_batches", "stream_batches"] {
        for row in ["(1, 0, 1)", "(2, 7, 1)", "(99, 1, 1)"] {
            let place = Place::new();
            filled(&place, &[("a-1", 1)]).await;
            place
                .tamper(&format!("INSERT INTO {index} VALUES {row}"))
                .await;
            assert!(!problems(&place).await.is_empty(), "{index}, {row}");
        }
    }
}

#[tokio::test]
async fn an_index_of_ids_that_misleads_is_found() {
    for (statement, position) in [
        ("DELETE FROM event_ids WHERE position = 2", Some(2)),
        (
            "UPDATE event_ids SET position = 3 WHERE position = 2",
            Some(2),
        ),
        (
            "UPDATE event_ids SET position = 9 WHERE position = 2",
            Some(2),
        ),
        ("INSERT INTO event_ids VALUES (zeroblob(16), 2)", None),
        ("INSERT INTO event_ids VALUES (zeroblob(16), 0)", None),
    ] {
        let place = Place::new();
        filled(&place, &[("a-1", 3)]).await;
        place.tamper(statement).await;
        let misleads = Problem::IdMisleads { position };
        assert_eq!(problems(&place).await, [misleads], "{statement}");
    }
}

#[tokio::test]
async fn a_listed_stream_without_events_whose_index_leads_elsewhere_is_found() {
    for position in [1, 7] {
        let place = Place::new();
        filled(&place, &[("a-1", 1)]).await;
        let listed = format!(
            "INSERT INTO streams (name) VALUES ('e-1'); \
             INSERT INTO recent_batches VALUES (2, 1, {position})"
        );
        place.tamper(&listed).await;
        assert_eq!(problems(&place).await, [misleads("e-1")]);
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_found() {
    for torn in [
        "UPDATE batches SET events = replace(events, 'Happened', '')",
        "UPDATE batches SET events = replace(events, '[\"0', '[\"1')",
        "UPDATE batches SET payload = NULL",
    ] {
        let place = Place::new();
        let store = place.store().await;
        store
            .append_to(stream("a-1"), ExpectedVersion::NoStream, vec![event("no")])
            .await
            .unwrap();
        place.tamper(torn).await;
        let report = store.check(|_| ()).await.unwrap();
        let first = report.problems.first();
        let is_found = matches!(
            first,
            Some(Problem::Unreadable { .. } | Problem::IdMisleads { .. })
        );
        assert!(is_found, "{torn}: {report:?}");
    }
}

#[tokio::test]
async fn a_batch_that_says_something_else_than_its_columns_is_found() {
    for change in [
        "recorded_at = recorded_at + 1",
        "events = replace(events, '[2,', '[3,')",
        "events = replace(events, ',[\"', ',7,[\"')",
    ] {
        let place = Place::new();
        filled(&place, &[("a-1", 1), ("a-1", 2)]).await;
        let statement = format!("UPDATE batches SET {change} WHERE last_position = 3");
        place.tamper(&statement).await;
        let found = problems(&place).await;
        let differs = Problem::BatchDiffers { position: 3 };
        assert!(found.contains(&differs), "{change}: {found:?}");
    }
    let place = Place::new();
    filled(&place, &[("a-1", 1), ("a-1", 2)]).await;
    place
        .tamper("UPDATE batches SET count = 1 WHERE last_position = 3")
        .await;
    let found = problems(&place).await;
    assert_eq!(found, [Problem::PositionGap { missing: 2 }]);
}

#[tokio::test]
async fn a_time_mark_that_misleads_is_found() {
    for (statement, position) in [
        ("UPDATE time_marks SET earliest = 5", 4_128),
        ("INSERT INTO time_marks VALUES (4000, 5)", 4_000),
        ("INSERT INTO time_marks VALUES (9000, 5)", 9_000),
    ] {
        let place = Place::new();
        filled(&place, &[("a-1", 4_000), ("a-1", 1_000), ("a-1", 4_000)]).await;
        let marks = place.number("SELECT count(*) FROM time_marks").await;
        assert_eq!((marks, problems(&place).await), (2, vec![]));
        place
            .tamper("DELETE FROM time_marks WHERE last_position > 8000")
            .await;
        assert_eq!(problems(&place).await, []);
        place.tamper(statement).await;
        let found = problems(&place).await;
        assert_eq!(found, [Problem::TimeMarkMisleads { position }]);
    }
}

#[tokio::test]
async fn a_layout_that_lost_its_guards_is_found() {
    let place = Place::new();
    place.store().await.close().await;
    let mut shell = place.shell().await;
    shell
        .execute("DROP TRIGGER batches_are_never_deleted")
        .await
        .unwrap();
    // An index of another program is no problem.
    shell
        .execute("CREATE INDEX an_index_of_my_own ON batches (payload)")
        .await
        .unwrap();
    let lost = Problem::LayoutChanged {
        name: "batches_are_never_deleted".into(),
    };
    assert_eq!(problems(&place).await, [lost]);
}

#[tokio::test]
async fn a_time_that_goes_back_is_found() {
    let place = Place::new();
    filled(&place, &[("a-1", 1)]).await;
    let last = last_time(&place).await;
    place.forge("a-1", 2, 2, last + 1_000).await;
    place.forge("a-1", 3, 3, last).await;
    assert_eq!(
        problems(&place).await,
        [Problem::TimeWentBack { position: 3 }]
    );
}

#[tokio::test]
async fn a_leap_that_differs_is_found() {
    for leap in ["NULL", "'[null,5]'", "'[5,6]'"] {
        let place = Place::new();
        filled(&place, &[("a-1", 2)]).await;
        place
            .tamper(&format!("UPDATE batches SET leap = {leap}"))
            .await;
        let found = problems(&place).await;
        assert_eq!(found, [Problem::LeapDiffers { position: 2 }], "{leap}");
    }
}

/// Law 18: events of a clock far ahead are no damage, and the examination names them.
#[tokio::test]
async fn events_far_ahead_are_named() {
    let place = Place::new();
    let day = |day: i64| Timestamp::from_second(1_768_000_000 + day * 86_400).unwrap();
    let clock = Arc::new(ManualClock::at(day(0)));
    let options = SqliteOptions::new().with_clock(clock.clone());
    let store = place.store_with(options).await;
    for shown in [0, 1, 500, 501, 2, 3, 900, 900] {
        clock.set(day(shown));
        let append = store.append_to(stream("a-1"), ExpectedVersion::Any, events(2));
        append.await.unwrap();
    }
    clock.set(day(4));
    let report = store.check(|_| ()).await.unwrap();
    assert_eq!(report.problems, []);
    let found: Vec<_> = report
        .far_ahead
        .iter()
        .map(|far| (far.first, far.last, far.recorded_at, far.next))
        .collect();
    let expected = [(5, 8, day(501), day(2)), (13, 16, day(900), day(4))];
    assert_eq!(found, expected);

    // The clock of the store may be the wrong one: only its owner can tell.
    clock.set(day(900));
    let report = store.check(|_| ()).await.unwrap();
    assert_eq!(report.far_ahead.len(), 1);
}

/// Without the places 0 to 127, an append would record no ids.
#[tokio::test]
async fn offsets_that_are_gone_are_found() {
    let place = Place::new();
    filled(&place, &[("a-1", 1)]).await;
    place.tamper("DELETE FROM offsets").await;
    assert!(!problems(&place).await.is_empty());
}
