//! Places the events of another log behind the end of this one, with their positions and times.
//!
//! Events of one stream that follow each other and have one time share a batch, as those of an
//! append do.

use foldhash::{HashMap, HashMapExt};
use jiff::Timestamp;
use shared_kernel::store::{ImportError, InvalidPart, LogPart, StoreId, StreamWrite};
use shared_kernel::{
    Append, ExpectedVersion, GlobalPosition, NewEvent, RecordedEvent, StreamId, StreamVersion,
};
use sqlite_file::{FileError, get, get_optional, is_constraint};
use sqlx::sqlite::SqliteConnection;

use super::facts::{Facts, LogEnd, StreamFacts};
use super::insert::{Row, insert};
use super::job::moved;
use crate::codec::batch::{self, EncodedBatch};
use crate::read::row::json_list;

/// The id of the log, and the position of the event with the id `?1`.
const READ: &str = "
    SELECT store_id, (SELECT position FROM event_ids WHERE event_id = ?1) FROM store";

/// The end of the log, the destination of a frozen store, and the position of the first event that
/// has one of the ids in the list `?1`.
const REFUSAL: &str = "
    SELECT coalesce(max(last_position), 0), (SELECT moves_to FROM store),
        (SELECT i.event_id FROM json_each(?1) AS wanted
        CROSS JOIN event_ids AS i ON i.event_id = unhex(wanted.value) LIMIT 1)
    FROM batches";

/// A part that was written, and the log behind it.
pub(super) struct Written {
    pub(super) end: LogEnd,
    pub(super) streams: HashMap<StreamId, StreamFacts>,
    pub(super) bytes: usize,
}

/// The log into which a part is imported.
struct Target {
    id: Option<StoreId>,
    /// The position of the event before the part.
    after: Option<i64>,
}

/// The rows of a part, and the log behind them.
struct ImportPlan<'b> {
    rows: Vec<Row<'b>>,
    /// The id that a log without events takes over.
    takes_over: Option<StoreId>,
    end: LogEnd,
    streams: HashMap<StreamId, StreamFacts>,
}

/// Writes a valid part behind the end of the log, in one commit. The statement proves the end that
/// was read: if another process has moved it, the file refuses the rows.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    location: &str,
    facts: &mut Facts,
    part: &LogPart,
) -> Result<Result<Written, ImportError>, FileError> {
    let streams = part.events.iter().map(|event| &event.stream);
    facts.read(connection, streams).await?;
    let batches = encode(part).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let target = Target::read(connection, part).await?;
    let plan = match target.plan(location, part, &batches, facts) {
        Ok(plan) => plan,
        Err(refused) => return Ok(Err(refused)),
    };
    let bytes = plan.rows.iter().map(Row::bytes).sum();
    if (!plan.rows.is_empty() || plan.takes_over.is_some())
        && let Err(error) = insert(connection, plan.rows, plan.takes_over).await
    {
        let before = facts.end.position;
        facts.forget();
        if !is_constraint(&error) {
            return Err(error.into());
        }
        let refused = refusal(connection, location, part, before).await?;
        return refused.map(Err).ok_or(error.into());
    }
    Ok(Ok(Written {
        end: plan.end,
        streams: plan.streams,
        bytes,
    }))
}

/// The batches of a part.
///
/// # Errors
/// Never for valid names and metadata; serde_json reports values that it cannot write.
fn encode(part: &LogPart) -> Result<Vec<EncodedBatch>, serde_json::Error> {
    let share_a_batch = |one: &RecordedEvent, next: &RecordedEvent| {
        one.stream == next.stream && one.recorded_at == next.recorded_at
    };
    let mut append = Append::new();
    for run in part.events.chunk_by(share_a_batch) {
        append = append.with_write(StreamWrite {
            stream: run[0].stream.clone(),
            expected: ExpectedVersion::Any,
            events: run.iter().map(new_event).collect(),
        });
    }
    batch::encode(&append)
}

fn new_event(event: &RecordedEvent) -> NewEvent {
    NewEvent {
        id: event.id,
        event_type: event.event_type.clone(),
        schema_version: event.schema_version,
        payload: event.payload.clone(),
        metadata: event.metadata.clone(),
    }
}

