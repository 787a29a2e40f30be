//! Owns what the writer remembers of the log between two transactions.
//!
//! Another process may have written since; what is built on this is sound all the same, since its
//! first event claims the position after the last one known, and no position is given twice.

use std::collections::HashMap;

use shared_kernel::{Append, StreamId, StreamVersion};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::columns::json_list;
use crate::draft::Stream;
use crate::write_transaction::LogEnd;

/// How many streams are remembered; with names of forty bytes that is some ten megabytes.
const MOST_STREAMS: usize = 65_536;

const END: &str = "SELECT coalesce(max(position), 0), \
        coalesce((SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1), ?1), \
        (SELECT coalesce(max(stream_key), 0) FROM streams) \
    FROM events";

/// The streams of a list of names, as far as they have events.
pub(crate) const STREAMS: &str = "SELECT s.name, s.stream_key, \
        (SELECT max(e.version) FROM events AS e WHERE e.stream_key = s.stream_key) \
    FROM streams AS s WHERE s.name IN (SELECT value FROM json_each(?1))";

#[derive(Default)]
pub(crate) struct KnownLog {
    end: Option<KnownEnd>,
    streams: HashMap<StreamId, Stream>,
}

/// Where the next event and the next stream go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownEnd {
    pub(crate) log: LogEnd,
    pub(crate) last_stream_key: i64,
}

impl KnownLog {
    /// Makes the end of the log and all streams of `appends` known; a stream that is not known
    /// afterwards has no events.
    ///
    /// # Errors
    /// What SQLite says of the file.
    pub(crate) async fn look_up<'a>(
        &mut self,
        connection: &mut SqliteConnection,
        appends: impl Iterator<Item = &'a Append> + Clone,
    ) -> Result<KnownEnd, sqlx::Error> {
        let end = match self.end {
            Some(end) => end,
            None => *self.end.insert(read_end(connection).await?),
        };
        let named = appends.flat_map(|append| append.expectations().map(|(stream, _)| stream));
        let unknown = named.filter(|stream| !self.streams.contains_key(*stream));
        let unknown: Vec<&str> = unknown.map(StreamId::as_str).collect();
        if !unknown.is_empty() {
            let rows = sqlx::query(STREAMS)
                .bind(json_list(unknown))
                .fetch_all(connection)
                .await?;
            for row in rows {
                let name: &str = row.try_get_unchecked(0)?;
                let version: Option<i64> = row.try_get_unchecked(2)?;
                let stream = Stream {
                    key: row.try_get_unchecked(1)?,
                    version: StreamVersion::try_from(version.unwrap_or(0))
                        .map_err(|e| sqlx::Error::Decode(e.into()))?,
                };
                let name = StreamId::new(name).map_err(|e| sqlx::Error::Decode(e.into()))?;
                self.streams.insert(name, stream);
            }
        }
        Ok(end)
    }

    pub(crate) fn stream(&self, stream: &StreamId) -> Option<Stream> {
        self.streams.get(stream).copied()
    }

    /// Takes over what a commit has brought.
    pub(crate) fn accept(&mut self, end: KnownEnd, streams: HashMap<StreamId, Stream>) {
        self.end = Some(end);
        if self.streams.len() >= MOST_STREAMS {
            self.streams.clear();
        }
        self.streams.extend(streams);
    }

    /// Forgets everything, since it may no longer be so.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

async fn read_end(connection: &mut SqliteConnection) -> Result<KnownEnd, sqlx::Error> {
    let row = sqlx::query(END)
        .bind(i64::MIN)
        .fetch_one(connection)
        .await?;
    Ok(KnownEnd {
        log: LogEnd {
            position: row.try_get_unchecked(0)?,
            recorded_at: row.try_get_unchecked(1)?,
        },
        last_stream_key: row.try_get_unchecked(2)?,
    })
}
