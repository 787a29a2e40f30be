//! The reading columns and their data set.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::event::stream;
use crate::latencies::figures;
use crate::{Figures, Filled, Outcome, Shape, Store, StreamWrite};

/// The number of events in one append of the data set, each for another stream.
const FILL_BATCH: usize = 100;

/// A store with a data set.
pub(crate) struct Reads<S> {
    store: S,
    shape: Shape,
    /// The number of the next stream to load.
    next: usize,
}

impl<S: Store> Reads<S> {
    /// Fills a new file, measures the size of the closed file, and opens it again.
    pub(crate) async fn fill(path: &Path, shape: Shape) -> Outcome<(Self, Filled)> {
        let store = S::open(path).await?;
        let description = store.description().await?;
        let streams: Vec<usize> = (0..shape.streams).collect();
        for version in 0..shape.length as u64 {
            for streams in streams.chunks(FILL_BATCH) {
                let writes = streams
                    .iter()
                    .map(|number| StreamWrite::new(stream("tally", *number), version, 1))
                    .collect();
                store.append(store.prepare(writes)?).await?;
            }
        }
        store.close().await?;
        let bytes = S::bytes(path).await?;
        let filled = Filled {
            description,
            bytes_per_event: bytes as f64 / (shape.streams * shape.length) as f64,
        };
        let mut reads = Self {
            store: S::open(path).await?,
            shape,
            next: 0,
        };
        // Load every stream once, because the measurement is of a warm cache.
        for _ in 0..shape.streams {
            reads.load().await?;
        }
        Ok((reads, filled))
    }

    /// Loads one stream after the other.
    pub(crate) async fn measure_loads(&mut self, seconds: f64) -> Outcome<Figures> {
        let started = Instant::now();
        let mut each = Vec::new();
        while each.is_empty() || started.elapsed().as_secs_f64() < seconds {
            each.push(self.load().await?);
        }
        let events = each.len() * self.shape.length;
        Ok(figures(each, started.elapsed(), events))
    }

    /// Reads the log again and again.
    pub(crate) async fn measure_scans(&self, seconds: f64) -> Outcome<Figures> {
        let expected = self.shape.streams * self.shape.length;
        let started = Instant::now();
        let mut each = Vec::new();
        while each.is_empty() || started.elapsed().as_secs_f64() < seconds {
            let scan = Instant::now();
            let events = self.store.scan().await?;
            each.push(scan.elapsed());
            if events != expected {
                return Err(format!("a scan read {events} of {expected} events").into());
            }
        }
        let events = each.len() * expected;
        Ok(figures(each, started.elapsed(), events))
    }

    async fn load(&mut self) -> Outcome<Duration> {
        let stream = stream("tally", self.next);
        // Neighbouring streams share pages, so skip some. 7 is coprime to most numbers of streams:
        // the stride reaches all of them.
        self.next = (self.next + 7) % self.shape.streams;
        let started = Instant::now();
        let events = self.store.load(&stream).await?;
        let taken = started.elapsed();
        if events != self.shape.length {
            return Err(format!("{stream} has {events} of {} events", self.shape.length).into());
        }
        Ok(taken)
    }
}
