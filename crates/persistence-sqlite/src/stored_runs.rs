//! Owns how runs are read back, many at a time from one value.
//!
//! What a read costs is mostly the handing over of rows and columns from one thread to another, so SQLite strings
//! runs together and hands them over as one row: of each, its events and after them its event ids. What does
//! not fit is damage, never a guess.

use std::ops::RangeInclusive;

use bytes::Bytes;
use foldhash::HashMap;
use jiff::Timestamp;
use shared_kernel::{
    EventId, EventType, GlobalPosition, RecordedEvent, SchemaVersion, StoreError, StreamId,
    StreamVersion,
};
use uuid::Uuid;

use crate::error::damaged;
use crate::names::Names;
use crate::scan;
use crate::stored_metadata;

/// The SQL expression that strings runs `r` together. No function is called for a run but the aggregate.
macro_rules! strung_runs {
    () => {
        "group_concat(r.events || r.event_ids, '')"
    };
}

pub(crate) use strung_runs;

/// Which of the events in runs are wanted.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// Those between two versions of the stream with a key.
    Versions {
        stream_key: i64,
        stream: StreamId,
        versions: RangeInclusive<i64>,
    },
    Positions(RangeInclusive<i64>),
}

/// The events that were read from runs, in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct ReadRuns {
    /// Those that are wanted.
    pub(crate) events: Vec<RecordedEvent>,
    /// The positions of those whose payload stands apart; it is still to be read.
    pub(crate) apart: Vec<GlobalPosition>,
    /// The positions of those whose stream is not known yet, with its key.
    pub(crate) unnamed: Vec<(GlobalPosition, i64)>,
}

/// Reads runs, in whatever order they come.
pub(crate) struct RunReader<'q> {
    location: &'q str,
    names: &'q Names,
    wanted: Wanted,
    read: ReadRuns,
}

/// How many bytes an event id has.
const ID: usize = size_of::<Uuid>();

impl<'q> RunReader<'q> {
    /// One that has room for `expected` events.
    pub(crate) fn new(
        location: &'q str,
        names: &'q Names,
        wanted: Wanted,
        expected: usize,
    ) -> Self {
        Self {
            location,
            names,
            wanted,
            read: ReadRuns {
                events: Vec::with_capacity(expected),
                ..ReadRuns::default()
            },
        }
    }

    /// Reads what one row has of runs.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub(crate) fn add(&mut self, strung: &[u8]) -> Result<(), StoreError> {
        let mut text = RunText {
            rest: strung,
            known: &self.names.known(),
            wanted: &self.wanted,
            last_stream: None,
            last_metadata: None,
            last_type: None,
            no_id: EventId::from_parts(Timestamp::UNIX_EPOCH, [0; 10]),
            read: &mut self.read,
        };
        while !text.rest.is_empty() {
            let begin = text.rest;
            text.row().map_err(|problem| {
                let begin = begin.get(..40).unwrap_or(begin).escape_ascii();
                damaged(self.location, format!("the run `{begin}`: {problem}"))
            })?;
        }
        Ok(())
    }

    /// The events so far, in the order in which their runs came.
    pub(crate) fn events(&self) -> &[RecordedEvent] {
        &self.read.events
    }

    /// How many of them have a payload that stands apart.
    pub(crate) fn apart(&self) -> usize {
        self.read.apart.len()
    }

    /// All that was read.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where two events have the same position.
    pub(crate) fn finish(self) -> Result<ReadRuns, StoreError> {
        let mut read = self.read;
        // SQLite does not promise in which order it strings them together.
        read.events.sort_unstable_by_key(|event| event.position);
        let mut neighbours = read.events.iter().zip(read.events.iter().skip(1));
        match neighbours.find(|(one, next)| one.position == next.position) {
            Some((twice, _)) => {
                let problem = format!("there are two events at position {}", twice.position);
                Err(damaged(self.location, problem))
            }
            None => Ok(read),
        }
    }
}

/// What is left of runs that are strung together.
struct RunText<'t, 'r> {
    rest: &'t [u8],
    known: &'r HashMap<i64, StreamId>,
    wanted: &'r Wanted,
    /// The stream of the last run, by its key.
    last_stream: Option<(i64, StreamId)>,
    /// How the metadata of the last event that was read stands there.
    last_metadata: Option<&'t [u8]>,
    /// The type of the last event, where its name stands there without escapes.
    last_type: Option<EventType>,
    /// What stands for ids that are still to be read.
    no_id: EventId,
    read: &'r mut ReadRuns,
}

/// What the events of a run have in common.
struct Run {
    /// The position of its first event.
    position: i64,
    /// The version of its first event.
    version: i64,
    recorded_at: Timestamp,
    stream_key: i64,
    stream: StreamId,
    /// Whether that is the name of the stream, or stands for one that is not known yet.
    is_named: bool,
}