impl Target {
    async fn read(connection: &mut SqliteConnection, part: &LogPart) -> Result<Self, FileError> {
        let after = part.after.map(|after| after.id.as_bytes().to_vec());
        let row = sqlx::query(READ).bind(after).fetch_one(connection).await?;
        let id = <[u8; 16]>::try_from(get::<&[u8]>(&row, 0)?);
        Ok(Self {
            id: id.ok().map(StoreId::from_bytes),
            after: get_optional(&row, 1)?,
        })
    }

    /// The rows that place the part behind the end of the log.
    ///
    /// # Errors
    /// The refusal of the part.
    fn plan<'b>(
        &self,
        location: &str,
        part: &LogPart,
        batches: &'b [EncodedBatch],
        facts: &Facts,
    ) -> Result<ImportPlan<'b>, ImportError> {
        if let Some(to) = &facts.moves_to {
            return Err(moved(location, to).into());
        }
        let begin = part.begin().as_i64();
        if facts.end.position != begin {
            let head = head_at(facts.end.position);
            return Err(ImportError::OtherEnd { head });
        }
        let is_same_log = self.after == Some(begin) && self.id == Some(part.store);
        if part.after.is_some() && !is_same_log {
            let location = location.to_owned();
            return Err(ImportError::OtherLog { location });
        }
        part.check_versions(|stream| {
            let version = facts.stream(stream).map_or(0, |known| known.version);
            StreamVersion::try_from(version).unwrap_or_default()
        })?;
        let times = part.times(facts.end.times)?;

        let mut plan = ImportPlan {
            rows: Vec::with_capacity(batches.len()),
            takes_over: Some(part.store).filter(|_| part.after.is_none()),
            end: facts.end,
            streams: HashMap::new(),
        };
        let mut done = 0;
        for batch in batches {
            let (first, times_after) = (&part.events[done], times[done]);
            done += batch.count;
            let planned = plan.streams.get(&first.stream).copied();
            let known = planned.or_else(|| facts.stream(&first.stream));
            let before_key = known.and_then(|known| known.key);
            let stream_key = before_key.unwrap_or(plan.end.stream_key + 1);
            let last = &part.events[done - 1];
            plan.end = LogEnd {
                position: last.position.as_i64(),
                times: times_after,
                stream_key: plan.end.stream_key.max(stream_key),
            };
            let after = StreamFacts {
                key: Some(stream_key),
                version: last.version.as_i64(),
            };
            let recorded_at = times_after.last.map_or(0, Timestamp::as_microsecond);
            plan.rows.push(Row {
                batch,
                stream_key,
                new_stream: before_key.is_none().then(|| first.stream.as_str().into()),
                last_version: after.version,
                last_position: plan.end.position,
                recorded_at,
                leap: times_after.leap,
                events: batch.events(first.position.as_i64(), first.version.as_i64(), recorded_at),
            });
            plan.streams.insert(first.stream.clone(), after);
        }
        Ok(plan)
    }
}

/// The reason why the file has refused the rows of a part that was planned for the end `before`;
/// `None` if it is not known.
async fn refusal(
    connection: &mut SqliteConnection,
    location: &str,
    part: &LogPart,
    before: i64,
) -> Result<Option<ImportError>, FileError> {
    let ids = part.events.iter();
    let ids = json_list(ids.map(|event| event.id.as_uuid().simple().to_string()));
    let row = sqlx::query(REFUSAL).bind(ids).fetch_one(connection).await?;
    let end = get::<i64>(&row, 0)?;
    if let Some(to) = get_optional::<&str>(&row, 1)? {
        return Ok(Some(moved(location, to).into()));
    }
    if end != before {
        let head = head_at(end);
        return Ok(Some(ImportError::OtherEnd { head }));
    }
    let recorded = get_optional::<&[u8]>(&row, 2)?;
    let event = recorded.and_then(|id| {
        let mut events = part.events.iter();
        events.find(|event| event.id.as_bytes() == id)
    });
    Ok(event.map(|event| {
        ImportError::Invalid(InvalidPart {
            position: event.position,
            problem: format!("its id {} is recorded already", event.id),
        })
    }))
}

/// The head position of a log that ends there.
fn head_at(end: i64) -> Option<GlobalPosition> {
    GlobalPosition::try_from(end).ok().filter(|_| end > 0)
}
