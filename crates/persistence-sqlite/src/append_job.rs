//! Owns one append inside the writer's transaction: decided first, written only when accepted.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use shared_kernel::{
    Append, AppendError, AppendReceipt, RecordedEvent, StoreError, StreamId, StreamVersion,
    detect_repetition,
};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use crate::columns::{integer, json_list, text};
use crate::draft::{Draft, Stream, receipt, rows};
use crate::encoded_event::EncodedEvent;
use crate::error::{damaged, out_of_range, store_error};
use crate::event_insert::Inserts;
use crate::known_log::STREAMS;
use crate::pages::{EVENT_BY_ID, recorded_event};
use crate::write_transaction::{LogEnd, WriteTransaction};
use crate::writer::{Failure, WriteJob};

/// What the caller of an append is told.
pub(crate) type Answer = Result<AppendReceipt, AppendError>;

pub(crate) struct AppendJob {
    location: Arc<str>,
    append: Append,
    /// The events of the append, in its order.
    encoded: Vec<EncodedEvent>,
    found: Option<Answer>,
    reply: oneshot::Sender<Answer>,
}

/// How many events are handed to SQLite at once.
const MOST_AT_ONCE: usize = 1_024;

type Streams = HashMap<StreamId, Stream>;

/// Why an append goes no further.
enum Stop {
    /// It is refused; the transaction goes on.
    Refused(AppendError),
    /// The transaction has to be rolled back.
    Failed(sqlx::Error),
}

impl<E: Into<AppendError>> From<E> for Stop {
    fn from(refusal: E) -> Self {
        Self::Refused(refusal.into())
    }
}

impl AppendJob {
    pub(crate) fn new(
        location: Arc<str>,
        append: Append,
        encoded: Vec<EncodedEvent>,
        reply: oneshot::Sender<Answer>,
    ) -> Box<Self> {
        Box::new(Self {
            location,
            append,
            encoded,
            found: None,
            reply,
        })
    }

    /// Everything that can refuse the append comes before the first row is written. A repetition
    /// is found before the expectations are looked at.
    async fn append(&self, transaction: &mut WriteTransaction<'_>) -> Result<AppendReceipt, Stop> {
        let streams = self.streams(transaction.connection).await?;
        let version_of = |stream: &StreamId| {
            streams
                .get(stream)
                .map_or(StreamVersion::EMPTY, |stream| stream.version)
        };
        if self.any_id_is_recorded(transaction.connection).await? {
            let recorded = self.recorded(transaction.connection).await?;
            if let Some(receipt) = detect_repetition(&self.append, &recorded, version_of)? {
                return Ok(receipt);
            }
        }
        self.append.check_expectations(version_of)?;
        let end = transaction.end().await.map_err(Stop::Failed)?;
        let receipt = receipt(&self.append, end.position, version_of)
            .map_err(|e| out_of_range(&self.location, e))?;
        let recorded_at = transaction.now().as_microsecond().max(end.recorded_at);
        self.write(transaction, &streams, &receipt, recorded_at)
            .await
            .map_err(Stop::Failed)?;
        Ok(receipt)
    }

    async fn write(
        &self,
        transaction: &mut WriteTransaction<'_>,
        streams: &Streams,
        receipt: &AppendReceipt,
        recorded_at: i64,
    ) -> Result<(), sqlx::Error> {
        let Some(last) = receipt.last_position() else {
            return Ok(());
        };
        let mut next_key = transaction.next_stream_key().await?;
        let mut inserts = Inserts::default();
        let mut keys = HashMap::new();
        for write in self.append.writes().iter().filter(|w| !w.events.is_empty()) {
            let key = match streams.get(&write.stream) {
                Some(stream) => stream.key,
                None => {
                    inserts.stream(next_key, &write.stream);
                    next_key += 1;
                    next_key - 1
                }
            };
            keys.insert(&write.stream, key);
        }
        let key_of = |stream: &StreamId| keys.get(stream).copied().unwrap_or(0);
        for row in rows(&self.append, &self.encoded, receipt, recorded_at, key_of) {
            if inserts.event_count() >= MOST_AT_ONCE {
                let full = std::mem::take(&mut inserts);
                full.run(transaction.connection).await?;
            }
            inserts.event(row);
        }
        inserts.run(transaction.connection).await?;
        transaction.advance(LogEnd {
            position: last.as_i64(),
            recorded_at,
        });
        Ok(())
    }

