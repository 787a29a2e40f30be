//! Helpers of saboteurs: rebuild an append, look events up, wait for another caller.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use jiff::Timestamp;
use shared_kernel::store::{AppendReceipt, Conflict, StreamWrite};
use shared_kernel::{Append, EventId, EventStore, ExpectedVersion, NewEvent, StreamId};

use crate::harness::Door;

/// The same append with other writes.
pub(crate) fn with_writes(
    append: &Append,
    writes: impl IntoIterator<Item = StreamWrite>,
) -> Append {
    let written = writes.into_iter().fold(Append::new(), Append::with_write);
    append.checks().iter().fold(written, |append, check| {
        append.check(check.stream.clone(), check.expected)
    })
}

/// The same append with other events.
pub(crate) fn with_events(append: &Append, change: impl Fn(NewEvent) -> NewEvent) -> Append {
    let writes = append.writes().iter().cloned().map(|write| StreamWrite {
        events: write.events.into_iter().map(&change).collect(),
        ..write
    });
    with_writes(append, writes)
}

/// The same append with other expectations, of writes and of checks.
pub(crate) fn with_expectations(
    append: &Append,
    change: impl Fn(ExpectedVersion) -> ExpectedVersion,
) -> Append {
    let writes = append.writes().iter().cloned().map(|write| StreamWrite {
        expected: change(write.expected),
        ..write
    });
    let written = writes.fold(Append::new(), Append::with_write);
    append.checks().iter().fold(written, |append, check| {
        append.check(check.stream.clone(), change(check.expected))
    })
}

/// The same append with other names of streams.
pub(crate) fn with_streams(append: &Append, change: impl Fn(&StreamId) -> StreamId) -> Append {
    let writes = append.writes().iter().cloned().map(|write| StreamWrite {
        stream: change(&write.stream),
        ..write
    });
    with_writes(append, writes)
}

/// The same append without expectations.
pub(crate) fn unconditional(append: &Append) -> Append {
    let append = with_expectations(append, |_| ExpectedVersion::Any);
    append
        .writes()
        .iter()
        .cloned()
        .fold(Append::new(), Append::with_write)
}

/// An id that no law uses.
pub(crate) fn foreign_id() -> EventId {
    static USED: AtomicU64 = AtomicU64::new(0);
    let mut chance = [0xff; 10];
    chance[2..].copy_from_slice(&USED.fetch_add(1, Ordering::SeqCst).to_be_bytes());
    EventId::from_parts(Timestamp::MAX, chance)
}

/// Whether all its expectations hold now.
pub(crate) async fn holds(door: &Door, append: &Append) -> Result<(), Conflict> {
    for (stream, expected) in append.expectations() {
        let actual = door
            .sound
            .stream_version(stream)
            .await
            .expect("memory answers");
        expected.check(stream, actual)?;
    }
    Ok(())
}

/// Whether an id of the append is recorded.
pub(crate) async fn is_known(door: &Door, append: &Append) -> bool {
    for (_, event) in append.events() {
        let found = door.sound.find_event(event.id).await;
        if found.expect("memory answers").is_some() {
            return true;
        }
    }
    false
}

/// The receipt of two appends, one after the other.
pub(crate) fn joined(first: AppendReceipt, then: AppendReceipt) -> AppendReceipt {
    let mut joined = then;
    if joined.positions.is_empty() {
        joined.outcome = first.outcome;
    }
    let mut versions = first.versions;
    versions.retain(|(stream, _)| joined.version_of(stream).is_none());
    versions.append(&mut joined.versions);
    joined.versions = versions;
    joined.positions.splice(..0, first.positions);
    joined
}

/// Counts the callers inside a section, so that races happen on any machine.
#[derive(Default)]
pub(crate) struct Room(AtomicUsize);

/// A caller inside, until it is dropped.
pub(crate) struct Guest<'a>(&'a Room);

impl Room {
    pub(crate) fn enter(&self) -> Guest<'_> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Guest(self)
    }

    /// Waits a while for a second caller. Returns whether one came.
    pub(crate) async fn fills(&self) -> bool {
        for _ in 0..1000 {
            if self.0.load(Ordering::SeqCst) > 1 {
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    }
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}
