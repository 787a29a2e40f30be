//! Laws 29 and 32: loading the present state and earlier ones.

use std::num::NonZeroUsize;

use jiff::Timestamp;
use shared_kernel::repository::{AsOf, RetryPolicy, SnapshotRetention};
use shared_kernel::snapshot::policy::{Never, SnapshotPolicy};
use shared_kernel::{EventStore, GlobalPosition, RepositoryError, StreamVersion};

use crate::doubles::{broken, busy};
use crate::fixture::{Fixture, at, by_another, every, version};
use crate::tally::{TallyEvent, stream};
use crate::warnings::Warnings;

#[tokio::test]
async fn load_returns_none_for_a_missing_aggregate() {
    let f = Fixture::new();
    assert!(
        f.repository
            .load(&stream("tally-1"))
            .await
            .unwrap()
            .is_none()
    );
    for as_of in [
        AsOf::Version(version(1)),
        AsOf::Position(GlobalPosition::MAX),
        AsOf::Time(Timestamp::MAX),
    ] {
        let then = f.repository.load_as_of(&stream("tally-1"), as_of).await;
        assert!(then.unwrap().is_none());
    }
}

#[tokio::test]
async fn get_is_a_typed_error_for_a_missing_aggregate() {
    let f = Fixture::new();
    let refused = f.repository.get(&stream("tally-1")).await;
    let Err(error @ RepositoryError::NotFound { .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(!error.is_transient());
    assert!(matches!(error, RepositoryError::NotFound { stream: of } if of == stream("tally-1")));
}

#[tokio::test]
async fn a_failing_store_is_a_typed_error_transient_if_busy() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1]).await;
    f.events.fail_next_read(broken());
    let refused = f.repository.load(&stream("tally-1")).await.unwrap_err();
    assert!(matches!(refused, RepositoryError::Read(_)) && !refused.is_transient());
    f.events.fail_next_read(busy());
    let impatient = f.repository.clone().with_retry(RetryPolicy::NEVER);
    let refused = impatient.load(&stream("tally-1")).await.unwrap_err();
    assert!(matches!(refused, RepositoryError::Read(_)) && refused.is_transient());
}

#[tokio::test]
async fn a_store_that_fails_after_the_snapshot_is_an_error_too() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1, 2, 3]).await;
    for as_of in [AsOf::Version(version(3)), AsOf::Time(at(0))] {
        f.events.fail_next_read(broken());
        let refused = f.repository.load_as_of(&stream("tally-1"), as_of).await;
        assert!(matches!(refused, Err(RepositoryError::Read(_))));
    }
}

#[tokio::test]
async fn a_long_history_is_read_in_pages_and_gives_the_same() {
    let f = Fixture::new();
    let counts: Vec<i64> = (1..=9).collect();
    let repository = f
        .repository
        .clone()
        .with_policy(Never)
        .with_page_size(NonZeroUsize::new(4).unwrap());
    let mut root = crate::tally::opened("tally-1");
    root.raise_all(counts.iter().copied().map(TallyEvent::Added))
        .unwrap();
    repository.save(&mut root).await.unwrap();
    let loaded = repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(loaded.state().added, counts);
    let pages = f.events.take_read_pages();
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|page| page.range.page_size.get() == 4));
}

/// A tally with an event at second 10, 20, 30, … and events of another stream in between. There is
/// a snapshot after each event.
async fn with_a_past() -> Fixture {
    let f = Fixture::new();
    let repository = f
        .repository
        .clone()
        .with_policy(every(1))
        .with_retention(SnapshotRetention::All);
    let mut root = crate::tally::opened("tally-1");
    for number in 1..=6 {
        f.clock.set(at(10 * number));
        f.events
            .inner
            .append(by_another("other-1", number))
            .await
            .unwrap();
        if number > 1 {
            root.raise(TallyEvent::Added(number)).unwrap();
        }
        repository.save(&mut root).await.unwrap();
    }
    f
}

async fn added_as_of(f: &Fixture, as_of: AsOf) -> Option<Vec<i64>> {
    let then = f
        .repository
        .load_as_of(&stream("tally-1"), as_of)
        .await
        .unwrap();
    then.map(|root| {
        assert_eq!(root.version().get(), root.state().added.len() as u64 + 1);
        root.into_state().added
    })
}

#[tokio::test]
async fn the_state_at_a_version_is_loaded_also_if_newer_snapshots_exist() {
    let f = with_a_past().await;
    let as_of = async |number| added_as_of(&f, AsOf::Version(version(number))).await;
    assert_eq!(as_of(0).await, None);
    assert_eq!(as_of(1).await, Some(vec![]));
    assert_eq!(as_of(4).await, Some(vec![2, 3, 4]));
    assert_eq!(as_of(6).await, Some(vec![2, 3, 4, 5, 6]));
    let beyond = added_as_of(&f, AsOf::Version(StreamVersion::MAX)).await;
    assert_eq!(beyond, Some(vec![2, 3, 4, 5, 6]));
}

