//! Races of several trackers: the rules that span items hold, on a store in memory, and in two of
//! ten rounds on a PostgreSQL server with a handle for each tracker.
//!
//! `ANNALS_RACE_ROUNDS` sets the number of rounds of each race, for example 1000. The default is 10
//! or 100.

use std::sync::Arc;

use conformance::double::Delegating;
use persistence_memory::MemoryEventStore;
use persistence_postgres::PostgresStore;
use postgres_server::{Server, StartError};
use shared_kernel::repository::AsOf;
use shared_kernel::time::SystemClock;
use shared_kernel::{EventStore, EventStoreExt, GlobalPosition, StreamVersion};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;
use work_item::{Status, WorkItemError, WorkItemId};
use work_tracking::{CommandOutcome, TrackingError, WorkTracker};

use crate::fixture::{
    BLOCKS, RendezvousStore, STORY, TASK, ada, anonymous, block, done, item, reason, start,
    started, task, tracker,
};

type Answer = Result<CommandOutcome, TrackingError>;

#[expect(
    clippy::disallowed_methods,
    reason = "the environment may ask for more rounds"
)]
fn rounds(default: u32) -> u32 {
    let asked = std::env::var("ANNALS_RACE_ROUNDS");
    asked.map_or(default, |rounds| rounds.parse().unwrap())
}

/// The trackers of a race on one new store, each with its own worker and handle.
struct Contest {
    trackers: Vec<WorkTracker>,
    stores: Vec<Arc<Delegating<RendezvousStore>>>,
    common: Arc<dyn EventStore>,
}

/// A new store with `count` handles.
async fn handles(count: u16, round: u32) -> Vec<Arc<dyn EventStore>> {
    let server = match Server::shared() {
        _ if round % 10 > 1 => None,
        Err(StartError::NotInstalled) => None,
        server => Some(server.unwrap()),
    };
    let Some(server) = server else {
        let store: Arc<dyn EventStore> = Arc::new(MemoryEventStore::new());
        return vec![store; count.into()];
    };
    let address = server.new_database().unwrap();
    let mut handles: Vec<Arc<dyn EventStore>> = Vec::new();
    for _ in 0..count {
        handles.push(Arc::new(PostgresStore::connect(&address).await.unwrap()));
    }
    handles
}

impl Contest {
    async fn of(count: u16, round: u32) -> Self {
        let handles = handles(count, round).await;
        let stores: Vec<_> = handles
            .iter()
            .map(|handle| Arc::new(Delegating::new(RendezvousStore::new(Arc::clone(handle)))))
            .collect();
        let trackers = (0..count)
            .zip(&stores)
            .map(|(worker, store)| tracker(store.clone(), Arc::new(SystemClock), worker));
        Self {
            trackers: trackers.collect(),
            stores,
            common: Arc::clone(&handles[0]),
        }
    }

    fn tracker(&self, place: usize) -> WorkTracker {
        self.trackers[place].clone()
    }

    /// Starts all contestants at once and returns their answers. In even rounds all of them decide
    /// before the first append; in odd rounds the order is free.
    async fn race(
        &self,
        round: u32,
        contestants: Vec<impl Future<Output = Answer> + Send + 'static>,
    ) -> Vec<Answer> {
        let meeting = Arc::new(Barrier::new(contestants.len()));
        if round.is_multiple_of(2) {
            for store in &self.stores {
                store.meet(meeting.clone());
            }
        }
        let start = Arc::new(Barrier::new(contestants.len()));
        let running: Vec<JoinHandle<Answer>> = contestants
            .into_iter()
            .map(|contestant| {
                let start = start.clone();
                tokio::spawn(async move {
                    start.wait().await;
                    contestant.await
                })
            })
            .collect();
        let mut answers = Vec::new();
        for contestant in running {
            answers.push(contestant.await.unwrap());
        }
        answers
    }
}

