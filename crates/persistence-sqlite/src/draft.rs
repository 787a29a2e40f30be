//! Owns the drafting of a group of appends: which of them can be written, and with which numbers,
//! if the log is as the writer knows it.
//!
//! Only what is accepted here is certain once it is written. What would be refused is left out,
//! and the file itself is asked about it.

use std::collections::HashSet;

use jiff::Timestamp;
use shared_kernel::{
    Append, AppendOutcome, AppendReceipt, GlobalPosition, OutOfRange, StreamId, StreamVersion,
};
use sqlx::sqlite::SqliteConnection;

use crate::encoded_run::EncodedRun;
use crate::inserts::Inserts;
use crate::known_log::{KnownEnd, KnownLog, KnownStream};
use crate::run_rows::{Place, RunRows};
use crate::tail::{Added, Recorded};
use crate::write_transaction::LogEnd;

/// How many events a draft has at most: more of them gain nothing by sharing a commit.
const MOST_EVENTS: usize = 1_024;

pub(crate) struct Draft<'k> {
    /// As the log is after the draft, but for its tail. Where that is not committed, it has to be forgotten.
    known: &'k mut KnownLog,
    /// `None` as long as nobody has asked where that is.
    end: Option<KnownEnd>,
    now: Timestamp,
    /// The streams of appends that were left out. Those that come later and name them are left out
    /// too, so that nobody overtakes.
    left_out: HashSet<StreamId>,
    events: usize,
    inserts: Inserts,
    added: Added,
}

/// A draft that is ready to be written.
pub(crate) struct Outline {
    pub(crate) inserts: Inserts,
    /// What the log is like after it.
    pub(crate) end: KnownEnd,
    /// What it adds to the tail of the log.
    pub(crate) added: Added,
    pub(crate) last: GlobalPosition,
}

impl<'k> Draft<'k> {
    /// An empty draft. Space for so many appends is kept ready.
    pub(crate) fn new(known: &'k mut KnownLog, now: Timestamp, expected: usize) -> Self {
        known.make_room();
        let end = known.end();
        let room = end.map_or(0, |end| end.room);
        Self {
            known,
            end,
            now,
            left_out: HashSet::new(),
            events: 0,
            inserts: Inserts {
                runs: RunRows::new(expected, room),
                ..Inserts::default()
            },
            added: Added::with_room_for(expected),
        }
    }

    /// Whether `appends` can be taken without asking the file first.
    pub(crate) fn knows<'a>(&self, appends: impl Iterator<Item = &'a Append>) -> bool {
        self.end.is_some() && self.known.unknown(appends).next().is_none()
    }

    /// Looks up in the file what there is to know before `appends` are taken.
    ///
    /// # Errors
    /// What SQLite says of the file.
    pub(crate) async fn look_up<'a>(
        &mut self,
        connection: &mut SqliteConnection,
        appends: impl Iterator<Item = &'a Append>,
    ) -> Result<(), sqlx::Error> {
        let end = self.known.look_up(connection, appends).await?;
        self.end.get_or_insert(end);
        Ok(())
    }

    /// Takes an append that is [known](Self::knows), with the runs of its writes, or leaves it out.
    pub(crate) fn take(&mut self, append: &Append, runs: &[EncodedRun]) -> Option<AppendReceipt> {
        let mut end = self.end?;
        let recorded = self.look_for_ids(append);
        let receipt = self.receipt(append, end.log.position);
        let Some((receipt, last)) = receipt.filter(|_| recorded != Recorded::InTail) else {
            let streams = append.expectations().map(|(stream, _)| stream.clone());
            self.left_out.extend(streams);
            return None;
        };
        self.inserts.ids_may_be_indexed |= recorded == Recorded::MaybeInFront;
        let recorded_at = self.now.as_microsecond().max(end.log.recorded_at);
        let mut position = end.log.position;
        for (stream, runs) in by_stream(append, runs) {
            let known = self.known.stream_mut(stream, || {
                end.last_stream_key += 1;
                let key = end.last_stream_key;
                self.inserts.streams.push((key, stream.clone()));
                key
            });
            let rows = &mut self.inserts.runs;
            for run in runs {
                let place = known.place(run, &mut position, recorded_at);
                self.added.add(stream, known.key, run, rows, &place);
            }
        }
        self.events += append.event_count();
        end.log = LogEnd {
            position: last.as_i64(),
            recorded_at,
        };
        end.room = self.inserts.runs.room();
        self.end = Some(end);
        Some(receipt)
    }

    /// What is to be written, where anything is.
    pub(crate) fn finish(self) -> Option<Outline> {
        let end = self.end.filter(|_| self.events > 0)?;
        Some(Outline {
            inserts: self.inserts,
            end,
            added: self.added,
            last: GlobalPosition::try_from(end.log.position).ok()?,
        })
    }

    /// Where an event may be that has an id of the append already.
    fn look_for_ids(&self, append: &Append) -> Recorded {
        let ids = || append.events().map(|(_, event)| event.id.as_bytes());
        if ids().any(|id| self.added.ids.contains_key(id)) {
            return Recorded::InTail;
        }
        self.known.tail().look_for(ids())
    }

    /// The receipt of an append that fits, and its last position.
    fn receipt(&self, append: &Append, position: i64) -> Option<(AppendReceipt, GlobalPosition)> {
        let in_order = self.left_out.is_empty()
            || append
                .expectations()
                .all(|(stream, _)| !self.left_out.contains(stream));
        let has_room = self.events + append.event_count() <= MOST_EVENTS;
        if !(in_order && has_room) {
            return None;
        }
        let version_of = |stream: &StreamId| self.known.version_of(stream);
        append.check_expectations(version_of).ok()?;
        let receipt = receipt(append, position, version_of).ok()?;
        let last = receipt.last_position()?;
        Some((receipt, last))
    }
}

impl KnownStream {
    /// Where a run comes to lie that is placed at the end of the stream and of the log, which was at `position` before. That
    /// the numbers fit has been found out before, by [`receipt`].
    pub(crate) fn place(
        &mut self,
        run: &EncodedRun,
        position: &mut i64,
        recorded_at: i64,
    ) -> Place {
        let count = u64::try_from(run.count).unwrap_or(u64::MAX);
        let before = self.version;
        self.version = before.advanced_by(count).unwrap_or(before);
        let place = Place {
            position: *position + 1,
            stream_key: self.key,
            version: before.as_i64() + 1,
            recorded_at,
        };
        *position += self.version.as_i64() - before.as_i64();
        place
    }
}

/// The runs of an append by the streams that they belong to.
pub(crate) fn by_stream<'a>(
    append: &'a Append,
    runs: &'a [EncodedRun],
) -> impl Iterator<Item = (&'a StreamId, &'a [EncodedRun])> {
    runs.chunk_by(|one, next| one.write == next.write)
        .filter_map(|runs| {
            let write = append.writes().get(runs.first()?.write)?;
            Some((&write.stream, runs))
        })
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
