//! The index follows the log when it has fallen behind, when a store is closed, or later; and what lies behind it is
//! found by everybody, or is damage.

use std::num::NonZeroUsize;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use persistence_sqlite::{Durability, SqliteOptions, SqliteStore};
use shared_kernel::{
    AppendError, AppendOutcome, EventStore, EventStoreExt, ExpectedVersion, LogQuery,
    SnapshotQuery, SnapshotRecord, SnapshotStore, SnapshottedEventStore, StateSchema, StoreError,
    StreamQuery, StreamsQuery,
};
use sqlx::Executor;

use crate::fixture::{Place, event, events, stream, version};

/// A file whose power loss nobody minds, with an index that lags so far at most.
pub(crate) fn lag(events: usize) -> SqliteOptions {
    SqliteOptions::new()
        .with_durability(Durability::MayLoseLastAppendsOnPowerLoss)
        .with_index_lag(NonZeroUsize::new(events).unwrap())
}

/// How far the index goes.
pub(crate) async fn indexed(place: &Place) -> i64 {
    let through = sqlx::query_scalar("SELECT through FROM indexed");
    through.fetch_one(&mut place.shell().await).await.unwrap()
}

async fn append(store: &SqliteStore, name: &str, count: usize) {
    let appended = store.append_to(stream(name), ExpectedVersion::Any, events(count));
    appended.await.unwrap();
}

#[tokio::test]
async fn the_index_follows_when_it_has_fallen_behind_and_when_a_store_is_closed() {
    let place = Place::new();
    let store = place.store_with(lag(10)).await;
    append(&store, "a-1", 9).await;
    assert_eq!(indexed(&place).await, 0);
    append(&store, "a-1", 1).await;
    // The index follows before the next write has its turn.
    append(&store, "b-1", 9).await;
    assert_eq!(indexed(&place).await, 10);
    append(&store, "b-1", 1).await;
    append(&store, "c-1", 1).await;
    assert_eq!(indexed(&place).await, 20);
    store.close().await;
    assert_eq!(indexed(&place).await, 21);
    // Who has written nothing changes nothing.
    let before = std::fs::read(place.store_path()).unwrap();
    let store = place.store_with(lag(10)).await;
    assert_eq!(
        store.read_whole_stream(stream("a-1")).await.unwrap().len(),
        10
    );
    store.close().await;
    assert_eq!(std::fs::read(place.store_path()).unwrap(), before);
}

#[tokio::test]
async fn an_index_that_cannot_follow_is_no_harm_and_follows_later() {
    let place = Place::new();
    let store = place.store_with(lag(2)).await;
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON indexed_ids \
        BEGIN SELECT RAISE (ABORT, 'not now'); END;";
    place.shell().await.execute(refuse).await.unwrap();
    for count in 1..=6 {
        append(&store, "a-1", 1).await;
        let read = store.read_whole_stream(stream("a-1")).await.unwrap();
        assert_eq!(read.len(), count);
    }
    append(&store, "b-1", 2_000).await;
    assert_eq!(indexed(&place).await, 0);
    place
        .shell()
        .await
        .execute("DROP TRIGGER refuse")
        .await
        .unwrap();
    append(&store, "b-1", 1_100).await;
    append(&store, "b-1", 1).await;
    assert_eq!(indexed(&place).await, 3_106);
    append(&store, "b-1", 1).await;
    append(&store, "b-1", 1).await;
    assert_eq!(indexed(&place).await, 3_108);
    store.close().await;
    let store = place.store().await;
    assert_eq!(
        store.stream_version(&stream("b-1")).await.unwrap().get(),
        3_103
    );
}

