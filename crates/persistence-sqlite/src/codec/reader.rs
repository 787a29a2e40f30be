//! Reads recorded events out of the texts of batches.
//!
//! A statement concatenates the column `events` of many batches into one text, because handing over
//! a row costs more than reading it. [`BatchReader`] takes such texts in any order and keeps the
//! events of the wanted range. [`batch`](super::batch) describes the text of one batch.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use bytes::Bytes;
use jiff::Timestamp;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::time::from_micros;
use shared_kernel::{EventId, GlobalPosition, RecordedEvent, StreamId, StreamVersion};
use sqlite_file::FileError;
use sqlx::error::BoxDynError;
use uuid::Uuid;

use super::metadata;
use super::text::Text;

/// The events to keep of the batches that are read.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// These versions; every batch must be of this stream.
    Versions(StreamId, RangeInclusive<i64>),
    /// These positions, of any stream.
    Positions(RangeInclusive<i64>),
}

/// Collects the wanted events of batches.
pub(crate) struct BatchReader {
    wanted: Wanted,
    found: FoundEvents,
}

/// The wanted events that were found.
#[derive(Debug, Default)]
pub(crate) struct FoundEvents {
    /// Sorted by position.
    pub(crate) events: Vec<RecordedEvent>,
    /// The positions of those with an out-of-line payload, which is empty until it is read.
    pub(crate) out_of_line: HashSet<GlobalPosition>,
    /// The last version of each batch, in the order of the texts.
    pub(crate) last_versions: Vec<i64>,
}

/// The stream of an event, and its coordinates there and in the log.
struct Coordinates {
    stream: StreamId,
    version: i64,
    position: i64,
    recorded_at: Timestamp,
}

impl BatchReader {
    pub(crate) fn new(wanted: Wanted) -> Self {
        let (Wanted::Versions(_, range) | Wanted::Positions(range)) = &wanted;
        let count = range.end().saturating_sub(*range.start()).clamp(0, 511) + 1;
        let mut found = FoundEvents::default();
        found.events.reserve(usize::try_from(count).unwrap_or(0));
        Self { wanted, found }
    }

    /// Reads the batches of one text.
    ///
    /// # Errors
    /// [`FileError::Damaged`] for a text that is not batches, and for a batch of another stream
    /// than the wanted one.
    pub(crate) fn read(&mut self, text: &[u8]) -> Result<(), FileError> {
        let text = std::str::from_utf8(text)
            .map_err(|e| FileError::Damaged(format!("the text of a batch: {e}")))?;
        let mut text = Text::new(text);
        let mut last_metadata = None;
        while !text.rest().is_empty() {
            let begin = text.rest();
            let read = self.read_batch(&mut text, &mut last_metadata);
            read.map_err(|problem| {
                let begin: String = begin.chars().take(40).collect();
                FileError::Damaged(format!("the batch `{begin}…`: {problem}"))
            })?;
        }
        Ok(())
    }

    /// The wanted events so far, in no order.
    pub(crate) fn events(&self) -> &[RecordedEvent] {
        &self.found.events
    }

    /// The wanted events.
    ///
    /// # Errors
    /// [`FileError::Damaged`] where two events have one position.
    pub(crate) fn finish(mut self) -> Result<FoundEvents, FileError> {
        let events = &mut self.found.events;
        // SQLite does not promise the order in which it concatenates.
        events.sort_unstable_by_key(|event| event.position);
        let mut pairs = events.windows(2);
        if let Some(pair) = pairs.find(|pair| pair[0].position == pair[1].position) {
            let problem = format!("position {} has two events", pair[0].position);
            return Err(FileError::Damaged(problem));
        }
        Ok(self.found)
    }

    /// Reads one batch. `last_metadata` is the text of the metadata of the last event that was
    /// kept.
    fn read_batch<'t>(
        &mut self,
        text: &mut Text<'t>,
        last_metadata: &mut Option<&'t str>,
    ) -> Result<(), BoxDynError> {
        text.expect("[")?;
        let position = text.number()?;
        let stream = text.string()?;
        let stream = self.stream(&stream)?;
        text.expect(",")?;
        let mut at = Coordinates {
            stream,
            version: text.number()?,
            position,
            recorded_at: from_micros(text.number()?)?,
        };
        if at.position < 1 || at.version < 1 {
            return Err("its first position or version is below 1".into());
        }
        loop {
            self.read_event(text, &at, last_metadata)?;
            if !text.accept(",") {
                break;
            }
            at.position = at.position.checked_add(1).ok_or("a position is too high")?;
            at.version = at.version.checked_add(1).ok_or("a version is too high")?;
        }
        text.expect("]")?;
        self.found.last_versions.push(at.version);
        Ok(())
    }

    /// Reads one event, and keeps it if it is wanted. It shares the names of the last one that was
    /// kept: the events of one command have the same metadata, and often the same type.
    fn read_event<'t>(
        &mut self,
        text: &mut Text<'t>,
        at: &Coordinates,
        last_metadata: &mut Option<&'t str>,
    ) -> Result<(), BoxDynError> {
        let last = self.found.events.last();
        text.expect("[\"")?;
        let id = Uuid::try_parse(text.take(uuid::fmt::Simple::LENGTH)?);
        let id = EventId::from_uuid(id?)?;
        text.expect("\",")?;
        let is_out_of_line = text.accept("null,");
        let length = if is_out_of_line { 0 } else { text.number()? };
        let name = text.string()?;
        text.expect(",")?;
        let event_type = match last {
            Some(last) if last.event_type.as_str() == name => last.event_type.clone(),
            _ => EventType::new(name)?,
        };
        let schema_version = u32::try_from(text.number()?)?;
        let schema_version = SchemaVersion::new(schema_version)?;
        let begin = text.rest();
        let metadata = match (last, *last_metadata) {
            (Some(last), Some(same)) if text.accept(same) => last.metadata.clone(),
            _ => metadata::read(text, last.map(|last| &last.metadata))?,
        };
        let metadata_text = begin.get(..begin.len() - text.rest().len());
        let mut payload = Bytes::new();
        if !is_out_of_line {
            text.expect(",")?;
            let length = usize::try_from(length)?;
            payload = Bytes::copy_from_slice(text.take(length)?.as_bytes());
        }
        text.expect("]")?;
        let event = RecordedEvent {
            stream: at.stream.clone(),
            version: StreamVersion::try_from(at.version)?,
            position: GlobalPosition::try_from(at.position)?,
            recorded_at: at.recorded_at,
            id,
            event_type,
            schema_version,
            payload,
            metadata,
        };
        let is_wanted = match &self.wanted {
            Wanted::Versions(_, versions) => versions.contains(&at.version),
            Wanted::Positions(positions) => positions.contains(&at.position),
        };
        if is_wanted {
            if is_out_of_line {
                self.found.out_of_line.insert(event.position);
            }
            self.found.events.push(event);
            *last_metadata = metadata_text;
        }
        Ok(())
    }

    /// The stream of a batch. It shares the name of the wanted one or of the event before.
    fn stream(&self, name: &str) -> Result<StreamId, BoxDynError> {
        let known = match &self.wanted {
            Wanted::Versions(stream, _) => Some(stream),
            Wanted::Positions(_) => self.found.events.last().map(|event| &event.stream),
        };
        match (known, &self.wanted) {
            (Some(known), _) if known.as_str() == name => Ok(known.clone()),
            (Some(wanted), Wanted::Versions(..)) => {
                Err(format!("it belongs to stream {name}, not to {wanted}").into())
            }
            _ => Ok(StreamId::new(name)?),
        }
    }
}

#[cfg(test)]
mod tests;
