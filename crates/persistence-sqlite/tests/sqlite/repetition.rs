//! Law 12 and 13 for long appends: a repetition writes nothing and gets the same receipt.

use persistence_sqlite::SqliteStore;
use shared_kernel::store::AppendOutcome;
use shared_kernel::{Append, AppendError, EventStore, EventStoreExt, ExpectedVersion, NewEvent};

use crate::fixture::{Place, event, events, stream};

/// Changes when another connection commits to the file.
const DATA_VERSION: &str = "PRAGMA data_version";

/// 8,001 events, some of them not JSON and some large.
fn many() -> Vec<NewEvent> {
    let large: &'static str = Box::leak(format!("\"{}\"", "x".repeat(9_000)).into_boxed_str());
    let mut many = events(8_001);
    for index in (0..many.len()).step_by(997) {
        many[index] = event("no JSON");
        many[index + 1] = event(large);
    }
    many
}

#[tokio::test]
async fn a_repetition_of_8001_events_writes_nothing_and_gets_the_same_receipt() {
    let place = Place::new();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, events(3))
        .await
        .unwrap();
    let many = many();
    let name = || stream("a-1");
    let first = store.append_to(name(), any, many.clone()).await.unwrap();
    assert_eq!(first.outcome, AppendOutcome::Written);
    assert_eq!(first.versions[0].1.get(), 8_004);
    store.append_to(name(), any, events(1)).await.unwrap();

    let mut shell = place.shell().await;
    let mut data_version = async || -> i64 {
        let version = sqlx::query_scalar(DATA_VERSION);
        version.fetch_one(&mut shell).await.unwrap()
    };
    let before = data_version().await;
    let fresh = place.store().await;
    for store in [&store, &fresh] {
        for expected in [
            any,
            ExpectedVersion::NoStream,
            ExpectedVersion::StreamExists,
        ] {
            let again = store
                .append_to(name(), expected, many.clone())
                .await
                .unwrap();
            assert_eq!(again.outcome, AppendOutcome::Repeated);
            assert_eq!(again.versions, first.versions);
            assert_eq!(again.positions, first.positions);
        }
    }
    assert_eq!(data_version().await, before);
    assert_eq!(store.head().await.unwrap().unwrap().get(), 8_005);
}

async fn is_reused(store: &SqliteStore, name: &str, events: Vec<NewEvent>) {
    let refused = store
        .append_to(stream(name), ExpectedVersion::Any, events)
        .await;
    assert!(
        matches!(refused, Err(AppendError::IdReused { .. })),
        "{:?}",
        refused.map(|receipt| receipt.outcome)
    );
}

#[tokio::test]
async fn a_part_that_is_recorded_makes_the_ids_reused() {
    let place = Place::new();
    let store = place.store().await;
    let many = many();
    let recorded = many[..8_000].to_vec();
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, recorded.clone())
        .await
        .unwrap();
    let before = place.number("SELECT count(*) FROM event_ids").await;
    for store in [&store, &place.store().await] {
        // With one more at either end, and with one of them among new ones.
        is_reused(store, "a-1", many.clone()).await;
        is_reused(store, "a-1", [&many[8_000..], &recorded].concat()).await;
        let mut new = events(8_001);
        new[4_000] = recorded[7].clone();
        is_reused(store, "b-1", new).await;
        // In another stream, in another order, with another payload.
        is_reused(store, "b-1", recorded.clone()).await;
        let mut swapped = recorded.clone();
        swapped.swap(4_000, 4_001);
        is_reused(store, "a-1", swapped).await;
        let mut changed = recorded.clone();
        changed[0].payload = "other bytes".into();
        is_reused(store, "a-1", changed).await;
        let mut changed = recorded.clone();
        changed[1].payload = "{}".into();
        is_reused(store, "a-1", changed).await;
    }
    // A part of it that is recorded side by side is a repetition.
    let part = recorded[100..5_000].to_vec();
    let name = stream("a-1");
    let repeated = store.append_to(name, ExpectedVersion::Any, part).await;
    let repeated = repeated.unwrap();
    assert_eq!(repeated.outcome, AppendOutcome::Repeated);
    assert_eq!(repeated.versions[0].1.get(), 5_000);
    assert_eq!(place.number("SELECT count(*) FROM event_ids").await, before);
    assert_eq!(place.number("SELECT count(*) FROM streams").await, 1);
}

#[tokio::test]
async fn ids_are_found_in_every_place_of_a_group() {
    let place = Place::new();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    let old = events(3);
    for old in &old {
        let append = store.append_to(stream("a-1"), any, vec![old.clone()]);
        append.await.unwrap();
    }
    // Alone, after new ones, and in a new stream.
    for (name, others) in [("a-1", 0), ("a-1", 2), ("c-1", 0), ("c-1", 2)] {
        let mut written = events(others);
        written.push(old[1].clone());
        if (name, others) == ("a-1", 0) {
            let repeated = store.append_to(stream(name), any, written).await;
            assert_eq!(repeated.unwrap().outcome, AppendOutcome::Repeated);
        } else {
            is_reused(&store, name, written).await;
        }
    }
    for nth in 0..4 {
        let mut written: Vec<_> = (0..4)
            .map(|nth| (stream(&format!("d-{nth}")), event("{}")))
            .collect();
        written[nth] = (stream("a-1"), old[2].clone());
        let appends = written
            .into_iter()
            .map(|(name, event)| store.append_to(name, any, vec![event]));
        let answers = futures_util::future::join_all(appends).await;
        for (place, answer) in answers.into_iter().enumerate() {
            let expected = match place == nth {
                true => AppendOutcome::Repeated,
                false => AppendOutcome::Written,
            };
            assert_eq!(answer.unwrap().outcome, expected, "{nth}, {place}");
        }
    }
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_repetition_in_one_group_with_its_first_time_is_a_repetition() {
    let place = Place::new();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    let two = events(2);
    let append = || {
        Append::new()
            .write(stream("a-1"), any, two[..1].to_vec())
            .write(stream("b-1"), any, two[1..].to_vec())
    };
    let none = ExpectedVersion::NoStream;
    let (first, refused, again, other) = tokio::join!(
        store.append(append()),
        store.append_to(stream("a-1"), none, events(1)),
        store.append(append()),
        store.append_to(stream("a-1"), any, events(1)),
    );
    let (first, again) = (first.unwrap(), again.unwrap());
    assert_eq!(first.outcome, AppendOutcome::Written);
    assert!(matches!(refused, Err(AppendError::Conflict(_))));
    assert_eq!(again.outcome, AppendOutcome::Repeated);
    assert_eq!(again.positions, first.positions);
    assert_eq!(again.versions, first.versions);
    assert_eq!(other.unwrap().versions[0].1.get(), 2);
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean() && report.events == 3, "{report:?}");
}
