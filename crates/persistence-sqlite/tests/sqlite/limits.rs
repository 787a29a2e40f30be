//! Law 22: large versions and positions survive, and the end of the integers is a typed error.

use futures_util::TryStreamExt;
use shared_kernel::store::{LogQuery, StreamQuery};
use shared_kernel::{
    AppendError, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, StoreError,
    StreamVersion,
};

use crate::fixture::{Place, events, stream};

/// A store with one stream of one event, with this version and position.
async fn store_at(place: &Place, number: i64) -> persistence_sqlite::SqliteStore {
    let store = place.store().await;
    place.forge("a-1", number, number, 0).await;
    store
}

fn position(number: i64) -> GlobalPosition {
    GlobalPosition::new(number.cast_unsigned()).unwrap()
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
    let from = position(5_000_000_001);
    let query = LogQuery::new().positions(from..);
    for query in [query.clone(), query.category(stream("a-1").category())] {
        let read: Vec<_> = store.read_log(query).try_collect().await.unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].version.get(), 5_000_000_001);
    }
    let query = StreamQuery::new(stream("a-1")).versions(version..);
    for query in [query.clone(), query.backward()] {
        let read: Vec<_> = store.read_stream(query).try_collect().await.unwrap();
        assert_eq!(read.len(), 3);
    }
    let again = place.store().await;
    let receipt = again
        .append_to(stream("a-1"), ExpectedVersion::StreamExists, events(1))
        .await
        .unwrap();
    assert_eq!(receipt.positions[0].get(), 5_000_000_003);
}

#[tokio::test]
async fn a_number_past_the_last_one_is_a_typed_error_and_writes_nothing() {
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
    let query = LogQuery::new().positions(position(i64::MAX - 1)..);
    for query in [query.clone(), query.backward()] {
        let read: Vec<_> = store.read_log(query).try_collect().await.unwrap();
        assert_eq!(read.len(), 2);
    }
}

/// A page must not look at each number of such a gap in turn.
#[tokio::test]
async fn a_gap_up_to_the_highest_position_is_damage_and_quickly_found() {
    let place = Place::new();
    let store = place.store().await;
    store
        .append_to(stream("a-1"), ExpectedVersion::NoStream, events(3))
        .await
        .unwrap();
    place.forge("a-1", 4, i64::MAX, i64::MAX / 100).await;
    let query = LogQuery::new();
    for query in [query.clone(), query.backward()] {
        let page = store.read_log_page(&query);
        let page = tokio::time::timeout(crate::fixture::PATIENCE, page).await;
        let page = page.expect("a page ends");
        assert!(matches!(page, Err(StoreError::Damaged { .. })), "{page:?}");
    }
    assert!(!store.check(|_| ()).await.unwrap().is_clean());
}