#[tokio::test]
async fn a_stream_that_lies_all_in_the_tail_is_read_page_by_page() {
    let place = Place::new();
    let store = place.store_with(lag(100_000)).await;
    for nth in 0..700_u32 {
        let exactly = match nth {
            0 => ExpectedVersion::NoStream,
            nth => ExpectedVersion::Exact(version(2 * nth)),
        };
        store
            .append_to(stream("a-1"), exactly, events(2))
            .await
            .unwrap();
    }
    let other = place.store().await;
    for store in [&store, &other] {
        for page in [1_usize, 3, 64, 500, 4_096] {
            for query in [
                StreamQuery::new(stream("a-1")),
                StreamQuery::new(stream("a-1")).backward(),
            ] {
                let query = query
                    .page_size(NonZeroUsize::new(page).unwrap())
                    .versions(version(200)..);
                let mut read: Vec<_> = store.read_stream(query).try_collect().await.unwrap();
                read.sort_by_key(|event| event.version);
                assert!(
                    read.iter().map(|event| event.version.get()).eq(200..=1_400),
                    "{page}"
                );
            }
        }
        // A snapshot that is older than what is looked up at first.
        for taken in [1_390, 1_100, 900, 300, 1] {
            let schema = StateSchema::new(format!("state/{taken}")).unwrap();
            let snapshot = SnapshotRecord {
                stream: stream("a-1"),
                version: version(taken),
                schema: schema.clone(),
                taken_at: Timestamp::UNIX_EPOCH,
                payload: "1".into(),
            };
            store.save(snapshot).await.unwrap();
            let query = SnapshotQuery::new(stream("a-1"), schema);
            let query = query.page_size(NonZeroUsize::new(400).unwrap());
            let found = store.read_from_snapshot(&query).await.unwrap();
            assert_eq!(found.snapshot.unwrap().version, version(taken));
            let last = (taken + 399).min(1_400);
            let versions = found.tail.items.iter().map(|event| event.version.get());
            assert!(versions.eq(u64::from(taken)..=u64::from(last)), "{taken}");
            assert_eq!(found.tail.next, (last < 1_400).then(|| version(last + 1)));
        }
    }
}

#[tokio::test]
async fn what_a_killed_process_left_behind_the_index_is_there() {
    let place = Place::new();
    let store = place.store().await;
    let first = events(3);
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, first.clone())
        .await
        .unwrap();
    append(&store, "b-1", 2).await;
    // As a kill would leave it, but for the log that SQLite keeps beside the file.
    let copy = Place::new();
    store.backup(copy.store_path()).await.unwrap();
    assert_eq!(indexed(&copy).await, 0);
    let store = copy.store().await;
    let repeated = store.append_to(stream("a-1"), ExpectedVersion::NoStream, first.clone());
    assert_eq!(repeated.await.unwrap().outcome, AppendOutcome::Repeated);
    let conflict = store.append_to(stream("b-1"), ExpectedVersion::NoStream, events(1));
    assert!(matches!(conflict.await, Err(AppendError::Conflict(c)) if c.actual == version(2)));
    let found = store.find_event(first[1].id).await.unwrap().unwrap();
    assert_eq!(found.version, version(2));
    append(&store, "a-1", 1).await;
    assert!(store.check(|_| ()).await.unwrap().is_clean());
    store.close().await;
    assert_eq!(indexed(&copy).await, 6);
}

fn is_damage<T: std::fmt::Debug>(found: Result<T, StoreError>) -> bool {
    matches!(found, Err(StoreError::Damaged { .. }))
}

#[tokio::test]
async fn a_row_behind_the_index_that_cannot_be_read_is_damage_and_nothing_is_written_after_it() {
    for torn in [
        "6, zeroblob(16), 'hello', NULL",
        "6, zeroblob(16), '[6,1,', NULL",
        "6, zeroblob(16), '[7,1,4,0,[2,\"T\",1,[],{}]]', NULL",
        "6, zeroblob(16), '[6,1,0,0,[2,\"T\",1,[],{}]]', NULL",
        "6, zeroblob(16), '[6,9,1,0,[2,\"T\",1,[],{}]]', NULL",
        "6, zeroblob(32), '[1,24,[6,1,4,0,[2,\"T\",1,[],{}]],1,24,[8,2,3,0,[2,\"T\",1,[],{}]]]', NULL",
        "6, zeroblob(48), '[1,24,[6,1,4,0,[2,\"T\",1,[],{}]],1,24,[7,2,3,0,[2,\"T\",1,[],{}]]]', NULL",
        "6, zeroblob(32), '[1,24,[6,1,4,0,[2,\"T\",1,[],{}]],1,99,[7,2,3,0,[2,\"T\",1,[],{}]]]', NULL",
        "6, zeroblob(32), '[1,24,[6,1,4,0,[2,\"T\",1,[],{}]];1,24,[7,2,3,0,[2,\"T\",1,[],{}]]]', NULL",
        "6, zeroblob(32), '[0,24,[6,1,4,0,[2,\"T\",1,[],{}]],2,24,[6,2,3,0,[2,\"T\",1,[],{}]]]', NULL",
    ] {
        let place = Place::new();
        let store = place.store().await;
        append(&store, "a-1", 3).await;
        append(&store, "b-1", 2).await;
        store.close().await;
        let torn = sqlx::AssertSqlSafe(format!("INSERT INTO runs VALUES ({torn})"));
        place.shell().await.execute(torn).await.unwrap();
        let store = place.store().await;
        assert!(is_damage(store.read_whole_stream(stream("a-1")).await));
        assert!(is_damage(store.stream_version(&stream("b-1")).await));
        assert!(is_damage(
            store.list_streams(&StreamsQuery::default()).await
        ));
        assert!(is_damage(store.find_event(event("{}").id).await));
        let refused = store.append_to(stream("c-1"), ExpectedVersion::Any, events(1));
        assert!(matches!(
            refused.await,
            Err(AppendError::Store(StoreError::Damaged { .. }))
        ));
        assert!(!store.check(|_| ()).await.unwrap().is_clean());
        // What is in front of it is still there.
        let query = LogQuery::new().positions(..=5);
        let log: Vec<_> = store.read_log(query).try_collect().await.unwrap();
        assert_eq!(log.len(), 5);
    }
}

