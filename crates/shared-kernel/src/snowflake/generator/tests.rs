//! Tests of the generator: a clock that steps back, leases, threads.

use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::lease::LeaseHolder;
use crate::time::ManualClock;

const START: i64 = 1_000_000_000;
const PER_MILLISECOND: usize = 4096;

fn at(milliseconds: i64) -> Timestamp {
    Snowflake::EPOCH + SignedDuration::from_millis(milliseconds)
}

fn clock_at(milliseconds: i64) -> Arc<ManualClock> {
    Arc::new(ManualClock::at(at(milliseconds)))
}

fn generator(clock: &Arc<ManualClock>) -> SnowflakeGenerator {
    let clock: Arc<dyn Clock> = clock.clone();
    SnowflakeGenerator::new(clock, WorkerId::new(9).unwrap())
}

fn lease(term: u32, not_before: i64, expires_at: i64) -> WorkerLease {
    WorkerLease {
        worker: WorkerId::new(9).unwrap(),
        term: LeaseTerm::from(term),
        holder: LeaseHolder::new("test").unwrap(),
        not_before: at(not_before),
        expires_at: at(expires_at),
    }
}

fn leased(clock: &Arc<ManualClock>, lease: &WorkerLease) -> SnowflakeGenerator {
    let clock: Arc<dyn Clock> = clock.clone();
    SnowflakeGenerator::leased(clock, lease)
}

#[test]
fn an_id_has_the_time_of_the_clock_and_the_worker() {
    let clock = clock_at(START);
    let ids = generator(&clock);
    assert_eq!(ids.last(), None);
    let first = ids.generate().unwrap();
    assert_eq!(
        (first.time(), first.worker(), first.sequence()),
        (at(START), ids.worker(), 0)
    );
    assert_eq!(ids.generate().unwrap().sequence(), 1);
    clock.advance(Duration::from_millis(1));
    let later = ids.generate().unwrap();
    assert_eq!((later.time(), later.sequence()), (at(START + 1), 0));
    assert_eq!(ids.last(), Some(later));
}

#[test]
fn ids_increase_while_the_clock_steps_back_within_the_tolerance() {
    for step in [0, 1, 2, 500, 9_999, 10_000] {
        let clock = clock_at(START);
        let ids = generator(&clock);
        let before = ids.generate().unwrap();
        clock.set(at(START - step));
        let after = ids.generate().unwrap();
        assert!(after > before, "{step} ms");
        assert_eq!(after.time(), at(START), "{step} ms");
    }
}

#[test]
fn a_clock_that_steps_back_further_is_an_error_until_it_has_caught_up() {
    let year = 365 * 24 * 3_600_000;
    for step in [10_001, 60_000, year, 30 * year] {
        let clock = clock_at(START);
        let ids = generator(&clock);
        let before = ids.generate().unwrap();
        clock.set(at(START - step));
        let refused = SnowflakeError::ClockBehind {
            by: Duration::from_millis(step.unsigned_abs()),
            tolerance: SnowflakeGenerator::DEFAULT_TOLERANCE,
        };
        assert_eq!(ids.generate(), Err(refused), "{step} ms");
        assert_eq!(ids.last(), Some(before));
        clock.set(at(START));
        let after = ids.generate().unwrap();
        assert_eq!((after.time(), after.sequence()), (at(START), 1));
    }
}

#[test]
fn the_tolerance_can_be_zero() {
    let clock = clock_at(START);
    let ids = generator(&clock).with_tolerance(Duration::ZERO);
    ids.generate().unwrap();
    clock.set(at(START - 1));
    let refused = SnowflakeError::ClockBehind {
        by: Duration::from_millis(1),
        tolerance: Duration::ZERO,
    };
    assert_eq!(ids.generate(), Err(refused));
    clock.set(at(START));
    for _ in 1..PER_MILLISECOND {
        ids.generate().unwrap();
    }
    assert!(ids.generate().is_err());
}

#[test]
fn after_a_used_up_millisecond_ids_use_the_next_within_the_tolerance() {
    let clock = clock_at(START);
    let ids = generator(&clock).with_tolerance(Duration::from_millis(2));
    let mut last = None;
    for n in 0..3 * PER_MILLISECOND {
        let id = ids.generate().unwrap();
        assert!(Some(id) > last);
        assert_eq!(id.milliseconds(), START + (n / PER_MILLISECOND) as i64);
        assert_eq!(usize::from(id.sequence()), n % PER_MILLISECOND);
        last = Some(id);
    }
    let refused = SnowflakeError::ClockBehind {
        by: Duration::from_millis(3),
        tolerance: Duration::from_millis(2),
    };
    assert_eq!(ids.generate(), Err(refused));
    clock.advance(Duration::from_millis(1));
    assert!(Some(ids.generate().unwrap()) > last);
}

#[test]
fn a_time_that_no_snowflake_can_hold_is_refused() {
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    let ids = generator(&clock);
    let unrepresentable = |problem| Err(SnowflakeError::Unrepresentable(problem));
    for time in [Timestamp::MIN, Timestamp::UNIX_EPOCH, at(-1)] {
        clock.set(time);
        let problem = InvalidSnowflake::BeforeEpoch { time };
        assert_eq!(ids.generate(), unrepresentable(problem));
    }
    for time in [at(LAST_MILLISECOND + 1), Timestamp::MAX] {
        clock.set(time);
        let problem = InvalidSnowflake::PastEnd { time };
        assert_eq!(ids.generate(), unrepresentable(problem));
    }
    clock.set(Snowflake::END);
    for _ in 0..PER_MILLISECOND {
        ids.generate().unwrap();
    }
    assert_eq!(ids.last(), Some(greatest(9)));
    let problem = InvalidSnowflake::PastEnd {
        time: at(LAST_MILLISECOND + 1),
    };
    assert_eq!(ids.generate(), unrepresentable(problem));
}

