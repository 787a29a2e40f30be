//! Owns what the store holds and the decision what an append does to it.
//!
//! Refuses to wait, to lock and to tell the time: the store around it does.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use shared_kernel::store::{AppendOutcome, AppendReceipt, detect_repetition};
use shared_kernel::stream::OutOfRange;
use shared_kernel::{
    Append, AppendError, EventId, GlobalPosition, StoreError, StreamId, StreamVersion,
};

use crate::entry::{Brought, Entry};

/// What errors name as the place of the store.
pub(crate) const LOCATION: &str = "in memory";

/// All events in the order of their positions, and the ways to find them.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The event at position p is at index p − 1.
    entries: Vec<Entry>,
    /// For each stream the indexes of its events: the event of version v is at v − 1. The order of
    /// the keys is the byte order of the names.
    streams: BTreeMap<StreamId, Vec<usize>>,
    ids: HashMap<EventId, usize>,
}

impl Log {
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn streams(&self) -> &BTreeMap<StreamId, Vec<usize>> {
        &self.streams
    }

    pub(crate) fn head(&self) -> Option<GlobalPosition> {
        self.entries.last().map(|entry| entry.position)
    }

    pub(crate) fn version_of(&self, stream: &StreamId) -> StreamVersion {
        self.streams
            .get(stream)
            .and_then(|indexes| indexes.last())
            .map_or(StreamVersion::EMPTY, |last| self.entries[*last].version)
    }

    pub(crate) fn find(&self, id: EventId) -> Option<&Entry> {
        self.ids.get(&id).map(|index| &self.entries[*index])
    }

    /// Takes all of an append that [`Append::validate`] has let pass, or nothing. `brought` is what
    /// its events were made into.
    pub(crate) fn append(
        &mut self,
        append: &Append,
        brought: Vec<Arc<Brought>>,
        now: Timestamp,
    ) -> Result<AppendReceipt, AppendError> {
        let version_now = |stream: &StreamId| self.version_of(stream);
        if append
            .events()
            .any(|(_, event)| self.ids.contains_key(&event.id))
        {
            let recorded: Vec<_> = append
                .events()
                .map(|(_, event)| self.find(event.id).map(Entry::record))
                .collect();
            if let Some(repeated) = detect_repetition(append, &recorded, version_now)? {
                return Ok(repeated);
            }
        }
        append.check_expectations(version_now)?;
        let entries = self
            .entries_of(append, brought, now)
            .map_err(out_of_range)?;
        let positions = entries.iter().map(|entry| entry.position).collect();

        // From here on nothing can fail, so that nobody ever sees a part of it.
        let mut versions = Vec::with_capacity(append.writes().len());
        let mut index = self.entries.len();
        for write in append.writes() {
            let end = index + write.events.len();
            if index < end {
                let indexes = self.streams.entry(write.stream.clone()).or_default();
                indexes.extend(index..end);
            }
            let ids = write.events.iter().map(|event| event.id);
            self.ids.extend(ids.zip(index..));
            index = end;
        }
        self.entries.extend(entries);
        for write in append.writes() {
            versions.push((write.stream.clone(), self.version_of(&write.stream)));
        }
        Ok(AppendReceipt {
            outcome: AppendOutcome::Written,
            versions,
            positions,
        })
    }

    /// The entries that an append becomes.
    fn entries_of(
        &self,
        append: &Append,
        brought: Vec<Arc<Brought>>,
        now: Timestamp,
    ) -> Result<Vec<Entry>, OutOfRange> {
        // The clock may step back; the log does not.
        let last = self.entries.last().map_or(now, |last| last.recorded_at);
        let recorded_at = now.max(last);
        let mut position = self.head().unwrap_or(GlobalPosition::START);
        let mut entries = Vec::with_capacity(brought.len());
        let mut brought = brought.into_iter();
        for write in append.writes() {
            let mut version = self.version_of(&write.stream);
            for brought in brought.by_ref().take(write.events.len()) {
                version = version.advanced_by(1)?;
                position = position.advanced_by(1)?;
                entries.push(Entry {
                    brought,
                    version,
                    position,
                    recorded_at,
                });
            }
        }
        Ok(entries)
    }
}

fn out_of_range(source: OutOfRange) -> StoreError {
    StoreError::OutOfRange {
        location: LOCATION.to_owned(),
        source,
    }
}