impl<'t> RunText<'t, '_> {
    /// Reads a row: a run, or several that share it.
    fn row(&mut self) -> Result<(), String> {
        let before = self.read.events.len();
        self.token(b"[")?;
        let (one, two) = (self.number()?, self.number()?);
        let (position, events) = match self.rest.first() {
            Some(b'[') => self.shared_row(one, two)?,
            _ => (one, self.run(one, two)?.0),
        };
        if position < 1 {
            return Err(format!("its position is {position}"));
        }
        // The ids come last: each event has got a place, and now what it is called.
        let (ids, _) = self.take(ID.saturating_mul(events))?.as_chunks::<ID>();
        for event in &mut self.read.events[before..] {
            let step = usize::try_from(event.position.as_i64() - position).ok();
            let id = step
                .and_then(|step| ids.get(step))
                .ok_or("an id is missing")?;
            event.id = EventId::from_uuid(Uuid::from_bytes(*id)).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// Reads the runs that share a row, from the first of them on, which has so many events and bytes. Passes over
    /// those of which nothing is wanted. Gives the position of the first event, and how many there are.
    fn shared_row(&mut self, mut events: i64, mut bytes: i64) -> Result<(i64, usize), String> {
        let mut first = None;
        let mut all = 0;
        let mut wanted = 0;
        let mut time = None;
        loop {
            let rest = usize::try_from(bytes).ok().filter(|_| events > 0);
            let rest = rest.and_then(|bytes| self.rest.get(bytes..));
            let rest = rest.ok_or("it ends too early")?;
            self.token(b"[")?;
            let (position, stream_key) = (self.number()?, self.number()?);
            let begin = *first.get_or_insert(position);
            if Some(position) != begin.checked_add(all) {
                return Err("a run does not follow the one before it".to_owned());
            }
            if self.wants(position, events, stream_key) {
                wanted += 1;
                let (found, recorded_at) = self.run(position, stream_key)?;
                if recorded_at != *time.get_or_insert(recorded_at) {
                    return Err("its runs are of different times".to_owned());
                }
                if i64::try_from(found) != Ok(events) || self.rest.len() != rest.len() {
                    return Err("a run is not as long as is said before it".to_owned());
                }
            }
            self.rest = rest;
            all = all.checked_add(events).ok_or("it has too many events")?;
            match self.take(1)? {
                b"," => (events, bytes) = (self.number()?, self.number()?),
                b"]" => break,
                _ => return Err("its runs do not end".to_owned()),
            }
        }
        if let Wanted::Versions { stream, .. } = self.wanted
            && wanted != 1
        {
            return Err(format!("{wanted} of its runs are of stream {stream}"));
        }
        let all = usize::try_from(all).map_err(|e| e.to_string())?;
        Ok((first.unwrap_or(0), all))
    }

    /// Whether anything of a run may be wanted.
    fn wants(&self, position: i64, events: i64, key: i64) -> bool {
        match self.wanted {
            Wanted::Versions { stream_key, .. } => *stream_key == key,
            Wanted::Positions(positions) => {
                position <= *positions.end() && position.saturating_add(events) > *positions.start()
            }
        }
    }

    /// Reads a run from what comes after its position and the key of its stream on, and gives how many events it has and
    /// when they were recorded.
    fn run(&mut self, position: i64, stream_key: i64) -> Result<(usize, Timestamp), String> {
        let version = self.number()?;
        if version < 1 {
            return Err(format!("its version is {version}"));
        }
        let recorded_at = timestamp(self.number()?)?;
        let (stream, is_named) = self.stream(stream_key)?;
        let run = Run {
            position,
            version,
            recorded_at,
            stream_key,
            stream,
            is_named,
        };
        let mut count = 0;
        for step in 0.. {
            self.event(&run, step)?;
            count += 1;
            match self.take(1)? {
                b"," => {}
                b"]" => break,
                _ => return Err("its events do not end".to_owned()),
            }
        }
        Ok((count, recorded_at))
    }

    /// Reads one event, without the comma or bracket after it, and keeps it, but for its id, if it is wanted.
    fn event(&mut self, run: &Run, step: i64) -> Result<(), String> {
        self.token(b"[")?;
        let payload = match self.rest.strip_prefix(b"null,") {
            Some(rest) => {
                self.rest = rest;
                None
            }
            None => Some(usize::try_from(self.number()?).map_err(|e| e.to_string())?),
        };
        let event_type = self.event_type()?;
        let schema_version = u32::try_from(self.number()?).ok();
        let schema_version = schema_version.and_then(|number| SchemaVersion::new(number).ok());
        let schema_version = schema_version.ok_or("a schema version is none")?;

        let text = self.rest;
        let last = self.read.events.last().map(|last| &last.metadata);
        let metadata = match (self.last_metadata.and_then(|t| text.strip_prefix(t)), last) {
            // Events of one command have one metadata.
            (Some(rest), Some(last)) => {
                self.rest = rest;
                last.clone()
            }
            _ => {
                let (metadata, rest) = stored_metadata::read(text, last)?;
                self.rest = rest;
                metadata
            }
        };
        let metadata_text = &text[..text.len() - self.rest.len()];

        let payload = match payload {
            Some(length) => {
                self.token(b",")?;
                Some(self.take(length)?)
            }
            None => None,
        };
        self.token(b"]")?;

        let position = run.position.checked_add(step);
        let position = position.ok_or("its position is too high")?;
        let version = run.version.checked_add(step);
        let version = version.ok_or("its version is too high")?;
        let is_wanted = match self.wanted {
            Wanted::Versions { versions, .. } => versions.contains(&version),
            Wanted::Positions(positions) => positions.contains(&position),
        };
        if !is_wanted {
            return Ok(());
        }
        let position = GlobalPosition::try_from(position).map_err(|e| e.to_string())?;
        if payload.is_none() {
            self.read.apart.push(position);
        }
        if !run.is_named {
            self.read.unnamed.push((position, run.stream_key));
        }
        self.last_metadata = Some(metadata_text);
        self.read.events.push(RecordedEvent {
            stream: run.stream.clone(),
            version: StreamVersion::try_from(version).map_err(|e| e.to_string())?,
            position,
            recorded_at: run.recorded_at,
            id: self.no_id,
            event_type,
            schema_version,
            payload: Bytes::copy_from_slice(payload.unwrap_or_default()),
            metadata,
        });
        Ok(())
    }

    /// The stream with a key and `true`; or any stream and `false` where its name is not known.
    fn stream(&mut self, key: i64) -> Result<(StreamId, bool), String> {
        if let Wanted::Versions {
            stream_key, stream, ..
        } = self.wanted
        {
            return if *stream_key == key {
                Ok((stream.clone(), true))
            } else {
                Err(format!("it is not of stream {stream}"))
            };
        }
        match &self.last_stream {
            Some((last, stream)) if *last == key => return Ok((stream.clone(), true)),
            _ => {}
        }
        match self.known.get(&key) {
            Some(stream) => {
                self.last_stream = Some((key, stream.clone()));
                Ok((stream.clone(), true))
            }
            None => {
                let unnamed = StreamId::new(format!("key {key}"));
                Ok((unnamed.map_err(|e| e.to_string())?, false))
            }
        }
    }

    fn event_type(&mut self) -> Result<EventType, String> {
        self.token(b"\"")?;
        if let Some(last) = &self.last_type {
            let name = last.as_str().as_bytes();
            if let Some(rest) = self.rest.strip_prefix(name)
                && let Some(rest) = rest.strip_prefix(b"\",")
            {
                self.rest = rest;
                return Ok(last.clone());
            }
        }
        let mut is_escaped = false;
        let end = self.rest.iter().position(|byte| {
            let is_end = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            is_end
        });
        let name = self.take(end.ok_or("an event type does not end")?)?;
        self.token(b"\",")?;
        if name.contains(&b'\\') {
            let quoted = [b"\"", name, b"\""].concat();
            let name: String = serde_json::from_slice(&quoted).map_err(|e| e.to_string())?;
            self.last_type = None;
            return EventType::new(name).map_err(|e| e.to_string());
        }
        let event_type = EventType::new(text(name)?).map_err(|e| e.to_string())?;
        self.last_type = Some(event_type.clone());
        Ok(event_type)
    }

    /// A decimal number and the comma after it.
    fn number(&mut self) -> Result<i64, String> {
        scan::number(&mut self.rest)
    }

    /// Takes what has to stand here.
    fn token(&mut self, token: &[u8]) -> Result<(), String> {
        scan::token(&mut self.rest, token)
    }

    fn take(&mut self, length: usize) -> Result<&'t [u8], String> {
        scan::take(&mut self.rest, length)
    }
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|e| e.to_string())
}

/// A time from the microseconds kept for it.
pub(crate) fn timestamp(micros: i64) -> Result<Timestamp, String> {
    const PER_SECOND: i64 = 1_000_000;
    // Not by `from_microsecond`, which knows no part of the last second that a timestamp can tell.
    let rest = i32::try_from(micros.rem_euclid(PER_SECOND)).unwrap_or(0);
    Timestamp::new(micros.div_euclid(PER_SECOND), rest * 1_000)
        .map_err(|e| format!("{micros} microseconds are no time: {e}"))
}

#[cfg(test)]
mod tests;
