//! The log: the events of a store, their indexes, and the rules of an append.
//!
//! It neither waits nor locks and reads no clock. The store around it does all three.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use shared_kernel::store::{
    AppendReceipt, Destination, ImportError, InvalidPart, LogPart, LogPoint, StoreId,
    detect_repetition,
};
use shared_kernel::stream::OutOfRange;
use shared_kernel::time::RecordedTimes;
use shared_kernel::{
    Append, AppendError, EventId, GlobalPosition, StoreError, StreamId, StreamVersion,
};

use crate::entry::{Content, Entry};

/// The location in the errors of the store.
pub(crate) const LOCATION: &str = "in memory";

/// All events in the order of their positions, with an index by stream and one by event id.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The event at position p has index p − 1.
    entries: Vec<Entry>,
    /// The indexes of each stream's events: the event with version v comes at v − 1. For example, a
    /// stream with the indexes `[0, 4]` has its second event at position 5. Keys sort by bytes.
    streams: BTreeMap<StreamId, Vec<usize>>,
    ids: HashMap<EventId, usize>,
    times: RecordedTimes,
    /// `None` until a handle asks for it.
    pub(crate) id: Option<StoreId>,
    /// Set while the log is frozen.
    pub(crate) destination: Option<Destination>,
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

    pub(crate) fn position_at(&self, time: Timestamp) -> Option<GlobalPosition> {
        let mut entries = self.entries.iter();
        let last = entries.rfind(|entry| entry.recorded_at <= time);
        last.map(|entry| entry.position)
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

    /// Applies an append that [`Append::validate`] accepted, or changes nothing. `contents` holds
    /// the events of the append, in order.
    pub(crate) fn append(
        &mut self,
        append: &Append,
        contents: Vec<Arc<Content>>,
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
        self.check_thawed()?;
        append.check_expectations(version_now)?;
        let head = self.head().unwrap_or(GlobalPosition::START);
        let receipt = AppendReceipt::written(append, head, version_now).map_err(out_of_range)?;
        let recorded_at = self.times.next(now);
        let entries = self
            .entries_of(append, contents, recorded_at)
            .map_err(out_of_range)?;

        // Nothing below can fail, so no reader sees a part of the append.
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
        if !entries.is_empty() {
            self.times.record(recorded_at);
        }
        self.entries.extend(entries);
        Ok(receipt)
    }

    /// Writes the events of a part behind the end, or changes nothing.
    pub(crate) fn import(&mut self, part: LogPart) -> Result<(), ImportError> {
        part.validate()?;
        self.check_thawed()?;
        let head = self.head();
        if head.unwrap_or(GlobalPosition::START) != part.begin() {
            return Err(ImportError::OtherEnd { head });
        }
        let last = self.entries.last().map(|entry| LogPoint {
            position: entry.position,
            id: entry.content.event.id,
        });
        if last != part.after || (last.is_some() && self.id != Some(part.store)) {
            let location = LOCATION.to_owned();
            return Err(ImportError::OtherLog { location });
        }
        part.check_versions(|stream| self.version_of(stream))?;
        let times = part.times(self.times)?;
        if let Some(event) = part.events.iter().find(|e| self.ids.contains_key(&e.id)) {
            return Err(ImportError::Invalid(InvalidPart {
                position: event.position,
                problem: format!("its id {} is recorded already", event.id),
            }));
        }

        // Nothing below can fail, so no reader sees a part of it.
        self.id = Some(part.store);
        self.times = times.last().copied().unwrap_or(self.times);
        for event in part.events {
            let entry = Entry::of(event);
            let index = self.entries.len();
            let stream = entry.content.stream.clone();
            self.streams.entry(stream).or_default().push(index);
            self.ids.insert(entry.content.event.id, index);
            self.entries.push(entry);
        }
        Ok(())
    }

    /// Refuses all writes of a frozen log.
    fn check_thawed(&self) -> Result<(), StoreError> {
        match &self.destination {
            None => Ok(()),
            Some(to) => Err(moved(to)),
        }
    }

    /// The entries of an append, with their versions, positions and time.
    fn entries_of(
        &self,
        append: &Append,
        contents: Vec<Arc<Content>>,
        recorded_at: Timestamp,
    ) -> Result<Vec<Entry>, OutOfRange> {
        let mut position = self.head().unwrap_or(GlobalPosition::START);
        let mut entries = Vec::with_capacity(contents.len());
        let mut contents = contents.into_iter();
        for write in append.writes() {
            let mut version = self.version_of(&write.stream);
            for content in contents.by_ref().take(write.events.len()) {
                version = version.advanced_by(1)?;
                position = position.advanced_by(1)?;
                entries.push(Entry {
                    content,
                    version,
                    position,
                    recorded_at,
                });
            }
        }
        Ok(entries)
    }
}

pub(crate) fn moved(to: &Destination) -> StoreError {
    StoreError::Moved {
        location: LOCATION.to_owned(),
        to: to.to_string(),
    }
}

pub(crate) fn out_of_range(source: OutOfRange) -> StoreError {
    StoreError::OutOfRange {
        location: LOCATION.to_owned(),
        source,
    }
}
