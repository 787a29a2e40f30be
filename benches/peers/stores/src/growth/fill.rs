//! Fills a log with streams of 200 events; a thousand streams at a time are interleaved event by
//! event.

use std::path::Path;
use std::time::Instant;

use persistence_sqlite::{Durability, SqliteOptions, SqliteStore};
use shared_kernel::EventStore;
use subject::{Outcome, Store, StreamWrite};

use crate::annals::Annals;
use crate::column::thousands;

/// The number of events in a stream.
pub(super) const STREAM_LENGTH: usize = 200;
/// The number of streams that grow side by side. Consecutive events of a stream are that many
/// events apart in the log.
const WINDOW: usize = 1_000;
/// The number of events in one append, each for another stream.
const BATCH: usize = 500;

/// The name of a stream.
pub(super) fn stream(number: usize) -> String {
    format!("tally-{number:019}")
}

/// Fills the file up to `length` events. It continues a file that an earlier run has filled in
/// part.
pub(super) async fn fill(path: &Path, length: usize) -> Outcome<()> {
    if !length.is_multiple_of(STREAM_LENGTH) {
        return Err(format!("{length} events are not a multiple of {STREAM_LENGTH}").into());
    }
    // Filling needs no durability: a lost file can be filled again. The measurement opens the store
    // with its own options.
    let options = SqliteOptions::new().with_durability(Durability::MayLoseLastAppendsOnPowerLoss);
    let store = SqliteStore::open_with(path, options).await?;
    let start = match store.head().await? {
        None => 0,
        Some(head) => usize::try_from(head.get())?,
    };
    let subject = Annals::new(store);
    let started = Instant::now();
    let streams = length / STREAM_LENGTH;
    let mut filled = 0;
    for first in (0..streams).step_by(WINDOW) {
        let window = first..streams.min(first + WINDOW);
        for version in 0..STREAM_LENGTH {
            for batch in (window.start..window.end).step_by(BATCH) {
                let batch = batch..window.end.min(batch + BATCH);
                filled += batch.len();
                if filled <= start {
                    continue;
                }
                let writes =
                    batch.map(|number| StreamWrite::new(stream(number), version as u64, 1));
                subject.append(subject.prepare(writes.collect())?).await?;
            }
        }
        if filled > start {
            let seconds = started.elapsed().as_secs_f64();
            eprint!("\r{} events, {seconds:.0} s", thousands(filled as f64));
        }
    }
    if filled > start {
        eprintln!();
    }
    subject.close().await
}
