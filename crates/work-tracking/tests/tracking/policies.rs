//! Law 26 for work items: whatever the policy, loading through snapshots gives the state that full
//! replay gives, at each version; and that is the state which the command answered with.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use persistence_memory::{MemorySnapshotStore, MemoryStore};
use proptest::prelude::*;
use serialization::JsonStateCodec;
use shared_kernel::StreamVersion;
use shared_kernel::repository::{AsOf, BackgroundTasks};
use shared_kernel::snapshot::policy::{
    EveryEvents, Never, OlderThan, ReplayLongerThan, SnapshotPolicy, StateLargerThan, When,
};
use shared_kernel::snowflake::{SnowflakeGenerator, WorkerId};
use shared_kernel::time::{Clock, ManualClock};
use work_item::{DependencyKind, Status, WorkItem, WorkItemId, WorkItemType};
use work_tracking::{TrackedItem, TrackingError, WorkTracker};

use crate::given::{codecs, enough, item, name, nobody, note, reason, ten, title, tracker};

/// A clock on which each look takes a millisecond, so that a replay takes time.
struct Ticking(ManualClock);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.0.advance(Duration::from_millis(1));
        self.0.now()
    }
}

fn every(events: u64) -> EveryEvents {
    EveryEvents::new(events.try_into().unwrap())
}

fn policies() -> Vec<Arc<dyn SnapshotPolicy<WorkItem>>> {
    vec![
        Arc::new(Never),
        Arc::new(every(1)),
        Arc::new(every(3)),
        Arc::new(OlderThan(Duration::from_secs(20))),
        Arc::new(When(|item: &WorkItem| item.status() == Status::Blocked)),
        Arc::new(ReplayLongerThan(Duration::ZERO)),
        Arc::new(StateLargerThan(300).and(every(2)).or(Never.not())),
    ]
}

/// Gives the item one command of many, and gives what it answered; what it refuses does not matter
/// here.
async fn command(
    tracker: &WorkTracker,
    id: WorkItemId,
    others: &[WorkItemId],
    which: u8,
) -> Option<TrackedItem> {
    let nobody = nobody();
    let other = others[usize::from(which) % others.len()];
    let answer = match which % 15 {
        0 => tracker.start(id, &nobody).await,
        1 => tracker.block(id, reason("waits"), &nobody).await,
        2 => tracker.unblock(id, &nobody).await,
        3 | 4 => tracker.record_test_run(id, enough(), &nobody).await,
        5 | 6 => tracker.complete(id, None, &nobody).await,
        7 => tracker.reopen(id, reason("broke"), &nobody).await,
        8 => {
            tracker
                .approve(id, name(&format!("n{which}")), &nobody)
                .await
        }
        9 => tracker.assign(id, name("ada"), &nobody).await,
        10 => {
            tracker
                .retitle(id, title(&format!("t{which}")), &nobody)
                .await
        }
        11 | 12 => {
            let kind = DependencyKind::ALL[usize::from(which / 15) % 2];
            tracker.add_dependency(id, other, kind, &nobody).await
        }
        13 => tracker.remove_dependency(id, other, &nobody).await,
        _ => tracker.note(id, note("n"), &nobody).await,
    };
    match answer {
        Ok(live) => Some(TrackedItem {
            item: live.item,
            version: live.version,
        }),
        Err(TrackingError::Refused(_)) => None,
        Err(other) => panic!("{other:?}"),
    }
}

/// Where the snapshots are, and who waits for them.
#[derive(Clone, Copy)]
enum Snapshots {
    /// In a store of their own; each command waits for its own.
    Apart,
    /// Beside the events, saved in the background.
    Beside,
}

async fn run(
    snapshots: Snapshots,
    policy: Arc<dyn SnapshotPolicy<WorkItem>>,
    commands: &[u8],
) -> Result<(), TestCaseError> {
    let clock = Arc::new(Ticking(ManualClock::at(ten())));
    let store = Arc::new(MemoryStore::with_clock(clock.clone()));
    let plain = tracker(store.clone(), clock.clone(), 0);
    let tasks = BackgroundTasks::new(|task| drop(tokio::spawn(task)));
    let states = Arc::new(JsonStateCodec::new());
    let through = match snapshots {
        Snapshots::Apart => plain
            .clone()
            .with_snapshots(Arc::new(MemorySnapshotStore::new()), states),
        Snapshots::Beside => {
            let ids = Arc::new(SnowflakeGenerator::new(
                clock.clone(),
                WorkerId::new(1).unwrap(),
            ));
            WorkTracker::snapshotted(store, codecs(), states, ids)
                .with_clock(clock.clone())
                .with_snapshots_in_background(tasks.clone())
        }
    };
    let through = through.with_snapshot_policy(policy);
    let id = item(&through, WorkItemType::Task, None).await;
    let mut others = Vec::new();
    for kind in [WorkItemType::Task, WorkItemType::Bug, WorkItemType::Spike] {
        others.push(item(&through, kind, None).await);
    }
    // The last of them is done, so that something can be completed behind it.
    through.start(others[2], &nobody()).await.unwrap();
    through.complete(others[2], None, &nobody()).await.unwrap();
    let mut seen = Vec::new();
    for which in commands {
        clock.0.advance(Duration::from_secs(7));
        if let Some(live) = command(&through, id, &others, *which).await {
            prop_assert_eq!(&plain.show(id).await.unwrap(), &live);
            seen.push(live);
        }
    }

    tasks.finished().await;
    let now = plain.show(id).await.unwrap();
    prop_assert_eq!(&through.show(id).await.unwrap(), &now);
    for version in 1..=now.version.get() {
        let as_of = AsOf::Version(StreamVersion::from(u32::try_from(version).unwrap()));
        let replayed = plain.show_as_of(id, as_of).await.unwrap();
        prop_assert_eq!(&through.show_as_of(id, as_of).await.unwrap(), &replayed);
    }
    for live in seen {
        let then = through.show_as_of(id, AsOf::Version(live.version)).await;
        prop_assert_eq!(&then.unwrap(), &live);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_the_policy_an_item_is_what_its_history_says(
        commands in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for policy in policies() {
            for snapshots in [Snapshots::Apart, Snapshots::Beside] {
                runtime.block_on(run(snapshots, Arc::clone(&policy), &commands))?;
            }
        }
    }
}
