//! Saboteurs with wrong repetitions and reused ids.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use shared_kernel::store::{AppendOutcome, AppendReceipt, StreamWrite};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, NewEvent, RecordedEvent, StreamVersion,
};

use crate::harness::{Door, Sabotage};
use crate::rewriting::{foreign_id, holds, unconditional, with_events, with_streams, with_writes};

/// Writes a repetition again.
#[derive(Default)]
pub(crate) struct ForgetsIds;

#[async_trait]
impl Sabotage for ForgetsIds {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        match door.store.append(append.clone()).await {
            Ok(receipt) if receipt.outcome == AppendOutcome::Repeated => {
                write_again(door, &append).await
            }
            other => other,
        }
    }
}

/// Writes the events of a repetition again, under other ids.
pub(crate) async fn write_again(
    door: &Door,
    append: &Append,
) -> Result<AppendReceipt, AppendError> {
    let again = with_events(&unconditional(append), |event| NewEvent {
        id: foreign_id(),
        ..event
    });
    door.store.append(again).await
}

/// Answers a repetition with the present versions of the streams.
#[derive(Default)]
pub(crate) struct AnswersRepetitionsWithTheVersionsOfNow;

#[async_trait]
impl Sabotage for AnswersRepetitionsWithTheVersionsOfNow {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut receipt = door.store.append(append).await?;
        if receipt.outcome == AppendOutcome::Repeated {
            for (stream, version) in &mut receipt.versions {
                *version = door.store.stream_version(stream).await?;
            }
        }
        Ok(receipt)
    }
}

/// Reports version 0 in a repetition for a stream without events in the append.
#[derive(Default)]
pub(crate) struct AnswersRepetitionsWithoutSilentStreams;

#[async_trait]
impl Sabotage for AnswersRepetitionsWithoutSilentStreams {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut receipt = door.store.append(append.clone()).await?;
        if receipt.outcome == AppendOutcome::Repeated {
            for ((_, version), write) in receipt.versions.iter_mut().zip(append.writes()) {
                if write.events.is_empty() {
                    *version = StreamVersion::EMPTY;
                }
            }
        }
        Ok(receipt)
    }
}

/// Reports the outcome `Written` for a repetition.
#[derive(Default)]
pub(crate) struct SaysThatRepetitionsWereWritten;

#[async_trait]
impl Sabotage for SaysThatRepetitionsWereWritten {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let receipt = door.store.append(append).await?;
        Ok(AppendReceipt {
            outcome: AppendOutcome::Written,
            ..receipt
        })
    }
}

/// Checks the expectations before it looks for a repetition.
#[derive(Default)]
pub(crate) struct ChecksExpectationsFirst;

#[async_trait]
impl Sabotage for ChecksExpectationsFirst {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        holds(door, &append).await?;
        door.store.append(append).await
    }
}

/// Recognizes only repetitions that begin with the first event of an append.
#[derive(Default)]
pub(crate) struct KnowsOnlyBeginnings(tokio::sync::Mutex<HashSet<EventId>>);

#[async_trait]
impl Sabotage for KnowsOnlyBeginnings {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut beginnings = self.0.lock().await;
        let receipt = door.store.append(append.clone()).await;
        let Some((stream, first)) = append.events().next() else {
            return receipt;
        };
        if matches!(receipt, Err(AppendError::OutcomeUnknown { .. })) {
            beginnings.insert(first.id);
        }
        let receipt = receipt?;
        match receipt.outcome {
            AppendOutcome::Written => drop(beginnings.insert(first.id)),
            AppendOutcome::Repeated if beginnings.contains(&first.id) => {}
            AppendOutcome::Repeated => {
                return Err(AppendError::IdReused {
                    event_id: first.id,
                    stream: stream.clone(),
                });
            }
        }
        Ok(receipt)
    }
}

/// Recognizes only repetitions of a single append.
#[derive(Default)]
pub(crate) struct KnowsOnlySingleAppends(tokio::sync::Mutex<Vec<HashSet<EventId>>>);

#[async_trait]
impl Sabotage for KnowsOnlySingleAppends {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut companies = self.0.lock().await;
        let receipt = door.store.append(append.clone()).await;
        let ids: HashSet<_> = append.events().map(|(_, event)| event.id).collect();
        if matches!(receipt, Err(AppendError::OutcomeUnknown { .. })) {
            companies.push(ids.clone());
        }
        let receipt = receipt?;
        match receipt.outcome {
            AppendOutcome::Written => companies.push(ids),
            AppendOutcome::Repeated if companies.iter().any(|one| ids.is_subset(one)) => {}
            AppendOutcome::Repeated => {
                let (stream, event) = append.events().next().unwrap();
                return Err(AppendError::IdReused {
                    event_id: event.id,
                    stream: stream.clone(),
                });
            }
        }
        Ok(receipt)
    }
}