#[tokio::test]
async fn an_index_of_which_nobody_knows_how_far_it_goes_is_damage() {
    for lost in ["DELETE FROM indexed", "UPDATE indexed SET through = 9"] {
        let place = Place::new();
        let store = place.store().await;
        append(&store, "a-1", 3).await;
        store.close().await;
        let guards = ["indexed_is_never_deleted", "indexed_goes_forward"];
        let mut shell = place.shell_without(&guards).await;
        shell.execute(lost).await.unwrap();
        let store = place.store().await;
        let refused = store.append_to(stream("a-1"), ExpectedVersion::Any, events(1));
        assert!(
            matches!(
                refused.await,
                Err(AppendError::Store(StoreError::Damaged { .. }))
            ),
            "{lost}"
        );
        assert!(!store.check(|_| ()).await.unwrap().is_clean(), "{lost}");
        // Those who read say so too, or find all of it; they never wait for what does not come.
        let read = store.read_whole_stream(stream("a-1")).await;
        assert!(
            read.as_ref().is_ok_and(|read| read.len() == 3) || is_damage(read),
            "{lost}"
        );
    }
}

#[tokio::test]
async fn an_id_that_is_given_twice_behind_the_index_is_found() {
    let recorded = "(SELECT event_id FROM indexed_ids WHERE position = 2)";
    for id in [recorded, "x'01900000000070008000000000000001'"] {
        let place = Place::new();
        let store = place.store().await;
        append(&store, "a-1", 3).await;
        store.close().await;
        let mut shell = place.shell().await;
        for number in [4, 5] {
            let forged = format!(
                "INSERT INTO runs VALUES ({number}, {id}, \
                    '[{number},1,{number},9000000000000000,[2,\"T\",1,[],{{}}]]', NULL)"
            );
            shell.execute(sqlx::AssertSqlSafe(forged)).await.unwrap();
        }
        let report = place.store().await.check(|_| ()).await.unwrap();
        let misleads = persistence_sqlite::Problem::IdMisleads { position: Some(4) };
        assert_eq!(report.problems, [misleads], "{id}");
    }
}