fn is_circle(answer: &Answer) -> bool {
    matches!(
        answer,
        Err(TrackingError::Refused(
            WorkItemError::DependencyCycle { .. }
        ))
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_dependencies_close_no_circle() {
    const LONGEST: u16 = 5;
    for round in 0..rounds(100) {
        let count = 2 + u16::try_from(round / 2).unwrap_or(0) % (LONGEST - 1);
        let contest = Contest::of(count, round).await;
        let trackers = &contest.trackers;
        let mut items = Vec::new();
        for tracker in trackers {
            items.push(item(tracker, TASK, None).await);
        }
        // Item 0 waits for 1, 1 for 2, and so on; the last one waits for 0.
        let contestants = trackers.iter().enumerate().map(|(place, tracker)| {
            let tracker = tracker.clone();
            let (own, next) = (items[place], items[(place + 1) % items.len()]);
            async move {
                let blocks = BLOCKS;
                tracker
                    .add_dependency(own, next, blocks, &anonymous())
                    .await
            }
        });
        let answers = contest.race(round, contestants.collect()).await;
        let landed = answers.iter().filter(|answer| answer.is_ok()).count();
        let refused = answers.iter().filter(|answer| is_circle(answer)).count();
        let count = usize::from(count);
        assert_eq!(
            (landed, refused),
            (count - 1, 1),
            "round {round}: {answers:?}"
        );

        // The store has exactly the links of the successful commands.
        let mut links = 0;
        for id in &items {
            links += trackers[0].show(*id).await.unwrap().item.blockers().count();
        }
        assert_eq!(links, count - 1, "round {round}");
    }
}

/// Fails if a done story has an open child.
async fn assert_no_open_child_of_done(tracker: &WorkTracker, story: WorkItemId, round: u32) {
    let tree = tracker.tree(story).await.unwrap();
    if tree.tracked.item.status() == Status::Done {
        for child in &tree.children {
            let status = child.tracked.item.status();
            assert!(!status.is_open(), "round {round}: a child is {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_parent_is_not_completed_while_children_are_added_or_reopened() {
    let (mut completed, mut refused) = (0, 0);
    for round in 0..rounds(100) {
        let contest = Contest::of(3, round).await;
        let [first, second, third] = [0, 1, 2].map(|place| contest.tracker(place));
        let story = started(&first, STORY, None).await;
        let child = done(&first, TASK, Some(story)).await;

        let by = |command: u8, tracker: WorkTracker| async move {
            match command {
                0 => tracker.complete(story, None, &anonymous()).await,
                1 => tracker.create(task("x"), Some(story.into()), ada()).await,
                _ => tracker.reopen(child, reason("broke"), &anonymous()).await,
            }
        };
        let answers = contest
            .race(round, vec![by(0, first), by(1, second), by(2, third)])
            .await;
        match &answers[0] {
            // The completion came first, so the parent is closed for the other two.
            Ok(_) => {
                assert!(
                    answers[1..].iter().all(Result::is_err),
                    "round {round}: {answers:?}"
                );
                completed += 1;
            }
            Err(TrackingError::Refused(WorkItemError::CompletionHindered { .. })) => refused += 1,
            Err(other) => panic!("round {round}: {other:?}"),
        }
        for answer in &answers[1..] {
            assert!(
                matches!(
                    answer,
                    Ok(_) | Err(TrackingError::Refused(WorkItemError::ParentClosed { .. }))
                ),
                "round {round}: {answers:?}"
            );
        }
        assert_no_open_child_of_done(&contest.trackers[0], story, round).await;
    }
    assert_eq!(completed + refused, rounds(100));
}

/// The status of an item at a position of the log.
async fn status_at(tracker: &WorkTracker, id: WorkItemId, position: GlobalPosition) -> Status {
    let then = tracker.show_as_of(id, AsOf::Position(position)).await;
    then.unwrap().item.status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_item_is_completed_while_a_blocker_is_open() {
    for round in 0..rounds(100) {
        let contest = Contest::of(3, round).await;
        let [first, second, third] = [0, 1, 2].map(|place| contest.tracker(place));
        let waits = started(&first, TASK, None).await;
        let blocker = done(&first, TASK, None).await;
        let another = started(&first, TASK, None).await;
        block(&first, waits, blocker).await;

        let by = |command: u8, tracker: WorkTracker| async move {
            match command {
                0 => tracker.complete(waits, None, &anonymous()).await,
                1 => tracker.reopen(blocker, reason("broke"), &anonymous()).await,
                _ => {
                    let blocks = BLOCKS;
                    tracker
                        .add_dependency(waits, another, blocks, &anonymous())
                        .await
                }
            }
        };
        let answers = contest
            .race(round, vec![by(0, first), by(1, second), by(2, third)])
            .await;
        // A blocker may be reopened at any time; an item that is done before stays done.
        assert!(answers[1].is_ok(), "round {round}: {answers:?}");

        let tracker = &contest.trackers[0];
        let why = tracker.why(waits).await.unwrap();
        if why.tracked.item.status() == Status::Done {
            let completed = why.chain.last().unwrap().event.position;
            for blocker in why.tracked.item.blockers() {
                let then = status_at(tracker, blocker, completed).await;
                assert!(!then.is_open(), "round {round}: the blocker was {then}");
            }
            assert!(answers[2].is_err(), "round {round}: {answers:?}");
        } else {
            assert!(answers[0].is_err(), "round {round}: {answers:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_creators_in_one_parent_lose_no_number_and_no_child() {
    const CREATORS: u16 = 8;
    for round in 0..rounds(10) {
        let contest = Contest::of(CREATORS, round).await;
        let trackers = &contest.trackers;
        let story = item(&trackers[0], STORY, None).await;
        let contestants = trackers.iter().map(|tracker| {
            let tracker = tracker.clone();
            async move { tracker.create(task("x"), Some(story.into()), ada()).await }
        });
        let answers = contest.race(round, contestants.collect()).await;
        let mut created: Vec<_> = answers
            .into_iter()
            .map(|answer| answer.unwrap().item.id())
            .collect();
        created.sort_by_key(|id| id.number());
        let numbers: Vec<_> = created.iter().map(|id| id.number().get()).collect();
        let expected: Vec<_> = (2..2 + u64::from(CREATORS)).collect();
        assert_eq!(numbers, expected, "round {round}");

        // The parent lists all of them in the order of their numbers.
        let shown = trackers[0].show(story).await.unwrap();
        assert_eq!(shown.item.children(), created, "round {round}");
        assert_eq!(shown.version, StreamVersion::from(1 + u32::from(CREATORS)));
        let history = contest
            .common
            .read_whole_stream(story.stream_id())
            .await
            .unwrap();
        assert_eq!(history.len(), 1 + usize::from(CREATORS));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_completions_of_a_parent_complete_it_once() {
    const CHILDREN: u16 = 4;
    for round in 0..rounds(10) {
        let contest = Contest::of(CHILDREN, round).await;
        let trackers = &contest.trackers;
        let story = started(&trackers[0], STORY, None).await;
        let mut children = Vec::new();
        for tracker in trackers {
            let child = item(tracker, TASK, Some(story)).await;
            start(tracker, child).await;
            children.push(child);
        }
        // Each completes its own child and then the parent. Only the last one succeeds.
        let contestants = trackers.iter().zip(children).map(|(tracker, child)| {
            let tracker = tracker.clone();
            async move {
                tracker.complete(child, None, &anonymous()).await.unwrap();
                tracker.complete(story, None, &anonymous()).await
            }
        });
        let answers = contest.race(round, contestants.collect()).await;
        let completed = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(completed, 1, "round {round}: {answers:?}");
        assert_no_open_child_of_done(&contest.trackers[0], story, round).await;
    }
}
