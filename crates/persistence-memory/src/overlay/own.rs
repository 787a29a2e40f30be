//! The own events of an overlay, and the rules of its appends.

use std::collections::{BTreeMap, HashMap};

use shared_kernel::store::{AppendReceipt, detect_repetition};
use shared_kernel::time::{Clock, RecordedTimes};
use shared_kernel::{
    Append, AppendError, EventId, GlobalPosition, RecordedEvent, StreamId, StreamVersion,
};

use crate::log::out_of_range;

/// The own events.
#[derive(Default)]
pub(super) struct Own {
    /// The event at position begin + 1 + i has index i.
    pub(super) events: Vec<RecordedEvent>,
    /// The version of each stream in the store, and the indexes of its own events.
    pub(super) streams: BTreeMap<StreamId, (StreamVersion, Vec<usize>)>,
    pub(super) ids: HashMap<EventId, usize>,
    /// The streams that an append has written or checked, with their versions in the store.
    pub(super) used: BTreeMap<StreamId, StreamVersion>,
    pub(super) times: RecordedTimes,
}

impl Own {
    pub(super) fn version_of(&self, stream: &StreamId, before: StreamVersion) -> StreamVersion {
        let own = self.streams.get(stream);
        let last = own.and_then(|(_, indexes)| indexes.last());
        last.map_or(before, |last| self.events[*last].version)
    }

    /// Applies an append, or changes nothing.
    pub(super) fn append(
        &mut self,
        append: &Append,
        mut recorded: Vec<Option<RecordedEvent>>,
        before: &BTreeMap<StreamId, StreamVersion>,
        begin: GlobalPosition,
        clock: &dyn Clock,
    ) -> Result<AppendReceipt, AppendError> {
        let base = |stream: &StreamId| before.get(stream).copied().unwrap_or_default();
        let version_now = |stream: &StreamId| self.version_of(stream, base(stream));
        for ((_, event), found) in append.events().zip(&mut recorded) {
            if let Some(index) = self.ids.get(&event.id) {
                *found = Some(self.events[*index].clone());
            }
        }
        if let Some(repeated) = detect_repetition(append, &recorded, version_now)? {
            return Ok(repeated);
        }
        append.check_expectations(version_now)?;
        let head = self.events.last().map_or(begin, |last| last.position);
        let receipt = AppendReceipt::written(append, head, version_now).map_err(out_of_range)?;
        let recorded_at = self.times.next(clock.now());
        let mut positions = receipt.positions.iter();
        for write in append.writes() {
            for event in &write.events {
                let Some(position) = positions.next() else {
                    continue;
                };
                let before = base(&write.stream);
                let version = self.version_of(&write.stream, before);
                let version = version.advanced_by(1).map_err(out_of_range)?;
                let own = self.streams.entry(write.stream.clone());
                let (_, indexes) = own.or_insert_with(|| (before, Vec::new()));
                indexes.push(self.events.len());
                self.ids.insert(event.id, self.events.len());
                self.events.push(RecordedEvent {
                    stream: write.stream.clone(),
                    version,
                    position: *position,
                    recorded_at,
                    id: event.id,
                    event_type: event.event_type.clone(),
                    schema_version: event.schema_version,
                    payload: event.payload.clone(),
                    metadata: event.metadata.clone(),
                });
            }
        }
        if !receipt.positions.is_empty() {
            self.times.record(recorded_at);
        }
        let used = append.expectations();
        self.used
            .extend(used.map(|(stream, _)| (stream.clone(), base(stream))));
        Ok(receipt)
    }
}