    /// The streams that the append names, as far as they have events.
    async fn streams(&self, connection: &mut SqliteConnection) -> Result<Streams, Stop> {
        let rows = sqlx::query(STREAMS)
            .bind(json_list(
                self.append
                    .expectations()
                    .map(|(stream, _)| stream.as_str()),
            ))
            .fetch_all(connection)
            .await
            .map_err(Stop::Failed)?;
        let location = &self.location;
        let mut streams = HashMap::with_capacity(rows.len());
        for row in rows {
            let damage = |e: &dyn std::fmt::Display| damaged(location, format!("a stream: {e}"));
            let stream = StreamId::new(text(location, &row, 0)?).map_err(|e| damage(&e))?;
            let version: Option<i64> = row.try_get_unchecked(2).map_err(Stop::Failed)?;
            let version = StreamVersion::try_from(version.unwrap_or(0)).map_err(|e| damage(&e))?;
            streams.insert(
                stream,
                Stream {
                    key: integer(location, &row, 1)?,
                    version,
                },
            );
        }
        Ok(streams)
    }

    async fn any_id_is_recorded(&self, connection: &mut SqliteConnection) -> Result<bool, Stop> {
        if self.append.event_count() == 0 {
            return Ok(false);
        }
        let ids = self
            .append
            .events()
            .map(|(_, event)| event.id.as_uuid().simple().to_string());
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM events \
                 WHERE event_id IN (SELECT unhex(value) FROM json_each(?1)))",
        )
        .bind(json_list(ids))
        .fetch_one(connection)
        .await
        .map_err(Stop::Failed)
    }

    /// What each id of the append is recorded as, in its order.
    async fn recorded(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<Option<RecordedEvent>>, Stop> {
        let mut recorded = Vec::with_capacity(self.append.event_count());
        for (_, event) in self.append.events() {
            let row = sqlx::query(EVENT_BY_ID)
                .bind(event.id.as_bytes().to_vec())
                .fetch_optional(&mut *connection)
                .await
                .map_err(Stop::Failed)?;
            recorded.push(
                row.map(|row| recorded_event(&self.location, &row))
                    .transpose()?,
            );
        }
        Ok(recorded)
    }
}

#[async_trait]
impl WriteJob for AppendJob {
    fn append(&self) -> Option<&Append> {
        Some(&self.append)
    }

    fn propose(&mut self, draft: &mut Draft<'_>) -> bool {
        let receipt = draft.take(&self.append, &self.encoded);
        let is_taken = receipt.is_some();
        self.found = receipt.map(Ok);
        is_taken
    }

    async fn perform(&mut self, transaction: &mut WriteTransaction<'_>) -> Result<(), sqlx::Error> {
        // What an earlier transaction found may have rested on rows that were rolled back.
        self.found = None;
        self.found = Some(match self.append(transaction).await {
            Ok(receipt) => Ok(receipt),
            Err(Stop::Refused(refusal)) => Err(refusal),
            Err(Stop::Failed(error)) => return Err(error),
        });
        Ok(())
    }

    fn committed(self: Box<Self>) {
        if let Some(found) = self.found {
            // A caller that has gone away wants no answer.
            let _ = self.reply.send(found);
        }
    }

    fn failed(self: Box<Self>, failure: Failure) {
        let answer = match (failure, self.found) {
            // Found under the write lock of the very transaction that failed, which it left empty.
            (Failure::InCommit(_), Some(Err(refusal))) => Err(refusal),
            (Failure::InCommit(error), _) => Err(match store_error(&self.location, error) {
                known @ (StoreError::Busy { .. } | StoreError::Full { .. }) => known.into(),
                unknown => AppendError::OutcomeUnknown {
                    source: Box::new(unknown),
                },
            }),
            (Failure::InDoubt(later), _) => Err(AppendError::OutcomeUnknown {
                source: Box::new(later.into_store_error(&self.location)),
            }),
            (failure, _) => Err(failure.into_store_error(&self.location).into()),
        };
        let _ = self.reply.send(answer);
    }
}
