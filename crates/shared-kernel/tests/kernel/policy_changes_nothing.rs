//! Law 26: with any policy, any history and at any moment, a load from snapshots gives the state of
//! a full replay.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
use proptest::test_runner::TestCaseError;
use shared_kernel::repository::{AsOf, SnapshotRetention};
use shared_kernel::snapshot::policy::{
    Never, OlderThan, OnRequest, SnapshotPolicy, StateLargerThan, When,
};
use shared_kernel::{
    Aggregate, EventSourcedRepository, EventStore, EventStoreExt, GlobalPosition, RecordedEvent,
};

use crate::fixture::{Fixture, by_another, every, version, without_snapshots};
use crate::joined::Joined;
use crate::tally::{EventsInJson, Tally, TallyEvent, opened, stream};

/// One save: its number of events, after a number of events of another stream and of seconds.
#[derive(Debug, Clone)]
struct Save {
    counts: Vec<i64>,
    others: usize,
    seconds: u64,
    request: bool,
    reload: bool,
}

fn save() -> impl Strategy<Value = Save> {
    (
        proptest::collection::vec(-9_i64..9, 1..5),
        0_usize..3,
        0_u64..3,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(counts, others, seconds, request, reload)| Save {
            counts,
            others,
            seconds,
            request,
            reload,
        })
}

fn policies() -> Vec<Arc<dyn SnapshotPolicy<Tally>>> {
    vec![
        Arc::new(Never),
        Arc::new(every(1)),
        Arc::new(every(4)),
        Arc::new(OlderThan(Duration::from_secs(2))),
        Arc::new(OnRequest),
        Arc::new(When(|tally: &Tally| tally.total() < 0)),
        Arc::new(StateLargerThan(40).and(every(2)).or(OnRequest.not())),
    ]
}

/// The state after each event, computed without a store.
fn states(saves: &[Save]) -> Vec<Tally> {
    let mut state = Tally::create(&TallyEvent::TallyOpened).unwrap();
    let mut states = vec![state.clone()];
    for count in saves.iter().flat_map(|save| &save.counts) {
        state.apply(&TallyEvent::Added(*count)).unwrap();
        states.push(state.clone());
    }
    states
}

async fn run(
    policy: Arc<dyn SnapshotPolicy<Tally>>,
    retention: SnapshotRetention,
    page: usize,
    saves: &[Save],
) -> Result<(), TestCaseError> {
    let f = Fixture::new();
    let repository = f
        .repository
        .clone()
        .with_policy(policy)
        .with_retention(retention)
        .with_page_size(NonZeroUsize::new(page).unwrap());
    let id = stream("tally-1");
    let mut root = opened("tally-1");
    repository.save(&mut root).await.unwrap();
    let mut written_by_others = 0;
    for save in saves {
        f.clock.advance(Duration::from_secs(save.seconds));
        for _ in 0..save.others {
            written_by_others += 1;
            f.events
                .inner
                .append(by_another("other-1", written_by_others))
                .await
                .unwrap();
        }
        if save.reload {
            root = repository.get(&id).await.unwrap();
        }
        if save.request {
            root.request_snapshot();
        }
        root.raise_all(save.counts.iter().copied().map(TallyEvent::Added))
            .unwrap();
        repository.save(&mut root).await.unwrap();
    }

    let expected = states(saves);
    let history: Vec<RecordedEvent> = f.events.inner.read_whole_stream(id.clone()).await.unwrap();
    prop_assert_eq!(history.len(), expected.len());
    prop_assert_eq!(Some(root.state()), expected.last());
    prop_assert_eq!(
        repository.get(&id).await.unwrap().into_state(),
        without_snapshots(&f.events)
            .get(&id)
            .await
            .unwrap()
            .into_state()
    );

    // The state after the last event within the bound.
    let state_after = |count: usize| count.checked_sub(1).map(|last| &expected[last]);
    let mut moments = Vec::new();
    for number in 0..=u32::try_from(expected.len()).unwrap() + 1 {
        let within = expected.len().min(number as usize);
        moments.push((AsOf::Version(version(number)), within));
    }
    let head = f.events.inner.head().await.unwrap().unwrap_or_default();
    for number in 0..=head.get() + 1 {
        let position = GlobalPosition::new(number).unwrap();
        let within = history
            .iter()
            .filter(|event| event.position <= position)
            .count();
        moments.push((AsOf::Position(position), within));
    }
    for time in history.iter().flat_map(|event| {
        let nanosecond = jiff::SignedDuration::from_nanos(1);
        [
            event.recorded_at - nanosecond,
            event.recorded_at,
            event.recorded_at + nanosecond,
        ]
    }) {
        let within = history
            .iter()
            .filter(|event| event.recorded_at <= time)
            .count();
        moments.push((AsOf::Time(time), within));
    }
    let at_once = EventSourcedRepository::snapshotted(
        Joined::over(&f.events, &f.snapshots),
        Arc::new(EventsInJson::default()),
        Arc::clone(&f.states),
    )
    .with_page_size(NonZeroUsize::new(page).unwrap());
    for (as_of, within) in moments {
        let read_at_once = at_once.load_as_of(&id, as_of).await.unwrap();
        prop_assert_eq!(
            read_at_once.as_ref().map(|root| root.state()),
            state_after(within),
            "at once, {:?}",
            as_of
        );
        let then = repository.load_as_of(&id, as_of).await.unwrap();
        prop_assert_eq!(
            then.as_ref().map_or(0, |root| root.version().get()),
            within as u64,
            "{:?}",
            as_of
        );
        prop_assert_eq!(
            then.as_ref().map(|root| root.state()),
            state_after(within),
            "{:?}",
            as_of
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(proptest::test_runner::Config {
        cases: 24,
        failure_persistence: None,
        ..proptest::test_runner::Config::default()
    })]

    #[test]
    fn a_snapshot_and_the_events_after_it_equal_a_full_replay_at_every_moment(
        saves in proptest::collection::vec(save(), 0..8),
        keep_all in any::<bool>(),
        page in 1_usize..5,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let retention = if keep_all {
            SnapshotRetention::All
        } else {
            SnapshotRetention::Newest(std::num::NonZeroU32::new(2).unwrap())
        };
        for policy in policies() {
            runtime.block_on(run(policy, retention, page, &saves))?;
        }
    }
}
