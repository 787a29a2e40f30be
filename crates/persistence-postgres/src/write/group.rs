//! A group of appends as the values of the function `annals.append_1`, and its answer as receipts.

use std::sync::Arc;
use std::time::Duration;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use postgres_database::{DatabaseError, Statement};
use shared_kernel::store::AppendReceipt;
use shared_kernel::time::RecordedTimes;
use shared_kernel::{
    AppendError, ExpectedVersion, GlobalPosition, StoreError, StreamId, StreamVersion,
};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::job::{AppendJob, moved};

/// The answer to an append.
pub(super) type Verdict = Result<AppendReceipt, AppendError>;

const APPEND: &str = "
    SELECT head_before, versions, recorded, frozen_for FROM annals.append_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
        $11, $12, $13, $14, $15, $16, $17, $18)";

/// An expected version that is no number, in the values of the function.
const ANY: i64 = -1;
const STREAM_EXISTS: i64 = -2;

/// The values of the function for a group of appends.
#[derive(Default)]
pub(super) struct Group<'j> {
    clock: i64,
    streams: Vec<&'j str>,
    expectations_end: Vec<i32>,
    expected_streams: Vec<i32>,
    expected_versions: Vec<i64>,
    writes_end: Vec<i32>,
    write_streams: Vec<i32>,
    write_counts: Vec<i32>,
    event_writes: Vec<i32>,
    event_streams: Vec<&'j str>,
    event_numbers: Vec<i32>,
    event_ids: Vec<Uuid>,
    event_types: Vec<&'j str>,
    event_schemas: Vec<i64>,
    event_metadata: Vec<Vec<u8>>,
    event_payloads: Vec<&'j [u8]>,
}

impl<'j> Group<'j> {
    /// The values for these appends.
    ///
    /// # Errors
    /// Never for metadata; serde_json reports values that it cannot write.
    pub(super) fn new(jobs: &'j [Arc<AppendJob>]) -> Result<Self, DatabaseError> {
        let mut group = Self::default();
        let mut known = HashMap::new();
        // The events of a group are recorded at one time, that of its last caller, cut to the
        // microsecond.
        if let Some(clock) = jobs.iter().map(|job| job.request.asked_at).max() {
            group.clock = RecordedTimes::default().next(clock).as_microsecond();
        }
        for job in jobs {
            let append = &job.request.append;
            for (stream, expected) in append.expectations() {
                let index = group.index_of(stream, &mut known);
                group.expected_streams.push(index);
                group.expected_versions.push(match expected {
                    ExpectedVersion::Any => ANY,
                    ExpectedVersion::StreamExists => STREAM_EXISTS,
                    ExpectedVersion::NoStream => 0,
                    ExpectedVersion::Exact(version) => version.as_i64(),
                });
            }
            group
                .expectations_end
                .push(number(group.expected_streams.len()));
            for write in append.writes() {
                let index = group.index_of(&write.stream, &mut known);
                group.write_streams.push(index);
                group.write_counts.push(number(write.events.len()));
                let this = number(group.write_streams.len());
                for (event, nth) in write.events.iter().zip(1..) {
                    group.event_writes.push(this);
                    group.event_streams.push(write.stream.as_str());
                    group.event_numbers.push(nth);
                    group.event_ids.push(*event.id.as_uuid());
                    group.event_types.push(event.event_type.as_str());
                    group.event_schemas.push(event.schema_version.get().into());
                    let metadata = serde_json::to_vec(&event.metadata);
                    let metadata = metadata.map_err(|e| sqlx::Error::Encode(e.into()))?;
                    group.event_metadata.push(metadata);
                    group.event_payloads.push(&event.payload);
                }
            }
            group.writes_end.push(number(group.write_streams.len()));
        }
        Ok(group)
    }

    /// The index of a stream, counted from 1 as PostgreSQL counts.
    fn index_of(&mut self, stream: &'j StreamId, known: &mut HashMap<&'j str, i32>) -> i32 {
        *known.entry(stream.as_str()).or_insert_with(|| {
            self.streams.push(stream.as_str());
            number(self.streams.len())
        })
    }

    /// The statement that judges and writes the group.
    pub(super) fn statement(&self, busy_timeout: Duration, notifies: bool) -> Statement<'_> {
        sqlx::query(APPEND)
            .bind(milliseconds(busy_timeout))
            .bind(notifies)
            .bind(self.clock)
            .bind(&self.streams)
            .bind(&self.expectations_end)
            .bind(&self.expected_streams)
            .bind(&self.expected_versions)
            .bind(&self.writes_end)
            .bind(&self.write_streams)
            .bind(&self.write_counts)
            .bind(&self.event_writes)
            .bind(&self.event_streams)
            .bind(&self.event_numbers)
            .bind(&self.event_ids)
            .bind(&self.event_types)
            .bind(&self.event_schemas)
            .bind(&self.event_metadata)
            .bind(&self.event_payloads)
    }

    /// The verdicts that the answer of the function implies, and the end of the log after it.
    /// `None` stands for an append with a recorded event id, which wrote nothing.
    pub(super) fn verdicts(
        &self,
        jobs: &[Arc<AppendJob>],
        answer: &PgRow,
        location: &str,
    ) -> Result<(Vec<Option<Verdict>>, i64), DatabaseError> {
        let mut head: i64 = answer.try_get(0)?;
        let before: Vec<i64> = answer.try_get(1)?;
        let recorded: Vec<i32> = answer.try_get(2)?;
        let frozen_for: Option<String> = answer.try_get(3)?;
        let mut recorded_writes = HashSet::new();
        recorded_writes.extend(recorded);
        let mut versions: HashMap<&str, i64> = HashMap::new();
        versions.extend(self.streams.iter().copied().zip(before));
        let mut verdicts = Vec::with_capacity(jobs.len());
        let mut first_write = 1;
        for (job, end) in jobs.iter().zip(&self.writes_end) {
            let writes = first_write..=*end;
            first_write = end + 1;
            if writes.clone().any(|write| recorded_writes.contains(&write)) {
                verdicts.push(None);
                continue;
            }
            if let Some(to) = &frozen_for {
                verdicts.push(Some(Err(moved(location, to).into())));
                continue;
            }
            let append = &job.request.append;
            let version_of = |stream: &StreamId| {
                let version = versions.get(stream.as_str()).copied().unwrap_or(0);
                StreamVersion::try_from(version).unwrap_or_default()
            };
            if let Err(conflict) = append.check_expectations(version_of) {
                verdicts.push(Some(Err(conflict.into())));
                continue;
            }
            let receipt = GlobalPosition::try_from(head)
                .and_then(|head| AppendReceipt::written(append, head, version_of));
            let receipt = receipt.map_err(|source| {
                let location = location.to_owned();
                AppendError::from(StoreError::OutOfRange { location, source })
            });
            verdicts.push(Some(receipt));
            for write in append.writes() {
                let added = i64::from(number(write.events.len()));
                *versions.entry(write.stream.as_str()).or_default() += added;
                head += added;
            }
        }
        Ok((verdicts, head))
    }
}

/// A timeout as a number of PostgreSQL. 0 would be no timeout at all.
pub(super) fn milliseconds(timeout: Duration) -> i32 {
    let timeout = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    timeout.max(1)
}

/// A count as a number of PostgreSQL. An append has at most 100,000 events.
fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