/// Compares ids and streams, not the content of events.
#[derive(Default)]
pub(crate) struct ComparesIdsOnly;

#[async_trait]
impl Sabotage for ComparesIdsOnly {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let recorded = recorded(door, &append).await?;
        let as_recorded = with_events(&append, |event| {
            let old = recorded.iter().find(|old| old.id == event.id);
            old.map_or(event, as_new)
        });
        door.store.append(as_recorded).await
    }
}

/// Does not compare streams.
#[derive(Default)]
pub(crate) struct ForgetsTheStreamsOfIds;

#[async_trait]
impl Sabotage for ForgetsTheStreamsOfIds {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let recorded = recorded(door, &append).await?;
        let [write] = append.writes() else {
            return door.store.append(append).await;
        };
        match recorded.first() {
            Some(old) if recorded.len() == write.events.len() => {
                let moved = with_streams(&append, |_| old.stream.clone());
                door.store.append(moved).await
            }
            _ => door.store.append(append).await,
        }
    }
}

/// Accepts a repetition in another order of events.
#[derive(Default)]
pub(crate) struct TakesRecordedEventsInAnyOrder;

#[async_trait]
impl Sabotage for TakesRecordedEventsInAnyOrder {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let recorded = recorded(door, &append).await?;
        let place = |event: &NewEvent| {
            let old = recorded.iter().find(|old| old.id == event.id);
            old.map(|old| old.position)
        };
        let writes = append.writes().iter().cloned().map(|mut write| {
            write.events.sort_by_key(place);
            write
        });
        door.store.append(with_writes(&append, writes)).await
    }
}

/// Skips recorded events and writes the rest. One append at a time; otherwise it would sometimes
/// break the laws of races.
#[derive(Default)]
pub(crate) struct WritesOnlyWhatIsNew(tokio::sync::Mutex<()>);

#[async_trait]
impl Sabotage for WritesOnlyWhatIsNew {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        append.validate()?;
        let _alone = self.0.lock().await;
        let recorded = recorded(door, &append).await?;
        if recorded.len() == append.event_count() {
            return door.store.append(append).await;
        }
        let writes = append.writes().iter().cloned().map(|write| StreamWrite {
            events: write
                .events
                .into_iter()
                .filter(|event| !recorded.iter().any(|old| old.is_record_of(event)))
                .collect(),
            ..write
        });
        door.store.append(with_writes(&append, writes)).await
    }
}

/// Writes an event once that an append contains twice.
#[derive(Default)]
pub(crate) struct DropsDoublesInAnAppend;

#[async_trait]
impl Sabotage for DropsDoublesInAnAppend {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut seen = HashSet::new();
        let writes: Vec<_> = append
            .writes()
            .iter()
            .cloned()
            .map(|mut write| {
                write.events.retain(|event| seen.insert(event.id));
                write
            })
            .collect();
        door.store.append(with_writes(&append, writes)).await
    }
}

/// Keeps the ids of a refused append.
#[derive(Default)]
pub(crate) struct RemembersRefusedIds(Mutex<HashSet<EventId>>);

#[async_trait]
impl Sabotage for RemembersRefusedIds {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        for (stream, event) in append.events() {
            if self.0.lock().unwrap().contains(&event.id) {
                return Err(AppendError::IdReused {
                    event_id: event.id,
                    stream: stream.clone(),
                });
            }
        }
        let answer = door.store.append(append.clone()).await;
        if let Err(AppendError::Conflict(_)) = answer {
            let ids = append.events().map(|(_, event)| event.id);
            self.0.lock().unwrap().extend(ids);
        }
        answer
    }
}

/// The recorded events with the ids of an append, in the order of the append.
async fn recorded(door: &Door, append: &Append) -> Result<Vec<RecordedEvent>, AppendError> {
    let mut recorded = Vec::new();
    for (_, event) in append.events() {
        recorded.extend(door.store.find_event(event.id).await?);
    }
    Ok(recorded)
}

fn as_new(old: &RecordedEvent) -> NewEvent {
    NewEvent::new(old.id, old.event_type.clone(), old.payload.clone())
        .with_schema_version(old.schema_version)
        .with_metadata(old.metadata.clone())
}
