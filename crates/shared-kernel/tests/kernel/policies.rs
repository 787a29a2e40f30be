//! Law 27: each policy at its boundary, and combinations of policies.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use shared_kernel::StreamVersion;
use shared_kernel::snapshot::policy::{
    EveryEvents, Never, OlderThan, OnRequest, ReplayLongerThan, SaveContext, SnapshotInfo,
    SnapshotPolicy, StateLargerThan, When,
};

use crate::fixture::{at, every, version};
use crate::tally::{StateInJson, Tally};

fn tally(counts: &[i64]) -> Tally {
    Tally {
        added: counts.to_vec(),
        closed: false,
    }
}

/// Whether a policy is due for a save of an empty tally at second 1000, over a span.
fn is_due(
    policy: &impl SnapshotPolicy<Tally>,
    span: (u32, u32),
    change: impl FnOnce(SaveContext<'_, Tally>) -> SaveContext<'_, Tally>,
) -> bool {
    let state = tally(&[]);
    let codec = StateInJson::default();
    let save = SaveContext::new(&state, version(span.0), version(span.1), at(1000), &codec);
    policy.is_due(&change(save))
}

fn due_on(policy: &impl SnapshotPolicy<Tally>, span: (u32, u32)) -> bool {
    is_due(policy, span, |save| save)
}

fn taken(at: Timestamp) -> SnapshotInfo {
    SnapshotInfo {
        version: StreamVersion::FIRST,
        taken_at: at,
    }
}

#[test]
fn every_events_is_due_if_the_span_reaches_a_multiple() {
    let policy = every(10);
    for due in [(9, 10), (0, 10), (9, 11), (5, 25), (19, 20), (0, 1000)] {
        assert!(due_on(&policy, due), "{due:?}");
    }
    for not_due in [(0, 9), (10, 11), (10, 19), (0, 1), (10, 10)] {
        assert!(!due_on(&policy, not_due), "{not_due:?}");
    }
}

#[test]
fn every_one_event_is_always_due() {
    assert!(due_on(&every(1), (0, 1)) && due_on(&every(1), (1, 2)));
}

#[test]
fn the_default_is_every_hundred_events() {
    let policy = EveryEvents::default();
    assert!(due_on(&policy, (99, 100)) && due_on(&policy, (150, 250)));
    assert!(!due_on(&policy, (0, 99)) && !due_on(&policy, (100, 199)));
    assert_eq!(policy, EveryEvents::DEFAULT);
}

#[test]
fn an_old_snapshot_makes_one_due() {
    let policy = OlderThan(Duration::from_secs(60));
    let with_one_of = |second| {
        is_due(&policy, (1, 2), |s| {
            s.with_newest_snapshot(taken(at(second)))
        })
    };
    assert!(with_one_of(939));
    assert!(!with_one_of(940), "just that old is not older");
    assert!(!with_one_of(1000));
}

#[test]
fn no_snapshot_counts_as_infinitely_old() {
    assert!(due_on(&OlderThan(Duration::MAX), (0, 1)));
}

#[test]
fn a_clock_that_stepped_back_makes_a_snapshot_new() {
    for limit in [Duration::ZERO, Duration::from_secs(1)] {
        let policy = OlderThan(limit);
        for later in [at(1001), Timestamp::MAX] {
            assert!(!is_due(&policy, (1, 2), |s| s.with_newest_snapshot(taken(later))));
        }
    }
    let oldest = taken(Timestamp::MIN);
    let policy = OlderThan(Duration::from_secs(60));
    assert!(is_due(&policy, (1, 2), |s| s.with_newest_snapshot(oldest)));
}

#[test]
fn a_slow_replay_makes_one_due() {
    let policy = ReplayLongerThan::default();
    let after = |ms| {
        is_due(&policy, (1, 2), |s| {
            s.with_replay_duration(Duration::from_millis(ms))
        })
    };
    assert!(after(101));
    assert!(!after(100) && !after(0));
}

#[test]
fn a_request_makes_one_due() {
    assert!(is_due(&OnRequest, (1, 2), |s| s.with_request()));
    assert!(!due_on(&OnRequest, (1, 2)));
}

#[test]
fn a_predicate_gets_the_state() {
    let policy = When(|tally: &Tally| tally.total() > 5);
    let codec = StateInJson::default();
    for (counts, due) in [(&[6][..], true), (&[5][..], false)] {
        let state = tally(counts);
        let save = SaveContext::new(&state, version(1), version(2), at(0), &codec);
        assert_eq!(policy.is_due(&save), due);
        assert_eq!(save.state().added, counts);
    }
}

#[test]
fn a_large_state_makes_one_due_and_is_encoded_once() {
    let state = tally(&[1]);
    let codec = StateInJson::default();
    let save = SaveContext::new(&state, version(1), version(2), at(0), &codec);
    assert_eq!(codec.encoded.load(Ordering::Relaxed), 0);
    let bytes = save.encoded_state_bytes().unwrap();
    assert_eq!(bytes, r#"{"added":[1],"closed":false}"#.len());
    assert!(StateLargerThan(bytes - 1).is_due(&save));
    assert!(!StateLargerThan(bytes).is_due(&save));
    assert_eq!(codec.encoded.load(Ordering::Relaxed), 1);
}

#[test]
fn a_state_that_cannot_be_encoded_is_due_so_that_it_is_reported() {
    let state = tally(&[-17]);
    let codec = StateInJson::default();
    let save = SaveContext::new(&state, version(1), version(2), at(0), &codec);
    assert_eq!(save.encoded_state_bytes(), None);
    assert!(StateLargerThan(usize::MAX).is_due(&save));
}

#[test]
fn never_is_never_due() {
    assert!(!is_due(&Never, (0, 1_000_000), |s| s.with_request()));
}

#[test]
fn and_or_and_not_combine_policies() {
    let always = || Never.not();
    assert!(due_on(&always(), (0, 1)));
    assert!(due_on(&always().and(always()), (0, 1)));
    assert!(!due_on(&always().and(Never), (0, 1)));
    assert!(!due_on(&Never.and(always()), (0, 1)));
    assert!(due_on(&always().or(Never), (0, 1)));
    assert!(due_on(&Never.or(always()), (0, 1)));
    assert!(!due_on(&Never.or(Never), (0, 1)));
    assert!(!due_on(&always().not(), (0, 1)));
    let nested = every(10)
        .or(OnRequest)
        .and(When(|tally: &Tally| !tally.closed).not().not());
    assert!(due_on(&nested, (9, 10)));
    assert!(!due_on(&nested, (8, 9)));
}

#[test]
fn boxed_and_shared_policies_are_policies() {
    let boxed: Box<dyn SnapshotPolicy<Tally>> = Box::new(every(10));
    let shared: Arc<dyn SnapshotPolicy<Tally>> = Arc::new(OnRequest);
    let both = boxed.or(shared);
    assert!(due_on(&both, (9, 10)));
    assert!(is_due(&both, (1, 2), |s| s.with_request()));
    assert!(!due_on(&both, (1, 2)));
}

/// Whether a save over a span waits for a due snapshot.
fn is_awaited(policy: &impl SnapshotPolicy<Tally>, span: (u32, u32), requested: bool) -> bool {
    let state = tally(&[]);
    let codec = StateInJson::default();
    let save = SaveContext::new(&state, version(span.0), version(span.1), at(1000), &codec);
    let save = if requested { save.with_request() } else { save };
    assert!(policy.is_due(&save), "it is asked only where one is due");
    policy.is_awaited(&save)
}

#[test]
fn only_a_requested_snapshot_is_awaited_by_default() {
    assert!(!is_awaited(&every(10), (9, 10), true));
    assert!(is_awaited(&every(10).awaited(), (9, 10), false));
    assert!(is_awaited(&OnRequest, (1, 2), true));
    let boxed: Box<dyn SnapshotPolicy<Tally>> = Box::new(OnRequest);
    let shared: Arc<dyn SnapshotPolicy<Tally>> = Arc::new(every(10).awaited());
    assert!(is_awaited(&boxed, (1, 2), true));
    assert!(is_awaited(&shared, (9, 10), false));
}

#[test]
fn of_two_policies_joined_by_or_only_a_due_one_is_awaited() {
    let either = every(10).or(OnRequest);
    assert!(!is_awaited(&either, (9, 10), false));
    assert!(is_awaited(&either, (9, 10), true));
    assert!(is_awaited(&either, (1, 2), true));
    let mirrored = OnRequest.or(every(10));
    assert!(!is_awaited(&mirrored, (9, 10), false));
    assert!(is_awaited(&mirrored, (1, 2), true));
}

#[test]
fn two_policies_joined_by_and_are_awaited_if_one_is() {
    assert!(is_awaited(&every(10).and(OnRequest), (9, 10), true));
    assert!(is_awaited(&OnRequest.and(every(10)), (9, 10), true));
    assert!(!is_awaited(&every(10).and(every(5)), (9, 10), true));
    assert!(!is_awaited(&every(10).awaited().not(), (1, 2), true));
}

#[test]
fn a_save_context_returns_its_parts() {
    let state = tally(&[1]);
    let codec = StateInJson::default();
    let plain = SaveContext::new(&state, version(4), version(6), at(5), &codec);
    assert_eq!(plain.replay_duration(), Duration::ZERO);
    assert_eq!(plain.newest_snapshot(), None);
    let newest = taken(at(3));
    let save = SaveContext::new(&state, version(4), version(6), at(5), &codec)
        .with_newest_snapshot(newest)
        .with_replay_duration(Duration::from_secs(7));
    assert_eq!(
        (save.old_version(), save.new_version()),
        (version(4), version(6))
    );
    assert_eq!(save.now(), at(5));
    assert_eq!(save.newest_snapshot(), Some(newest));
    assert_eq!(save.replay_duration(), Duration::from_secs(7));
    assert!(!save.is_requested());
    assert!(format!("{save:?}").contains("new_version: StreamVersion(6)"));
}

#[test]
fn policies_have_debug_output() {
    let policy = every(10)
        .and(Never)
        .or(OnRequest.not())
        .or(When(|_: &Tally| true).awaited());
    assert!(due_on(&policy, (0, 1)));
    let shown = format!("{policy:?}");
    for part in ["EveryEvents", "Never", "Not(OnRequest)", "Awaited(When"] {
        assert!(shown.contains(part), "{shown}");
    }
}