#[tokio::test]
async fn the_state_at_a_position_is_loaded_also_if_newer_snapshots_exist() {
    let f = with_a_past().await;
    // The events of the tally are at 2, 4, 6, … 12.
    let as_of = async |number: u32| added_as_of(&f, AsOf::Position(number.into())).await;
    assert_eq!(as_of(0).await, None);
    assert_eq!(as_of(1).await, None);
    assert_eq!(as_of(2).await, Some(vec![]));
    assert_eq!(as_of(3).await, Some(vec![]));
    assert_eq!(as_of(8).await, Some(vec![2, 3, 4]));
    assert_eq!(as_of(9).await, Some(vec![2, 3, 4]));
    assert_eq!(as_of(99).await, Some(vec![2, 3, 4, 5, 6]));
}

#[tokio::test]
async fn the_state_at_a_time_is_loaded_also_if_newer_snapshots_exist() {
    let f = with_a_past().await;
    let as_of = async |second| added_as_of(&f, AsOf::Time(at(second))).await;
    assert_eq!(as_of(9).await, None);
    assert_eq!(as_of(10).await, Some(vec![]));
    assert_eq!(as_of(19).await, Some(vec![]));
    assert_eq!(as_of(40).await, Some(vec![2, 3, 4]));
    assert_eq!(as_of(49).await, Some(vec![2, 3, 4]));
    assert_eq!(as_of(1000).await, Some(vec![2, 3, 4, 5, 6]));
    assert_eq!(added_as_of(&f, AsOf::Time(Timestamp::MIN)).await, None);
    assert_eq!(
        added_as_of(&f, AsOf::Time(Timestamp::MAX)).await,
        as_of(1000).await
    );
}

#[tokio::test]
async fn a_load_of_an_earlier_state_tries_snapshots_until_one_is_old_enough() {
    let f = with_a_past().await;
    f.snapshots.take_loads();
    let then = f
        .repository
        .load_as_of(&stream("tally-1"), AsOf::Time(at(45)))
        .await;
    let root = then.unwrap().unwrap();
    assert_eq!(
        root.newest_snapshot().map(|info| info.version),
        Some(version(4))
    );
    assert_eq!(
        f.snapshots.take_loads(),
        [StreamVersion::MAX, version(5), version(4)]
    );
}

#[tokio::test]
async fn a_load_from_before_the_first_snapshot_replays_all() {
    let f = with_a_past().await;
    let before = AsOf::Time(at(9));
    assert!(
        f.repository
            .load_as_of(&stream("tally-1"), before)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_load_tries_at_most_sixteen_snapshots() {
    let f = Fixture::new();
    let repository = f
        .repository
        .clone()
        .with_policy(Never.not())
        .with_retention(SnapshotRetention::All);
    let mut root = crate::tally::opened("tally-1");
    for number in 1..=30 {
        f.clock.set(at(number));
        if number > 1 {
            root.raise(TallyEvent::Added(number)).unwrap();
        }
        repository.save(&mut root).await.unwrap();
    }
    f.snapshots.take_loads();
    let then = repository
        .load_as_of(&stream("tally-1"), AsOf::Time(at(3)))
        .await;
    let root = then.unwrap().unwrap();
    assert_eq!(root.state().added, [2, 3]);
    assert_eq!(root.newest_snapshot(), None);
    assert_eq!(f.snapshots.take_loads().len(), 16);
}

#[tokio::test]
async fn a_snapshot_ahead_of_its_stream_is_ignored_for_an_earlier_state() {
    let f = with_a_past().await;
    f.plant("tally-1", 9, r#"{"added":[99],"closed":true}"#)
        .await;
    for as_of in [AsOf::Time(at(45)), AsOf::Position(9_u32.into())] {
        let warnings = Warnings::of_this_thread();
        let then = f.repository.load_as_of(&stream("tally-1"), as_of).await;
        let root = then.unwrap().unwrap();
        assert_eq!(root.state().added, [2, 3, 4]);
        assert_eq!(
            root.newest_snapshot(),
            None,
            "the whole history was replayed"
        );
        assert_eq!(warnings.count(), 1);
    }
}

#[tokio::test]
async fn a_snapshot_at_version_zero_ends_the_search() {
    let f = Fixture::new();
    f.clock.set(at(10));
    f.tally_of("tally-1", &[1]).await;
    f.plant("tally-1", 0, r#"{"added":[99],"closed":true}"#)
        .await;
    assert_eq!(added_as_of(&f, AsOf::Time(at(10))).await, Some(vec![1]));
    assert_eq!(added_as_of(&f, AsOf::Time(at(9))).await, None);
}

#[tokio::test]
async fn to_save_on_an_earlier_state_is_a_conflict() {
    let f = with_a_past().await;
    let as_of = AsOf::Version(version(3));
    let then = f.repository.load_as_of(&stream("tally-1"), as_of).await;
    let mut root = then.unwrap().unwrap();
    root.raise(TallyEvent::Added(99)).unwrap();
    let refused = f.repository.save(&mut root).await.unwrap_err();
    let Some(conflict) = refused.conflict() else {
        panic!("{refused:?}");
    };
    assert_eq!(conflict.actual, version(6));
    assert!(matches!(
        refused,
        RepositoryError::Conflict { attempts: 1, .. }
    ));
}
