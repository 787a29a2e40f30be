//! Law 22: large versions and positions survive, and the end of the integers is a typed error.

use futures_util::TryStreamExt;
use shared_kernel::{
    AppendError, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, LogQuery, StoreError,
    StreamVersion,
};
use sqlx::Executor;

use crate::fixture::{Place, events, stream};

/// A store whose only stream has one event, with this version and position.
async fn store_at(place: &Place, number: i64) -> persistence_sqlite::SqliteStore {
    let store = place.store().await;
    let named = "INSERT INTO streams (name) VALUES ('a-1')";
    place.shell().await.execute(named).await.unwrap();
    place.forge(1, number, number, 0).await;
    store
}

#[tokio::test]
async fn numbers_past_32_bits_survive() {
    let place = Place::new();
    let number = 5_000_000_000;
    let store = store_at(&place, number).await;
    let version = StreamVersion::new(number.cast_unsigned()).unwrap();
    assert_eq!(store.stream_version(&stream("a-1")).await.unwrap(), version);
    let receipt = store
        .append_to(stream("a-1"), ExpectedVersion::Exact(version), events(2))
        .await
        .unwrap();
    assert_eq!(receipt.versions[0].1.get(), 5_000_000_002);
    assert_eq!(receipt.positions[1].get(), 5_000_000_002);
    let from = GlobalPosition::new(5_000_000_001).unwrap();
    let query = LogQuery::new().positions(from..);
    let read: Vec<_> = store.read_log(query).try_collect().await.unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].version.get(), 5_000_000_001);
}

#[tokio::test]
async fn what_the_database_cannot_count_is_a_typed_error_and_writes_nothing() {
    let place = Place::new();
    let store = store_at(&place, i64::MAX - 1).await;
    let error = store
        .append_to(stream("a-1"), ExpectedVersion::Any, events(2))
        .await
        .unwrap_err();
    assert!(
        matches!(error, AppendError::Store(StoreError::OutOfRange { .. })),
        "{error:?}"
    );
    store
        .append_to(stream("b-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap();
    let error = store
        .append_to(stream("b-1"), ExpectedVersion::Any, events(1))
        .await
        .unwrap_err();
    assert!(
        matches!(error, AppendError::Store(StoreError::OutOfRange { .. })),
        "{error:?}"
    );
    assert_eq!(store.head().await.unwrap(), Some(GlobalPosition::MAX));
    assert!(
        store
            .follow(LogQuery::new())
            .try_next()
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn the_highest_number_hides_none_of_the_others() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(3))
        .await
        .unwrap();
    place.forge(1, i64::MAX, i64::MAX, i64::MAX / 100).await;
    let query = LogQuery::new();
    for query in [query.clone(), query.backward()] {
        let page = store.read_log_page(&query).await.unwrap();
        let positions: Vec<_> = page.items.iter().map(|e| e.position.get()).collect();
        let next = page.next.map(GlobalPosition::get);
        match query.range.direction {
            shared_kernel::Direction::Forward => assert_eq!(positions, [1, 2, 3]),
            shared_kernel::Direction::Backward => {
                assert_eq!(positions, [i64::MAX.cast_unsigned()]);
                assert!(next.is_some_and(|next| next > 3));
            }
        }
    }
}
