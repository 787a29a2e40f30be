//! The laws of claims and of the queue, with tasks in memory.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use persistence_memory::{MemoryEventStore, MemoryNamedLeases};
use proptest::prelude::*;
use shared_kernel::time::ManualClock;
use shared_kernel::{Actor, EventStore, Metadata, StreamVersion};
use work_item::{ClaimLength, DependencyKind, Priority, WorkItemError, WorkItemId, WorkItemType};
use work_tracking::{CommandContext, CommandOutcome, NotReady, TrackingError, WorkTracker};

use crate::fixture::{note, reason, task, tasks, ten, title, tracker, who};

/// Trackers of several actors on one store, with one clock.
struct World {
    clock: Arc<ManualClock>,
    store: Arc<dyn EventStore>,
    leases: MemoryNamedLeases,
    tracker: WorkTracker,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(ten()));
        let store: Arc<dyn EventStore> = Arc::new(MemoryEventStore::with_clock(clock.clone()));
        let leases = MemoryNamedLeases::with_clock(clock.clone());
        Self {
            tracker: tracker(store.clone(), clock.clone(), 0).with_leases(Arc::new(leases.clone())),
            clock,
            store,
            leases,
        }
    }

    /// A tracker of another process, with the same leases.
    fn another(&self, worker: u16) -> WorkTracker {
        let tracker = tracker(self.store.clone(), self.clock.clone(), worker);
        tracker.with_leases(Arc::new(self.leases.clone()))
    }

    fn minutes(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(60 * minutes));
    }

    async fn head(&self) -> u64 {
        self.store.head().await.unwrap().unwrap().get()
    }

    async fn claim(&self, id: WorkItemId, by: &str) -> Result<CommandOutcome, TrackingError> {
        self.tracker.claim(id, None, &of(by)).await
    }

    async fn reasons(&self, id: WorkItemId) -> Vec<NotReady> {
        let explained = self.tracker.explain(id, Some(&who("agent:z"))).await;
        explained.unwrap().reasons
    }
}

/// A pending task.
async fn task_in(tracker: &WorkTracker) -> WorkItemId {
    let [task] = tasks(tracker).await;
    task
}

/// The context of an actor.
fn of(text: &str) -> CommandContext {
    let actor: Actor = who(text).into_actor();
    CommandContext::from(Metadata::new().with_actor(actor))
}

