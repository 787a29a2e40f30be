//! Law 26 for work items: with every policy, a load through snapshots gives the state of a full
//! replay at each version, and each command returns that state.

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

use crate::fixture::{
    TASK, anonymous, by, codecs, enough, item, note, reason, ten, title, tracker, who,
};

/// A clock that advances by a millisecond at each reading, so that a replay takes time.
struct TickingClock(ManualClock);

impl Clock for TickingClock {
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

/// Gives the item one of many commands. Returns the new state, or `None` after a refusal.
async fn command(
    tracker: &WorkTracker,
    id: WorkItemId,
    others: &[WorkItemId],
    which: u8,
) -> Option<TrackedItem> {
    let anonymous = anonymous();
    let other = others[usize::from(which) % others.len()];
    let answer = match which % 15 {
        0 => tracker.start(id, &anonymous).await,
        1 => tracker.block(id, reason("waits"), &anonymous).await,
        2 => tracker.unblock(id, &anonymous).await,
        3 | 4 => tracker.record_test_run(id, enough(), &anonymous).await,
        5 | 6 => tracker.complete(id, None, &anonymous).await,
        7 => tracker.reopen(id, reason("broke"), &anonymous).await,
        8 => tracker.approve(id, &by(&format!("n{which}"))).await,
        9 => tracker.assign(id, who("ada"), &anonymous).await,
        10 => {
            tracker
                .retitle(id, title(&format!("t{which}")), &anonymous)
                .await
        }
        11 | 12 => {
            let kind = DependencyKind::ALL[usize::from(which / 15) % 2];
            tracker.add_dependency(id, other, kind, &anonymous).await
        }
        13 => tracker.remove_dependency(id, other, &anonymous).await,
        _ => tracker.note(id, note("n"), &anonymous).await,
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

/// The store of the snapshots.
#[derive(Clone, Copy)]
enum Snapshots {
    /// A separate store; each command waits for its snapshot.
    Separate,
    /// A combined store; snapshots are saved in the background.
    Combined,
}

async fn run(
    snapshots: Snapshots,
    policy: Arc<dyn SnapshotPolicy<WorkItem>>,
    commands: &[u8],
) -> Result<(), TestCaseError> {
    let clock = Arc::new(TickingClock(ManualClock::at(ten())));
    let store = Arc::new(MemoryStore::with_clock(clock.clone()));
    let plain = tracker(store.clone(), clock.clone(), 0);
    let tasks = BackgroundTasks::new(|task| drop(tokio::spawn(task)));
    let states = Arc::new(JsonStateCodec::new());
    let through = match snapshots {
        Snapshots::Separate => plain
            .clone()
            .with_snapshots(Arc::new(MemorySnapshotStore::new()), states),
        Snapshots::Combined => {
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
    let id = item(&through, TASK, None).await;
    let mut others = Vec::new();
    for kind in [TASK, WorkItemType::Bug, WorkItemType::Spike] {
        others.push(item(&through, kind, None).await);
    }
    // The last one is done, so an item that it blocks can be completed.
    through.start(others[2], &anonymous()).await.unwrap();
    through
        .complete(others[2], None, &anonymous())
        .await
        .unwrap();
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
    fn every_policy_gives_the_state_of_a_full_replay(
        commands in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for policy in policies() {
            for snapshots in [Snapshots::Separate, Snapshots::Combined] {
                runtime.block_on(run(snapshots, Arc::clone(&policy), &commands))?;
            }
        }
    }
}