#[tokio::test]
async fn ids_that_the_index_leads_to_are_found_wherever_they_stand_in_a_group() {
    let place = Place::new();
    let store = place.store_with(lag(1)).await;
    let any = ExpectedVersion::Any;
    let payload: &str = Box::leak(format!("\"{}\"", "x".repeat(900)).into_boxed_str());
    let old: Vec<_> = (0..3).map(|_| event(payload)).collect();
    for old in &old {
        let name = stream("a-1");
        let append = store.append_to(name, any, vec![old.clone()]);
        append.await.unwrap();
    }
    append(&store, "b-1", 1).await;
    // Alone, behind others, and in a stream that is new.
    for (name, others) in [("a-1", 0), ("a-1", 2), ("c-1", 0), ("c-1", 2)] {
        let mut written: Vec<_> = (0..others).map(|_| event(payload)).collect();
        written.push(old[1].clone());
        let reused = store.append_to(stream(name), any, written).await;
        match (name, others) {
            ("a-1", 0) => assert_eq!(reused.unwrap().outcome, AppendOutcome::Repeated),
            _ => assert!(matches!(reused, Err(AppendError::IdReused { .. }))),
        }
    }
    // In rows of their own, in every place of a group.
    for nth in 0..4 {
        let mut written: Vec<_> = (0..4)
            .map(|nth| (stream(&format!("d-{nth}")), event(payload)))
            .collect();
        written[nth] = (stream("a-1"), old[2].clone());
        let appends = written
            .into_iter()
            .map(|(name, event)| store.append_to(name, any, vec![event]));
        let answers = futures_util::future::join_all(appends).await;
        for (place, answer) in answers.into_iter().enumerate() {
            let expected = if place == nth {
                AppendOutcome::Repeated
            } else {
                AppendOutcome::Written
            };
            assert_eq!(answer.unwrap().outcome, expected, "{nth}, {place}");
        }
    }
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn what_is_asked_of_the_file_knows_its_neighbours_and_is_indexed() {
    let place = Place::new();
    let store = place.store().await;
    append(&store, "a-1", 1).await;
    store.close().await;
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    let twice = events(1);
    // Who comes behind a conflict is asked of the file, all in one transaction.
    let answers = futures_util::future::join_all([
        store.append_to(stream("a-1"), ExpectedVersion::NoStream, events(1)),
        store.append_to(stream("a-1"), any, twice.clone()),
        store.append_to(stream("a-1"), any, twice.clone()),
        store.append_to(stream("a-1"), any, events(1)),
    ])
    .await;
    assert!(matches!(&answers[0], Err(AppendError::Conflict(_))));
    let numbers = answers[1..].iter().map(|answer| {
        let receipt = answer.as_ref().unwrap();
        (receipt.outcome, receipt.positions[0].get())
    });
    let (written, repeated) = (AppendOutcome::Written, AppendOutcome::Repeated);
    let expected = [(written, 2), (repeated, 2), (written, 3)];
    assert_eq!(numbers.collect::<Vec<_>>(), expected);
    store.close().await;
    assert_eq!(indexed(&place).await, 3);
    let store = place.store().await;
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn what_could_not_be_written_is_forgotten() {
    let place = Place::new();
    let options = SqliteOptions::new().with_busy_timeout(std::time::Duration::ZERO);
    let store = place.store_with(options).await;
    append(&store, "a-1", 1).await;
    let exactly = ExpectedVersion::Exact(version(1));
    let mut shell = place.shell().await;
    shell.execute("BEGIN IMMEDIATE").await.unwrap();
    let busy = store.append_to(stream("a-1"), exactly, events(2)).await;
    assert!(matches!(
        busy,
        Err(AppendError::Store(StoreError::Busy { .. }))
    ));
    shell.execute("ROLLBACK").await.unwrap();
    let written = store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(1))
        .await;
    assert_eq!(written.unwrap().versions[0].1, version(2));
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_log_that_is_shorter_than_it_was_is_damage_and_nobody_waits_for_it() {
    let place = Place::new();
    let store = place.store().await;
    append(&store, "a-1", 1).await;
    append(&store, "a-1", 1).await;
    let mut shell = place.shell_without(&["runs_are_never_deleted"]).await;
    let shorter = "DELETE FROM runs WHERE position = 2";
    shell.execute(shorter).await.unwrap();
    let wrong = ExpectedVersion::Exact(version(9));
    let refused = store.append_to(stream("a-1"), wrong, events(1)).await;
    assert!(
        matches!(refused, Err(AppendError::Store(StoreError::Damaged { .. }))),
        "{refused:?}"
    );
    // A handle that has not seen more finds a log that ends there.
    append(&place.store().await, "b-1", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_is_saved_meanwhile_hides_no_event() {
    let place = Place::new();
    let store = place.store_with(lag(100_000)).await;
    for _ in 0..500 {
        append(&store, "a-1", 2).await;
    }
    for nth in 0..60 {
        let schema = StateSchema::new(format!("state/{nth}")).unwrap();
        let snapshot = |at| SnapshotRecord {
            stream: stream("a-1"),
            version: version(at),
            schema: schema.clone(),
            taken_at: Timestamp::UNIX_EPOCH,
            payload: "1".into(),
        };
        store.save(snapshot(100)).await.unwrap();
        let readers = (0..3).map(|_| {
            let query = SnapshotQuery::new(stream("a-1"), schema.clone());
            let query = query.page_size(NonZeroUsize::new(10).unwrap());
            let store = store.clone();
            tokio::spawn(async move { store.read_from_snapshot(&query).await.unwrap() })
        });
        let readers: Vec<_> = readers.collect();
        store.save(snapshot(900)).await.unwrap();
        for reader in readers {
            let found = reader.await.unwrap();
            let from = found.snapshot.unwrap().version.get();
            let versions = found.tail.items.iter().map(|event| event.version.get());
            assert_eq!(
                versions.collect::<Vec<_>>(),
                (from..from + 10).collect::<Vec<_>>()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_beside_a_writer_finds_nothing() {
    let place = Place::new();
    let store = place.store_with(lag(2)).await;
    let writer = place.store_with(lag(1)).await;
    let writing = tokio::spawn(async move {
        for nth in 0..300 {
            append(&writer, &format!("a-{}", nth % 5), 1).await;
        }
    });
    while !writing.is_finished() {
        let report = store.check(|_| ()).await.unwrap();
        assert!(report.is_clean(), "{report:?}");
    }
    writing.await.unwrap();
}
