//! Owns one append inside the writer's transaction: decided first, written only when accepted.

use std::sync::Arc;

use async_trait::async_trait;
use foldhash::HashMap;
use shared_kernel::{
    Append, AppendError, AppendReceipt, RecordedEvent, StoreError, StreamId, StreamVersion,
    detect_repetition,
};
use tokio::sync::oneshot;

use crate::columns::json_list;
use crate::draft::{Draft, by_stream, receipt};
use crate::encoded_run::EncodedRun;
use crate::error::{out_of_range, store_error};
use crate::event_by_id::event_by_id;
use crate::inserts::Inserts;
use crate::known_log::{KnownEnd, KnownStream};
use crate::names::Names;
use crate::tail::Added;
use crate::write_job::{Failure, WriteJob};
use crate::write_transaction::{LogEnd, WriteTransaction};

/// What the caller of an append is told.
pub(crate) type Answer = Result<AppendReceipt, AppendError>;

/// An append on its way through the writer. It goes back with the answer in it, because taking it apart takes a
/// while, for which a caller has more time than the writer, whom everybody waits for.
pub(crate) struct AppendJob {
    location: Arc<str>,
    task: Task,
    found: Option<Answer>,
    reply: Option<oneshot::Sender<Box<AppendJob>>>,
}

/// What there is to do.
struct Task {
    append: Append,
    /// The runs of the append, in the order of its writes.
    runs: Vec<EncodedRun>,
}

type Streams = HashMap<StreamId, KnownStream>;

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
        runs: Vec<EncodedRun>,
        reply: oneshot::Sender<Box<Self>>,
    ) -> Box<Self> {
        Box::new(Self {
            location,
            task: Task { append, runs },
            found: None,
            reply: Some(reply),
        })
    }

    /// What the writer found; `None` where it has not decided.
    pub(crate) fn into_answer(self) -> Option<Answer> {
        self.found
    }

    fn send_back(mut self: Box<Self>) {
        if let Some(reply) = self.reply.take() {
            // A caller that has gone away wants no answer.
            let _ = reply.send(self);
        }
    }

    /// Everything that can refuse the append comes before the first row is written. A repetition
    /// is found before the expectations are looked at.
    async fn append(&self, transaction: &mut WriteTransaction<'_>) -> Result<AppendReceipt, Stop> {
        let names = self.task.append.expectations().map(|(stream, _)| stream);
        let streams = transaction.streams(names).await.map_err(Stop::Failed)?;
        let version_of = |stream: &StreamId| {
            streams
                .get(stream)
                .map_or(StreamVersion::EMPTY, |stream| stream.version)
        };
        if self.any_id_is_recorded(transaction).await? {
            let recorded = self.recorded(transaction).await?;
            if let Some(receipt) = detect_repetition(&self.task.append, &recorded, version_of)? {
                return Ok(receipt);
            }
        }
        self.task.append.check_expectations(version_of)?;
        let end = transaction.end().await.map_err(Stop::Failed)?;
        let receipt = receipt(&self.task.append, end.log.position, version_of)
            .map_err(|e| out_of_range(&self.location, e))?;
        self.write(transaction, streams, end)
            .await
            .map_err(Stop::Failed)?;
        Ok(receipt)
    }

    async fn write(
        &self,
        transaction: &mut WriteTransaction<'_>,
        mut streams: Streams,
        mut end: KnownEnd,
    ) -> Result<(), sqlx::Error> {
        if self.task.append.event_count() == 0 {
            return Ok(());
        }
        end.log.recorded_at = transaction.now().as_microsecond().max(end.log.recorded_at);
        let mut inserts = Inserts::default();
        let mut added = Added::default();
        let mut written = Vec::new();
        for (stream, runs) in by_stream(&self.task.append, &self.task.runs) {
            let mut known = streams.remove(stream).unwrap_or_else(|| {
                end.last_stream_key += 1;
                inserts.streams.push((end.last_stream_key, stream.clone()));
                KnownStream {
                    key: end.last_stream_key,
                    version: StreamVersion::EMPTY,
                }
            });
            let LogEnd {
                position,
                recorded_at,
            } = &mut end.log;
            for run in runs {
                let place = known.place(run, position, *recorded_at);
                added.add(stream, known.key, run, &mut inserts.runs, &place);
            }
            written.push((stream.clone(), known));
        }
        inserts.run(transaction.connection).await?;
        transaction.advance(end, written, added);
        Ok(())
    }

    async fn any_id_is_recorded(
        &self,
        transaction: &mut WriteTransaction<'_>,
    ) -> Result<bool, Stop> {
        let ids = || self.task.append.events().map(|(_, event)| event.id);
        if ids().any(|id| transaction.position_of(id).is_some()) {
            return Ok(true);
        }
        if ids().next().is_none() {
            return Ok(false);
        }
        let ids = ids().map(|id| id.as_uuid().simple().to_string());
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM indexed_ids \
                 WHERE event_id IN (SELECT unhex(value) FROM json_each(?1)))",
        )
        .bind(json_list(ids))
        .fetch_one(&mut *transaction.connection)
        .await
        .map_err(Stop::Failed)
    }

    /// What each id of the append is recorded as, in its order.
    async fn recorded(
        &self,
        transaction: &mut WriteTransaction<'_>,
    ) -> Result<Vec<Option<RecordedEvent>>, Stop> {
        let mut recorded = Vec::with_capacity(self.task.append.event_count());
        let names = Names::default();
        for (_, event) in self.task.append.events() {
            let in_tail = transaction.position_of(event.id);
            let connection = &mut *transaction.connection;
            let found = event_by_id(&self.location, &names, connection, event.id, in_tail).await?;
            recorded.push(found.event);
        }
        Ok(recorded)
    }
}

#[async_trait]
impl WriteJob for AppendJob {
    fn append(&self) -> Option<&Append> {
        Some(&self.task.append)
    }

    fn propose(&mut self, draft: &mut Draft<'_>) -> bool {
        let receipt = draft.take(&self.task.append, &self.task.runs);
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
        self.send_back();
    }

    fn failed(mut self: Box<Self>, failure: Failure) {
        let answer = match (failure, self.found.take()) {
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
        self.found = Some(answer);
        self.send_back();
    }
}