fn greatest(worker: u16) -> Snowflake {
    let worker = WorkerId::new(worker).unwrap();
    Snowflake::from_parts(Snowflake::END, worker, Snowflake::MAX_SEQUENCE).unwrap()
}

#[test]
fn no_id_is_before_the_floor() {
    let clock = clock_at(START);
    let first = |floor| generator(&clock).with_not_before(floor).generate();
    assert_eq!(first(at(START + 5)).unwrap().time(), at(START + 5));
    assert_eq!(first(at(START - 5)).unwrap().time(), at(START));
    assert_eq!(first(Timestamp::MIN).unwrap().time(), at(START));
    let between = at(START) + SignedDuration::from_nanos(1);
    assert_eq!(first(between).unwrap().time(), at(START + 1));
    assert!(matches!(
        first(at(START + 10_001)),
        Err(SnowflakeError::ClockBehind { .. })
    ));
    assert!(matches!(
        first(Timestamp::MAX),
        Err(SnowflakeError::ClockBehind { .. })
    ));
}

#[test]
fn a_lease_bounds_the_ids_on_both_sides() {
    let lease = lease(1, START + 3, START + 6);
    let clock = clock_at(START);
    let ids = leased(&clock, &lease);
    assert_eq!(ids.generate().unwrap().time(), lease.not_before);
    clock.set(at(START + 5) + SignedDuration::from_nanos(999_999));
    assert_eq!(ids.generate().unwrap().time(), at(START + 5));
    for late in [lease.expires_at, Timestamp::MAX] {
        clock.set(late);
        let refused = SnowflakeError::LeaseExpired {
            worker: lease.worker,
            expires_at: lease.expires_at,
        };
        assert_eq!(ids.generate(), Err(refused));
    }
}

#[test]
fn ids_ahead_of_the_clock_stay_within_the_lease() {
    let clock = clock_at(START);
    let ids = leased(&clock, &lease(1, 0, START + 1));
    for _ in 0..PER_MILLISECOND {
        ids.generate().unwrap();
    }
    assert!(matches!(
        ids.generate(),
        Err(SnowflakeError::LeaseExpired { .. })
    ));
}

#[test]
fn a_renewed_lease_continues_the_ids() {
    let clock = clock_at(START);
    let ids = leased(&clock, &lease(1, START, START + 1));
    let before = ids.generate().unwrap();
    clock.set(at(START + 1));
    assert!(ids.generate().is_err());
    assert_eq!(ids.renewed(&lease(1, START, START + 9)), Ok(()));
    assert!(ids.generate().unwrap() > before);
    // A late answer with an earlier end does not shorten the lease.
    assert_eq!(ids.renewed(&lease(1, START, START + 1)), Ok(()));
    assert!(ids.generate().is_ok());
}

#[test]
fn another_lease_is_not_a_renewal() {
    let clock = clock_at(START);
    let ids = leased(&clock, &lease(1, START, START + 1));
    let later_term = lease(2, START, START + 9);
    let other_worker = WorkerLease {
        worker: WorkerId::FIRST,
        ..lease(1, START, START + 9)
    };
    for foreign in [&later_term, &other_worker] {
        let refused = ForeignLease {
            worker: ids.worker(),
            found: foreign.worker,
            term: foreign.term,
        };
        assert_eq!(ids.renewed(foreign), Err(refused));
    }
    assert!(generator(&clock).renewed(&lease(1, 0, START)).is_err());
    clock.set(at(START + 1));
    assert!(ids.generate().is_err());
}

#[test]
fn threads_get_different_ids_each_greater_than_its_last() {
    const THREADS: usize = 8;
    const EACH: usize = 2_000;
    let clock = clock_at(START);
    let ids = generator(&clock);
    let barrier = Barrier::new(THREADS);
    let (ids, barrier) = (&ids, &barrier);
    let all: Vec<Snowflake> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(move || {
                    barrier.wait();
                    let own: Vec<_> = (0..EACH).map(|_| ids.generate().unwrap()).collect();
                    assert!(own.is_sorted_by(|a, b| a < b));
                    own
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), THREADS * EACH);
    assert_eq!(ids.last(), all.into_iter().max());
}

proptest! {
    #[test]
    fn ids_increase_with_any_clock(
        steps in prop::collection::vec((-20_000..20_000_i64, 1..5_usize), 1..60),
    ) {
        let clock = clock_at(START);
        let ids = generator(&clock);
        let (mut now, mut last) = (START, None);
        for (step, count) in steps {
            now = (now + step).max(0);
            clock.set(at(now));
            for _ in 0..count {
                match ids.generate() {
                    Ok(id) => {
                        prop_assert!(Some(id) > last);
                        let ahead = id.milliseconds() - now;
                        prop_assert!((0..=10_000).contains(&ahead));
                        last = Some(id);
                    }
                    Err(error) => {
                        let behind = matches!(
                            error,
                            SnowflakeError::ClockBehind { by, .. } if by.as_millis() > 10_000
                        );
                        prop_assert!(behind);
                    }
                }
                prop_assert_eq!(ids.last(), last);
            }
        }
    }
}
