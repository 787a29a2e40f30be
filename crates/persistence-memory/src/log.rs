//! Owns what the store holds and the decision what an append does to it.
//!
//! Refuses to wait, to lock and to tell the time: the store around it does.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use shared_kernel::{
    Append, AppendError, AppendOutcome, AppendReceipt, EventId, GlobalPosition, OutOfRange,
    RecordedEvent, StoreError, StreamId, StreamVersion, detect_repetition,
};

/// What errors name as the place of the store.
pub(crate) const LOCATION: &str = "in memory";

/// All events in the order of their positions, and the ways to find them.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// The event at position p is at index p − 1.
    records: Vec<RecordedEvent>,
    /// For each stream the indexes of its events: the event of version v is at v − 1. The order of
    /// the keys is the byte order of the names.
    streams: BTreeMap<StreamId, Vec<usize>>,
    ids: HashMap<EventId, usize>,
}

impl Log {
    pub(crate) fn records(&self) -> &[RecordedEvent] {
        &self.records
    }

    pub(crate) fn streams(&self) -> &BTreeMap<StreamId, Vec<usize>> {
        &self.streams
    }

    pub(crate) fn head(&self) -> Option<GlobalPosition> {
        self.records.last().map(|record| record.position)
    }

    pub(crate) fn version_of(&self, stream: &StreamId) -> StreamVersion {
        self.streams
            .get(stream)
            .and_then(|indexes| indexes.last())
            .map_or(StreamVersion::EMPTY, |last| self.records[*last].version)
    }

    pub(crate) fn find(&self, id: EventId) -> Option<&RecordedEvent> {
        self.ids.get(&id).map(|index| &self.records[*index])
    }

    /// Takes all of an append that [`Append::validate`] has let pass, or nothing.
    pub(crate) fn append(
        &mut self,
        append: &Append,
        now: Timestamp,
    ) -> Result<AppendReceipt, AppendError> {
        let recorded: Vec<_> = append
            .events()
            .map(|(_, event)| self.find(event.id).cloned())
            .collect();
        let version_now = |stream: &StreamId| self.version_of(stream);
        if let Some(repeated) = detect_repetition(append, &recorded, version_now)? {
            return Ok(repeated);
        }
        append.check_expectations(version_now)?;
        let records = self.records_of(append, now).map_err(out_of_range)?;
        let positions = records.iter().map(|record| record.position).collect();

        // From here on nothing can fail, so that nobody ever sees a part of it.
        for record in records {
            self.push(record);
        }
        let versions = append.writes().iter();
        Ok(AppendReceipt {
            outcome: AppendOutcome::Written,
            versions: versions
                .map(|write| (write.stream.clone(), self.version_of(&write.stream)))
                .collect(),
            positions,
        })
    }

    /// The records that an append becomes.
    fn records_of(
        &self,
        append: &Append,
        now: Timestamp,
    ) -> Result<Vec<RecordedEvent>, OutOfRange> {
        // The clock may step back; the log does not.
        let last = self.records.last().map_or(now, |last| last.recorded_at);
        let recorded_at = now.max(last);
        let mut position = self.head().unwrap_or(GlobalPosition::START);
        let mut records = Vec::with_capacity(append.event_count());
        for write in append.writes() {
            let mut version = self.version_of(&write.stream);
            for event in &write.events {
                version = version.advanced_by(1)?;
                position = position.advanced_by(1)?;
                records.push(RecordedEvent {
                    stream: write.stream.clone(),
                    version,
                    position,
                    recorded_at,
                    id: event.id,
                    event_type: event.event_type.clone(),
                    schema_version: event.schema_version,
                    payload: event.payload.clone(),
                    metadata: event.metadata.clone(),
                });
            }
        }
        Ok(records)
    }

    fn push(&mut self, record: RecordedEvent) {
        let index = self.records.len();
        self.ids.insert(record.id, index);
        let indexes = self.streams.entry(record.stream.clone()).or_default();
        indexes.push(index);
        self.records.push(record);
    }
}

fn out_of_range(source: OutOfRange) -> StoreError {
    StoreError::OutOfRange {
        location: LOCATION.to_owned(),
        source,
    }
}
