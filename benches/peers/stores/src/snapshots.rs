//! Measures loads of an aggregate with and without a snapshot, by the length of its stream.
//!
//! The crossover is the length from which on a load with a snapshot is faster.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use persistence_sqlite::SqliteStore;
use serde::Serialize;
use shared_kernel::{EventSourcedRepository, StreamId};
use subject::{Outcome, Store, StreamWrite};

use crate::annals::Annals;
use crate::table::middle;
use crate::tally::{Tally, event_codec, state_codec};

const LENGTHS: [usize; 9] = [20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/// The times of loads in microseconds: medians of the rounds' medians.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Loads {
    pub(crate) length: usize,
    pub(crate) replayed: f64,
    pub(crate) with_snapshot: f64,
}

/// Measures each length in each round, with and without a snapshot in turn, for `seconds` each.
pub(crate) fn measure(folder: &Path, rounds: usize, seconds: f64) -> Outcome<Vec<Loads>> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let store = SqliteStore::open(folder.join("snapshots")).await?;
        let loads = tokio::spawn(measure_all(store.clone(), rounds, seconds)).await??;
        store.close().await;
        Ok(loads)
    })
}

async fn measure_all(store: SqliteStore, rounds: usize, seconds: f64) -> Outcome<Vec<Loads>> {
    let subject = Annals::new(store.clone());
    let replaying: EventSourcedRepository<Tally> =
        EventSourcedRepository::new(Arc::new(store.clone()), event_codec()?);
    let snapshots = replaying
        .clone()
        .with_snapshots(Arc::new(store), state_codec());
    for length in LENGTHS {
        let write = StreamWrite::new(format!("tally-{length}"), 0, length);
        subject.append(subject.prepare(vec![write])?).await?;
        let mut root = snapshots.get(&stream(length)?).await?;
        snapshots.take_snapshot(&mut root).await?;
    }

    let mut medians = vec![(Vec::new(), Vec::new()); LENGTHS.len()];
    for _ in 0..rounds {
        for (length, (replayed, with_snapshot)) in LENGTHS.iter().zip(&mut medians) {
            replayed.push(median_load(&replaying, *length, seconds).await?);
            with_snapshot.push(median_load(&snapshots, *length, seconds).await?);
        }
    }
    let loads = LENGTHS.iter().zip(medians);
    let loads = loads.map(|(length, (replayed, with_snapshot))| Loads {
        length: *length,
        replayed: middle(replayed),
        with_snapshot: middle(with_snapshot),
    });
    Ok(loads.collect())
}

fn stream(length: usize) -> Outcome<StreamId> {
    Ok(StreamId::new(format!("tally-{length}"))?)
}

async fn median_load(
    repository: &EventSourcedRepository<Tally>,
    length: usize,
    seconds: f64,
) -> Outcome<f64> {
    let stream = stream(length)?;
    let started = Instant::now();
    let mut each: Vec<Duration> = Vec::new();
    while each.len() < 3 || started.elapsed().as_secs_f64() < seconds {
        let load = Instant::now();
        let tally = repository.get(&stream).await?;
        each.push(load.elapsed());
        if tally.state().sum != length as u64 {
            return Err("a loaded state differs from the appended events".into());
        }
    }
    each.sort_unstable();
    Ok(each[each.len() / 2].as_secs_f64() * 1e6)
}

/// The length from which on loading with a snapshot is faster, interpolated between the measured
/// lengths by a straight line; `None` if a replay is faster at the greatest length.
pub(crate) fn crossover(loads: &[Loads]) -> Option<f64> {
    let lead = |loads: &Loads| loads.replayed - loads.with_snapshot;
    let last_loss = loads.iter().rposition(|loads| lead(loads) <= 0.0);
    let Some(last_loss) = last_loss else {
        return loads.first().map(|first| first.length as f64);
    };
    let (below, above) = (loads.get(last_loss)?, loads.get(last_loss + 1)?);
    let share = -lead(below) / (lead(above) - lead(below));
    Some(below.length as f64 + share * (above.length - below.length) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads(leads: &[(usize, f64)]) -> Vec<Loads> {
        let one = |(length, lead): &(usize, f64)| Loads {
            length: *length,
            replayed: 100.0 + lead,
            with_snapshot: 100.0,
        };
        leads.iter().map(one).collect()
    }

    #[test]
    fn the_crossover_lies_between_the_last_loss_and_the_next_gain() {
        let crossed = crossover(&loads(&[(20, -10.0), (50, 5.0), (100, -10.0), (200, 10.0)]));
        assert_eq!(crossed, Some(150.0));
    }

    #[test]
    fn snapshots_pay_from_the_first_event_without_losses_and_never_without_gains() {
        assert_eq!(crossover(&loads(&[(20, 1.0), (50, 5.0)])), Some(20.0));
        assert_eq!(crossover(&loads(&[(20, -2.0), (50, -1.0)])), None);
        assert_eq!(crossover(&[]), None);
    }
}
