//! What a plan rests on: the end of the log, the versions of streams, and recorded event ids.
//!
//! The writer keeps the facts of its last commit, so that most commits read nothing. They hold as
//! long as the log ends where they say, and the INSERT of a commit fails where it does not: its
//! first batch must begin right after the end of the log.

use foldhash::{HashMap, HashMapExt};
use futures_util::TryStreamExt;
use shared_kernel::{Append, EventId, StreamId};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::error::ReadError;
use crate::read::row::{json_list, number};

/// The most streams to remember; with their names that is about 10 MB.
const MAX_STREAMS: usize = 65_536;

/// Reads the end of the log (kind 0; `?3` is the time of an empty log), the streams in the list `?1` (kind 1), and the recorded ids
/// of those in the list `?2` (kind 2): kind, text, two numbers.
const READ: &str = "
    SELECT 0, NULL,
        coalesce((SELECT max(last_position) FROM batches), 0),
        coalesce((SELECT recorded_at FROM batches ORDER BY last_position DESC LIMIT 1), ?3),
        coalesce((SELECT max(stream_key) FROM streams), 0)
    UNION ALL
    SELECT 1, s.name, s.stream_key,
        max(coalesce((SELECT max(last_version) FROM stream_batches WHERE stream_key = s.stream_key), 0),
            coalesce((SELECT max(last_version) FROM recent_batches WHERE stream_key = s.stream_key), 0)),
        0
    FROM json_each(?1) AS wanted JOIN streams AS s ON s.name = wanted.value
    UNION ALL
    SELECT 2, wanted.value, i.position, 0, 0
    FROM json_each(?2) AS wanted JOIN event_ids AS i ON i.event_id = unhex(wanted.value)";

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogEnd {
    /// The position of the last event, 0 in an empty log.
    pub(super) position: i64,
    /// When it was recorded, in microseconds since 1970.
    pub(super) recorded_at: i64,
    /// The highest key of a stream.
    pub(super) stream_key: i64,
}

impl Default for LogEnd {
    /// The end of an empty log.
    fn default() -> Self {
        Self {
            position: 0,
            recorded_at: i64::MIN,
            stream_key: 0,
        }
    }
}

/// A stream at the end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StreamFacts {
    /// `None` before its first event.
    pub(super) key: Option<i64>,
    pub(super) version: i64,
}

#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) end: LogEnd,
    streams: HashMap<StreamId, StreamFacts>,
}

/// Recorded event ids with their positions.
pub(super) type RecordedIds = HashMap<EventId, i64>;

impl Facts {
    /// The facts of a stream; `None` where they are not known.
    pub(super) fn stream(&self, stream: &StreamId) -> Option<StreamFacts> {
        self.streams.get(stream).copied()
    }

    /// Notes a commit.
    pub(super) fn advance(
        &mut self,
        end: LogEnd,
        streams: impl IntoIterator<Item = (StreamId, StreamFacts)>,
    ) {
        self.end = end;
        if self.streams.len() > MAX_STREAMS {
            self.streams.clear();
        }
        self.streams.extend(streams);
    }

    /// Forgets everything, for example after a failed commit.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Reads the end of the log, the streams that `appends` name, and which of their event ids are
    /// recorded, if those are wanted.
    pub(super) async fn read<'a>(
        &mut self,
        connection: &mut SqliteConnection,
        appends: impl Iterator<Item = &'a Append> + Clone,
        with_ids: bool,
    ) -> Result<RecordedIds, ReadError> {
        let names: Vec<&StreamId> = appends
            .clone()
            .flat_map(Append::expectations)
            .map(|(stream, _)| stream)
            .collect();
        let ids = appends.filter(|_| with_ids).flat_map(Append::events);
        let ids = ids.map(|(_, event)| event.id.as_uuid().simple().to_string());
        let (names_list, ids_list) = (json_list(&names), json_list(ids));
        let mut rows = sqlx::query(READ)
            .bind(names_list)
            .bind(ids_list)
            .bind(i64::MIN)
            .fetch(connection);
        let mut end = LogEnd::default();
        let mut recorded = RecordedIds::new();
        let absent = StreamFacts {
            key: None,
            version: 0,
        };
        let mut streams: HashMap<StreamId, StreamFacts> = names
            .into_iter()
            .map(|name| (name.clone(), absent))
            .collect();
        while let Some(row) = rows.try_next().await? {
            let [kind, a, b, c] = [
                number(&row, 0)?,
                number(&row, 2)?,
                number(&row, 3)?,
                number(&row, 4)?,
            ];
            let text: Option<&str> = row.try_get_unchecked(1)?;
            match (kind, text) {
                (1, Some(name)) => {
                    let stream = StreamId::new(name)
                        .map_err(|e| ReadError::Damaged(format!("a stream name: {e}")))?;
                    if b < 1 {
                        let problem = format!("stream {stream} is listed without events");
                        return Err(ReadError::Damaged(problem));
                    }
                    let facts = StreamFacts {
                        key: Some(a),
                        version: b,
                    };
                    streams.insert(stream, facts);
                }
                (2, Some(id)) => {
                    let id = uuid::Uuid::try_parse(id).ok();
                    let id = id.and_then(|id| EventId::from_uuid(id).ok());
                    let id = id.ok_or_else(|| ReadError::Damaged("an event id".to_owned()))?;
                    recorded.insert(id, a);
                }
                _ => {
                    end = LogEnd {
                        position: a,
                        recorded_at: b,
                        stream_key: c,
                    };
                }
            }
        }
        drop(rows);
        if end != self.end {
            self.forget();
        }
        self.advance(end, streams);
        Ok(recorded)
    }
}
