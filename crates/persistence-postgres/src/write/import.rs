//! Writes the events of another log behind the end of this one: the function `annals.import_1`.

use std::time::Duration;

use foldhash::{HashMap, HashMapExt};
use jiff::Timestamp;
use postgres_database::{Database, DatabaseError, Statement};
use shared_kernel::store::{ImportError, InvalidPart, LogPart};
use shared_kernel::time::{Leap, RecordedTimes};
use shared_kernel::{GlobalPosition, RecordedEvent, StreamVersion};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};
use uuid::Uuid;

use super::group::milliseconds;
use super::job::moved;
use crate::read::row::time;

const HEAD: &str = "SELECT position, recorded_at, leap_from, leap_to FROM annals.head";

const IMPORT: &str = "
    SELECT head_before, is_other, versions, recorded, frozen_for FROM annals.import_1($1, $2, $3, $4,
        $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

type Imported = Result<(), ImportError>;

/// Writes a valid part, or returns the reason why it does not follow the end of the log.
pub(super) async fn write(
    database: &Database,
    connection: &mut PgConnection,
    part: &LogPart,
    busy_timeout: Duration,
    notifies: bool,
) -> Result<Imported, DatabaseError> {
    let rows = database.write(connection, sqlx::query(HEAD)).await?;
    let no_head = || DatabaseError::Damaged("the table head has no row".to_owned());
    let head = rows.first().ok_or_else(no_head)?;
    let position: i64 = head.try_get(0)?;
    // The times behind the end of another log are of no use; the function says that it is one.
    let times = match position == part.begin().as_i64() {
        true => match part.times(times(head)?) {
            Ok(times) => times,
            Err(invalid) => return Ok(Err(invalid.into())),
        },
        false => Vec::new(),
    };
    let first = part.first_events();
    let statement = statement(part, &first, times.last().copied(), busy_timeout, notifies)?;
    let rows = database.write(connection, statement).await?;
    let no_answer = || DatabaseError::Damaged("annals.import_1 has no answer".to_owned());
    let answer = rows.first().ok_or_else(no_answer)?;
    verdict(&database.location, part, &first, answer)
}

/// The times at the end of the log.
fn times(head: &PgRow) -> Result<RecordedTimes, DatabaseError> {
    let at = |column| -> Result<Option<Timestamp>, DatabaseError> {
        head.try_get::<Option<i64>, _>(column)?
            .map(time)
            .transpose()
    };
    let from = at(2)?;
    let leap = at(3)?.map(|to| Leap { from, to });
    let last = at(1)?;
    Ok(RecordedTimes { last, leap })
}

fn statement<'p>(
    part: &'p LogPart,
    first: &[&'p RecordedEvent],
    times: Option<RecordedTimes>,
    busy_timeout: Duration,
    notifies: bool,
) -> Result<Statement<'p>, DatabaseError> {
    let events = &part.events;
    let column = |text: fn(&RecordedEvent) -> &str| events.iter().map(text).collect::<Vec<_>>();
    let number = |number: fn(&RecordedEvent) -> i64| events.iter().map(number).collect::<Vec<_>>();
    let metadata = events
        .iter()
        .map(|event| serde_json::to_vec(&event.metadata));
    let metadata: Vec<Vec<u8>> = metadata
        .collect::<Result<_, _>>()
        .map_err(|e| sqlx::Error::Encode(e.into()))?;
    let before = |event: &&RecordedEvent| event.version.as_i64() - 1;
    let leap = times.and_then(|times| times.leap);
    let micros = |time: Timestamp| time.as_microsecond();
    Ok(sqlx::query(IMPORT)
        .bind(milliseconds(busy_timeout))
        .bind(notifies)
        .bind(Uuid::from_bytes(*part.store.as_bytes()))
        .bind(part.begin().as_i64())
        .bind(part.after.map(|after| *after.id.as_uuid()))
        .bind(
            first
                .iter()
                .map(|event| event.stream.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(first.iter().map(before).collect::<Vec<_>>())
        .bind(times.and_then(|times| times.last).map(micros))
        .bind(leap.and_then(|leap| leap.from).map(micros))
        .bind(leap.map(|leap| micros(leap.to)))
        .bind(column(|event| event.stream.as_str()))
        .bind(number(|event| event.version.as_i64()))
        .bind(
            events
                .iter()
                .map(|event| *event.id.as_uuid())
                .collect::<Vec<_>>(),
        )
        .bind(column(|event| event.event_type.as_str()))
        .bind(number(|event| event.schema_version.get().into()))
        .bind(number(|event| event.recorded_at.as_microsecond()))
        .bind(metadata)
        .bind(
            events
                .iter()
                .map(|event| &event.payload[..])
                .collect::<Vec<_>>(),
        ))
}

/// The verdict that the answer of the function implies.
fn verdict(
    location: &str,
    part: &LogPart,
    first: &[&RecordedEvent],
    answer: &PgRow,
) -> Result<Imported, DatabaseError> {
    if let Some(to) = answer.try_get::<Option<String>, _>(4)? {
        return Ok(Err(moved(location, &to).into()));
    }
    let head = GlobalPosition::try_from(answer.try_get::<i64, _>(0)?);
    let head = head.map_err(|e| DatabaseError::Damaged(e.to_string()))?;
    if head != part.begin() {
        let head = Some(head).filter(|head| *head > GlobalPosition::START);
        return Ok(Err(ImportError::OtherEnd { head }));
    }
    if answer.try_get(1)? {
        let location = location.to_owned();
        return Ok(Err(ImportError::OtherLog { location }));
    }
    let mut versions = HashMap::new();
    let found: Vec<i64> = answer.try_get(2)?;
    versions.extend(first.iter().map(|event| &event.stream).zip(found));
    let checked = part.check_versions(|stream| {
        let version = versions.get(stream).copied().unwrap_or(0);
        StreamVersion::try_from(version).unwrap_or_default()
    });
    let recorded: Option<Uuid> = answer.try_get(3)?;
    let mut events = part.events.iter();
    let recorded = recorded.and_then(|id| events.find(|event| *event.id.as_uuid() == id));
    Ok(match (checked, recorded) {
        (Err(invalid), _) => Err(invalid.into()),
        (Ok(()), Some(event)) => Err(ImportError::Invalid(InvalidPart {
            position: event.position,
            problem: format!("its id {} is recorded already", event.id),
        })),
        (Ok(()), None) => Ok(()),
    })
}