fn lost(outcome: Result<CommandOutcome, TrackingError>) -> WorkItemError {
    match outcome {
        Err(TrackingError::Refused(error @ WorkItemError::ClaimLost { .. })) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_claim_that_is_not_renewed_is_free_after_its_time() {
    let world = World::new();
    let id = task_in(&world.tracker).await;
    world.claim(id, "agent:a").await.unwrap();
    world.clock.advance(Duration::from_secs(15 * 60 - 1));
    assert!(world.claim(id, "agent:b").await.is_err());
    assert_eq!(world.reasons(id).await.len(), 1);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.reasons(id).await, []);
    let taken = world.claim(id, "agent:b").await.unwrap();
    assert_eq!(taken.item.claim().unwrap().term, 2);
}

#[tokio::test]
async fn renewals_add_nothing_to_the_log() {
    let world = World::new();
    let id = task_in(&world.tracker).await;
    world.claim(id, "agent:a").await.unwrap();
    let head = world.head().await;
    for _ in 0..20 {
        world.minutes(14);
        let renewed = world.claim(id, "agent:a").await.unwrap();
        assert_eq!(renewed.events, []);
    }
    assert_eq!(world.head().await, head);
    let until = shared_kernel::time::Clock::now(&*world.clock) + SignedDuration::from_mins(15);
    let claimed = NotReady::Claimed {
        by: who("agent:a"),
        until: Some(until),
    };
    assert_eq!(world.reasons(id).await, [claimed]);
}

#[tokio::test]
async fn every_command_of_the_claimant_renews_also_one_that_is_refused() {
    let world = World::new();
    let id = task_in(&world.tracker).await;
    let (tracker, mine) = (&world.tracker, of("agent:a"));
    tracker.start(id, &mine).await.unwrap();
    world.minutes(10);
    tracker.retitle(id, title("x"), &mine).await.unwrap();
    world.minutes(10);
    assert!(tracker.complete(id, None, &mine).await.is_err());
    world.minutes(10);
    assert!(tracker.unblock(id, &mine).await.is_err());
    world.minutes(10);
    let stale = mine.clone().at_version(StreamVersion::from(1));
    assert!(tracker.note(id, note("x"), &stale).await.is_err());
    world.minutes(10);
    assert!(tracker.start(id, &stale).await.is_err());
    world.minutes(10);
    assert!(world.claim(id, "agent:b").await.is_err());
    // Commands of others renew nothing.
    world.minutes(5);
    tracker.retitle(id, title("y"), &of("ada")).await.unwrap();
    assert!(world.claim(id, "agent:b").await.is_ok());
}

#[tokio::test]
async fn a_claim_that_is_over_is_renewed_by_the_next_command_of_its_holder() {
    let world = World::new();
    let id = task_in(&world.tracker).await;
    let (tracker, mine) = (&world.tracker, of("agent:a"));
    tracker.start(id, &mine).await.unwrap();
    world.minutes(60);
    assert_eq!(world.reasons(id).await, []);
    tracker.block(id, reason("waits"), &mine).await.unwrap();
    assert!(world.claim(id, "agent:b").await.is_err());
}

#[tokio::test]
async fn a_started_item_of_a_person_is_not_ready_after_a_claim_with_an_end() {
    let world = World::new();
    let id = task_in(&world.tracker).await;
    world.tracker.start(id, &of("ada")).await.unwrap();
    let length = "1m".parse().unwrap();
    let claimed = world.tracker.claim(id, Some(length), &of("ada")).await;
    assert_eq!(claimed.unwrap().events.len(), 1);
    world.minutes(10);
    let works = NotReady::InProgress(Some(who("person:ada")));
    assert_eq!(world.reasons(id).await, [works]);
    for refused in [
        world.claim(id, "agent:a").await,
        world.tracker.start(id, &of("agent:a")).await,
    ] {
        let assigned = WorkItemError::Assigned {
            assignee: who("person:ada"),
        };
        assert!(
            matches!(&refused, Err(TrackingError::Refused(error)) if *error == assigned),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn without_leases_a_claim_ends_at_its_until() {
    let world = World::new();
    let id = task_in(&world.tracker).await;
    world.claim(id, "agent:a").await.unwrap();
    world.minutes(10);
    world.claim(id, "agent:a").await.unwrap();
    world.minutes(5);
    // An import of the log brings no leases along.
    let elsewhere = tracker(world.store.clone(), world.clock.clone(), 1);
    let explained = elsewhere.explain(id, None).await.unwrap();
    assert_eq!(explained.reasons, []);
    assert_eq!(world.reasons(id).await.len(), 1);
}

#[tokio::test]
async fn a_claimant_who_lost_the_claim_never_changes_the_state() {
    let world = World::new();
    let id = task_in(&world.tracker).await;
    let other = task_in(&world.tracker).await;
    let (tracker, mine) = (&world.tracker, of("agent:a"));
    tracker.start(id, &mine).await.unwrap();
    world.minutes(15);
    world.claim(id, "agent:b").await.unwrap();
    let (head, before) = (world.head().await, tracker.show(id).await.unwrap());
    for outcome in [
        tracker.block(id, reason("waits"), &mine).await,
        tracker.unblock(id, &mine).await,
        tracker.cancel(id, reason("no use"), &mine).await,
        tracker.complete(id, None, &mine).await,
        tracker.reopen(id, reason("broke"), &mine).await,
        tracker.release(id, &mine).await,
        tracker.approve(id, &mine).await,
        tracker.assign(id, who("agent:a"), &mine).await,
        tracker.unassign(id, &mine).await,
        tracker.retitle(id, title("x"), &mine).await,
        tracker.describe(id, None, &mine).await,
        tracker.change_priority(id, Priority::Low, &mine).await,
        tracker
            .record_test_run(id, work_item::TestRun::new(), &mine)
            .await,
        tracker
            .add_dependency(id, other, DependencyKind::Blocks, &mine)
            .await,
        tracker.remove_dependency(id, other, &mine).await,
    ] {
        let WorkItemError::ClaimLost { by, at, holder } = lost(outcome) else {
            unreachable!("`lost` returns this error only")
        };
        assert_eq!((by, holder), (who("agent:a"), Some(who("agent:b"))));
        assert_eq!(at, before.item.claim().unwrap().since);
    }
    assert_eq!(world.head().await, head);
    assert_eq!(tracker.show(id).await.unwrap(), before);
    // The text of a refused command can still be kept.
    tracker
        .note(id, "half of it".parse().unwrap(), &mine)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_agent_that_starts_an_item_claims_it_and_a_person_does_not() {
    let world = World::new();
    let (one, two) = (task_in(&world.tracker).await, task_in(&world.tracker).await);
    let started = world.tracker.start(one, &of("agent:a")).await.unwrap();
    let claim = started.item.claim().unwrap();
    assert_eq!(claim.length(), Some(ClaimLength::DEFAULT.duration()));
    let started = world.tracker.start(two, &of("ada")).await.unwrap();
    assert_eq!(started.item.claim(), None);
    world.minutes(1_000_000);
    let ada = NotReady::InProgress(Some(who("person:ada")));
    assert_eq!(world.reasons(two).await, [ada]);
    assert!(world.claim(two, "agent:a").await.is_err());
    world.tracker.release(two, &of("ada")).await.unwrap();
    assert_eq!(world.reasons(two).await, []);
}

#[tokio::test]
async fn the_queue_is_ordered_by_priority_day_unblocked_items_and_number() {
    let world = World::new();
    let (tracker, none) = (&world.tracker, CommandContext::new());
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(task_in(tracker).await);
    }
    world.minutes(24 * 60);
    let [first, second, waiting, urgent, unblocker] = ids[..] else {
        panic!("five items")
    };
    let late = task_in(tracker).await;
    tracker
        .change_priority(urgent, Priority::High, &none)
        .await
        .unwrap();
    tracker
        .add_dependency(waiting, unblocker, DependencyKind::Blocks, &none)
        .await
        .unwrap();
    let queue = tracker.queue(None, |_| {}).await.unwrap();
    let ready: Vec<_> = queue
        .ready
        .iter()
        .map(|one| one.tracked.item.id())
        .collect();
    assert_eq!(ready, [urgent, unblocker, first, second, late]);
    assert_eq!(queue.ready[1].unblocks, 1);
    assert_eq!(
        queue.others.into_iter().collect::<Vec<_>>(),
        [("open_blocker", 1)]
    );
}

#[tokio::test]
async fn a_closed_item_names_the_items_that_are_ready_because_of_it() {
    let world = World::new();
    let (tracker, none) = (&world.tracker, CommandContext::new());
    let blocker = crate::fixture::item(tracker, WorkItemType::Spike, None).await;
    let (freed, held) = (task_in(tracker).await, task_in(tracker).await);
    let other = task_in(tracker).await;
    for (waits, on) in [(freed, blocker), (held, blocker), (held, other)] {
        let added = tracker.add_dependency(waits, on, DependencyKind::Blocks, &none);
        added.await.unwrap();
    }
    tracker.start(blocker, &none).await.unwrap();
    let done = tracker.complete(blocker, None, &none).await.unwrap();
    let known = work_tracking::KnownDependents::default();
    let ready = tracker.ready_after(&done.item, known, None).await.unwrap();
    let ready: Vec<_> = ready.iter().map(|one| one.item.id()).collect();
    assert_eq!(ready, [freed]);
}

/// Asks for the next item until none is ready. Returns the items that it got.
async fn take_all(tracker: WorkTracker, by: String) -> Vec<WorkItemId> {
    let (context, asker) = (of(&by), who(&by));
    let mut taken = Vec::new();
    loop {
        let queue = tracker.queue(Some(&asker), |_| {}).await.unwrap();
        if queue.ready.is_empty() {
            return taken;
        }
        for one in queue.ready.iter().take(4) {
            let id = one.tracked.item.id();
            let claimed = tracker.claim_if_ready(id, None, &context).await.unwrap();
            taken.extend(claimed.map(|outcome| outcome.item.id()));
        }
    }
}

/// The number of items of the race: 200, or `ANNALS_QUEUE_ITEMS`.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment may ask for more items"
)]
fn items_of_the_race() -> usize {
    let asked = std::env::var("ANNALS_QUEUE_ITEMS");
    asked.map_or(200, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_agents_that_ask_for_the_next_item_no_two_get_the_same_one() {
    let world = World::new();
    let mut all = HashSet::new();
    for _ in 0..items_of_the_race() {
        all.insert(task_in(&world.tracker).await);
    }
    // Half of the agents have one name.
    let agents: Vec<_> = (1..=64_u16)
        .map(|number| {
            let name = format!("agent:{}", number.saturating_sub(32));
            tokio::spawn(take_all(world.another(number), name))
        })
        .collect();
    let mut taken = Vec::new();
    for agent in agents {
        taken.extend(agent.await.unwrap());
    }
    assert_eq!(taken.len(), all.len());
    assert_eq!(taken.into_iter().collect::<HashSet<_>>(), all);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    /// A random graph of 1,000 items with blockers, claims, assignees and statuses.
    #[test]
    fn an_item_is_ready_if_and_only_if_its_explanation_has_no_reason(
        acts in prop::collection::vec((0..8_u8, 0..1000_usize, 0..1000_usize), 1500),
        minutes in 0..30_u64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let (tracker, none) = (&world.tracker, CommandContext::new());
            let mut ids = Vec::new();
            for number in 0..1000 {
                let new = task(&format!("item {number}"));
                let created = tracker.create(new, None, Metadata::new()).await.unwrap();
                ids.push(created.item.id());
            }
            for (act, one, other) in acts {
                let (id, on) = (ids[one], ids[other]);
                // A refusal changes nothing.
                let _ = match act {
                    0..=2 => tracker.add_dependency(id, on, DependencyKind::Blocks, &none).await,
                    3 => tracker.claim(id, None, &of(&format!("agent:{}", other % 3))).await,
                    4 => tracker.start(id, &of("agent:z")).await,
                    5 => tracker.start(id, &of("ada")).await,
                    6 => tracker.assign(id, who("agent:z"), &none).await,
                    _ => tracker.cancel(id, reason("no use"), &none).await,
                };
            }
            world.minutes(minutes);
            let asker = who("agent:z");
            let queue = tracker.queue(Some(&asker), |_| {}).await.unwrap();
            let ready: HashSet<_> =
                queue.ready.iter().map(|one| one.tracked.item.id()).collect();
            assert!(!ready.is_empty() && ready.len() < 1000);
            for id in ids {
                let reasons = world.reasons(id).await;
                assert_eq!(reasons.is_empty(), ready.contains(&id), "{id}: {reasons:?}");
            }
        });
    }
}
