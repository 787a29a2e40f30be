//! Snapshots in the background: commands do not wait for them, every failure is reported, and the
//! caller can wait for the last one before it closes the store.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use conformance::double::{Delegating, SnapshotDouble};
use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use shared_kernel::codec::EncodeError;
use shared_kernel::repository::{
    BackgroundTasks, SaveReceipt, SnapshotError, SnapshotOutcome, SnapshotRetention,
};
use shared_kernel::snapshot::SnapshotRecord;
use shared_kernel::snapshot::policy::{OnRequest, SnapshotInfo, SnapshotPolicy};
use shared_kernel::{Append, SnapshotStore, StoreError};
use tokio::sync::Semaphore;

use crate::doubles::{Fate, Snapshots, broken};
use crate::fixture::{Fixture, at, by_another, every, version};
use crate::tally::{SCHEMA, TallyEvent, opened, stream};
use crate::warnings::Warnings;

/// Collects background tasks until a test runs them.
#[derive(Clone, Default)]
struct Deferred(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Deferred {
    fn tasks(&self) -> BackgroundTasks {
        let kept = Arc::clone(&self.0);
        BackgroundTasks::new(move |task| kept.lock().unwrap().push(task))
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    async fn run(&self) {
        for task in self.take() {
            task.await;
        }
    }
}

fn outcome(saved: &SaveReceipt) -> &SnapshotOutcome {
    &saved.snapshots[0].1
}

/// A snapshot store that waits in `save` until a test lets it go on.
struct Stuck {
    inner: Snapshots,
    gate: Semaphore,
}

impl Stuck {
    fn new() -> Arc<Delegating<Self>> {
        Arc::new(Delegating::new(Self {
            inner: Snapshots::default(),
            gate: Semaphore::new(0),
        }))
    }
}

#[async_trait]
impl SnapshotDouble for Stuck {
    fn snapshots(&self) -> &dyn SnapshotStore {
        &self.inner
    }

    async fn save(&self, snapshot: SnapshotRecord) -> Result<(), StoreError> {
        self.gate.acquire().await.unwrap().forget();
        self.inner.save(snapshot).await
    }
}

#[tokio::test]
async fn a_save_returns_before_its_snapshot_is_in_the_store() {
    let f = Fixture::new();
    let stuck = Stuck::new();
    let tasks = BackgroundTasks::new(|task| drop(tokio::spawn(task)));
    let repository = f
        .repository
        .clone()
        .with_snapshots(Arc::clone(&stuck), Arc::clone(&f.states))
        .with_snapshots_in_background(tasks.clone());
    f.clock.set(at(5));
    let mut root = opened("tally-1");
    root.raise_all((1..=2).map(TallyEvent::Added)).unwrap();
    let saved = repository.save(&mut root).await.unwrap();
    let expected = SnapshotInfo {
        version: version(3),
        taken_at: at(5),
    };
    assert!(matches!(outcome(&saved), SnapshotOutcome::InBackground(info) if *info == expected));
    assert_eq!(root.newest_snapshot(), Some(expected));
    assert_eq!(f.stored("tally-1").await.unwrap().added, [1, 2]);
    assert_eq!(tasks.running(), 1);

    let id = stream("tally-1");
    assert!(stuck.inner.versions(&id, SCHEMA).await.is_empty());
    let waiting = tokio::spawn({
        let tasks = tasks.clone();
        async move { tasks.finished().await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    stuck.gate.add_permits(1);
    waiting.await.unwrap();
    assert_eq!(stuck.inner.versions(&id, SCHEMA).await, [3]);
    assert_eq!(tasks.running(), 0);
}

#[tokio::test]
async fn a_background_snapshot_has_the_state_of_its_save() {
    let f = Fixture::new();
    let deferred = Deferred::default();
    let repository = f
        .repository
        .clone()
        .with_snapshots_in_background(deferred.tasks());
    let mut root = opened("tally-1");
    root.raise_all((1..=2).map(TallyEvent::Added)).unwrap();
    repository.save(&mut root).await.unwrap();
    root.raise(TallyEvent::Added(3)).unwrap();
    repository.save(&mut root).await.unwrap();
    assert!(f.snapshots_of("tally-1").await.is_empty());
    deferred.run().await;
    assert_eq!(f.snapshots_of("tally-1").await, [3]);
    let loaded = repository.get(&stream("tally-1")).await.unwrap();
    assert_eq!(loaded.state().added, [1, 2, 3]);
    assert_eq!(loaded.newest_snapshot().unwrap().version, version(3));
}

#[tokio::test]
async fn no_background_snapshot_begins_before_the_append_is_acknowledged() {
    let f = Fixture::new();
    let deferred = Deferred::default();
    let repository = f.in_background(every(1), deferred.tasks());
    let mut root = opened("tally-1");
    f.events.then([
        Fate::Refused(broken().into()),
        Fate::LostOnTheWay,
        Fate::LandsUnheard,
    ]);
    for _ in 0..3 {
        repository.save(&mut root).await.unwrap_err();
        assert!(deferred.take().is_empty());
    }
    repository.save(&mut root).await.unwrap();
    assert_eq!(deferred.take().len(), 1);
}

#[tokio::test]
async fn a_failed_background_snapshot_is_reported_and_fails_no_save() {
    for (save, prune) in [(true, false), (false, true)] {
        let f = Fixture::new();
        let deferred = Deferred::default();
        let tasks = deferred.tasks();
        let repository = f
            .repository
            .clone()
            .with_snapshots_in_background(tasks.clone());
        let warnings = Warnings::of_this_thread();
        {
            let mut faults = f.snapshots.faults.lock().unwrap();
            (faults.save, faults.prune) = (save, prune);
        }
        let mut root = opened("tally-1");
        root.raise_all((1..=2).map(TallyEvent::Added)).unwrap();
        let saved = repository.save(&mut root).await.unwrap();
        assert!(matches!(outcome(&saved), SnapshotOutcome::InBackground(_)));
        assert_eq!(warnings.count(), 0);
        deferred.run().await;
        assert_eq!(warnings.count(), 1);
        assert_eq!(tasks.running(), 0);
        assert_eq!(f.stored("tally-1").await.unwrap().added, [1, 2]);
    }
}

#[tokio::test]
async fn a_dropped_task_is_reported_and_counts_as_finished() {
    let f = Fixture::new();
    let deferred = Deferred::default();
    let tasks = deferred.tasks();
    let repository = f
        .repository
        .clone()
        .with_snapshots_in_background(tasks.clone());
    let mut root = opened("tally-1");
    root.raise_all((1..=2).map(TallyEvent::Added)).unwrap();
    repository.save(&mut root).await.unwrap();
    let warnings = Warnings::of_this_thread();
    assert!(tasks.finished().now_or_never().is_none());
    drop(deferred.take());
    assert_eq!(warnings.count(), 1);
    assert_eq!(tasks.running(), 0);
    assert!(tasks.finished().now_or_never().is_some());
}

#[tokio::test]
async fn a_state_that_cannot_be_encoded_fails_before_the_background_task() {
    let f = Fixture::new();
    let deferred = Deferred::default();
    let tasks = deferred.tasks();
    let repository = f
        .repository
        .clone()
        .with_snapshots_in_background(tasks.clone());
    let warnings = Warnings::of_this_thread();
    let mut root = opened("tally-1");
    root.raise_all([TallyEvent::Added(1), TallyEvent::Added(-17)])
        .unwrap();
    let saved = repository.save(&mut root).await.unwrap();
    assert!(matches!(
        outcome(&saved),
        SnapshotOutcome::Failed(SnapshotError::Encode(EncodeError::Format(_)))
    ));
    assert_eq!(warnings.count(), 1);
    assert!(deferred.take().is_empty());
    assert_eq!(tasks.running(), 0, "the place is given back");
}

#[tokio::test]
async fn background_snapshots_in_any_order_leave_the_newest() {
    let f = Fixture::new();
    let deferred = Deferred::default();
    let repository = f
        .repository
        .clone()
        .with_policy(every(1))
        .with_retention(SnapshotRetention::Newest(NonZeroU32::new(2).unwrap()))
        .with_snapshots_in_background(deferred.tasks());
    let mut root = opened("tally-1");
    repository.save(&mut root).await.unwrap();
    for count in 1..=3 {
        root.raise(TallyEvent::Added(count)).unwrap();
        repository.save(&mut root).await.unwrap();
    }
    let mut tasks = deferred.take();
    assert_eq!(tasks.len(), 4);
    while let Some(newest) = tasks.pop() {
        newest.await;
    }
    assert_eq!(f.snapshots_of("tally-1").await, [4, 3]);
}

#[tokio::test]
async fn at_the_limit_of_tasks_a_save_waits_for_its_snapshot() {
    let f = Fixture::new();
    let deferred = Deferred::default();
    let tasks = deferred.tasks().with_limit(NonZeroUsize::new(2).unwrap());
    let repository = f.in_background(every(1), tasks.clone());
    let mut root = opened("tally-1");
    let mut handed_over = Vec::new();
    for count in 0..3 {
        if count > 0 {
            root.raise(TallyEvent::Added(count)).unwrap();
        }
        let saved = repository.save(&mut root).await.unwrap();
        handed_over.push(matches!(outcome(&saved), SnapshotOutcome::InBackground(_)));
    }
    assert_eq!(handed_over, [true, true, false]);
    assert_eq!(f.snapshots_of("tally-1").await, [3]);
    assert_eq!(tasks.running(), 2);
    deferred.run().await;
    assert_eq!(f.snapshots_of("tally-1").await, [3, 2, 1]);
    root.raise(TallyEvent::Added(9)).unwrap();
    let saved = repository.save(&mut root).await.unwrap();
    assert!(matches!(outcome(&saved), SnapshotOutcome::InBackground(_)));
}

#[tokio::test]
async fn a_requested_snapshot_is_awaited() {
    let f = Fixture::new();
    let deferred = Deferred::default();
    let repository = f.in_background(every(3).or(OnRequest), deferred.tasks());
    let mut root = opened("tally-1");
    root.request_snapshot();
    let saved = repository.save(&mut root).await.unwrap();
    assert!(matches!(outcome(&saved), SnapshotOutcome::Taken(_)));
    assert_eq!(f.snapshots_of("tally-1").await, [1]);
    root.raise_all((1..=2).map(TallyEvent::Added)).unwrap();
    let saved = repository.save(&mut root).await.unwrap();
    assert!(matches!(outcome(&saved), SnapshotOutcome::InBackground(_)));
    assert_eq!(f.snapshots_of("tally-1").await, [1]);

    repository.take_snapshot(&mut root).await.unwrap();
    assert_eq!(f.snapshots_of("tally-1").await, [3, 1]);
}

#[tokio::test]
async fn a_policy_can_make_each_save_wait() {
    let f = Fixture::new();
    let deferred = Deferred::default();
    let repository = f.in_background(every(1).awaited(), deferred.tasks());
    let saved = repository.save(&mut opened("tally-1")).await.unwrap();
    assert!(matches!(outcome(&saved), SnapshotOutcome::Taken(_)));
    assert!(deferred.take().is_empty());
}

#[tokio::test]
async fn each_aggregate_of_one_save_has_its_own_background_snapshot() {
    let f = Fixture::new();
    let deferred = Deferred::default();
    let repository = f.in_background(every(1), deferred.tasks());
    let (mut one, mut other) = (opened("tally-1"), opened("tally-2"));
    let also: Append = by_another("tally-3", 1);
    let mut both = [&mut one, &mut other];
    let saved = repository.save_all(&mut both, also);
    let saved = saved.await.unwrap();
    let handed_over =
        |(_, outcome): &(_, SnapshotOutcome)| matches!(outcome, SnapshotOutcome::InBackground(_));
    assert_eq!(saved.snapshots.len(), 2);
    assert!(saved.snapshots.iter().all(handed_over));
    deferred.run().await;
    for name in ["tally-1", "tally-2"] {
        let versions = f.snapshots_of(name).await;
        assert_eq!(versions, [1], "{name}");
    }
}

#[tokio::test]
async fn all_callers_of_finished_are_woken() {
    let tasks = BackgroundTasks::new(|task| drop(tokio::spawn(task)));
    tasks.finished().await;
    let f = Fixture::new();
    let stuck = Stuck::new();
    let repository = f
        .repository
        .clone()
        .with_snapshots(Arc::clone(&stuck), Arc::clone(&f.states))
        .with_policy(every(1))
        .with_snapshots_in_background(tasks.clone());
    for name in ["tally-1", "tally-2"] {
        repository.save(&mut opened(name)).await.unwrap();
    }
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let tasks = tasks.clone();
            tokio::spawn(async move { tasks.finished().await })
        })
        .collect();
    tokio::task::yield_now().await;
    stuck.gate.add_permits(1);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(tasks.running(), 1);
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    stuck.gate.add_permits(1);
    for waiting in waiting {
        waiting.await.unwrap();
    }
    let shown = format!("{tasks:?}");
    assert!(shown.contains("running: 0"), "{shown}");
}
