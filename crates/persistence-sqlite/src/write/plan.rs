//! Judges each append of a group by itself, and places the accepted ones behind the end of the log.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use jiff::Timestamp;
use shared_kernel::store::AppendReceipt;
use shared_kernel::time::Leap;
use shared_kernel::{AppendError, GlobalPosition, StoreError, StreamId, StreamVersion};

use super::facts::{Facts, LogEnd, StreamFacts};
use super::insert::Row;
use super::job::{AppendJob, moved};

/// The answer to an append.
pub(super) type Verdict = Result<AppendReceipt, AppendError>;

/// The facts of a group that the writer has read from the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Looked {
    /// None: the facts are those of the last commit. They are enough to accept, because the INSERT
    /// proves them, and never enough to refuse.
    Nowhere,
    /// The end of the log and the versions of all streams of the group.
    AtStreams,
    /// All that, and which event ids of the group are recorded.
    AtIds,
}

/// The outcome of a group.
pub(super) struct Plan<'j> {
    /// The rows to write.
    pub(super) rows: Vec<Row<'j>>,
    /// The verdict on each append, which holds once the rows are written.
    pub(super) verdicts: Vec<Verdict>,
    /// The end of the log after that.
    pub(super) end: LogEnd,
    /// When the rows are recorded, and the leap of the log after them.
    recorded_at: i64,
    leap: Option<Leap>,
    /// The streams that change.
    pub(super) streams: HashMap<StreamId, StreamFacts>,
}

impl<'j> Plan<'j> {
    /// Draws the plan of a group from the facts. `repetitions` has the verdicts on appends with
    /// recorded event ids, by their index: those come before all expectations (law 12).
    ///
    /// # Errors
    /// The facts that the writer must read before there can be a plan.
    pub(super) fn draw(
        location: &str,
        jobs: &'j [Arc<AppendJob>],
        facts: &Facts,
        looked: Looked,
        repetitions: &mut HashMap<usize, Verdict>,
    ) -> Result<Self, Looked> {
        // The events of a group are recorded at one time, that of its last caller.
        let mut end = facts.end;
        if let Some(clock) = jobs.iter().map(|job| job.request.asked_at).max() {
            end.times.record(end.times.next(clock));
        }
        let mut plan = Self {
            recorded_at: end.times.last.map_or(0, Timestamp::as_microsecond),
            leap: end.times.leap,
            rows: Vec::with_capacity(jobs.len()),
            verdicts: Vec::with_capacity(jobs.len()),
            end,
            streams: HashMap::new(),
        };
        for (index, job) in jobs.iter().enumerate() {
            let verdict = match repetitions.remove(&index) {
                Some(verdict) => verdict,
                None => plan.judge(location, job, facts, looked)?,
            };
            plan.verdicts.push(verdict);
        }
        if plan.rows.is_empty() && looked == Looked::Nowhere {
            // No INSERT will prove the facts.
            return Err(Looked::AtStreams);
        }
        if plan.rows.is_empty() {
            plan.end = facts.end;
        }
        Ok(plan)
    }

    fn judge(
        &mut self,
        location: &str,
        job: &'j AppendJob,
        facts: &Facts,
        looked: Looked,
    ) -> Result<Verdict, Looked> {
        let append = &job.request.append;
        if let Some(to) = &facts.moves_to {
            // A repetition comes first here, too.
            return match looked {
                Looked::AtIds => Ok(Err(moved(location, to).into())),
                _ => Err(Looked::AtIds),
            };
        }
        let is_known = |(stream, _)| self.stream(facts, stream).is_some();
        if !append.expectations().all(is_known) {
            return Err(Looked::AtStreams);
        }
        let version_of = |stream: &StreamId| {
            let version = self.stream(facts, stream).map_or(0, |known| known.version);
            StreamVersion::try_from(version).unwrap_or_default()
        };
        if let Err(conflict) = append.check_expectations(version_of) {
            if looked < Looked::AtIds {
                return Err(Looked::AtIds);
            }
            return Ok(Err(conflict.into()));
        }
        let head = GlobalPosition::try_from(self.end.position);
        match head.and_then(|head| AppendReceipt::written(append, head, version_of)) {
            Ok(receipt) => {
                self.place(job, facts);
                Ok(Ok(receipt))
            }
            Err(source) => {
                let location = location.to_owned();
                Ok(Err(StoreError::OutOfRange { location, source }.into()))
            }
        }
    }

    /// A stream behind the rows so far; `None` if it is not known.
    fn stream(&self, facts: &Facts, stream: &StreamId) -> Option<StreamFacts> {
        let planned = self.streams.get(stream).copied();
        planned.or_else(|| facts.stream(stream))
    }

    /// Adds the rows of an accepted append. Its receipt has shown that the numbers fit.
    fn place(&mut self, job: &'j AppendJob, facts: &Facts) {
        let writes = job.request.append.writes();
        for batch in &job.request.batches {
            let stream = &writes[batch.write].stream;
            let before = self.stream(facts, stream).unwrap_or_default();
            let stream_key = before.key.unwrap_or(self.end.stream_key + 1);
            self.end.stream_key = self.end.stream_key.max(stream_key);
            let count = i64::try_from(batch.count).unwrap_or(i64::MAX);
            let position = self.end.position + 1;
            let recorded_at = self.recorded_at;
            self.end.position += count;
            let after = StreamFacts {
                key: Some(stream_key),
                version: before.version + count,
            };
            self.rows.push(Row {
                batch,
                stream_key,
                new_stream: before.key.is_none().then(|| stream.as_str().into()),
                last_version: after.version,
                last_position: self.end.position,
                recorded_at,
                leap: self.leap,
                events: batch.events(position, before.version + 1, recorded_at),
            });
            self.streams.insert(stream.clone(), after);
        }
    }
}
