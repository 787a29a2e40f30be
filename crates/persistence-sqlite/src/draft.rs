//! Owns the drafting of a group of appends: which of them can be written, and with which numbers,
//! if the log is as the writer knows it.
//!
//! Only what is accepted here is certain once it is written. What would be refused is left out,
//! and the file itself is asked about it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use shared_kernel::{
    Append, AppendOutcome, AppendReceipt, GlobalPosition, OutOfRange, StreamId, StreamVersion,
};

use crate::encoded_event::EncodedEvent;
use crate::event_insert::{EventRow, Inserts};
use crate::known_log::{KnownEnd, KnownLog};
use crate::write_transaction::LogEnd;

/// How many events a draft has at most: more of them gain nothing by sharing a commit.
const MOST_EVENTS: usize = 1_024;

/// A stream that has events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    pub(crate) key: i64,
    pub(crate) version: StreamVersion,
}

pub(crate) struct Draft<'k> {
    known: &'k KnownLog,
    end: KnownEnd,
    now: Timestamp,
    /// The streams that the draft writes, as they are after it.
    streams: HashMap<StreamId, Stream>,
    ids: HashSet<[u8; 16]>,
    /// The streams of appends that were left out. Those that come later and name them are left out
    /// too, so that nobody overtakes.
    left_out: HashSet<StreamId>,
    inserts: Inserts,
}

/// A draft that is ready to be written, and what the log is like after it.
pub(crate) struct Outline {
    pub(crate) inserts: Inserts,
    pub(crate) end: KnownEnd,
    pub(crate) streams: HashMap<StreamId, Stream>,
    pub(crate) last: GlobalPosition,
}

impl<'k> Draft<'k> {
    pub(crate) fn new(known: &'k KnownLog, end: KnownEnd, now: Timestamp) -> Self {
        Self {
            known,
            end,
            now,
            streams: HashMap::new(),
            ids: HashSet::new(),
            left_out: HashSet::new(),
            inserts: Inserts::default(),
        }
    }

    /// Takes an append with what its events are encoded as, or leaves it out.
    pub(crate) fn take(
        &mut self,
        append: &Append,
        encoded: &[EncodedEvent],
    ) -> Option<AppendReceipt> {
        let receipt = self.receipt(append, encoded);
        let Some((receipt, last)) = receipt else {
            let streams = append.expectations().map(|(stream, _)| stream.clone());
            self.left_out.extend(streams);
            return None;
        };
        self.ids.extend(encoded.iter().map(|event| event.id));
        let recorded_at = self.now.as_microsecond().max(self.end.log.recorded_at);
        for (stream, version) in &receipt.versions {
            let known = self.stream(stream);
            if *version == known.map_or(StreamVersion::EMPTY, |stream| stream.version) {
                // Its write has no events.
                continue;
            }
            let key = known.map_or_else(|| self.new_stream(stream), |stream| stream.key);
            let version = *version;
            self.streams.insert(stream.clone(), Stream { key, version });
        }
        let streams = &self.streams;
        let key_of = |stream: &StreamId| streams.get(stream).map_or(0, |stream| stream.key);
        for row in rows(append, encoded, &receipt, recorded_at, key_of) {
            self.inserts.event(row);
        }
        self.end.log = LogEnd {
            position: last.as_i64(),
            recorded_at,
        };
        Some(receipt)
    }

    /// What is to be written, where anything is.
    pub(crate) fn finish(self) -> Option<Outline> {
        let last = GlobalPosition::try_from(self.end.log.position).ok()?;
        (self.inserts.event_count() > 0).then_some(Outline {
            inserts: self.inserts,
            end: self.end,
            streams: self.streams,
            last,
        })
    }

    /// The receipt of an append that fits, and its last position.
    fn receipt(
        &self,
        append: &Append,
        encoded: &[EncodedEvent],
    ) -> Option<(AppendReceipt, GlobalPosition)> {
        let in_order = append
            .expectations()
            .all(|(stream, _)| !self.left_out.contains(stream));
        let are_new = encoded.iter().all(|event| !self.ids.contains(&event.id));
        let has_room = self.inserts.event_count() + encoded.len() <= MOST_EVENTS;
        if !(in_order && are_new && has_room) {
            return None;
        }
        let version_of = |stream: &StreamId| {
            let known = self.stream(stream);
            known.map_or(StreamVersion::EMPTY, |stream| stream.version)
        };
        append.check_expectations(version_of).ok()?;
        let receipt = receipt(append, self.end.log.position, version_of).ok()?;
        let last = receipt.last_position()?;
        Some((receipt, last))
    }

    fn stream(&self, stream: &StreamId) -> Option<Stream> {
        let drafted = self.streams.get(stream).copied();
        drafted.or_else(|| self.known.stream(stream))
    }

    fn new_stream(&mut self, stream: &StreamId) -> i64 {
        self.end.last_stream_key += 1;
        self.inserts.stream(self.end.last_stream_key, stream);
        self.end.last_stream_key
    }
}

/// Every number that an append has when it comes after `position`.
///
/// # Errors
/// [`OutOfRange`] where they cannot be counted.
pub(crate) fn receipt(
    append: &Append,
    position: i64,
    version_of: impl Fn(&StreamId) -> StreamVersion,
) -> Result<AppendReceipt, OutOfRange> {
    let mut versions = Vec::with_capacity(append.writes().len());
    for write in append.writes() {
        let added = u64::try_from(write.events.len()).unwrap_or(u64::MAX);
        let version = version_of(&write.stream).advanced_by(added)?;
        versions.push((write.stream.clone(), version));
    }
    let mut position = GlobalPosition::try_from(position)?;
    let mut positions = Vec::with_capacity(append.event_count());
    for _ in append.events() {
        position = position.advanced_by(1)?;
        positions.push(position);
    }
    Ok(AppendReceipt {
        outcome: AppendOutcome::Written,
        versions,
        positions,
    })
}

/// The rows of an append whose numbers are those of `receipt`.
pub(crate) fn rows(
    append: &Append,
    encoded: &[EncodedEvent],
    receipt: &AppendReceipt,
    recorded_at: i64,
    key_of: impl Fn(&StreamId) -> i64,
) -> Vec<EventRow> {
    let mut places = receipt.positions.iter().zip(encoded);
    let mut rows = Vec::with_capacity(encoded.len());
    for (write, (stream, version)) in append.writes().iter().zip(&receipt.versions) {
        let stream_key = key_of(stream);
        let after = version.as_i64();
        let count = i64::try_from(write.events.len()).unwrap_or(i64::MAX);
        // The versions come first: when they end, no event has been taken too many.
        for (version, (position, event)) in (after - count + 1..=after).zip(&mut places) {
            rows.push(EventRow {
                position: position.as_i64(),
                stream_key,
                version,
                recorded_at,
                event: event.clone(),
            });
        }
    }
    rows
}
